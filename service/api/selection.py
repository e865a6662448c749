"""Which events a reader has asked for: the filters that pages and API share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter, ValidationError

from service.db.records import FLAG_RULES as FLAG_RULES
from service.db.records import EventRecord, SiteRecord, Standing, WaitsFor
from service.db.repository import EventFilter

FALLBACK_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A day that may be asked for. Near the ends of the calendar its first and last moment would not exist in UTC."""
_DAY: TypeAdapter[date] = TypeAdapter(Day)


class State(StrEnum):
    """How a flag stands, as its reader may know it: whoever is to give the second look is not told of the first."""

    OPEN = "open"
    """Waits for a look of the reader's."""
    MINE = "mine"
    """Was given to the reader, and waits."""
    DISPUTED = "disputed"
    """Two see it differently."""
    BREACH = "breach"
    NO_BREACH = "no_breach"
    CANNOT_TELL = "cannot_tell"
    REVIEWED = "reviewed"
    """Decided, in whatever way."""
    ALL = "all"


_STANDINGS: dict[State, tuple[Standing, ...]] = {
    State.BREACH: (Standing.BREACH,),
    State.NO_BREACH: (Standing.NO_BREACH,),
    State.CANNOT_TELL: (Standing.CANNOT_TELL,),
}
_WAITS_FOR = {
    State.OPEN: WaitsFor.LOOK,
    State.MINE: WaitsFor.LOOK,
    State.DISPUTED: WaitsFor.RULING,
    State.REVIEWED: WaitsFor.NOBODY,
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks, and when: what was judged by them, or is in the hands of others, does not wait for them."""

    user_id: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; None means any."""

    rule: str | None = None
    camera: str | None = None
    state: State = State.OPEN
    day: date | None = None
    until: date | None = None
    agency: str | None = None
    score: float | None = None

    def to_filter(self, zone: ZoneInfo, asker: Asker | None = None, *, is_free: bool = False) -> EventFilter:
        """Return the filter for the database; days begin at midnight of the site.

        Args:
            is_free: Leave out what somebody else has before them.
        """
        since = None if self.day is None else datetime.combine(self.day, time(), zone)
        last = self.until or self.day
        until = None if last is None else datetime.combine(last + timedelta(days=1), time(), zone)
        waits = self.state in (State.OPEN, State.MINE) and asker is not None
        return EventFilter(
            rules=FLAG_RULES if self.rule is None else (self.rule,),
            camera_id=self.camera,
            since=since,
            until=until,
            queued=True,
            waits_for=_WAITS_FOR.get(self.state),
            standings=_STANDINGS.get(self.state),
            unseen_by=asker.user_id if waits and asker is not None else None,
            free_for=(asker.user_id, asker.now) if is_free and asker is not None else None,
            assigned_to=asker.user_id if self.state is State.MINE and asker is not None else None,
            agency=self.agency,
            score_min=self.score,
        )


def is_flag(event: EventRecord) -> bool:
    """Tell what an inspector is asked about, a possible breach or a random check, from a visit at a desk."""
    return event.rule_id in FLAG_RULES or event.checked_rule is not None


def read_day(text: str | None) -> date | None:
    """Read a `Day` from an address; None where there is none or it is not one."""
    try:
        return _DAY.validate_python(text) if text else None
    except ValidationError:
        return None


def main_zone(sites: list[SiteRecord]) -> ZoneInfo:
    """Return the zone that days are counted in: that of the first site."""
    return ZoneInfo(sites[0].timezone) if sites else FALLBACK_ZONE
