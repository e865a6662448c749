"""Which days a page of figures shows: a month, a quarter, or from one day to another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.datastructures import QueryParams

from service.api.attendance_asked import LONGEST, whole_month
from service.api.selection import FLAG_RULES, read_day
from service.api.statistics_asked import Wanted
from service.statistics.rows import Watched
from service.web.months import Month, read_month

_QUARTER = re.compile(r"^(20\d\d|2100)-Q([1-4])$")


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a page.

    Attributes:
        quarter: As addresses hold it, ``2025-Q4``; empty where it is none.
        is_span: The days were given one by one.
    """

    month: Month
    quarter: str
    first: date
    last: date
    is_span: bool

    @property
    def query(self) -> dict[str, str]:
        """As addresses hold it."""
        if self.is_span:
            return {"from": self.first.isoformat(), "to": self.last.isoformat()}
        return {"quarter": self.quarter} if self.quarter else {"month": self.month.text}

    @property
    def quarters(self) -> list[tuple[str, str]]:
        """Those that may be chosen, as addresses hold them and as people write them: of this year and the last."""
        years = (self.month.first.year, self.month.first.year - 1)
        return [(f"{year}-Q{n}", f"{_ROMAN[n - 1]}/{year}") for year in years for n in (4, 3, 2, 1)]


_ROMAN = ("I", "II", "III", "IV")


def read_period(query: QueryParams, today: date) -> Period:
    """Read the days from an address; what cannot be understood is the month of ``today``."""
    month = read_month(query.get("month"), today)
    first, last = read_day(query.get("from")), read_day(query.get("to"))
    if first is not None and last is not None and first <= last < first + LONGEST:
        return Period(Month(*whole_month(first)), "", first, last, is_span=True)
    quarter = _QUARTER.match(query.get("quarter", ""))
    if quarter is not None:
        begins = date(int(quarter[1]), int(quarter[2]) * 3 - 2, 1)
        ends = whole_month(begins + timedelta(days=63))[1]
        return Period(Month(*whole_month(begins)), quarter[0], begins, ends, is_span=False)
    return Period(month, "", month.first, month.last, is_span=False)


def read_filters(query: QueryParams, period: Period, cameras: list[Watched]) -> Wanted:
    """Read the other filters; what does not exist for the reader is left out."""
    agencies = {camera.agency for camera in cameras}
    agency = query.get("agency") if query.get("agency") in agencies else None
    ids = {camera.camera_id for camera in cameras if agency in (None, camera.agency)}
    return Wanted(
        period.first,
        period.last,
        agency=agency,
        camera=query.get("camera") if query.get("camera") in ids else None,
        rule=query.get("rule") if query.get("rule") in FLAG_RULES else None,
    )
