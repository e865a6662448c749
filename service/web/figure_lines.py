"""Figures side by side: before and after. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from service.attendance.day_figures import DayFigures
from service.attendance.sealing import Adjustment

_MOMENTS = ("arrival", "leaving")


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure, before and after."""

    figure: str
    before: Any
    after: Any


def compare(before: DayFigures, after: DayFigures) -> tuple[FigureLine, ...]:
    """Return the figures that differ."""
    pairs = ((f.name, getattr(before, f.name), getattr(after, f.name)) for f in fields(DayFigures))
    return tuple(FigureLine(name, old, new) for name, old, new in pairs if old != new)


def lines_of(adjustment: Adjustment) -> tuple[FigureLine, ...]:
    """Return the figures of a sealed day that differ; moments are read back from JSON."""
    return tuple(
        FigureLine(c.figure, _moment(c.figure, c.sealed), _moment(c.figure, c.now)) for c in adjustment.changes
    )


def _moment(figure: str, held: Any) -> Any:
    return datetime.fromisoformat(held) if figure in _MOMENTS and isinstance(held, str) else held
