"""The shapes of attendance in the JSON API. Lengths are whole seconds; moments are RFC 3339, in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from service.api.moments import Moment
from service.api.schemas import Shape
from service.api.selection import Day
from service.attendance.day_figures import DayFigures, DayRow
from service.attendance.facts import (
    Correction,
    CorrectionKind,
    Cover,
    Direction,
    Leave,
    LeaveKind,
    Period,
    Punch,
)
from service.attendance.figures import COUNTS, LENGTHS, Group
from service.attendance.month import ReportOfficer
from service.attendance.sealing import Adjustment

RequestId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9-]{8,64}$",
        description="Chosen by the sender. The same id again changes nothing, so a lost answer may be retried.",
    ),
]
OfficerId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["hanh"])]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
PUNCHES_AT_ONCE = 2000


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(from_attributes=True, extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


class DayFiguresShape(Shape):
    """One day in figures. `null` for late, early or absent: no camera could see enough to say so."""

    arrival: datetime | None = Field(description="First sight of the day.")
    leaving: datetime | None = Field(description="Last sight of the day.")
    is_late: bool | None
    is_early: bool | None
    is_absent: bool | None
    coverage: float = Field(description="Share of the time at the post that cameras could see, 0..1.")
    left_count: int = Field(description="How often the post was left.")
    planned_s: int = Field(description="Working time of the day.")
    required_s: int = Field(description="Of it, what no leave, meeting or duty trip takes away.")
    worked_s: int = Field(description="Seen at the post, and work elsewhere that was entered.")
    present_s: int
    outside_s: int = Field(description="Seen at the post outside working time.")
    late_s: int
    early_s: int
    left_s: int
    left_waiting_s: int | None = Field(
        description="Of `left_s`, while citizens were seen waiting at the counter; `null`: nothing is known of it."
    )
    left_untold_s: int = Field(description="Of `left_s`, while nobody can say whether citizens waited.")
    absent_s: int
    no_data_s: int = Field(description="No camera could see: this is not absence.")
    leave_s: dict[str, int] = Field(description="By kind.")

    @classmethod
    def of(cls, figures: DayFigures) -> DayFiguresShape:
        """Make it from figures."""
        return cls.model_validate(figures)


class AttendanceDayShape(Shape):
    """One officer's one day: what cameras alone say, and with approved corrections."""

    officer_id: str
    officer_name: str
    unit: str
    agency: str
    site_id: str
    day: date
    holiday: str = Field(description="Name of the public holiday; empty: none.")
    period_id: int | None = Field(description="The closed period that holds the day; null: it is open.")
    observed: DayFiguresShape
    corrected: DayFiguresShape
    change_token: str = Field(description="Another one as soon as anything in this row changes.")

    @classmethod
    def of(cls, row: DayRow, officer: ReportOfficer) -> AttendanceDayShape:
        """Make it from a row."""
        corrected = DayFiguresShape.of(row.figures)
        return cls(
            officer_id=officer.officer_id,
            officer_name=officer.name,
            unit=officer.unit,
            agency=officer.agency,
            site_id=officer.site_id,
            day=row.day,
            holiday=row.holiday,
            period_id=row.period_id,
            observed=DayFiguresShape.of(row.observed) if row.is_corrected else corrected,
            corrected=corrected,
            change_token=row.token(officer.officer_id),
        )


class AttendanceDayPageShape(Shape):
    """Some officer-days, by officer id and day."""

    items: list[AttendanceDayShape]
    next_cursor: str | None = Field(description="To be sent as `cursor` for what follows; null: this is the end.")
    change_token: str = Field(description="Of the whole page; the same as its ETag.")


class SummaryItemShape(Shape):
    """Sums over the days of an officer, a unit, an agency or the province."""

    label: str = Field(description="Name of the officer, unit or agency; empty for the province.")
    officer_id: str | None = Field(description="Where it is one officer's.")
    agency: str
    unit: str
    officers: int = Field(description="How many officers it sums.")
    coverage: float = Field(description="Share of the time at the post that cameras could see, 0..1.")
    required_days: int
    unknown_days: int = Field(description="Days of which nobody can say whether the officer was there at all.")
    absent_days: int
    planned_s: int
    required_s: int
    worked_s: int
    present_s: int
    outside_s: int
    late_count: int
    late_s: int
    early_count: int
    early_s: int
    left_count: int
    left_s: int
    left_waiting_s: int | None = Field(
        description="Of `left_s`, while citizens were seen waiting: at least so long; `null`: nothing is known of it."
    )
    left_untold_s: int = Field(description="Of `left_s`, while nobody can say whether citizens waited.")
    absent_s: int
    no_data_s: int
    leave_s: dict[str, int]

    @classmethod
    def of(cls, found: Group, officer_id: str | None) -> SummaryItemShape:
        """Make it from sums."""
        figures = found.figures
        lengths: dict[str, Any] = {f"{name}_s": round(getattr(figures, name).total_seconds()) for name in LENGTHS}
        if not figures.is_waiting_told:
            lengths["left_waiting_s"] = None
        return cls(
            label=found.label,
            officer_id=officer_id,
            agency=found.agency,
            unit=found.unit,
            officers=len(found.officers),
            coverage=round(figures.coverage, 4),
            leave_s={kind: round(length.total_seconds()) for kind, length in figures.leave.items()},
            **{name: getattr(figures, name) for name in COUNTS},
            **lengths,
        )


class PeriodShape(Shape):
    """A closed stretch of days of one site."""

    period_id: int
    site_id: str
    first: date
    last: date
    closed_at: datetime
    sha256: str = Field(description="Of the sealed content's bytes.")
    href: str = Field(description="Where it is read with its sealed content.")

    @classmethod
    def of(cls, period: Period) -> PeriodShape:
        """Make it from a record."""
        return cls(href=f"/api/v1/periods/{period.period_id}", **_period_values(period))


class AdjustmentShape(Shape):
    """An officer's day that is no longer what was sealed: by figure, the sealed and the present value."""

    officer_id: str
    officer_name: str
    day: date
    changes: dict[str, tuple[Any, Any]]

    @classmethod
    def of(cls, found: Adjustment) -> AdjustmentShape:
        """Make it from a comparison."""
        changes = {change.figure: (change.sealed, change.now) for change in found.changes}
        return cls(officer_id=found.officer_id, officer_name=found.officer_name, day=found.day, changes=changes)


class PeriodDetailShape(PeriodShape):
    """A closed period with what was sealed, and what differs from it today."""

    content: dict[str, Any] = Field(description="The sealed figures. Their exact bytes are at `content_href`.")
    content_href: str
    adjustments: list[AdjustmentShape]

    @classmethod
    def with_all(cls, period: Period, content: dict[str, Any], adjusted: list[Adjustment]) -> PeriodDetailShape:
        """Make it from a record, its content and a comparison."""
        href = f"/api/v1/periods/{period.period_id}"
        return cls(
            href=href,
            content=content,
            content_href=f"{href}/content",
            adjustments=[AdjustmentShape.of(found) for found in adjusted],
            **_period_values(period),
        )


class PeriodRequest(Shape):
    """Days to close."""

    model_config = _example(site_id="trung-tam", first="2026-11-01", last="2026-11-30")

    site_id: str = Field(max_length=64)
    first: Day
    last: Day


class CorrectionShape(Shape):
    """A change that was asked for, and what became of it."""

    correction_id: int
    officer_id: str
    day: date
    kind: CorrectionKind
    start: datetime
    end: datetime
    leave_kind: LeaveKind | None
    reason: str
    document: str
    has_document_copy: bool
    observed: str = Field(description="What the cameras' figures said when it was asked for.")
    asked_for: str = Field(description="On whose behalf, in words.")
    asked_at: datetime
    approved: bool | None = Field(description="null: it waits for a decision.")
    decided_at: datetime | None
    decision_note: str
    adjusts_period: int | None = Field(description="The closed period that it adjusts; null: the day was open.")

    @classmethod
    def of(cls, record: Correction) -> CorrectionShape:
        """Make it from a record."""
        plain = {name: getattr(record, name) for name in cls.model_fields if hasattr(record, name)}
        span = {"start": record.span.start.astimezone(UTC), "end": record.span.end.astimezone(UTC)}
        return cls.model_validate({**plain, **span, "has_document_copy": bool(record.document_key)})


class CorrectionRequest(Shape):
    """A correction to ask for."""

    model_config = _example(
        officer_id="hanh",
        day="2026-11-05",
        kind="present",
        start="2026-11-05T07:30:00+07:00",
        end="2026-11-05T09:10:00+07:00",
        reason="Nhận hồ sơ tại kho lưu trữ, camera không nhìn thấy",
        document="Giấy xác nhận 12/GXN",
        asked_for="Nguyễn Thị Hạnh",
        request_id="5b0e4b1c-2f44-4f0e-9a62-0f1f5ac2c9a1",
    )

    officer_id: OfficerId
    day: Day
    kind: CorrectionKind
    start: Moment
    end: Moment
    leave_kind: LeaveKind | None = None
    reason: Reason
    document: Line = ""
    asked_for: Annotated[Line, Field(min_length=1)]
    request_id: RequestId


class DecisionRequest(Shape):
    """What becomes of a correction; decided by somebody other than who asked."""

    model_config = _example(approved=True, note="Đã đối chiếu giấy xác nhận")

    approved: bool = Field(strict=True)
    note: Text = ""


class LeaveShape(Shape):
    """An officer need not be at the post."""

    leave_id: int
    officer_id: str
    kind: LeaveKind
    start: datetime
    end: datetime
    document: str
    note: str
    source: str

    @classmethod
    def of(cls, record: Leave) -> LeaveShape:
        """Make it from a record."""
        return cls.model_validate(_spanned(record, cls.model_fields))


class LeaveRequest(Shape):
    """Leave to store; whole days run from local midnight to local midnight."""

    model_config = _example(
        officer_id="hanh",
        kind="annual",
        start="2026-11-12T00:00:00+07:00",
        end="2026-11-13T00:00:00+07:00",
        document="Đơn nghỉ phép 45",
    )

    officer_id: OfficerId
    kind: LeaveKind
    start: Moment
    end: Moment
    document: Line = ""
    note: Text = ""


class CoverShape(Shape):
    """An officer sits at a desk in place of those it belongs to."""

    cover_id: int
    officer_id: str
    camera_id: str
    desk_id: str
    start: datetime
    end: datetime
    note: str
    source: str

    @classmethod
    def of(cls, record: Cover) -> CoverShape:
        """Make it from a record."""
        return cls.model_validate(_spanned(record, cls.model_fields))


class CoverRequest(Shape):
    """Cover to store."""

    model_config = _example(
        officer_id="hanh",
        camera_id="cam-quay",
        desk_id="ban-2",
        start="2026-11-12T07:30:00+07:00",
        end="2026-11-12T11:30:00+07:00",
    )

    officer_id: OfficerId
    camera_id: str = Field(max_length=64)
    desk_id: str = Field(max_length=64)
    start: Moment
    end: Moment
    note: Text = ""


class PunchShape(Shape):
    """One stamp of a time clock."""

    officer_id: str
    at: datetime
    direction: Direction
    device: str
    source: str

    @classmethod
    def of(cls, record: Punch) -> PunchShape:
        """Make it from a record."""
        return cls.model_validate(record)


class PunchRequest(Shape):
    """One stamp to store."""

    officer_id: OfficerId
    at: Moment
    direction: Direction = Direction.UNKNOWN
    device: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""


class PunchesRequest(Shape):
    """Stamps to store: all of them or none."""

    model_config = _example(punches=[{"officer_id": "hanh", "at": "2026-11-12T07:24:10+07:00", "direction": "in"}])

    punches: list[PunchRequest] = Field(min_length=1, max_length=PUNCHES_AT_ONCE)


class PunchesStoredShape(Shape):
    """What became of the stamps."""

    new: int
    known: int = Field(description="Stored before; nothing was changed.")


def _spanned(record: Leave | Cover, names: Mapping[str, object]) -> dict[str, object]:
    plain: dict[str, object] = {name: getattr(record, name) for name in names if hasattr(record, name)}
    return plain | {"start": record.span.start.astimezone(UTC), "end": record.span.end.astimezone(UTC)}


def _period_values(period: Period) -> dict[str, Any]:
    return {name: getattr(period, name) for name in ("period_id", "site_id", "first", "last", "closed_at", "sha256")}
