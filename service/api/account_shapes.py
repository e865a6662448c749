"""The shapes of accounts, sessions and tokens in the JSON API."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from service.api.account_rules import Account
from service.api.schemas import Shape
from service.api.tokens import DAYS_MAX, NAME_MAX_CHARS, TokenState, token_state
from service.db.account_tokens import TokenRecord
from service.db.records import Role, SessionRecord, UserRecord
from service.rights import Right


class UserShape(Shape):
    """An account."""

    user_id: int
    login: str
    display_name: str
    role: Role
    agency: str = Field(description="Whose affairs they see; empty for all agencies.")
    unit: str = Field(description="The unit that a head of unit leads.")
    officer_id: str | None = Field(description="Whose record an officer reads.")
    email: str
    has_second_factor: bool
    is_locked_out: bool
    created_at: datetime | None

    @classmethod
    def of(cls, user: UserRecord) -> UserShape:
        """Make it from a record; nothing of what they sign in with is told."""
        return cls(
            user_id=user.user_id,
            login=user.login,
            display_name=user.display_name,
            role=user.role,
            agency=user.agency,
            unit=user.unit,
            officer_id=user.officer_id,
            email=user.email,
            has_second_factor=user.has_totp,
            is_locked_out=user.disabled_at is not None,
            created_at=user.created_at,
        )


class UserPage(Shape):
    """Accounts that were looked for."""

    items: list[UserShape]
    total: int


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class NewUser(_Request):
    """An account to make. It has no password: make a one-time link for its owner."""

    login: str = Field(max_length=100)
    display_name: str = Field(min_length=1, max_length=200)
    role: Role
    agency: str = Field(default="", max_length=200)
    unit: str = Field(default="", max_length=200)
    officer_id: str | None = Field(default=None, max_length=64)
    email: str = Field(default="", max_length=254)

    @property
    def account(self) -> Account:
        """What is said of the account."""
        return Account(self.display_name, self.role, self.agency, self.unit, self.officer_id or None, self.email)


class UserChange(_Request):
    """What is to be changed of an account; what is left out stays."""

    display_name: str | None = Field(default=None, min_length=1, max_length=200)
    role: Role | None = None
    agency: str | None = Field(default=None, max_length=200)
    unit: str | None = Field(default=None, max_length=200)
    officer_id: str | None = Field(default=None, max_length=64, description="Empty for none.")
    email: str | None = Field(default=None, max_length=254)
    is_locked_out: bool | None = Field(
        default=None, strict=True, description="true: nothing to sign in with is left, at once."
    )

    def applied_to(self, user: UserRecord) -> Account:
        """Return the account as it is to be."""

        def chosen(wanted: str | None, held: str) -> str:
            return held if wanted is None else wanted

        return Account(
            chosen(self.display_name, user.display_name),
            self.role or user.role,
            chosen(self.agency, user.agency),
            chosen(self.unit, user.unit),
            chosen(self.officer_id, user.officer_id or "") or None,
            chosen(self.email, user.email),
        )


class LinkShape(Shape):
    """A link that signs in once."""

    path: str = Field(description="Put the address of the pages in front of it. It is told this once.")
    expires_at: datetime


class SignedInShape(Shape):
    """Where one is signed in."""

    session_id: str
    agent: str = Field(description="What the browser says of itself.")
    address: str
    created_at: datetime | None
    seen_at: datetime | None = Field(description="To the minute.")
    is_this: bool

    @classmethod
    def of(cls, found: SessionRecord, own_id: str) -> SignedInShape:
        """Make it from a record."""
        return cls(
            session_id=found.session_id,
            agent=found.agent,
            address=found.address,
            created_at=found.created_at,
            seen_at=found.seen_at,
            is_this=found.session_id == own_id,
        )


class NewToken(_Request):
    """A token to make for a program."""

    name: str = Field(min_length=1, max_length=NAME_MAX_CHARS)
    scopes: list[Right] = Field(min_length=1, description="What it may do: some of one's own rights.")
    days: int = Field(default=90, ge=1, le=DAYS_MAX)


class TokenShape(Shape):
    """A token of a program."""

    token_id: int
    name: str
    scopes: list[Right]
    state: TokenState
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = Field(description="To five minutes; absent where it was never used.")

    @classmethod
    def of(cls, token: TokenRecord, at: datetime) -> TokenShape:
        """Make it from a record."""
        return cls(
            token_id=token.token_id,
            name=token.name,
            scopes=[Right(scope) for scope in token.scopes if scope in set(Right)],
            state=token_state(token, at),
            created_at=token.created_at,
            expires_at=token.expires_at,
            used_at=token.used_at,
        )


class MadeTokenShape(TokenShape):
    """A token that was just made."""

    token: str = Field(description="The secret, sent as `Authorization: Bearer`. It is told this once.")
