"""What the journal tells of: the kinds of its rows, and how a row comes to be. Pure."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from service.evidence.offline.journal_rows import JournalRow, canonical, sum_of

SALT_BYTES = 16

Fact = str | int | float | bool | None | list["Fact"] | dict[str, "Fact"]
Facts = Mapping[str, "Fact"]


class RowKind(StrEnum):
    """What happened."""

    JOURNAL_OPENED = "journal_opened"
    KEY_ROTATED = "key_rotated"
    KEY_LOST = "key_lost"
    EVENT_CREATED = "event_created"
    EVENT_ENDED = "event_ended"
    EVIDENCE_STORED = "evidence_stored"
    EVIDENCE_VIEWED = "evidence_viewed"
    FRAMES_STEPPED = "frames_stepped"
    EVENT_VIEWED = "event_viewed"
    EVENTS_SEARCHED = "events_searched"
    CAMERA_VIEWED = "camera_viewed"
    """Somebody was sent a camera's latest picture."""
    DOCUMENT_READ = "document_read"
    REPORT_DOWNLOADED = "report_downloaded"
    VERDICT_GIVEN = "verdict_given"
    VERDICT_WITHDRAWN = "verdict_withdrawn"
    FLAG_ASSIGNED = "flag_assigned"
    HEARING_STEP = "hearing_step"
    """A step of a hearing: notice, response, conclusion, appeal; its text is told by its sum."""
    CASE_VIEWED = "case_viewed"
    ACCOUNT_CHANGED = "account_changed"
    JOURNAL_READ = "journal_read"
    EXPORTED = "exported"
    REDACTED = "redacted"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    EVIDENCE_DELETED = "evidence_deleted"
    EVIDENCE_MISSING = "evidence_missing"
    QUARANTINED = "quarantined"
    RECOVERED = "recovered"
    BODY_ERASED = "body_erased"
    GAP = "gap"
    RULE_SUSPENDED = "rule_suspended"
    RULE_IN_FORCE = "rule_in_force"
    """A rule flags on a camera: its threshold there changed, or its suspension was lifted."""
    CONFIGURATION_CHANGED = "configuration_changed"
    DISK_ALARM = "disk_alarm"


@dataclass(frozen=True, slots=True)
class JournalEnd:
    """Where a journal ends.

    Attributes:
        size: How many rows there are.
        leaf: Leaf sum of the last row.
        subject_prev: Number of the latest row about the subject that the next row is about.
    """

    size: int
    leaf: bytes
    subject_prev: int | None = None


def body_of(facts: Facts, salt: str | None = None) -> bytes:
    """Return a row's body. The salt keeps a body that was erased from being guessed by its sum."""
    return canonical({"salt": salt or secrets.token_hex(SALT_BYTES), **facts})


def facts_of(row: JournalRow) -> dict[str, Fact] | None:
    """Return what a row's body says, without its salt; None where it was erased."""
    if row.body is None:
        return None
    facts: dict[str, Fact] = json.loads(row.body)
    facts.pop("salt", None)
    return facts


def facts_said(row: JournalRow) -> dict[str, Fact] | None:
    """Return `facts_of` a row that may have been tampered with; None also where its body cannot be read."""
    try:
        said = json.loads(row.body or b"null")
    except (ValueError, RecursionError):
        return None
    return {name: fact for name, fact in said.items() if name != "salt"} if isinstance(said, dict) else None


def next_row(end: JournalEnd, kind: RowKind, *, subject: str, body: bytes, at_us: int, key_id: str) -> JournalRow:
    """Return the row that continues a journal, not signed yet."""
    return JournalRow(
        seq=end.size,
        at_us=at_us,
        kind=kind.value,
        subject=subject,
        subject_prev=end.subject_prev,
        prev=end.leaf,
        body_sha256=sum_of(body),
        key_id=key_id,
        signature=b"",
        body=body,
    )


def signed(row: JournalRow, signature: bytes) -> JournalRow:
    """Return the row with its signature."""
    return replace(row, signature=signature)
