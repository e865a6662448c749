"""One officer's month: every day with what cameras saw, what was corrected, and how to ask for a correction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile as StarletteUpload
from starlette.responses import RedirectResponse, Response

from service.api.attendance_asked import KEEPS, Reader, contradictions_of, latest_day, report_of
from service.api.auth import Work, WorkNow, require_csrf_field
from service.api.corrections import Wanted, ask
from service.api.selection import Day, read_day
from service.api.staff import staff_member
from service.attendance.crosscheck import CrossFinding
from service.attendance.day_figures import DayRow, day_rows
from service.attendance.facts import Correction, CorrectionKind, Leave, LeaveKind
from service.attendance.figures import Grouping, group
from service.attendance.marks import legend_of, marks_of
from service.attendance.month import Report
from service.attendance.people import Asked
from service.db.records import SessionRecord
from service.web import attendance_labels
from service.web.attendance_day import leave_of
from service.web.attendance_drawn import DayStretches, leave_by_row, stretches_of
from service.web.documents import key_of_document
from service.web.figure_lines import FigureLine, compare
from service.web.months import Month, read_month
from service.web.pages import render
from service.web.timelines import Timeline, day_timeline, day_window
from service.web.words import language_of, translations

router = APIRouter()


@dataclass(frozen=True, slots=True)
class OfficerDay:
    """One day of the officer.

    Attributes:
        mark: Sign of the timesheet.
        lines: Figures that approved corrections changed.
        corrections: Of this day, decided or not.
    """

    row: DayRow
    mark: str
    stretches: DayStretches
    timeline: Timeline | None
    lines: tuple[FigureLine, ...]
    corrections: tuple[Correction, ...]


@router.get("/attendance/officers/{officer_id}")
def show_officer(officer_id: str, request: Request, work: WorkNow, session: Reader) -> Response:
    """Show one officer's month."""
    member = staff_member(work, officer_id)
    month = read_month(request.query_params.get("month"), latest_day(work, member.site))
    report = report_of(work, Asked(month.first, month.last, member.site.site_id, officer_ids=(officer_id,)))
    asked_day = read_day(request.query_params.get("day"))
    stretches = stretches_of(report.table, leave_by_row(report, leave_of(work, report, member.zone)))
    marks = marks_of(report).texts()
    days = [
        OfficerDay(
            row=row,
            mark=mark,
            stretches=drawn,
            timeline=_timeline(drawn, member.zone),
            lines=compare(row.observed, row.figures),
            corrections=tuple(c for c in report.corrections if c.day == row.day),
        )
        for row, drawn, mark in zip(day_rows(report), stretches, marks, strict=True)
    ]
    return render(
        request,
        "attendance_officer.html",
        session,
        {
            "words": attendance_labels,
            "member": member,
            "officer": report.officers[0],
            "zone": member.zone,
            "month": month,
            "days": days,
            "legend": legend_of(marks, translations(language_of(request)).gettext),
            "total": group(report, Grouping.OFFICER)[0].figures,
            "leaves": _leaves(work, officer_id, month, member.zone),
            "periods": report.periods,
            "contradictions": _contradictions(work, report),
            "kinds": list(CorrectionKind),
            "leave_kinds": list(LeaveKind),
            "asked_day": asked_day if asked_day and month.first <= asked_day <= month.last else None,
            "today": work.now().astimezone(member.zone).date(),
            "request_id": str(uuid.uuid4()),
        },
    )


class CorrectionForm(BaseModel):
    """The fields of the form."""

    model_config = ConfigDict(str_strip_whitespace=True, arbitrary_types_allowed=True)

    day: Day
    start: time
    end: time
    kind: CorrectionKind
    reason: str = Field(min_length=3, max_length=2000)
    asked_for: str = Field(min_length=1, max_length=200)
    request_id: str = Field(pattern=r"^[A-Za-z0-9-]{8,64}$")
    leave_kind: LeaveKind | Literal[""] = ""
    document: str = Field(default="", max_length=200)
    document_copy: UploadFile | str | None = None
    csrf_token: str = ""

    def to_wanted(self, officer_id: str, zone: ZoneInfo, document_key: str) -> Wanted:
        """Return what is asked for; an end that is not after the start is of the next morning (a night shift)."""
        start = datetime.combine(self.day, self.start.replace(tzinfo=None), zone)
        end = datetime.combine(self.day, self.end.replace(tzinfo=None), zone)
        is_excused = self.kind is CorrectionKind.EXCUSED
        return Wanted(
            officer_id=officer_id,
            day=self.day,
            kind=self.kind,
            start=start,
            end=end if end > start else end + timedelta(days=1),
            leave_kind=LeaveKind(self.leave_kind) if is_excused and self.leave_kind else None,
            reason=self.reason,
            document=self.document,
            asked_for=self.asked_for,
            request_id=self.request_id,
            document_key=document_key,
        )


@router.post("/attendance/officers/{officer_id}/corrections", dependencies=KEEPS)
def ask_correction(
    officer_id: str,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_field)],
    form: Annotated[CorrectionForm, Form()],
) -> Response:
    """Ask for a correction; a copy of the document is kept in the evidence store."""
    member = staff_member(work, officer_id)
    copy = form.document_copy
    content = copy.file.read() if isinstance(copy, StarletteUpload) and copy.filename else b""
    key = key_of_document(content) if content else ""
    ask(work, session, form.to_wanted(officer_id, member.zone, key))
    if key:  # only of what was accepted; where it cannot be kept, nothing is asked either
        work.context.store.put(key, content)
    return RedirectResponse("/attendance/corrections?done=asked", status_code=303)


def _contradictions(work: Work, report: Report) -> list[CrossFinding]:
    """Hold the time clock against the cameras; the whole unit is looked at, for who sits in for whom."""
    (one,) = report.officers
    whole = report_of(work, Asked(report.first, report.last, one.site_id, unit=one.unit))
    return contradictions_of(work, report, within=whole)


def _timeline(drawn: DayStretches, zone: ZoneInfo) -> Timeline | None:
    window = day_window([drawn])
    return None if window is None else day_timeline(drawn, window, zone)


def _leaves(work: Work, officer_id: str, month: Month, zone: ZoneInfo) -> list[Leave]:
    since, until = midnight(month.first, zone), midnight(month.last + timedelta(days=1), zone)
    return work.attendance.leaves([officer_id], since, until)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, time(), zone)
