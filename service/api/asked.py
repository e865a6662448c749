"""The filters of the queue as an address holds them."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from service.api.auth import Work
from service.api.selection import FLAG_RULES, Asker, Selection, State, read_day
from service.db.records import SessionRecord

AGENCY_CHARACTERS_MAX = 200


def selection_of(query: QueryParams) -> Selection:
    """Read the filters from an address; what cannot be understood is left out."""
    rule, state, agency = query.get("rule"), query.get("state"), query.get("agency", "")
    day, until = read_day(query.get("day")), read_day(query.get("until"))
    return Selection(
        rule=rule if rule in FLAG_RULES else None,
        camera=query.get("camera") or None,
        state=State(state) if state in set(State) else State.OPEN,
        day=day,
        until=until if day is None or until is None or until >= day else None,
        agency=agency if 0 < len(agency) <= AGENCY_CHARACTERS_MAX else None,
        score=_read_score(query.get("score", "")),
    )


def asked_of(selection: Selection) -> dict[str, str]:
    """Return the filters as an address holds them."""
    asked = {
        "agency": selection.agency or "",
        "rule": selection.rule or "",
        "camera": selection.camera or "",
        "state": "" if selection.state is State.OPEN else str(selection.state),
        "day": "" if selection.day is None else selection.day.isoformat(),
        "until": "" if selection.until is None else selection.until.isoformat(),
        "score": "" if selection.score is None else f"{selection.score:g}",
    }
    return {name: value for name, value in asked.items() if value}


def cleaned(query: str) -> str:
    """Return of an address's filters only what the queue understands."""
    return urlencode(asked_of(selection_of(QueryParams(query.removeprefix("?")))))


def asker_of(work: Work, session: SessionRecord) -> Asker:
    """Return who looks, and when."""
    return Asker(session.user.user_id, work.now())


def _read_score(text: str) -> float | None:
    """Read a strength from 0 to 1; None where there is none or it is not one."""
    try:
        score = float(text.replace(",", "."))
    except ValueError:
        return None
    return score if 0 < score <= 1 else None
