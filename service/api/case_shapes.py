"""The shapes of hearings in the JSON API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from service.api.schemas import Shape
from service.hearing.cases import CaseRecord, StepRecord
from service.hearing.stages import Outcome, Stage, StepKind, Turn

TEXT_MAX = 10_000
EMAIL = r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$"


class CaseShape(Shape):
    """The hearing of one person about one confirmed flag."""

    case_id: str
    event_id: str
    officer_id: str | None = Field(description="Absent where the site file does not name the person.")
    person_name: str
    agency: str
    unit: str
    rule_id: str
    stage: Stage
    turn: Turn = Field(description="Who is asked.")
    opened_at: datetime
    due_at: datetime | None = Field(description="Until when whoever is asked should act.")
    is_late: bool = Field(description="The inspection should have acted by now. The person is never late.")
    outcome: Outcome | None = Field(description="The latest conclusion; absent while there is none.")
    concluded_at: datetime | None

    @classmethod
    def of(cls, case: CaseRecord, now: datetime) -> CaseShape:
        """Make it from a record."""
        return cls.model_validate(_facts(case, now))


class AttachmentShape(Shape):
    """A file that the person handed in."""

    attachment_id: int
    name: str
    sha256: str
    size_bytes: int
    media_type: str


class StepShape(Shape):
    """One step of a hearing. Steps are only ever added."""

    kind: StepKind
    at: datetime
    user_id: int | None = Field(description="Who of the inspection did it; absent where the person or time did.")
    outcome: Outcome | None
    due_at: datetime | None
    is_complete: bool = Field(description="The person said that this answer is all.")
    text: str
    attachments: list[AttachmentShape]


class CaseDetailShape(CaseShape):
    """A hearing with its steps, as far as the reader may know them."""

    steps: list[StepShape]
    may: list[StepKind] = Field(description="Steps that the reader may do now.")

    @classmethod
    def with_steps(
        cls, case: CaseRecord, steps: Iterable[StepRecord], may: Iterable[StepKind], now: datetime
    ) -> CaseDetailShape:
        """Make it from records."""
        shown = [StepShape.model_validate(step) for step in steps]
        return cls.model_validate({**_facts(case, now), "steps": shown, "may": sorted(may)})


class CasePageShape(Shape):
    """Some of the hearings: what waits for the inspection first, the most overdue before all."""

    total: int
    limit: int
    offset: int
    items: list[CaseShape]


class CaseRequest(Shape):
    """A hearing to open."""

    event_id: str = Field(min_length=1, max_length=64)
    officer_id: str | None = Field(default=None, max_length=64, description="Without it, `person_name` says who.")
    person_name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=254, pattern=rf"{EMAIL}|^$", description="Empty: it is printed.")
    language: str = Field(default="vi", pattern="^(vi|en)$")
    text: str = Field(default="", max_length=TEXT_MAX, description="What the inspection adds.")
    request_id: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")


class OpenedShape(CaseShape):
    """A hearing that was opened. Link and number are known nowhere else: hand them over by different ways."""

    link: str | None = Field(description="The person's page; absent where the same request was sent before.")
    pin: str | None

    @classmethod
    def with_door(cls, case: CaseRecord, now: datetime, *, link: str | None, pin: str | None) -> OpenedShape:
        """Make it from a record."""
        return cls.model_validate({**_facts(case, now), "link": link, "pin": pin})


class StepRequest(Shape):
    """A step to do."""

    kind: StepKind
    text: str = Field(min_length=1, max_length=TEXT_MAX, description="The reason, or the person's own words.")
    outcome: Outcome | None = Field(default=None, description="Of a conclusion, and of nothing else.")
    until: datetime | None = Field(default=None, description="The new deadline, of an extension only.")
    is_complete: bool = Field(default=False, strict=True, description="The person says that this answer is all.")
    request_id: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")


def _facts(case: CaseRecord, now: datetime) -> dict[str, object]:
    held = {name: getattr(case, name) for name in CaseShape.model_fields if name != "is_late"}
    return {**held, "is_late": case.is_late(now)}
