"""Where somebody wants to be told of what happens: their own affair, and never shown whole again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field, SecretStr

from service.api.auth import Work, WorkNow, needs, require_csrf_header, rights_held
from service.api.notice_problems import (
    AddressesFull,
    AddressNotFound,
    AddressNotPublic,
    AddressNotRead,
    AddressPartClosed,
    MailNotSet,
    NothingChosen,
    NotificationsOff,
    QuietUnfit,
    WayClosed,
)
from service.api.problems import Problem
from service.api.refusals import refuses
from service.api.schemas import RowId, Shape
from service.db.notices import LastTry, NewNotice, Subscription
from service.db.records import SessionRecord
from service.errors import AddressRefused
from service.evidence.journal import Fact, RowKind
from service.notices.addresses import (
    LONGEST_LETTERS,
    AddressBook,
    AddressUnreadable,
    HostPrivate,
    HostUnknown,
    MailUnset,
    ParameterClosed,
    SchemaClosed,
    check_address,
    shown_address,
)
from service.notices.kinds import RIGHT_FOR, Kind, key_of, kinds_for
from service.notices.quiet import quiet_hours
from service.notices.telling import Telling
from service.web.notice_words import NoticeWords

router = APIRouter(tags=["notifications"], dependencies=[Depends(needs(*set(RIGHT_FOR.values())))])
Subscriber = Annotated[SessionRecord, Depends(needs(*set(RIGHT_FOR.values())))]
Changer = Annotated[SessionRecord, Depends(require_csrf_header)]
AT_MOST = 10
_REFUSALS: dict[type[AddressRefused], type[Problem]] = {
    AddressUnreadable: AddressNotRead,
    SchemaClosed: WayClosed,
    ParameterClosed: AddressPartClosed,
    HostPrivate: AddressNotPublic,
    HostUnknown: AddressNotFound,
    MailUnset: MailNotSet,
}
REFUSED: tuple[type[Problem], ...] = (
    *_REFUSALS.values(),
    NothingChosen,
    QuietUnfit,
    AddressesFull,
    NotificationsOff,
)


class SubscriptionRequest(Shape):
    """Where to tell, and of what."""

    address: SecretStr = Field(min_length=3, max_length=LONGEST_LETTERS, description="An e-mail address, or Apprise's.")
    kinds: list[Kind] = Field(min_length=1, max_length=len(Kind))
    quiet_from: str = Field(default="", max_length=5, description="Local time `HH:MM`; empty for no quiet hours.")
    quiet_to: str = Field(default="", max_length=5)


class SubscriptionShape(Shape):
    """A subscription; of its address only as much as its owner needs to know it again."""

    subscription_id: int
    shown: str
    kinds: list[Kind]
    quiet_from: str
    quiet_to: str
    created_at: datetime
    sent_at: datetime | None
    fault: str
    is_waiting: bool

    @classmethod
    def of(cls, kept: Subscribed) -> SubscriptionShape:
        """Make it from what was stored."""
        one, tried = kept.subscription, kept.tried
        return cls(
            subscription_id=one.subscription_id,
            shown=one.shown,
            kinds=[Kind(kind) for kind in one.kinds],
            quiet_from=one.quiet_from,
            quiet_to=one.quiet_to,
            created_at=one.created_at,
            sent_at=tried.sent_at,
            fault=tried.fault,
            is_waiting=tried.is_waiting,
        )


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription and how it went the last time."""

    subscription: Subscription
    tried: LastTry


@router.get("/subscriptions")
def list_subscriptions(work: WorkNow, session: Subscriber) -> list[SubscriptionShape]:
    """List one's own subscriptions, oldest first."""
    return [SubscriptionShape.of(kept) for kept in subscriptions_of(work, session)]


@router.post("/subscriptions", status_code=201, responses=refuses(*REFUSED))
def add_subscription(wanted: SubscriptionRequest, work: WorkNow, session: Changer) -> SubscriptionShape:
    """Add an address. It is sealed, and never shown whole again."""
    quiet = (wanted.quiet_from, wanted.quiet_to)
    stored = subscribe(work, session, wanted.address.get_secret_value(), kinds=wanted.kinds, quiet=quiet)
    return SubscriptionShape.of(Subscribed(stored, LastTry(None, "", is_waiting=False)))


@router.post("/subscriptions/{subscription_id}/test", status_code=202)
def test_subscription(subscription_id: RowId, work: WorkNow, session: Changer) -> SubscriptionShape:
    """Send a test message, at most one a minute; how it went is seen in the list some seconds later."""
    send_test(work, session, subscription_id)
    kept = next(
        each for each in subscriptions_of(work, session) if each.subscription.subscription_id == subscription_id
    )
    return SubscriptionShape.of(kept)


@router.delete("/subscriptions/{subscription_id}", status_code=204)
def remove_subscription(subscription_id: RowId, work: WorkNow, session: Changer) -> None:
    """Remove one's own address, with what waits for it."""
    unsubscribe(work, session, subscription_id)


def subscriptions_of(work: Work, session: SessionRecord) -> list[Subscribed]:
    """Return somebody's own subscriptions, oldest first, and how it went with each."""
    own = work.notices.of_user(session.user.user_id)
    tries = work.notices.last_tries([each.subscription_id for each in own])
    never = LastTry(None, "", is_waiting=False)
    return [Subscribed(each, tries.get(each.subscription_id, never)) for each in own]


def subscribe(
    work: Work, session: SessionRecord, address: str, *, kinds: Sequence[str], quiet: tuple[str, str]
) -> Subscription:
    """Store where somebody is told of what; raises the problems in `REFUSED`."""
    address, book = address.strip(), book_of(work)
    allowed = kinds_for(rights_held(session))
    chosen = tuple(kind for kind in allowed if kind in set(kinds))
    if not chosen or len(chosen) != len(set(kinds)):
        raise NothingChosen
    try:
        quiet_hours(*quiet)
    except ValueError:
        raise QuietUnfit from None
    if len(work.notices.of_user(session.user.user_id)) >= AT_MOST:
        raise AddressesFull
    try:
        check_address(address, book.rules)
    except AddressRefused as error:
        raise _REFUSALS[type(error)]() from None
    stored = work.notices.subscribe(
        session.user.user_id,
        address=book.seal.seal(address),
        shown=shown_address(address),
        kinds=chosen,
        quiet=quiet,
        at=work.now(),
    )
    _note(work, session, stored, "subscribed")
    return stored


def unsubscribe(work: Work, session: SessionRecord, subscription_id: int) -> None:
    """Remove one's own; raises `NotFound`."""
    own = work.notices.own(session.user.user_id, subscription_id)
    work.notices.unsubscribe(session.user.user_id, subscription_id)
    _note(work, session, own, "unsubscribed")


def send_test(work: Work, session: SessionRecord, subscription_id: int) -> None:
    """Store a test message to one's own, once a minute; raises `NotFound`."""
    own = work.notices.own(session.user.user_id, subscription_id)
    now = work.now()
    words = NoticeWords(work.context.public_url, waiting_hours=0)
    minute = key_of(now.strftime("%Y-%m-%dT%H:%M"))
    title, body = words.say(Telling(Kind.TEST, minute, "", 1), session.user.language)
    work.notices.add(own.subscription_id, NewNotice(Kind.TEST, minute, title, body), at=now, due_at=now)


def book_of(work: Work) -> AddressBook:
    """Return what takes in addresses; raises `NotificationsOff`."""
    if work.context.addresses is None:
        raise NotificationsOff
    return work.context.addresses


def _note(work: Work, session: SessionRecord, one: Subscription, change: str) -> None:
    kinds: list[Fact] = list(one.kinds)
    facts: dict[str, Fact] = {"user": session.user.user_id, "change": change, "subscription": one.subscription_id}
    work.note(RowKind.ACCOUNT_CHANGED, {**facts, "kinds": kinds})
