"""A real timestamp authority on this computer: OpenSSL's, behind a small HTTP server."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

KEYS = {
    "rsa": ("-newkey", "rsa:2048"),
    "p256": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
}
ROOT = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
SIGNER = ("extendedKeyUsage=critical,timeStamping", "keyUsage=critical,digitalSignature")
SETTINGS = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
certs = {folder}/root.pem
signer_key = {folder}/signer.key
signer_digest = {digest}
default_policy = 1.3.6.1.4.1.99999.1
digests = {digests}
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = {named_by}
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """Root, certificate and key of an authority in a folder."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, *, key: str = "rsa", digest: str = "sha256", named_by: str = "sha256") -> Authority:
        """Make root and certificate. `digest`: of its signature; `named_by`: digest that names its certificate."""
        folder.mkdir(parents=True)
        kind = KEYS[key]
        extensions = [part for line in ROOT for part in ("-addext", line)]
        root = ("req", "-x509", "-nodes", *kind, "-subj", "/C=VN/O=Proof/CN=Proof Root", "-days", "3650", *extensions)
        openssl(folder, *root, "-keyout", "root.key", "-out", "root.pem")
        openssl(folder, "req", "-new", "-nodes", *kind, "-subj", "/C=VN/O=Proof/CN=Proof Time",
                "-keyout", "signer.key", "-out", "signer.csr")  # fmt: skip
        (folder / "extensions").write_text("\n".join(SIGNER))
        openssl(folder, "x509", "-req", "-in", "signer.csr", "-CA", "root.pem", "-CAkey", "root.key",
                "-CAcreateserial", "-days", "3650", "-extfile", "extensions", "-out", "signer.pem")  # fmt: skip
        for name, digests in (("yes.cnf", "sha256"), ("no.cnf", "sha512")):
            text = SETTINGS.format(folder=folder, digest=digest, digests=digests, named_by=named_by)
            (folder / name).write_text(text)
        (folder / "serial").write_text("01\n")
        return cls(folder)

    def reply(self, query: bytes, *, settings: str = "yes.cnf") -> bytes:
        """Answer a TimeStampReq with a TimeStampResp."""
        (self.folder / "query").write_bytes(query)
        openssl(self.folder, "ts", "-reply", "-config", settings, "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def refuse(self, query: bytes) -> bytes:
        """Say no: this digest algorithm is not taken."""
        return self.reply(query, settings="no.cnf")

    def token(self, digest_sha256: bytes) -> bytes:
        """Stamp a digest without any server."""
        openssl(self.folder, "ts", "-query", "-digest", digest_sha256.hex(), "-sha256", "-cert", "-out", "query")
        openssl(self.folder, "ts", "-reply", "-config", "yes.cnf", "-queryfile", "query", "-token_out", "-out", "token")
        return (self.folder / "token").read_bytes()

    def certificate_der(self, name: str) -> bytes:
        """Return the certificate of the `signer` or the `root`."""
        pem = (self.folder / f"{name}.pem").read_bytes()
        return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)

    def openssl_verifies(self, token: bytes, digest_sha256: bytes) -> bool:
        """Ask OpenSSL whether a token is good."""
        (self.folder / "asked").write_bytes(token)
        command = ("ts", "-verify", "-token_in", "-in", "asked", "-digest", digest_sha256.hex(), "-CAfile", "root.pem")
        return subprocess.run(("openssl", *command), cwd=self.folder, capture_output=True, check=False).returncode == 0


def openssl(folder: Path, *arguments: str) -> None:
    """Run OpenSSL in a folder; skip the test where there is none."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    done = subprocess.run(("openssl", *arguments), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def served(answer: Callable[[bytes], bytes], *, status: int = 200) -> Iterator[str]:
    """Serve answers to timestamp queries over HTTP; yields the address."""

    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            is_query = self.headers["Content-Type"] == "application/timestamp-query"
            content = answer(query) if is_query else b""
            try:
                self.send_response(status if is_query else 415)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except ConnectionError:
                self.close_connection = True  # who asked has given up

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Asked)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsr"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
