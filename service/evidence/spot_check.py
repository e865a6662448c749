"""Check some rows of the journal and the head that was given out last: what a page can do while somebody waits.

The whole journal is checked row by row, by `congvu journal verify`; this takes the same care of the rows it is given,
and proves that each lies under the root that others were told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from service.db.journal_pages import JournalReader
from service.evidence.offline.faults import Fault, fault, row_fault, unvouched
from service.evidence.offline.journal_heads import HEADS, GivenHead, head_faults, head_from
from service.evidence.offline.journal_rows import (
    KEY_KINDS,
    NO_LEAF,
    ROW_DOMAIN,
    JournalRow,
    KeyRing,
    body_faults,
    is_signed,
    root_by,
)
from service.evidence.publishing import line_of

JOURNAL_HEAD = "journal_head"


@dataclass(frozen=True, slots=True)
class RowProof:
    """Why a row is under a root.

    Attributes:
        size: The root is that of so many rows.
        path: From the leaf up (RFC 9162, 2.1.3).
        is_published: The root was given out; else it is that of the journal as it stands.
        is_good: The path leads to the root.
    """

    size: int
    root: bytes
    path: tuple[bytes, ...]
    is_published: bool
    is_good: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found.

    Attributes:
        rows: How many were checked; under_head: how many of them lie under the published head.
        head_size: Of the head that was given out last; 0 where none was.
        head_at: When that was.
        faults: What is wrong; empty where all is as it was written.
    """

    rows: int
    under_head: int
    head_size: int
    head_at: datetime | None
    faults: tuple[Fault, ...]


class SpotCheck:
    """Checks rows one by one against keys, neighbours and roots.

    Attributes:
        head: How far the journal goes; given: the head that was given out last, or None.
    """

    def __init__(self, journal: JournalReader) -> None:
        self._journal = journal
        self.head = journal.head()
        self.given: GivenHead | None = None
        self._given_faults: list[Fault] = []
        for published in journal.published(limit=1):
            try:
                self.given = head_from(line_of(published))
            except ValueError as error:
                self._given_faults = [fault(HEADS, "unreadable", why=str(error))]
        self._keys = KeyRing()
        self._key_faults = {row.seq: self._keys.take(row) for row in journal.key_rows()}

    def check(self, rows: Sequence[JournalRow]) -> Checked:
        """Check these rows, the latest head, and that the keys follow from each other."""
        found = [*self._of_journal(), *chain.from_iterable(self.faults_of(rows).values())]
        found += (
            unvouched(f"journal row {seq}", "key_replaced", seq=seq, key=key_id) for seq, key_id in self._keys.breaks
        )
        return Checked(
            rows=len(rows),
            under_head=sum(self.given is not None and row.seq < self.given.size for row in rows),
            head_size=0 if self.given is None else self.given.size,
            head_at=None if self.given is None else said_at(self.given.content),
            faults=tuple(dict.fromkeys(found)),
        )

    def faults_of(self, rows: Sequence[JournalRow]) -> dict[int, list[Fault]]:
        """Say of each row, by its number, what is wrong with it."""
        before = self._journal.rows_at([row.seq - 1 for row in rows if row.seq])
        about = self._journal.seqs_before([row.seq for row in rows])
        proofs = self.proofs(rows)
        return {
            row.seq: [
                *self._of_row(row, about.get(row.seq)),
                *_chain_faults(row, before.get(row.seq - 1)),
                *([] if proofs[row.seq].is_good else [row_fault(row.seq, "row_unproved")]),
            ]
            for row in rows
        }

    def is_signature_good(self, row: JournalRow) -> bool:
        """Tell whether the key in force signed the row."""
        return not self._signature_faults(row)

    def proofs(self, rows: Sequence[JournalRow]) -> dict[int, RowProof]:
        """Prove rows under the latest head given out, or, where they are newer, under the journal as it stands."""
        given_size = 0 if self.given is None or self.given.size > self.head.size else self.given.size
        given_root = b"" if self.given is None else _unhex(self.given.root)
        newer = [row for row in rows if row.seq >= given_size]
        older = [row for row in rows if row.seq < given_size]
        return {
            **self._proofs(older, given_size, given_root, is_published=True),
            **self._proofs(newer, self.head.size, self.head.root, is_published=False),
        }

    def _proofs(self, rows: Sequence[JournalRow], size: int, root: bytes, *, is_published: bool) -> dict[int, RowProof]:
        paths = self._paths([row.seq for row in rows], size)
        made = {}
        for row in rows:
            path = paths.get(row.seq)
            is_good = path is not None and root_by(row.leaf(), row.seq, size, path) == root
            made[row.seq] = RowProof(size, root, tuple(path or ()), is_published, is_good)
        return made

    def _paths(self, seqs: Sequence[int], size: int) -> dict[int, list[bytes]]:
        """Return the proofs of rows; those are left out whose sums are gone."""
        wanted = [seq for seq in seqs if seq < size]
        try:
            return self._journal.proofs(wanted, size)
        except (KeyError, IndexError):
            if len(wanted) == 1:
                return {}
        return {seq: path for one in wanted for seq, path in self._paths([one], size).items()}

    def _of_row(self, row: JournalRow, about: int | None) -> list[Fault]:
        found = body_faults(row) + self._signature_faults(row)
        if row.body is None and not self._journal.is_said_erased(row):
            found.append(row_fault(row.seq, "row_body_missing"))
        if row.subject_prev != about:
            found.append(row_fault(row.seq, "row_subject_unchained", subject=row.subject or "-"))
        return found

    def _signature_faults(self, row: JournalRow) -> list[Fault]:
        if row.seq in self._key_faults:
            return self._key_faults[row.seq]
        wanted = self._keys.key_at(row.seq)
        if row.kind in KEY_KINDS:  # about keys, and not among the rows about keys
            return [row_fault(row.seq, "row_names_no_key")]
        if row.key_id != wanted:
            return [row_fault(row.seq, "row_wrong_key", key=row.key_id, wanted=wanted or "?")]
        if not is_signed(self._keys.public[wanted], row.signature, ROW_DOMAIN + row.header()):
            return [row_fault(row.seq, "row_unsigned")]
        return []

    def _of_journal(self) -> list[Fault]:
        """Check the newest row, and the head that was given out last."""
        found = [*self._given_faults, *chain.from_iterable(self._key_faults.values())]
        size = self.head.size
        last = self._journal.rows_at([size - 1]).get(size - 1)
        if size and last is None:
            found.append(fault(JOURNAL_HEAD, "journal_short", came="?", wanted=size))
        elif last is not None and (last.leaf() != self.head.leaf or self._root_at(last, size) != self.head.root):
            found.append(fault(JOURNAL_HEAD, "head_differs", size=size))
        return found if self.given is None else found + self._of_given(self.given)

    def _of_given(self, given: GivenHead) -> list[Fault]:
        if given.size > self.head.size:
            return [fault(HEADS, "journal_short", came=self.head.size, wanted=given.size)]
        ends = self._journal.rows_at([0, given.size - 1])
        if not {0, given.size - 1} <= set(ends):
            return [fault(HEADS, "head_differs", size=given.size)]
        key_id = self._keys.key_at(given.size)
        root = self._root_at(ends[given.size - 1], given.size)
        found = head_faults(given, root=root, key_id=key_id, public_key=self._keys.public.get(key_id, b""))
        mark, said = ends[0].leaf().hex(), str(json.loads(given.content).get("journal"))
        return found if mark == said else [*found, fault(HEADS, "other_journal", came=mark, wanted=said)]

    def _root_at(self, last: JournalRow, size: int) -> bytes:
        """Return the root of the first rows by the last of them; empty where sums are gone."""
        path = self._paths([last.seq], size).get(last.seq)
        return b"" if path is None else root_by(last.leaf(), last.seq, size, path) or b""


def _chain_faults(row: JournalRow, before: JournalRow | None) -> list[Fault]:
    if row.seq and before is None:
        return [row_fault(row.seq - 1, "row_missing", came=row.seq)]
    wanted = NO_LEAF if before is None else before.leaf()
    return [] if row.prev == wanted else [row_fault(row.seq, "row_unchained")]


def said_at(content: bytes) -> datetime | None:
    """Return when a head says that it was made; None where it says nothing that can be read."""
    try:
        return datetime.fromisoformat(str(json.loads(content)["at"]))
    except (ValueError, KeyError):
        return None


def _unhex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
