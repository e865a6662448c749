"""A made-up month of an office with a time clock: where everybody truly was, and what camera and clock recorded of it.

It knows nothing of how the two are compared. Minutes count from local midnight of each day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np

from service.attendance.facts import BadgeRead, Direction, Punch
from service.attendance.intervals import Interval

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST = date(2026, 10, 1)
MORNING, AFTERNOON = (450, 690), (810, 1020)
Span = tuple[int, int]


class Planted(StrEnum):
    """What is odd about a day."""

    # somebody else stamps the card
    CHEAT_ABSENT = "absent all day, a colleague stamps in and out"
    CHEAT_LATE = "comes one to two hours late, a colleague stamps in"
    CHEAT_EARLY = "goes one to two hours early, a colleague stamps out"
    CHEAT_HALF = "away half a day, a colleague stamps"
    # honest
    FORGOT_IN = "forgot to stamp in"
    FORGOT_ALL = "forgot the card at home"
    CAMERA_DOWN_DAY = "the camera saw nothing all day"
    CAMERA_DOWN_PART = "the camera saw nothing for two hours, in which they came or went"
    COVERING = "sits at a colleague's desk, which was entered"
    COVERING_UNTOLD = "sits at the desk of a colleague on leave, which nobody entered"
    MEETING = "in a meeting, which was entered"
    LEAVE_MORNING = "leave in the morning, stamps in at noon"
    CLOCK_WRONG = "the clock was an hour off that day"
    STAMPED_TWICE = "stamped twice"
    TEA = "twenty minutes of tea right after stamping in"
    LATE_TRULY = "comes ten minutes late and stamps then"
    HIDDEN = "the desk could not be judged for an hour"
    WITH_TRAINEE = "two at one desk"
    BADGE_AT_DOOR = "came in time by badge and clock, worked an hour elsewhere in the house"
    LATE_OPENLY = "comes an hour late and stamps then"
    NIGHT_WATCH = "stays long after hours and stamps out at night"


CHEATS = (Planted.CHEAT_ABSENT, Planted.CHEAT_LATE, Planted.CHEAT_EARLY, Planted.CHEAT_HALF)
HONEST = tuple(planted for planted in Planted if planted not in CHEATS)


@dataclass
class Recorded:
    """One officer's one day: what was recorded, and what the people know."""

    officer_id: str
    day: date
    planted: Planted | None
    present: list[Span] = field(default_factory=list)
    seen: list[Span] = field(default_factory=lambda: [(0, 1440)])
    leave: list[Span] = field(default_factory=list)
    stamps: list[tuple[float, Direction]] = field(default_factory=list)
    reads: list[tuple[float, Direction]] = field(default_factory=list)
    together: list[Span] = field(default_factory=list)
    elsewhere: list[Span] = field(default_factory=list)
    device: str = "cua-1"

    def moment(self, minute: float) -> datetime:
        """Return a minute of the day as a time."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=ZONE) + timedelta(minutes=minute)

    def spans(self, found: Iterable[Span]) -> tuple[Interval, ...]:
        """Return minutes as intervals."""
        return tuple(Interval(self.moment(a), self.moment(b)) for a, b in sorted(found) if a < b)

    @property
    def punches(self) -> tuple[Punch, ...]:
        """What the clock holds."""
        return tuple(Punch(self.officer_id, self.moment(at), which, self.device) for at, which in self.stamps)

    @property
    def badge_reads(self) -> tuple[BadgeRead, ...]:
        """What the camera at the door read."""
        return tuple(BadgeRead(self.officer_id, "cua", "vao", self.moment(at), which) for at, which in self.reads)


def month(seed: int, *, officers: int = 500, cheats: int = 40, oddities: int = 200) -> list[Recorded]:
    """Make every officer's days; ``cheats`` and ``oddities`` are officers, each with one kind of it."""
    rng = np.random.default_rng(seed)
    days = [FIRST + timedelta(days=n) for n in range(31)]
    days = [day for day in days if day.weekday() < 5]
    chosen = rng.permutation(officers)
    planted: dict[tuple[int, int], Planted] = {}
    for n, officer in enumerate(chosen[: cheats + oddities].tolist()):
        kinds = CHEATS if n < cheats else HONEST
        kind = kinds[n % len(kinds)]
        times = 1 if rng.random() < 0.6 else int(rng.integers(2, 5))
        for day in rng.choice(len(days), times, replace=False).tolist():
            planted[officer, day] = kind
    return [
        _day(rng, f"nv-{officer:03d}", day, planted.get((officer, n)))
        for officer in range(officers)
        for n, day in enumerate(days)
    ]


def _day(rng: np.random.Generator, officer_id: str, day: date, planted: Planted | None) -> Recorded:
    """Live an ordinary day, then bend it."""
    found = Recorded(officer_id, day, planted, device=f"cua-{int(officer_id[3:]) % 4}")
    come, lunch = int(rng.integers(435, 454)), int(rng.integers(690, 700))
    back, go = int(rng.integers(795, 814)), int(rng.integers(1020, 1040))
    found.present = [*_work(rng, come, lunch), *_work(rng, back, go)]
    found.stamps = [
        (come - float(rng.uniform(0.5, 9)), Direction.IN), (lunch + float(rng.uniform(0.2, 6)), Direction.OUT),
        (back - float(rng.uniform(0.5, 9)), Direction.IN), (go + float(rng.uniform(0.2, 6)), Direction.OUT),
    ]  # fmt: skip
    if rng.random() < 0.3:  # short losses of the stream
        at = int(rng.integers(450, 1000))
        _blind(found, (at, at + int(rng.integers(1, 4))))
    if planted is not None:
        _BENDS[planted](rng, found)
    return found


def _work(rng: np.random.Generator, come: int, go: int) -> list[Span]:
    """Sit, with a walk of a few minutes now and then."""
    found, at = [], come
    while at < go:
        end = min(at + int(rng.integers(25, 80)), go)
        found.append((at, end))
        at = end + int(rng.integers(1, 8))
    return found


def _cut(spans: list[Span], hole: Span) -> list[Span]:
    return [part for a, b in spans for part in ((a, min(b, hole[0])), (max(a, hole[1]), b)) if part[0] < part[1]]


def _blind(found: Recorded, hole: Span) -> None:
    found.seen = _cut(found.seen, hole)
    found.present = _cut(found.present, hole)


def _gone(found: Recorded, hole: Span) -> None:
    found.present = _cut(found.present, hole)


def _cheat_absent(rng: np.random.Generator, found: Recorded) -> None:
    _gone(found, (0, 1440))


def _cheat_late(rng: np.random.Generator, found: Recorded) -> None:
    _gone(found, (0, 450 + int(rng.integers(60, 121))))


def _cheat_early(rng: np.random.Generator, found: Recorded) -> None:
    _gone(found, (1020 - int(rng.integers(60, 121)), 1440))


def _cheat_half(rng: np.random.Generator, found: Recorded) -> None:
    _gone(found, (0, 750) if rng.random() < 0.5 else (750, 1440))


def _forgot_in(rng: np.random.Generator, found: Recorded) -> None:
    found.stamps = found.stamps[1:]


def _forgot_all(rng: np.random.Generator, found: Recorded) -> None:
    found.stamps = []


def _camera_down_day(rng: np.random.Generator, found: Recorded) -> None:
    _blind(found, (0, 1440))


def _camera_down_part(rng: np.random.Generator, found: Recorded) -> None:
    hole = (400, 530) if rng.random() < 0.5 else (930, 1060)
    _blind(found, hole)
    if rng.random() < 0.5:  # and they were away for a while right after it woke up, or before it went
        _gone(found, (hole[1], hole[1] + 20) if hole[0] == 400 else (hole[0] - 20, hole[0]))


def _covering(rng: np.random.Generator, found: Recorded) -> None:
    """What is seen at a covered desk counts as theirs: nothing changes but where they sat."""


def _covering_untold(rng: np.random.Generator, found: Recorded) -> None:
    hole = (400, 750) if rng.random() < 0.5 else (0, 1440)
    found.elsewhere = [span for span in found.present if hole[0] <= span[0] < hole[1]]
    _gone(found, hole)


def _meeting(rng: np.random.Generator, found: Recorded) -> None:
    start = int(rng.choice([450, 480, 810, 900]))
    span = (start, start + int(rng.integers(60, 110)))
    found.leave = [span]
    _gone(found, (span[0] - 4, span[1] + 4))


def _leave_morning(rng: np.random.Generator, found: Recorded) -> None:
    found.leave = [(0, 720)]
    _gone(found, (0, 720))
    found.stamps = found.stamps[2:]


def _clock_wrong(rng: np.random.Generator, found: Recorded) -> None:
    off = 60.0 if rng.random() < 0.5 else -60.0
    found.stamps = [(at + off, which) for at, which in found.stamps]


def _stamped_twice(rng: np.random.Generator, found: Recorded) -> None:
    at, which = found.stamps[0]
    found.stamps.insert(1, (at + 0.3, which))


def _tea(rng: np.random.Generator, found: Recorded) -> None:
    _gone(found, (0, found.present[0][0] + 20))


def _late_truly(rng: np.random.Generator, found: Recorded) -> None:
    _gone(found, (0, 460))
    found.stamps[0] = (458.0, Direction.IN)


def _hidden(rng: np.random.Generator, found: Recorded) -> None:
    start = int(rng.choice([440, 600, 815, 965]))
    _blind(found, (start, start + 60))


def _with_trainee(rng: np.random.Generator, found: Recorded) -> None:
    found.together = [(500, 640)]


def _badge_at_door(rng: np.random.Generator, found: Recorded) -> None:
    found.reads = [(found.stamps[0][0] + 1.0, Direction.IN)]
    _gone(found, (0, 515))


def _late_openly(rng: np.random.Generator, found: Recorded) -> None:
    _gone(found, (0, 515))
    found.stamps[0] = (512.0, Direction.IN)


def _night_watch(rng: np.random.Generator, found: Recorded) -> None:
    found.present.append((1030, 1290))
    found.stamps[-1] = (1293.0, Direction.OUT)


_BENDS = {
    Planted.CHEAT_ABSENT: _cheat_absent,
    Planted.CHEAT_LATE: _cheat_late,
    Planted.CHEAT_EARLY: _cheat_early,
    Planted.CHEAT_HALF: _cheat_half,
    Planted.FORGOT_IN: _forgot_in,
    Planted.FORGOT_ALL: _forgot_all,
    Planted.CAMERA_DOWN_DAY: _camera_down_day,
    Planted.CAMERA_DOWN_PART: _camera_down_part,
    Planted.COVERING: _covering,
    Planted.COVERING_UNTOLD: _covering_untold,
    Planted.MEETING: _meeting,
    Planted.LEAVE_MORNING: _leave_morning,
    Planted.CLOCK_WRONG: _clock_wrong,
    Planted.STAMPED_TWICE: _stamped_twice,
    Planted.TEA: _tea,
    Planted.LATE_TRULY: _late_truly,
    Planted.HIDDEN: _hidden,
    Planted.WITH_TRAINEE: _with_trainee,
    Planted.BADGE_AT_DOOR: _badge_at_door,
    Planted.LATE_OPENLY: _late_openly,
    Planted.NIGHT_WATCH: _night_watch,
}
