"""What stands on the page of one flag beside the recording."""

from __future__ import annotations

from dataclasses import dataclass

from service.api.auth import Work, has_right
from service.api.verdicts import is_own
from service.db.records import EventRecord, EvidenceKind, EvidenceRecord, Part, SessionRecord, Standing
from service.review.standing import may_look, may_settle, may_withdraw
from service.rights import Right
from service.web.precision import Precision, precision_of

CLIPS = (EvidenceKind.CLIP, EvidenceKind.CLIP_START, EvidenceKind.CLIP_END)
SAME_MAX = 20


@dataclass(frozen=True, slots=True)
class Exhibits:
    """The evidence of one flag, by what it is."""

    clips: tuple[EvidenceRecord, ...]
    snapshot: EvidenceRecord | None
    drawing: EvidenceRecord | None


def exhibits_of(evidence: list[EvidenceRecord], *, with_drawing: bool) -> Exhibits:
    """Return the evidence by what it is."""
    by_kind = {record.kind: record for record in evidence}
    return Exhibits(
        clips=tuple(by_kind[kind] for kind in CLIPS if kind in by_kind),
        snapshot=by_kind.get(EvidenceKind.SNAPSHOT),
        drawing=by_kind.get(EvidenceKind.SNAPSHOT_ANNOTATED) if with_drawing else None,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a flag asks of its reader as things stand.

    Attributes:
        part: What their verdict would be; None where it asks nothing of them.
        is_party: Theirs is one of the two verdicts that differ.
        is_heard: A hearing was opened.
        may_undo: Whether they may take their latest verdict back.
    """

    part: Part | None
    is_party: bool
    is_heard: bool
    may_undo: bool


def asked_by(work: Work, session: SessionRecord, event: EventRecord) -> Asked:
    """Tell what a flag, as it is stored, asks of its reader."""
    looks, user_id = work.reviews.looks_of(event.event_id), session.user.user_id
    is_party = any(look.reviewer_id == user_id and not look.is_withdrawn for look in looks)
    is_heard = work.reviews.is_heard(event.event_id)
    part: Part | None = None
    if is_own(session, event):
        return Asked(None, is_party, is_heard, may_undo=False)
    if not is_heard and has_right(session, Right.JUDGE):
        is_ruling = (
            event.standing is Standing.DISPUTED and has_right(session, Right.SETTLE) and may_settle(looks, user_id)
        )
        part = Part.RULING if is_ruling else Part.LOOK if may_look(looks, user_id) else None
    return Asked(part, is_party, is_heard, not is_heard and may_withdraw(looks, user_id))


def same_track(work: Work, session: SessionRecord, event: EventRecord) -> list[EventRecord]:
    """Return the other flags of one person on one track that wait for a look of the reader's."""
    if event.checked_rule is not None:
        return []
    others = work.reviews.of_one_track(event.event_id, limit=SAME_MAX)
    user_id = session.user.user_id
    return [
        work.events.get(other)
        for other in others
        if all(look.reviewer_id != user_id or look.is_withdrawn for look in work.reviews.looks_of(other))
    ]


def precision_here(work: Work, event: EventRecord) -> Precision | None:
    """Return how often flags of this rule on this camera were breaches; None below some verdicts."""
    decided = work.reviews.decided_of(event.camera_id, event.asked_rule)
    breaches, others = decided.get(Standing.BREACH, 0), decided.get(Standing.NO_BREACH, 0)
    return precision_of(breaches, breaches + others)
