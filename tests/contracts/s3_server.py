"""A real S3 server over HTTP, on this computer: moto's. And one that only refuses."""

from __future__ import annotations

import logging
import secrets
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug import serving

from service.evidence.bucket import BucketAccess

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ACCESS_KEY, SECRET_KEY = "congvu-test", "a-secret-that-no-message-shows"


@contextmanager
def s3_server() -> Iterator[str]:
    """Start a server with no bucket in it. Gives its endpoint."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto, one_at_a_time = DomainDispatcherApplication(create_backend_app), threading.Lock()

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        # between the asking of If-None-Match and the storing moto lets others in; S3 servers do not
        with one_at_a_time:
            return moto(environ, start)

    server = serving.make_server("127.0.0.1", 0, answer, threaded=True)
    with _served(server):
        yield f"http://127.0.0.1:{server.port}"


def new_bucket(endpoint: str) -> str:
    """Make an empty bucket. Returns its name."""
    name = f"evidence-{secrets.token_hex(6)}"
    credential = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/us-east-1/s3/aws4_request"
    request = urllib.request.Request(f"{endpoint}/{name}", method="PUT", headers={"Authorization": credential})
    with urllib.request.urlopen(request, timeout=10):
        pass
    return name


def access_to(endpoint: str) -> BucketAccess:
    """Return what opens every bucket of the server."""
    return BucketAccess(endpoint=endpoint, access_key=ACCESS_KEY, secret_key=SECRET_KEY)


@contextmanager
def answering(status: str, body: str, *, looks: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """Start a server that answers everything alike, a look at an object (HEAD) maybe otherwise.

    Gives its endpoint and the requests that came.
    """
    asked: list[str] = []

    def answer(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        asked.append(environ["REQUEST_METHOD"])
        is_look = environ["REQUEST_METHOD"] == "HEAD"
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start(looks if is_look and looks else status, [("Content-Type", "application/xml")])
        return [b"" if is_look else body.encode()]

    server = make_server("127.0.0.1", 0, answer, handler_class=_Quiet)
    with _served(server):
        yield f"http://127.0.0.1:{server.server_port}", asked


@contextmanager
def _served(server: HTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
