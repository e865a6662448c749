"""Tokens of programs: made and revoked by people, never by programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from service.api.account_changes import note_account
from service.api.auth import Work, rights_held
from service.api.problems import N_, Forbidden, Invalid, Missing
from service.db.account_tokens import TokenRecord
from service.db.records import SessionRecord
from service.evidence.journal import Fact
from service.rights import Right

DAYS_MAX = 366
DAYS_CHOICES = (30, 90, 180, 365)
NAME_MAX_CHARS = 100
TOKENS_MAX = 20
"""Of one account, at a time."""


class TokenState(StrEnum):
    """Whether a token works."""

    GOOD = "good"
    EXPIRED = "expired"
    REVOKED = "revoked"


def token_state(token: TokenRecord, at: datetime) -> TokenState:
    """Return whether a token works."""
    if token.revoked_at is not None:
        return TokenState.REVOKED
    return TokenState.GOOD if token.expires_at > at else TokenState.EXPIRED


def days_left(token: TokenRecord, at: datetime) -> int:
    """Return how many whole days a token is still good for, at least 0."""
    return max(0, (token.expires_at - at).days)


def faults_of_token(name: str, scopes: Sequence[str], days: int, held: frozenset[Right]) -> tuple[str, ...]:
    """Return what does not fit, a sentence each (catalogue messages)."""
    faults = []
    if not 0 < len(name.strip()) <= NAME_MAX_CHARS:
        faults.append(N_("Name the token, so that you know later what it is for."))
    if not scopes:
        faults.append(N_("Choose at least one thing that the program may do."))
    if not set(scopes) <= held:
        faults.append(N_("A token may do nothing that you may not do yourself."))
    if not 0 < days <= DAYS_MAX:
        faults.append(N_("A token is good for at most a year."))
    return tuple(faults)


def make_token(
    work: Work, session: SessionRecord, name: str, *, scopes: Sequence[str], days: int
) -> tuple[TokenRecord, str]:
    """Make a token; returns it and its secret, which is shown this once.

    Raises:
        Forbidden: A program asks.
        Invalid: Name, scopes or days do not fit, or there are too many tokens.
    """
    if session.scopes is not None:
        raise Forbidden
    user, at = session.user, work.now()
    faults = faults_of_token(name, scopes, days, rights_held(session))
    if sum(token_state(token, at) is TokenState.GOOD for token in work.accounts.tokens_of(user.user_id)) >= TOKENS_MAX:
        faults += (N_("You have twenty tokens: revoke one that you no longer need."),)
    if faults:
        raise Invalid(faults)
    wanted = sorted(set(scopes))
    made = work.accounts.make_token(
        user.user_id, name.strip(), scopes=wanted, at=at, expires_at=at + timedelta(days=days)
    )
    told: list[Fact] = [str(scope) for scope in wanted]
    note_account(work, session, user.user_id, "token_made", token=made[0].token_id, scopes=told, days=days)
    return made


def revoke_token(work: Work, session: SessionRecord, token_id: int) -> None:
    """End one of one's own tokens, at once. Raises `Forbidden`, `Missing`."""
    if session.scopes is not None:
        raise Forbidden
    if not work.accounts.revoke_token(session.user.user_id, token_id, work.now()):
        raise Missing
    note_account(work, session, session.user.user_id, "token_revoked", token=token_id)
