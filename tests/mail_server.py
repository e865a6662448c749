"""A small SMTP server (RFC 5321) for tests: it keeps what it is given, or refuses as it is told."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from vision.clock import SystemClock


@dataclass
class Mailbox:
    """What came in.

    Attributes:
        verdict: What is answered to a whole message; a code from 400 on refuses it.
        encrypted: Whether each message came over TLS.
    """

    verdict: str = "250 taken"
    received: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    server: _Server
    is_encrypted = False

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline():
            verb = line.decode().split(maxsplit=1)[0].upper() if line.strip() else ""
            if verb == "STARTTLS" and self.server.context is not None:
                self._say("220 go ahead")
                self._encrypt()
            elif verb == "DATA":
                self._say("354 go on")
                self._take()
            elif verb == "QUIT":
                self._say("221 bye")
                return
            elif verb == "EHLO":
                can_encrypt = self.server.context is not None and not self.is_encrypted
                self._say("250-test\r\n250 STARTTLS" if can_encrypt else "250 test")
            else:
                self._say("250 fine" if verb in ("MAIL", "RCPT", "RSET", "NOOP", "HELO") else "502 unknown")

    def finish(self) -> None:
        """Close what encryption has put in the connection's place."""
        super().finish()
        self.connection.close()

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        box = self.server.box
        if box.verdict.startswith("2"):
            message = message_from_bytes(b"".join(lines), policy=default)
            assert isinstance(message, EmailMessage)
            box.received.append(message)
            box.encrypted.append(self.is_encrypted)
        self._say(box.verdict)

    def _encrypt(self) -> None:
        assert self.server.context is not None
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")  # type: ignore[assignment]
        self.wfile = self.connection.makefile("wb", buffering=0)  # type: ignore[assignment]
        self.is_encrypted = True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, box: Mailbox, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.box, self.context = box, context

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off is part of the tests."""


@contextmanager
def mail_server_at(box: Mailbox, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve a mailbox on this computer; yields the port. With a context the server offers STARTTLS."""
    with _Server(box, context) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join(10)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1; returns the server's context, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.create_default_context(cadata=made.public_bytes(Encoding.PEM).decode())
    return server, client
