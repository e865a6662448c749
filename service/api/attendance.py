"""Attendance of one site on one day, derived from what the cameras saw."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from service.api.attendance_asked import Reader, choose_site, latest_day, report_of
from service.api.auth import Work, WorkNow
from service.api.problems import Missing
from service.api.refusals import refuses
from service.api.schemas import AttendanceShape, AwayShape, IntervalShape
from service.api.selection import Day
from service.attendance.intervals import Interval
from service.attendance.people import Asked
from service.attendance.writers.csv import safe_cell
from service.db.records import SiteRecord
from service.errors import NotFound

router = APIRouter(tags=["attendance"])

SiteAsked = Annotated[str | None, Query(description="The site's id; may be left out where there is only one.")]
DayAsked = Annotated[Day | None, Query(description="In the site's time zone; without it the latest day seen.")]
CSV_COLUMNS = (
    "date", "officer_id", "officer", "unit", "desk", "arrival", "leaving", "late", "early", "present_min",
    "absent_min", "no_data_min", "coverage_percent", "absences",
)  # fmt: skip


@router.get("/attendance", responses=refuses(Missing))
def read_attendance(
    work: WorkNow, _session: Reader, *, site: SiteAsked = None, day: DayAsked = None
) -> list[AttendanceShape]:
    """Derive each officer's day: seen, seen absent, and where no camera could see."""
    chosen = choose_site(work, site)
    return list(days_of(work, chosen, day or latest_day(work, chosen)))


@router.get(
    "/attendance.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}, **refuses(Missing)}
)
def read_attendance_csv(work: WorkNow, _session: Reader, *, site: SiteAsked = None, day: DayAsked = None) -> Response:
    """The same as a table for spreadsheets, UTF-8."""
    chosen = choose_site(work, site)
    asked = day or latest_day(work, chosen)
    text = days_csv(days_of(work, chosen, asked), ZoneInfo(chosen.timezone))
    return Response(
        text.encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="attendance-{asked.isoformat()}.csv"'},
    )


def days_of(work: Work, site: SiteRecord, day: date) -> Iterator[AttendanceShape]:
    """Derive the day of every officer of a site who has a desk, with approved corrections, by name."""
    try:
        report = report_of(work, Asked(day, day, site_id=site.site_id))
    except NotFound:  # nobody works there yet
        return
    desks = work.sites.desks(site.site_id)
    for number, officer in sorted(enumerate(report.officers), key=lambda pair: (pair[1].name, pair[1].officer_id)):
        mine = [desk for desk in desks if officer.officer_id in desk.officers]
        if not mine:
            continue
        found = report.table.day(report.row(number, 0), ZoneInfo(site.timezone))
        yield AttendanceShape(
            day=day,
            officer_id=officer.officer_id,
            officer_name=officer.name,
            unit=officer.unit,
            camera_id=mine[0].camera_id,
            desk_id=mine[0].place_id,
            desk_name=officer.desks,
            arrival=found.arrival,
            leaving=found.leaving,
            is_late=found.is_late,
            is_early=found.is_early,
            coverage=found.coverage,
            shifts=_shapes(found.shifts),
            present=_shapes(found.present),
            absent=_shapes(item.span for item in found.away),
            away=[AwayShape(kind=item.kind.name.lower(), **_bounds(item.span)) for item in found.away],
            no_data=_shapes(found.no_data),
        )


def days_csv(days: Iterable[AttendanceShape], zone: ZoneInfo) -> str:
    """Write days as CSV with a header; UTF-8 with a mark, so that spreadsheets read Vietnamese letters."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for d in days:
        writer.writerow(
            [
                d.day.isoformat(),
                *(safe_cell(text) for text in (d.officer_id, d.officer_name, d.unit, d.desk_name)),
                _clock(d.arrival, zone),
                _clock(d.leaving, zone),
                _yes_no(d.is_late),
                _yes_no(d.is_early),
                *(_minutes(held) for held in (d.present, d.absent, d.no_data)),
                f"{d.coverage * 100:.1f}",
                "; ".join(f"{_clock(i.start, zone)}-{_clock(i.end, zone)}" for i in d.absent),
            ]
        )
    return "\ufeff" + out.getvalue()


def _shapes(intervals: Iterable[Interval]) -> list[IntervalShape]:
    return [IntervalShape(**_bounds(interval)) for interval in intervals]


def _bounds(interval: Interval) -> dict[str, datetime]:
    return {"start": interval.start.astimezone(UTC), "end": interval.end.astimezone(UTC)}


def _clock(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else moment.astimezone(zone).strftime("%H:%M:%S")


def _yes_no(value: bool | None) -> str:
    return "no data" if value is None else "yes" if value else "no"


def _minutes(intervals: Iterable[IntervalShape]) -> str:
    return f"{sum((i.end - i.start).total_seconds() for i in intervals) / 60:.1f}"
