"""From presence, runs and gaps to one officer's day. Pure: the same input gives the same answer.

Absent is said only where the camera could have seen; otherwise there is no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.attendance.intervals import Interval, intersect, subtract, union


@dataclass(frozen=True, slots=True)
class AttendanceRules:
    """When something is worth a line.

    Attributes:
        absence_min: Shorter absences are not listed.
        grace: Arriving or leaving this much off the shift is in time.
        merge_within: Two visits with less than this between them are one.
    """

    absence_min: timedelta = timedelta(minutes=10)
    grace: timedelta = timedelta(minutes=5)
    merge_within: timedelta = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class AttendanceDay:
    """One officer on one day, at all their desks. Derived and recomputable, never a stored truth.

    Attributes:
        present: Seen at the desk; ``absent``: within the shift the desk was seen without them;
            ``no_data``: within the shift the camera could not see.
        arrival, leaving: First and last sight of the day; None where never seen.
        is_late, is_early: None where the camera could not have seen it.
        coverage: Share of the shift that the camera could see, 0..1.
    """

    day: date
    officer_id: str
    officer_name: str
    unit: str
    camera_id: str
    desk_id: str
    desk_name: str
    shifts: tuple[Interval, ...]
    present: tuple[Interval, ...]
    absent: tuple[Interval, ...]
    no_data: tuple[Interval, ...]
    arrival: datetime | None
    leaving: datetime | None
    is_late: bool | None
    is_early: bool | None
    coverage: float

    @property
    def worked(self) -> timedelta:
        """Time seen at the desk."""
        return sum((i.length for i in self.present), timedelta())


@dataclass(frozen=True, slots=True)
class Post:
    """Whose day at which desk is asked for."""

    day: date
    officer_id: str
    officer_name: str
    unit: str
    camera_id: str
    desk_id: str
    desk_name: str


def derive_day(
    post: Post,
    *,
    shifts: Sequence[Interval],
    visits: Iterable[Interval],
    seen: Iterable[Interval],
    rules: AttendanceRules,
) -> AttendanceDay:
    """Derive one day.

    Args:
        post: Whose day at which desk.
        shifts: When they should be there.
        visits: When somebody was at the desk.
        seen: When the camera could see the desk: its runs without its gaps.
        rules: What is worth a line.
    """
    present = union(visits, rules.merge_within)
    # where a visit was seen the camera could see, whatever the runs say
    visible = union([*seen, *present], timedelta())
    in_shift = union(shifts, timedelta())
    no_data = subtract(in_shift, visible)
    away = [gap for gap in subtract(intersect(in_shift, visible), present) if gap.length >= rules.absence_min]
    planned = sum((i.length for i in in_shift), timedelta())
    unseen = sum((i.length for i in no_data), timedelta())
    arrival = present[0].start if present else None
    leaving = present[-1].end if present else None
    return AttendanceDay(
        day=post.day,
        officer_id=post.officer_id,
        officer_name=post.officer_name,
        unit=post.unit,
        camera_id=post.camera_id,
        desk_id=post.desk_id,
        desk_name=post.desk_name,
        shifts=tuple(in_shift),
        present=tuple(present),
        absent=tuple(away),
        no_data=tuple(no_data),
        arrival=arrival,
        leaving=leaving,
        is_late=_is_late(in_shift, visible, arrival, rules.grace),
        is_early=_is_early(in_shift, visible, leaving, rules.grace),
        coverage=1.0 - unseen / planned if planned else 0.0,
    )


def _is_late(
    shifts: Sequence[Interval], visible: Sequence[Interval], arrival: datetime | None, grace: timedelta
) -> bool | None:
    """Late only where the camera saw the empty desk from the start of the shift to the arrival, or past the grace."""
    if not shifts:
        return None
    start = shifts[0].start
    if arrival is not None and arrival <= start + grace:
        return False
    return True if _covers(visible, start, max(arrival or start, start + grace)) else None


def _is_early(
    shifts: Sequence[Interval], visible: Sequence[Interval], leaving: datetime | None, grace: timedelta
) -> bool | None:
    if not shifts or leaving is None:
        return None
    end = shifts[-1].end
    if leaving >= end - grace:
        return False
    return True if _covers(visible, leaving, end) else None


def _covers(intervals: Sequence[Interval], start: datetime, end: datetime) -> bool:
    return any(i.start <= start and i.end >= end for i in intervals)
