"""From stretches at desks to stretches of officer-days: arrays in, arrays out. Pure.

A row is one officer's one day: officer number * number of days + day number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.attendance.holdings import DeskKey, Holding
from service.attendance.spans import IntArray, Spans, from_intervals, intersect, spread, subtract, union


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Whose time is whose day.

    Attributes:
        bounds_us: int64 (officers, days + 1): a day lasts from its bound to the next one; increasing along a row.
    """

    bounds_us: IntArray

    @property
    def days(self) -> int:
        """How many days there are."""
        return int(self.bounds_us.shape[1]) - 1

    def split(self, officer: IntArray, start_us: IntArray, end_us: IntArray) -> tuple[Spans, IntArray]:
        """Cut stretches of officers at the bounds of their days.

        Returns:
            The pieces by row, in the order of the stretches that they come from, and the number of that stretch.
        """
        start = np.maximum(start_us, self.bounds_us[officer, 0])
        end = np.minimum(end_us, self.bounds_us[officer, -1])
        source = np.flatnonzero(end > start)
        officer, start, end = officer[source], start[source], end[source]
        if not len(officer):
            nothing = np.zeros(0, np.int64)
            return Spans(nothing, nothing, nothing), nothing
        first = self._day_of(officer, start)
        pieces = self._day_of(officer, end - 1) - first + 1
        whose, day = spread(first, pieces)
        officer = officer[whose]
        start = np.maximum(start[whose], self.bounds_us[officer, day])
        end = np.minimum(end[whose], self.bounds_us[officer, day + 1])
        return Spans(officer * self.days + day, start, end), source[whose]

    def _day_of(self, officer: IntArray, at_us: IntArray) -> IntArray:
        """Find days by one search: every officer's bounds are moved to a stretch of numbers of their own."""
        earliest = int(self.bounds_us.min())
        width = int(self.bounds_us.max()) - earliest + 1
        offsets = np.arange(len(self.bounds_us), dtype=np.int64)[:, None] * width
        keys = (self.bounds_us - earliest + offsets).ravel()
        found = np.searchsorted(keys, officer * width + (at_us - earliest), side="right") - 1
        return found.astype(np.int64) - officer * (self.days + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Who holds which desk, by number.

    Attributes:
        officer: int64 (H,), of each holding; ``desk_id`` int64 (H,).
        held: By holding; ``shared``: those parts of it in which somebody else holds the desk too.
    """

    officer: IntArray
    desk_id: IntArray
    held: Spans
    shared: Spans


def number(holdings: Sequence[Holding], officers: dict[str, int], desks: dict[DeskKey, int]) -> Held:
    """Turn holdings into numbers; those of officers or desks that have none are left out."""
    known = [h for h in holdings if h.officer_id in officers and h.desk in desks]
    return Held(
        np.array([officers[h.officer_id] for h in known], np.int64),
        np.array([desks[h.desk] for h in known], np.int64),
        from_intervals([h.held for h in known]),
        from_intervals([h.shared for h in known]),
    )


def before(spans: Spans, end_us: int) -> Spans:
    """Leave out what is later than a moment."""
    keep = spans.start_us < end_us
    return Spans(spans.row[keep], spans.start_us[keep], np.minimum(spans.end_us[keep], end_us))


def at_holdings(held: Held, desk_id: IntArray, start_us: IntArray, end_us: IntArray) -> Spans:
    """Give what happened at desks to the holdings of these desks, whether it was in their time or not."""
    order = np.argsort(held.desk_id, kind="stable")
    desks = held.desk_id[order]
    first = np.searchsorted(desks, desk_id, side="left")
    times = np.searchsorted(desks, desk_id, side="right") - first
    source, holding = spread(first, times)
    return Spans(order[holding], start_us[source], end_us[source])


def of_officers(held: Held, visits: Spans, watched: Spans, blind: Spans) -> tuple[Spans, Spans]:
    """Say of each officer when they were seen, and when they would have been.

    Args:
        visits, watched, blind: By holding (see `at_holdings`): somebody was there; the camera ran; it could not see.

    Returns:
        Seen at a desk of theirs, and: all the desks that they held could be seen; both by officer.
    """
    # what is seen at a shared desk is somebody's, and nobody knows whose
    unclear = intersect(union(visits), union(held.shared))
    present = intersect(union(visits), union(held.held))
    seen = subtract(union(watched), union(blind))
    if len(unclear.row):
        present, seen = subtract(present, unclear), subtract(seen, unclear)
    unseen = subtract(union(held.held), seen)
    all_held = union(_of(held, held.held))
    return union(_of(held, present)), subtract(all_held, union(_of(held, unseen)))


def _of(held: Held, spans: Spans) -> Spans:
    return Spans(held.officer[spans.row], spans.start_us, spans.end_us)
