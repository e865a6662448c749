"""The only place that knows the concrete classes: settings and site file in, working parts out."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from models.catalog import CatalogInvalid, ModelEntry, load_catalog
from service.api.app import create_app
from service.api.context import WebContext
from service.db.records import OfficerRecord, PlaceRecord, SiteRecord
from service.db.session import Database
from service.db.sites import SiteRepository
from service.errors import ServiceError
from service.evidence.local import LocalStore
from service.evidence.store import EvidenceStore
from service.settings import Settings
from service.site import DAYS, CameraTable, EvidenceTable, RulesTable, Site, SmokingTable, resolve_source, scene_of
from service.workers.recorder import Recorder
from vision.capture.file import FileSource, Recording
from vision.capture.rtsp import LiveParams, RtspSource
from vision.capture.source import Source
from vision.clock import Clock, SystemClock
from vision.detection.closelook import OpenVinoLooker
from vision.detection.detector import Detector, PersonLooker
from vision.detection.openvino import OpenVinoDetector, OpenVinoNet
from vision.observation.badge import BadgeParams
from vision.observation.smoking import SmokingParams
from vision.observation.thresholds import badge_params, smoking_params
from vision.pipeline import Judgement, Pipeline
from vision.rules.gesture import GestureParams
from vision.rules.rulebook import (
    BADGE_MISSING,
    COUNTER_UNATTENDED,
    LEFT_POST,
    PRESENCE,
    SMOKING,
    Counter,
    Rule,
    Rulebook,
)
from vision.rules.sequential import SequentialParams
from vision.rules.sustained import SustainedParams
from vision.tracking.bytetrack import ByteTrack, ByteTrackParams
from vision.types import Answer, CameraId, PlaceId, Question, RunId


@dataclass(frozen=True, slots=True)
class Parts:
    """What every command shares."""

    database: Database
    store: EvidenceStore
    clock: Clock
    settings: Settings


@dataclass(frozen=True, slots=True)
class Nets:
    """The nets of one worker."""

    detector: Detector
    looker: PersonLooker
    person: ModelEntry
    crop: ModelEntry


def open_parts(settings: Settings) -> Parts:
    """Open store and database, making them where they are not. Raises `ServiceError`."""
    store = LocalStore(settings.evidence_dir)
    database = Database(settings.database)
    database.upgrade()
    return Parts(database, store, SystemClock(), settings)


def build_app(parts: Parts) -> FastAPI:
    """Make the web application."""
    settings = parts.settings
    return create_app(
        WebContext(parts.database, parts.store, parts.clock, settings.session_lasts, settings.secure_cookies)
    )


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
    record = SiteRecord(
        site_id=site.site.id,
        name=site.site.name,
        agency=site.site.agency,
        timezone=site.site.timezone,
        notice=site.site.notice,
        lawful_basis=site.site.lawful_basis,
        intervals=site.hours.intervals,
        days=tuple(DAYS.index(day) for day in site.hours.days),
        grace_minutes=site.hours.grace_minutes,
    )
    places = []
    for camera in site.cameras:
        places += [PlaceRecord(camera.id, d.id, d.name, "desk", d.officers) for d in camera.desks]
        places += [PlaceRecord(camera.id, z.id, z.name, f"zone_{z.kind}", ()) for z in camera.zones]
        places += [PlaceRecord(camera.id, c.id, c.name, "counter", ()) for c in camera.counters]
    with parts.database.transaction() as session:
        SiteRepository(session).register(
            record,
            cameras=[(camera.id, camera.name) for camera in site.cameras],
            officers=[OfficerRecord(o.id, o.name, o.unit) for o in site.officers],
            places=places,
        )


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
    """Put together all that is needed to watch one source."""
    recorder = Recorder(parts.database, parts.store, source.ring, camera_id=source.camera_id, run_id=source.run_id)
    return source, build_pipeline(camera, site, nets, source.run_id), recorder


def live_maker(
    parts: Parts, site: Site, camera: CameraTable, site_path: Path, nets: Nets
) -> Callable[[], tuple[Source, Pipeline, Recorder]]:
    """Return what makes a fresh run of a live camera each time it is called."""
    return lambda: build_watch(parts, site, camera, live_source(camera, site_path, parts.clock), nets)


def build_pipeline(camera: CameraTable, site: Site, nets: Nets, run_id: RunId) -> Pipeline:
    """Put the stages of one camera together."""
    crop = nets.crop
    badge, smoking = replace(badge_params(crop), worn_at=site.rules.badge_missing.worn_at), smoking_params(crop)
    counters = [Counter(PlaceId(c.id), tuple(PlaceId(desk) for desk in c.desks)) for c in camera.counters]
    return Pipeline(
        scene_of(camera),
        detector=nets.detector,
        tracker=ByteTrack(run_id, ByteTrackParams()),
        looker=nets.looker,
        rulebook=Rulebook(build_rules(site.rules, badge, smoking, nets), counters, duty_of(site)),
        judgement=Judgement(
            badge=badge if site.rules.badge_missing.enabled else None,
            smoking=smoking if site.rules.smoking.enabled else None,
        ),
    )


def duty_of(site: Site) -> Callable[[datetime], bool]:
    """Return what tells whether a moment is working time of the site; always, where no hours are given."""
    zone = ZoneInfo(site.site.timezone)
    days = {DAYS.index(day) for day in site.hours.days}
    spans = [tuple(time.fromisoformat(part.strip()) for part in text.split("-")) for text in site.hours.intervals]

    def on_duty(moment: datetime) -> bool:
        local = moment.astimezone(zone)
        return local.weekday() in days and any(start <= local.time() < end for start, end in spans)

    return on_duty if spans else lambda _: True


def build_rules(tables: RulesTable, badge: BadgeParams, smoking: SmokingParams, nets: Nets) -> list[Rule]:
    """Turn the rules of a site file into rules of the rulebook."""
    presence = SustainedParams(
        _s(tables.presence.open_after_s), _s(tables.presence.close_after_s), _s(tables.presence.hold_unknown_s)
    )
    left, counter = (
        SustainedParams(_s(t.after_s), _s(t.back_after_s), _s(t.hold_unknown_s))
        for t in (tables.left_post, tables.counter_unattended)
    )
    person_sha256, crop_sha256 = nets.person.weights_sha256, nets.crop.weights_sha256
    rules = [
        Rule(PRESENCE, Question.PRESENCE, Answer.YES, presence, model_sha256=person_sha256),
        Rule(LEFT_POST, Question.PRESENCE, Answer.NO, left, after_visit=True, model_sha256=person_sha256),
        Rule(COUNTER_UNATTENDED, Question.PRESENCE, Answer.NO, counter, after_visit=True, model_sha256=person_sha256),
    ]
    if tables.badge_missing.enabled:
        rules.append(
            Rule(
                BADGE_MISSING,
                Question.BADGE,
                Answer.NO,
                _sequential(tables.badge_missing),
                threshold=1.0 - badge.no_below,
                model_sha256=crop_sha256,
            )
        )
    if tables.smoking.enabled:
        rules.append(
            Rule(
                SMOKING,
                Question.SMOKING,
                Answer.YES,
                _sequential(tables.smoking),
                threshold=smoking.yes_score,
                model_sha256=crop_sha256,
                gesture=_gesture(tables.smoking),
            )
        )
    return rules


def _sequential(table: EvidenceTable) -> SequentialParams:
    return SequentialParams(
        table.hit_rate,
        table.false_rate,
        table.odds,
        _s(table.open_after_s),
        _s(table.hold_unknown_s),
        base_rate=table.base_rate,
        discount=table.discount,
    )


def _gesture(table: SmokingTable) -> GestureParams:
    return GestureParams(
        puff_least=_s(table.puff_s[0]),
        puff_most=_s(table.puff_s[1]),
        window=_s(table.puff_window_s),
        ratio=table.puff_ratio,
        counted=table.puffs_counted,
    )


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
