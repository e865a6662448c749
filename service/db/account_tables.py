"""The tables of accounts: who may sign in, with what, and where they are signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.tables import Base


class UserRow(Base):
    """Someone who may sign in.

    Attributes:
        agency: The agency whose affairs they see; empty for all.
        unit: The unit that a unit head leads; officer_id: whose own record an officer reads.
        totp_secret: Base32 secret of the second factor; it is asked for once ``totp_confirmed_at`` is set.
        totp_step: The last time step that was used up: a code is good once.
        factor_failures: Codes tried since the last one that fitted; unlike ``failed_sign_ins`` no pause resets it.
        oidc_subject: ``issuer subject`` of the identity provider that may vouch for them.
        language: In which messages are written to them.
    """

    __tablename__ = "users"
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    login: Mapped[str] = mapped_column(String(100), unique=True)
    display_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(32))
    password_hash: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime]
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    agency: Mapped[str] = mapped_column(String(200), server_default="")
    unit: Mapped[str] = mapped_column(String(200), server_default="")
    officer_id: Mapped[str | None] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254), server_default="")
    language: Mapped[str] = mapped_column(String(8), server_default="vi")
    disabled_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_confirmed_at: Mapped[datetime | None]
    totp_step: Mapped[int | None]
    factor_failures: Mapped[int] = mapped_column(default=0, server_default="0")
    oidc_subject: Mapped[str | None] = mapped_column(String(500), unique=True, index=True)


class SessionRow(Base):
    """A signed-in browser. Only the hash of its token is kept.

    Attributes:
        session_id: What its owner sees of it in the list of their sessions.
        is_whole: Whether the second factor was given, where one is asked for.
        agent, address: Which browser, from where, as the request said.
        pending_totp: Secret of a second factor that is being set up in this browser and was not confirmed yet.
    """

    __tablename__ = "sessions"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    session_id: Mapped[str] = mapped_column(String(16), server_default="")
    seen_at: Mapped[datetime | None]
    agent: Mapped[str] = mapped_column(String(200), server_default="")
    address: Mapped[str] = mapped_column(String(64), server_default="")
    is_whole: Mapped[bool] = mapped_column(server_default="1")
    pending_totp: Mapped[str | None] = mapped_column(String(64))


class SignInLinkRow(Base):
    """A link that signs in once, or lets a new password be chosen once. Only the hash of its token is kept."""

    __tablename__ = "sign_in_links"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    purpose: Mapped[str] = mapped_column(String(16), server_default="sign_in")


class RecoveryCodeRow(Base):
    """Stands in once for a lost second factor. Only its hash is kept."""

    __tablename__ = "recovery_codes"
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"), index=True)
    used_at: Mapped[datetime | None]


class ApiTokenRow(Base):
    """What a program signs in with. Only its hash is kept.

    Attributes:
        scopes: What it may do; see `service.rights`.
    """

    __tablename__ = "api_tokens"
    token_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class OidcAttemptRow(Base):
    """A browser that was sent to the identity provider and has not come back yet.

    Attributes:
        browser_hash: Sum of what the browser's own cookie holds: nobody else can end what it began.
        state, nonce, verifier: What the answer, the token and the exchange have to fit.
        next_path: Where its user wanted to go.
    """

    __tablename__ = "oidc_attempts"
    browser_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    next_path: Mapped[str] = mapped_column(String(2000))
    expires_at: Mapped[datetime]
