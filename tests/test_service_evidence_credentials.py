"""Content credentials in stills and clips: they are read back, what is changed is found, and the clip still plays."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer

import av
import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import CredentialsUnusable
from service.evidence.credentials import Claim, Credentialer, make_signing_certificate, read_credentials
from service.evidence.cutter import to_jpeg
from tests.samples import SAMPLES, sample_frame
from tests.timestamp_authority import Authority, served

MADE_AT = datetime(2024, 1, 1, tzinfo=UTC)
MOMENT = datetime(2026, 11, 23, 8, 0, 0, 250_000, tzinfo=UTC)
CERTIFICATE = make_signing_certificate("Sở Thử nghiệm", valid_from=MADE_AT, valid_for=timedelta(days=36500))
CLAIM = Claim("7c9e6679-7425-40de-944b-e07fc1f90ae7", "counter", MOMENT, MOMENT + timedelta(seconds=9), "ab" * 32)
HIDDEN = dataclasses.replace(CLAIM, edits=("heads of all but the subject hidden",))
STILL, CLIP = "image/jpeg", "video/mp4"


def credentialer(*, timestamp_address: str = "") -> Credentialer:
    chain, key = CERTIFICATE.certificate_chain_pem, CERTIFICATE.private_key_pem
    return Credentialer(chain, key, version="0.1.0", timestamp_address=timestamp_address)


@cache
def still() -> bytes:
    frame, _ = sample_frame("counter", seconds=1.0)
    return to_jpeg(frame.image)


@cache
def clip() -> bytes:
    return (SAMPLES / "clips" / "entrance.mp4").read_bytes()


@cache
def signed_still() -> bytes:
    return credentialer().sign(still(), STILL, CLAIM)


@cache
def signed_clip() -> bytes:
    return credentialer().sign(clip(), CLIP, HIDDEN)


def tables_at(content: bytes | bytearray) -> int:
    """Return where a still's tables begin, behind the segments of its credentials: their bytes may hold any marker."""
    at = 2
    while content[at : at + 2] != b"\xff\xdb":
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return at


def pictures(content: bytes) -> list[str]:
    """Return the digest of every decoded picture."""
    with av.open(io.BytesIO(content)) as container:
        return [hashlib.sha256(bytes(f.planes[0])).hexdigest() for f in container.decode(video=0)]


def test_a_signed_still_says_where_it_comes_from() -> None:
    found = read_credentials(signed_still(), STILL, anchors_pem=CERTIFICATE.anchor_pem)
    assert (True, True, CLAIM, ()) == (found.is_whole, found.is_trusted, found.claim, found.faults)
    assert "Công Vụ 0.1.0" == found.generator
    assert "Sở Thử nghiệm, Công Vụ: content credentials" == found.signer


def test_a_signed_clip_says_what_was_done_to_it_and_still_plays() -> None:
    found = read_credentials(signed_clip(), CLIP, anchors_pem=CERTIFICATE.anchor_pem)
    assert (True, True, HIDDEN, ()) == (found.is_whole, found.is_trusted, found.claim, found.faults)
    assert pictures(clip()) == pictures(signed_clip())


def test_the_picture_of_a_still_is_not_encoded_again() -> None:
    assert pictures(still()) == pictures(signed_still())


def test_the_actions_are_those_of_the_standard() -> None:
    with c2pa.Reader(CLIP, io.BytesIO(signed_clip())) as reader:
        assertions = reader.get_active_manifest()["assertions"]
    (actions,) = [a["data"]["actions"] for a in assertions if a["label"] == "c2pa.actions.v2"]
    assert ["c2pa.created", "c2pa.edited"] == [a["action"] for a in actions]
    assert HIDDEN.edits[0] == actions[1]["description"]


def test_a_whole_file_of_a_stranger_is_not_trusted() -> None:
    stranger = make_signing_certificate("Sở Thử nghiệm", valid_from=MADE_AT, valid_for=timedelta(days=36500))
    for anchors in (b"", stranger.anchor_pem):
        found = read_credentials(signed_still(), STILL, anchors_pem=anchors)
        assert (True, False, ()) == (found.is_whole, found.is_trusted, found.faults)


@settings(max_examples=200)
@given(st.data())
def test_a_flipped_bit_in_a_still_is_found(data: st.DataObject) -> None:
    content = bytearray(signed_still())
    picture_starts = tables_at(content)
    place = data.draw(st.integers(8 * picture_starts, 8 * len(content) - 1))
    content[place // 8] ^= 1 << place % 8
    found = read_credentials(bytes(content), STILL, anchors_pem=CERTIFICATE.anchor_pem)
    assert (False, False) == (found.is_whole, found.is_trusted)
    assert found.faults


@settings(max_examples=100)
@given(st.data())
def test_a_flipped_bit_in_a_clip_is_found(data: st.DataObject) -> None:
    content = bytearray(signed_clip())
    picture_starts = content.index(b"moov") - 4
    place = data.draw(st.integers(8 * picture_starts, 8 * len(content) - 1))
    content[place // 8] ^= 1 << place % 8
    found = read_credentials(bytes(content), CLIP, anchors_pem=CERTIFICATE.anchor_pem)
    assert (False, False) == (found.is_whole, found.is_trusted)
    assert found.faults


@settings(max_examples=100)
@given(st.data())
def test_a_flipped_bit_in_the_credentials_never_changes_what_they_say_unnoticed(data: st.DataObject) -> None:
    content = bytearray(signed_still())
    place = data.draw(st.integers(0, 8 * tables_at(content) - 1))
    content[place // 8] ^= 1 << place % 8
    found = read_credentials(bytes(content), STILL, anchors_pem=CERTIFICATE.anchor_pem)
    assert not found.is_whole or CLAIM == found.claim


def test_another_picture_does_not_get_these_credentials() -> None:
    other, _ = sample_frame("counter", seconds=2.0)
    signed, plain = signed_still(), to_jpeg(other.image)
    moved = signed[: tables_at(signed)] + plain[tables_at(plain) :]
    found = read_credentials(moved, STILL)
    assert not found.is_whole
    assert found.faults[0].startswith("assertion.dataHash.mismatch")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (still(), "there are no content credentials in it"),
        (b"", "the content credentials cannot be read"),
        (b"not a picture", "the content credentials cannot be read"),
    ],
)
def test_a_file_without_credentials_says_so(content: bytes, fault: str) -> None:
    found = read_credentials(content, STILL)
    assert (False, False, None) == (found.is_whole, found.is_trusted, found.claim)
    assert found.faults[0].startswith(fault)


def test_what_is_no_picture_is_not_signed() -> None:
    for content, media_type in ((b"not a picture", STILL), (b"", CLIP), (still(), "text/plain")):
        with pytest.raises(CredentialsUnusable, match="content credentials for"):
            credentialer().sign(content, media_type, CLAIM)


def test_a_certificate_that_has_run_out_does_not_sign() -> None:
    old = make_signing_certificate("Sở Thử nghiệm", valid_from=MADE_AT, valid_for=timedelta(days=1))
    expired = Credentialer(old.certificate_chain_pem, old.private_key_pem, version="0.1.0")
    with pytest.raises(CredentialsUnusable, match="content credentials for image/jpeg"):
        expired.sign(still(), STILL, CLAIM)


def test_a_key_must_be_that_of_the_certificate() -> None:
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(pem, form, serialization.NoEncryption())
    with pytest.raises(CredentialsUnusable, match="not that of the first certificate"):
        Credentialer(CERTIFICATE.certificate_chain_pem, other, version="0.1.0")
    locked = ed25519.Ed25519PrivateKey.generate().private_bytes(pem, form, serialization.BestAvailableEncryption(b"x"))
    for key in (b"", locked):
        with pytest.raises(CredentialsUnusable, match="wanted PEM without a password"):
            Credentialer(CERTIFICATE.certificate_chain_pem, key, version="0.1.0")


def test_certificates_that_cannot_be_read_are_no_fault_of_the_file() -> None:
    with pytest.raises(CredentialsUnusable, match="trusted certificates for content credentials: wanted PEM"):
        read_credentials(signed_still(), STILL, anchors_pem=b"nothing")
    with pytest.raises(CredentialsUnusable, match="certificate for content credentials: wanted PEM"):
        Credentialer(b"nothing", CERTIFICATE.private_key_pem, version="0.1.0")


def test_the_key_of_the_issuer_is_not_kept() -> None:
    key = serialization.load_pem_private_key(CERTIFICATE.private_key_pem, password=None)
    leaf, issuer = x509.load_pem_x509_certificates(CERTIFICATE.certificate_chain_pem)
    assert leaf.public_key() == key.public_key()
    assert issuer.public_key() != key.public_key()
    assert "private_key" not in repr(CERTIFICATE)


def test_a_time_stamp_is_asked_for_where_an_address_is_given(tmp_path_factory: pytest.TempPathFactory) -> None:
    authority = Authority.made(tmp_path_factory.mktemp("authority") / "a", key="p256")
    with served(authority.reply) as address:
        signed = credentialer(timestamp_address=address).sign(still(), STILL, CLAIM)
    assert read_credentials(signed, STILL, anchors_pem=CERTIFICATE.anchor_pem).is_whole
    with c2pa.Reader(STILL, io.BytesIO(signed)) as reader:
        assert reader.get_active_manifest()["signature_info"]["time"]


@contextmanager
def counting_server() -> Iterator[tuple[str, list[str]]]:
    """Serve nothing, and remember what was asked."""
    asked: list[str] = []

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Asked)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_credentials_that_lie_elsewhere_are_not_fetched() -> None:
    with counting_server() as (address, asked):
        chain, key = CERTIFICATE.certificate_chain_pem, CERTIFICATE.private_key_pem
        content = io.BytesIO()
        who = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, chain, key, None)
        with c2pa.Signer.from_info(who) as signer, c2pa.Builder(json.dumps({"title": "x"})) as builder:
            builder.set_intent(c2pa.C2paBuilderIntent.CREATE, c2pa.C2paDigitalSourceType.DIGITAL_CAPTURE)
            builder.set_no_embed()
            builder.set_remote_url(f"{address}/elsewhere.c2pa")
            builder.sign(signer, STILL, io.BytesIO(still()), content)
        found = read_credentials(content.getvalue(), STILL)
        assert not found.is_whole
        assert [] == asked
        with pytest.raises(c2pa.C2paError):
            c2pa.Reader(STILL, io.BytesIO(content.getvalue()))
        assert ["/elsewhere.c2pa"] == asked  # as it comes, the library would have
