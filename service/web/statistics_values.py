"""A value of a table as people read it, and as spreadsheets take it."""

from __future__ import annotations

from datetime import timedelta

from service.attendance.words import Words
from service.statistics.shares import Share
from service.web import formats
from service.web.statistics_tables import Table, Told, Value

Cell = str | int | float | None
NOTHING = "–"


class Percent(float):
    """A share of 0..1, which spreadsheets show as a percentage."""


def shown(value: Value, words: Words) -> str:
    """Return a value as pages show it; a share with its interval, of few things only the counts."""
    if value is None:
        return NOTHING
    if isinstance(value, Share):
        return _share(value, words)
    if isinstance(value, timedelta):
        return formats.length(value, words.speak)
    if isinstance(value, str):
        return value
    return words.number(value, 1 if isinstance(value, float) else 0)


def _share(share: Share, words: Words) -> str:
    if not share.whole:
        return NOTHING
    counts = f"{words.number(share.part)}/{words.number(share.whole)}"
    if share.value is None or share.interval is None:
        return counts
    low, high = (words.share(bound) for bound in share.interval)
    return f"{words.share(share.value)} ({low} – {high})"


def right_columns(table: Table) -> list[bool]:
    """Tell which columns stand at the right: those of numbers, where some are not known too."""
    return [any(_is_number(row[n]) for row in table.rows) for n in range(len(table.columns))]


def _is_number(value: Value) -> bool:
    return not isinstance(value, str) or isinstance(value, Told)


def spread(table: Table) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """Return headings and rows for spreadsheets: a share takes four columns, a length is in minutes."""
    wide = [any(isinstance(row[n], Share) for row in table.rows) for n in range(len(table.columns))]
    headings: list[str] = []
    for name, is_wide in zip(table.columns, wide, strict=True):
        headings += [name, f"{name}: n", f"{name}: 95 % <", f"{name}: 95 % >"] if is_wide else [name]
    return tuple(headings), tuple(
        tuple(cell for value, is_wide in zip(row, wide, strict=True) for cell in _cells(value, is_wide))
        for row in table.rows
    )


def _cells(value: Value, is_wide: bool) -> list[Cell]:
    if isinstance(value, Share):
        if value.value is None or value.interval is None:
            return [f"{value.part}/{value.whole}", value.whole, None, None]
        return [Percent(value.value), value.whole, *map(Percent, value.interval)]
    cell = round(value.total_seconds() / 60, 1) if isinstance(value, timedelta) else value
    return [cell, None, None, None] if is_wide else [cell]
