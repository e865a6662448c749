"""Check an evidence bundle: nothing in it was changed since the service signed it, and the journal knows of it all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from service.evidence.offline.container import read_container
from service.evidence.offline.faults import BROKEN, Fault, fault, row_fault, warning
from service.evidence.offline.journal_rows import (
    HEAD_DOMAIN,
    JournalRow,
    KeyRing,
    body_faults,
    canonical,
    is_signed,
    root_by,
    row_from,
    subject_faults,
    sum_of,
)
from service.evidence.offline.timestamps import TokenBroken, check_token

BUNDLE_FORMAT = "congvu-evidence-bundle"
BUNDLE_VERSIONS = (1, 2)
"""Version 2 adds the timestamp, redacted copies and content credentials."""
BUNDLE_DOMAIN = b"congvu evidence bundle\n"
MANIFEST, MANIFEST_SIGNATURE = "manifest.json", "manifest.sig"
EVENT, HEAD, HEAD_SIGNATURE, TOKEN = "event.json", "journal/head.json", "journal/head.sig", "journal/head.tst"
TOKEN_ROOTS = "journal/tsa-roots.pem"
ROWS, KEYS_ROWS = "journal/rows.jsonl", "journal/keys.jsonl"
STORED, REDACTED, DELETED = "evidence_stored", "redacted", "evidence_deleted"
TOLD = ("event_created", "event_ended")


@dataclass(slots=True)
class BundleReport:
    """What was found.

    Attributes:
        event_id, made_at, journal, key_id: As the bundle says; empty where it cannot be read.
        stamped_at: What the timestamp authority confirms; empty where there is no timestamp.
        stamp_certificate: Sum of the authority's certificate: compare it with the one that the authority publishes.
        faults: Everything that is not as it was made; empty where the bundle is whole.
    """

    event_id: str = ""
    made_at: str = ""
    journal: str = ""
    key_id: str = ""
    stamped_at: str = ""
    stamped_by: str = ""
    stamp_certificate: str = ""
    rows: int = 0
    members: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was changed; warnings may be there."""
        return not any(found.level == BROKEN for found in self.faults)


def check_bundle(archive: bytes, *, journal: str = "") -> BundleReport:
    """Check a bundle.

    Args:
        journal: The mark of the journal that it must come from, as published or printed; empty where unknown.
    """
    report = BundleReport()
    members, faults = read_container(archive)
    report.faults += faults
    manifest = _read_json(members, MANIFEST, report)
    if not isinstance(manifest, dict) or not _is_manifest(manifest, report):
        report.faults += [fault(MANIFEST, "not_a_bundle", why="there is no manifest of ours")]
        return report
    report.event_id, report.made_at = str(manifest["event_id"]), str(manifest["made_at"])
    report.members = len(manifest["members"])
    _check_members(manifest, members, report)
    _check_journal(manifest, members, report)
    if journal and report.journal != journal:
        report.faults.append(fault(KEYS_ROWS, "other_journal", came=report.journal, wanted=journal))
    return report


def _is_manifest(manifest: dict[str, object], report: BundleReport) -> bool:
    version, listed = manifest.get("version"), manifest.get("members")
    if manifest.get("format") != BUNDLE_FORMAT or not isinstance(listed, list):
        return False
    if version not in BUNDLE_VERSIONS:
        report.faults.append(fault(MANIFEST, "version_unknown", version=version))
        return False
    wanted = {"name", "sha256", "size_bytes"}
    return all(isinstance(item, dict) and set(item) == wanted for item in listed) and {"event_id", "made_at"} <= set(
        manifest
    )


def _read_json(members: Mapping[str, bytes], name: str, report: BundleReport) -> object:
    """Read a member that is canonical JSON; None where it cannot be read."""
    if name not in members:
        return None
    try:
        value: object = json.loads(members[name])
        if canonical(value) != members[name]:
            report.faults.append(fault(name, "not_canonical"))
    except (ValueError, RecursionError) as error:
        report.faults.append(fault(name, "unreadable", why=str(error)))
        return None
    return value


def _check_members(manifest: dict[str, object], members: Mapping[str, bytes], report: BundleReport) -> None:
    listed = {str(item["name"]): item for item in manifest["members"]}  # type: ignore[attr-defined]
    for name, item in listed.items():
        if name not in members:
            report.faults.append(fault(name, "member_missing"))
        elif (len(members[name]), sum_of(members[name])) != (item["size_bytes"], item["sha256"]):
            report.faults.append(fault(name, "member_changed"))
    for name in members:
        if name not in listed and name not in (MANIFEST, MANIFEST_SIGNATURE):
            report.faults.append(fault(name, "member_extra"))


def _check_journal(manifest: dict[str, object], members: Mapping[str, bytes], report: BundleReport) -> None:
    ring = KeyRing()
    head = _read_json(members, HEAD, report)
    head = head if isinstance(head, dict) else {}
    key_rows = _read_rows(members, KEYS_ROWS, report)
    rows = _read_rows(members, ROWS, report)
    report.rows = len(rows)
    if key_rows:
        report.journal = key_rows[0][0].leaf().hex()
    _check_rows(key_rows + rows, head, ring, report)
    for row, _ in rows:
        if row.subject != manifest["event_id"]:
            report.faults.append(row_fault(row.seq, "row_other_subject"))
    for seq in ring.breaks:
        report.faults.append(warning(KEYS_ROWS, "key_replaced", seq=seq))
    report.key_id = ring.active
    _check_signatures(members, ring, report)
    _check_token(members, report)
    _check_facts(members, [row for row, _ in rows], report)


def _read_rows(members: Mapping[str, bytes], name: str, report: BundleReport) -> list[tuple[JournalRow, list[bytes]]]:
    found = []
    for number, line in enumerate(members.get(name, b"").splitlines(), 1):
        try:
            value = json.loads(line)
            if canonical(value) != line:
                report.faults.append(fault(name, "not_canonical"))
            row = row_from(value["row"])
            found.append((row, [bytes.fromhex(step) for step in value["path"]]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            report.faults.append(fault(name, "unreadable", why=f"line {number}: {error}"))
    if not found:
        report.faults.append(fault(name, "member_missing"))
    return found


def _check_rows(
    rows: list[tuple[JournalRow, list[bytes]]], head: dict[str, object], ring: KeyRing, report: BundleReport
) -> None:
    """Rows must be signed by the key in force, follow the row before about the same, and lie under the head's root."""
    latest: dict[str, int] = {}
    size, root = head.get("size"), head.get("root")
    in_order = sorted(rows, key=lambda proved: proved[0].seq)
    for row, path in in_order:
        report.faults += subject_faults(row, latest)
        report.faults += body_faults(row)
        report.faults += ring.take(row)
        led_to = root_by(row.leaf(), row.seq, size, path) if isinstance(size, int) else None
        if led_to is None or led_to.hex() != root:
            report.faults.append(row_fault(row.seq, "row_unproved"))


def _check_signatures(members: Mapping[str, bytes], ring: KeyRing, report: BundleReport) -> None:
    public = ring.public.get(ring.active, b"")
    signed = ((HEAD, HEAD_SIGNATURE, HEAD_DOMAIN, "head_unsigned"),)
    signed += ((MANIFEST, MANIFEST_SIGNATURE, BUNDLE_DOMAIN, "manifest_unsigned"),)  # type: ignore[assignment]
    for name, signature_name, domain, code in signed:
        text = members.get(signature_name, b"")
        try:
            signature = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            signature = b""
        if signature.hex().encode() != text or not is_signed(public, signature, domain + members.get(name, b"")):
            report.faults.append(fault(signature_name, code))


def _check_token(members: Mapping[str, bytes], report: BundleReport) -> None:
    if TOKEN not in members:
        return
    try:
        roots = _certificates(members.get(TOKEN_ROOTS, b""))
        stamped = check_token(members[TOKEN], bytes.fromhex(sum_of(members.get(HEAD, b""))), roots_der=roots)
    except (TokenBroken, ValueError) as error:
        report.faults.append(fault(TOKEN, "timestamp_broken", why=str(error)))
        return
    report.stamped_at, report.stamped_by = stamped.at.isoformat(), stamped.authority
    report.stamp_certificate = stamped.certificate_sha256


def _certificates(pem: bytes) -> list[bytes]:
    """Roots in the bundle bind the authority's certificate; whether to trust them is for the reader to say."""
    return [found.public_bytes(Encoding.DER) for found in x509.load_pem_x509_certificates(pem)] if pem else []


def _check_facts(members: Mapping[str, bytes], rows: list[JournalRow], report: BundleReport) -> None:
    """What the bundle says of the event must be what the journal says of it, and its files those that were stored."""
    event = _read_json(members, EVENT, report)
    told, stored, made, deleted = None, set(), set(), set()
    for row in rows:
        facts = _facts_of(row)
        if row.kind in TOLD and "facts" in facts:
            told = facts["facts"]
        elif row.kind == STORED:
            stored.add(facts.get("sha256"))
        elif row.kind == REDACTED:
            made.add(facts.get("sha256"))
        elif row.kind == DELETED:
            deleted.add(facts.get("sha256"))
    if not _bears_out(event, told):
        report.faults.append(fault(EVENT, "facts_differ"))
    for name, content in members.items():
        if name.startswith("redacted/") and sum_of(content) not in made:
            report.faults.append(fault(name, "not_in_journal"))
    here = {name: sum_of(content) for name, content in members.items() if name.startswith("evidence/")}
    for name, found in here.items():
        if found not in stored:
            report.faults.append(fault(name, "not_in_journal"))
    for missing in sorted(str(one) for one in stored - deleted - set(here.values())):
        report.faults.append(fault(f"evidence {missing}", "evidence_missing"))


def _bears_out(event: object, told: object) -> bool:
    if not isinstance(event, dict) or not isinstance(told, dict) or event.get("facts") != told:
        return False
    return sum_of(canonical(event.get("observations"))) == told.get("observations_sha256")


def _facts_of(row: JournalRow) -> dict[str, object]:
    try:
        facts = json.loads(row.body or b"{}")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
