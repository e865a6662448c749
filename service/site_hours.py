"""The working time of a site file: shifts, seasons, holidays, swapped days, officers with hours of their own."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 1440
ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,62}$"
Id = Annotated[str, Field(pattern=ID_PATTERN)]
_INTERVAL = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)$")
_A_LEAP_YEAR = 2024
LONGEST_NIGHT_MIN = 16 * 60
"""A longer one is an interval written the wrong way round; whoever is on duty longer has two shifts."""


class Table(BaseModel):
    """A table of the site file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)


def minutes_of(text: str) -> tuple[int, int]:
    """Return start and end of an interval in minutes from midnight; the end of a night is above 1440.

    Raises:
        ValueError: It is none, or a night longer than `LONGEST_NIGHT_MIN`.
    """
    found = _INTERVAL.match(text)
    if found is None:
        raise ValueError(
            f"{text!r} is no interval; wanted HH:MM-HH:MM, such as 07:30-11:30, or 22:00-06:00 for a night"
        )
    hours = [int(part) for part in found.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if start == end:
        raise ValueError(f"{text!r} is empty; wanted an end other than the start")
    if end < start:
        end += MINUTES_A_DAY
        if end - start > LONGEST_NIGHT_MIN:
            raise ValueError(f"{text!r} ends before it starts; as a night it would last {(end - start) / 60:.3g} hours")
    return start, end


def _interval(text: str) -> str:
    minutes_of(text)
    return text


def _day(name: str) -> str:
    if name not in DAYS:
        raise ValueError(f"{name!r} is no day; wanted one of {', '.join(DAYS)}")
    return name


def _of_year(text: str) -> str:
    try:
        date.fromisoformat(f"{_A_LEAP_YEAR}-{text}")
    except ValueError:
        raise ValueError(f"{text!r} is no day of the year; wanted MM-DD, such as 04-15") from None
    return text


Intervals = tuple[Annotated[str, AfterValidator(_interval)], ...]
Weekdays = tuple[Annotated[str, AfterValidator(_day)], ...]
DayOfYear = Annotated[str, AfterValidator(_of_year)]


def check_shifts(intervals: Intervals, days: Weekdays) -> None:
    """Raise `ValueError` where two shifts overlap, be it a night with the next day's first shift."""
    shifts = sorted((minutes_of(text), text) for text in intervals)
    for (before, before_text), (after, after_text) in pairwise(shifts):
        if after[0] < before[1]:
            raise ValueError(f"intervals: {before_text} and {after_text} overlap")
    follows = any(DAYS[(DAYS.index(day) + 1) % 7] in days for day in days)
    if follows and runs_into(intervals, intervals):
        raise ValueError(f"intervals: {shifts[-1][1]} runs into the next day's {shifts[0][1]}")


def runs_into(today: Intervals, tomorrow: Intervals) -> bool:
    """Tell whether the night of one day lasts longer than until the first shift of the next."""
    if not today or not tomorrow:
        return False
    return max(minutes_of(text)[1] for text in today) - MINUTES_A_DAY > min(minutes_of(text)[0] for text in tomorrow)


class _Worked(Table):
    """Hours with their days."""

    intervals: Intervals = Field(min_length=1)
    days: Weekdays = ("mon", "tue", "wed", "thu", "fri")

    @model_validator(mode="after")
    def _without_overlap(self) -> Self:
        check_shifts(self.intervals, self.days)
        return self


class SeasonTable(Table):
    """Other hours in a part of the year, both days included; it may pass New Year."""

    name: str = Field(min_length=1, max_length=200)
    from_: DayOfYear = Field(alias="from")
    to: DayOfYear
    intervals: Intervals = Field(min_length=1)
    days: Weekdays | None = Field(default=None, min_length=1)

    def covers(self, day: date) -> bool:
        """Tell whether a day is in the season."""
        at = f"{day:%m-%d}"
        return self.from_ <= at <= self.to if self.from_ <= self.to else at >= self.from_ or at <= self.to


class PatternTable(_Worked):
    """Hours that officers can be given by name."""

    id: Id


class HolidayTable(Table):
    """A day off that the country's list does not have."""

    day: date
    name: str = Field(min_length=1, max_length=200)


class SwapTable(Table):
    """``off`` is free, ``work`` is worked in its place with its hours (làm bù)."""

    off: date
    work: date


class HolidaysTable(Table):
    """Public holidays: those of a country, with what the agency decided otherwise.

    Attributes:
        country: Two letters that the package ``holidays`` knows; empty for none.
        extra: Further days off; ``working``: worked although the country's list has them.
        file: A CSV with the columns day and name, beside the site file; its days are further days off.
    """

    country: str = Field(default="VN", pattern=r"^([A-Z]{2})?$")
    extra: tuple[HolidayTable, ...] = ()
    working: tuple[date, ...] = ()
    swaps: tuple[SwapTable, ...] = ()
    file: str | None = None

    @model_validator(mode="after")
    def _without_contradiction(self) -> Self:
        days: set[date] = set()
        for holiday in self.extra:
            if holiday.day in days:
                raise ValueError(f"extra: {holiday.day} is named twice")
            days.add(holiday.day)
        both = next((day for day in self.working if day in days), None)
        if both is not None:
            raise ValueError(f"working: {both} is a day off under extra")
        used: set[date] = set()
        for swap in self.swaps:
            if swap.off in self.working:
                raise ValueError(f"working: {swap.off} is a day off under swaps")
            if swap.off == swap.work:
                raise ValueError(f"swaps: {swap.off} is swapped with itself")
            for day in (swap.off, swap.work):
                if day in used:
                    raise ValueError(f"swaps: {day} is in two swaps")
                used.add(day)
        return self


class HoursTable(Table):
    """Working time of the site. ``grace_minutes`` holds for coming and going unless one of them is given."""

    intervals: Intervals = ("07:30-11:30", "13:30-17:00")
    days: Weekdays = ("mon", "tue", "wed", "thu", "fri")
    grace_minutes: int = Field(default=5, ge=0, le=120)
    grace_in_minutes: int | None = Field(default=None, ge=0, le=120)
    grace_out_minutes: int | None = Field(default=None, ge=0, le=120)
    left_post_minutes: float = Field(default=10, gt=0, le=240)
    seasons: tuple[SeasonTable, ...] = ()
    patterns: tuple[PatternTable, ...] = ()
    holidays: HolidaysTable = HolidaysTable()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_shifts(self.intervals, self.days)
        for n, season in enumerate(self.seasons):
            try:
                check_shifts(season.intervals, self.days if season.days is None else season.days)
            except ValueError as error:
                raise ValueError(f"seasons.{n}.{error}") from None
        self._check_year()
        ids = [pattern.id for pattern in self.patterns]
        for n, name in enumerate(ids):
            if name in ids[:n]:
                raise ValueError(f"patterns.{n}.id: two are called {name!r}")
        return self

    def _check_year(self) -> None:
        """Raise `ValueError` where seasons overlap, or a night runs into another season's first shift."""
        if not self.seasons:
            return
        days = [date(_A_LEAP_YEAR, 1, 1) + timedelta(days=n) for n in range(366)]
        numbers = []
        for day in days:
            covering = [n for n, season in enumerate(self.seasons) if season.covers(day)]
            if len(covering) > 1:
                names = [self.seasons[n].name for n in covering]
                raise ValueError(f"seasons.{covering[1]}: {names[0]} and {names[1]} both cover {day:%m-%d}")
            numbers.append(covering[0] if covering else None)
        for day, before, after in zip(days, (numbers[-1], *numbers[:-1]), numbers, strict=True):
            if before != after and runs_into(self._intervals(before), self._intervals(after)):
                which = after if after is not None else before
                raise ValueError(f"seasons.{which}: a night runs into the first shift of {day:%m-%d}")

    def _intervals(self, season: int | None) -> Intervals:
        return self.intervals if season is None else self.seasons[season].intervals


class NursingTable(Table):
    """Time off each day for a mother with a child under twelve months."""

    from_: date = Field(alias="from")
    to: date
    minutes: int = Field(default=60, ge=1, le=480)
    at: Literal["start", "end"] = "end"

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.to < self.from_:
            raise ValueError(f"to: ends on {self.to} before it starts on {self.from_}")
        return self


class OwnHoursTable(Table):
    """An officer's own hours: a pattern by name, or intervals and days; from and to say when they hold."""

    pattern: Id | None = None
    intervals: Intervals | None = Field(default=None, min_length=1)
    days: Weekdays | None = Field(default=None, min_length=1)
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    nursing: tuple[NursingTable, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.pattern is not None and (self.intervals is not None or self.days is not None):
            raise ValueError("pattern: give a pattern, or intervals and days, not both")
        if not self.is_pattern and (self.from_ is not None or self.to is not None):
            raise ValueError("from and to say when a pattern, or intervals and days, hold: give one, or leave them out")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise ValueError(f"to: they end on {self.to} before they start on {self.from_}")
        for n, nursing in enumerate(self.nursing):
            for other in self.nursing[:n]:
                if nursing.from_ <= other.to and other.from_ <= nursing.to:
                    raise ValueError(f"nursing: two overlap from {max(nursing.from_, other.from_)} on")
        return self

    @property
    def is_pattern(self) -> bool:
        """Whether shifts or days are the officer's own."""
        return self.pattern is not None or self.intervals is not None or self.days is not None

    def worked(self, hours: HoursTable) -> tuple[Intervals, Weekdays]:
        """Return the shifts and their days; what is not said is as the site has it."""
        named = next((pattern for pattern in hours.patterns if pattern.id == self.pattern), None)
        if named is not None:
            return named.intervals, named.days
        return (
            hours.intervals if self.intervals is None else self.intervals,
            hours.days if self.days is None else self.days,
        )


def own_hours_faults(hours: HoursTable, own: OwnHoursTable) -> list[str]:
    """Say what of an officer's hours does not go with the site's."""
    if own.pattern is not None and own.pattern not in {pattern.id for pattern in hours.patterns}:
        known = ", ".join(pattern.id for pattern in hours.patterns) or "none"
        return [f"pattern: no pattern {own.pattern!r} in [[hours.patterns]]; there are: {known}"]
    intervals, days = own.worked(hours)
    of_site = [hours.intervals, *(season.intervals for season in hours.seasons)]
    faults = []
    try:
        check_shifts(intervals, days)
    except ValueError as error:
        faults.append(str(error))
    if own.from_ is not None and any(runs_into(others, intervals) for others in of_site):
        faults.append(f"from: the site's night before {own.from_} runs into their first shift")
    if own.to is not None and any(runs_into(intervals, others) for others in of_site):
        faults.append(f"to: their night of {own.to} runs into the site's first shift")
    always = own.is_pattern and own.from_ is None and own.to is None
    worked = [sum(end - start for start, end in map(minutes_of, day)) for day in (intervals, *of_site) if day]
    least = (worked[0] if always else min(worked)) if worked else None
    faults += [
        f"nursing.{n}.minutes: {nursing.minutes} minutes are the whole day of {least} minutes"
        for n, nursing in enumerate(own.nursing)
        if least is not None and nursing.minutes >= least
    ]
    return faults
