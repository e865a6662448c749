"""Which events are wanted, and how the database finds them among millions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, TypeVarTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)

from service.db.reached import by_camera, cameras_of
from service.db.records import FLAG_RULES, Standing, WaitsFor
from service.db.review_tables import AssignmentRow, ClaimRow
from service.db.tables import EventRow, ReviewRow
from service.rights import Reach

COUNTED_AT_MOST = 10_000
"""Counting ends here: how many more there are helps nobody."""
FEW = 1_000
"""So few are sorted to find the one beside another: counting no further takes a millisecond."""
_Columns = TypeVarTuple("_Columns")
_NEWEST_FIRST = (EventRow.started_at.desc(), EventRow.event_id.desc())
_OLDEST_FIRST = (EventRow.started_at.asc(), EventRow.event_id.asc())


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; None means any.

    Attributes:
        since, until: The event started in [since, until); where ``overlapping``, it lasted into that time.
        queued: Only what an inspector is asked about: flags of these rules, and what was drawn at random to be
            checked about one of them. What was held back is left out.
        waits_for, standings: Whom it waits for; what its verdicts come to.
        unseen_by: Not yet judged by this user.
        free_for: Not in the hands of anybody but this user, at this moment.
        assigned_to: Given to this user.
        agency: Of a camera of this agency.
        score_min: At least so strong.
    """

    rules: tuple[str, ...] | None = None
    camera_id: str | None = None
    run_id: str | None = None
    place_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    overlapping: bool = False
    queued: bool = False
    waits_for: WaitsFor | None = None
    standings: tuple[Standing, ...] | None = None
    unseen_by: int | None = None
    free_for: tuple[int, datetime] | None = None
    assigned_to: int | None = None
    agency: str | None = None
    score_min: float | None = None


class Way(Enum):
    """How a query goes about finding events.

    Which of its indexes a database takes is left to chance where it knows little of what is stored: SQLite knows
    nothing. What cannot help on the way is therefore asked for so that no index serves.
    """

    ANY = auto()
    WALK = auto()
    """In order of time, until there are enough."""
    GATHER = auto()
    """All that match, by what leaves the fewest."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One event's place in the order by time, newest first; of those that began at once, by id."""

    started_at: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """What lies on one side of a mark: what is newer, or what is older."""

    mark: Mark
    is_newer: bool

    def of(self, started_at: SQLColumnExpression[datetime], event_id: SQLColumnExpression[str]) -> ColumnElement[bool]:
        """Return the condition on these columns."""
        place = tuple_(literal(self.mark.started_at, EventRow.started_at.type), literal(self.mark.event_id))
        these = tuple_(started_at, event_id)
        return these > place if self.is_newer else these < place


def matching(wanted: EventFilter, reach: Reach, way: Way = Way.ANY) -> list[ColumnElement[bool]]:
    """Return the conditions on events that are wanted and within reach."""
    of_cameras = wanted.agency is not None or reach.agency is not None
    camera = _plain(EventRow.camera_id) if way is Way.WALK and of_cameras else EventRow.camera_id
    conditions = _queue_conditions(wanted, way, is_narrow=of_cameras or wanted.camera_id is not None)
    if wanted.camera_id is not None:
        conditions.append(EventRow.camera_id == wanted.camera_id)
    if wanted.run_id is not None:
        conditions.append(EventRow.run_id == wanted.run_id)
    if wanted.place_id is not None:
        conditions.append(EventRow.place_id == wanted.place_id)
    if wanted.agency is not None:
        conditions.append(camera.in_(cameras_of(wanted.agency)))
    return [*conditions, *_spans(wanted), *_of_people(wanted), *by_camera(reach, camera)]


def counted(wanted: EventFilter, reach: Reach, *, at_most: int | None) -> Select[int]:
    """Select how many match, at most so many."""
    ids = select(EventRow.event_id).where(*matching(wanted, reach, Way.GATHER)).limit(at_most)
    return select(func.count()).select_from(ids.subquery())


def walked(wanted: EventFilter, reach: Reach, beyond: Beyond | None = None) -> Select[str]:
    """Select the ids that match, newest first, by going through the queue in order of time.

    Quick where one in a hundred matches; where next to none does, all are gone through.
    """
    found = select(EventRow.event_id).where(*matching(wanted, reach, Way.WALK))
    return in_order(found if beyond is None else found.where(beyond.of(EventRow.started_at, EventRow.event_id)))


def gathered(wanted: EventFilter, reach: Reach, beyond: Beyond | None = None) -> Select[str]:
    """Select the ids that match, newest first, by sorting them all: for fewer than `COUNTED_AT_MOST`.

    The limit keeps both databases from going through the queue in order of time all the same.
    """
    found = select(EventRow.event_id, EventRow.started_at).where(*matching(wanted, reach, Way.GATHER))
    few = found.limit(COUNTED_AT_MOST).subquery()
    ids = select(few.c.event_id).order_by(few.c.started_at.desc(), few.c.event_id.desc())
    return ids if beyond is None else ids.where(beyond.of(few.c.started_at, few.c.event_id))


def in_order(query: Select[*_Columns], *, newest_first: bool = True) -> Select[*_Columns]:
    """Order a query of events by start; of those that began at once, by id."""
    return query.order_by(None).order_by(*(_NEWEST_FIRST if newest_first else _OLDEST_FIRST))


def _plain(column: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Return a column's value as no index knows it."""
    return column.concat("")


def _queue_conditions(wanted: EventFilter, way: Way, *, is_narrow: bool) -> list[ColumnElement[bool]]:
    """Return the conditions on rule, standing and score.

    Args:
        is_narrow: The cameras are named: an index of theirs serves best.
    """
    conditions: list[ColumnElement[bool]] = []
    is_in_order = way is not Way.WALK or wanted.waits_for is not None  # the rule's own index goes by that first
    is_looked_up = way is Way.ANY or not (is_narrow or wanted.assigned_to is not None)
    rule, standing = EventRow.asked_rule, EventRow.standing
    if not wanted.queued:
        conditions += [] if wanted.rules is None else [EventRow.rule_id.in_(wanted.rules)]
    elif wanted.rules is not None and set(wanted.rules) != set(FLAG_RULES):
        conditions += [rule.is_not(None), (rule if is_looked_up and is_in_order else _plain(rule)).in_(wanted.rules)]
    else:
        conditions.append(rule.is_not(None))
        if way is Way.GATHER and is_looked_up and wanted.score_min is not None:
            conditions.append(rule.in_(FLAG_RULES))  # always so: the index of scores begins with it
    if wanted.standings is not None:
        conditions.append((standing if is_looked_up else _plain(standing)).in_(wanted.standings))
    elif wanted.waits_for is not None:
        waits_for = EventRow.waits_for if wanted.assigned_to is None else _plain(EventRow.waits_for)
        conditions.append(waits_for == wanted.waits_for)
    elif wanted.queued and way is Way.GATHER:
        conditions.append(EventRow.waits_for.in_(list(WaitsFor)))  # always so: most indexes begin with it
    if wanted.score_min is not None:
        score = EventRow.peak_score if way is Way.GATHER else EventRow.peak_score + 0.0
        conditions.append(score >= wanted.score_min)
    return conditions


def _spans(wanted: EventFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None and wanted.overlapping:
        conditions.append(or_(EventRow.ended_at.is_(None), EventRow.ended_at > wanted.since))
    elif wanted.since is not None:
        conditions.append(EventRow.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(EventRow.started_at < wanted.until)
    return conditions


def _of_people(wanted: EventFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.unseen_by is not None:
        mine = and_(ReviewRow.event_id == EventRow.event_id, ReviewRow.reviewer_id == wanted.unseen_by)
        # a query for one row: of `EXISTS`, PostgreSQL would make a table of all that somebody ever judged
        # what they took back counts: they may know by then what another said
        seen = select(ReviewRow.review_id).where(mine).limit(1).scalar_subquery()
        # only what one inspector has judged can have been judged by this one
        conditions.append(or_(EventRow.standing == Standing.OPEN, seen.is_(None)))
    if wanted.free_for is not None:
        user_id, at = wanted.free_for
        theirs = and_(ClaimRow.event_id == EventRow.event_id, ClaimRow.user_id != user_id, ClaimRow.until > at)
        conditions.append(not_(exists().where(theirs)))
    if wanted.assigned_to is not None:
        given = select(AssignmentRow.event_id).where(AssignmentRow.user_id == wanted.assigned_to)
        conditions.append(EventRow.event_id.in_(given))
    return conditions
