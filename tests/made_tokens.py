"""Time stamps made by hand, so that one thing at a time can be wrong in them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.evidence.offline.der import read_der

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
MOMENT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TST_INFO = "1.2.840.113549.1.9.16.1.4"
DIGESTS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2",
           "sha512": "2.16.840.1.101.3.4.2.3"}  # fmt: skip
ECDSA = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


def der(tag: int, *parts: bytes) -> bytes:
    """Encode one value."""
    content = b"".join(parts)
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    length = bytes([len(content)]) if len(content) < 0x80 else bytes([0x80 | len(size)]) + size
    return bytes([tag]) + length + content


def oid(dotted: str) -> bytes:
    """Encode an object identifier."""
    first, second, *rest = (int(n) for n in dotted.split("."))
    content = b""
    for number in (40 * first + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        content += bytes(reversed(groups))
    return der(0x06, content)


def integer(number: int) -> bytes:
    """Encode a whole number that is not negative."""
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def algorithm(digest: str) -> bytes:
    """Encode the name of a digest."""
    return der(0x30, oid(DIGESTS[digest]), der(0x05))


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with its certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def encoded(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.DER)


def issued(
    name: str,
    key: Key,
    *,
    by: Issued | None = None,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    critical: bool = True,
) -> Issued:
    """Make a certificate for a year around `MOMENT`; without purposes it may sign certificates."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(MOMENT - timedelta(days=180))
        .not_valid_after(MOMENT + timedelta(days=180))
        .add_extension(x509.BasicConstraints(ca=not purposes, path_length=None), critical=True)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    signer = by.key if by else key
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Issued(key, builder.sign(signer, digest))


def time_signer(key: Key, *, by: Issued | None = None) -> Issued:
    """Make a certificate for time stamps."""
    return issued("Made Time", key, by=by, purposes=[ExtendedKeyUsageOID.TIME_STAMPING])


@dataclass(frozen=True, slots=True)
class Recipe:
    """What goes into a token; what is not given is as it should be."""

    signer: Issued
    digest_sha256: bytes
    above: tuple[Issued, ...] = ()
    digest: str = "sha256"
    imprint_by: str = "sha256"
    moment: str = "20261123080000Z"
    content_type: str = TST_INFO
    message_digest: bytes | None = None
    named: tuple[bytes, ...] = ()
    named_by: str = "sha256"
    has_names: bool = True
    is_pss: bool = False
    signature: bytes | None = None
    extra_statement: bytes = b""
    extra_signed: bytes = b""
    extra_signer: bytes = b""
    extra_attributes: tuple[bytes, ...] = field(default=())

    def token(self) -> bytes:
        """Encode the token."""
        stated = self._stated()
        attributes = sorted(self._attributes(stated))
        signed = der(0x31, *attributes)
        identity = der(
            0x30, self.signer.certificate.issuer.public_bytes(), integer(self.signer.certificate.serial_number)
        )
        how, signature = self._signature(signed)
        signer = der(
            0x30, integer(1), identity, algorithm(self.digest), b"\xa0" + signed[1:], how,
            der(0x04, self.signature if self.signature is not None else signature), self.extra_signer,
        )  # fmt: skip
        certificates = der(0xA0, *(c.encoded for c in (self.signer, *self.above)))
        content = der(0x30, oid(TST_INFO), der(0xA0, der(0x04, stated)))
        body = der(0x30, integer(3), der(0x31, algorithm(self.digest)), content, certificates, self.extra_signed,
                   der(0x31, signer))  # fmt: skip
        return der(0x30, oid("1.2.840.113549.1.7.2"), der(0xA0, body))

    def _stated(self) -> bytes:
        imprint = der(0x30, algorithm(self.imprint_by), der(0x04, self.digest_sha256))
        moment = der(0x18, self.moment.encode())
        return der(0x30, integer(1), oid("1.3.6.1.4.1.99999.1"), imprint, integer(7), moment, self.extra_statement)

    def _attributes(self, stated: bytes) -> list[bytes]:
        digest = self.message_digest or hashlib.new(self.digest, stated).digest()
        found = [
            _attribute("1.2.840.113549.1.9.3", oid(self.content_type)),
            _attribute("1.2.840.113549.1.9.4", der(0x04, digest)),
            *self.extra_attributes,
        ]
        if not self.has_names:
            return found
        kind = "1.2.840.113549.1.9.16.2.12" if self.named_by == "sha1" else "1.2.840.113549.1.9.16.2.47"
        entries = [
            der(0x30, b"" if self.named_by in ("sha1", "sha256") else algorithm(self.named_by),
                der(0x04, hashlib.new(self.named_by, certificate).digest()))
            for certificate in self.named or (self.signer.encoded,)
        ]  # fmt: skip
        return [*found, _attribute(kind, der(0x30, der(0x30, *entries)))]

    def _signature(self, signed: bytes) -> tuple[bytes, bytes]:
        key, digest = self.signer.key, HASHES[self.digest]
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return der(0x30, oid("1.3.101.112")), key.sign(signed)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return der(0x30, oid(ECDSA[self.digest])), key.sign(signed, ec.ECDSA(digest))
        if not self.is_pss:
            return der(0x30, oid("1.2.840.113549.1.1.1"), der(0x05)), key.sign(signed, padding.PKCS1v15(), digest)
        mask = der(0x30, oid("1.2.840.113549.1.1.8"), algorithm(self.digest))
        salt = integer(digest.digest_size)
        choices = der(0x30, der(0xA0, algorithm(self.digest)), der(0xA1, mask), der(0xA2, salt))
        how = padding.PSS(padding.MGF1(digest), digest.digest_size)
        return der(0x30, oid("1.2.840.113549.1.1.10"), choices), key.sign(signed, how, digest)


def _attribute(kind: str, value: bytes) -> bytes:
    read_der(value, "attribute")  # what is made here is at least DER
    return der(0x30, oid(kind), der(0x31, value))
