"""Whose desk is whose, when. Pure.

What is seen at a desk counts for whoever holds it. It belongs to its officer; while somebody covers it, to them.
A desk of several officers belongs to the one on duty; where two hold it at once, what is seen there says nothing of
either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from service.attendance.facts import Cover
from service.attendance.intervals import Interval, intersect, subtract, union

EARLIEST_BEFORE_DUTY = timedelta(hours=1)
"""Somebody at a shared desk this long before or after one officer's duty is taken for that officer."""

DeskKey = tuple[str, str]
"""Camera and place."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One officer's hold on one desk.

    Attributes:
        held: When it is theirs.
        shared: Those parts of ``held`` in which it is somebody else's as well.
    """

    officer_id: str
    desk: DeskKey
    held: tuple[Interval, ...]
    shared: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """When officers of shared desks are on duty, by officer: shifts without leave, sorted, without overlap."""

    of: Mapping[str, Sequence[Interval]] = field(default_factory=dict)


def holdings_of(
    desks: Iterable[tuple[DeskKey, Sequence[str]]], covers: Iterable[Cover], duty: Duty, *, whole: Interval
) -> list[Holding]:
    """Say who holds which desk when.

    Args:
        desks: Each desk with the officers that it belongs to.
        covers: In force within ``whole``.
        duty: Of the officers of desks that belong to several.
        whole: The time that is asked about.
    """
    covered: dict[DeskKey, list[Cover]] = defaultdict(list)
    for cover in covers:
        covered[cover.camera_id, cover.desk_id].append(cover)
    found: list[Holding] = []
    for desk, officers in desks:
        here = covered.pop(desk, [])
        if len(officers) <= 1 and not here:
            found += [Holding(officer, desk, (whole,)) for officer in officers]
        else:
            found += _hold(desk, officers, here, duty, whole)
    for desk, here in covered.items():  # a desk that was taken away since: its cover still says whose time it was
        found += _hold(desk, (), here, duty, whole)
    return found


def _hold(
    desk: DeskKey, officers: Sequence[str], covers: Sequence[Cover], duty: Duty, whole: Interval
) -> list[Holding]:
    taken: dict[str, list[Interval]] = defaultdict(list)
    for cover in covers:
        taken[cover.officer_id].append(cover.span)
    by_cover = {officer: _within(spans, whole) for officer, spans in taken.items()}
    all_cover = union([span for spans in by_cover.values() for span in spans], timedelta())
    held: dict[str, list[Interval]] = {}
    for officer in officers:
        base = [whole] if len(officers) == 1 else _near_duty(officer, officers, duty, whole)
        held[officer] = subtract(base, all_cover)
    for officer, spans in by_cover.items():
        held[officer] = union([*held.get(officer, []), *spans], timedelta())
    return [
        Holding(officer, desk, tuple(spans), tuple(intersect(spans, _others(held, officer))))
        for officer, spans in held.items()
        if spans
    ]


def _near_duty(officer: str, officers: Sequence[str], duty: Duty, whole: Interval) -> list[Interval]:
    """An officer's duty and the hour around it, without what is only another one's duty."""
    pad = EARLIEST_BEFORE_DUTY
    mine = list(duty.of.get(officer, ()))
    padded = _within([Interval(span.start - pad, span.end + pad) for span in mine], whole)
    theirs = union([span for other in officers if other != officer for span in duty.of.get(other, ())], timedelta())
    return subtract(padded, subtract(theirs, mine))


def _others(held: Mapping[str, Sequence[Interval]], officer: str) -> list[Interval]:
    return union([span for other, spans in held.items() if other != officer for span in spans], timedelta())


def _within(spans: Iterable[Interval], whole: Interval) -> list[Interval]:
    return intersect(union(spans, timedelta()), [whole])
