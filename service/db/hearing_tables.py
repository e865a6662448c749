"""The tables of the hearing: what a person was told of a breach, what they answered, what was concluded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.tables import Base


class CaseRow(Base):
    """The hearing of one person about one confirmed flag.

    Attributes:
        officer_id: Who it is about, where the site file names them; else ``person_name`` alone says it.
        agency, unit: Of the person, as they were when it was opened: who may see the case is told by them.
        rule_id: The rule that the person is said to have broken.
        stage: Where the hearing stands; see `service.hearing.stages`. It follows from the steps.
        due_at: Until when the person may do the next step; None where nothing is asked of them.
        token_hash: Of the personal link; pin_hash: of the number that goes with it, by another way.
        pin_failures, pin_locked_until: Wrong numbers since the last right one.
        email: Where the notice was sent; empty where it was printed.
    """

    __tablename__ = "cases"
    case_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"), unique=True)
    officer_id: Mapped[str | None] = mapped_column(String(64))
    person_name: Mapped[str] = mapped_column(String(200))
    agency: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(200))
    rule_id: Mapped[str] = mapped_column(String(64))
    stage: Mapped[str] = mapped_column(String(24))
    opened_by: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    pin_hash: Mapped[str] = mapped_column(String(300))
    pin_failures: Mapped[int] = mapped_column(default=0)
    pin_locked_until: Mapped[datetime | None]
    email: Mapped[str] = mapped_column(String(254), server_default="")
    language: Mapped[str] = mapped_column(String(8), server_default="vi")
    __table_args__ = (
        Index("ix_cases_agency_stage", "agency", "stage"),
        Index("ix_cases_officer_id", "officer_id"),
    )


class CaseStepRow(Base):
    """One step of a hearing. Rows are only ever added.

    Attributes:
        kind: See `service.hearing.stages`.
        user_id: Who of the inspection did it; None where the person did, or time alone.
        outcome: What was concluded or decided; None for other steps.
        request_id: The same step sent twice is stored once.
    """

    __tablename__ = "case_steps"
    step_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.case_id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    outcome: Mapped[str | None] = mapped_column(String(24))
    text: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(String(64))
    __table_args__ = (UniqueConstraint("case_id", "request_id"),)


class CaseAttachmentRow(Base):
    """A file that the person handed in with a step; its bytes lie in the evidence store."""

    __tablename__ = "case_attachments"
    attachment_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("case_steps.step_id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(64))
