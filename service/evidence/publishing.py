"""Give out where the journal stands: one signed root that nobody can take back, witnessed by others where possible.

Whoever keeps an old head can show that the journal was cut or rewritten since.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from service.db.journal import JournalHead, JournalRepository, PublishedHead
from service.db.pen import Pen
from service.db.session import Database
from service.errors import KeyNotInForce, ServiceError, StoreUnwritable
from service.evidence.offline.journal_rows import canonical, sum_of
from service.evidence.signing import Signer

log = structlog.get_logger(__name__)


class Authority(Protocol):
    """Who witnesses a digest; see `service.evidence.timestamps.TimestampAuthority`."""

    @property
    def roots_pem(self) -> bytes:
        """Certificates that its own ends in; empty where it sends them itself."""
        ...

    def stamp(self, digest_sha256: bytes) -> bytes:
        """Return a timestamp token (DER). Raises `ServiceError`."""
        ...


def sign_head(head: JournalHead, mark: str, signer: Signer, at: datetime) -> PublishedHead:
    """Sign where the journal stands.

    Args:
        mark: Leaf of the journal's first row, in hexadecimal digits: the name that it keeps for ever.
    """
    content = canonical(
        {
            "at": at.astimezone(UTC).isoformat(),
            "journal": mark,
            "key": signer.key_id,
            "leaf": head.leaf.hex(),
            "root": head.root.hex(),
            "size": head.size,
            "v": 1,
        }
    )
    return PublishedHead(head.size, content, signer.sign_head(content))


def token_of(content: bytes, authority: Authority | None) -> bytes:
    """Have something witnessed; empty where nobody does. Where the authority does not answer, the log says so."""
    if authority is None:
        return b""
    try:
        return authority.stamp(bytes.fromhex(sum_of(content)))
    except ServiceError as error:
        log.warning("no timestamp", error=str(error))
        return b""


def head_now(database: Database, pen: Pen, at: datetime) -> PublishedHead:
    """Sign where the journal stands now."""
    with database.transaction() as session:
        journal = JournalRepository(session)
        head = journal.head()
        return sign_head(head, journal.row(0).leaf().hex(), signer_of(head, pen), at)


def signer_of(head: JournalHead, pen: Pen) -> Signer:
    """Return the key that the journal is signed with now, also where another program has just rotated it.

    Raises:
        KeyNotInForce: The key at hand is another one.
    """
    if pen.signer.key_id != head.key_id:
        pen.renew()
    if pen.signer.key_id != head.key_id:
        raise KeyNotInForce(f"the journal is signed with key {head.key_id}, not with {pen.signer.key_id}")
    return pen.signer


def publish(
    database: Database, pen: Pen, *, file: Path, at: datetime, authority: Authority | None = None
) -> PublishedHead | None:
    """Append the head to the file of heads, unless nothing was added to the journal since the last.

    Returns:
        The head; None where the last one still stands.

    Raises:
        StoreUnwritable: The file cannot be written. The head is kept in the database and goes into the next file.
    """
    head = head_now(database, pen, at)
    with database.transaction() as session:
        journal = JournalRepository(session)
        latest = journal.published(limit=1)
        if latest and latest[0].size == head.size:
            return None
    head = replace(head, token=token_of(head.content, authority))
    give_out(database, head, file)
    return head


def give_out(database: Database, head: PublishedHead, file: Path) -> None:
    """Keep a head and append it to the file of heads. Raises `StoreUnwritable`."""
    with database.transaction() as session:
        JournalRepository(session).keep_published(head)
    _append(file, line_of(head))


def line_of(head: PublishedHead) -> bytes:
    """Return a head as the file of heads holds it."""
    value = {"head": json.loads(head.content), "signature": head.signature.hex(), "token": head.token.hex()}
    return canonical(value) + b"\n"


def _append(file: Path, line: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as out:
            out.write(line)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise StoreUnwritable(f"{file}: cannot be written: {error.strerror}") from None
