"""Sign-in by an OpenID Connect provider: authorization code with PKCE, state and nonce; what it vouches for is checked.

Source: OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 9207 (issuer in the answer).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from service.db.account_oidc import OidcAttempt
from service.errors import ServiceError
from vision.clock import Clock

WAIT = timedelta(seconds=10)
KEPT = timedelta(hours=1)
"""The provider's description and keys are asked for so often."""
LEEWAY = timedelta(minutes=1)
"""Clocks differ."""
ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Never `none`, never one whose key we share: only the provider can have signed."""
SCOPE = "openid email profile"


class ProviderAway(ServiceError):
    """The identity provider does not answer, or not as one does. Nobody was signed in."""


class VouchRefused(ServiceError):
    """What came back does not fit what was asked, or is not the provider's. Nobody was signed in."""


@dataclass(frozen=True, slots=True)
class OidcSetup:
    """Which identity provider, and as whom we ask it.

    Attributes:
        redirect_uri: Where it sends people back to.
    """

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for.

    Attributes:
        subject: ``issuer subject``, never given to anybody else.
        email: An address that the provider itself has verified; None where it has not, and where it holds letters
            that look like Latin ones.
    """

    subject: str
    email: str | None


@dataclass(frozen=True, slots=True)
class _Endpoints:
    authorization: str
    token: str
    keys: KeySet
    read_at: datetime


class OidcProvider:
    """One identity provider. Its description and keys are read when they are first needed and kept for an hour."""

    def __init__(self, setup: OidcSetup, clock: Clock, client: httpx.Client | None = None) -> None:
        self.setup = setup
        self._clock = clock
        self._client = client or httpx.Client(timeout=WAIT.total_seconds())
        self._known: _Endpoints | None = None

    def begin(self, next_path: str) -> tuple[str, OidcAttempt]:
        """Return where to send a browser, and what to remember of it. Raises `ProviderAway`."""
        attempt = OidcAttempt(_drawn(), _drawn(), _drawn(), next_path)
        asked = {
            "response_type": "code",
            "client_id": self.setup.client_id,
            "redirect_uri": self.setup.redirect_uri,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": _challenge_of(attempt.verifier),
            "code_challenge_method": "S256",
        }
        address = self._endpoints().authorization
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", attempt

    def finish(self, attempt: OidcAttempt, code: str) -> Vouched:
        """Exchange the code and return whom the provider vouches for. Raises `ProviderAway`, `VouchRefused`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.setup.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        secret = (quote(self.setup.client_id, safe=""), quote(self.setup.client_secret, safe=""))
        try:
            answer = self._client.post(self._endpoints().token, data=form, auth=secret)
            answered = answer.json()
        except (httpx.HTTPError, ValueError):
            raise ProviderAway("the identity provider did not answer the exchange of the code") from None
        token = answered.get("id_token") if isinstance(answered, dict) else None
        if answer.status_code != 200 or not isinstance(token, str):
            raise VouchRefused("the identity provider gave no token for the code")
        return self._vouched(self._claims(token), attempt.nonce)

    def _vouched(self, claims: dict[str, object], nonce: str) -> Vouched:
        fault = _fault_of(claims, self.setup, nonce, self._clock.now())
        if fault:
            raise VouchRefused(f"the token of the identity provider is not for us: {fault}")
        email = claims.get("email")
        is_verified = (
            claims.get("email_verified") is True and isinstance(email, str) and email.isascii() and bool(email)
        )
        return Vouched(f"{self.setup.issuer} {claims['sub']}", str(email) if is_verified else None)

    def _claims(self, token: str) -> dict[str, object]:
        endpoints = self._endpoints()
        try:
            return dict(jwt.decode(token, endpoints.keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            if self._clock.now() - endpoints.read_at < LEEWAY:
                raise VouchRefused("the token is not signed by the identity provider") from None
        self._known = None  # it may have new keys
        try:
            return dict(jwt.decode(token, self._endpoints().keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            raise VouchRefused("the token is not signed by the identity provider") from None

    def _endpoints(self) -> _Endpoints:
        now = self._clock.now()
        if self._known is None or now - self._known.read_at > KEPT:
            described = self._read(f"{self.setup.issuer.rstrip('/')}/.well-known/openid-configuration")
            if described.get("issuer") != self.setup.issuer:
                raise ProviderAway("the identity provider names itself otherwise than CONGVU_OIDC_ISSUER")
            try:
                keys = KeySet.import_key_set(self._read(str(described["jwks_uri"])))  # type: ignore[arg-type]
                self._known = _Endpoints(
                    str(described["authorization_endpoint"]), str(described["token_endpoint"]), keys, now
                )
            except (KeyError, ValueError, TypeError, JoseError):
                raise ProviderAway("the identity provider does not describe itself as one") from None
        return self._known

    def _read(self, address: str) -> dict[str, object]:
        try:
            answer = self._client.get(address)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            raise ProviderAway("the identity provider does not answer") from None
        if not isinstance(found, dict):
            raise ProviderAway("the identity provider does not describe itself as one")
        return found


def fault_of_issuer(issuer: str) -> str | None:
    """Return what is wrong with the name of an identity provider; None where nothing is."""
    parts = urlsplit(issuer)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_here)):
        return None if not (parts.query or parts.fragment) else "wants an address without ? and #"
    return "wants https://, as the identity provider names itself"


def _drawn() -> str:
    return secrets.token_urlsafe(32)


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _fault_of(claims: dict[str, object], setup: OidcSetup, nonce: str, now: datetime) -> str:
    """Return what does not fit in a token that is rightly signed; empty where all does."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    expires, issued = claims.get("exp"), claims.get("iat")
    checks = {
        "iss": claims.get("iss") == setup.issuer,
        "aud": setup.client_id in audiences,
        "azp": (len(audiences) == 1 or "azp" in claims) and claims.get("azp", setup.client_id) == setup.client_id,
        "exp": isinstance(expires, int | float) and now.timestamp() < expires + LEEWAY.total_seconds(),
        "iat": isinstance(issued, int | float) and issued <= now.timestamp() + LEEWAY.total_seconds(),
        "nonce": isinstance(claims.get("nonce"), str) and secrets.compare_digest(str(claims["nonce"]), nonce),
        "sub": isinstance(claims.get("sub"), str) and 0 < len(str(claims["sub"])) <= 255,
    }
    return ", ".join(name for name, fits in checks.items() if not fits)
