"""Ask one device one question by SOAP over HTTP, as little trusting as can be.

The password never goes over the line: WS-Security's digest (UsernameToken Profile 1.1) proves that we know it, or that
of HTTP where the device wants it. Nothing is followed elsewhere, and an answer has a length and a time.
"""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import timedelta
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import httpx

from service.discovery.answers import ANSWER_MOST_BYTES, plain, read_xml, words_of
from service.discovery.errors import (
    AnswerBroken,
    CallRefused,
    DeviceSilent,
    DiscoveryError,
    PasswordWanted,
    PasswordWrong,
)
from service.discovery.found import Credentials
from vision.clock import Clock

_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
    "<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)
_TOKEN = (
    f'<w:Security s:mustUnderstand="1" xmlns:w="{_WSSE}wssecurity-secext-1.0.xsd"'
    f' xmlns:u="{_WSSE}wssecurity-utility-1.0.xsd">'
    "<w:UsernameToken><w:Username>{user}</w:Username>"
    f'<w:Password Type="{_WSSE}username-token-profile-1.0#PasswordDigest">{{digest}}</w:Password>'
    f'<w:Nonce EncodingType="{_WSSE}soap-message-security-1.0#Base64Binary">{{nonce}}</w:Nonce>'
    "<u:Created>{created}</u:Created></w:UsernameToken></w:Security>"
)
_CONTENT = {"Content-Type": "application/soap+xml; charset=utf-8", "Accept-Encoding": "identity"}
_REFUSED = frozenset({"NotAuthorized", "FailedAuthentication", "InvalidSecurity", "SenderNotAuthorized"})


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Prove that we know a password without telling it (UsernameToken Profile 1.1, section 3.1)."""
    return base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()


class Asker:
    """Asks devices in one name, or in none.

    Attributes:
        clock_off: How far the device's clock is ahead of ours: it refuses what was signed at another time.
    """

    def __init__(self, http: httpx.AsyncClient, credentials: Credentials | None, clock: Clock) -> None:
        self._http = http
        self._credentials = credentials
        self._clock = clock
        self.clock_off = timedelta()

    @property
    def password(self) -> str:
        """The password, to be kept out of what is shown; empty where none is used."""
        return "" if self._credentials is None else self._credentials.password

    async def ask_openly(self, url: str, body: str) -> Element:
        """Ask what everybody may ask. Raises `DiscoveryError`."""
        return await self._post(url, _ENVELOPE.format(header="", body=body))

    async def ask(self, url: str, body: str) -> Element:
        """Ask in our name, where we have one. Raises `DiscoveryError`."""
        return await self._post(url, _ENVELOPE.format(header=self._token(), body=body))

    def _token(self) -> str:
        if self._credentials is None:
            return ""
        nonce = os.urandom(16)
        created = (self._clock.now() + self.clock_off).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _TOKEN.format(
            user=escape(self._credentials.user),
            digest=password_digest(nonce, created, self._credentials.password),
            nonce=base64.b64encode(nonce).decode(),
            created=created,
        )

    async def _post(self, url: str, envelope: str) -> Element:
        status, content, wants_digest = await self._send(url, envelope, None)
        if status == 401 and wants_digest and self._credentials is not None:
            digest = httpx.DigestAuth(self._credentials.user, self._credentials.password)
            status, content, _ = await self._send(url, envelope, digest)
        if status in (401, 403):
            raise self._unknown()
        if 300 <= status < 400:
            raise AnswerBroken("it sends us elsewhere, which no camera has to")
        if status not in (200, 400, 500):
            raise CallRefused(f"it answers HTTP {status}")
        answer = read_xml(content)
        fault = answer.find(".//{*}Fault")
        if fault is not None:
            raise self._fault(fault)
        if status != 200:
            raise CallRefused(f"it answers HTTP {status}")
        return answer

    async def _send(self, url: str, envelope: str, auth: httpx.Auth | None) -> tuple[int, bytes, bool]:
        """Return the status, the answer and whether HTTP's digest is wanted. Raises `DeviceSilent`, `AnswerBroken`."""
        try:
            request = self._http.build_request("POST", url, content=envelope.encode(), headers=_CONTENT)
            response = await self._http.send(request, auth=auth, stream=True, follow_redirects=False)
            try:
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise AnswerBroken("the answer is packed, which was not asked for")
                content = bytearray()
                async for part in response.aiter_raw():
                    content += part
                    if len(content) > ANSWER_MOST_BYTES:
                        raise AnswerBroken(f"the answer is longer than {ANSWER_MOST_BYTES} bytes")
            finally:
                await response.aclose()
        except httpx.ConnectError:
            raise DeviceSilent("nobody answers there") from None
        except httpx.TimeoutException:
            raise DeviceSilent("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL):  # never their own words: they may hold what was sent
            raise AnswerBroken("the answer is not HTTP") from None
        except (ValueError, KeyError, NotImplementedError):  # httpx's for a challenge that it cannot read or answer
            raise AnswerBroken("it wants the password in a way that is not known") from None
        challenges = response.headers.get_list("WWW-Authenticate")
        return response.status_code, bytes(content), any(one.lower().startswith("digest") for one in challenges)

    def _fault(self, fault: Element) -> DiscoveryError:
        codes = {(value.text or "").rpartition(":")[2].strip() for value in fault.iterfind(".//{*}Value")}
        if codes & _REFUSED:
            return self._unknown()
        return CallRefused(f"it refuses: {plain(words_of(fault, 'Text')) or 'no reason given'}")

    def _unknown(self) -> DiscoveryError:
        if self._credentials is None:
            return PasswordWanted("it wants a user and password")
        return PasswordWrong("it does not accept the user or password")
