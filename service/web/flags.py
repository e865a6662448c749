"""The queue: flags that wait for a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from service.api.asked import asked_of, asker_of, selection_of
from service.api.auth import SignedIn, Work, WorkNow, has_right, needs
from service.api.blind import as_shown
from service.api.events import COUNTED_AT_MOST
from service.api.queue import JUDGES
from service.api.reasons import OTHER, OTHER_REASON_WORDS, REASONS, Reason
from service.api.seen import note_search
from service.api.selection import FIRST_DAY, FLAG_RULES, LAST_DAY, Selection, State, main_zone
from service.db.records import EventRecord, RuleMode, SessionRecord, Verdict
from service.rights import Right
from service.web.cards import Card, merged, picture_of
from service.web.pages import render

router = APIRouter()
PAGE_SIZE = 24
PAGES_MAX = 100_000
WAITING = (State.OPEN, State.MINE, State.DISPUTED)
SCORES = (0.6, 0.7, 0.8, 0.9, 0.95)
"""Least strengths that are offered."""
Seer = Annotated[SessionRecord, Depends(needs(Right.SEE_FLAGS))]


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
def show_flags(request: Request, work: WorkNow, session: Seer) -> Response:
    """Show the flags that match, newest first."""
    selection = selection_of(request.query_params)
    zone, asker = main_zone(work.sites.sites()), asker_of(work, session)
    wanted = selection.to_filter(zone, asker)
    total = work.events.count(wanted, at_most=COUNTED_AT_MOST)
    page = _page_of(request.query_params, total)
    found = work.events.page(wanted, of=total, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    note_search(work, session, selection, shown=len(found))
    is_leader = has_right(session, Right.SETTLE)
    cards = _cards(work, session, [as_shown(event, session) for event in found])
    return render(
        request,
        "flags.html",
        session,
        {
            "cards": cards,
            "first_free": next((card.event.event_id for card in cards if not card.taken_by), None)
            if selection.state in WAITING
            else None,
            "total": total,
            "page": page,
            "pages": max(1, -(-total // PAGE_SIZE)),
            "selection": selection,
            "asked": asked_of(selection),
            "suspended": _suspended(work, selection),
            "decided": request.query_params.get("decided") == "1",
            "kept": work.reviews.filters_of(session.user.user_id),
            "can_select": has_right(session, Right.JUDGE) and selection.state in (State.OPEN, State.MINE),
            "bulk_reasons": _bulk_reasons(),
            "inspectors": work.reviews.who_may(JUDGES, work.reach.agency) if is_leader else {},
            **_choices(request, work, selection),
        },
    )


def _choices(request: Request, work: Work, selection: Selection) -> dict[str, object]:
    """Return what the filters offer, and whether a day was asked for that cannot be shown."""
    query = request.query_params
    given = {name: bool(query.get(name)) for name in ("day", "until")}
    return {
        "days": (FIRST_DAY, LAST_DAY),
        "is_day_refused": (given["day"] and selection.day is None) or (given["until"] and selection.until is None),
        "rules": FLAG_RULES,
        "states": list(State),
        "cameras": work.sites.camera_names(),
        "agencies": sorted({site.agency for site in work.sites.sites()}),
        "scores": SCORES,
    }


def zones_of(work: Work) -> dict[str, ZoneInfo]:
    """Return the zone of each camera's site."""
    return {camera.camera_id: ZoneInfo(camera.timezone) for camera in work.sites.camera_names()}


def _suspended(work: Work, selection: Selection) -> list[SuspendedRule]:
    """Return the rules that are suspended on the cameras, and of the kind, that are looked at."""
    names = {camera.camera_id: camera.name for camera in work.sites.camera_names()}
    return [
        SuspendedRule(state.rule_id, state.camera_id, names[state.camera_id])
        for state in work.calibration.latest_rule_states(selection.camera)
        if state.mode is RuleMode.SUSPENDED and state.camera_id in names and selection.rule in (None, state.rule_id)
    ]


def _cards(work: Work, session: SessionRecord, events: list[EventRecord]) -> list[Card]:
    ids = [event.event_id for event in events]
    zones, kinds = zones_of(work), work.evidence.kinds_of(ids)
    fallback = main_zone(work.sites.sites())
    claims = work.reviews.claims_on(ids, work.now())
    hearings = work.cases.of_events(ids) if has_right(session, Right.SEE_CASES) else {}
    given, names = work.reviews.assigned(ids), work.reviews.who_may(JUDGES)
    taken = {event_id: claim.user_name for event_id, claim in claims.items() if claim.user_id != session.user.user_id}
    return [
        Card(
            event,
            zones.get(event.camera_id, fallback),
            picture_of(event, kinds),
            others,
            taken.get(event.event_id, ""),
            names.get(given.get(event.event_id, 0), ""),
            hearings.get(event.event_id),
        )
        for event, others in merged(events)
    ]


def _bulk_reasons() -> list[Reason]:
    """Return why several flags at once can be no breach."""
    of_flags = [reason for reason in REASONS if reason.verdict is Verdict.NO_BREACH and reason.of_flags]
    return [*of_flags, Reason(OTHER, OTHER_REASON_WORDS, Verdict.NO_BREACH)]


def _page_of(query: QueryParams, total: int) -> int:
    text = query.get("page", "1")
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    return min(max(wanted, 1), max(1, -(-total // PAGE_SIZE)), PAGES_MAX)
