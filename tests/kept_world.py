"""Evidence of many kinds in a real database and store, for the tests of retention, locks and quarantine."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.db.accounts import AccountRepository
from service.db.calibration import CalibrationRepository
from service.db.evidence import EvidenceRepository
from service.db.pen import Pen
from service.db.records import EvidenceKind, EvidenceRecord, KeptRule, Queue, RandomCheck, Role, SiteRecord, Verdict
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.evidence.journal import RowKind
from service.evidence.local import LocalStore
from service.evidence.told import facts_of_evidence
from tests.pens import pen_in
from tests.verdicts import confirm, judge
from tests.web_world import CAMERA, SettableClock, make_event

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


@dataclass
class KeptWorld:
    """A site, a camera, an inspector, and evidence."""

    database: Database
    folder: Path
    retention: tuple[KeptRule, ...] = ()
    clock: SettableClock = field(default_factory=lambda: SettableClock(NOW))
    is_registered: bool = False
    user_id: int = 1

    def __post_init__(self) -> None:
        self.store = LocalStore(self.folder / "evidence")
        self.pen: Pen = pen_in(self.folder, self.database, self.clock)
        if self.is_registered:
            return  # it goes on where another process stopped
        self.register()
        with self.database.transaction() as session:
            accounts = AccountRepository(session)
            accounts.add_user("i", display_name="I", role=Role.INSPECTOR, password_hash=None, at=NOW)
            user = accounts.find_user("i")
            assert user is not None
            self.user_id = user.user_id

    def register(self) -> None:
        """Store the site as it is described now."""
        with self.database.transaction() as session:
            site = SiteRecord(
                "s", "S", "A", "Asia/Ho_Chi_Minh", "", "", ("07:30-11:30",), (0, 1), 5, retention=self.retention
            )
            SiteRepository(session).register(site, cameras=[(CAMERA, "C")], officers=[], places=[])

    def add(
        self,
        rule: str,
        days_ago: float,
        *,
        verdict: Verdict | None = None,
        lasts: timedelta | None = timedelta(minutes=2),
        queue: Queue = Queue.FLAG,
        check: str | None = None,
        kinds: tuple[EvidenceKind, ...] = (EvidenceKind.CLIP, EvidenceKind.SNAPSHOT),
    ) -> str:
        """Store an event with its evidence, as the recorder does. Returns its id."""
        at = NOW - timedelta(days=days_ago)
        event = make_event(rule, at, lasts=lasts, place="ban-1", score=0.9)
        event_id = str(event.event_id)
        with self.database.transaction() as session:
            EventRepository(session).upsert(event, queue=queue)
            if check is not None:
                CalibrationRepository(session).add_random_check(RandomCheck(event_id, check, 0.1, at))
        for kind in kinds:
            self.add_evidence(event_id, kind, at)
        if verdict is not None:
            self.judge(event_id, verdict, at)
        return event_id

    def add_evidence(
        self, event_id: str, kind: EvidenceKind, at: datetime, content: bytes | None = None
    ) -> EvidenceRecord:
        """Store one object, then its row and its journal row."""
        content = content or f"{event_id} {kind}".encode() * 40
        key = f"{CAMERA}/{at:%Y-%m-%d}/{event_id}/{kind}.bin"
        record = EvidenceRecord(
            event_id=event_id,
            kind=kind,
            key=key,
            sha256=self.store.put_once(key, content),
            size_bytes=len(content),
            media_type="video/mp4",
            start=at,
            end=at,
        )
        with self.database.transaction() as session:
            EvidenceRepository(session).add(record)
            self.pen.note(session, RowKind.EVIDENCE_STORED, facts_of_evidence(record), subject=event_id)
        return record

    def judge(self, event_id: str, verdict: Verdict, at: datetime) -> None:
        """Give a verdict; a breach is seen by two."""
        with self.database.transaction() as session:
            if verdict is Verdict.BREACH:
                confirm(session, event_id, by=self.user_id, at=at)
            else:
                judge(session, event_id, verdict, by=self.user_id, at=at, request_id=uuid.uuid4().hex)

    def kept(self) -> set[str]:
        """Return the events that still have evidence, each object of it whole."""
        with self.database.transaction() as session:
            repository = EventRepository(session)
            ids = [event.event_id for event in repository.find(EventFilter(), limit=10_000)]
            records = [record for event_id in ids for record in EvidenceRepository(session).of(event_id)]
        for record in records:
            with self.store.open(record.key) as file:
                assert record.sha256 == hashlib.sha256(file.read()).hexdigest()
        return {record.event_id for record in records}

    def stored_keys(self) -> list[str]:
        """Return what lies in the store."""
        return [each.key for each in self.store.stored()]
