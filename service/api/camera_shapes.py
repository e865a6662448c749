"""The shapes of cameras in the JSON API."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from service.api.camera_states import CameraState, Condition
from service.api.rule_trust import TrustCard
from service.api.schemas import Shape
from service.db.records import CameraRecord, FaultRecord, RuleMode, RuleState


class FaultShape(Shape):
    """A stretch in which a camera's picture or clock was not to be trusted."""

    kind: str = Field(description="`covered`, `dark`, `blurred`, `frozen`, `moved`, `time_drift` or `away`.")
    started_at: datetime
    ended_at: datetime | None = Field(description="`null` while it goes on.")
    detail: str = Field(description="What was measured, in English.")

    @classmethod
    def of(cls, record: FaultRecord) -> FaultShape:
        """Make it from a record."""
        return cls.model_validate({name: getattr(record, name) for name in cls.model_fields})


class CameraShape(Shape):
    """A camera and how it is."""

    camera_id: str
    site_id: str
    name: str
    last_at: datetime | None = Field(description="Time of its latest picture.")
    frames: int
    gaps: int
    condition: Condition = Field(
        description="`silent`: watched, but no picture comes. `untrusted`: see the faults. `idle`: nobody watches it."
    )
    since: datetime | None = Field(description="Since when it is so; `null` where it works or was never seen.")
    is_blind: bool = Field(description="Nothing can be judged by its picture now: nobody counts as absent.")
    faults: list[FaultShape] = Field(description="Those that go on, the oldest first.")

    @classmethod
    def of(cls, state: CameraState) -> CameraShape:
        """Make it from a camera's state."""
        held = {name: getattr(state.camera, name) for name in CameraRecord.__slots__}
        faults = [FaultShape.of(fault) for fault in state.faults]
        return cls(**held, condition=state.condition, since=state.since, is_blind=state.is_blind, faults=faults)


class CameraDetailShape(CameraShape):
    """A camera with what it is judged by."""

    scene_version: int | None = Field(description="Number of the scene in force.")
    scene_saved_at: datetime | None
    reference_taken_at: datetime | None = Field(
        description="When the picture was taken that its view is compared with."
    )
    suspended_rules: list[str] = Field(description="Rules that flag nothing on this camera now.")


class IntervalOfShareShape(Shape):
    """A share and its 95 % interval, 0..1."""

    share: float
    low: float
    high: float


class RuleStateShape(Shape):
    """How far a rule was trusted from a moment on."""

    at: datetime
    mode: RuleMode
    threshold: float | None
    earned: bool
    precision: float | None
    precision_low: float | None
    verdicts: int
    cause: str
    note: str

    @classmethod
    def of(cls, state: RuleState) -> RuleStateShape:
        """Make it from a record."""
        return cls.model_validate({name: getattr(state, name) for name in cls.model_fields})


class RuleTrustShape(Shape):
    """How far one rule is trusted on one camera, and what that rests on."""

    rule_id: str
    mode: RuleMode
    threshold: float | None = Field(description="Flags with a lower peak score are held back; `null`: none are.")
    earned: bool = Field(description="The threshold carries a guarantee from this camera's own verdicts.")
    breaches: int
    answered: int = Field(description="Flags with an answer, breach or not.")
    unclear: int = Field(description="Flags of which nobody could tell.")
    contradicted: int = Field(description="Flags on which as many inspectors say the one as the other.")
    precision: IntervalOfShareShape | None = Field(description="`null` without an answer: never a number made up.")
    missing_verdicts: int | None = Field(
        description="At least so many more are needed to earn a threshold; `null`: more would not help."
    )
    recall: IntervalOfShareShape | None = Field(description="Share of breaches that were flagged; `null`: not enough.")
    missing_checks: int = Field(description="So many more random checks are needed for a recall.")
    history: list[RuleStateShape] = Field(description="Every state, the latest first.")

    @classmethod
    def of(cls, card: TrustCard) -> RuleTrustShape:
        """Make it from what is known of the rule."""
        recall = card.recall
        found = None
        if recall.recall is not None and recall.interval is not None:
            found = (recall.recall, *recall.interval)
        return cls(
            rule_id=card.rule_id,
            mode=RuleMode.SUSPENDED if card.is_suspended else RuleMode.ACTIVE,
            threshold=None if card.state is None else card.state.threshold,
            earned=card.is_earned,
            breaches=card.breaches,
            answered=card.answered,
            unclear=card.unclear,
            contradicted=card.contradicted,
            precision=_share(card.precision),
            missing_verdicts=card.missing,
            recall=_share(found),
            missing_checks=recall.missing,
            history=[RuleStateShape.of(state) for state in card.history],
        )


def _share(known: tuple[float, float, float] | None) -> IntervalOfShareShape | None:
    return None if known is None else IntervalOfShareShape(share=known[0], low=known[1], high=known[2])
