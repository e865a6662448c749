"""The journal's part of a bundle: rows, proofs, keys, head, and what they say of the event and its files."""

from __future__ import annotations

import json
from collections.abc import Mapping

from service.evidence.offline.bundle_report import EVENT, HEAD, KEYS_ROWS, MANIFEST, ROWS, BundleReport, Trusted
from service.evidence.offline.faults import fault, row_fault, unvouched, warning
from service.evidence.offline.journal_rows import (
    ERASED,
    HEAD_DOMAIN,
    KEY_SUBJECT,
    JournalRow,
    KeyRing,
    body_faults,
    canonical,
    root_by,
    row_from,
    subject_faults,
    sum_of,
)

STORED, REDACTED, DELETED = "evidence_stored", "redacted", "evidence_deleted"
TOLD = ("event_created", "event_ended")
_HEAD_KEYS = {"at", "journal", "key", "leaf", "root", "size", "v"}

ProvedRow = tuple[JournalRow, list[bytes]]


def read_canonical(members: Mapping[str, bytes], name: str, report: BundleReport) -> object:
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


class BundleJournal:
    """Checks the journal's part of one bundle; what is wrong goes into the report."""

    head_domain = HEAD_DOMAIN

    def __init__(self, members: Mapping[str, bytes], report: BundleReport) -> None:
        self._members = members
        self._report = report
        self._ring = KeyRing()

    @property
    def public_key(self) -> bytes:
        """The key in force at the bundle's head; empty where none is known."""
        return self._ring.public.get(self._ring.active, b"")

    def check(self, manifest: Mapping[str, object], trusted: Trusted) -> None:
        """Check rows, proofs, keys and head, and that manifest, event and files agree with them."""
        report = self._report
        head = read_canonical(self._members, HEAD, report)
        head = head if isinstance(head, dict) and set(head) == _HEAD_KEYS else {}
        keys, rows = self._read(KEYS_ROWS), self._read(ROWS)
        report.rows = len(rows)
        report.journal = keys[0][0].leaf().hex() if keys else ""
        self._check_rows(keys, rows, head)
        report.key_id = self._ring.active
        for row, _ in rows:
            if row.subject != manifest["event_id"]:
                report.faults.append(row_fault(row.seq, "row_other_subject"))
        told = (report.journal, report.key_id, len(rows))
        if (head.get("journal"), head.get("key")) != told[:2]:
            report.faults.append(fault(HEAD, "facts_differ"))
        if (manifest["journal"], manifest["key"], manifest["rows"]) != told:
            report.faults.append(fault(MANIFEST, "facts_differ"))
        self._check_trust(head, trusted)
        withheld = {str(one) for one in manifest.get("withheld", ())}  # type: ignore[attr-defined]
        report.withheld = len(withheld)
        self._check_facts([row for row, _ in rows], withheld)

    def _read(self, name: str) -> list[ProvedRow]:
        found: list[ProvedRow] = []
        for number, line in enumerate(self._members.get(name, b"").split(b"\n"), 1):
            try:
                value = json.loads(line)
                if canonical(value) != line or set(value) != {"path", "row"}:
                    self._report.faults.append(fault(name, "not_canonical"))
                found.append((row_from(value["row"]), [bytes.fromhex(step) for step in value["path"]]))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                self._report.faults.append(fault(name, "unreadable", why=f"line {number}: {error}"))
        return found

    def _check_rows(self, keys: list[ProvedRow], rows: list[ProvedRow], head: Mapping[str, object]) -> None:
        """Rows are signed by the key in force, follow the row before about the same, and lie under the head's root."""
        latest: dict[str, int] = {}
        size, root, faults = head.get("size"), head.get("root"), self._report.faults
        erased = {_facts_of(row).get("seq") for row, _ in rows if row.kind == ERASED}
        for row, path in sorted(keys + rows, key=lambda proved: proved[0].seq):
            faults += subject_faults(row, latest)
            faults += body_faults(row)
            faults += self._ring.take(row)
            if row.body is None and row.seq not in erased:
                faults.append(row_fault(row.seq, "row_body_missing"))
            led_to = root_by(row.leaf(), row.seq, size, path) if type(size) is int else None
            if led_to is None or led_to.hex() != root:
                faults.append(row_fault(row.seq, "row_unproved"))
        for row, _ in keys:
            if row.subject != KEY_SUBJECT:
                faults.append(row_fault(row.seq, "row_other_subject"))

    def _check_trust(self, head: Mapping[str, object], trusted: Trusted) -> None:
        report, ring = self._report, self._ring
        if trusted.journal and report.journal != trusted.journal:
            report.faults.append(fault(KEYS_ROWS, "other_journal", came=report.journal, wanted=trusted.journal))
        if trusted.keys and ring.active not in trusted.keys:
            report.faults.append(fault(KEYS_ROWS, "other_key", came=ring.active))
        for seq, key_id in ring.breaks:
            if key_id not in trusted.keys:
                report.faults.append(unvouched(KEYS_ROWS, "key_replaced", seq=seq, key=key_id))
        size, is_known = head.get("size"), False
        for given in trusted.heads:
            if type(size) is int and given.size <= size and ring.key_at(given.size) != given.key_id:
                report.faults.append(fault(KEYS_ROWS, "other_key", came=ring.key_at(given.size)))
            if given.size == size:
                is_known = given.root == head.get("root") and given.key_id == head.get("key")
                if not is_known:
                    report.faults.append(fault(HEAD, "head_differs", size=size))
        if trusted.heads and not is_known:
            report.faults.append(warning(HEAD, "head_unknown"))

    def _check_facts(self, rows: list[JournalRow], withheld: set[str]) -> None:
        """What the bundle says of the event must be what the journal says, and its files those that were stored."""
        told: object = None
        stored: dict[str, str] = {}
        made, deleted = set[str](), set[str]()
        for row in rows:
            facts = _facts_of(row)
            if row.kind in TOLD and "facts" in facts:
                told = facts["facts"]
            elif row.kind == STORED:
                stored[str(facts.get("sha256"))] = str(facts.get("kind"))
            elif row.kind == REDACTED:
                made.add(str(facts.get("sha256")))
            elif row.kind == DELETED:
                deleted |= {str(one["sha256"]) for one in facts.get("objects") or ()}  # type: ignore[attr-defined]
        if not _bears_out(read_canonical(self._members, EVENT, self._report), told):
            self._report.faults.append(fault(EVENT, "facts_differ"))
        self._check_files(stored, made, deleted | withheld)

    def _check_files(self, stored: Mapping[str, str], made: set[str], absent: set[str]) -> None:
        here = set()
        for name, content in self._members.items():
            folder, _, rest = name.partition("/")
            found = sum_of(content)
            if folder == "evidence":
                here.add(found)
                if stored.get(found) != rest.partition(".")[0]:
                    self._report.faults.append(fault(name, "not_in_journal"))
            elif folder == "redacted" and found not in made:
                self._report.faults.append(fault(name, "not_in_journal"))
        for missing in sorted(set(stored) - absent - here - {"None"}):
            self._report.faults.append(fault(f"evidence {missing}", "evidence_missing"))


def _bears_out(event: object, told: object) -> bool:
    if not isinstance(event, dict) or set(event) != {"facts", "observations"} or not isinstance(told, dict):
        return False
    return event["facts"] == told and sum_of(canonical(event["observations"])) == told.get("observations_sha256")


def _facts_of(row: JournalRow) -> dict[str, object]:
    try:
        facts = json.loads(row.body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
