"""The tables of attendance: what people and devices say, what was corrected and closed, when desks were occupied."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.tables import Base


class DeskRow(Base):
    """A number for each desk, so that millions of visits need not repeat its names."""

    __tablename__ = "desks"
    desk_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    camera_id: Mapped[str] = mapped_column(String(64))
    place_id: Mapped[str] = mapped_column(String(64))
    __table_args__ = (UniqueConstraint("camera_id", "place_id"),)


class VisitRow(Base):
    """A visit at a desk that has ended, microseconds since 1970 UTC.

    It is written with the event of the visit and outlives it: evidence is deleted long before timesheets are.
    """

    __tablename__ = "visits"
    desk_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    started_us: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ended_us: Mapped[int] = mapped_column(BigInteger)


class LeaveRow(Base):
    """An officer need not be at the post. Rows are withdrawn, never deleted."""

    __tablename__ = "leaves"
    leave_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.officer_id"))
    kind: Mapped[str] = mapped_column(String(32))
    start: Mapped[datetime] = mapped_column("started_at")
    end: Mapped[datetime] = mapped_column("ended_at")
    document: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(200))
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    entered_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_leaves_officer_id_started_at", "officer_id", "started_at"),)


class CoverRow(Base):
    """An officer sits at a desk in place of those it belongs to. Rows are withdrawn, never deleted."""

    __tablename__ = "covers"
    cover_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.officer_id"))
    camera_id: Mapped[str] = mapped_column(String(64))
    place_id: Mapped[str] = mapped_column(String(64))
    start: Mapped[datetime] = mapped_column("started_at")
    end: Mapped[datetime] = mapped_column("ended_at")
    note: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(200))
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    entered_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_covers_started_at", "started_at"),)


class PunchRow(Base):
    """One stamp of a time clock."""

    __tablename__ = "punches"
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.officer_id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(String(64), primary_key=True)
    direction: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(200))
    imported_at: Mapped[datetime]


class BadgeReadRow(Base):
    """A badge's printed code was read at an entrance line."""

    __tablename__ = "badge_reads"
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.officer_id"), primary_key=True)
    camera_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    line_id: Mapped[str] = mapped_column(String(64))
    direction: Mapped[str] = mapped_column(String(16))


class PeriodRow(Base):
    """A closed stretch of days of one site, with the figures as they were."""

    __tablename__ = "attendance_periods"
    period_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.site_id"))
    first: Mapped[date] = mapped_column("first_day", Date)
    last: Mapped[date] = mapped_column("last_day", Date)
    closed_by: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    closed_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("ix_attendance_periods_site_id_first_day", "site_id", "first_day"),)


class CorrectionRow(Base):
    """A change that was asked for. Rows are only ever added."""

    __tablename__ = "corrections"
    correction_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.officer_id"))
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(32))
    start: Mapped[datetime] = mapped_column("started_at")
    end: Mapped[datetime] = mapped_column("ended_at")
    leave_kind: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(String(200))
    document_key: Mapped[str] = mapped_column(String(300))
    observed: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    asked_for: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime]
    request_id: Mapped[str] = mapped_column(String(64))
    adjusts_period: Mapped[int | None] = mapped_column(ForeignKey("attendance_periods.period_id"))
    __table_args__ = (
        Index("ix_corrections_officer_id_day", "officer_id", "day"),
        UniqueConstraint("asked_by", "request_id"),
    )


class DecisionRow(Base):
    """What became of a correction: one decision, by somebody other than who asked."""

    __tablename__ = "correction_decisions"
    correction_id: Mapped[int] = mapped_column(ForeignKey("corrections.correction_id"), primary_key=True)
    approved: Mapped[bool]
    decided_by: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    decided_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)


class DeliveryRow(Base):
    """A message to another system that must arrive: sent again until it is taken."""

    __tablename__ = "deliveries"
    delivery_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("ix_deliveries_delivered_at_next_at", "delivered_at", "next_at"),)
