"""What the journal tells of events and evidence: the same whether it is told at once or read back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from service.db.records import EventRecord, EvidenceKind, EvidenceRecord, RuleMode, RuleState, TraceItem
from service.db.repository import Upserted
from service.evidence.journal import Fact, RowKind
from service.evidence.offline.journal_rows import canonical, sum_of
from vision.types import Event, Gap, Observation

SCORE_DIGITS = 4


def observations_of(trace: Iterable[Observation | TraceItem]) -> list[Fact]:
    """Return the answers that an event rests on, as they are stored."""
    return [
        [_time(o.at), str(o.answer), round(float(o.score), SCORE_DIGITS), o.why and str(o.why), _text(o.question)]
        for o in trace
    ]


def facts_of_event(event: Event, scene_version: int | None) -> dict[str, Fact]:
    """Return what is told of an event when it is stored."""
    subject = event.subject
    return {
        "rule": str(event.rule_id),
        "camera": str(subject.camera_id),
        "run": str(subject.run_id),
        "place": str(subject.place_id),
        "track": None if subject.track_number is None else int(subject.track_number),
        "started_at": _time(event.started_at),
        "ended_at": _time(event.ended_at),
        "end_reason": _text(event.end_reason),
        "peak_score": float(event.peak_score),
        "peak_at": _time(event.peak_at),
        "threshold": float(event.threshold),
        "model_sha256": event.model_sha256,
        "box_px": None if event.box_px is None else [float(v) for v in event.box_px],
        "scene_version": scene_version,
        "observations_sha256": sum_of(canonical(observations_of(event.trace))),
    }


def told_of(event: Event, change: Upserted) -> list[tuple[RowKind, dict[str, Fact]]]:
    """Return the rows that storing an event calls for: that it began, that it ended."""
    facts: dict[str, Fact] = {"facts": facts_of_event(event, change.scene_version)}
    kinds = ((RowKind.EVENT_CREATED, change.is_new), (RowKind.EVENT_ENDED, change.has_ended))
    return [(kind, facts) for kind, is_due in kinds if is_due]


def facts_of_record(event: EventRecord) -> dict[str, Fact]:
    """Return the same of an event as it was read back."""
    return {
        "rule": event.rule_id,
        "camera": event.camera_id,
        "run": event.run_id,
        "place": event.place_id,
        "track": event.track_number,
        "started_at": _time(event.started_at),
        "ended_at": _time(event.ended_at),
        "end_reason": event.end_reason,
        "peak_score": event.peak_score,
        "peak_at": _time(event.peak_at),
        "threshold": event.threshold,
        "model_sha256": event.model_sha256,
        "box_px": None if event.box_px is None else list(event.box_px),
        "scene_version": event.scene_version,
        "observations_sha256": sum_of(canonical(observations_of(event.trace))),
    }


def facts_of_evidence(record: EvidenceRecord) -> dict[str, Fact]:
    """Return what is told of a stored object."""
    return {
        "kind": str(record.kind),
        "key": record.key,
        "sha256": record.sha256,
        "size_bytes": record.size_bytes,
        "media_type": record.media_type,
        "from": _time(record.start),
        "until": _time(record.end),
    }


def evidence_from(event_id: str, facts: Mapping[str, Fact]) -> EvidenceRecord:
    """Return the record that `facts_of_evidence` told of."""
    return EvidenceRecord(
        event_id=event_id,
        kind=EvidenceKind(str(facts["kind"])),
        key=str(facts["key"]),
        sha256=str(facts["sha256"]),
        size_bytes=int(str(facts["size_bytes"])),
        media_type=str(facts["media_type"]),
        start=datetime.fromisoformat(str(facts["from"])),
        end=datetime.fromisoformat(str(facts["until"])),
    )


def facts_of_gap(gap: Gap, place_id: str = "") -> dict[str, Fact]:
    """Return what is told of a stretch that nobody saw."""
    return {
        "camera": str(gap.camera_id),
        "run": str(gap.run_id),
        "place": place_id,
        "from": _time(gap.start),
        "until": _time(gap.end),
        "reason": str(gap.reason),
    }


def told_of_scene(camera_id: str, number: int, sha256: str) -> tuple[str, dict[str, Fact]]:
    """Return the subject and the facts of a camera's scene in force."""
    return f"scene:{camera_id}", {"what": "scene", "camera": camera_id, "number": number, "sha256": sha256}


def told_of_site(site_id: str, content: str) -> tuple[str, dict[str, Fact]]:
    """Return the subject and the facts of a site's settings; ``content`` is the whole of them, as JSON."""
    return f"site:{site_id}", {"what": "site", "site": site_id, "sha256": sum_of(content.encode())}


def told_of_rule(state: RuleState) -> tuple[RowKind, str, dict[str, Fact]]:
    """Return kind, subject and facts of a change in how far a rule is trusted on a camera."""
    kind = RowKind.RULE_SUSPENDED if state.mode is RuleMode.SUSPENDED else RowKind.RULE_IN_FORCE
    facts: dict[str, Fact] = {
        "rule": state.rule_id,
        "camera": state.camera_id,
        "threshold": state.threshold,
        "cause": str(state.cause),
        "user": state.user_id,
    }
    return kind, f"camera:{state.camera_id}", facts


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _text(value: object) -> str | None:
    return None if value is None else str(value)
