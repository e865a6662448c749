"""Check a whole journal: every row, and every head that was given out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from service.evidence.offline.faults import Fault, fault, row_fault, unvouched
from service.evidence.offline.journal_heads import HEADS, GivenHead, head_faults
from service.evidence.offline.journal_rows import (
    ERASED,
    NO_LEAF,
    JournalRow,
    KeyRing,
    body_faults,
    canonical,
    grow,
    root_of,
    row_from,
    subject_faults,
)


def rows_from(lines: Iterable[bytes]) -> Iterator[JournalRow]:
    """Read the lines of an exported journal. Raises ValueError naming the line."""
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
            if canonical(value) != line.removesuffix(b"\n"):
                raise ValueError("is not written in the one right way")
            yield row_from(value)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"line {number}: {error}") from None


class JournalCheck:
    """Checks rows one after another, and the heads as their sizes are passed.

    Attributes:
        size: How many rows were looked at.
        keys: The keys learned so far.
        mark: Leaf of the first row, in hexadecimal digits; empty before it.
    """

    def __init__(self, heads: Iterable[GivenHead] = (), trusted_keys: Iterable[str] = ()) -> None:
        self._trusted_keys = frozenset(trusted_keys)
        self._bare: set[int] = set()
        self.size = 0
        self.keys = KeyRing()
        self.mark = ""
        self._next = 0
        self._prev = NO_LEAF
        self._latest: dict[str, int] = {}
        self._peaks: list[bytes] = []
        self._heads: dict[int, list[GivenHead]] = {}
        for head in heads:
            self._heads.setdefault(head.size, []).append(head)

    def take(self, row: JournalRow, nodes: list[bytes] | None = None) -> list[Fault]:
        """Check the next row.

        Args:
            nodes: The sums stored beside it, where it comes from the database.
        """
        found: list[Fault] = []
        if row.seq > self._next:
            found.append(row_fault(self._next, "row_missing", came=row.seq))
        elif row.seq < self._next:
            found.append(row_fault(row.seq, "row_misplaced", wanted=self._next))
        self._next = max(self._next, row.seq + 1)
        if row.prev != self._prev:
            found.append(row_fault(row.seq, "row_unchained"))
        found += subject_faults(row, self._latest)
        found += body_faults(row)
        found += self.keys.take(row)
        if row.body is None:
            self._bare.add(row.seq)
        elif row.kind == ERASED:
            self._bare.discard(_erased_by(row))
        leaf = row.leaf()
        self._peaks, made = grow(self._peaks, self.size, leaf)
        if nodes is not None and nodes != made:
            found.append(row_fault(row.seq, "row_tree_differs"))
        self.mark = self.mark or leaf.hex()
        self._prev, self.size = leaf, self.size + 1
        for head in self._heads.pop(self.size, ()):
            active = self.keys.active
            public = self.keys.public.get(active, b"")
            found += head_faults(head, root=self.root, key_id=active, public_key=public)
        return found

    def finish(self) -> list[Fault]:
        """Return what is wrong at the end: heads of rows that are not there, bodies that no row says were erased."""
        found = [fault(HEADS, "journal_short", came=self.size, wanted=size) for size in sorted(self._heads)]
        found += [row_fault(seq, "row_body_missing") for seq in sorted(self._bare)]
        return found + [
            unvouched(f"journal row {seq}", "key_replaced", seq=seq, key=key_id)
            for seq, key_id in self.keys.breaks
            if key_id not in self._trusted_keys
        ]

    @property
    def root(self) -> bytes:
        """Root of all rows so far."""
        return root_of(self._peaks)


def _erased_by(row: JournalRow) -> int:
    """Return the number of the row whose body was erased."""
    try:
        return int(json.loads(row.body or b"{}")["seq"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return -1
