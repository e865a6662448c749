"""The tables of the queue: who has which flag before them, and which filters somebody kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.tables import Base


class ClaimRow(Base):
    """Somebody is looking at a flag: nobody else is led to it until then."""

    __tablename__ = "claims"
    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"), index=True)
    claimed_at: Mapped[datetime]
    until: Mapped[datetime]


class AssignmentRow(Base):
    """A flag was given to an inspector. It stays in the queue of the others, behind their own."""

    __tablename__ = "assignments"
    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"), index=True)
    assigned_by: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    at: Mapped[datetime]


class SavedFilterRow(Base):
    """Filters of the queue under a name of somebody's own."""

    __tablename__ = "saved_filters"
    filter_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("user_id", "name"),)
