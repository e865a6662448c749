"""Find the line of a key in a TOML file, for messages: the parser does not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*(\"[^\"]+\"|'[^']+'|[A-Za-z0-9_-]+)\s*=")


def line_of(text: str, keys: Sequence[str | int]) -> int:
    """Return the line (from 1) of the deepest part of ``keys`` that is written in the file.

    Args:
        text: The file.
        keys: Path of a value, as pydantic gives it: table names, and positions in arrays of tables.
    """
    best, best_depth = 1, 0
    for number, path in _paths(text):
        depth = _shared(path, keys)
        if depth == len(path) and depth > best_depth:
            best, best_depth = number, depth
    return best


def _paths(text: str) -> list[tuple[int, list[str | int]]]:
    """Return the full path of every header and key, with its line."""
    counts: dict[tuple[str | int, ...], int] = {}
    table: list[str | int] = []
    found: list[tuple[int, list[str | int]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = _table_path(header.group(2), is_array=header.group(1) == "[[", counts=counts)
            found.append((number, table))
            continue
        key = _KEY.match(line)
        if key:
            found.append((number, [*table, key.group(1).strip("\"'")]))
    return found


def _table_path(name: str, *, is_array: bool, counts: dict[tuple[str | int, ...], int]) -> list[str | int]:
    path: list[str | int] = []
    parts = [part.strip().strip("\"'") for part in name.split(".")]
    for i, part in enumerate(parts):
        path.append(part)
        is_last = i == len(parts) - 1
        if is_last and is_array:
            counts[tuple(path)] = counts.get(tuple(path), -1) + 1
        if tuple(path) in counts:
            path.append(counts[tuple(path)])
    return path


def _shared(path: Sequence[str | int], keys: Sequence[str | int]) -> int:
    depth = 0
    for mine, wanted in zip(path, keys, strict=False):
        if mine != wanted:
            break
        depth += 1
    return depth
