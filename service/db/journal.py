"""The journal in the database: rows are added, proved and read, never changed; a body may be erased by law."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, desc, insert, select, update
from sqlalchemy.orm import Session

from service.attendance.intervals import microseconds, moment_of
from service.db.journal_tables import JournalHeadRow, JournalRowRow, PublishedHeadRow
from service.errors import KeyNotInForce, NotFound, Refused
from service.evidence.journal import Facts, JournalEnd, RowKind, body_of, next_row, signed
from service.evidence.offline.journal_rows import KEY_KINDS, KEY_SUBJECT, JournalRow, grow, root_of
from service.evidence.signing import Signer
from service.evidence.tree import Subtree, path_of, subtrees_of

_TABLE = cast(Table, JournalRowRow.__table__)
_HEAD = cast(Table, JournalHeadRow.__table__)
# on the tables themselves: no rows as objects that would have to be brought up to date
_TAKE = (
    update(_HEAD)
    .where(_HEAD.c.head_id == 1, _HEAD.c.key_id == bindparam("key_before"))
    .values(size=_HEAD.c.size + 1)
    .returning(_HEAD.c.size, _HEAD.c.leaf, _HEAD.c.peaks)
)
_KEEP = (
    update(_HEAD)
    .where(_HEAD.c.head_id == 1)
    .values(leaf=bindparam("new_leaf"), peaks=bindparam("new_peaks"), key_id=bindparam("new_key"))
)
_LATEST = (
    select(_TABLE.c.seq)
    .where(_TABLE.c.subject == bindparam("about"), _TABLE.c.subject != "")
    .order_by(desc(_TABLE.c.seq))
    .limit(1)
)
_ADD = insert(_TABLE)
SUM_BYTES = 32


@dataclass(frozen=True, slots=True)
class JournalHead:
    """How far the journal goes.

    Attributes:
        peaks: Roots of the whole subtrees, from left to right.
    """

    size: int
    leaf: bytes
    key_id: str
    peaks: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """The sum that stands for all rows."""
        return root_of(self.peaks)


@dataclass(frozen=True, slots=True)
class PublishedHead:
    """Where the journal stood when it was told to others.

    Attributes:
        content: Canonical JSON: number of rows, root, last leaf, mark of the journal, key and time.
        token: RFC 3161 timestamp of it (DER); empty where no authority was asked or none answered.
    """

    size: int
    content: bytes
    signature: bytes
    token: bytes = b""


class JournalRepository:
    """The journal within one transaction. Whoever adds a row waits for those who added before to commit.

    Args:
        signer: What rows are signed with; None where it is only read.
    """

    def __init__(self, session: Session, signer: Signer | None = None) -> None:
        self._session = session
        self._signer = signer

    def note(self, kind: RowKind, facts: Facts, *, at: datetime, subject: str = "") -> JournalRow:
        """Add a row.

        Args:
            facts: What the body says. Names and free text stay out of it: ids and sums are enough.
            at: The present moment, by the wall clock.
            subject: Id of the event that it is about, if any.

        Raises:
            KeyNotInForce: The journal has another key; nothing was added.
        """
        signer = self._signer
        if signer is None:
            raise KeyNotInForce("the journal was opened for reading only: no key to sign with was given")
        in_force = bytes.fromhex(signer.key_id)
        if kind in (RowKind.JOURNAL_OPENED, RowKind.KEY_LOST):
            in_force = bytes.fromhex(self.head().key_id)
        # the first word of the transaction to the head: whoever adds a row waits here for those before
        taken = self._session.execute(_TAKE, {"key_before": in_force}).one_or_none()
        if taken is None:
            raise KeyNotInForce(
                f"the journal is signed with another key than {signer.key_id}, which this program holds. "
                "Put back the key file of the journal, or see the documentation on lost keys"
            )
        previous = self._session.scalar(_LATEST, {"about": subject}) if subject else None
        end = JournalEnd(taken.size - 1, taken.leaf, previous)
        body, at_us = body_of(facts), microseconds(at)
        row = next_row(end, kind, subject=subject, body=body, at_us=at_us, key_id=signer.key_id)
        row = signed(row, signer.sign_row(row.header()))
        self._add(row, _sums(taken.peaks), key_after=_key_after(kind, facts, signer))
        return row

    def _add(self, row: JournalRow, peaks: Sequence[bytes], *, key_after: bytes) -> None:
        peaks_after, made = grow(peaks, row.seq, row.leaf())
        self._session.execute(_ADD, row_columns(row, made))
        self._session.execute(_KEEP, {"new_leaf": made[0], "new_peaks": b"".join(peaks_after), "new_key": key_after})

    def head(self) -> JournalHead:
        """Return how far the journal goes."""
        row = self._session.execute(select(_HEAD).where(JournalHeadRow.head_id == 1)).one()
        return JournalHead(row.size, bytes(row.leaf), bytes(row.key_id).hex(), tuple(_sums(row.peaks)))

    def row(self, seq: int) -> JournalRow:
        """Return one row; raises `NotFound`."""
        found = self._session.execute(select(_TABLE).where(JournalRowRow.seq == seq)).one_or_none()
        if found is None:
            raise NotFound(f"no journal row {seq}")
        return row_of(found)

    def about(self, subject: str) -> list[JournalRow]:
        """Return all rows about one subject, oldest first."""
        query = select(_TABLE).where(JournalRowRow.subject == subject, JournalRowRow.subject != "")
        return [row_of(found) for found in self._session.execute(query.order_by(JournalRowRow.seq))]

    def latest_about(self, subject: str) -> JournalRow | None:
        """Return the newest row about one subject; None where there is none."""
        seq = self._session.scalar(_LATEST, {"about": subject})
        return None if seq is None else self.row(seq)

    def latest(self, *, limit: int, before: int | None = None, kinds: Sequence[RowKind] = ()) -> list[JournalRow]:
        """Return rows, newest first."""
        query = select(_TABLE).order_by(desc(JournalRowRow.seq)).limit(limit)
        if before is not None:
            query = query.where(JournalRowRow.seq < before)
        if kinds:
            query = query.where(JournalRowRow.kind.in_([kind.value for kind in kinds]))
        return [row_of(found) for found in self._session.execute(query)]

    def key_rows(self) -> list[JournalRow]:
        """Return the rows that say which key signs, oldest first."""
        query = select(_TABLE).where(JournalRowRow.subject == KEY_SUBJECT, JournalRowRow.subject != "")
        return [row_of(found) for found in self._session.execute(query.order_by(JournalRowRow.seq))]

    def rows(self, start: int = 0, *, batch: int = 5000) -> Iterator[tuple[JournalRow, list[bytes]]]:
        """Yield every row from a number on, in order, with the sums that were stored beside it."""
        while True:
            query = select(_TABLE).where(JournalRowRow.seq >= start).order_by(JournalRowRow.seq).limit(batch)
            found = self._session.execute(query).all()
            for row in found:
                yield row_of(row), _sums(row.nodes)
            if len(found) < batch:
                return
            start = found[-1].seq + 1

    def proof(self, seq: int, size: int) -> list[bytes]:
        """Return the sums that prove a row to be under the root of the journal's first ``size`` rows."""
        return self.proofs([seq], size)[seq]

    def proofs(self, seqs: Sequence[int], size: int) -> dict[int, list[bytes]]:
        """Return the proof of each of these rows; they share most of what is read for them."""
        ends = {end for seq in seqs for _, end in subtrees_of(seq, size)}
        query = select(JournalRowRow.seq, JournalRowRow.nodes).where(JournalRowRow.seq.in_([end - 1 for end in ends]))
        nodes = {found.seq: _sums(found.nodes) for found in self._session.execute(query)}
        return {seq: path_of(seq, size, lambda subtree: _stored(nodes, subtree)) for seq in seqs}

    def published(self, *, limit: int) -> list[PublishedHead]:
        """Return the heads that were given out, the newest first."""
        query = select(PublishedHeadRow).order_by(desc(PublishedHeadRow.size)).limit(limit)
        return [
            PublishedHead(row.size, row.head.encode(), bytes(row.signature), bytes(row.token))
            for row in self._session.scalars(query)
        ]

    def keep_published(self, head: PublishedHead) -> None:
        """Keep a head that is given out; the first of its size stays."""
        if self._session.get(PublishedHeadRow, head.size) is None:
            self._session.add(
                PublishedHeadRow(size=head.size, head=head.content.decode(), signature=head.signature, token=head.token)
            )

    def erase_body(self, seq: int) -> None:
        """Erase what a row says; that it was there, and its sum, stay. The caller notes why.

        Raises:
            NotFound: There is no such row.
            Refused: Without it the journal could not be checked.
        """
        if self.row(seq).kind in KEY_KINDS:
            raise Refused(f"journal row {seq} names a key: without it no signature could be checked")
        self._session.execute(update(JournalRowRow).where(JournalRowRow.seq == seq).values(body=None))


def _key_after(kind: RowKind, facts: Facts, signer: Signer) -> bytes:
    if kind is RowKind.KEY_ROTATED:
        return bytes.fromhex(str(facts["key_id"]))
    return bytes.fromhex(signer.key_id)


def row_columns(row: JournalRow, nodes: Sequence[bytes]) -> dict[str, Any]:
    """Return a row as its table holds it."""
    return {
        "seq": row.seq,
        "at_us": row.at_us,
        "kind": row.kind,
        "subject": row.subject,
        "subject_prev": row.subject_prev,
        "prev": row.prev,
        "body": None if row.body is None else row.body.decode("ascii"),
        "body_sha256": bytes.fromhex(row.body_sha256),
        "key_id": bytes.fromhex(row.key_id),
        "signature": row.signature,
        "nodes": b"".join(nodes),
    }


def row_of(found: Any) -> JournalRow:
    """Return a row as it was written, of what its table holds."""
    return JournalRow(
        seq=found.seq,
        at_us=found.at_us,
        kind=found.kind,
        subject=found.subject,
        subject_prev=found.subject_prev,
        prev=bytes(found.prev),
        body_sha256=bytes(found.body_sha256).hex(),
        key_id=bytes(found.key_id).hex(),
        signature=bytes(found.signature),
        body=None if found.body is None else found.body.encode("utf-8"),
    )


def _sums(joined: bytes) -> list[bytes]:
    content = bytes(joined)
    return [content[i : i + SUM_BYTES] for i in range(0, len(content), SUM_BYTES)]


def _stored(nodes: dict[int, list[bytes]], subtree: Subtree) -> bytes:
    start, end = subtree
    return nodes[end - 1][(end - start).bit_length() - 1]


def moment_of_row(row: JournalRow) -> datetime:
    """Return when a row was written."""
    return moment_of(row.at_us)
