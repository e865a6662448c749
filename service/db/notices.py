"""Who wants to be told of what, and the messages that wait to be sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.db.account_tables import UserRow
from service.db.notice_tables import NoticeRow, SubscriptionRow
from service.db.records import Role
from service.errors import NotFound


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where somebody is told of what happens.

    Attributes:
        address: Sealed; see `service.notices.sealing`. shown: what its owner sees of it.
        quiet_from, quiet_to: Local times ``HH:MM``; empty for none.
    """

    subscription_id: int
    user_id: int
    address: str
    shown: str
    kinds: tuple[str, ...]
    quiet_from: str
    quiet_to: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Listener:
    """A subscription, and what its owner may know now."""

    subscription: Subscription
    role: Role
    agency: str
    unit: str
    officer_id: str | None
    language: str


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A message to send. The same kind about the same subject is stored once for one subscription."""

    kind: str
    subject_key: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A message that may be tried now.

    Attributes:
        first_due_at: When it might have been sent at first.
        attempts: How often it was tried in vain.
    """

    notice_id: int
    subscription_id: int
    kind: str
    title: str
    body: str
    first_due_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class LastTry:
    """How it went the last time that something was sent to a subscription.

    Attributes:
        sent_at: When a message was taken last.
        fault: Why the newest one that is not sent yet was not taken; empty where it was not tried.
        is_waiting: Whether any message waits.
    """

    sent_at: datetime | None
    fault: str
    is_waiting: bool


class NoticeRepository:
    """Subscriptions and messages within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def subscribe(
        self,
        user_id: int,
        *,
        address: str,
        shown: str,
        kinds: Sequence[str],
        quiet: tuple[str, str],
        at: datetime,
    ) -> Subscription:
        """Store a subscription."""
        row = SubscriptionRow(
            user_id=user_id,
            address=address,
            shown=shown,
            kinds=list(kinds),
            quiet_from=quiet[0],
            quiet_to=quiet[1],
            created_at=at,
        )
        self._session.add(row)
        self._session.flush()
        return _subscription(row)

    def of_user(self, user_id: int) -> list[Subscription]:
        """Return somebody's own, oldest first."""
        query = select(SubscriptionRow).where(SubscriptionRow.user_id == user_id)
        return [_subscription(row) for row in self._session.scalars(query.order_by(SubscriptionRow.subscription_id))]

    def own(self, user_id: int, subscription_id: int) -> Subscription:
        """Return one of somebody's own; raises `NotFound`."""
        found = next((each for each in self.of_user(user_id) if each.subscription_id == subscription_id), None)
        if found is None:
            raise NotFound(f"no subscription {subscription_id}")
        return found

    def unsubscribe(self, user_id: int, subscription_id: int) -> None:
        """Remove one of somebody's own, with what waits for it; raises `NotFound`."""
        self.own(user_id, subscription_id)
        self._session.execute(delete(NoticeRow).where(NoticeRow.subscription_id == subscription_id))
        self._session.execute(delete(SubscriptionRow).where(SubscriptionRow.subscription_id == subscription_id))

    def listeners(self) -> list[Listener]:
        """Return every subscription whose owner is not locked out."""
        query = select(SubscriptionRow, UserRow).join(UserRow, UserRow.user_id == SubscriptionRow.user_id)
        query = query.where(UserRow.disabled_at.is_(None)).order_by(SubscriptionRow.subscription_id)
        return [_listener(row, user) for row, user in self._session.execute(query)]

    def listener(self, subscription_id: int) -> Listener | None:
        """Return one subscription; None where it is gone or its owner is locked out."""
        return next((each for each in self.listeners() if each.subscription.subscription_id == subscription_id), None)

    def known(self, subscription_id: int, keys: Collection[str]) -> set[tuple[str, str]]:
        """Return which of these subjects were told, each with the kind that it was told as."""
        query = select(NoticeRow.kind, NoticeRow.subject_key).where(
            NoticeRow.subscription_id == subscription_id, NoticeRow.subject_key.in_(keys)
        )
        return {(kind, key) for kind, key in self._session.execute(query)}

    def add(self, subscription_id: int, notice: NewNotice, *, at: datetime, due_at: datetime) -> bool:
        """Store a message; False, and nothing stored, where the same was told before, by whomever."""
        row = NoticeRow(
            subscription_id=subscription_id,
            kind=notice.kind,
            subject_key=notice.subject_key,
            title=notice.title,
            body=notice.body,
            made_at=at,
            due_at=due_at,
            first_due_at=due_at,
            sent_at=None,
            given_up_at=None,
            attempts=0,
            last_error="",
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return False
        return True

    def take_due(self, at: datetime, *, lease: timedelta) -> list[DueNotice]:
        """Take all messages to one subscription that may be tried now, oldest first; empty where none is due.

        They are due again after the lease: whoever else sends leaves them alone, and if we die they are not lost.
        """
        unsent = (NoticeRow.sent_at.is_(None), NoticeRow.given_up_at.is_(None), NoticeRow.due_at <= at)
        wanted = select(NoticeRow.subscription_id).where(*unsent).order_by(NoticeRow.due_at, NoticeRow.notice_id)
        subscription_id = self._session.scalar(wanted.limit(1))
        if subscription_id is None:
            return []
        # of two that take at once, the second waits for the first and finds nothing due any more
        taken = self._session.scalars(
            update(NoticeRow)
            .where(NoticeRow.subscription_id == subscription_id, *unsent)
            .values(due_at=at + lease)
            .returning(NoticeRow),
            execution_options={"synchronize_session": False},
        )
        return [_due(row) for row in sorted(taken, key=lambda row: row.notice_id)]

    def note_sent(self, notice_ids: Collection[int], at: datetime) -> None:
        """Note that messages were taken."""
        self._session.execute(update(NoticeRow).where(NoticeRow.notice_id.in_(notice_ids)).values(sent_at=at))

    def note_failed(self, notice_id: int, fault: str, *, next_at: datetime | None, at: datetime) -> None:
        """Note that a message was not taken; without ``next_at`` it is given up."""
        row = self._session.get_one(NoticeRow, notice_id)
        row.attempts += 1
        row.last_error = fault
        if next_at is None:
            row.given_up_at = at
        else:
            row.due_at = next_at

    def last_tries(self, subscription_ids: Collection[int]) -> dict[int, LastTry]:
        """Return how it went the last time, by subscription; those to which nothing was to be sent are left out."""
        newest = (
            select(func.max(NoticeRow.notice_id))
            .where(NoticeRow.subscription_id.in_(subscription_ids))
            .group_by(NoticeRow.subscription_id)
        )
        last = select(NoticeRow.subscription_id, func.max(NoticeRow.sent_at)).group_by(NoticeRow.subscription_id)
        found = self._session.execute(last.where(NoticeRow.subscription_id.in_(subscription_ids)))
        sent = {subscription_id: at for subscription_id, at in found}  # noqa: C416  # rows are no pairs
        rows = self._session.scalars(select(NoticeRow).where(NoticeRow.notice_id.in_(newest)))
        return {
            row.subscription_id: LastTry(
                sent[row.subscription_id],
                "" if row.sent_at else row.last_error,
                is_waiting=row.sent_at is None and row.given_up_at is None,
            )
            for row in rows
        }

    def forget(self, before: datetime) -> int:
        """Delete messages that were sent or given up before a time, and are not told again; return how many."""
        over = func.coalesce(NoticeRow.sent_at, NoticeRow.given_up_at) < before
        return len(self._session.scalars(delete(NoticeRow).where(over).returning(NoticeRow.notice_id)).all())


def _subscription(row: SubscriptionRow) -> Subscription:
    return Subscription(
        row.subscription_id,
        row.user_id,
        row.address,
        row.shown,
        tuple(row.kinds),
        row.quiet_from,
        row.quiet_to,
        row.created_at,
    )


def _listener(row: SubscriptionRow, user: UserRow) -> Listener:
    return Listener(_subscription(row), Role(user.role), user.agency, user.unit, user.officer_id, user.language)


def _due(row: NoticeRow) -> DueNotice:
    return DueNotice(row.notice_id, row.subscription_id, row.kind, row.title, row.body, row.first_due_at, row.attempts)
