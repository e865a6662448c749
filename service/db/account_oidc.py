"""Sign-in by an identity provider: visits to it that have not come back, and whom it vouches for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select

from service.db.account_part import AccountPart, hash_token, user_of
from service.db.account_tables import OidcAttemptRow, UserRow
from service.db.records import UserRecord


@dataclass(frozen=True, slots=True)
class OidcAttempt:
    """A visit to the identity provider.

    Attributes:
        state, nonce, verifier: What the answer, the token and the exchange have to fit.
        next_path: Where its user wanted to go.
    """

    state: str
    nonce: str
    verifier: str
    next_path: str


class Vouching(AccountPart):
    """What another system says of who somebody is."""

    def keep_attempt(self, browser: str, attempt: OidcAttempt, *, expires_at: datetime) -> None:
        """Remember that a browser was sent to the identity provider."""
        self._session.add(
            OidcAttemptRow(
                browser_hash=hash_token(browser),
                state=attempt.state,
                nonce=attempt.nonce,
                verifier=attempt.verifier,
                next_path=attempt.next_path,
                expires_at=expires_at,
            )
        )

    def take_attempt(self, browser: str, at: datetime) -> OidcAttempt | None:
        """Return what a browser was sent with, once; None where it was not sent, or too long ago."""
        taken = self._session.execute(
            delete(OidcAttemptRow)
            .where(OidcAttemptRow.browser_hash == hash_token(browser), OidcAttemptRow.expires_at > at)
            .returning(OidcAttemptRow.state, OidcAttemptRow.nonce, OidcAttemptRow.verifier, OidcAttemptRow.next_path)
        ).first()
        return None if taken is None else OidcAttempt(*taken)

    def find_subject(self, subject: str) -> UserRecord | None:
        """Return whom the identity provider vouched for before."""
        row = self._session.scalar(select(UserRow).where(UserRow.oidc_subject == subject))
        return None if row is None else user_of(row)

    def find_by_address(self, address: str) -> UserRecord | None:
        """Return the one account that has an e-mail address, as login or as address; None where there are several."""
        rows = self._called(address) if address.isascii() else []
        return user_of(rows[0]) if len(rows) == 1 else None

    def find_by_email(self, address: str) -> UserRecord | None:
        """Return the one account to whose e-mail address letters go; None where there are several."""
        rows = [row for row in self._called(address) if plain_lower(row.email) == plain_lower(address)]
        return user_of(rows[0]) if len(rows) == 1 else None

    def has_name(self, name: str, *, but: int | None = None) -> bool:
        """Tell whether an account goes by a name, as login or as e-mail address, apart from one.

        Both are one: whose login is another's address would else get the letters for it, or be taken for its owner.
        """
        return any(row.user_id != but for row in self._called(name))

    def _called(self, name: str) -> list[UserRow]:
        wanted = plain_lower(name)
        if not wanted:
            return []
        # one database lowers more letters than the other: what it found is looked at once more
        like = (func.lower(column).in_((wanted, name.lower())) for column in (UserRow.login, UserRow.email))
        found = self._session.scalars(select(UserRow).where(or_(*like)).order_by(UserRow.user_id))
        return [row for row in found if wanted in (plain_lower(row.login), plain_lower(row.email))]

    def bind_subject(self, user_id: int, subject: str | None) -> None:
        """Remember by which subject the identity provider knows somebody; None: by none any more."""
        self._row(user_id).oidc_subject = subject
        self._session.flush()


def plain_lower(name: str) -> str:
    """Lower the letters A to Z and no others: some turn into Latin ones, as the sign of Kelvin does into k."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)
