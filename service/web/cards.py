"""The cards of the queue: flags of one person on one track share a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from service.db.records import EventRecord, EvidenceKind
from service.hearing.cases import CaseRecord


@dataclass(frozen=True, slots=True)
class Card:
    """One flag in the queue.

    Attributes:
        picture: What shows it.
        others: How many more flags of the same rule on the same track stand behind it.
        taken_by: Name of who else is looking at it now.
        given_to: Name of whom it was given to.
        hearing: The hearing about it, for readers who may know of it.
    """

    event: EventRecord
    zone: ZoneInfo
    picture: EvidenceKind | None
    others: int = 0
    taken_by: str = ""
    given_to: str = ""
    hearing: CaseRecord | None = None


def track_of(event: EventRecord) -> tuple[object, ...]:
    """Return what flags have in common that share a card; random checks never do: each is a sample of its own."""
    if event.track_number is None or event.checked_rule is not None:
        return (event.event_id,)
    return (event.camera_id, event.run_id, event.track_number, event.rule_id, event.standing)


def merged(events: Sequence[EventRecord]) -> list[tuple[EventRecord, int]]:
    """Return the first event of each track, in order, and how many more of it there are."""
    counts: dict[tuple[object, ...], int] = {}
    firsts: dict[tuple[object, ...], EventRecord] = {}
    for event in events:
        track = track_of(event)
        counts[track] = counts.get(track, -1) + 1
        firsts.setdefault(track, event)
    return [(event, counts[track]) for track, event in firsts.items()]


def picture_of(event: EventRecord, kinds: Mapping[str, frozenset[EvidenceKind]]) -> EvidenceKind | None:
    """Return which picture stands for a flag in the queue."""
    is_check = event.checked_rule is not None  # what the system marked would lead the eye
    liked = (EvidenceKind.SNAPSHOT,) if is_check else (EvidenceKind.SNAPSHOT_ANNOTATED, EvidenceKind.SNAPSHOT)
    return next((kind for kind in liked if kind in kinds.get(event.event_id, frozenset())), None)
