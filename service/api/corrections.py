"""Corrections of attendance: asked for by one person, decided by another, never edited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query

from service.api.attendance_asked import KEEPS, Reader, report_of
from service.api.attendance_shapes import CorrectionRequest, CorrectionShape, DecisionRequest
from service.api.auth import Work, WorkNow, require_csrf_header, require_keeper
from service.api.problems import Invalid, Missing, NotAsThingsStand
from service.api.refusals import refuses
from service.api.schemas import RowId
from service.api.selection import FIRST_DAY, LAST_DAY, Day
from service.api.staff import StaffMember, staff_member
from service.attendance.day_figures import DayFigures, day_rows
from service.attendance.facts import Correction, CorrectionKind, LeaveKind
from service.attendance.intervals import Interval
from service.attendance.people import Asked
from service.db.corrections import CorrectionAsked
from service.db.records import SessionRecord
from service.errors import Refused

router = APIRouter(tags=["attendance"])
NIGHT_SHIFT_ENDS = timedelta(hours=36)
"""After the midnight that the day begins with: a night shift belongs to the day that it begins on."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A correction as somebody asks for it.

    Attributes:
        document_key: Where the copy of the document is kept; empty: none.
    """

    officer_id: str
    day: date
    kind: CorrectionKind
    start: datetime
    end: datetime
    leave_kind: LeaveKind | None
    reason: str
    document: str
    asked_for: str
    request_id: str
    document_key: str = ""


@router.get("/corrections")
def list_corrections(
    work: WorkNow,
    _session: Reader,
    *,
    officer: Annotated[str | None, Query(max_length=64, description="One officer, by id.")] = None,
    first: Annotated[Day, Query(alias="from", description="First day corrected.")] = FIRST_DAY,
    last: Annotated[Day, Query(alias="to", description="Last day corrected.")] = LAST_DAY,
    waiting: Annotated[bool, Query(description="Only those that nobody has decided.")] = False,
) -> list[CorrectionShape]:
    """List corrections, decided or not, oldest first."""
    found = work.corrections.corrections(None if officer is None else [officer], first, last)
    return [CorrectionShape.of(item) for item in found if not waiting or item.approved is None]


@router.get("/corrections/{correction_id}")
def read_correction(correction_id: RowId, work: WorkNow, _session: Reader) -> CorrectionShape:
    """Read one correction."""
    return CorrectionShape.of(work.corrections.correction(correction_id))


@router.post("/corrections", status_code=201, dependencies=KEEPS, responses=refuses(Missing, NotAsThingsStand))
def add_correction(
    wanted: CorrectionRequest, work: WorkNow, session: Annotated[SessionRecord, Depends(require_csrf_header)]
) -> CorrectionShape:
    """Ask for a correction. It changes no figure before somebody else approves it."""
    held = {name: getattr(wanted, name) for name in CorrectionRequest.model_fields}
    return CorrectionShape.of(ask(work, session, Wanted(**held)))


@router.post("/corrections/{correction_id}/decision", dependencies=KEEPS, responses=refuses(NotAsThingsStand))
def decide_correction(
    correction_id: RowId,
    decision: DecisionRequest,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_header)],
) -> CorrectionShape:
    """Approve or refuse a correction, once; 409 for who asked for it, and where it was decided before."""
    return CorrectionShape.of(decide(work, session, correction_id, approved=decision.approved, note=decision.note))


def ask(work: Work, session: SessionRecord, wanted: Wanted) -> Correction:
    """Store a correction that waits for somebody else's decision.

    Raises:
        KeepersOnly: The account only reads.
        NotFound: There is no such officer.
        Invalid: The stretch is not one of this day, or a kind of leave is missing or too much.
    """
    require_keeper(session)
    member = staff_member(work, wanted.officer_id)
    span = _span_of(wanted, member, work.now())
    if (wanted.kind is CorrectionKind.EXCUSED) != (wanted.leave_kind is not None):
        raise Invalid(("leave_kind: wanted with the kind `excused`, and with no other",))
    closed = work.corrections.periods([member.site.site_id], wanted.day, wanted.day)
    return work.corrections.ask_correction(
        CorrectionAsked(
            officer_id=wanted.officer_id,
            day=wanted.day,
            kind=wanted.kind,
            span=span,
            leave_kind=wanted.leave_kind,
            reason=wanted.reason,
            document=wanted.document,
            document_key=wanted.document_key,
            observed=observed_line(figures_of_day(work, wanted.officer_id, wanted.day), member.zone),
            asked_by=session.user.user_id,
            asked_for=wanted.asked_for,
            asked_at=work.now(),
            request_id=wanted.request_id,
            adjusts_period=closed[0].period_id if closed else None,
        )
    )


def decide(work: Work, session: SessionRecord, correction_id: int, *, approved: bool, note: str) -> Correction:
    """Approve or refuse a correction. A refusal wants its reason.

    Raises:
        KeepersOnly: The account only reads.
        NotFound: There is no such correction.
        Refused: Who decides is who asked, or it was decided before.
    """
    require_keeper(session)
    if not approved and not note.strip():
        raise Refused("a refusal says why, so that the officer can follow it: add a note")
    return work.corrections.decide_correction(
        correction_id, by=session.user.user_id, at=work.now(), approved=approved, note=note.strip()
    )


def figures_of_day(work: Work, officer_id: str, day: date) -> DayFigures:
    """Return what the cameras alone say of one day."""
    (row,) = day_rows(report_of(work, Asked(day, day, officer_ids=(officer_id,))))
    return row.observed


def observed_line(figures: DayFigures, zone: ZoneInfo) -> str:
    """Say one day in one line, for the record: it is kept in Vietnamese, whatever language the page is read in."""
    said = [f"đến {_clock(figures.arrival, zone)}, về {_clock(figures.leaving, zone)}"]
    for words, seconds in (
        ("có mặt", figures.present_s),
        ("đi muộn", figures.late_s),
        ("về sớm", figures.early_s),
        ("rời vị trí", figures.left_s),
        ("vắng mặt", figures.absent_s),
        ("không có dữ liệu", figures.no_data_s),
    ):
        if seconds:
            said.append(f"{words} {_length(seconds)}")
    return "; ".join([*said, f"độ phủ quan sát {round(figures.coverage * 100)} %"])


def _span_of(wanted: Wanted, member: StaffMember, now: datetime) -> Interval:
    if wanted.end <= wanted.start:
        raise Invalid(("end: wanted after start",))
    midnight = datetime.combine(wanted.day, time(), member.zone)
    if wanted.start < midnight or wanted.end > midnight + NIGHT_SHIFT_ENDS:
        raise Invalid((f"start, end: wanted within {wanted.day} in {member.site.timezone}",))
    if midnight > now:
        raise Invalid(("day: has not come yet; enter leave instead",))
    return Interval(wanted.start, wanted.end)


def _clock(moment: datetime | None, zone: ZoneInfo) -> str:
    return "không thấy" if moment is None else moment.astimezone(zone).strftime("%H:%M")


def _length(seconds: int) -> str:
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    said = [f"{hours} giờ"] * bool(hours) + [f"{rest} phút"] * bool(rest or not hours)
    return " ".join(said)
