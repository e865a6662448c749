"""Make the evidence of an event when it is due: stored first, then described and journalled in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import av
import structlog

from calibration.scene import Area
from service.db.away import DATABASE_AWAY
from service.db.backlog import Backlog, Session
from service.db.evidence import EvidenceRepository
from service.db.journal import JournalRepository
from service.db.pen import Pen
from service.db.records import EvidenceKind, EvidenceRecord
from service.db.session import Database
from service.errors import EvidenceExists, EvidenceUnreachable, StoreFull, StoreUnwritable
from service.evidence import cutter
from service.evidence.disk import DiskWatch
from service.evidence.journal import Facts, RowKind, facts_of
from service.evidence.local import FULL
from service.evidence.plan import Cut
from service.evidence.store import EvidenceStore
from service.evidence.told import facts_of_evidence
from service.judging.policy import NOTED_RULES
from service.workers.evidence_px import box_in
from vision.capture.packets import PacketRing, StoredPacket
from vision.rules.rulebook import PRESENCE
from vision.types import CameraId

log = structlog.get_logger(__name__)

PICTURES = frozenset({EvidenceKind.SNAPSHOT, EvidenceKind.SNAPSHOT_ANNOTATED})
SUPERSEDED = "superseded"
"""Where an object is set aside that nothing describes: its writer was killed before it could."""


UNMAKEABLE = (av.error.FFmpegError, ValueError)
"""What the packets themselves are to blame for; but an encoder tells of a full disk in the same way."""
TRIES_AGAIN_AFTER = timedelta(seconds=2)
TRIES_AGAIN_AT_MOST_AFTER = timedelta(seconds=30)
"""Of the stream's time, doubled from the first to the second: the packets are in memory for a minute or two."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A cut that could not be stored yet.

    Attributes:
        held_from: When the first of its packets was captured; once that is gone from memory, so is the clip.
        wait: How long to wait before the next try, at ``next_at``.
        why: What stood in the way.
    """

    cut: Cut
    held_from: datetime
    wait: timedelta
    next_at: datetime
    why: str


class EvidenceKeeper:
    """Makes and keeps the evidence of one camera's events. What was made once is never made anew.

    What cannot be stored now is tried again as long as its packets are in memory, then said to be missing.

    Args:
        ring: The camera's packets.
        backlog: Takes the rows, after those of the events.
        disk: Says whether there is room.
        masks: Areas that are blacked out in everything that is stored.
    """

    def __init__(
        self,
        database: Database,
        store: EvidenceStore,
        ring: PacketRing,
        pen: Pen,
        *,
        backlog: Backlog,
        disk: DiskWatch,
        camera_id: CameraId,
        masks: tuple[Area, ...] = (),
    ) -> None:
        self._database = database
        self._store = store
        self._ring = ring
        self._pen = pen
        self._backlog = backlog
        self._disk = disk
        self._camera_id = camera_id
        self._masks = masks
        self._waiting: list[_Waiting] = []

    def keep(self, cuts: Iterable[Cut], at: datetime | None = None) -> None:
        """Make and store what is due, and what had to wait; ``at`` is how far the stream has come, if it goes on."""
        due = [(cut, None) for cut in cuts] + [
            (each.cut, each) for each in self._waiting if at is not None and at >= each.next_at
        ]
        self._waiting = [each for each in self._waiting if at is None or at < each.next_at]
        for cut, before in due:
            self._keep(cut, before, at)

    def finish(self) -> None:
        """The packets are going to be gone: try what waits once more, and say what is lost."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self._keep(each.cut, each, None)
        for each in self._waiting:
            self._note_lost(each.cut, each.why)
        self._waiting = []

    def _keep(self, cut: Cut, before: _Waiting | None, at: datetime | None) -> None:
        if is_optional(cut.event.rule_id) and not self._disk.may_record_optional():
            self._note_lost(cut, "no room: visits are the first to go without")
            return
        packets = self._ring.cut(cut.start, cut.end)
        if not packets or (before is not None and packets[0].at > max(before.held_from, cut.start)):
            self._note_lost(cut, "no packets" if before is None else before.why)
            return
        why = "no room" if not self._disk.may_record() else self._try(cut, packets)
        if why:
            wait = TRIES_AGAIN_AFTER if before is None else min(2 * before.wait, TRIES_AGAIN_AT_MOST_AFTER)
            moment = at or cut.due_at
            self._waiting.append(_Waiting(cut, packets[0].at, wait, moment + wait, why))

    def _try(self, cut: Cut, packets: Sequence[StoredPacket]) -> str:
        """Make and store one cut. Returns why it has to wait; empty where it need not."""
        try:
            records = self._make(cut, packets)
        except (StoreUnwritable, EvidenceUnreachable, *DATABASE_AWAY, *UNMAKEABLE, OSError) as error:
            if isinstance(error, StoreFull):
                self._disk.note_full()
            elif isinstance(error, UNMAKEABLE) and getattr(error, "errno", None) not in FULL:
                # a clip that cannot be made must not end the watching of the camera
                log.error("evidence lost", rule=cut.event.rule_id, camera=self._camera_id, error=str(error))
                self._note_lost(cut, "cannot be made")
                return ""
            why = str(error.args[0] if error.args else error)
            log.warning("evidence waits", rule=cut.event.rule_id, camera=self._camera_id, kind=cut.kind, why=why)
            return why
        if records:
            self._backlog.write("evidence", partial(self._describe, records=records))
        return ""

    def _describe(self, session: Session, *, records: Sequence[EvidenceRecord]) -> None:
        repository = EvidenceRepository(session)
        for record in records:
            if repository.add(record):
                facts = facts_of_evidence(record)
                self._pen.note(session, RowKind.EVIDENCE_STORED, facts, subject=record.event_id)

    def _note_lost(self, cut: Cut, why: str) -> None:
        log.warning("no evidence", rule=cut.event.rule_id, camera=self._camera_id, kind=cut.kind, why=why)
        event_id = str(cut.event.event_id)

        def note(session: Session) -> None:
            if cut.kind in EvidenceRepository(session).known_kinds(event_id):
                return  # an analysis before this one had it
            facts: Facts = {"kind": str(cut.kind), "reason": why}
            told = JournalRepository(session).about(event_id)
            if not any(row.kind == RowKind.EVIDENCE_MISSING and facts_of(row) == facts for row in told):
                self._pen.note(session, RowKind.EVIDENCE_MISSING, facts, subject=event_id)

        self._backlog.write("missing evidence", note)

    def _make(self, cut: Cut, packets: Sequence[StoredPacket]) -> list[EvidenceRecord]:
        with self._database.transaction() as session:
            known = EvidenceRepository(session).known_kinds(str(cut.event.event_id))
        records = []
        if cut.kind not in known:
            clip = cutter.remux(packets, self._masks)
            records.append(self._store_once(cut, cut.kind, clip, (packets[0].at, packets[-1].at)))
        if cut.kind is EvidenceKind.CLIP_END or known >= PICTURES:
            return records  # the pictures were made with the beginning, or by the first analysis
        event = cut.event
        picture = cutter.grab(packets, event.peak_at, self._masks)
        if picture is None:
            return records
        # where the ring did not reach back to the peak, the picture is the nearest one that it held
        moment = min(max(event.peak_at, packets[0].at), packets[-1].at)
        box_px = box_in(event.box_px, self._ring.boxes_px, (picture.shape[1], picture.shape[0]))
        marked = picture if box_px is None else cutter.annotate(picture, box_px)
        for kind, image in ((EvidenceKind.SNAPSHOT, picture), (EvidenceKind.SNAPSHOT_ANNOTATED, marked)):
            if kind not in known:
                records.append(self._store_once(cut, kind, cutter.to_jpeg(image), (moment, moment)))
        return records

    def _store_once(
        self, cut: Cut, kind: EvidenceKind, content: bytes, span: tuple[datetime, datetime]
    ) -> EvidenceRecord:
        event_id = str(cut.event.event_id)
        ending, media_type = ("jpg", "image/jpeg") if kind in PICTURES else ("mp4", "video/mp4")
        key = f"{self._camera_id}/{cut.event.started_at:%Y-%m-%d}/{event_id}/{kind}.{ending}"
        try:
            sha256 = self._store.put_once(key, content)
        except EvidenceExists:
            # nothing describes what is there, else it would be known: never delete it, never call it evidence
            self._store.set_aside(key, SUPERSEDED)
            sha256 = self._store.put_once(key, content)
        return EvidenceRecord(
            event_id=event_id,
            kind=kind,
            key=key,
            sha256=sha256,
            size_bytes=len(content),
            media_type=media_type,
            start=span[0],
            end=span[1],
        )


def is_optional(rule_id: str) -> bool:
    """Tell whether an event is recorded for convenience only: nobody is accused of anything by it."""
    return rule_id == PRESENCE or rule_id in NOTED_RULES
