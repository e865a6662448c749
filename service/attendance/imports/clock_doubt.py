"""Whether a time clock's own clock was wrong. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from service.attendance.facts import Direction, Punch

PAIRS_AT_LEAST = 5
AGREE_WITHIN = timedelta(minutes=10)
"""Between the door and the desk people take this much longer or shorter than each other."""
WRONG_FROM = timedelta(minutes=30)
"""From stamp to desk nobody takes so long that most do; the cross-check asks about it from here on as well."""


@dataclass(frozen=True, slots=True)
class ClockDoubt:
    """On a day a device stamped times that do not fit what cameras saw.

    Attributes:
        offset: How far its clock was ahead; negative: behind.
        pairs: How many officers' stamps and arrivals say so.
    """

    device: str
    day: date
    offset: timedelta
    pairs: int


def suspect_clock(
    punches: Iterable[Punch], arrivals: Mapping[tuple[str, date], datetime], zone: ZoneInfo
) -> list[ClockDoubt]:
    """Compare each officer's first stamp of a day with their arrival, by device and day.

    A device is doubted where at least five officers' differences agree within ten minutes with their median, these
    are more than half of all, and the median is half an hour or more.

    Args:
        arrivals: By officer and local day, when cameras first saw them. Only arrivals before which the camera saw the
            empty desk: after an outage everybody "arrives" at once, and that says nothing of the clock.
        zone: Whose days they are.

    Returns:
        By day and device.
    """
    first: dict[tuple[str, date, str], datetime] = {}
    for punch in punches:
        if punch.direction is not Direction.OUT:
            key = (punch.device, punch.at.astimezone(zone).date(), punch.officer_id)
            first[key] = min(punch.at, first.get(key, punch.at))
    differences: dict[tuple[date, str], list[timedelta]] = defaultdict(list)
    for (device, day, officer_id), at in first.items():
        arrival = arrivals.get((officer_id, day))
        if arrival is not None:
            differences[day, device].append(at - arrival)
    found = []
    for (day, device), offsets in sorted(differences.items()):
        middle = timedelta(seconds=median(offset.total_seconds() for offset in offsets))
        agreeing = [offset for offset in offsets if abs(offset - middle) <= AGREE_WITHIN]
        is_shared = len(agreeing) >= PAIRS_AT_LEAST and 2 * len(agreeing) > len(offsets)
        if is_shared and abs(middle) >= WRONG_FROM:
            found.append(ClockDoubt(device, day, middle, len(agreeing)))
    return found
