"""Verdicts counted for the figures: what they say, how long they took, what two said of the same flag."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from service.db.counted_events import ASKED_RULE, Conditions
from service.db.records import Part, Standing, Verdict
from service.db.tables import EventRow, ReviewRow
from service.db.visits import epoch_us
from service.statistics.rows import LengthCount, LookCount, PairCount, VerdictCount

_MINUTE_US = 60_000_000
_IS_SHOWN = EventRow.standing.not_in((Standing.OPEN, Standing.SECOND))
"""Verdicts on a flag that waits for a look are counted nowhere: whoever gives it must not know of another."""
_IS_DECIDED = EventRow.standing.in_((Standing.BREACH, Standing.NO_BREACH, Standing.CANNOT_TELL))


class VerdictCounts:
    """Counts of the verdicts on some events, within one transaction."""

    def __init__(self, session: Session, events: Conditions) -> None:
        self._session = session
        self._events = events

    def verdicts(self) -> list[VerdictCount]:
        """Count verdicts, those that were taken back among them."""
        # a column without parameters: PostgreSQL takes two parameters for two things and would not group by them
        kinds = (ReviewRow.part, ReviewRow.verdict, ReviewRow.withdrawn_at.is_not(None))
        query = self._reviewed(select(*kinds, func.count())).group_by(*kinds)
        return [
            VerdictCount(Part(part), Verdict(verdict), bool(withdrawn), count)
            for part, verdict, withdrawn, count in self._session.execute(query)
        ]

    def _reviewed(self, query: Select[*tuple[Any, ...]]) -> Select[Any]:
        joined = query.select_from(EventRow).join(ReviewRow, ReviewRow.event_id == EventRow.event_id)
        return joined.where(*self._events, _IS_SHOWN)

    def waits_for_first(self) -> list[LengthCount]:
        """Count flags by the whole minutes from their beginning to the first verdict that stands."""
        return self._waits(func.min(ReviewRow.at), _IS_SHOWN)

    def waits_for_decision(self) -> list[LengthCount]:
        """Count decided flags by the whole minutes from their beginning to the last verdict that stands."""
        return self._waits(func.max(ReviewRow.at), _IS_DECIDED)

    def _waits(self, verdict: ColumnElement[Any], which: ColumnElement[bool]) -> list[LengthCount]:
        query = self._reviewed(select(EventRow.started_at.label("began"), verdict.label("told")))
        query = query.where(ReviewRow.withdrawn_at.is_(None), which)
        each = query.group_by(EventRow.event_id, EventRow.started_at).subquery()
        minutes = ((epoch_us(each.c.told) - epoch_us(each.c.began)) // _MINUTE_US).label("minutes")
        taken = select(minutes).subquery().c.minutes
        found = self._session.execute(select(taken, func.count()).group_by(taken))
        return [LengthCount(max(0, minute) * 60, count) for minute, count in found]

    def looking(self) -> list[LengthCount]:
        """Count verdicts by the seconds that their flag was shown for, where that is known."""
        seconds = func.round(ReviewRow.spent_s)
        query = self._reviewed(select(seconds, func.count())).where(ReviewRow.spent_s.is_not(None))
        return [LengthCount(int(s), count) for s, count in self._session.execute(query.group_by(seconds))]

    def pairs(self) -> list[PairCount]:
        """Count what the first two to look at a flag say of it now, in the order in which they came."""
        turns = self._turns().subquery()
        said = [func.max(case((turns.c.turn == turn, ReviewRow.verdict))).label(f"said_{turn}") for turn in (1, 2)]
        each = select(*said).select_from(turns).join(ReviewRow, ReviewRow.review_id == turns.c.last_id)
        pairs = each.where(turns.c.turn <= 2).group_by(turns.c.event_id).subquery()
        query = select(pairs.c.said_1, pairs.c.said_2, func.count()).where(pairs.c.said_2.is_not(None))
        found = self._session.execute(query.group_by(pairs.c.said_1, pairs.c.said_2))
        return [PairCount(Verdict(first), Verdict(second), count) for first, second, count in found]

    def _turns(self) -> Select[Any]:
        """Select the verdict that counts of each who looked at a flag, and who came first, second and so on."""
        people = self._people().subquery()
        turn = func.row_number().over(partition_by=people.c.event_id, order_by=people.c.first_id)
        return select(people.c.event_id, people.c.last_id, turn.label("turn"))

    def _people(self) -> Select[Any]:
        """Select who looked at which flag: the first verdict that stands tells the turn, the last one counts."""
        first, last = func.min(ReviewRow.review_id), func.max(ReviewRow.review_id)
        who = (EventRow.event_id, ReviewRow.reviewer_id)
        query = self._reviewed(select(*who, first.label("first_id"), last.label("last_id")))
        return query.where(ReviewRow.withdrawn_at.is_(None), ReviewRow.part == Part.LOOK).group_by(*who)

    def first_looks(self) -> list[LookCount]:
        """Count the first looks of each inspector by rule and desk; where nobody could tell, nothing is counted."""
        turns = self._turns().subquery()
        kinds = (ReviewRow.reviewer_id, ASKED_RULE, EventRow.camera_id, EventRow.place_id)
        breaches = func.sum(case((ReviewRow.verdict == Verdict.BREACH, 1), else_=0))
        query = (
            select(*kinds, func.count(), breaches)
            .select_from(turns)
            .join(ReviewRow, ReviewRow.review_id == turns.c.last_id)
            .join(EventRow, EventRow.event_id == turns.c.event_id)
            .where(turns.c.turn == 1, ReviewRow.verdict != Verdict.CANNOT_TELL)
            .group_by(*kinds)
        )
        return [LookCount(*row) for row in self._session.execute(query)]
