"""Content credentials (C2PA) in exported stills and clips: the file itself says where it comes from, signed."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.errors import CredentialsUnusable

GENERATOR = "Công Vụ"
EVIDENCE_LABEL = "vn.congvu.evidence"
CAMERA_PICTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
UNTRUSTED = "signingCredential.untrusted"
CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
# nothing is fetched, sent or added that was not asked for
OFFLINE: Mapping[str, Mapping[str, object]] = {
    "core": {"allowed_network_hosts": []},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a still or a clip.

    Attributes:
        event_id: The event that it is evidence of.
        camera: Where it comes from.
        captured_from: First moment in it, aware UTC.
        captured_to: Last moment in it, aware UTC; the same for a still.
        original_sha256: Of the evidence object that it was made from, as in the journal.
        edits: What was done to the picture since, in words: heads hidden, frame drawn. Empty: nothing.
    """

    event_id: str
    camera: str
    captured_from: datetime
    captured_to: datetime
    original_sha256: str
    edits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the credentials in a file say, and whether that holds.

    Attributes:
        is_whole: The file is as it was signed. It says nothing of who signed: look at `is_trusted`.
        is_trusted: The signer's certificate leads to one of the trusted certificates that were given.
        claim: What we would have said; None where somebody else's program signed, or nothing can be read.
        generator: The program that signed, with its version, in its own words.
        signer: Organisation and name in the signer's certificate.
        faults: What is broken, one line each: code and explanation.
    """

    is_whole: bool
    is_trusted: bool
    claim: Claim | None
    generator: str
    signer: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class SigningCertificate:
    """A certificate chain and its key, as `Credentialer` wants them.

    Attributes:
        certificate_chain_pem: The signer's certificate, then its issuer's.
        private_key_pem: Of the signer's certificate, without a password. Keep it secret.
        anchor_pem: The issuer's certificate, for those who are to trust it.
    """

    certificate_chain_pem: bytes
    private_key_pem: bytes
    anchor_pem: bytes


class Credentialer:
    """Signs exported stills (image/jpeg) and clips (video/mp4) with one key.

    The network is used only where a timestamp address is given.
    """

    def __init__(
        self, certificate_chain_pem: bytes, private_key_pem: bytes, *, version: str, timestamp_address: str = ""
    ) -> None:
        """Read the certificates and the key.

        Args:
            certificate_chain_pem: The signer's certificate first, then those above it, without the root if one likes.
            private_key_pem: Its key, without a password.
            version: Of this program, to be named in the file.
            timestamp_address: An RFC 3161 authority that is asked at each signing; empty for none. For readers who
                trust it as well, a signature with its time stamp outlives the certificate.

        Raises:
            CredentialsUnusable: The key is not that of the first certificate, or of a kind that is not taken.
        """
        self._chain_pem = certificate_chain_pem
        self._key_pem = private_key_pem
        self._version = version
        self._timestamp_address = timestamp_address
        self._algorithm = _algorithm(certificate_chain_pem, private_key_pem)

    def sign(self, content: bytes, media_type: str, claim: Claim) -> bytes:
        """Return the file with credentials in it. The picture itself is not encoded again.

        Raises:
            CredentialsUnusable: It is no such file, or the certificate does not serve; the message says why.
        """
        # imported late, as below: of all our programs few sign or read credentials, and each would carry it in memory
        import c2pa  # type: ignore[import-untyped]

        manifest = json.dumps(_manifest(claim, media_type, self._version), ensure_ascii=False)
        signed = io.BytesIO()
        chosen = dict(OFFLINE) if not self._timestamp_address else {k: v for k, v in OFFLINE.items() if k != "core"}
        try:
            who = c2pa.C2paSignerInfo(
                self._algorithm, self._chain_pem, self._key_pem, self._timestamp_address.encode() or None
            )
            with (
                c2pa.Context.from_dict(chosen) as context,
                c2pa.Signer.from_info(who) as signer,
                c2pa.Builder(manifest, context=context) as builder,
            ):
                builder.sign(signer, media_type, io.BytesIO(content), signed)
        except c2pa.C2paError as error:
            raise CredentialsUnusable(f"content credentials for {media_type}: {error}") from None
        return signed.getvalue()


def read_credentials(content: bytes, media_type: str, *, anchors_pem: bytes = b"") -> Credentials:
    """Read the credentials in a file and check them, without any network.

    Args:
        content: The file.
        media_type: image/jpeg or video/mp4.
        anchors_pem: Certificates that are trusted, of signers and of time stamps; without any, nobody is.

    Raises:
        CredentialsUnusable: The trusted certificates cannot be read. What is wrong with the file is a fault, no error.
    """
    import c2pa

    if anchors_pem:
        _certificates(anchors_pem, "trusted certificates for content credentials")
    trust = {"trust": {"trust_anchors": anchors_pem.decode("ascii")}} if anchors_pem else {}
    chosen = {**OFFLINE, "verify": {**OFFLINE["verify"], "verify_trust": True}, **trust}
    try:
        with (
            c2pa.Context.from_dict(chosen) as context,
            c2pa.Reader(media_type, io.BytesIO(content), context=context) as reader,
        ):
            return _read(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        return _nothing("there are no content credentials in it")
    except (c2pa.C2paError, ValueError, KeyError, TypeError, AttributeError) as error:
        return _nothing(f"the content credentials cannot be read: {error}")


def make_signing_certificate(organisation: str, *, valid_from: datetime, valid_for: timedelta) -> SigningCertificate:
    """Make a key with a certificate for content credentials, signed by a certificate made for just that.

    Such a certificate proves that the same holder of one key signed, and that nothing was changed since: not who
    that holder is. Anybody can make one with any organisation in it. Viewers show "unknown issuer" until somebody
    who got `anchor_pem` on a way they trust has put it among their trusted certificates. To be recognised by
    others' viewers, have the key certified by an authority on the C2PA trust list and give its chain instead.
    """
    issuer_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer_name = _name(organisation, f"{GENERATOR}: issuer of content credentials")
    start, end = valid_from, valid_from + valid_for
    issuer = (
        _certificate(issuer_name, issuer_name, issuer_key, start, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_issuer=True), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    # c2pa 0.91 takes emailProtection without settings of its own, but neither documentSigning nor C2PA's own purpose
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    leaf = (
        _certificate(_name(organisation, f"{GENERATOR}: content credentials"), issuer_name, key, start, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_issuer=False), critical=True)
        .add_extension(purpose, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    anchor = issuer.public_bytes(pem)
    kept = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return SigningCertificate(leaf.public_bytes(pem) + anchor, kept, anchor)


def _manifest(claim: Claim, media_type: str, version: str) -> Mapping[str, object]:
    created = {"action": "c2pa.created", "when": claim.captured_from.isoformat(), "digitalSourceType": CAMERA_PICTURE}
    # c2pa.redacted is about assertions taken out of a manifest; hidden heads are an edit of the picture
    edits = [{"action": "c2pa.edited", "description": edit} for edit in claim.edits]
    said = {
        "event_id": claim.event_id,
        "camera": claim.camera,
        "captured_from": claim.captured_from.isoformat(),
        "captured_to": claim.captured_to.isoformat(),
        "original_sha256": claim.original_sha256,
        "edits": list(claim.edits),
    }
    return {
        "claim_generator_info": [{"name": GENERATOR, "version": version}],
        "title": f"{claim.event_id} {claim.camera}",
        "format": media_type,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created, *edits]}},
            {"label": EVIDENCE_LABEL, "data": said},
        ],
    }


def _read(store: Mapping[str, object]) -> Credentials:
    """Take what the library found apart. Raises what a manifest of another shape leads to."""
    manifests = cast(Mapping[str, Mapping[str, object]], store["manifests"])
    active = manifests[str(store["active_manifest"])]
    results = cast(Mapping[str, Mapping[str, Sequence[Mapping[str, str]]]], store.get("validation_results", {}))
    failures = results.get("activeManifest", {}).get("failure", [])
    faults = tuple(f"{f['code']}: {f.get('explanation', '')}" for f in failures if f["code"] != UNTRUSTED)
    state = store.get("validation_state")
    made_by = cast(Sequence[Mapping[str, str]], active.get("claim_generator_info", []))
    signed_by = cast(Mapping[str, str], active.get("signature_info", {}))
    return Credentials(
        is_whole=state in ("Valid", "Trusted") and not faults,
        is_trusted=state == "Trusted",
        claim=_claim(cast(Sequence[Mapping[str, object]], active.get("assertions", []))),
        generator=" ".join(f"{g.get('name', '')} {g.get('version', '')}".strip() for g in made_by),
        signer=", ".join(signed_by[k] for k in ("issuer", "common_name") if k in signed_by),
        faults=faults or (() if state in ("Valid", "Trusted") else (f"the library says {state}",)),
    )


def _claim(assertions: Sequence[Mapping[str, object]]) -> Claim | None:
    said = next((a["data"] for a in assertions if a["label"] == EVIDENCE_LABEL), None)
    if said is None:
        return None
    words = cast(Mapping[str, str], said)
    start, end = (datetime.fromisoformat(words[key]) for key in ("captured_from", "captured_to"))
    return Claim(words["event_id"], words["camera"], start, end, words["original_sha256"], tuple(words["edits"]))


def _nothing(fault: str) -> Credentials:
    return Credentials(is_whole=False, is_trusted=False, claim=None, generator="", signer="", faults=(fault,))


def _algorithm(certificate_chain_pem: bytes, private_key_pem: bytes) -> str:
    """Return the C2PA name of the signature algorithm that goes with a key."""
    leaf = _certificates(certificate_chain_pem, "certificate for content credentials")[0].public_key()
    try:
        key = serialization.load_pem_private_key(private_key_pem, password=None)
    except (ValueError, TypeError) as error:
        raise CredentialsUnusable(f"key for content credentials: wanted PEM without a password, got: {error}") from None
    if leaf != key.public_key():
        raise CredentialsUnusable("key for content credentials: not that of the first certificate of the chain")
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise CredentialsUnusable("key for content credentials: wanted P-256, P-384, P-521, Ed25519 or RSA")


def _certificates(pem: bytes, what: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise CredentialsUnusable(f"{what}: wanted PEM, got: {error}") from None


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), start, end)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _name(organisation: str, name: str) -> x509.Name:
    pairs = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, name))
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in pairs])


def _key_usage(*, is_issuer: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_issuer, key_cert_sign=is_issuer, crl_sign=is_issuer,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
