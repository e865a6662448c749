"""Attendance for other systems: officer-days by the page, each with a change token, and sums over them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from service.api.attendance_asked import AskedFor, Reader, report_of
from service.api.attendance_shapes import AttendanceDayPageShape, AttendanceDayShape, SummaryItemShape
from service.api.auth import Work, WorkNow
from service.api.problems import Invalid, Missing
from service.api.refusals import refuses
from service.api.staff import staff_of
from service.attendance.day_figures import day_rows
from service.attendance.figures import Grouping, group
from service.attendance.people import Asked
from service.errors import NotFound

router = APIRouter(tags=["attendance"])
PAGE_AT_MOST = 1000


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """The last row of a page: an officer and a day."""

    officer_id: str
    day: date

    def to_cursor(self) -> str:
        """Return it as an address holds it; what is in it is nobody's business but ours."""
        return base64.urlsafe_b64encode(f"{self.day.isoformat()} {self.officer_id}".encode()).decode().rstrip("=")

    @classmethod
    def of_cursor(cls, cursor: str) -> Position:
        """Read a cursor. Raises `Invalid`."""
        try:
            text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
            day, _, officer_id = text.partition(" ")
            return cls(officer_id, date.fromisoformat(day))
        except (ValueError, binascii.Error):
            raise Invalid(("cursor: wanted `next_cursor` of the page before, as it came",)) from None


@router.get("/attendance/days", response_model=AttendanceDayPageShape, responses=refuses(Missing))
def list_attendance_days(
    work: WorkNow,
    _session: Reader,
    asked: AskedFor,
    response: Response,
    *,
    limit: Annotated[int, Query(ge=1, le=PAGE_AT_MOST, description="Rows of a page.")] = 500,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> AttendanceDayPageShape | Response:
    """List officer-days by officer id and day: what cameras alone say, and with approved corrections.

    `change_token` of a row is another one as soon as anything in it changes; that of the page is its ETag, so that
    `If-None-Match` answers 304 where nothing has changed.
    """
    page = _page(work, asked, limit, None if cursor is None else Position.of_cursor(cursor))
    etag = f'"{page.change_token}"'
    if if_none_match is not None and etag in {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return page


@router.get("/attendance/summary", responses=refuses(Missing))
def read_summary(
    work: WorkNow,
    _session: Reader,
    asked: AskedFor,
    *,
    by: Annotated[Grouping, Query(description="Over whom figures are summed.")] = Grouping.OFFICER,
) -> list[SummaryItemShape]:
    """Sum these days over officers, units, agencies or all of it, with approved corrections."""
    report = report_of(work, asked)
    return [
        SummaryItemShape.of(found, report.officers[found.officers.start].officer_id if by is Grouping.OFFICER else None)
        for found in group(report, by)
    ]


def _page(work: Work, asked: Asked, limit: int, after: Position | None) -> AttendanceDayPageShape:
    """Derive no more officers than the page holds."""
    everybody = _officer_ids(work, asked)
    days = (asked.last - asked.first).days + 1
    begin = 0
    if after is not None:
        is_read = after.day >= asked.last
        begin = bisect_right(everybody, after.officer_id) - (not is_read and after.officer_id in everybody)
    wanted = everybody[begin : begin + -(-limit // days) + 2]
    items: list[AttendanceDayShape] = []
    if wanted:
        narrowed = Asked(asked.first, asked.last, asked.site_id, asked.agency, asked.unit, tuple(wanted))
        report = report_of(work, narrowed)
        rows = [(report.officers[row.officer], row) for row in day_rows(report)]
        rows.sort(key=lambda pair: (pair[0].officer_id, pair[1].day))
        left = [pair for pair in rows if after is None or Position(pair[0].officer_id, pair[1].day) > after]
        items = [AttendanceDayShape.of(row, who) for who, row in left[:limit]]
    is_end = not items or (items[-1].officer_id, items[-1].day) == (everybody[-1], asked.last)
    following = None if is_end else Position(items[-1].officer_id, items[-1].day).to_cursor()
    content = " ".join([*(item.change_token for item in items), following or "end"])
    return AttendanceDayPageShape(
        items=items, next_cursor=following, change_token=hashlib.sha256(content.encode()).hexdigest()[:32]
    )


def _officer_ids(work: Work, asked: Asked) -> list[str]:
    """Return who is asked for, sorted. Raises `NotFound` where a filter names nobody."""
    sites = [s for s in work.sites.sites() if asked.site_id in (None, s.site_id) and asked.agency in (None, s.agency)]
    if not sites:
        raise NotFound("no such site or agency")
    members = staff_of(work, sites)
    found = sorted(
        officer_id
        for officer_id, member in members.items()
        if asked.unit in (None, member.officer.unit) and (asked.officer_ids is None or officer_id in asked.officer_ids)
    )
    if not found and (asked.unit is not None or asked.officer_ids is not None):
        raise NotFound("no such unit or officer there")
    return found
