"""Who looked at what and which rules flag: every look at a person, and every such change, is a row of the journal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from service.api.auth import Work
from service.api.schemas import StepsRequest
from service.api.selection import Selection
from service.db.journal_pages import RowFilter
from service.db.records import EvidenceRecord, RuleState, SessionRecord
from service.evidence.journal import Fact, RowKind
from service.evidence.offline.journal_rows import sum_of
from service.evidence.told import told_of_rule

_NAME = re.compile(r"[A-Za-z0-9_.*-]{1,64}")


def note_event_seen(work: Work, session: SessionRecord, event_id: str) -> None:
    """Somebody opened an event."""
    work.note_look(RowKind.EVENT_VIEWED, {"user": session.user.user_id}, subject=event_id)


def note_event_fetched(work: Work, session: SessionRecord, event_id: str) -> None:
    """A page fetched an event ahead, to have it at hand; once it is shown that is noted like any look."""
    work.note_look(RowKind.EVENT_VIEWED, {"user": session.user.user_id, "ahead": True}, subject=event_id)


def note_evidence_seen(work: Work, session: SessionRecord, record: EvidenceRecord, *, part: str) -> None:
    """Somebody was sent an evidence object.

    Args:
        part: Which bytes: ``whole``, or first and last.
    """
    seen: dict[str, Fact] = {"kind": str(record.kind), "sha256": record.sha256, "part": part}
    work.note_look(RowKind.EVIDENCE_VIEWED, {"user": session.user.user_id, **seen}, subject=record.event_id)


def note_steps(work: Work, session: SessionRecord, record: EvidenceRecord, steps: StepsRequest) -> None:
    """Somebody went through a clip picture by picture."""
    seen: dict[str, Fact] = {"kind": str(record.kind), "sha256": record.sha256}
    span: dict[str, Fact] = {"from_s": steps.from_s, "to_s": steps.to_s, "pictures": steps.pictures}
    work.note_look(RowKind.FRAMES_STEPPED, {"user": session.user.user_id, **seen, **span}, subject=record.event_id)


def note_search(work: Work, session: SessionRecord, selection: Selection, *, shown: int) -> None:
    """Somebody looked for events."""
    work.note_look(
        RowKind.EVENTS_SEARCHED,
        {
            "user": session.user.user_id,
            "rule": _named(selection.rule),
            "camera": _named(selection.camera),
            "state": str(selection.state),
            "day": None if selection.day is None else str(selection.day),
            "shown": shown,
        },
    )


def note_camera_seen(work: Work, session: SessionRecord, camera_id: str, picture: bytes) -> None:
    """Somebody was sent a camera's latest picture; it is not kept, its sum is."""
    facts: dict[str, Fact] = {"user": session.user.user_id, "camera": camera_id, "sha256": sum_of(picture)}
    work.note_look(RowKind.CAMERA_VIEWED, facts)


def note_document_read(work: Work, session: SessionRecord, correction_id: int) -> None:
    """Somebody was sent the document of a correction."""
    work.note_look(RowKind.DOCUMENT_READ, {"user": session.user.user_id, "correction": correction_id})


def note_download(work: Work, session: SessionRecord, form: str, asked: Mapping[str, str]) -> None:
    """Somebody was sent a file of attendance.

    Args:
        asked: Of whom and of when, as the address says it; what is no id and no date is left out.
    """
    kept: dict[str, Fact] = {name: value for name, value in asked.items() if _NAME.fullmatch(value)}
    work.note_look(RowKind.REPORT_DOWNLOADED, {"user": session.user.user_id, "form": form, "asked": kept})


def note_journal_read(work: Work, session: SessionRecord, wanted: RowFilter, shown: Sequence[int]) -> None:
    """Somebody read rows of the journal.

    Args:
        shown: Numbers of the rows, newest first.
    """
    facts: dict[str, Fact] = {
        "user": session.user.user_id,
        "kind": None if wanted.kind is None else str(wanted.kind),
        # one that rows are about is an id; else it may be anything
        "subject": (wanted.subject if shown else _named(wanted.subject)) or None,
        "since": _moment(wanted.since),
        "until": _moment(wanted.until),
        "rows": [shown[-1], shown[0]] if shown else [],
        "shown": len(shown),
    }
    work.note_look(RowKind.JOURNAL_READ, facts)


def note_row_read(work: Work, session: SessionRecord, seq: int) -> None:
    """Somebody opened one row of the journal."""
    work.note_look(RowKind.JOURNAL_READ, {"user": session.user.user_id, "rows": [seq, seq], "shown": 1})


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _named(text: str | None) -> str | None:
    """Return an id as it is; of anything else only its sum: what people type into addresses is no business of ours."""
    if text is None or _NAME.fullmatch(text):
        return text
    return f"sha256:{sum_of(text.encode())}"


def note_rule(work: Work, state: RuleState) -> None:
    """A rule's trust on a camera changed."""
    kind, subject, facts = told_of_rule(state)
    work.note(kind, facts, subject=subject)
