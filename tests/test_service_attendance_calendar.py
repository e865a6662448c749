"""Calendars agree with an oracle that reads a wall clock minute by minute; holidays are those of the decree."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from itertools import accumulate, pairwise
from time import process_time
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.calendar import (
    DayPattern,
    Nursing,
    OfficerHours,
    PublicDays,
    Season,
    WorkCalendar,
    WorkDay,
    windows,
)
from service.attendance.hours import calendar_of, own_hours_of
from service.attendance.intervals import Interval
from service.site_hours import DAYS, HoursTable, OwnHoursTable

HANOI = "Asia/Ho_Chi_Minh"
BERLIN = ZoneInfo("Europe/Berlin")
A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
MINUTES_READ = 9 * 1440
# where clocks change at night, at midnight, by half an hour; and where they do not
PLACES = {
    HANOI: (date(2026, 2, 28), date(2026, 12, 30)),
    "Europe/Berlin": (date(2026, 3, 28), date(2026, 10, 24)),
    "Australia/Lord_Howe": (date(2026, 4, 4), date(2026, 10, 3)),
    "Asia/Beirut": (date(2026, 3, 28), date(2026, 10, 24)),
}
WEEK = frozenset(range(5))


def clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class Hours:
    """Shifts in minutes from midnight, and on which weekdays they are worked."""

    shifts: tuple[tuple[int, int], ...]
    weekdays: frozenset[int]

    @property
    def written(self) -> dict[str, list[str]]:
        return {
            "intervals": [f"{clock(start)}-{clock(end)}" for start, end in self.shifts],
            "days": [DAYS[number] for number in sorted(self.weekdays)],
        }


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    edges = sorted(draw(st.sets(st.integers(0, 95), min_size=2, max_size=6)))
    pairs = [(start * 15, end * 15) for start, end in zip(edges[::2], edges[1::2], strict=False)]
    if len(edges) % 2 and edges[-1] * 15 >= 900:  # the odd one begins a night, which ends before the first shift
        pairs.append((edges[-1] * 15, 1440 + draw(st.integers(0, min(edges[0], 23))) * 15))
    return Hours(tuple(pairs), draw(st.frozensets(st.integers(0, 6), min_size=1)))


@dataclass(frozen=True, slots=True)
class Story:
    """A site's hours as a person would tell them."""

    zone: str
    first: date
    site: Hours
    own: Hours | None
    own_since: int
    free: frozenset[int]
    swap: tuple[int, int] | None
    nursing_min: int
    nursing_at: str

    def __post_init__(self) -> None:
        assert self.nursing_at in ("start", "end")

    def day(self, number: int) -> date:
        return self.first + number * A_DAY

    @property
    def calendar(self) -> WorkCalendar:
        written = self.site.written
        swaps = [] if self.swap is None else [{"off": self.day(self.swap[0]), "work": self.day(self.swap[1])}]
        extra = [{"day": self.day(number), "name": "lễ"} for number in self.free]
        return calendar_of(
            HoursTable.model_validate(written | {"holidays": {"country": "", "extra": extra, "swaps": swaps}}),
            self.zone,
        )

    @property
    def officer(self) -> OfficerHours | None:
        if self.own is None and not self.nursing_min:
            return None
        written: dict[str, object] = {}
        if self.own is not None:
            written |= self.own.written | {"from": self.day(self.own_since)}
        if self.nursing_min:
            written["nursing"] = [
                {"from": self.day(0), "to": self.day(9), "minutes": self.nursing_min, "at": self.nursing_at}
            ]
        return own_hours_of(HoursTable(), OwnHoursTable.model_validate(written))

    def shifts_of(self, number: int) -> tuple[tuple[int, int], ...]:
        """What is worked on a day, told without the code under test."""
        like = number
        if self.swap is not None and number == self.swap[1]:
            like = self.swap[0]
        elif number in self.free or (self.swap is not None and number == self.swap[0]):
            return ()
        hours = self.own if self.own is not None and number >= self.own_since else self.site
        return hours.shifts if self.day(like).weekday() in hours.weekdays else ()


@st.composite
def stories(draw: st.DrawFn) -> Story:
    zone = draw(st.sampled_from(sorted(PLACES)))
    swap = draw(st.none() | st.tuples(st.integers(-1, 4), st.integers(-1, 4)).filter(lambda pair: pair[0] != pair[1]))
    return Story(
        zone=zone,
        first=draw(st.sampled_from(PLACES[zone])) - draw(st.integers(0, 2)) * A_DAY,
        site=draw(some_hours()),
        own=draw(st.none() | some_hours()),
        own_since=draw(st.integers(-1, 3)),
        free=draw(st.frozensets(st.integers(-1, 4), max_size=2)),
        swap=swap,
        nursing_min=draw(st.sampled_from((0, 60, 95))),
        nursing_at=draw(st.sampled_from(("start", "end"))),
    )


class WallClock:
    """Reads the clock of a place at every minute from two days before a story begins; minutes count from there."""

    def __init__(self, zone: str, first: date) -> None:
        self._first = first
        self.begin = datetime.combine(first - 2 * A_DAY, time.min, UTC)
        moments = (self.begin + n * A_MINUTE for n in range(MINUTES_READ))
        shown = (moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in moments)
        self._latest = list(accumulate(shown, max))

    def when(self, number: int, minutes: int) -> int:
        """The minute at which the clock first shows so much of a day, or more."""
        return bisect_left(self._latest, datetime.combine(self._first, time.min) + number * A_DAY + minutes * A_MINUTE)

    def minutes_of(self, story: Story, number: int) -> list[int]:
        shifts = sorted(story.shifts_of(number))
        return [n for start, end in shifts for n in range(self.when(number, start), self.when(number, end))]


wall_clock = cache(WallClock)


@given(stories())
def test_the_minutes_of_each_day_are_those_that_a_wall_clock_tells(story: Story) -> None:
    wall = wall_clock(story.zone, story.first)
    calendar, officer = story.calendar, story.officer
    for number in range(4):
        night = max(wall.minutes_of(story, number - 1), default=-1)
        wanted = [
            n for n in wall.minutes_of(story, number) if n > night
        ]  # it goes on where hours change to earlier ones
        if story.nursing_min:
            wanted = wanted[story.nursing_min :] if story.nursing_at == "start" else wanted[: -story.nursing_min]
        shifts = [
            ((shift.start - wall.begin) // A_MINUTE, (shift.end - wall.begin) // A_MINUTE)
            for shift in calendar.day(story.day(number), officer).shifts
        ]
        assert wanted == [n for start, end in shifts for n in range(start, end)], number


@given(stories())
def test_windows_touch_and_hold_their_own_days_shifts_whatever_else_is_asked(story: Story) -> None:
    calendar, officer, zone = story.calendar, story.officer, ZoneInfo(story.zone)
    days = calendar.days(story.day(0), story.day(5), officer)
    found = windows(days[1:5], zone, before=days[0], after=days[5])
    for left, right in pairwise(found):
        assert left.end == right.start
    for day, window in zip(days[1:5], found, strict=True):
        assert all(window.start <= shift.start and shift.end <= window.end for shift in day.shifts)
        if not any(shift.end.astimezone(zone).date() > near.day for near in days for shift in near.shifts):
            assert day.day == window.start.astimezone(zone).date()
    assert found[1:3] == windows(days[2:4], zone, before=days[1], after=days[4])


patterns = some_hours().map(lambda hours: DayPattern(hours.shifts, hours.weekdays))


@given(base=patterns, other=patterns, own=st.none() | patterns, zone=st.sampled_from(sorted(PLACES)))
def test_nobody_works_two_shifts_at_once_even_where_hours_change(
    base: DayPattern, other: DayPattern, own: DayPattern | None, zone: str
) -> None:
    first = PLACES[zone][0]
    changed = first + 2 * A_DAY
    season = Season((changed.month, changed.day), (12, 31), other)
    calendar = WorkCalendar(ZoneInfo(zone), base, (season,))
    officer = OfficerHours(own, first=first + 3 * A_DAY, last=first + 4 * A_DAY)
    shifts = [shift for day in calendar.days(first, first + 7 * A_DAY, officer) for shift in day.shifts]
    assert all(left.end <= right.start for left, right in pairwise(shifts))


def test_a_night_goes_on_where_the_next_morning_begins_earlier() -> None:
    night = OfficerHours(DayPattern(((1320, 1800),), WEEK), last=date(2026, 6, 1))
    calendar = WorkCalendar(ZoneInfo(HANOI), DayPattern(((300, 360), (360, 540)), WEEK))
    days = calendar.days(date(2026, 6, 1), date(2026, 6, 2), night)
    assert [["01 22:00-02 06:00"], ["02 06:00-02 09:00"]] == [spans(day) for day in days]


def spans(day: WorkDay, zone: str = HANOI) -> list[str]:
    return [
        f"{s.start.astimezone(ZoneInfo(zone)):%d %H:%M}-{s.end.astimezone(ZoneInfo(zone)):%d %H:%M}" for s in day.shifts
    ]


def hours(**written: object) -> HoursTable:
    return HoursTable.model_validate(written)


def test_an_ordinary_day_has_two_shifts() -> None:
    assert ["23 07:30-23 11:30", "23 13:30-23 17:00"] == spans(calendar_of(HoursTable(), HANOI).day(date(2026, 11, 23)))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    calendar = calendar_of(hours(intervals=["22:00-06:00"], days=["fri"]), HANOI)
    assert [["27 22:00-28 06:00"], []] == [spans(day) for day in calendar.days(date(2026, 11, 27), date(2026, 11, 28))]


def test_a_shift_until_midnight_is_no_night() -> None:
    calendar = calendar_of(hours(intervals=["18:00-00:00"]), HANOI)
    day = calendar.day(date(2026, 11, 23))
    assert ["23 18:00-24 00:00"] == spans(day)
    assert datetime(2026, 11, 23, 17, tzinfo=UTC) == windows([day], calendar.zone)[0].end


@pytest.mark.parametrize(
    ("evening", "worked_h"), [(date(2026, 3, 28), 7), (date(2026, 6, 1), 8), (date(2026, 10, 24), 9)]
)
def test_a_night_in_which_clocks_change_is_as_long_as_it_is(evening: date, worked_h: int) -> None:
    calendar = calendar_of(hours(intervals=["22:00-06:00"], days=list(DAYS), holidays={"country": ""}), BERLIN.key)
    (shift,) = calendar.day(evening).shifts
    assert timedelta(hours=worked_h) == shift.length


def test_a_shift_within_the_hour_that_does_not_exist_is_none() -> None:
    calendar = WorkCalendar(BERLIN, DayPattern(((125, 170), (150, 240)), frozenset(range(7))))
    (shift,) = calendar.day(date(2026, 3, 29)).shifts
    assert Interval(datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC)) == shift


def test_a_season_may_pass_new_year_and_keep_the_sites_days() -> None:
    season = {"name": "Mùa đông", "from": "11-01", "to": "02-28", "intervals": ["08:00-12:00"]}
    calendar = calendar_of(hours(intervals=["07:00-11:00"], seasons=[season], holidays={"country": ""}), HANOI)
    asked = [date(2026, 10, 30), date(2026, 11, 2), date(2027, 1, 1), date(2027, 2, 26), date(2027, 3, 1)]
    assert [
        "30 07:00-30 11:00",
        "02 08:00-02 12:00",
        "01 08:00-01 12:00",
        "26 08:00-26 12:00",
        "01 07:00-01 11:00",
    ] == [spans(calendar.day(day))[0] for day in asked]
    assert [] == spans(calendar.day(date(2026, 11, 7)))


def test_a_season_may_have_days_of_its_own() -> None:
    season = {"name": "Hè", "from": "05-01", "to": "08-31", "intervals": ["07:00-11:00"], "days": ["sat"]}
    calendar = calendar_of(hours(seasons=[season]), HANOI)
    assert ["06 07:00-06 11:00"] == spans(calendar.day(date(2026, 6, 6)))
    assert [] == spans(calendar.day(date(2026, 6, 5)))


def test_an_officer_works_saturdays_by_a_named_pattern() -> None:
    table = hours(patterns=[{"id": "sang-thu-bay", "intervals": ["07:30-11:30"], "days": ["mon", "sat"]}])
    own = own_hours_of(table, OwnHoursTable(pattern="sang-thu-bay"))
    calendar = calendar_of(table, HANOI)
    assert ["28 07:30-28 11:30"] == spans(calendar.day(date(2026, 11, 28), own))
    assert [] == spans(calendar.day(date(2026, 11, 25), own))
    assert [] == spans(calendar.day(date(2026, 11, 28)))


def test_own_days_are_worked_at_the_seasons_hours() -> None:
    season = {"name": "Hè", "from": "05-01", "to": "08-31", "intervals": ["07:00-11:00"]}
    table = hours(seasons=[season])
    own = own_hours_of(table, OwnHoursTable(days=("tue",)))
    calendar = calendar_of(table, HANOI)
    assert ["02 07:00-02 11:00"] == spans(calendar.day(date(2026, 6, 2), own))
    assert [] == spans(calendar.day(date(2026, 6, 3), own))


def test_own_hours_hold_from_one_day_to_another() -> None:
    own = OwnHoursTable.model_validate({"intervals": ["08:00-10:00"], "from": "2026-11-24", "to": "2026-11-25"})
    calendar = calendar_of(HoursTable(), HANOI)
    days = calendar.days(date(2026, 11, 23), date(2026, 11, 26), own_hours_of(HoursTable(), own))
    assert [2, 0, 1, 2] == [len(day.shifts) for day in days]  # the 24th is the Day of Culture


NURSED = {
    ("start", 60): ["23 08:30-23 11:30", "23 13:30-23 17:00"],
    ("end", 60): ["23 07:30-23 11:30", "23 13:30-23 16:00"],
    ("start", 270): ["23 14:00-23 17:00"],
    ("end", 210): ["23 07:30-23 11:30"],
}


@pytest.mark.parametrize(("at", "minutes"), NURSED)
def test_nursing_takes_working_time_from_one_end_of_the_day(at: str, minutes: int) -> None:
    written = {"nursing": [{"from": "2026-11-01", "to": "2026-11-23", "minutes": minutes, "at": at}]}
    own = own_hours_of(HoursTable(), OwnHoursTable.model_validate(written))
    calendar = calendar_of(HoursTable(), HANOI)
    assert NURSED[at, minutes] == spans(calendar.day(date(2026, 11, 23), own))
    assert calendar.day(date(2026, 11, 25)) == calendar.day(date(2026, 11, 25), own)


def test_one_nursing_follows_another() -> None:
    calendar = WorkCalendar(ZoneInfo(HANOI), DayPattern(((480, 720),), WEEK))
    first, second = (
        Nursing(date(2026, 6, day), date(2026, 6, day), timedelta(hours=1), at_start)
        for day, at_start in ((1, True), (2, False))
    )
    days = calendar.days(date(2026, 6, 1), date(2026, 6, 3), OfficerHours(nursing=(first, second)))
    assert [["01 09:00-01 12:00"], ["02 08:00-02 11:00"], ["03 08:00-03 12:00"]] == [spans(day) for day in days]


KNOWN = {  # the decree's days, and Tết by the lunar calendar
    2026: {(1, 1), (2, 17), (4, 26), (4, 30), (5, 1), (9, 2), (9, 1), (11, 24)},
    2027: {(1, 1), (2, 6), (4, 16), (4, 30), (5, 1), (9, 2), (9, 3), (11, 24)},
}


@pytest.mark.parametrize("year", KNOWN)
def test_public_holidays_of_viet_nam_are_free(year: int) -> None:
    calendar = calendar_of(hours(days=list(DAYS)), HANOI)
    days = calendar.days(date(year, 1, 1), date(year, 12, 31))
    off = {day.day: day.holiday for day in days if not day.shifts}
    assert {date(year, *day) for day in KNOWN[year]} <= off.keys()
    assert set(holidays.country_holidays("VN", years=year)) == off.keys()
    assert "Quốc khánh" == off[date(year, 9, 2)]
    tet = date(2026, 2, 17) if year == 2026 else date(2027, 2, 6)
    assert "Tết Nguyên Đán" == off[tet]


def test_a_swap_by_decree_is_kept() -> None:
    calendar = calendar_of(HoursTable(), HANOI)
    saturday, monday = calendar.day(date(2026, 8, 22)), calendar.day(date(2026, 8, 31))
    assert (date(2026, 8, 31), 2, "") == (saturday.stands_for, len(saturday.shifts), saturday.holiday)
    assert WorkDay(date(2026, 8, 31), ()) == monday


def test_a_swap_by_decree_over_new_year_is_kept() -> None:
    calendar = calendar_of(HoursTable(), HANOI)
    assert date(2015, 1, 2) == calendar.day(date(2014, 12, 27)).stands_for
    assert () == calendar.day(date(2015, 1, 2)).shifts


SATURDAY, MONDAY = date(2026, 8, 22), date(2026, 8, 31)


@pytest.mark.parametrize(
    ("overrides", "works_on"),
    [
        ({}, [SATURDAY]),
        ({"working": [MONDAY]}, [MONDAY]),
        ({"working": [SATURDAY]}, [SATURDAY]),
        ({"extra": [{"day": SATURDAY, "name": "nghỉ"}]}, []),
        ({"extra": [{"day": MONDAY, "name": "nghỉ bù"}]}, [SATURDAY]),
        ({"swaps": [{"off": MONDAY, "work": date(2026, 8, 29)}]}, [date(2026, 8, 29)]),
        ({"swaps": [{"off": MONDAY, "work": SATURDAY}]}, [SATURDAY]),
        ({"country": ""}, [MONDAY]),
    ],
)
def test_the_agency_decides_otherwise(overrides: dict[str, object], works_on: list[date]) -> None:
    calendar = calendar_of(hours(holidays=overrides), HANOI)
    assert works_on == [day for day in (SATURDAY, date(2026, 8, 29), MONDAY) if calendar.day(day).shifts]


def test_a_day_in_lieu_is_worked_with_the_hours_of_the_day_off() -> None:
    season = {"name": "Đông", "from": "12-01", "to": "12-31", "intervals": ["08:00-12:00"]}
    swap = {"off": date(2026, 12, 1), "work": date(2026, 11, 28)}
    calendar = calendar_of(hours(seasons=[season], holidays={"swaps": [swap]}), HANOI)
    assert ["28 08:00-28 12:00"] == spans(calendar.day(date(2026, 11, 28)))
    assert WorkDay(date(2026, 12, 1), ()) == calendar.day(date(2026, 12, 1))


def test_grace_is_one_for_both_unless_one_is_given() -> None:
    both = calendar_of(hours(grace_minutes=7), HANOI)
    one = calendar_of(hours(grace_minutes=7, grace_out_minutes=0, left_post_minutes=15), HANOI)
    assert (timedelta(minutes=7), timedelta(minutes=7), timedelta(minutes=10)) == (
        both.grace_in,
        both.grace_out,
        both.left_post_after,
    )
    assert (timedelta(minutes=7), timedelta(), timedelta(minutes=15)) == (
        one.grace_in,
        one.grace_out,
        one.left_post_after,
    )


def test_no_days_have_no_windows() -> None:
    assert [] == windows([], ZoneInfo(HANOI))


def test_a_month_of_ten_thousand_officers_is_quick() -> None:
    calendar = calendar_of(
        hours(seasons=[{"name": "Hè", "from": "05-01", "to": "08-31", "intervals": ["07:00-11:00"]}]), HANOI
    )
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    nursing = [partial(Nursing, first + n * A_DAY, date(2027, 1, 1), timedelta(hours=1)) for n in range(100)]
    officers = [
        OfficerHours(nursing=(nursing[n % 100](n % 200 < 100),)) if n % 10 == 0 else None for n in range(10_000)
    ]
    begun = process_time()
    worked = sum(len(day.shifts) for own in officers for day in calendar.days(first, last, own))
    assert process_time() - begun < 2
    assert 10_000 * 22 * 2 == worked


def test_a_calendar_without_holidays_is_its_week() -> None:
    calendar = calendar_of(HoursTable(), HANOI)
    plain = replace(calendar, public=lambda year: PublicDays())
    assert 2 == len(plain.day(date(2026, 9, 2)).shifts)
