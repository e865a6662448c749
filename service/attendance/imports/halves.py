"""What the morning and the afternoon of a working day are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from service.attendance.imports.wording import AFTERNOON_WORDS, MORNING_WORDS, WHOLE_DAY_WORDS, plain
from service.attendance.intervals import Interval

LONGEST_HALF = timedelta(hours=5, minutes=30)
"""A day of one session that is longer has two halves; a shorter one, as on a Saturday morning, is one half itself."""
NOON = time(12, 30)
"""A short day whose middle is before this is a morning."""


class Part(StrEnum):
    """Which part of a day is meant."""

    WHOLE = "whole"
    MORNING = "morning"
    AFTERNOON = "afternoon"


PART_OF = {
    plain(word): part
    for part, words in (
        (Part.WHOLE, WHOLE_DAY_WORDS),
        (Part.MORNING, MORNING_WORDS),
        (Part.AFTERNOON, AFTERNOON_WORDS),
    )
    for word in words
}


def half_of(sessions: Sequence[Interval], part: Part, zone: ZoneInfo) -> Interval | None:
    """Return the morning or the afternoon of a day, from the start of its first session to the end of its last.

    Args:
        sessions: Working time of the day, sorted, without overlap.

    Returns:
        None where the day has no such half.
    """
    if not sessions:
        return None
    begin, end = sessions[0].start, sessions[-1].end
    middle = begin + (end - begin) / 2
    wants_morning = part is Part.MORNING
    if len(sessions) == 1:
        if end - begin > LONGEST_HALF:
            return Interval(begin, middle) if wants_morning else Interval(middle, end)
        is_morning = middle.astimezone(zone).time() < NOON
        return sessions[0] if is_morning == wants_morning else None
    mine = [each for each in sessions if (each.start + (each.end - each.start) / 2 < middle) == wants_morning]
    return Interval(mine[0].start, mine[-1].end) if mine else None
