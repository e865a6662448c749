"""The tables of custody: the journal, its published heads, locks on evidence, redacted copies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.tables import Base

HAS_SUBJECT = text("subject <> ''")


class JournalRowRow(Base):
    """One row of the journal; see `service.evidence.offline.journal_rows`. Rows are only ever added.

    Attributes:
        body: None where it was erased by law; its sum stays.
        nodes: The row's leaf and, behind it, every whole subtree that ends with it, 32 bytes each.
    """

    __tablename__ = "journal"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at_us: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(80))
    subject_prev: Mapped[int | None] = mapped_column(BigInteger)
    prev: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[str | None] = mapped_column(Text)
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    key_id: Mapped[bytes] = mapped_column(LargeBinary(16))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
    nodes: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (
        Index(
            "ix_journal_subject_seq",
            "subject",
            "seq",
            postgresql_where=HAS_SUBJECT,
            sqlite_where=HAS_SUBJECT,
        ),
        Index("ix_journal_kind_seq", "kind", "seq"),
    )


class JournalHeadRow(Base):
    """Where the journal ends: one row, changed with every row that is added, so that one writer waits for another.

    Attributes:
        key_id: The key in force; empty before the first row.
        peaks: Roots of the whole subtrees, 32 bytes each.
    """

    __tablename__ = "journal_head"
    head_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))
    key_id: Mapped[bytes] = mapped_column(LargeBinary(16))
    peaks: Mapped[bytes] = mapped_column(LargeBinary)


class PublishedHeadRow(Base):
    """A signed head that was given out; ``token`` is the RFC 3161 timestamp, empty where none was got."""

    __tablename__ = "journal_published"
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    head: Mapped[str] = mapped_column(Text)
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
    token: Mapped[bytes] = mapped_column(LargeBinary)


class EvidenceLockRow(Base):
    """Somebody wants an event's evidence kept. Rows are released, never deleted."""

    __tablename__ = "evidence_locks"
    lock_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    placed_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    placed_at: Mapped[datetime]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    released_at: Mapped[datetime | None]
    release_reason: Mapped[str] = mapped_column(Text, server_default="")


class RedactedCopyRow(Base):
    """A copy of one evidence object on which others than its subject are hidden. The original stays as it was."""

    __tablename__ = "redacted_copies"
    copy_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"))
    kind: Mapped[str] = mapped_column(String(32))
    mode: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(64))
    source_sha256: Mapped[str] = mapped_column(String(64))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    deleted_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("event_id", "kind", "mode"), Index("ix_redacted_copies_key", "key"))
