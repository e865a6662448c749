"""The words of the journal's pages: what each kind of row tells of, what a row says, and where what it is about is."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from service.api.journal_reading import ShownRow
from service.api.problems import N_
from service.evidence.journal import Fact, RowKind
from service.rights import Right

_EVENTS = {
    RowKind.EVENT_CREATED: N_("Flag or visit recorded"),
    RowKind.EVENT_ENDED: N_("Flag or visit ended"),
    RowKind.VERDICT_GIVEN: N_("Verdict given"),
    RowKind.VERDICT_WITHDRAWN: N_("Verdict taken back"),
    RowKind.FLAG_ASSIGNED: N_("Flag handed out"),
    RowKind.HEARING_STEP: N_("Step of a hearing"),
}
_EVIDENCE = {
    RowKind.EVIDENCE_STORED: N_("Evidence stored"),
    RowKind.EVIDENCE_DELETED: N_("Evidence deleted"),
    RowKind.EVIDENCE_MISSING: N_("Evidence found missing"),
    RowKind.EXPORTED: N_("Evidence handed out as a bundle"),
    RowKind.REDACTED: N_("Redacted copy made"),
    RowKind.LOCKED: N_("Evidence locked"),
    RowKind.UNLOCKED: N_("Evidence unlocked"),
    RowKind.QUARANTINED: N_("File set aside"),
    RowKind.RECOVERED: N_("File put back"),
}
_LOOKS = {
    RowKind.EVENT_VIEWED: N_("Flag looked at"),
    RowKind.EVIDENCE_VIEWED: N_("Evidence looked at"),
    RowKind.FRAMES_STEPPED: N_("Clip gone through picture by picture"),
    RowKind.EVENTS_SEARCHED: N_("Flags searched"),
    RowKind.CAMERA_VIEWED: N_("Camera looked at"),
    RowKind.DOCUMENT_READ: N_("Document read"),
    RowKind.REPORT_DOWNLOADED: N_("Report saved as a file"),
    RowKind.CASE_VIEWED: N_("Hearing looked at"),
    RowKind.JOURNAL_READ: N_("Journal read"),
}
_SET_UP = {
    RowKind.GAP: N_("Camera saw nothing for a while"),
    RowKind.RULE_SUSPENDED: N_("Rule suspended"),
    RowKind.RULE_IN_FORCE: N_("Rule in force"),
    RowKind.CONFIGURATION_CHANGED: N_("Set up otherwise"),
    RowKind.ACCOUNT_CHANGED: N_("Account changed"),
    RowKind.DISK_ALARM: N_("State of the disk changed"),
}
_JOURNAL = {
    RowKind.JOURNAL_OPENED: N_("Journal opened"),
    RowKind.KEY_ROTATED: N_("Key handed over"),
    RowKind.KEY_LOST: N_("Lost key replaced"),
    RowKind.BODY_ERASED: N_("Content of a row erased by law"),
}
GROUPS = (
    (N_("Flags and hearings"), _EVENTS),
    (N_("Who looked"), _LOOKS),
    (N_("Evidence"), _EVIDENCE),
    (N_("How things are set up"), _SET_UP),
    (N_("The journal itself"), _JOURNAL),
)
"""As the filter offers them."""
KIND_WORDS: dict[str, str] = {kind.value: words for _, kinds in GROUPS for kind, words in kinds.items()}
FACT_WORDS: dict[str, str] = {
    "agency": N_("Agency"),
    "ahead": N_("Fetched ahead, not shown yet"),
    "attachments": N_("Files, as checksums"),
    "basis": N_("Legal basis"),
    "by": N_("By account"),
    "camera": N_("Camera"),
    "case": N_("Hearing"),
    "cause": N_("Cause"),
    "change": N_("Change"),
    "columns": N_("What was changed"),
    "day": N_("Day"),
    "due_at": N_("Deadline"),
    "end_reason": N_("How it ended"),
    "ended_at": N_("Ended at"),
    "free_bytes": N_("Free room"),
    "from": N_("From"),
    "given_at": N_("Given at"),
    "key": N_("File"),
    "kind": N_("Kind"),
    "kinds": N_("What messages are about"),
    "level": N_("Level of the disk"),
    "locked_bytes": N_("Room of what is kept"),
    "locked_high": N_("Locked evidence takes much room"),
    "mode": N_("Who is hidden"),
    "note_sha256": N_("Note, as a checksum"),
    "objects": N_("Files"),
    "outcome": N_("Outcome"),
    "part": N_("Part"),
    "peak_at": N_("Strongest at"),
    "place": N_("Place"),
    "reason": N_("Reason"),
    "reason_sha256": N_("Reason, as a checksum"),
    "role": N_("Role"),
    "rows": N_("Rows read"),
    "rule": N_("Rule"),
    "run": N_("Recording run"),
    "scopes": N_("What it may do"),
    "seq": N_("Row"),
    "sha256": N_("Checksum (sha256)"),
    "shown": N_("How many were shown"),
    "since": N_("From"),
    "site": N_("Site"),
    "size_bytes": N_("Size"),
    "standing": N_("Standing after it"),
    "started_at": N_("Began at"),
    "state": N_("State"),
    "step": N_("Step"),
    "subject": N_("Subject"),
    "text_sha256": N_("Text, as a checksum"),
    "threshold": N_("Threshold"),
    "to": N_("To account"),
    "total_bytes": N_("Room in all"),
    "until": N_("Until"),
    "user": N_("Account"),
    "verdict": N_("Verdict"),
    "what": N_("What was set up"),
}
"""Facts without words are named as the journal names them."""
_ABOUT_EVENTS = {*_EVENTS, *_EVIDENCE, *_LOOKS}


def place_of(shown: ShownRow, rights: Collection[Right]) -> str:
    """Return where what a row is about is shown; empty where nowhere, or where the reader may not go."""
    scheme, _, rest = shown.subject.partition(":")
    if shown.subject.startswith("user-"):
        return f"/users/{shown.subject.removeprefix('user-')}" if Right.MANAGE_USERS in rights else ""
    if rest and scheme in ("camera", "scene"):
        return _camera(rest, rights)
    if shown.subject and shown.kind in _ABOUT_EVENTS:
        return f"/flags/{quote(shown.subject, safe='')}" if Right.SEE_FLAGS in rights else ""
    return _place_in(shown, rights)


def _place_in(shown: ShownRow, rights: Collection[Right]) -> str:
    """Return the place of what the row's own words name."""
    facts = shown.facts or {}
    if isinstance(facts.get("camera"), str):
        return _camera(str(facts["camera"]), rights)
    if shown.kind == RowKind.QUARANTINED:
        return "/quarantine" if Right.SEE_STORE in rights else ""
    if shown.kind == RowKind.BODY_ERASED and isinstance(facts.get("seq"), int):
        return f"/journal/{facts['seq']}"
    return ""


def case_of(shown: ShownRow, rights: Collection[Right]) -> str:
    """Return where the hearing is that a row is about; empty where nowhere."""
    case_id = (shown.facts or {}).get("case")
    return f"/cases/{quote(case_id, safe='')}" if isinstance(case_id, str) and Right.SEE_CASES in rights else ""


def about(shown: ShownRow) -> str:
    """Return what a row is about, as few letters as it can be told in."""
    camera = (shown.facts or {}).get("camera")
    return shown.subject or (camera if isinstance(camera, str) else "")


def fact_text(fact: Fact) -> str:
    """Return a fact as text."""
    if fact is None:
        return "–"
    if isinstance(fact, list):
        return ", ".join(fact_text(one) for one in fact) or "–"
    if isinstance(fact, dict):
        return "; ".join(f"{name}: {fact_text(one)}" for name, one in fact.items()) or "–"
    return str(fact)


def _camera(camera_id: str, rights: Collection[Right]) -> str:
    return f"/cameras/{quote(camera_id, safe='')}" if Right.SEE_CAMERAS in rights else ""
