"""The shapes of the JSON API. Times are RFC 3339 with their zone, in UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.db.records import (
    EventRecord,
    EvidenceKind,
    EvidenceRecord,
    Part,
    Queue,
    ReviewRecord,
    Role,
    Standing,
    TraceItem,
    Verdict,
)
from service.rights import Right

RowId = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""Number of something stored; no database takes a larger one."""


class Shape(BaseModel):
    """Parent of all shapes: read from frozen records, unknown keys refused."""

    model_config = ConfigDict(from_attributes=True, extra="forbid", frozen=True)


class ProblemShape(Shape):
    """Why a request was not served (RFC 9457)."""

    type: str = Field(description="Which problem it is, for programs; it stays the same in every language.")
    title: str = Field(description="What is wrong, in a few words, in the reader's language.")
    status: int = Field(description="The HTTP status of the answer.")
    detail: str = Field(description="What to do about it, one sentence.")
    instance: str = Field(description="The address that was asked, without its query.")
    faults: list[str] = Field(default_factory=list, description="Which values are not valid.")


class ReviewShape(Shape):
    """One verdict. Verdicts are only ever added; of one reviewer the latest that was not taken back counts."""

    reviewer_name: str
    verdict: Verdict
    reason: str = Field(description="Code of the reason; `unstated` where none was given.")
    note: str
    at: datetime
    part: Part = Field(description="`look`: of one's own; `ruling`: the team leader's, where two see it differently.")
    withdrawn_at: datetime | None = Field(description="When it was taken back; absent while it stands.")

    @classmethod
    def of(cls, record: ReviewRecord) -> ReviewShape:
        """Make it from a record."""
        return cls.model_validate(record)


class TraceShape(Shape):
    """One answer that an event rests on."""

    at: datetime
    answer: str = Field(description="`yes`, `no` or `unknown`: the answer to the question, not an accusation.")
    score: float = Field(ge=0.0, le=1.0)
    why: str | None = Field(description="Why it is unknown.")
    question: str | None = Field(description="What was asked; absent where it was the rule's own question.")
    box_px: tuple[float, float, float, float] | None = Field(
        description="Where in the frame: left, top, right, bottom in pixels; absent where nowhere."
    )

    @classmethod
    def of(cls, record: TraceItem) -> TraceShape:
        """Make it from a record."""
        return cls.model_validate(record)


class EvidenceShape(Shape):
    """One stored object of an event."""

    kind: EvidenceKind
    sha256: str
    size_bytes: int
    media_type: str
    start: datetime
    end: datetime
    href: str = Field(description="Where its bytes are.")

    @classmethod
    def of(cls, record: EvidenceRecord) -> EvidenceShape:
        """Make it from a record."""
        return cls(
            kind=record.kind,
            sha256=record.sha256,
            size_bytes=record.size_bytes,
            media_type=record.media_type,
            start=record.start,
            end=record.end,
            href=f"/api/v1/evidence/{record.event_id}/{record.kind}",
        )


class EventShape(Shape):
    """A possible breach, or a visit at a desk. A flag is never a finding."""

    event_id: str
    rule_id: str
    camera_id: str
    camera_name: str
    place_id: str
    place_name: str
    officers: list[str] = Field(description="Who is assigned to the place: not who was seen there.")
    started_at: datetime
    ended_at: datetime | None = Field(description="Absent while it goes on.")
    end_reason: str | None
    duration_s: float | None
    peak_score: float
    threshold: float
    queue: Queue = Field(
        description="`flag`; or why it was not shown as one: `held`, `suspended`, or `noted`: no breach."
    )
    checked_rule: str | None = Field(
        description="Where it was drawn at random from what was not flagged: the rule that is asked about."
    )
    scene_version: int | None = Field(description="Number of the camera's scene that it was judged by.")
    standing: Standing = Field(
        description="What the verdicts come to. Those who may judge are not told of a first one: it stays `open`."
    )

    @classmethod
    def of(cls, record: EventRecord) -> EventShape:
        """Make it from a record."""
        return cls.model_validate({name: _jsonable(getattr(record, name)) for name in cls.model_fields})


class EventDetailShape(EventShape):
    """One event with all that speaks for and against it."""

    run_id: str
    peak_at: datetime
    model_sha256: str
    box_px: tuple[float, float, float, float] | None
    trace: list[TraceShape]
    evidence: list[EvidenceShape]
    reviews: list[ReviewShape] = Field(
        description="Every verdict, oldest first. While a second look is wanted, those who may give it see only theirs."
    )

    @classmethod
    def with_all(
        cls, record: EventRecord, evidence: list[EvidenceRecord], reviews: list[ReviewRecord]
    ) -> EventDetailShape:
        """Make it from a record, its evidence and its verdicts."""
        held = {name: _jsonable(getattr(record, name)) for name in EventShape.model_fields}
        return cls.model_validate(
            {
                **held,
                "run_id": record.run_id,
                "peak_at": record.peak_at,
                "model_sha256": record.model_sha256,
                "box_px": record.box_px,
                "trace": [TraceShape.of(item) for item in record.trace],
                "evidence": [EvidenceShape.of(item) for item in evidence],
                "reviews": [ReviewShape.of(item) for item in reviews],
            }
        )


class EventPageShape(Shape):
    """Some of the matching events, newest first."""

    total: int = Field(description="How many match in all, at most 10,000.")
    has_more: bool = Field(description="Whether more match than `total` says.")
    limit: int
    offset: int
    next: str | None = Field(description="Where the next list begins, to be sent as `after`; absent after the last.")
    items: list[EventShape]


class ReviewRequest(Shape):
    """A verdict to store."""

    verdict: Verdict
    reason: str = Field(default="unstated", max_length=64)
    note: str = Field(default="", max_length=2000)
    request_id: str = Field(
        pattern=r"^[A-Za-z0-9-]{8,64}$",
        description="Chosen by the sender. The same id again changes nothing, so a lost answer may be retried.",
    )


class StepsRequest(Shape):
    """A stretch of a clip that somebody went through picture by picture."""

    from_s: float = Field(
        strict=True, ge=0, le=86_400, description="Earliest picture, seconds from the start of the clip."
    )
    to_s: float = Field(strict=True, ge=0, le=86_400, description="Latest picture.")
    pictures: int = Field(strict=True, ge=1, le=100_000, description="How many steps were made.")


class IntervalShape(Shape):
    """A stretch of time."""

    start: datetime
    end: datetime


class AwayShape(Shape):
    """A stretch in which the post was seen without the officer."""

    kind: str = Field(description="`late`, `early`, `left` or `absent`.")
    start: datetime
    end: datetime


class AttendanceShape(Shape):
    """One officer on one day, at all their desks. `null` for late and early: the camera could not have seen it."""

    day: date
    officer_id: str
    officer_name: str
    unit: str
    camera_id: str
    desk_id: str
    desk_name: str
    arrival: datetime | None
    leaving: datetime | None
    is_late: bool | None
    is_early: bool | None
    coverage: float = Field(description="Share of the shift that the camera could see, 0..1.")
    shifts: list[IntervalShape]
    present: list[IntervalShape]
    absent: list[IntervalShape] = Field(description="The desk was seen empty.")
    away: list[AwayShape] = Field(description="The same as `absent`, each with what it is.")
    no_data: list[IntervalShape] = Field(description="The camera could not see: this is not absence.")


class SessionShape(Shape):
    """Who is signed in."""

    login: str
    display_name: str
    role: Role
    rights: list[Right] = Field(description="What they may do.")
    agency: str = Field(description="Whose affairs they see; empty for all agencies.")
    may_review: bool
    csrf_token: str = Field(description="To be sent as X-CSRF-Token with every call that changes something.")
    expires_at: datetime


def _jsonable(value: object) -> object:
    """Records hold tuples of frozen values; the shapes take lists of their own kind."""
    if isinstance(value, tuple):
        return [_jsonable(item) for item in value]
    return value
