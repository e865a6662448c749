"""Check an RFC 3161 time stamp: somebody with this certificate saw these 32 bytes at that time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from service.evidence.offline.certificate_chain import (
    ChainBroken,
    chain_end,
    chain_purpose,
    chain_upwards,
    chain_validity,
    read_certificate,
)
from service.evidence.offline.der import (
    DER_BOOLEAN,
    DER_INTEGER,
    DER_OCTETS,
    DER_SEQUENCE,
    DER_SET,
    DerBroken,
    DerValue,
    der_at_least,
    der_boolean,
    der_count,
    der_exactly,
    der_in_order,
    der_integer,
    der_oid,
    der_time,
    der_wanted,
    read_der,
)
from service.evidence.offline.signatures import (
    SIGNATURE_SHA256,
    SignatureBroken,
    check_signature,
    signature_algorithm,
    signature_digest,
    signature_hashed,
)

_TOKEN_SIGNED_DATA, _TOKEN_TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
_TOKEN_CONTENT_TYPE, _TOKEN_MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_TOKEN_CERTIFICATE_V1, _TOKEN_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"


class TokenBroken(Exception):
    """A time stamp proves nothing for these bytes. The message names what does not fit."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What a whole time stamp says.

    Attributes:
        at: When the authority saw the digest, aware UTC.
        authority: Subject of its certificate, as in RFC 4514. Anybody can make a certificate with any name.
        certificate_sha256: Of its certificate: compare it with the one that the authority publishes.
    """

    at: datetime
    authority: str
    certificate_sha256: str


@dataclass(frozen=True, slots=True)
class _TokenParts:
    """The pieces of a token that are looked at further."""

    stated: bytes
    certificates: tuple[DerValue, ...]
    signer: tuple[DerValue, ...]
    digest: hashes.HashAlgorithm


def check_token(
    token_der: bytes, digest_sha256: bytes, *, roots_der: Sequence[bytes] = (), nonce: int | None = None
) -> Timestamp:
    """Check a TimeStampToken without any network.

    Every byte that could be changed unnoticed is refused: certificates that are not part of the chain, unsigned
    attributes, revocation lists, other spellings of the same value.

    Args:
        token_der: The TimeStampToken (CMS SignedData), not the whole answer of the authority.
        digest_sha256: The 32 bytes that were stamped.
        roots_der: Certificates that are trusted. Where given, the chain must end in one of them. Without them the
            token is only shown to be whole, and made by whoever holds the key of its certificate. They are needed
            for tokens with intermediate certificates but without their root.
        nonce: The number that the question had, where it is known: the answer must have it as well.

    Raises:
        TokenBroken: Something does not fit.
    """
    try:
        token = _token_parts(token_der)
        leaf, attributes, named = _token_signer(token)
        certificate = read_certificate(leaf, "the authority's certificate")
        signed = b"\x31" + attributes.encoded[1:]  # the attributes are signed as a SET (RFC 5652, 5.4)
        signature = der_wanted(token.signer[5], DER_OCTETS, "signature")
        check_signature(certificate, signed, signature=signature, algorithm=token.signer[4], digest=token.digest)
        moment = _token_statement(token.stated, digest_sha256, nonce)
        chain_purpose(certificate, ExtendedKeyUsageOID.TIME_STAMPING, "timeStamping")
        others = [read_certificate(c, "an included certificate") for c in token.certificates if c is not leaf]
        roots = [read_certificate(read_der(c, "a given root"), "a given root") for c in roots_der]
        chain = chain_upwards(certificate, others)
        chain_end(chain[-1], is_named=_token_is_named(chain[-1], named), roots=roots)
        chain_validity(chain, moment)
    except (DerBroken, ChainBroken, SignatureBroken) as error:
        raise TokenBroken(str(error)) from None
    return Timestamp(moment, certificate.subject.rfc4514_string(), certificate.fingerprint(hashes.SHA256()).hex())


def _token_parts(token_der: bytes) -> _TokenParts:
    """Take a CMS SignedData apart that has exactly what a time stamp needs."""
    kind, *wrapped = der_at_least(read_der(token_der, "the token").parts("the token"), 1, "the token")
    if der_oid(kind, "the token") != _TOKEN_SIGNED_DATA:
        raise TokenBroken("the token is not signed data (CMS)")
    der_count(wrapped, "the token", at_least=1, at_most=1)
    (signed,) = der_exactly(wrapped[0].parts("the token", 0xA0), 1, "the token")
    parts = signed.parts("signed data")
    if any(part.tag == 0xA1 for part in parts):
        raise TokenBroken("the token has revocation lists, which its signature does not cover")
    if not any(part.tag == 0xA0 for part in parts):
        raise TokenBroken("the token has no certificate: it has to be asked for with certificates")
    version, algorithms, content, certificates, signers = der_exactly(parts, 5, "signed data")
    if der_integer(version, "version of the signed data") != 3:
        raise TokenBroken("version of the signed data: wanted 3")
    content_kind, wrapped_content = der_exactly(content.parts("content"), 2, "content")
    if der_oid(content_kind, "content") != _TOKEN_TST_INFO:
        raise TokenBroken("the content is not a time stamp (TSTInfo)")
    (stated,) = der_exactly(wrapped_content.parts("content", 0xA0), 1, "content")
    (signer,) = der_exactly(signers.parts("signers", DER_SET), 1, "signers")
    signer_parts = signer.parts("signer")
    if len(signer_parts) > 6:
        raise TokenBroken("the token has unsigned attributes, which its signature does not cover")
    der_exactly(signer_parts, 6, "signer")
    (algorithm,) = der_exactly(algorithms.parts("digest algorithms", DER_SET), 1, "digest algorithms")
    digest = signature_digest(algorithm, "digest of the signed data")
    if signature_digest(signer_parts[2], "digest of the signer") is not digest:
        raise TokenBroken("digest of the signer: not the one that the signed data names")
    return _TokenParts(
        der_wanted(stated, DER_OCTETS, "content"), certificates.parts("certificates", 0xA0), signer_parts, digest
    )


def _token_signer(token: _TokenParts) -> tuple[DerValue, DerValue, tuple[tuple[str, bytes], ...]]:
    """Return the signer's certificate, the signed attributes, and the digests of the certificates that these name."""
    version, identity, _, attributes, _, _ = token.signer
    if der_integer(version, "version of the signer") != 1:
        raise TokenBroken("version of the signer: wanted 1")
    issuer, serial = der_exactly(identity.parts("signer"), 2, "signer")
    found = [c for c in token.certificates if _token_identity(c) == (issuer.encoded, serial.encoded)]
    if len(found) != 1:
        raise TokenBroken(f"the signer's certificate: wanted once, included {len(found)} times")
    pairs = attributes.parts("signed attributes", 0xA0)
    der_in_order(pairs, "signed attributes")
    values: dict[str, tuple[DerValue, ...]] = {}
    for pair in pairs:
        kind, held = der_exactly(pair.parts("signed attributes"), 2, "signed attributes")
        name = der_oid(kind, "signed attributes")
        if name in values:
            raise TokenBroken(f"signed attributes: {name} comes twice")
        values[name] = held.parts("signed attributes", DER_SET)
    (content_type,) = der_exactly(values.get(_TOKEN_CONTENT_TYPE, ()), 1, "content-type attribute")
    if der_oid(content_type, "content-type attribute") != _TOKEN_TST_INFO:
        raise TokenBroken("content-type attribute: not a time stamp (TSTInfo)")
    (message_digest,) = der_exactly(values.get(_TOKEN_MESSAGE_DIGEST, ()), 1, "message-digest attribute")
    if der_wanted(message_digest, DER_OCTETS, "message-digest attribute") != signature_hashed(
        token.digest, token.stated
    ):
        raise TokenBroken("message-digest attribute: not the digest of the content")
    return found[0], attributes, _token_named(values, found[0], (issuer, serial))


def _token_named(
    values: dict[str, tuple[DerValue, ...]], leaf: DerValue, identity: tuple[DerValue, DerValue]
) -> tuple[tuple[str, bytes], ...]:
    """Return digest names and digests of the certificates that the signature covers. The first is the signer's."""
    what = "signing-certificate attribute"
    named: list[tuple[str, bytes]] = []
    for kind in (_TOKEN_CERTIFICATE_V1, _TOKEN_CERTIFICATE_V2):
        if kind not in values:
            continue
        (value,) = der_exactly(values[kind], 1, what)
        stated = value.parts(what)
        der_count(stated, what, at_least=1, at_most=2)
        for i, entry in enumerate(stated[0].parts(what)):
            fields = list(entry.parts(what))
            der_count(fields, what, at_least=1, at_most=3)
            digest = "sha1" if kind == _TOKEN_CERTIFICATE_V1 else "sha256"
            if kind == _TOKEN_CERTIFICATE_V2 and fields[0].tag == DER_SEQUENCE:
                digest = signature_digest(fields.pop(0), what).name
                der_at_least(fields, 1, what)
            named.append((digest, der_wanted(fields[0], DER_OCTETS, what)))
            if i == 0 and named[-1][1] != hashlib.new(digest, leaf.encoded).digest():
                raise TokenBroken(f"{what}: not the certificate of the signer")
            if i == 0 and len(fields) > 1:
                _token_same_issuer(fields[1], identity)
    if not named:
        raise TokenBroken(f"{what}: missing")
    return tuple(named)


def _token_same_issuer(value: DerValue, identity: tuple[DerValue, DerValue]) -> None:
    what = "signing-certificate attribute"
    names, serial = der_exactly(value.parts(what), 2, what)
    (name,) = der_exactly(names.parts(what), 1, what)
    if (der_wanted(name, 0xA4, what), serial.encoded) != (identity[0].encoded, identity[1].encoded):
        raise TokenBroken(f"{what}: not the issuer and the serial number of the signer's certificate")


def _token_statement(stated: bytes, digest_sha256: bytes, nonce: int | None) -> datetime:
    """Return the time of a TSTInfo about these 32 bytes."""
    what = "time stamp (TSTInfo)"
    parts = read_der(stated, what).parts(what)
    der_count(parts, what, at_least=5, at_most=10)
    version, policy, imprint, serial, moment, *rest = parts
    algorithm, hashed = der_exactly(imprint.parts("message imprint"), 2, "message imprint")
    if signature_algorithm(algorithm, "message imprint") != SIGNATURE_SHA256:
        raise TokenBroken("message imprint: the digest algorithm is not SHA-256")
    if der_wanted(hashed, DER_OCTETS, "message imprint") != digest_sha256:
        raise TokenBroken(f"message imprint differs: the time stamp is for {hashed.content.hex()}")
    if der_integer(version, what) != 1:
        raise TokenBroken(f"{what}: wanted version 1")
    der_oid(policy, what)
    der_integer(serial, what)
    places = {
        DER_SEQUENCE: 0,
        DER_BOOLEAN: 1,
        DER_INTEGER: 2,
        0xA0: 3,
        0xA1: 4,
    }  # accuracy, ordering, nonce, name, extensions
    order = [places.get(part.tag, -1) for part in rest]
    if order != sorted(set(order)) or -1 in order:
        raise TokenBroken(f"{what}: malformed DER: fields that do not belong there")
    if nonce is not None and nonce not in [der_integer(part, what) for part in rest if part.tag == DER_INTEGER]:
        raise TokenBroken("nonce differs: the time stamp is the answer to another question")
    for extension in [e for part in rest if part.tag == 0xA1 for e in part.parts(what, 0xA1)]:
        fields = extension.parts(what)
        der_count(fields, what, at_least=2, at_most=3)
        if len(fields) == 3 and der_boolean(fields[1], what):
            raise TokenBroken(f"{what}: critical extension {der_oid(fields[0], what)} is not known")
    return der_time(moment, what)


def _token_is_named(certificate: x509.Certificate, named: Sequence[tuple[str, bytes]]) -> bool:
    encoded = certificate.public_bytes(Encoding.DER)
    return any(hashlib.new(digest, encoded).digest() == found for digest, found in named)


def _token_identity(certificate: DerValue) -> tuple[bytes, bytes]:
    """Return issuer and serial number of a certificate as encoded."""
    body = der_at_least(certificate.parts("certificate"), 1, "certificate")[0].parts("certificate")
    der_at_least(body, 6, "certificate")
    return body[3].encoded, body[1].encoded
