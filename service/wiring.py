"""The only place that knows the concrete classes: settings and site file in, working parts out."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI

from calibration.homography import fit_floor
from calibration.scene import Area, Scene
from models.catalog import CatalogInvalid, ModelEntry, load_catalog
from service.api.app import create_app
from service.api.context import WebContext
from service.api.oidc import OidcProvider, OidcSetup
from service.attendance.imports.readers import fact_readers
from service.badges.codes import known_codes
from service.calibrating.places import needs_of
from service.custody import Custody, open_pen
from service.db.calibration import CalibrationRepository
from service.db.pen import Pen
from service.db.sites import SiteRepository
from service.errors import ServiceError
from service.evidence.credentials import Credentialer
from service.evidence.timestamps import TimestampAuthority
from service.evidence.told import told_of_scene, told_of_site
from service.hearing.copies import MODE as COPY_MODE
from service.hearing.copies import REASON as COPY_REASON
from service.hearing.copies import CopyMaker
from service.judging.policy import QueuePolicy
from service.notices.addresses import AddressBook
from service.notices.mail import Mailer
from service.notices.sealing import open_seal
from service.notices.sending import Sender
from service.parts import Parts as Parts
from service.parts import open_parts as open_parts
from service.redaction.finding import load_finder
from service.redaction.keeping import Redactor
from service.registering import judging_of, register
from service.scenes import record_scene, scene_sha256
from service.settings import Settings
from service.site import resolve_source, scene_of
from service.site_rules import build_rules, duty_of
from service.site_tables import CameraTable, Site
from service.stills import LIVE_EVERY, RECORDED_EVERY, StillKeeper, reference_picture
from service.web.notice_words import NoticeWords
from service.workers.away import AwayLog
from service.workers.camera import CameraThread
from service.workers.deliveries import Deliverer, DeliveryThread, Receiver
from service.workers.heads import PublishingThread
from service.workers.hearings import LOOKS_EVERY as HEARINGS_LOOKED_AT_EVERY
from service.workers.hearings import HearingKeeper
from service.workers.herald import LOOKS_EVERY as HERALD_LOOKS_EVERY
from service.workers.herald import Herald, RepeatedThread
from service.workers.post import LetterPost, NoticePost, PostThread
from service.workers.recorder import CameraSetup, Recorder
from service.workers.retention import RetentionKeeper, RetentionThread
from service.workers.room import RoomWatch
from service.workers.setup import SetupWatch
from vision.capture.file import FileSource, Recording
from vision.capture.masked import MaskedSource
from vision.capture.rtsp import LiveParams, RtspSource
from vision.capture.source import Source
from vision.clock import Clock
from vision.detection.closelook import OpenVinoLooker
from vision.detection.detector import Detector, PersonLooker
from vision.detection.openvino import OpenVinoDetector, OpenVinoNet
from vision.health.monitor import HealthMonitor
from vision.observation.entrance import EntranceParams
from vision.observation.reach import Reach
from vision.observation.thresholds import badge_params, smoking_params
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import Counter, Rulebook
from vision.tracking.bytetrack import ByteTrack, ByteTrackParams
from vision.types import CameraId, Image, PlaceId, RunId

STAMP_WAIT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Nets:
    """The nets of one worker."""

    detector: Detector
    looker: PersonLooker
    person: ModelEntry
    crop: ModelEntry


def pen_of(parts: Parts) -> Pen:
    """Return what the journal is written with; the first time, make its key. Raises `KeyNotInForce`, `KeyUnusable`."""
    return open_pen(parts.database, parts.settings.keys, parts.clock)


def custody_of(parts: Parts) -> Custody:
    """Put together what deals with evidence once it is stored. Raises `KeyNotInForce`, `KeyUnusable`."""
    address = parts.settings.timestamp_url
    authority = TimestampAuthority(address, STAMP_WAIT, roots=parts.settings.timestamp_roots) if address else None
    return Custody(
        parts.database,
        parts.store,
        pen_of(parts),
        parts.clock,
        authority,
        parts.settings.heads_file,
        _credentialer_of(parts.settings),
    )


def _credentialer_of(settings: Settings) -> Credentialer | None:
    chain, key = settings.credentials_chain, settings.credentials_key
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise ServiceError("CONGVU_CREDENTIALS_CHAIN and CONGVU_CREDENTIALS_KEY: set both, or neither")
    try:
        return Credentialer(chain.read_bytes(), key.read_bytes(), version=version("congvu"))
    except OSError as error:
        raise ServiceError(f"{error.filename}: cannot be read: {error.strerror}") from None


def redactor_of(parts: Parts) -> Redactor:
    """Return what makes redacted copies; its nets are loaded when the first is made."""
    return Redactor(parts.database, parts.store, pen_of(parts), load_finder)


def _copies_of(parts: Parts) -> CopyMaker:
    """Return what makes the copies that a person who is heard sees."""
    redactor = redactor_of(parts)
    return CopyMaker(
        lambda event_id, user_id: redactor.redact(
            event_id, COPY_MODE, user_id=user_id, reason=COPY_REASON, at=parts.clock.now()
        )
    )


def build_app(parts: Parts, site_path: Path | None = None) -> FastAPI:
    """Make the web application; with a site file, its scenes may be drawn in the pages."""
    settings = parts.settings
    return create_app(
        WebContext(
            parts.database,
            parts.store,
            parts.clock,
            pen_of(parts),
            session_lasts=settings.session_lasts,
            session_idle=settings.session_idle,
            totp_roles=settings.totp_roles,
            oidc=_provider_of(settings, parts.clock),
            secure_cookies=settings.secure_cookies,
            site_path=site_path,
            readers=fact_readers(),
            disk=parts.disk,
            public_url=settings.public_url.rstrip("/"),
            hearing_times=settings.hearing_times,
            copies=_copies_of(parts),
            addresses=AddressBook(settings.address_rules, open_seal(settings.keys.path.parent)),
            rate_limits=settings.rate_limits,
        )
    )


def _provider_of(settings: Settings, clock: Clock) -> OidcProvider | None:
    if not settings.oidc_issuer:
        return None
    back = f"{settings.public_url.rstrip('/')}/sign-in/oidc/back"
    secret = settings.oidc_client_secret.get_secret_value()
    return OidcProvider(OidcSetup(settings.oidc_issuer, settings.oidc_client_id, secret, back), clock)


def build_deliveries(parts: Parts) -> DeliveryThread | None:
    """Return the thread that tells another system of closed periods; None where nobody wants to be told."""
    settings = parts.settings
    if not settings.period_webhook_url:
        return None
    receiver = Receiver(settings.period_webhook_url, settings.period_webhook_secret.get_secret_value())
    return DeliveryThread(Deliverer(parts.database, receiver), parts.clock)


def build_post(parts: Parts) -> tuple[RepeatedThread, ...]:
    """Return the threads that find what is to be told, and send letters and messages."""
    settings = parts.settings
    server = settings.mail_server
    mailer = None if server is None else Mailer(server)
    words = NoticeWords(settings.public_url.rstrip("/"), settings.notice_waiting_hours)
    herald = Herald(
        parts.database,
        parts.disk,
        words.say,
        waits=timedelta(hours=settings.notice_waiting_hours),
        waiting_least=settings.notice_waiting_flags,
    )
    sender = Sender(settings.address_rules, mailer)
    notices = NoticePost(parts.database, sender, open_seal(settings.keys.path.parent), words.message)
    return (
        RepeatedThread("herald", herald, parts.clock, HERALD_LOOKS_EVERY),
        PostThread("letters", LetterPost(parts.database, mailer), parts.clock),
        PostThread("notices", notices, parts.clock),
    )


def build_hearings(context: WebContext) -> RepeatedThread:
    """Return the thread that lets time do its part in hearings."""
    return RepeatedThread("hearings", HearingKeeper(context), context.clock, HEARINGS_LOOKED_AT_EVERY)


def build_publishing(parts: Parts) -> PublishingThread:
    """Return the thread that gives out the journal's heads."""
    return PublishingThread(custody_of(parts), parts.settings.heads_file)


def build_retention(parts: Parts) -> RetentionThread:
    """Return the thread that deletes what has had its time and looks after the room on the disk."""
    pen, every = pen_of(parts), timedelta(minutes=parts.settings.retention_minutes)
    room = RoomWatch(parts.database, parts.store, pen, disk=parts.disk, marks=parts.settings.disk_marks)
    return RetentionThread(RetentionKeeper(parts.database, parts.store, pen, room), room, parts.clock, every=every)


def check_nets() -> None:
    """Raise `ServiceError` before anything is stored where a net is missing or was changed."""
    try:
        for entry in load_catalog().values():
            entry.verify()
    except CatalogInvalid as error:
        raise ServiceError(str(error)) from None


def load_nets(*, workers: int = 1) -> Nets:
    """Load the nets for one of ``workers`` that share this computer. Raises `ServiceError`, `WeightsInvalid`."""
    try:
        catalog = load_catalog()
    except CatalogInvalid as error:
        raise ServiceError(str(error)) from None
    threads = max(1, (os.cpu_count() or 1) // workers)
    person = catalog.get("frame", catalog["person"])
    return Nets(
        detector=OpenVinoDetector(person, keep_classes=["person"], threads=threads),
        looker=OpenVinoLooker(
            OpenVinoNet(catalog["pose"], threads=threads), OpenVinoNet(catalog["crop"], threads=threads)
        ),
        person=person,
        crop=catalog["crop"],
    )


def load_detector(entry: ModelEntry, classes: Sequence[str], *, score_min: float) -> Detector:
    """Load one net for whole pictures, for some of its classes. Raises `WeightsInvalid`."""
    return OpenVinoDetector(entry, keep_classes=classes, score_min=score_min)


def register_site(parts: Parts, site: Site) -> None:
    """Store the names that a site file gives, for the pages."""
    pen = pen_of(parts)
    with parts.database.transaction() as session:
        register(SiteRepository(session), site)
        pen.note_change(session, *told_of_site(site.site.id, site.model_dump_json()))


def file_source(camera: CameraTable, recording: Recording, *, allow_jumps: bool = False) -> FileSource:
    """Make the source of a recording."""
    return FileSource(CameraId(camera.id), recording, recorded_at=camera.recorded_at, allow_jumps=allow_jumps)


def live_source(camera: CameraTable, site_path: Path, clock: Clock) -> RtspSource:
    """Make the source of a live camera; a bare number is a USB camera of this computer."""
    address = resolve_source(camera, site_path)
    params = LiveParams(transport=camera.transport)
    if address.isdigit():
        address, params = f"/dev/video{address}", LiveParams(input_format="v4l2")
    return RtspSource(CameraId(camera.id), RunId(uuid.uuid4().hex[:16]), address, clock=clock, params=params)


def build_watch(
    parts: Parts, site: Site, camera: CameraTable, source: Source, nets: Nets
) -> tuple[Source, Pipeline, Recorder]:
    """Put together all that is needed to watch one source; what its masks hide is blacked out from here on."""
    scene = scene_of(camera)
    masks = tuple(mask.area for mask in scene.masks)
    # a recording may be from before the camera was hung anew: it is compared with its own first good picture
    reference = _reference_of(parts, camera, masks) if camera.is_live else None
    setup = CameraSetup(
        masks=masks,
        scene_version=_version_of(parts, camera),
        stills=StillKeeper(parts.store, source.camera_id, LIVE_EVERY if camera.is_live else RECORDED_EVERY),
        policy=QueuePolicy(judging_of(site)),
        backlog=parts.backlog if camera.is_live else None,
        disk=parts.disk,
        is_reference_wanted=camera.is_live and reference is None,
    )
    shown = MaskedSource(source, masks) if masks else source
    recorder = Recorder(
        parts.database,
        parts.store,
        source.ring,
        pen_of(parts),
        camera_id=source.camera_id,
        run_id=source.run_id,
        setup=setup,
    )
    pipeline = build_pipeline(camera, site, nets, source.run_id, reference=reference)
    return shown, pipeline, recorder


def _reference_of(parts: Parts, camera: CameraTable, masks: Sequence[Area]) -> Image | None:
    with parts.database.transaction() as session:
        return reference_picture(parts.store, CalibrationRepository(session), camera.id, masks)


def _version_of(parts: Parts, camera: CameraTable) -> int:
    pen = pen_of(parts)
    with parts.database.transaction() as session:
        number = record_scene(CalibrationRepository(session), camera, at=parts.clock.now())
        pen.note_change(session, *told_of_scene(camera.id, number, scene_sha256(camera)))
        return number


def live_thread(parts: Parts, site: Site, camera: CameraTable, site_path: Path, nets: Nets) -> CameraThread:
    """Return the thread that watches one live camera, by the scene that is drawn at any time."""
    setup = SetupWatch(parts.database, site, camera, site_path if site_path.is_file() else None)

    def make() -> tuple[Source, Pipeline, Recorder]:
        setup.refresh()
        register_site(parts, setup.site)
        return build_watch(parts, setup.site, setup.camera, live_source(setup.camera, site_path, parts.clock), nets)

    away = AwayLog(parts.database, parts.clock, CameraId(camera.id))
    return CameraThread(camera.id, make, setup.is_current, away)


def _reach_of(scene: Scene, crop: ModelEntry) -> Reach | None:
    """Where the floor is not known, nobody knows who is too far."""
    if not scene.floor or scene.picture is None:
        return None
    floor = fit_floor(scene.floor, scene.picture, scene.lens)
    return None if floor.pose is None else Reach(floor, needs_of(crop))


def _codes_of(site: Site) -> EntranceParams | None:
    table = site.rules.badge_code
    return EntranceParams(known_codes(site.officers), table.reads_least) if table.enabled and site.officers else None


def build_pipeline(
    camera: CameraTable, site: Site, nets: Nets, run_id: RunId, *, reference: Image | None = None
) -> Pipeline:
    """Put the stages of one camera together; its view is compared with ``reference``, or its first good picture."""
    crop = nets.crop
    badge, smoking = replace(badge_params(crop), worn_at=site.rules.badge_missing.worn_at), smoking_params(crop)
    counters = [Counter(PlaceId(c.id), tuple(PlaceId(desk) for desk in c.desks)) for c in camera.counters]
    rules = build_rules(
        site.rules,
        badge,
        smoking,
        person_sha256=nets.person.weights_sha256,
        crop_sha256=crop.weights_sha256,
    )
    scene = scene_of(camera)
    return Pipeline(
        scene,
        detector=nets.detector,
        tracker=ByteTrack(run_id, ByteTrackParams()),
        looker=nets.looker,
        rulebook=Rulebook(rules, counters, duty_of(site)),
        judgement=Judgement(
            badge=badge if site.rules.badge_missing.enabled else None,
            smoking=smoking if site.rules.smoking.enabled else None,
            reach=_reach_of(scene, crop),
            company=site.rules.two_at_desk.enabled,
            codes=_codes_of(site),
        ),
        health=HealthMonitor(CameraId(camera.id), run_id, reference, drawn_on=scene.picture),
    )
