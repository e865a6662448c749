"""A service centre whose journal has something in it, for the tests of reading it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from service.db.accounts import AccountRepository
from service.db.journal_tables import JournalRowRow
from service.db.records import Role
from service.evidence.journal import RowKind
from service.evidence.publishing import publish
from tests.web_world import World


@dataclass
class JournalWorld(World):
    """A flag, and one account of each role that is called as the role is.

    Attributes:
        event_id: The flag.
    """

    event_id: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.add_site()
        for role in Role:
            self.add_user(str(role), role)
        self.event_id = self.add_event()

    def user_id(self, login: str) -> int:
        with self.database.transaction() as session:
            user = AccountRepository(session).find_user(login)
        assert user is not None
        return user.user_id

    def note(self, kind: RowKind, *, login: str = "inspector", subject: str | None = None, **facts: Any) -> int:
        """Add a row a minute later, about the flag unless told otherwise; return its number."""
        self.clock.at += timedelta(minutes=1)
        about = self.event_id if subject is None else subject
        with self.database.transaction() as session:
            return self.pen.note(session, kind, {"user": self.user_id(login), **facts}, subject=about).seq

    def publish(self) -> None:
        """Give out where the journal stands."""
        publish(self.database, self.pen, file=self.folder / "heads.jsonl", at=self.clock.now())

    def tamper(self, seq: int, **columns: Any) -> None:
        """Change a row behind the service's back."""
        with self.database.transaction() as session:
            session.execute(update(JournalRowRow).where(JournalRowRow.seq == seq).values(**columns))
