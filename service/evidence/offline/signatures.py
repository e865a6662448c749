"""Check a signature whose algorithm is named in DER: RSA, ECDSA and Ed25519 with SHA-256 or longer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from service.evidence.offline.der import DerValue, der_at_least, der_exactly, der_integer, der_oid

SIGNATURE_SHA256 = "2.16.840.1.101.3.4.2.1"
_SIGNATURE_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    SIGNATURE_SHA256: hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_SIGNATURE_RSA, _SIGNATURE_RSA_PSS = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"
_SIGNATURE_RSA_WITH = {
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_SIGNATURE_MGF1 = "1.2.840.113549.1.1.8"
_SIGNATURE_ECDSA_WITH = {
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}
_SIGNATURE_ED25519 = "1.3.101.112"
_SIGNATURE_LEAST_RSA_BITS = 2048  # NIST SP 800-131A: shorter keys are not to be relied on
_SIGNATURE_NULL = b"\x05\x00"


class SignatureBroken(Exception):
    """A signature is wrong, or of a kind that is not taken."""


def check_signature(
    certificate: x509.Certificate,
    signed: bytes,
    *,
    signature: bytes,
    algorithm: DerValue,
    digest: hashes.HashAlgorithm,
) -> None:
    """Check that the holder of a certificate signed these bytes. Raises `SignatureBroken` and `DerBroken`."""
    kind, *parameters = der_at_least(algorithm.parts("signature algorithm"), 1, "signature algorithm")
    name = der_oid(kind, "signature algorithm")
    chosen, key = (name, parameters), certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if key.key_size < _SIGNATURE_LEAST_RSA_BITS:
                raise SignatureBroken(f"the signer's key has {key.key_size} bits: wanted {_SIGNATURE_LEAST_RSA_BITS}")
            key.verify(signature, signed, _signature_padding(name, parameters, digest), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and chosen == (_SIGNATURE_ECDSA_WITH[digest.name], []):
            key.verify(signature, signed, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey) and chosen == (_SIGNATURE_ED25519, []):
            key.verify(signature, signed)
        else:
            raise SignatureBroken(f"signature algorithm {name}: does not fit the key and the digest {digest.name}")
    except InvalidSignature:
        raise SignatureBroken("the signature is wrong") from None


def signature_algorithm(value: DerValue, what: str) -> str:
    """Return the name of an algorithm without parameters. Raises `SignatureBroken` and `DerBroken`."""
    kind, *parameters = der_at_least(value.parts(what), 1, what)
    if [p.encoded for p in parameters] not in ([], [_SIGNATURE_NULL]):
        raise SignatureBroken(f"{what}: wanted an algorithm without parameters")
    return der_oid(kind, what)


def signature_digest(value: DerValue, what: str) -> hashes.HashAlgorithm:
    """Return the digest that an algorithm names. Raises `SignatureBroken` and `DerBroken`."""
    name = signature_algorithm(value, what)
    if name not in _SIGNATURE_DIGESTS:
        raise SignatureBroken(f"{what}: wanted SHA-256, SHA-384 or SHA-512, got {name}")
    return _SIGNATURE_DIGESTS[name]


def signature_hashed(digest: hashes.HashAlgorithm, content: bytes) -> bytes:
    """Return the digest of these bytes."""
    return hashlib.new(digest.name, content).digest()


def _signature_padding(
    name: str, parameters: Sequence[DerValue], digest: hashes.HashAlgorithm
) -> padding.PKCS1v15 | padding.PSS:
    """Return the padding of an RSA signature whose algorithm fits the digest."""
    what = "signature algorithm"
    if name in (_SIGNATURE_RSA, _SIGNATURE_RSA_WITH[digest.name]):
        if [p.encoded for p in parameters] not in ([_SIGNATURE_NULL], []):
            raise SignatureBroken(f"{what}: wanted no parameters")
        return padding.PKCS1v15()
    if name != _SIGNATURE_RSA_PSS:
        raise SignatureBroken(f"{what} {name}: does not fit the key and the digest {digest.name}")
    (choices,) = der_exactly(parameters, 1, what)
    hashed, mask, salt = der_exactly(choices.parts(what), 3, what)
    (hashed_by,) = der_exactly(hashed.parts(what, 0xA0), 1, what)
    (masked_by,) = der_exactly(mask.parts(what, 0xA1), 1, what)
    (salt_size,) = der_exactly(salt.parts(what, 0xA2), 1, what)
    mask_kind, mask_digest = der_exactly(masked_by.parts(what), 2, what)
    is_plain = der_oid(mask_kind, what) == _SIGNATURE_MGF1 and signature_digest(mask_digest, what) is digest
    if not is_plain or signature_digest(hashed_by, what) is not digest:
        raise SignatureBroken(f"{what}: wanted PSS with MGF1 and {digest.name} throughout")
    return padding.PSS(padding.MGF1(digest), max(0, der_integer(salt_size, what)))
