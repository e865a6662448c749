"""The tables of notifications: who wants to be told of what, and what is still to be sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.tables import Base

UNSENT = text("sent_at IS NULL AND given_up_at IS NULL")


class SubscriptionRow(Base):
    """Where somebody is told of what happens.

    Attributes:
        address: Where to, as Apprise writes it, sealed: it may hold a password. shown: as much of it as its owner
            needs to know it again.
        kinds: What they are told of; see `service.notices.kinds`.
        quiet_from, quiet_to: Local times ``HH:MM`` between which nothing is sent; empty for none.
    """

    __tablename__ = "subscriptions"
    subscription_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"), index=True)
    address: Mapped[str] = mapped_column(Text)
    shown: Mapped[str] = mapped_column(String(120), server_default="")
    kinds: Mapped[list[Any]]
    quiet_from: Mapped[str] = mapped_column(String(5), server_default="")
    quiet_to: Mapped[str] = mapped_column(String(5), server_default="")
    created_at: Mapped[datetime]


class NoticeRow(Base):
    """One message to send. It says that something is there to be looked at, never about whom.

    Attributes:
        subject_key: What it is about; the same about the same is sent once.
        due_at: Not before; whoever sends it moves it on first, so that no other sends it too.
        first_due_at: When it might be sent at first.
        given_up_at: When trying ended in vain.
    """

    __tablename__ = "notices"
    notice_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.subscription_id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(32))
    subject_key: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    first_due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, server_default="")
    __table_args__ = (
        Index("ix_notices_unsent", "due_at", postgresql_where=UNSENT, sqlite_where=UNSENT),
        Index("ix_notices_once", "subscription_id", "kind", "subject_key", unique=True),
    )


class LetterRow(Base):
    """One e-mail to one person: a new password, a notice of a hearing. Its text is forgotten once it is sent."""

    __tablename__ = "letters"
    letter_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    purpose: Mapped[str] = mapped_column(String(32))
    to_address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, server_default="")
    __table_args__ = (Index("ix_letters_unsent", "due_at", postgresql_where=UNSENT, sqlite_where=UNSENT),)
