"""A time stamp that says nothing false: real ones of OpenSSL, and made ones with one thing wrong."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from service.evidence.offline.timestamps import TokenBroken, check_token
from tests.made_tokens import HASHES, MOMENT, Issued, Recipe, der, integer, issued, oid, time_signer
from tests.timestamp_authority import Authority

DIGEST = hashlib.sha256(b"evidence").digest()
ROOT = issued("Made Root", ec.generate_private_key(ec.SECP256R1()))
SIGNER = time_signer(ec.generate_private_key(ec.SECP256R1()), by=ROOT)
GOOD = Recipe(SIGNER, DIGEST, above=(ROOT,))
TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


@pytest.fixture(scope="module", params=["rsa", "p256"])
def stamped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, bytes]:
    authority = Authority.made(tmp_path_factory.mktemp("authority") / "a", key=request.param)
    return authority, authority.token(DIGEST)


def refusal(token: bytes, digest: bytes = DIGEST) -> str:
    with pytest.raises(TokenBroken) as caught:
        check_token(token, digest)
    return str(caught.value)


def test_a_real_time_stamp_says_who_and_when(stamped: tuple[Authority, bytes]) -> None:
    authority, token = stamped
    found = check_token(token, DIGEST, roots_der=[authority.certificate_der("root")])
    assert "CN=Proof Time,O=Proof,C=VN" == found.authority
    assert hashlib.sha256(authority.certificate_der("signer")).hexdigest() == found.certificate_sha256
    assert datetime(2024, 1, 1, tzinfo=UTC) < found.at
    assert timedelta(0) == found.at.utcoffset()
    assert authority.openssl_verifies(token, DIGEST)


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_the_signature_may_use_a_longer_digest(tmp_path: Path, digest: str) -> None:
    token = Authority.made(tmp_path / "a", key="p256", digest=digest, named_by=digest).token(DIGEST)
    assert "CN=Proof Time,O=Proof,C=VN" == check_token(token, DIGEST).authority


def test_the_first_kind_of_signing_certificate_attribute_is_taken(tmp_path: Path) -> None:
    token = Authority.made(tmp_path / "a", key="p256", named_by="sha1").token(DIGEST)
    assert "CN=Proof Time,O=Proof,C=VN" == check_token(token, DIGEST).authority


@settings(max_examples=500)
@given(st.data())
def test_a_flipped_bit_is_found(stamped: tuple[Authority, bytes], data: st.DataObject) -> None:
    _, token = stamped
    place = data.draw(st.integers(0, 8 * len(token) - 1))
    changed = bytearray(token)
    changed[place // 8] ^= 1 << place % 8
    assert refusal(bytes(changed))


@settings(max_examples=200)
@given(st.data())
def test_a_cut_or_lengthened_token_is_found(stamped: tuple[Authority, bytes], data: st.DataObject) -> None:
    _, token = stamped
    assert refusal(token[: data.draw(st.integers(0, len(token) - 1))])
    assert "trailing bytes" in refusal(token + data.draw(st.binary(min_size=1, max_size=9)))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(content: bytes) -> None:
    assert refusal(content)


def test_another_digest_is_not_what_was_stamped(stamped: tuple[Authority, bytes]) -> None:
    _, token = stamped
    assert refusal(token, hashlib.sha256(b"other").digest()).startswith("message imprint differs")


def test_another_program_takes_the_same_time_stamp() -> None:
    token = dataclasses.replace(GOOD, above=()).token()  # it wants sorted certificates, so one
    answer = decode_timestamp_response(der(0x30, der(0x30, integer(0)), token))
    verifier = VerifierBuilder().add_root_certificate(ROOT.certificate).build()
    assert verifier.verify(answer, DIGEST)
    assert check_token(token, DIGEST).at == answer.tst_info.gen_time


@pytest.mark.parametrize(
    ("key", "digest", "is_pss"),
    [
        (rsa.generate_private_key(65537, 2048), "sha256", False),
        (rsa.generate_private_key(65537, 2048), "sha512", True),
        (ec.generate_private_key(ec.SECP384R1()), "sha384", False),
        (ed25519.Ed25519PrivateKey.generate(), "sha512", False),
    ],
    ids=["rsa", "pss", "p384", "ed25519"],
)
def test_every_kind_of_key_is_checked(key: rsa.RSAPrivateKey, digest: str, is_pss: bool) -> None:
    recipe = dataclasses.replace(GOOD, signer=time_signer(key, by=ROOT), digest=digest, is_pss=is_pss)
    assert MOMENT == check_token(recipe.token(), DIGEST).at
    wrong = dataclasses.replace(recipe, signature=recipe.signer.key.sign(b"other", *signing(recipe)))
    assert "the signature is wrong" == refusal(wrong.token())


def signing(recipe: Recipe) -> tuple[object, ...]:
    """Return what the key of a recipe wants to know when it signs."""
    digest = HASHES[recipe.digest]
    if isinstance(recipe.signer.key, ed25519.Ed25519PrivateKey):
        return ()
    if isinstance(recipe.signer.key, ec.EllipticCurvePrivateKey):
        return (ec.ECDSA(digest),)
    how = padding.PSS(padding.MGF1(digest), digest.digest_size) if recipe.is_pss else padding.PKCS1v15()
    return (how, digest)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"imprint_by": "sha512"}, "message imprint: the digest algorithm is not SHA-256"),
        ({"content_type": "1.2.840.113549.1.7.1"}, "content-type attribute: not a time stamp"),
        ({"message_digest": bytes(32)}, "message-digest attribute: not the digest of the content"),
        ({"has_names": False}, "signing-certificate attribute: missing"),
        ({"named": (ROOT.encoded,)}, "signing-certificate attribute: not the certificate of the signer"),
        ({"named": (ROOT.encoded,), "named_by": "sha1"}, "signing-certificate attribute: not the certificate"),
        ({"moment": "20271123080000Z"}, "is outside the validity of the certificate of CN=Made Time"),
        ({"moment": "20261123080000.10Z"}, "malformed DER: wanted a time"),
        ({"moment": "20261123080000+0700"}, "malformed DER: wanted a time"),
        ({"moment": "20261323080000Z"}, "there is no such time"),
        ({"extra_signed": der(0xA1)}, "revocation lists"),
        ({"extra_signer": der(0xA1, der(0x30, oid("1.2.3.4"), der(0x31)))}, "unsigned attributes"),
        ({"extra_statement": der(0x13, b"x")}, "fields that do not belong there"),
        ({"extra_statement": der(0xA1, der(0x30, oid("1.2.3"), der(1, b"\xff"), der(4)))}, "critical extension 1.2.3"),
        ({"above": (ROOT, issued("Stranger", ROOT.key))}, "sign nothing here: CN=Stranger"),
        ({"above": (ROOT, ROOT)}, "sign nothing here: CN=Made Root"),
        ({"extra_attributes": (der(0x30, oid("1.2.840.113549.1.9.4"), der(0x31, der(4))),)}, "comes twice"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(change: dict[str, object], message: str) -> None:
    assert MOMENT == check_token(GOOD.token(), DIGEST).at
    assert message in refusal(dataclasses.replace(GOOD, **change).token())


@pytest.mark.parametrize(
    ("purposes", "critical"),
    [
        ([TIME_STAMPING], False),
        ([TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING], True),
        ([ExtendedKeyUsageOID.EMAIL_PROTECTION], True),
    ],
)
def test_a_certificate_for_other_purposes_makes_no_time_stamps(purposes: list[object], critical: bool) -> None:
    other = issued("Other", ec.generate_private_key(ec.SECP256R1()), by=ROOT, purposes=purposes, critical=critical)
    assert "not timeStamping alone and critical" in refusal(dataclasses.replace(GOOD, signer=other).token())
    plain = dataclasses.replace(GOOD, signer=ROOT, above=())
    assert "has no extended key usage" in refusal(plain.token())


def test_a_short_key_is_not_relied_on() -> None:
    weak = time_signer(rsa.generate_private_key(65537, 1024), by=ROOT)
    assert "has 1024 bits" in refusal(dataclasses.replace(GOOD, signer=weak).token())


def test_a_signature_algorithm_that_does_not_fit_the_key_is_refused() -> None:
    other = time_signer(ed25519.Ed25519PrivateKey.generate(), by=ROOT)
    token = dataclasses.replace(GOOD, signer=other).token()
    swapped = token.replace(der(0x30, oid("1.3.101.112")) + der(4, b"")[:1], der(0x30, oid("1.3.101.113")) + b"\x04")
    assert "signature algorithm 1.3.101.113: does not fit" in refusal(swapped)


def between() -> tuple[Issued, Issued]:
    middle = issued("Made Middle", ec.generate_private_key(ec.SECP256R1()), by=ROOT)
    return middle, time_signer(ec.generate_private_key(ec.SECP256R1()), by=middle)


def test_the_topmost_certificate_needs_something_that_binds_it() -> None:
    middle, signer = between()
    token = dataclasses.replace(GOOD, signer=signer, above=(middle,)).token()
    assert "nothing here binds the certificate of CN=Made Middle" in refusal(token)
    assert MOMENT == check_token(token, DIGEST, roots_der=[ROOT.encoded]).at
    whole = dataclasses.replace(GOOD, signer=signer, above=(middle, ROOT)).token()
    assert MOMENT == check_token(whole, DIGEST).at
    named = dataclasses.replace(GOOD, signer=signer, above=(middle,), named=(signer.encoded, middle.encoded)).token()
    assert MOMENT == check_token(named, DIGEST).at


def test_a_stranger_with_the_same_name_is_no_trusted_root() -> None:
    stranger = issued("Made Root", ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(TokenBroken, match="which none of the given roots has signed"):
        check_token(GOOD.token(), DIGEST, roots_der=[stranger.encoded])
    bare = dataclasses.replace(GOOD, above=()).token()
    assert MOMENT == check_token(bare, DIGEST, roots_der=[stranger.encoded, ROOT.encoded]).at


def test_a_time_has_its_fraction() -> None:
    token = dataclasses.replace(GOOD, moment="20261123080000.25Z", extra_statement=integer(5)).token()
    assert MOMENT + timedelta(milliseconds=250) == check_token(token, DIGEST).at
