"""Put together what watches one camera: without pages and without OpenVINO, so that a process of it stays small."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import structlog

from calibration.homography import fit_floor
from calibration.scene import Area, Scene
from models.catalog import ModelEntry
from service.badges.codes import known_codes
from service.calibrating.places import needs_of
from service.custody import open_pen
from service.db.calibration import CalibrationRepository
from service.db.pen import Pen
from service.db.sites import SiteRepository
from service.errors import ServiceError
from service.evidence.told import told_of_scene, told_of_site
from service.judging.policy import QueuePolicy
from service.nets import Nets, Vessels
from service.parts import Parts
from service.recording.beside import FOLDER, note_recording, recorded_beside
from service.registering import judging_of, register
from service.scenes import record_scene, scene_sha256
from service.site import resolve_main_source, scene_of
from service.site_rules import build_rules, duty_of
from service.site_tables import CameraTable, Site
from service.stills import LIVE_EVERY, RECORDED_EVERY, StillKeeper, reference_picture
from service.streams import stream_of
from service.workers.away import AwayLog
from service.workers.camera import CameraThread
from service.workers.kept_source import KeptSource
from service.workers.pulse import Pulse
from service.workers.recorder import CameraSetup, Recorder
from service.workers.setup import SetupWatch
from vision.capture.main_stream import MainStream
from vision.capture.masked import MaskedSource
from vision.capture.paired import PairedRing, PairedSource
from vision.capture.pictures import BgrPixels
from vision.capture.rtsp import RtspSource
from vision.capture.source import LiveSource, Source
from vision.clock import Clock
from vision.detection.detector import Detector, PersonLooker
from vision.health.monitor import HealthMonitor
from vision.observation.entrance import EntranceParams
from vision.observation.reach import Reach
from vision.observation.thresholds import alcohol_params, badge_params, smoking_params
from vision.pipeline import Cadence, Judgement, Pipeline
from vision.rules.rulebook import Counter, Rulebook
from vision.tracking.bytetrack import ByteTrack, ByteTrackParams
from vision.types import CameraId, Frame, Image, PlaceId, RunId, TrackKey

WAITING_FRAMES = 8
"""A decoder never gives back the memory of the most pictures that waited at once: with 20 of 1280 x 720, which is the
burst that a link begins with, a camera's process has 20 MB more than with 6."""

log = structlog.get_logger(__name__)


def pen_of(parts: Parts) -> Pen:
    """Return what the journal is written with; the first time, make its key. Raises `KeyNotInForce`, `KeyUnusable`."""
    return open_pen(parts.database, parts.settings.keys, parts.clock)


def register_site(parts: Parts, site: Site) -> None:
    """Store the names that a site file gives, for the pages."""
    pen = pen_of(parts)
    with parts.database.transaction() as session:
        register(SiteRepository(session), site)
        pen.note_change(session, *told_of_site(site.site.id, site.model_dump_json()))


def live_source(camera: CameraTable, site_path: Path, clock: Clock) -> LiveSource:
    """Make the source of a live camera, of its two streams where it has them; a bare number is a USB camera."""
    address, params = stream_of(camera, site_path)
    params = replace(params, waiting_frames_max=WAITING_FRAMES)
    camera_id = CameraId(camera.id)
    sub = RtspSource(camera_id, RunId(uuid.uuid4().hex[:16]), address, clock=clock, params=params)
    main_address = resolve_main_source(camera)
    if main_address is None:
        return sub
    tell = partial(_tell_of_stream, camera_id)
    main = MainStream(camera_id, main_address, clock=clock, params=params, ring=PairedRing(sub.ring), tell=tell)
    return PairedSource(sub, main, tell)


def _tell_of_stream(camera_id: CameraId, words: str) -> None:
    log.warning(words, camera=camera_id)


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


@dataclass(frozen=True, slots=True)
class Before:
    """What the process that watched a camera before left behind.

    Attributes:
        left_at: When it saw something last, if it fell.
        has_worked: Whether the camera has sent pictures since the service was started.
    """

    left_at: datetime | None = None
    has_worked: bool = False


def warm_up(nets: Nets, site: Site, camera: CameraTable, clock: Clock) -> None:
    """Look at a black picture, so that all nets are loaded before the camera's first one comes.

    Loading takes seconds, and live pictures do not wait. Raises what looking raises.
    """
    width_px, height_px = (1280, 720) if camera.picture is None else (camera.picture.width_px, camera.picture.height_px)
    pixels = BgrPixels(np.zeros((height_px, width_px, 3), np.uint8))
    camera_id, run_id = CameraId(camera.id), RunId("")
    frame = Frame(camera_id, run_id, 0, clock.now(), pixels)
    _detector_of(camera, nets).detect([frame])
    _looker_of(nets, _vessels_of(site, nets)).look(
        frame, [(TrackKey(camera_id, run_id, 0), (0.0, 0.0, width_px / 4, float(height_px)))]
    )


def live_thread(
    parts: Parts, site: Site, camera: CameraTable, site_path: Path, nets: Nets, *, pulse: Pulse, before: Before
) -> CameraThread:
    """Return the thread that watches one live camera, by the scene that is drawn at any time."""
    setup = SetupWatch(parts.database, site, camera, site_path if site_path.is_file() else None)

    is_warm = False

    def make() -> tuple[Source, Pipeline, Recorder]:
        nonlocal is_warm
        pulse.beat()
        if not is_warm:
            warm_up(nets, setup.site, setup.camera, parts.clock)
            is_warm = True
            pulse.beat()
        setup.refresh()
        register_site(parts, setup.site)
        left_at = None if pulse.has_worked else before.left_at
        note_recording(parts.database, pen_of(parts), setup.camera)
        source = live_source(setup.camera, site_path, parts.clock)
        kept = KeptSource(source, pulse, left_at, beside=_recorded(parts, setup.camera, source))
        return build_watch(parts, setup.site, setup.camera, kept, nets)

    away = AwayLog(parts.database, parts.clock, CameraId(camera.id))
    return CameraThread(camera.id, make, setup.is_current, away, has_worked=before.has_worked)


def _recorded(parts: Parts, camera: CameraTable, source: Source) -> AbstractContextManager[object]:
    settings = parts.settings
    return recorded_beside(
        camera,
        source.ring,
        settings.data_dir / FOLDER,
        disk=parts.disk,
        free_least=settings.disk_marks.very_tight,
        clock=parts.clock,
    )


def _detector_of(camera: CameraTable, nets: Nets) -> Detector:
    return nets.detector if nets.wider is None else nets.wider(camera.look_px)


def _vessels_of(site: Site, nets: Nets) -> Vessels | None:
    """Return what looks for bottles and cans; None where the site asks nothing of it."""
    if not site.rules.alcohol_seen.enabled:
        return None
    if nets.vessels is None:
        raise ServiceError("rules.alcohol_seen: there is no net that sees bottles and cans; install Công Vụ again")
    return nets.vessels


def _looker_of(nets: Nets, vessels: Vessels | None) -> PersonLooker:
    return nets.looker if vessels is None else vessels.looker()


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
    camera: CameraTable,
    site: Site,
    nets: Nets,
    run_id: RunId,
    *,
    reference: Image | None = None,
    cadence: Cadence | None = None,
) -> Pipeline:
    """Put the stages of one camera together; its view is compared with ``reference``, or its first good picture."""
    crop = nets.crop
    badge, smoking = replace(badge_params(crop), worn_at=site.rules.badge_missing.worn_at), smoking_params(crop)
    counters = [Counter(PlaceId(c.id), tuple(PlaceId(desk) for desk in c.desks)) for c in camera.counters]
    vessels = _vessels_of(site, nets)
    alcohol = None if vessels is None else alcohol_params(vessels.entry)
    rules = build_rules(
        site.rules,
        badge,
        smoking,
        alcohol,
        person_sha256=nets.person.weights_sha256,
        crop_sha256=crop.weights_sha256,
        vessel_sha256="" if vessels is None else vessels.entry.weights_sha256,
    )
    scene = scene_of(camera)
    return Pipeline(
        scene,
        detector=_detector_of(camera, nets),
        tracker=ByteTrack(run_id, ByteTrackParams()),
        looker=_looker_of(nets, vessels),
        rulebook=Rulebook(rules, counters, duty_of(site)),
        judgement=Judgement(
            badge=badge if site.rules.badge_missing.enabled else None,
            smoking=smoking if site.rules.smoking.enabled else None,
            alcohol=alcohol,
            reach=_reach_of(scene, crop),
            company=site.rules.two_at_desk.enabled,
            codes=_codes_of(site),
        ),
        cadence=cadence or Cadence(waited=nets.waited),
        health=HealthMonitor(CameraId(camera.id), run_id, reference, drawn_on=scene.picture),
    )
