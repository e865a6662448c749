"""Citizens who wait at the counters of officers' desks: arrays in, arrays out. Pure.

A counter (quầy) is some desks of one camera that stand in for one another; where its scene names a waiting zone, the
camera tells whether anybody waits there. Of a counter without one nobody can say: that is not the same as nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from service.attendance.holdings import DeskKey
from service.attendance.intervals import Interval, microseconds
from service.attendance.rows import Held, at_holdings
from service.attendance.spans import IntArray, Spans, intersect, subtract, union


@dataclass(frozen=True, slots=True)
class CounterInForce:
    """One counter as one version of its camera's scene has it, for as long as that version is in force.

    Attributes:
        desks: Places of its camera.
        is_watched: It has a waiting zone.
        since: None for the first version of a scene: recordings may be older than the scene that they are judged by.
        until: None for the version in force.
    """

    camera_id: str
    counter_id: str
    desks: tuple[str, ...]
    is_watched: bool
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class WatchedCounter:
    """A counter with a waiting zone; ``number`` is that of its stretch in `CounterDesks`."""

    number: int
    camera_id: str
    counter_id: str


@dataclass(frozen=True, slots=True, eq=False)
class CounterDesks:
    """When which desk was one of a counter's.

    Attributes:
        desk_id: int64 (N,), of each stretch; ``start_us``, ``end_us`` int64 (N,).
        watched: Those stretches in which the counter had a waiting zone.
    """

    desk_id: IntArray
    start_us: IntArray
    end_us: IntArray
    watched: tuple[WatchedCounter, ...]

    def __len__(self) -> int:
        return len(self.desk_id)

    def waited(self, number: IntArray, start_us: IntArray, end_us: IntArray) -> Spans:
        """Return when citizens waited, by desk, of stretches by number of `WatchedCounter`."""
        start, end = np.maximum(start_us, self.start_us[number]), np.minimum(end_us, self.end_us[number])
        keep = end > start
        return Spans(self.desk_id[number[keep]], start[keep], end[keep])

    def of(self, held: Held, *, are_watched: bool) -> Spans:
        """Return by holding when its desk was one of a counter's that had a waiting zone, or that had none."""
        which = np.full(len(self), not are_watched)
        which[[counter.number for counter in self.watched]] = are_watched
        return at_holdings(held, self.desk_id[which], self.start_us[which], self.end_us[which])


def counter_desks(counters: Iterable[CounterInForce], desks: Mapping[DeskKey, int], whole: Interval) -> CounterDesks:
    """Say which desks stood at which counters within ``whole``; versions that change nothing of it count as one.

    Args:
        counters: By camera and time.
        desks: Numbers of the desks that matter; others are left out.
    """
    found: dict[tuple[str, str, int, bool], list[tuple[int, int]]] = {}
    for counter in counters:
        start = whole.start if counter.since is None else max(whole.start, counter.since)
        end = whole.end if counter.until is None else min(whole.end, counter.until)
        if start >= end:
            continue
        for desk in counter.desks:
            desk_id = desks.get((counter.camera_id, desk))
            if desk_id is not None:
                key = counter.camera_id, counter.counter_id, desk_id, counter.is_watched
                _append(found.setdefault(key, []), microseconds(start), microseconds(end))
    flat = [(key, start, end) for key, stretches in found.items() for start, end in stretches]
    columns = np.array([(key[2], start, end) for key, start, end in flat], np.int64).reshape(-1, 3)
    watched = tuple(WatchedCounter(n, key[0], key[1]) for n, (key, _, _) in enumerate(flat) if key[3])
    return CounterDesks(columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy(), watched)


def _append(stretches: list[tuple[int, int]], start_us: int, end_us: int) -> None:
    if stretches and stretches[-1][1] == start_us:
        stretches[-1] = stretches[-1][0], end_us
    else:
        stretches.append((start_us, end_us))


def of_counters(
    held: Held, counters: CounterDesks, waited: Spans, *, watched: Spans, blind: Spans
) -> tuple[Spans, Spans]:
    """Say of each officer when citizens waited at a counter of theirs, and when it could be told of all of them.

    A desk that stands at no counter says nothing either way. What is said of a queue while the camera could not see
    is not believed.

    Args:
        waited: By desk (see `CounterDesks.waited`).
        watched, blind: By holding: the camera ran; it could not see.

    Returns:
        Both by officer.
    """
    could_see = subtract(union(watched), union(blind))
    with_zone = intersect(union(held.held), union(counters.of(held, are_watched=True)))
    without_zone = intersect(union(held.held), union(counters.of(held, are_watched=False)))
    waiting = intersect(intersect(at_holdings(held, waited.row, waited.start_us, waited.end_us), with_zone), could_see)
    untold = [without_zone, subtract(with_zone, could_see)]
    told = union(_of(held, with_zone))
    for spans in untold:
        told = subtract(told, _of(held, spans))
    return union(_of(held, waiting)), told


def _of(held: Held, spans: Spans) -> Spans:
    return Spans(held.officer[spans.row], spans.start_us, spans.end_us)
