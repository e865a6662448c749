"""Send one e-mail through the server that the operator has set."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_S = 4.0
"""For each answer of the server: whoever stops the service does not wait for a server that hangs."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mails go out.

    Attributes:
        is_tls: Encrypted from the first byte on; else ``has_starttls`` says whether it is before anything is told.
        sender: Address that they come from.
    """

    host: str
    port: int
    user: str
    password: str
    is_tls: bool
    has_starttls: bool
    sender: str


def mail_server(address: str, sender: str) -> MailServer:
    """Read ``smtps://user:password@host:port`` or ``smtp://…``, which wants STARTTLS unless it ends in ``?tls=no``.

    Raises:
        ValueError: It is no such address. The message does not repeat it: it holds a password.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ValueError("is no address; wanted smtps://user:password@host:465") from None
    asked = parse_qs(parts.query)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("is no address; wanted one such as smtps://user:password@host:465 or smtp://host:587")
    if asked not in ({}, {"tls": ["no"]}):
        raise ValueError("wanted nothing after the question mark but tls=no")
    if "@" not in parseaddr(sender)[1]:
        raise ValueError("wants CONGVU_MAIL_FROM, the address that e-mails come from")
    is_tls = parts.scheme == "smtps"
    return MailServer(
        parts.hostname,
        port or (465 if is_tls else 587),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        is_tls,
        has_starttls=not is_tls and not asked,
        sender=sender,
    )


class Mailer:
    """Hands e-mails over to one server.

    Args:
        trusted: Certificates that the server's must end in; None: those that this computer trusts.
    """

    def __init__(self, server: MailServer, trusted: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._trusted = trusted

    def send(self, to_address: str, subject: str, body: str) -> str:
        """Send one e-mail. Returns what went wrong, in a word; empty where the server took it."""
        server = self._server
        try:
            message = _message(server.sender, to_address, subject, body)
            with self._connection() as connection:
                if server.has_starttls:
                    connection.starttls(context=self._context())
                if server.user:
                    connection.login(server.user, server.password)
                connection.send_message(message)
        except smtplib.SMTPResponseException as error:
            return f"answered with {error.smtp_code}"
        except smtplib.SMTPRecipientsRefused as error:
            return "recipient refused, " + ", ".join(str(code) for code, _ in error.recipients.values())
        except ssl.SSLError as error:
            return f"not encrypted as wanted: {error.reason}"
        except smtplib.SMTPException as error:
            return f"not taken: {type(error).__name__}"
        except (OSError, UnicodeError, ValueError) as error:
            return f"not sent: {type(error).__name__}"
        return ""

    def _connection(self) -> smtplib.SMTP:
        server = self._server
        if server.is_tls:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=self._context())
        return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)

    def _context(self) -> ssl.SSLContext:
        return self._trusted or ssl.create_default_context()


def _message(sender: str, to_address: str, subject: str, body: str) -> EmailMessage:
    """Put an e-mail together. Raises `ValueError` where a line break would add headers of its own."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to_address, subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office notes in return
    message.set_content(body, charset="utf-8", cte="quoted-printable")
    return message
