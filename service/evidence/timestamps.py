"""Ask a timestamp authority (RFC 3161) to witness a digest."""

from __future__ import annotations

import http.client
import secrets
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from service.errors import TimestampBroken, TimestampRefused, TimestampUnreachable
from service.evidence.offline.der import DER_BIT_STRING, DER_SEQUENCE, DerBroken, der_at_least, der_integer, read_der
from service.evidence.offline.timestamps import TokenBroken, check_token

LARGEST_ANSWER_BYTES = 1 << 20  # a token with three certificates has some 6 kB
# the request is fixed but for the digest and the nonce (RFC 3161, 2.4.1): version 1, SHA-256, a nonce of 8 bytes,
# certificates wanted. rfc3161-client 1.0 asks for whole documents only, whose digest it takes itself, and does not
# read answers whose certificates are not sorted, such as those of OpenSSL
REQUEST_START = bytes.fromhex("30430201013031300d060960864801650304020105000420")
REQUEST_NONCE, REQUEST_END = bytes.fromhex("0208"), bytes.fromhex("0101ff")
GRANTED = (0, 1)  # as asked, or with changes; these are then looked at
FAILURES = {
    0: "the digest algorithm is not taken (badAlg)",
    2: "such a request is not taken (badRequest)",
    5: "the request is malformed (badDataFormat)",
    14: "its clock is not available (timeNotAvailable)",
    15: "the policy is not offered (unacceptedPolicy)",
    16: "the extension is not offered (unacceptedExtension)",
    17: "more is not to be had (addInfoNotAvailable)",
    25: "it has failed (systemFailure)",
}


class TimestampAuthority:
    """One authority that says when it saw a digest. It gets the digest only, never a picture."""

    def __init__(self, address: str, timeout: timedelta, *, roots: Path | None = None) -> None:
        """Keep the address; nothing is asked yet.

        Args:
            address: http or https. Plain http is usual: the answer is signed, and the digest tells nothing.
            timeout: For each wait for the network, not for the whole exchange.
            roots: PEM file of the certificates that its own must end in; without it any certificate will do.

        Raises:
            TimestampUnreachable: The address is none, or the file of roots cannot be read.
        """
        self._address = address
        if urlsplit(address).scheme not in ("http", "https"):
            raise TimestampUnreachable(f"{self}: wanted an address with http or https")
        self._timeout = timeout
        self._roots_pem: bytes = b""
        self._roots_der: tuple[bytes, ...] = ()
        if roots is not None:
            self._roots_pem, self._roots_der = _read_roots(roots)

    @property
    def roots_pem(self) -> bytes:
        """Certificates that its own must end in; empty where any will do."""
        return self._roots_pem

    def stamp(self, digest_sha256: bytes) -> bytes:
        """Have a digest stamped. Returns the TimeStampToken (DER), without the answer's status around it.

        Raises:
            TimestampUnreachable: No answer in time, or none of an authority.
            TimestampRefused: The authority said no.
            TimestampBroken: The answer is for another question, or its signature does not hold.
        """
        if len(digest_sha256) != 32:
            raise ValueError(f"wanted the 32 bytes of a SHA-256, got {len(digest_sha256)}")
        nonce = secrets.randbits(62) | 1 << 62  # always 8 bytes, and never negative
        content = self._ask(digest_sha256, nonce)
        try:
            token = self._granted(content)
        except DerBroken:
            raise TimestampUnreachable(
                f"{self}: wanted a time stamp, got {len(content)} bytes of something else. "
                "Is there a proxy or a login page in between?"
            ) from None
        try:
            check_token(token, digest_sha256, roots_der=self._roots_der, nonce=nonce)
        except TokenBroken as error:
            raise TimestampBroken(f"{self}: {error}") from None
        return token

    def __str__(self) -> str:
        """Name the authority without the password that its address may have."""
        parts = urlsplit(self._address)
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
        return f"timestamp authority {shown}"

    def _ask(self, digest_sha256: bytes, nonce: int) -> bytes:
        body = REQUEST_START + digest_sha256 + REQUEST_NONCE + nonce.to_bytes(8, "big") + REQUEST_END
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        request = urllib.request.Request(self._address, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout.total_seconds()) as answer:
                return bytes(answer.read(LARGEST_ANSWER_BYTES))
        except urllib.error.HTTPError as error:
            error.close()
            raise TimestampUnreachable(f"{self}: answered HTTP {error.code} {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise TimestampUnreachable(f"{self}: no answer: {reason}. Check the address and the network") from None

    def _granted(self, content: bytes) -> bytes:
        """Return the token of a TimeStampResp (RFC 3161, 2.4.2)."""
        what = "answer"
        status_info, *token = der_at_least(read_der(content, what).parts(what), 1, what)
        status, *reasons = der_at_least(status_info.parts(what), 1, what)
        if der_integer(status, what) in GRANTED and len(token) == 1:
            return token[0].encoded
        words = [
            text.content.decode("utf-8", "replace")
            for part in reasons
            if part.tag == DER_SEQUENCE
            for text in part.parts(what)
        ]
        words += [name for part in reasons if part.tag == DER_BIT_STRING for name in _failures(part.content[1:])]
        raise TimestampRefused(f"{self} said no: {'; '.join(words) or 'without giving a reason'}")


def _failures(bits: bytes) -> list[str]:
    return [name for bit, name in FAILURES.items() if bit < 8 * len(bits) and bits[bit // 8] & 0x80 >> bit % 8]


def _read_roots(file: Path) -> tuple[bytes, tuple[bytes, ...]]:
    try:
        pem = file.read_bytes()
        return pem, tuple(found.public_bytes(Encoding.DER) for found in x509.load_pem_x509_certificates(pem))
    except OSError as error:
        raise TimestampUnreachable(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise TimestampUnreachable(f"{file}: holds no certificates; wanted PEM") from None
