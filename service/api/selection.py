"""Which events a reader has asked for: the filters that pages and API share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter, ValidationError

from service.db.records import EventRecord, SiteRecord, Verdict
from service.db.repository import EventFilter

FLAG_RULES = ("left_post", "counter_unattended", "badge_missing", "smoking")
"""Rules whose events are possible breaches. Presence is a visit at a desk, which is no flag."""

FALLBACK_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A day that may be asked for. Near the ends of the calendar its first and last moment would not exist in UTC."""
_DAY: TypeAdapter[date] = TypeAdapter(Day)


class State(StrEnum):
    """Whether somebody has decided."""

    OPEN = "open"
    REVIEWED = "reviewed"
    ALL = "all"


_VERDICTS: dict[State, tuple[Verdict, ...] | None] = {
    State.OPEN: (),
    State.REVIEWED: tuple(Verdict),
    State.ALL: None,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; None means any."""

    rule: str | None = None
    camera: str | None = None
    state: State = State.OPEN
    day: date | None = None

    def to_filter(self, zone: ZoneInfo) -> EventFilter:
        """Return the filter for the database; days begin at midnight of the site."""
        since = None if self.day is None else datetime.combine(self.day, time(), zone)
        return EventFilter(
            rules=FLAG_RULES if self.rule is None else (self.rule,),
            camera_id=self.camera,
            since=since,
            until=None if since is None else since + timedelta(days=1),
            verdicts=_VERDICTS[self.state],
            queued=True,
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
