"""The queue: flags that wait for a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from service.api.auth import SignedIn, Work, WorkNow, has_right, needs
from service.api.blind import as_shown
from service.api.events import COUNTED_AT_MOST
from service.api.seen import note_search
from service.api.selection import FIRST_DAY, FLAG_RULES, LAST_DAY, Asker, Selection, State, main_zone, read_day
from service.db.records import CameraRecord, EventRecord, EvidenceKind, RuleMode, SessionRecord
from service.rights import Right
from service.web.pages import render

router = APIRouter()
PAGE_SIZE = 24
PAGES_MAX = 100_000
Seer = Annotated[SessionRecord, Depends(needs(Right.SEE_FLAGS))]


@dataclass(frozen=True, slots=True)
class Card:
    """One flag in the queue."""

    event: EventRecord
    zone: ZoneInfo
    picture: EvidenceKind | None


@dataclass(frozen=True, slots=True)
class SuspendedRule:
    """A rule that flags nothing on one camera."""

    rule_id: str
    camera_id: str
    camera_name: str


@router.get("/")
def show_start(session: SignedIn) -> Response:
    """Everybody begins where their work is."""
    return RedirectResponse(start_of(session), status_code=303)


def start_of(session: SessionRecord) -> str:
    """Return the page that somebody's work begins at."""
    starts = ((Right.SEE_FLAGS, "/flags"), (Right.SEE_CASES, "/cases"), (Right.SEE_ATTENDANCE, "/attendance"))
    return next((page for right, page in starts if has_right(session, right)), "/account")


@router.get("/flags")
def show_flags(
    request: Request, work: WorkNow, session: Annotated[SessionRecord, Depends(needs(Right.SEE_FLAGS))]
) -> Response:
    """Show the flags that match, newest first."""
    selection = selection_of(request.query_params)
    zone, asker = main_zone(work.sites.sites()), asker_of(work, session)
    wanted = selection.to_filter(zone, asker)
    total = work.events.count(wanted, at_most=COUNTED_AT_MOST)
    page = _page_of(request.query_params, total)
    cameras = work.sites.cameras()
    found = work.events.find(wanted, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    note_search(work, session, selection, shown=len(found))
    return render(
        request,
        "flags.html",
        session,
        {
            "cards": _cards(work, [as_shown(event, session) for event in found]),
            "total": total,
            "page": page,
            "pages": max(1, -(-total // PAGE_SIZE)),
            "selection": selection,
            "days": (FIRST_DAY, LAST_DAY),
            "is_day_refused": bool(request.query_params.get("day")) and selection.day is None,
            "asked": asked_of(selection),
            "rules": FLAG_RULES,
            "states": list(State),
            "cameras": cameras,
            "suspended": _suspended(work, cameras, selection),
            "open_total": work.events.count(Selection().to_filter(zone, asker), at_most=COUNTED_AT_MOST),
            "decided": request.query_params.get("decided") == "1",
        },
    )


def selection_of(query: QueryParams) -> Selection:
    """Read the filters from an address; what cannot be understood is left out."""
    rule, state = query.get("rule"), query.get("state")
    return Selection(
        rule=rule if rule in FLAG_RULES else None,
        camera=query.get("camera") or None,
        state=State(state) if state in set(State) else State.OPEN,
        day=read_day(query.get("day")),
    )


def asked_of(selection: Selection) -> dict[str, str]:
    """Return the filters as an address holds them."""
    asked = {
        "rule": selection.rule or "",
        "camera": selection.camera or "",
        "state": "" if selection.state is State.OPEN else str(selection.state),
        "day": "" if selection.day is None else selection.day.isoformat(),
    }
    return {name: value for name, value in asked.items() if value}


def asker_of(work: Work, session: SessionRecord) -> Asker:
    """Return who looks, and when."""
    return Asker(session.user.user_id, work.now())


def zones_of(work: Work) -> dict[str, ZoneInfo]:
    """Return the zone of each camera's site."""
    by_site = {site.site_id: ZoneInfo(site.timezone) for site in work.sites.sites()}
    return {camera.camera_id: by_site[camera.site_id] for camera in work.sites.cameras()}


def _suspended(work: Work, cameras: list[CameraRecord], selection: Selection) -> list[SuspendedRule]:
    """Return the rules that are suspended on the cameras, and of the kind, that are looked at."""
    names = {camera.camera_id: camera.name for camera in cameras}
    return [
        SuspendedRule(state.rule_id, state.camera_id, names[state.camera_id])
        for state in work.calibration.latest_rule_states(selection.camera)
        if state.mode is RuleMode.SUSPENDED and state.camera_id in names and selection.rule in (None, state.rule_id)
    ]


def _cards(work: Work, events: list[EventRecord]) -> list[Card]:
    zones, kinds = zones_of(work), work.evidence.kinds_of([event.event_id for event in events])
    fallback = main_zone(work.sites.sites())
    return [
        Card(event, zones.get(event.camera_id, fallback), _picture(event, kinds.get(event.event_id, frozenset())))
        for event in events
    ]


def _picture(event: EventRecord, kinds: frozenset[EvidenceKind]) -> EvidenceKind | None:
    is_check = event.checked_rule is not None  # what the system marked would lead the eye
    liked = (EvidenceKind.SNAPSHOT,) if is_check else (EvidenceKind.SNAPSHOT_ANNOTATED, EvidenceKind.SNAPSHOT)
    return next((kind for kind in liked if kind in kinds), None)


def _page_of(query: QueryParams, total: int) -> int:
    text = query.get("page", "1")
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    return min(max(wanted, 1), max(1, -(-total // PAGE_SIZE)), PAGES_MAX)
