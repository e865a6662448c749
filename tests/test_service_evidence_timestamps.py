"""Ask a real authority over HTTP, and what happens when it will not, cannot or is not one."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from service.errors import TimestampBroken, TimestampRefused, TimestampUnreachable
from service.evidence.offline.timestamps import check_token
from service.evidence.timestamps import TimestampAuthority
from tests.timestamp_authority import Authority, served

DIGEST = hashlib.sha256(b"evidence").digest()
OTHER = hashlib.sha256(b"other").digest()
PATIENCE = timedelta(seconds=20)


@pytest.fixture(scope="module", params=["rsa", "p256"])
def authority(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("authority") / "a", key=request.param)


def asked(answer: Callable[[bytes], bytes], *, status: int = 200, roots: Path | None = None) -> bytes:
    with served(answer, status=status) as address:
        return TimestampAuthority(address, PATIENCE, roots=roots).stamp(DIGEST)


def test_an_authority_stamps_a_digest(authority: Authority) -> None:
    token = asked(authority.reply, roots=authority.folder / "root.pem")
    assert "CN=Proof Time,O=Proof,C=VN" == check_token(token, DIGEST).authority
    assert authority.openssl_verifies(token, DIGEST)
    assert not authority.openssl_verifies(token, OTHER)


def test_a_refusal_has_the_words_of_the_authority(authority: Authority) -> None:
    with pytest.raises(TimestampRefused, match=r"said no: Message digest algorithm is not supported.*badAlg"):
        asked(authority.refuse)


def test_the_answer_to_an_earlier_question_is_not_taken(authority: Authority) -> None:
    kept: list[bytes] = []

    def replay(query: bytes) -> bytes:
        kept.append(authority.reply(query))
        return kept[0]

    with served(replay) as address:
        asks = TimestampAuthority(address, PATIENCE)
        asks.stamp(DIGEST)
        with pytest.raises(TimestampBroken, match="nonce differs"):
            asks.stamp(DIGEST)
        with pytest.raises(TimestampBroken, match="message imprint differs"):
            asks.stamp(OTHER)


def test_a_changed_answer_is_not_taken(authority: Authority) -> None:
    with pytest.raises(TimestampBroken, match="the signature is wrong"):
        asked(lambda query: authority.reply(query)[:-1] + b"\x00")


def test_an_authority_nobody_trusts_is_not_taken(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Authority.made(tmp_path_factory.mktemp("authority") / "b", key="p256")
    with pytest.raises(TimestampBroken, match="which none of the given roots has signed"):
        asked(authority.reply, roots=other.folder / "root.pem")


@pytest.mark.parametrize("content", [b"", b"<html>Please log in</html>", b"\x30\x80" * 40])
def test_garbage_is_no_time_stamp(content: bytes) -> None:
    with pytest.raises(TimestampUnreachable, match="wanted a time stamp, got"):
        asked(lambda _: content)


def test_an_error_of_the_server_is_told() -> None:
    with pytest.raises(TimestampUnreachable, match="answered HTTP 503"):
        asked(lambda _: b"", status=503)


def test_an_authority_that_is_away_is_told_without_its_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers here
        port = taken.getsockname()[1]
        with pytest.raises(TimestampUnreachable, match="no answer") as caught:
            TimestampAuthority(f"http://agency:secret@127.0.0.1:{port}/tsr", PATIENCE).stamp(DIGEST)
    assert "secret" not in str(caught.value)


def test_a_slow_authority_is_not_waited_for() -> None:
    over = threading.Event()

    def wait(_: bytes) -> bytes:
        over.wait(30)
        return b""

    with served(wait) as address:
        with pytest.raises(TimestampUnreachable, match="timed out"):
            TimestampAuthority(address, timedelta(seconds=0.3)).stamp(DIGEST)
        over.set()


def test_only_web_addresses_and_digests_are_asked() -> None:
    with pytest.raises(TimestampUnreachable, match="wanted an address with http or https"):
        TimestampAuthority("file:///etc/passwd", PATIENCE)
    with pytest.raises(ValueError, match="wanted the 32 bytes"):
        TimestampAuthority("http://127.0.0.1:9/", PATIENCE).stamp(b"short")
