"""Closed periods: sealed figures, what differs from them today, and closing one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from service.api.attendance_asked import KEEPS, Reader, check_days, report_of
from service.api.attendance_shapes import PeriodDetailShape, PeriodRequest, PeriodShape
from service.api.auth import Work, WorkNow, require_keeper
from service.api.leave import Keeper
from service.api.problems import Missing, NotAsThingsStand
from service.api.refusals import refuses
from service.api.schemas import RowId
from service.api.selection import FIRST_DAY, LAST_DAY, Day
from service.attendance.facts import Correction, Period
from service.attendance.month import Report
from service.attendance.people import Asked
from service.attendance.sealing import Adjustment, adjustments, seal
from service.attendance.webhook import PERIOD_CLOSED, period_message
from service.db.records import SessionRecord, SiteRecord
from service.errors import Refused

router = APIRouter(tags=["attendance"])


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing some days would seal.

    Attributes:
        undecided: Corrections of these days that nobody has decided.
        partly_unseen, unseen: Officer-days of which a part, or nothing at all, could be seen.
        overlapping: Closed periods that hold one of these days.
        is_over: The last day is over.
    """

    site: SiteRecord
    report: Report
    undecided: tuple[Correction, ...]
    partly_unseen: int
    unseen: int
    overlapping: tuple[Period, ...]
    is_over: bool

    @property
    def may_close(self) -> bool:
        """Tell whether it can be done."""
        return self.is_over and not self.overlapping


@router.get("/periods")
def list_periods(
    work: WorkNow,
    _session: Reader,
    *,
    site: Annotated[str | None, Query(max_length=64, description="One site, by id.")] = None,
    first: Annotated[Day, Query(alias="from", description="First day.")] = FIRST_DAY,
    last: Annotated[Day, Query(alias="to", description="Last day, included.")] = LAST_DAY,
) -> list[PeriodShape]:
    """List the closed periods that overlap these days, in the order of closing."""
    return [PeriodShape.of(p) for p in work.corrections.periods(None if site is None else [site], first, last)]


@router.get("/periods/{period_id}")
def read_period(period_id: RowId, work: WorkNow, _session: Reader) -> PeriodDetailShape:
    """Read one closed period with its sealed content and what differs from it today."""
    period = work.corrections.period(period_id)
    return PeriodDetailShape.with_all(period, json.loads(period.content), adjustments_of(work, period))


@router.get(
    "/periods/{period_id}/content", response_class=Response, responses={200: {"content": {"application/json": {}}}}
)
def read_period_content(period_id: RowId, work: WorkNow, _session: Reader) -> Response:
    """Read the sealed bytes; their sha256 is the period's, and the ETag."""
    period = work.corrections.period(period_id)
    name = f"attendance-{period.site_id}-{period.first}-{period.last}.json"
    return Response(
        period.content.encode(),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "ETag": f'"{period.sha256}"'},
    )


@router.post("/periods", status_code=201, dependencies=KEEPS, responses=refuses(Missing, NotAsThingsStand))
def close_period(wanted: PeriodRequest, work: WorkNow, session: Keeper) -> PeriodShape:
    """Seal the figures of some days of a site; 409 where one of them is closed, or the last one is not over."""
    return PeriodShape.of(close(work, session, wanted.site_id, wanted.first, wanted.last))


def prepare(work: Work, site_id: str, first: date, last: date) -> Closing:
    """Look at what closing would seal. Raises `NotFound` and `Invalid`."""
    check_days(first, last)
    site = work.sites.site(site_id)
    report = report_of(work, Asked(first, last, site_id=site_id))
    table = report.observed
    partly = (table.no_data_us > 0) & (table.no_data_us < table.required_us)
    wholly = (table.no_data_us > 0) & (table.no_data_us >= table.required_us)
    return Closing(
        site=site,
        report=report,
        undecided=tuple(item for item in report.corrections if item.approved is None),
        partly_unseen=int(partly.sum()),
        unseen=int(wholly.sum()),
        overlapping=tuple(work.corrections.periods([site_id], first, last)),
        is_over=last < work.now().astimezone(ZoneInfo(site.timezone)).date(),
    )


def close(work: Work, session: SessionRecord, site_id: str, first: date, last: date) -> Period:
    """Seal some days of a site, and queue the message that tells of it, in one transaction.

    Raises:
        KeepersOnly: The account only reads.
        NotFound: There is no such site.
        Refused: One of these days is closed, or the last one is not over.
    """
    require_keeper(session)
    closing = prepare(work, site_id, first, last)
    if not closing.is_over:
        raise Refused(f"{last} is not over yet; a period is closed once its last day has passed")
    period = work.corrections.close_period(
        site_id, first, last, content=seal(closing.report, site_id), by=session.user.user_id, at=work.now()
    )
    work.corrections.queue_delivery(PERIOD_CLOSED, period_message(period), at=work.now())
    return period


def adjustments_of(work: Work, period: Period) -> list[Adjustment]:
    """Compare a closed period with what would be said of its days today."""
    report = report_of(work, Asked(period.first, period.last, site_id=period.site_id))
    return adjustments(period.content, report, period.site_id)
