"""The tables of the hearing: what a person was told of a breach, what they answered, what was concluded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.tables import Base

STANDS = text("stage <> 'withdrawn'")


class CaseRow(Base):
    """The hearing of one person about one confirmed flag.

    Attributes:
        officer_id: Who it is about, where the site file names them; else ``person_name`` alone says it.
        agency, unit: Of the person, as they were when it was opened: who may see the case is told by them.
        rule_id: The rule that the person is said to have broken.
        stage: Where the hearing stands; see `service.hearing.stages`. It follows from the steps.
        due_at: Until when whoever is asked should act; None where nobody is. It follows from the steps too.
        outcome, concluded_by, concluded_at: The latest conclusion, an appeal's before the first; None: none yet.
        token_hash: Of the personal link; pin_hash: of the number that goes with it, by another way.
        pin_failures, pin_locked_until: Wrong numbers since the last right one.
        email: Where the notice was sent; empty where it was printed.
    """

    __tablename__ = "cases"
    case_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"))
    officer_id: Mapped[str | None] = mapped_column(String(64))
    person_name: Mapped[str] = mapped_column(String(200))
    agency: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(200))
    rule_id: Mapped[str] = mapped_column(String(64))
    stage: Mapped[str] = mapped_column(String(24))
    opened_by: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))
    concluded_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    concluded_at: Mapped[datetime | None]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    pin_hash: Mapped[str] = mapped_column(String(300))
    pin_failures: Mapped[int] = mapped_column(default=0)
    pin_locked_until: Mapped[datetime | None]
    email: Mapped[str] = mapped_column(String(254), server_default="")
    language: Mapped[str] = mapped_column(String(8), server_default="vi")
    __table_args__ = (
        Index("ix_cases_event_id", "event_id"),
        # one that was opened by mistake does not keep the right person from being heard
        Index("ix_cases_once", "event_id", unique=True, postgresql_where=STANDS, sqlite_where=STANDS),
        Index("ix_cases_agency_stage", "agency", "stage"),
        Index("ix_cases_stage_due_at", "stage", "due_at"),
        Index("ix_cases_officer_id", "officer_id"),
    )


class CaseStepRow(Base):
    """One step of a hearing. Rows are only ever added.

    Attributes:
        kind: See `service.hearing.stages`.
        user_id: Who of the inspection did it; None where the person did, or time alone.
        outcome: What was concluded or decided; None for other steps.
        due_at: Until when the next step is wanted.
        is_complete: The person said that this answer is all.
        request_id: The same step sent twice is stored once.
    """

    __tablename__ = "case_steps"
    step_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.case_id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    outcome: Mapped[str | None] = mapped_column(String(24))
    due_at: Mapped[datetime | None]
    is_complete: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(String(64))
    __table_args__ = (UniqueConstraint("case_id", "request_id"),)


class CaseAttachmentRow(Base):
    """A file that the person handed in with a step; its bytes lie in the evidence store."""

    __tablename__ = "case_attachments"
    attachment_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("case_steps.step_id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(300), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))


class CaseSessionRow(Base):
    """A browser in which the person gave link and number. Only the hash of its token is kept."""

    __tablename__ = "case_sessions"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.case_id"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
