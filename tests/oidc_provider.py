"""A small OpenID Connect provider on a port of its own, which tests can make lie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from vision.clock import Clock

CLIENT, SECRET = "congvu", "bí mật của ứng dụng"


@dataclass
class Provider:
    """The provider.

    Attributes:
        claims: What it says of whoever signs in, over what an honest token says.
        signs_with: Another key than the one that it shows; header: another than the honest one.
        shared_secret: Sign by HS256 with it, what libraries refuse to do with a public key.
        is_unsigned: Give tokens with ``alg: none``.
        asked: What browsers were sent with, by code; exchanged: how often a token was asked for.
    """

    clock: Clock
    address: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    claims: dict[str, object] = field(default_factory=dict)
    signs_with: RSAKey | OctKey | None = None
    header: dict[str, str] = field(default_factory=dict)
    is_unsigned: bool = False
    shared_secret: bytes = b""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    exchanged: int = 0
    keys_read: int = 0

    def authorize(self, address: str) -> dict[str, str]:
        """Let somebody sign in at an address that a browser was sent to; returns what it comes back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert ("code", "S256", CLIENT) == (
            query["response_type"], query["code_challenge_method"], query["client_id"],
        )  # fmt: skip
        code = f"code-{len(self.asked)}"
        self.asked[code] = query
        return {"code": code, "state": query["state"], "iss": self.address}

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, str]]:
        """Give a token for a code, once, to who proves to be the one who asked."""
        self.exchanged += 1
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        asked = self.asked.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if asked is None or (unquote(name), unquote(secret)) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if challenge.decode() != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self._token(asked["nonce"])}

    def _token(self, nonce: str) -> str:
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": self.address, "aud": CLIENT, "sub": "nguoi-1", "iat": now, "exp": now + 300, "nonce": nonce,
            "email": "minh@tinh.gov.vn", "email_verified": True, **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.shared_secret:
            return _signed_by_hand({"alg": "HS256", "kid": "k1"}, claims, self.shared_secret)
        if self.is_unsigned:
            parts = (json.dumps({"alg": "none"}), json.dumps(claims))
            return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."
        header = {"alg": "RS256", "kid": "k1", **self.header}
        return jwt.encode(header, claims, self.signs_with or self.key, algorithms=[header["alg"]])


def _signed_by_hand(header: dict[str, str], claims: dict[str, object], secret: bytes) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims))
    signed = b".".join(parts)
    signature = base64.urlsafe_b64encode(hmac.digest(secret, signed, "sha256")).rstrip(b"=")
    return (signed + b"." + signature).decode()


@contextmanager
def provider_at_work(clock: Clock) -> Iterator[Provider]:
    """Serve a provider on a free port."""
    provider = Provider(clock)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/.well-known/openid-configuration":
                self._answer(
                    200,
                    {
                        "issuer": provider.address,
                        "authorization_endpoint": f"{provider.address}/authorize",
                        "token_endpoint": f"{provider.address}/token",
                        "jwks_uri": f"{provider.address}/keys",
                    },
                )
            else:
                provider.keys_read += 1
                self._answer(200, {"keys": [provider.key.as_dict(private=False)]})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(sent).items()}
            self._answer(*provider.exchange(form, self.headers.get("authorization", "")))

        def _answer(self, status: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
