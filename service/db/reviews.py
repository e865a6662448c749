"""Verdicts, who has which flag before them, and the filters that somebody kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.db.account_tables import UserRow
from service.db.hearing_tables import CaseRow
from service.db.records import Part, Queue, ReviewRecord, Role, Standing, Verdict, WaitsFor
from service.db.review_tables import AssignmentRow, ClaimRow, SavedFilterRow
from service.db.tables import EventRow, ReviewRow
from service.errors import NotFound, Refused
from service.hearing.stages import Stage
from service.review.standing import Look, standing_of, waits_for

FILTERS_MAX = 30


@dataclass(frozen=True, slots=True)
class NewReview:
    """A verdict as it is given; see `ReviewRecord`."""

    reviewer_id: int
    verdict: Verdict
    reason: str
    note: str
    at: datetime
    request_id: str
    part: Part = Part.LOOK


@dataclass(frozen=True, slots=True)
class Claim:
    """Who is looking at a flag, since when and until when."""

    event_id: str
    user_id: int
    user_name: str
    claimed_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """Filters under a name.

    Attributes:
        query: As an address holds them, without its question mark.
    """

    filter_id: int
    name: str
    query: str


class ReviewRepository:
    """Verdicts, claims and filters within one transaction. Whether somebody may see a flag is asked elsewhere."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def hold(self, event_id: str) -> None:
        """Keep others from judging a flag until this transaction ends: two that judge at once come one by one.

        Raises:
            NotFound: There is no such event.
        """
        found = self._session.execute(
            update(EventRow).where(EventRow.event_id == event_id).values(standing=EventRow.standing)
        )
        if found.rowcount == 0:  # type: ignore[attr-defined]
            raise NotFound(f"no event {event_id}")

    def add(self, event_id: str, wanted: NewReview) -> Standing:
        """Append a verdict and return what all come to. The same request of the same reviewer changes nothing."""
        claim = self._session.get(ClaimRow, event_id)
        is_mine = claim is not None and claim.user_id == wanted.reviewer_id
        spent = (wanted.at - claim.claimed_at).total_seconds() if claim is not None and is_mine else None
        try:
            with self._session.begin_nested():
                self._session.add(
                    ReviewRow(
                        event_id=event_id,
                        reviewer_id=wanted.reviewer_id,
                        verdict=wanted.verdict,
                        reason=wanted.reason,
                        note=wanted.note,
                        at=wanted.at,
                        request_id=wanted.request_id,
                        part=wanted.part,
                        spent_s=None if spent is None else max(spent, 0.0),
                    )
                )
        except IntegrityError:
            return self._settle(event_id)  # sent twice: a retry after a lost answer
        if claim is not None and is_mine:
            self._session.delete(claim)
        return self._settle(event_id)

    def withdraw(self, event_id: str, reviewer_id: int, at: datetime) -> tuple[ReviewRecord, Standing]:
        """Take back a reviewer's latest verdict. Raises `NotFound` where there is none."""
        mine = [one for one in self.of(event_id) if one.reviewer_id == reviewer_id and one.withdrawn_at is None]
        if not mine:
            raise NotFound(f"user {reviewer_id} has given no verdict on {event_id}")
        self._session.execute(
            update(ReviewRow).where(ReviewRow.review_id == mine[-1].review_id).values(withdrawn_at=at)
        )
        return mine[-1], self._settle(event_id)

    def _settle(self, event_id: str) -> Standing:
        standing = standing_of(self.looks_of(event_id))
        self._session.execute(
            update(EventRow)
            .where(EventRow.event_id == event_id)
            .values(standing=standing, waits_for=waits_for(standing)),
            execution_options={"synchronize_session": "fetch"},
        )
        return standing

    def of(self, event_id: str) -> list[ReviewRecord]:
        """Return every verdict on one event, oldest first, those that were taken back among them."""
        found = self._session.execute(_reviews().where(ReviewRow.event_id == event_id))
        return [_review(row, name) for row, name in found]

    def looks_of(self, event_id: str) -> list[Look]:
        """Return the verdicts as `service.review.standing` takes them."""
        return [
            Look(one.reviewer_id, one.verdict, one.part, one.at, one.withdrawn_at is not None)
            for one in self.of(event_id)
        ]

    def of_request(self, reviewer_id: int, request_id: str) -> ReviewRecord | None:
        """Return the verdict that a reviewer gave with one request, if it arrived."""
        mine = and_(ReviewRow.reviewer_id == reviewer_id, ReviewRow.request_id == request_id)
        found = self._session.execute(_reviews().where(mine)).one_or_none()
        return None if found is None else _review(found[0], found[1])

    def decided_of(self, camera_id: str, rule_id: str) -> dict[Standing, int]:
        """Return how many flags of a rule on a camera were decided to be what; random checks are no flags."""
        query = (
            select(EventRow.standing, func.count())
            .where(
                EventRow.camera_id == camera_id,
                EventRow.waits_for == WaitsFor.NOBODY,
                EventRow.asked_rule == rule_id,
                EventRow.queue == Queue.FLAG,
            )
            .group_by(EventRow.standing)
        )
        return {Standing(standing): count for standing, count in self._session.execute(query)}

    def is_heard(self, event_id: str) -> bool:
        """Tell whether a hearing about the event was opened: from then on no verdict changes."""
        stands = select(CaseRow.case_id).where(CaseRow.event_id == event_id, CaseRow.stage != Stage.WITHDRAWN)
        return self._session.scalar(stands.limit(1)) is not None

    def claim(self, event_id: str, user_id: int, *, at: datetime, lasts: timedelta) -> Claim:
        """Take a flag before oneself, or hold it longer. Where somebody else has it, return theirs."""
        insert = (sqlite if self._session.get_bind().dialect.name == "sqlite" else postgresql).insert
        wanted = insert(ClaimRow).values(event_id=event_id, user_id=user_id, claimed_at=at, until=at + lasts)
        taken = wanted.on_conflict_do_update(
            index_elements=[ClaimRow.event_id],
            set_={"user_id": user_id, "claimed_at": at, "until": at + lasts},
            where=ClaimRow.until <= at,
        )
        self._session.execute(taken)
        self._session.execute(
            update(ClaimRow).where(ClaimRow.event_id == event_id, ClaimRow.user_id == user_id).values(until=at + lasts),
            execution_options={"synchronize_session": False},
        )
        query = select(ClaimRow, UserRow.display_name).join(UserRow, UserRow.user_id == ClaimRow.user_id)
        row, name = self._session.execute(query.where(ClaimRow.event_id == event_id)).one()
        self._session.refresh(row)
        return Claim(row.event_id, row.user_id, name, row.claimed_at, row.until)

    def release(self, event_id: str, user_id: int) -> None:
        """Give a flag back."""
        self._session.execute(delete(ClaimRow).where(ClaimRow.event_id == event_id, ClaimRow.user_id == user_id))

    def claims_on(self, event_ids: Iterable[str], at: datetime) -> dict[str, Claim]:
        """Return who is looking at which of some events."""
        query = (
            select(ClaimRow, UserRow.display_name)
            .join(UserRow, UserRow.user_id == ClaimRow.user_id)
            .where(ClaimRow.event_id.in_(list(event_ids)), ClaimRow.until > at)
        )
        return {
            row.event_id: Claim(row.event_id, row.user_id, name, row.claimed_at, row.until)
            for row, name in self._session.execute(query)
        }

    def assign(self, event_id: str, user_id: int | None, *, by: int, at: datetime) -> None:
        """Give a flag to an inspector; None takes it back."""
        self._session.execute(delete(AssignmentRow).where(AssignmentRow.event_id == event_id))
        if user_id is not None:
            self._session.add(AssignmentRow(event_id=event_id, user_id=user_id, assigned_by=by, at=at))
            self._session.flush()

    def assigned(self, event_ids: Iterable[str]) -> dict[str, int]:
        """Return to whom some events were given."""
        query = select(AssignmentRow.event_id, AssignmentRow.user_id).where(AssignmentRow.event_id.in_(list(event_ids)))
        return {row.event_id: row.user_id for row in self._session.execute(query)}

    def who_may(self, roles: Iterable[Role], agency: str | None = None, *, but: Sequence[str] = ()) -> dict[int, str]:
        """Return the names of those of some roles who are in service: of one agency and of all agencies.

        Args:
            but: Officers who are left out, whatever account they have.
        """
        query = select(UserRow.user_id, UserRow.display_name).where(
            UserRow.role.in_(list(roles)), UserRow.disabled_at.is_(None)
        )
        if agency is not None:
            query = query.where(UserRow.agency.in_(("", agency)))
        if but:
            query = query.where(or_(UserRow.officer_id.is_(None), UserRow.officer_id.not_in(but)))
        return {row.user_id: row.display_name for row in self._session.execute(query.order_by(UserRow.display_name))}

    def keep_filter(self, user_id: int, name: str, query: str, at: datetime) -> SavedFilter:
        """Store filters under a name; one of that name is replaced. Raises `Refused` where there are too many."""
        row = self._session.scalar(
            select(SavedFilterRow).where(SavedFilterRow.user_id == user_id, SavedFilterRow.name == name)
        )
        if row is None:
            if len(self.filters_of(user_id)) >= FILTERS_MAX:
                raise Refused(f"there are {FILTERS_MAX} kept filters already; delete one first")
            row = SavedFilterRow(user_id=user_id, name=name, query=query, created_at=at)
            self._session.add(row)
        row.query = query
        self._session.flush()
        return SavedFilter(row.filter_id, row.name, row.query)

    def filters_of(self, user_id: int) -> list[SavedFilter]:
        """Return somebody's kept filters by name."""
        query = select(SavedFilterRow).where(SavedFilterRow.user_id == user_id).order_by(SavedFilterRow.name)
        return [SavedFilter(row.filter_id, row.name, row.query) for row in self._session.scalars(query)]

    def drop_filter(self, user_id: int, filter_id: int) -> None:
        """Forget kept filters. Raises `NotFound` where they are not this user's."""
        mine = and_(SavedFilterRow.user_id == user_id, SavedFilterRow.filter_id == filter_id)
        row = self._session.scalar(select(SavedFilterRow).where(mine))
        if row is None:
            raise NotFound(f"user {user_id} has no filter {filter_id}")
        self._session.delete(row)

    def of_one_track(self, event_id: str, *, limit: int = 50) -> list[str]:
        """Return the other undecided flags of the same rule on the same track, oldest first."""
        row = self._session.get(EventRow, event_id)
        if row is None or row.track_number is None or row.asked_rule is None:
            return []
        same = and_(
            EventRow.camera_id == row.camera_id,
            EventRow.run_id == row.run_id,
            EventRow.track_number == row.track_number,
            EventRow.asked_rule == row.asked_rule,
            EventRow.queue == row.queue,
            EventRow.event_id != event_id,
            or_(EventRow.standing == Standing.OPEN, EventRow.standing == Standing.SECOND),
        )
        return list(
            self._session.scalars(select(EventRow.event_id).where(same).order_by(EventRow.started_at).limit(limit))
        )


def _reviews() -> Select[*tuple[Any, ...]]:
    return (
        select(ReviewRow, UserRow.display_name)
        .join(UserRow, UserRow.user_id == ReviewRow.reviewer_id)
        .order_by(ReviewRow.review_id)
    )


def _review(row: ReviewRow, name: str) -> ReviewRecord:
    return ReviewRecord(
        row.event_id,
        row.reviewer_id,
        name,
        Verdict(row.verdict),
        row.reason,
        row.note,
        row.at,
        Part(row.part),
        row.spent_s,
        row.withdrawn_at,
        row.review_id,
    )
