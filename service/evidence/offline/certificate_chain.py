"""Which certificate was signed by which, up to one that something else vouches for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from service.evidence.offline.der import DerValue, der_bits, der_count, der_exactly, der_integer


class ChainBroken(Exception):
    """These certificates do not prove what they are brought for. The message names what does not fit."""


def read_certificate(value: DerValue, what: str) -> x509.Certificate:
    """Read a certificate of version 3 that has one spelling only. Raises `ChainBroken` and `DerBroken`."""
    body, _, signature = der_exactly(value.parts(what), 3, what)
    der_bits(signature, what)  # the last bits may be declared unused, and then nothing binds this number
    fields = body.parts(what)
    der_count(fields, what, at_least=7, at_most=10)
    if fields[0].tag != 0xA0 or der_integer(fields[1], what) <= 0:
        raise ChainBroken(f"{what} cannot be read: wanted version 3 and a serial number above 0")
    try:
        certificate = x509.load_der_x509_certificate(value.encoded)
        # these are read late, and raise late
        certificate.subject, certificate.issuer, certificate.extensions, certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, UserWarning) as error:  # warnings: where those are errors
        raise ChainBroken(f"{what} cannot be read: {error}") from None
    except (x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ChainBroken(f"{what} cannot be read: {error}") from None
    return certificate


def chain_purpose(certificate: x509.Certificate, purpose: x509.ObjectIdentifier, name: str) -> None:
    """Check that a certificate was made for this purpose and nothing else. Raises `ChainBroken`."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise ChainBroken(f"the certificate of {_chain_name(certificate)} has no extended key usage") from None
    if not found.critical or list(found.value) != [purpose]:
        raise ChainBroken(
            f"the certificate of {_chain_name(certificate)}: its extended key usage is not {name} alone and critical"
        )


def chain_upwards(lowest: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Order certificates from the lowest upwards; each must be needed. Raises `ChainBroken`."""
    chain, left = [lowest], list(others)
    while left:
        above = next((c for c in left if c not in chain and chain_is_issuer(c, chain[-1])), None)
        if above is None:
            names = ", ".join(_chain_name(c) for c in left)
            raise ChainBroken(f"included certificates that sign nothing here: {names}")
        left = [c for c in left if c is not above]
        chain.append(above)
    return chain


def chain_end(topmost: x509.Certificate, *, is_named: bool, roots: Sequence[x509.Certificate]) -> None:
    """Check that something binds the topmost certificate, and where roots are trusted, that one of them does.

    Args:
        topmost: The last certificate of a chain.
        is_named: A signature covers this certificate already.
        roots: Certificates that are trusted; none means that nobody asks whether the chain is to be trusted.

    Raises:
        ChainBroken: Nothing binds it, or no root does.
    """
    if any(topmost == root or chain_is_issuer(root, topmost) for root in roots):
        return
    name = _chain_name(topmost)
    if roots:
        raise ChainBroken(f"the chain ends at {name}, which none of the given roots has signed")
    if not is_named and not chain_is_issuer(topmost, topmost):
        raise ChainBroken(f"nothing here binds the certificate of {name}: its issuer has to be given as a root")


def chain_is_issuer(above: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Return whether the one has signed the other and may sign certificates."""
    try:
        may_sign = above.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return may_sign


def chain_validity(chain: Sequence[x509.Certificate], moment: datetime) -> None:
    """Check that all certificates were valid at this time. Raises `ChainBroken`."""
    for certificate in chain:
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            name = _chain_name(certificate)
            raise ChainBroken(f"the time {moment.isoformat()} is outside the validity of the certificate of {name}")


def _chain_name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()
