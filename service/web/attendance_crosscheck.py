"""What time clock and cameras contradict each other in, over a month of an agency: questions, never verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from service.api.attendance_asked import Reader, contradictions_of, report_of
from service.api.auth import Work, WorkNow, has_right
from service.attendance.crosscheck import CrossFinding, CrossKind, Severity
from service.attendance.intervals import Interval
from service.attendance.month import Report, ReportOfficer
from service.attendance.people import Asked
from service.db.records import EventRecord, SessionRecord
from service.db.repository import EventFilter
from service.rights import Right
from service.web import attendance_labels
from service.web.attendance import PROVINCE, Filters, read_filters
from service.web.pages import render
from vision.rules.rulebook import TWO_AT_DESK

router = APIRouter()
SHOWN_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class CrossLine:
    """One finding as the page lists it.

    Attributes:
        event_ids: Events with pictures that it rests on.
    """

    finding: CrossFinding
    officer: ReportOfficer
    event_ids: tuple[str, ...]

    @property
    def zone(self) -> ZoneInfo:
        """Zone that its times are shown in."""
        return ZoneInfo(self.officer.timezone)


@router.get("/attendance/crosscheck")
def show_crosscheck(request: Request, work: WorkNow, session: Reader) -> Response:
    """List the contradictions of a month, questions first; by unit and kind."""
    sites, query = work.sites.sites(), request.query_params
    words = {"words": attendance_labels, "sites": sites}
    filters = read_filters(work, sites, _one_agency(query)) if sites else None
    if filters is None or not filters.units:
        return render(request, "attendance_crosscheck.html", session, {**words, "filters": None})
    report = _report(work, filters)
    found = contradictions_of(work, report)
    kind = next((kind for kind in CrossKind if kind == query.get("kind")), None)
    chosen = sorted((f for f in found if kind in (None, f.kind)), key=_rank)
    pages = max(1, -(-len(chosen) // SHOWN_AT_ONCE))
    page = min(_number(query.get("page")), pages)
    return render(
        request,
        "attendance_crosscheck.html",
        session,
        {
            **words,
            "filters": filters,
            "agencies": sorted({site.agency for site in sites}),
            "asked": {**filters.whom, "month": filters.month.text, **({"kind": str(kind)} if kind else {})},
            "kind": kind,
            "counts": [(each, count) for each in CrossKind if (count := sum(f.kind is each for f in found))],
            "by_severity": Counter(finding.severity for finding in chosen),
            "total": len(chosen),
            "page": page,
            "pages": pages,
            "lines": _lines(work, session, report, chosen[(page - 1) * SHOWN_AT_ONCE : page * SHOWN_AT_ONCE]),
        },
    )


def _one_agency(query: QueryParams) -> QueryParams:
    """Return an address's filters; those of the whole province are those of its first agency."""
    return QueryParams([(name, held) for name, held in query.multi_items() if (name, held) != ("agency", PROVINCE)])


def _report(work: Work, filters: Filters) -> Report:
    site_id = None if filters.site is None else filters.site.site_id
    month = filters.month
    return report_of(work, Asked(month.first, month.last, site_id, filters.agency, filters.unit or None))


def _rank(finding: CrossFinding) -> tuple[bool, Interval, str]:
    return finding.severity is not Severity.QUESTION, finding.span, finding.officer_id


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 7 and int(text) else 1


def _lines(work: Work, session: SessionRecord, report: Report, findings: Sequence[CrossFinding]) -> list[CrossLine]:
    officers = {officer.officer_id: officer for officer in report.officers}
    events = _events(work, report, findings) if has_right(session, Right.SEE_FLAGS) else {}
    return [
        CrossLine(finding, officers[finding.officer_id], events.get(number, ()))
        for number, finding in enumerate(findings)
    ]


def _events(work: Work, report: Report, findings: Sequence[CrossFinding]) -> dict[int, tuple[str, ...]]:
    """Find the events of two people at one desk, by the number of the finding that rests on them."""
    mine = [(n, finding) for n, finding in enumerate(findings) if finding.kind is CrossKind.TWO_AT_ONE_DESK]
    if not mine:
        return {}
    since, until = min(f.span.start for _, f in mine), max(f.span.end for _, f in mine)
    wanted = EventFilter(rules=(TWO_AT_DESK,), since=since, until=until, overlapping=True)
    seen = work.events.find(wanted, limit=100_000, newest_first=False)
    desks = work.sites.desks_of(sorted({officer.site_id for officer in report.officers}))
    owners = {(desk.camera_id, desk.place_id): desk.officers for desk in desks}
    return {n: tuple(e.event_id for e in seen if _is_of(e, f, owners)) for n, f in mine}


def _is_of(event: EventRecord, finding: CrossFinding, owners: dict[tuple[str, str], tuple[str, ...]]) -> bool:
    end = event.ended_at or event.peak_at
    is_theirs = finding.officer_id in owners.get((event.camera_id, event.place_id), ())
    return is_theirs and event.started_at < finding.span.end and end > finding.span.start
