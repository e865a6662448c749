"""A stream address that a camera names, made safe to show and to paste: no secret in it, and at no other host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from service.discovery.errors import AnswerBroken

SECRET = "${CAMERA_PASSWORD}"
"""Stands for the password. A camera cannot say it: its ``$``, ``{`` and ``}`` are escaped, so that nothing that it says
is ever replaced from our environment either."""

LONGEST = 500
_KEPT = "/%:=&?@!*();,+[]~"
_SECRET_PARTS = r"(?i:\b|_)(?i:pass|passwd|password|pwd)=([^&_;/?]*)"
"""Cheap recorders name the stream ``/user=admin_password=xyz_channel=1_stream=0.sdp``."""


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where a stream is.

    Attributes:
        rest: Path and query, escaped; `SECRET` stands where a password stood.
        named_host: The host that the camera named, where it is not the one it was found at; else empty.
    """

    scheme: str
    host: str
    port: int | None
    rest: str
    named_host: str = ""

    def source(self, user: str = "", secret: str = SECRET) -> str:
        """Return the address for a site file.

        Args:
            user: Who reads the stream; empty where nobody has to sign in.
            secret: What stands for the password, such as ``${CAMERA_1_PASSWORD}``.
        """
        signed = f"{quote(user, safe='')}:{secret}@" if user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{signed}{host}{port}{self.rest.replace(SECRET, secret)}"


def read_stream_address(told: str, host: str, password: str = "") -> StreamAddress:
    """Take a stream address from a camera that was found at ``host``.

    A camera that names another host means itself by another name, or is not honest: the password would go to that host.
    The stream is looked for where the camera was found.

    Args:
        password: Replaced wherever it stands in the address.

    Raises:
        AnswerBroken: It is no RTSP address.
    """
    try:
        parts = urlsplit(told)
        named, port = parts.hostname or "", parts.port
    except ValueError:
        raise AnswerBroken("the stream's address cannot be read") from None
    if parts.scheme not in ("rtsp", "rtsps") or not named or len(told) > LONGEST:
        raise AnswerBroken("the stream's address is not one of RTSP")
    rest = parts.path.removeprefix("/") + (f"?{parts.query}" if parts.query else "")
    return StreamAddress(
        scheme=parts.scheme,
        host=host,
        port=port,
        rest="/" + _without_secrets(rest, password),  # the first one ends the host, even where it is the password
        named_host="" if named == host.lower() else "".join(c for c in named if c.isprintable())[:253],
    )


def _without_secrets(rest: str, password: str) -> str:
    """Escape what a camera wrote, and put `SECRET` where a password stands."""
    spans = [match.span(1) for match in re.finditer(_SECRET_PARTS, rest)]
    if password:
        spans += [match.span() for form in {password, quote(password, safe="")}
                  for match in re.finditer(re.escape(form), rest)]  # fmt: skip
    made, at = "", 0
    for start, end in sorted(spans):
        if start < at:
            at = max(at, end)
            continue
        made += quote(rest[at:start], safe=_KEPT) + SECRET
        at = end
    return made + quote(rest[at:], safe=_KEPT)
