"""Check a whole journal that was exported to a file: every row, and every head that was given out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.evidence.offline.faults import Fault, fault, row_fault, warning
from service.evidence.offline.journal_rows import (
    HEAD_DOMAIN,
    NO_LEAF,
    JournalRow,
    KeyRing,
    body_faults,
    canonical,
    grow,
    is_signed,
    root_of,
    row_from,
    subject_faults,
    sum_of,
)
from service.evidence.offline.timestamps import TokenBroken, check_token

HEADS = "published heads"


@dataclass(frozen=True, slots=True)
class GivenHead:
    """A head that somebody kept."""

    size: int
    root: str
    key_id: str
    content: bytes
    signature: bytes
    token: bytes


def head_from(line: bytes) -> GivenHead:
    """Read a line of the file of heads. Raises ValueError."""
    try:
        value = json.loads(line)
        head = value["head"]
        return GivenHead(
            int(head["size"]),
            str(head["root"]),
            str(head["key"]),
            canonical(head),
            bytes.fromhex(value["signature"]),
            bytes.fromhex(value["token"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"is no head of a journal: {error}") from None


def rows_from(lines: Iterable[bytes]) -> Iterator[JournalRow]:
    """Read the lines of an exported journal. Raises ValueError naming the line."""
    for number, line in enumerate(lines, 1):
        try:
            yield row_from(json.loads(line))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None


class JournalCheck:
    """Checks rows one after another, and the heads as their sizes are passed.

    Attributes:
        size: How many rows were looked at.
        keys: The keys learned so far.
        mark: Leaf of the first row, in hexadecimal digits; empty before it.
    """

    def __init__(self, heads: Iterable[GivenHead] = ()) -> None:
        self.size = 0
        self.keys = KeyRing()
        self.mark = ""
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
        if row.seq != self.size:
            found.append(row_fault(self.size, "row_missing", wanted=self.size, came=row.seq))
        if row.prev != self._prev:
            found.append(row_fault(row.seq, "row_unchained"))
        found += subject_faults(row, self._latest)
        found += body_faults(row)
        found += self.keys.take(row)
        leaf = row.leaf()
        self._peaks, made = grow(self._peaks, self.size, leaf)
        if nodes is not None and nodes != made:
            found.append(row_fault(row.seq, "row_tree_differs"))
        self.mark = self.mark or leaf.hex()
        self._prev, self.size = leaf, self.size + 1
        for head in self._heads.pop(self.size, ()):
            found += self._head_faults(head)
        return found

    def finish(self) -> list[Fault]:
        """Return what is wrong at the end: heads of rows that are not there, keys that were lost."""
        found = [fault(HEADS, "journal_short", came=self.size, wanted=size) for size in sorted(self._heads)]
        return found + [warning(f"journal row {seq}", "key_replaced", seq=seq) for seq in self.keys.breaks]

    @property
    def root(self) -> bytes:
        """Root of all rows so far."""
        return root_of(self._peaks)

    def _head_faults(self, head: GivenHead) -> list[Fault]:
        name = f"{HEADS}, {head.size} rows"
        found = []
        if self.root.hex() != head.root:
            found.append(fault(name, "head_differs", size=head.size))
        public = self.keys.public.get(head.key_id, b"")
        if not is_signed(public, head.signature, HEAD_DOMAIN + head.content):
            found.append(fault(name, "head_unsigned"))
        if head.token:
            try:
                check_token(head.token, bytes.fromhex(sum_of(head.content)))
            except TokenBroken as error:
                found.append(fault(name, "timestamp_broken", why=str(error)))
        return found
