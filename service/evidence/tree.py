"""Which sums prove a row of the journal: the audit path of RFC 9162 (2.1.3.1) over whole subtrees. Pure."""

from __future__ import annotations

from collections.abc import Callable

from service.evidence.offline.journal_rows import node_of

Subtree = tuple[int, int]
"""Rows from the first to before the second; whole: their number is a power of two that divides the first."""


def subtrees_of(seq: int, size: int) -> set[Subtree]:
    """Return the whole subtrees whose sums the path of a row needs."""
    found: set[Subtree] = set()

    def note(subtree: Subtree) -> bytes:
        found.add(subtree)
        return b""

    path_of(seq, size, note)
    return found


def path_of(seq: int, size: int, root_of: Callable[[Subtree], bytes]) -> list[bytes]:
    """Return the audit path of a row, from the leaf up.

    Args:
        root_of: Gives the sum of a whole subtree.
    """
    if not 0 <= seq < size:
        raise ValueError(f"wanted a row below {size}, got {seq}")
    path, first, last = [], 0, size
    while last - first > 1:
        middle = first + _half(last - first)
        if seq < middle:
            path.append(_sum(middle, last, root_of))
            last = middle
        else:
            path.append(_sum(first, middle, root_of))
            first = middle
    return path[::-1]


def _half(rows: int) -> int:
    """Return the largest power of two below a number of rows."""
    return 1 << (rows - 1).bit_length() - 1


def _sum(first: int, last: int, root_of: Callable[[Subtree], bytes]) -> bytes:
    rows = last - first
    if rows & (rows - 1) == 0:
        return root_of((first, last))
    middle = first + _half(rows)
    return node_of(root_of((first, middle)), _sum(middle, last, root_of))
