"""E-mails that wait to be sent; they are written with what they tell of, in one transaction, and sent afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.db.notice_tables import LetterRow
from service.errors import NotFound


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail that is still to be sent.

    Attributes:
        purpose: What it is for: ``password``, ``hearing``.
        made_at: When it was written.
        attempts: How often it was tried in vain.
    """

    letter_id: int
    purpose: str
    to_address: str
    subject: str
    body: str
    made_at: datetime
    attempts: int


class LetterRepository:
    """E-mails within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, purpose: str, *, to_address: str, subject: str, body: str, at: datetime) -> int:
        """Store a letter to be sent; returns its number."""
        row = LetterRow(
            purpose=purpose,
            to_address=to_address,
            subject=subject,
            body=body,
            made_at=at,
            due_at=at,
            sent_at=None,
            given_up_at=None,
            attempts=0,
            last_error="",
        )
        self._session.add(row)
        self._session.flush()
        return row.letter_id

    def take_due(self, at: datetime, *, lease: timedelta, limit: int = 20) -> list[Letter]:
        """Take letters that may be tried now, the oldest first.

        They are due again after the lease: whoever else sends leaves them alone, and if we die they are not lost.
        """
        due = (LetterRow.sent_at.is_(None), LetterRow.given_up_at.is_(None), LetterRow.due_at <= at)
        oldest = select(LetterRow.letter_id).where(*due).order_by(LetterRow.due_at, LetterRow.letter_id).limit(limit)
        # of two that take at once, the second waits for the first and finds them not due any more
        taken = self._session.scalars(
            update(LetterRow)
            .where(LetterRow.letter_id.in_(oldest), *due)
            .values(due_at=at + lease)
            .returning(LetterRow),
            execution_options={"synchronize_session": False},
        )
        return [_letter(row) for row in sorted(taken, key=lambda row: row.letter_id)]

    def note_sent(self, letter_id: int, at: datetime) -> None:
        """Note that a letter was taken, and forget its text: it may hold a link that signs in."""
        row = self._row(letter_id)
        row.sent_at, row.body = at, ""

    def note_failed(self, letter_id: int, error: str, *, next_at: datetime | None, at: datetime) -> None:
        """Note that a letter was not taken; without ``next_at`` it is given up and its text forgotten."""
        row = self._row(letter_id)
        row.attempts += 1
        row.last_error = error
        if next_at is None:
            row.given_up_at, row.body = at, ""
        else:
            row.due_at = next_at

    def _row(self, letter_id: int) -> LetterRow:
        row = self._session.get(LetterRow, letter_id)
        if row is None:
            raise NotFound(f"no letter {letter_id}")
        return row


def _letter(row: LetterRow) -> Letter:
    return Letter(row.letter_id, row.purpose, row.to_address, row.subject, row.body, row.made_at, row.attempts)
