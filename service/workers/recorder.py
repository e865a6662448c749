"""Keep what a pipeline says: events into the database, clips and pictures into the evidence store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from calibration.scene import Area
from service.attendance import facts
from service.db.attendance import AttendanceRepository
from service.db.away import DATABASE_AWAY
from service.db.backlog import Backlog, Session
from service.db.calibration import CalibrationRepository
from service.db.pen import Pen
from service.db.records import RunRecord
from service.db.repository import EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.errors import DatabaseUnusable, StoreUnwritable
from service.evidence.disk import DiskWatch
from service.evidence.journal import RowKind
from service.evidence.plan import Plan, plan_event, take_all, take_due
from service.evidence.store import EvidenceStore
from service.evidence.told import facts_of_gap, told_of
from service.judging.desk import store_judged
from service.judging.policy import QueuePolicy
from service.stills import StillKeeper, keep_reference
from service.workers.blind import BlindSpan, BlindSpans
from service.workers.evidence_px import SAME, in_evidence_px, scale_of
from service.workers.exhibits import EvidenceKeeper
from service.workers.faults import FaultLog
from vision.capture.packets import PacketRing
from vision.clock import SystemClock
from vision.types import BadgeRead, CameraId, Event, Fault, Frame, Gap, GapReason, Image, Observation, RunId

log = structlog.get_logger(__name__)

PROGRESS_EVERY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class CameraSetup:
    """What holds for one run of one camera.

    Attributes:
        masks: Areas that are blacked out in everything that is stored.
        scene_version: Number of the scene that is judged by.
        stills: Keeps the latest picture; None where nobody asks for it.
        policy: Decides which events an inspector is shown; None: all of them.
        backlog: Takes what the database cannot take now; None: one of this run alone.
        disk: Says whether there is room for evidence.
        is_reference_wanted: Whether the first good picture is to be kept as the one that the view is compared with.
    """

    masks: tuple[Area, ...] = ()
    scene_version: int | None = None
    stills: StillKeeper | None = None
    policy: QueuePolicy | None = None
    backlog: Backlog | None = None
    disk: DiskWatch = field(default_factory=DiskWatch)
    is_reference_wanted: bool = False


class Recorder:
    """Keeps one run of one camera. Everything it writes may be written again: a replay changes nothing."""

    def __init__(
        self,
        database: Database,
        store: EvidenceStore,
        ring: PacketRing,
        pen: Pen,
        *,
        camera_id: CameraId,
        run_id: RunId,
        setup: CameraSetup | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._pen = pen
        self._camera_id = camera_id
        self._run_id = run_id
        self._setup = setup or CameraSetup()
        self._backlog = self._setup.backlog or Backlog(database, SystemClock())
        self._keeper = EvidenceKeeper(
            database,
            store,
            ring,
            pen,
            backlog=self._backlog,
            disk=self._setup.disk,
            camera_id=camera_id,
            masks=self._setup.masks,
        )
        self._plan = Plan()
        self._blind = BlindSpans()
        self._faults = FaultLog(self._backlog)
        self._is_reference_wanted = self._setup.is_reference_wanted
        self._started_at: datetime | None = None
        self._last_at: datetime | None = None
        self._frames = 0
        self._scale = SAME
        self._stored_at: datetime | None = None

    def note_frame(self, at: datetime, *, dropped_frames: int = 0) -> None:
        """Count a frame, store progress now and then, and cut what has become due."""
        self._started_at = self._started_at or at
        self._last_at = at
        self._frames += 1
        if self._stored_at is None or at - self._stored_at >= PROGRESS_EVERY:
            self._stored_at = at
            self._store_run(dropped_frames, finished=False)
            self._faults.note_progress(at)
        self._plan, due = take_due(self._plan, at)
        if self._backlog.waiting:
            self._backlog.flush()
        self._keeper.keep(due, at)

    def note_picture(self, frame: Frame) -> None:
        """Keep the latest picture of the camera, for those who draw its scene."""
        self._scale = scale_of(frame, self._scale)
        if self._setup.stills is not None and self._setup.disk.may_record_optional():
            self._setup.stills.note(frame)

    def note_gap(self, gap: Gap) -> None:
        """Store a gap."""
        log.info("gap", camera=gap.camera_id, seconds=(gap.end - gap.start).total_seconds(), reason=gap.reason)
        self._backlog.write("gap", partial(self._store_gap, gap=gap))

    def note_reference(self, image: Image | None, at: datetime) -> None:
        """Keep the first good picture as the camera's reference, where it has none yet."""
        if image is None or not self._is_reference_wanted:
            return
        self._is_reference_wanted = False
        try:
            with self._database.transaction() as session:
                calibration = CalibrationRepository(session)
                if calibration.reference(self._camera_id) is None:
                    keep_reference(self._store, calibration, self._camera_id, image=image, taken_at=at)
        except (StoreUnwritable, *DATABASE_AWAY) as error:
            log.warning("reference not kept", camera=self._camera_id, error=str(error))

    def note_faults(self, faults: Iterable[Fault], at: datetime) -> None:
        """Store faults of the camera that opened or ended: under most of them there is no data."""
        self._faults.note(faults, at)

    def note_observations(self, observations: Iterable[Observation]) -> None:
        """Keep when a desk could not be judged: in attendance that is no data, never an absence."""
        self._store_blind(self._blind.advance(observations))

    def note_events(self, events: Iterable[Event], at: datetime) -> None:
        """Store events that opened or closed."""
        known = [in_evidence_px(event, self._scale) for event in events]
        if not known:
            return
        self._backlog.write("events", partial(self._store_events, events=known))
        for event in known:
            state = "opened" if event.ended_at is None else "closed"
            log.info(f"event {state}", rule=event.rule_id, camera=self._camera_id, place=event.subject.place_id)
            self._plan = plan_event(self._plan, event, at)

    def note_badge_reads(self, reads: Iterable[BadgeRead]) -> None:
        """Store whose badges crossed an entrance line; their codes stand for ids of officers."""
        known = [
            facts.BadgeRead(
                officer_id=read.code,
                camera_id=read.track.camera_id,
                line_id=read.line_id,
                at=read.at,
                direction=facts.Direction(read.direction),
            )
            for read in reads
        ]
        if not known:
            return
        self._backlog.write("badge reads", partial(_store_reads, reads=known))
        for read in known:
            log.info("badge read", camera=read.camera_id, line=read.line_id, direction=read.direction)

    def interrupt(self) -> None:
        """Cut clips of everything that has ended: the stream broke off, nothing more will come for them."""
        self._store_blind(self._blind.finish())
        self._plan, due = take_all(self._plan)
        self._keeper.keep(due)

    def finish(self, *, dropped_frames: int = 0) -> None:
        """The run is over: cut what waits and store the last progress.

        Raises:
            DatabaseUnusable: Something could not be written, and nobody is there to write it later.
        """
        self.interrupt()
        self._keeper.finish()
        if self._last_at is not None:
            self._faults.finish(self._last_at)
        self._store_run(dropped_frames, finished=True)
        if not self._backlog.flush(at_once=True) and self._setup.backlog is None:
            raise DatabaseUnusable(
                f"camera {self._camera_id}: the database could not be written, {self._backlog.waiting} entries are "
                "lost. Make room on its disk, then analyse the recording again"
            )

    def _store_blind(self, spans: Iterable[BlindSpan]) -> None:
        for span in spans:
            gap = Gap(self._camera_id, self._run_id, span.start, span.end, GapReason.NOT_JUDGED)
            self._backlog.write("gap", partial(self._store_gap, gap=gap, place_id=span.place_id))

    def _store_gap(self, session: Session, *, gap: Gap, place_id: str = "") -> None:
        SiteRepository(session).store_gap(gap, place_id)
        self._pen.note(session, RowKind.GAP, facts_of_gap(gap, place_id))

    def _store_events(self, session: Session, *, events: list[Event]) -> None:
        stored = store_judged(
            events,
            EventRepository(session),
            CalibrationRepository(session),
            policy=self._setup.policy,
            scene_version=self._setup.scene_version,
        )
        for event, change in stored:
            for kind, facts_told in told_of(event, change):
                self._pen.note(session, kind, facts_told, subject=str(event.event_id))

    def _store_run(self, dropped_frames: int, *, finished: bool) -> None:
        if self._started_at is None or self._last_at is None:
            return
        run = RunRecord(
            camera_id=self._camera_id,
            run_id=self._run_id,
            started_at=self._started_at,
            last_at=self._last_at,
            frames=self._frames,
            dropped_frames=dropped_frames,
            finished=finished,
        )
        self._backlog.write("run", lambda session: SiteRepository(session).store_run(run))


def _store_reads(session: Session, *, reads: list[facts.BadgeRead]) -> None:
    repository = AttendanceRepository(session)
    for read in reads:
        repository.add_badge_read(read)
