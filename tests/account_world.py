"""A service centre whose accounts have e-mail addresses, second factors and an identity provider, for their tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pyotp
from fastapi import FastAPI
from httpx import Response

from service.api.app import create_app
from service.api.auth import SESSION_COOKIE
from service.api.context import WebContext
from service.api.oidc import OidcProvider
from service.api.second_factor import plain_code, step_at, switch_on
from service.db.accounts import AccountRepository
from service.db.journal import JournalRepository
from service.db.letters import LetterRepository
from service.db.records import Role, UserRecord
from service.evidence.journal import Fact, RowKind, facts_of
from service.rights import Reach
from tests.web_world import PASSWORD, PASSWORD_HASH, TestClient, World, form_token

ADDRESS = "https://congvu.example.vn"


@dataclass
class AccountWorld(World):
    """A service centre with one application that all its browsers ask."""

    totp_roles: frozenset[Role] = frozenset()
    oidc: OidcProvider | None = None
    public_url: str = ADDRESS
    secure_cookies: bool = False
    _app: FastAPI | None = field(default=None, init=False)

    @property
    def app(self) -> FastAPI:
        if self._app is None:
            context = WebContext(self.database, self.store, self.clock, self.pen)
            self._app = create_app(
                replace(
                    context,
                    totp_roles=self.totp_roles,
                    oidc=self.oidc,
                    public_url=self.public_url,
                    secure_cookies=self.secure_cookies,
                )
            )
        return self._app

    def set_up(self, **changes: object) -> None:
        """Start the application anew, set up otherwise."""
        for name, value in changes.items():
            setattr(self, name, value)
        self._app = None

    def add_account(
        self,
        login: str,
        role: Role = Role.INSPECTOR,
        *,
        name: str = "Phạm Thị Lan",
        email: str = "",
        reach: Reach = Reach(),
    ) -> int:
        with self.database.transaction() as session:
            user = AccountRepository(session).add_user(
                login,
                display_name=name,
                role=role,
                password_hash=PASSWORD_HASH,
                at=self.clock.now(),
                reach=reach,
                email=email,
            )
        return user.user_id

    def user(self, login: str = "thanhtra") -> UserRecord:
        with self.database.transaction() as session:
            user = AccountRepository(session).find_user(login)
        assert user is not None
        return user

    def add_factor(self, login: str = "thanhtra") -> tuple[str, tuple[str, ...]]:
        """Give somebody a second factor whose last code was used a while ago; returns secret and recovery codes."""
        secret, user = pyotp.random_base32(), self.user(login)
        with self.database.transaction() as session:
            step = step_at(self.clock.now()) - 10
            codes = switch_on(AccountRepository(session), user.user_id, secret, step=step, at=self.clock.now())
        return secret, tuple(plain_code(code) for code in codes)

    def code(self, secret: str, steps: int = 0) -> str:
        """The code that an app shows now, or some steps away."""
        return pyotp.TOTP(secret).at(self.clock.now(), counter_offset=steps)

    def disable(self, login: str = "thanhtra") -> None:
        with self.database.transaction() as session:
            AccountRepository(session).disable(self.user(login).user_id, self.clock.now())

    def give_password(self, client: TestClient, password: str = PASSWORD, login: str = "thanhtra") -> Response:
        """Send the sign-in form."""
        form = {"login": login, "password": password, "form_token": form_token(client.get("/sign-in").text)}
        return client.post("/sign-in", data=form, follow_redirects=False)

    def give_code(self, client: TestClient, code: str) -> Response:
        """Send the form of the second factor."""
        page = client.get("/sign-in/code")
        return client.post(
            "/sign-in/code", data={"code": code, "form_token": form_token(page.text)}, follow_redirects=False
        )

    def half(self, login: str = "thanhtra") -> TestClient:
        """A browser that gave the password and is asked for the code."""
        client = self.browser()
        assert 303 == self.give_password(client, login=login).status_code
        return client

    def token(self, login: str, *scopes: str, lasts: timedelta = timedelta(days=30)) -> str:
        with self.database.transaction() as session:
            at = self.clock.now()
            made = AccountRepository(session).make_token(
                self.user(login).user_id, "báo cáo", scopes=scopes, at=at, expires_at=at + lasts
            )
        return made[1]

    def is_token_good(self, token: str) -> bool:
        answer = self.browser().get("/api/v1/session", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200

    def letters(self) -> list[str]:
        with self.database.transaction() as session:
            due = LetterRepository(session).take_due(self.clock.now(), lease=timedelta(0), limit=100)
        return [letter.body for letter in due]

    def noted(self) -> list[dict[str, Fact]]:
        """What the journal says of accounts, the oldest first."""
        with self.database.transaction() as session:
            rows = JournalRepository(session).latest(limit=1000)
        told = [facts_of(row) for row in rows if row.kind == RowKind.ACCOUNT_CHANGED]
        return [facts for facts in reversed(told) if facts is not None]


def is_signed_in(client: TestClient) -> bool:
    return client.get("/api/v1/session").status_code == 200


def cookie_of(client: TestClient) -> str:
    return str(client.cookies[SESSION_COOKIE])


def secret_shown(page: str) -> str:
    found = re.search(r'class="secret">.*?<code>([A-Z2-7 ]+)</code>', page, re.DOTALL)
    assert found is not None
    return found[1].replace(" ", "")


def codes_shown(page: str) -> list[str]:
    return re.findall(r"<li><code>([a-z2-9-]{19})</code></li>", page)
