"""Check an evidence bundle: nothing in it was changed since the service signed it, and the journal knows of it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from service.evidence.offline.bundle_journal import BundleJournal, read_canonical
from service.evidence.offline.bundle_report import (
    EVENT,
    HEAD,
    HEAD_SIGNATURE,
    KEYS_ROWS,
    MANIFEST,
    MANIFEST_SIGNATURE,
    ROWS,
    TOKEN,
    TOKEN_ROOTS,
    BundleReport,
    Trusted,
)
from service.evidence.offline.container import ARCHIVE, read_container
from service.evidence.offline.faults import fault
from service.evidence.offline.journal_rows import is_signed, sum_of
from service.evidence.offline.timestamps import TokenBroken, check_token

BUNDLE_FORMAT = "congvu-evidence-bundle"
BUNDLE_VERSIONS = (1, 2)
"""Version 2 adds the timestamp, redacted copies, content credentials, and originals that are withheld."""
BUNDLE_DOMAIN = b"congvu evidence bundle\n"
FRAMES_TOLD = 4
"""A flipped bit spoils one place of the archive's own bytes, at most a few; more than that is another archive."""
UNLISTED = frozenset({MANIFEST, MANIFEST_SIGNATURE, TOKEN})
"""Members that the manifest cannot hold the sums of: they are made over it."""
FIXED_MEMBERS = frozenset(
    {"README.txt", "cover.pdf", "verify_congvu.py", EVENT, ROWS, KEYS_ROWS, HEAD, HEAD_SIGNATURE, TOKEN_ROOTS}
)
MEMBER_FOLDERS = ("evidence/", "redacted/", "credentials/")
_FIRST_KEYS = {"format", "version", "event_id", "made_at", "journal", "key", "rows", "members"}
_MANIFEST_KEYS = {1: _FIRST_KEYS, 2: _FIRST_KEYS | {"withheld"}}


def check_bundle(archive: bytes, trusted: Trusted | None = None) -> BundleReport:
    """Check a bundle. Whatever its bytes are, this returns.

    Args:
        trusted: What the reader knows of the agency from elsewhere.
    """
    report = BundleReport()
    members, faults = read_container(archive)
    try:
        _check(members, trusted or Trusted(), report)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        # shapes that no bundle of ours has; what was found so far stays
        report.faults.append(fault(ARCHIVE, "unreadable", why=f"{type(error).__name__}: {error}"))
    # what was changed inside comes first; an archive that somebody only packed anew differs everywhere
    told = list(dict.fromkeys(faults))
    if len(told) > FRAMES_TOLD:
        told = [fault(ARCHIVE, "container_remade", count=len(told))]
    report.faults += told
    return report


def _check(members: Mapping[str, bytes], trusted: Trusted, report: BundleReport) -> None:
    manifest = read_canonical(members, MANIFEST, report)
    if not isinstance(manifest, dict) or not _is_manifest(manifest, report):
        report.faults += [fault(MANIFEST, "not_a_bundle", why="there is no manifest of ours")]
        return
    report.event_id, report.made_at = manifest["event_id"], manifest["made_at"]
    report.members = len(manifest["members"])
    _check_members(manifest, members, report)
    journal = BundleJournal(members, report)
    journal.check(manifest, trusted)
    for name, signature_name, domain, code in (
        (HEAD, HEAD_SIGNATURE, journal.head_domain, "head_unsigned"),
        (MANIFEST, MANIFEST_SIGNATURE, BUNDLE_DOMAIN, "manifest_unsigned"),
    ):
        text, content = members.get(signature_name, b""), domain + members.get(name, b"")
        if not is_signed(journal.public_key, _unhexed(text), content):
            report.faults.append(fault(signature_name, code))
    _check_token(members, report)


def _is_manifest(manifest: dict[str, object], report: BundleReport) -> bool:
    version, listed = manifest.get("version"), manifest.get("members")
    if manifest.get("format") != BUNDLE_FORMAT or not isinstance(listed, list):
        return False
    if not isinstance(version, int) or version not in BUNDLE_VERSIONS:
        report.faults.append(fault(MANIFEST, "version_unknown", version=version))
        return False
    texts = ("event_id", "made_at", "journal", "key")
    return set(manifest) == _MANIFEST_KEYS[version] and all(isinstance(manifest[name], str) for name in texts)


def _check_members(manifest: dict[str, object], members: Mapping[str, bytes], report: BundleReport) -> None:
    listed: dict[str, tuple[object, object]] = {}
    for item in manifest["members"]:  # type: ignore[attr-defined]
        if set(item) != {"name", "sha256", "size_bytes"} or item["name"] in listed:
            report.faults.append(fault(MANIFEST, "not_a_bundle", why="its list of members is none of ours"))
            continue
        listed[item["name"]] = item["size_bytes"], item["sha256"]
    for name, wanted in listed.items():
        if name not in members:
            report.faults.append(fault(name, "member_missing"))
        elif (len(members[name]), sum_of(members[name])) != wanted:
            report.faults.append(fault(name, "member_changed"))
    for name in members:
        is_ours = name in FIXED_MEMBERS or name.startswith(MEMBER_FOLDERS)
        if name not in UNLISTED and (name not in listed or not is_ours or ".." in name):
            report.faults.append(fault(name, "member_extra"))


def _unhexed(text: bytes) -> bytes:
    """Return what some bytes say in small hexadecimal digits; nothing where they say it in another way."""
    try:
        found = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return b""
    return found if found.hex().encode() == text else b""


def _check_token(members: Mapping[str, bytes], report: BundleReport) -> None:
    """The authority witnessed the manifest, and with it everything whose sum it holds."""
    if TOKEN not in members:
        return
    try:
        roots = _certificates(members.get(TOKEN_ROOTS, b""))
        stamped = check_token(members[TOKEN], bytes.fromhex(sum_of(members[MANIFEST])), roots_der=roots)
    except (TokenBroken, ValueError) as error:
        report.faults.append(fault(TOKEN, "timestamp_broken", why=str(error)))
        return
    report.stamped_at, report.stamped_by = stamped.at.isoformat(), stamped.authority
    report.stamp_certificate = stamped.certificate_sha256


def _certificates(pem: bytes) -> Sequence[bytes]:
    """Roots in the bundle bind the authority's certificate; whether to trust them is for the reader to say."""
    return [found.public_bytes(Encoding.DER) for found in x509.load_pem_x509_certificates(pem)] if pem else []
