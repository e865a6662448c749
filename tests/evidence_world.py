"""A service centre whose events are told to the journal, as a camera's recorder does it."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.custody import Custody
from service.db.evidence import EvidenceRepository
from service.db.records import EvidenceKind, EvidenceRecord
from service.db.repository import EventRepository
from service.evidence.journal import RowKind
from service.evidence.told import facts_of_evidence, told_of
from tests.web_world import MONDAY, World, make_event

SMALL = {EvidenceKind.CLIP: b"a clip " * 400, EvidenceKind.SNAPSHOT: b"a picture " * 80}


class EvidenceWorld(World):
    """The world of the web tests with a journal that knows its events."""

    @property
    def custody(self) -> Custody:
        return Custody(self.database, self.store, self.pen, self.clock)

    def record(self, rule: str = "smoking", at: datetime = MONDAY, evidence: dict[EvidenceKind, bytes] = SMALL) -> str:
        """Store an event that ended, with its evidence and the rows of both."""
        event = make_event(rule, at, lasts=timedelta(seconds=40), place="ban-1", score=0.8)
        event_id = str(event.event_id)
        with self.database.transaction() as session:
            events = EventRepository(session)
            for kind, facts in told_of(event, events.upsert(event)):
                self.pen.note(session, kind, facts, subject=event_id)
            for kind_of, content in evidence.items():
                is_clip = kind_of is EvidenceKind.CLIP
                key = f"cam/{event_id}/{kind_of}.{'mp4' if is_clip else 'jpg'}"
                record = EvidenceRecord(
                    event_id=event_id, kind=kind_of, key=key, sha256=self.store.put_once(key, content),
                    size_bytes=len(content), media_type="video/mp4" if is_clip else "image/jpeg",
                    start=at, end=at + timedelta(seconds=40) if is_clip else at,
                )  # fmt: skip
                assert EvidenceRepository(session).add(record)
                self.pen.note(session, RowKind.EVIDENCE_STORED, facts_of_evidence(record), subject=event_id)
        return event_id
