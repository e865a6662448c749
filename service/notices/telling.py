"""Decide what one subscriber is to be told of, from a snapshot of how things stand. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.notices.kinds import Kind, key_of, kinds_for
from service.rights import Reach, Right

ALARM_AFTER = timedelta(minutes=2)
"""How long a camera's alarm has to last: a camera that is restarted is no news."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, or goes on, in one agency.

    Attributes:
        key: The same for as long as it is the same thing.
        at: When it happened, or since when it goes on, aware UTC.
        goes_on: Whether it still asks to be looked at, however long ago it began.
    """

    kind: Kind
    agency: str
    key: str
    at: datetime
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How things stand.

    Attributes:
        waiting: How many flags have waited for too long, by agency.
        disk: The word of the disk's level where somebody has to make room; else empty.
        waiting_least: From how many such flags on it is told.
    """

    at: datetime
    today: date
    waiting: Mapping[str, int]
    happenings: tuple[Happening, ...]
    disk: str
    waiting_least: int = 1


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is to be told.

    Attributes:
        kinds: What they asked for.
        since: Since when they are told; what happened before is no news.
    """

    rights: frozenset[Right]
    reach: Reach
    kinds: frozenset[Kind]
    since: datetime


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell.

    Attributes:
        subject_key: The same is told once.
        agency: Where; empty for several or for none.
    """

    kind: Kind
    subject_key: str
    agency: str
    count: int


def tellings(snapshot: Snapshot, subscriber: Subscriber) -> list[Telling]:
    """Return what a subscriber is to be told, as far as their rights and reach go."""
    wanted = subscriber.kinds & frozenset(kinds_for(subscriber.rights))
    found = [*_waiting(snapshot, subscriber.reach), *_disk(snapshot)]
    for happening in snapshot.happenings:
        is_old = happening.at < subscriber.since and not happening.goes_on
        is_short = happening.kind is Kind.CAMERA_ALARM and snapshot.at - happening.at < ALARM_AFTER
        if not (is_old or is_short) and _is_reached(subscriber.reach, happening.agency):
            found.append(Telling(happening.kind, happening.key, happening.agency, 1))
    return [telling for telling in found if telling.kind in wanted]


def _waiting(snapshot: Snapshot, reach: Reach) -> list[Telling]:
    """Once a day, for as long as it is so."""
    counts = {agency: n for agency, n in snapshot.waiting.items() if n > 0 and _is_reached(reach, agency)}
    if sum(counts.values()) < max(snapshot.waiting_least, 1):
        return []
    agency = next(iter(counts)) if len(counts) == 1 else ""
    return [Telling(Kind.FLAGS_WAITING, key_of(snapshot.today.isoformat()), agency, sum(counts.values()))]


def _disk(snapshot: Snapshot) -> list[Telling]:
    if not snapshot.disk:
        return []
    return [Telling(Kind.DISK_ALARM, key_of(snapshot.disk, snapshot.today.isoformat()), "", 1)]


def _is_reached(reach: Reach, agency: str) -> bool:
    is_narrow = reach.is_nobody or reach.unit is not None or reach.officer_id is not None
    return not is_narrow and reach.agency in (None, agency)
