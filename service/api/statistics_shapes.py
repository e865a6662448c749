"""The shapes of figures in the JSON API."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from calibration.recall import RecallEstimate
from service.api.schemas import Shape
from service.api.statistics_asked import Statistics
from service.db.records import Verdict
from service.hearing.stages import Outcome
from service.statistics.fairness import Rated
from service.statistics.figures import Tally
from service.statistics.hearings import HearingFigures
from service.statistics.lengths import Lengths
from service.statistics.shares import PEOPLE_AT_LEAST, Share


class ShareShape(Shape):
    """So many of so many. Of fewer than 10 there is no share."""

    part: int
    whole: int
    value: float | None = Field(description="0..1; absent where there are too few.")
    low: float | None = Field(description="Lower end of the exact 95 % interval.")
    high: float | None = Field(description="Upper end of the exact 95 % interval.")

    @classmethod
    def of(cls, share: Share) -> ShareShape:
        """Make it from a share."""
        low, high = share.interval or (None, None)
        return cls(part=share.part, whole=share.whole, value=share.value, low=low, high=high)


class TallyShape(Shape):
    """Flags that stand together, and what they came to."""

    key: str = Field(description="Rule, camera, agency, hour, weekday (0 = Monday) or day that they share.")
    flags: int
    breach: int
    no_breach: int
    cannot_tell: int
    disputed: int = Field(description="For the team leader.")
    waiting: int = Field(description="For a look, the first or the second.")
    precision: ShareShape = Field(description="Breaches of the flags that were decided either way.")

    @classmethod
    def of(cls, key: str, tally: Tally) -> TallyShape:
        """Make it from a tally."""
        counts = {name: getattr(tally, name) for name in Tally.__slots__}
        return cls(key=key, precision=ShareShape.of(tally.precision), **counts)


class LengthsShape(Shape):
    """How long something took."""

    count: int
    median_s: int | None = Field(description="Half took no longer; absent of fewer than 10.")
    ninth_s: int | None = Field(description="Nine tenths took no longer.")

    @classmethod
    def of(cls, lengths: Lengths) -> LengthsShape:
        """Make it from lengths."""
        return cls.model_validate(lengths)


class HearingsShape(Shape):
    """Sums over hearings. About fewer than 5 people only their number is told."""

    opened: int
    people: int | None
    answered: int | None
    silent: int | None
    running: int | None
    concluded: dict[Outcome, int] | None = Field(description="For good, by what was concluded.")
    appeals: int | None
    appeals_decided: int | None
    changed: int | None = Field(description="Appeals that came to something else than the conclusion.")

    @classmethod
    def of(cls, figures: HearingFigures) -> HearingsShape:
        """Make it from figures."""
        names = [name for name in cls.model_fields if name != "opened"]
        is_told = figures.people == 0 or figures.people >= PEOPLE_AT_LEAST
        return cls(opened=figures.opened, **{name: getattr(figures, name) if is_told else None for name in names})


class MissedShape(Shape):
    """What a rule misses, estimated from random checks."""

    rule: str
    checks: int
    recall: float | None = Field(description="Flagged, of all breaches; absent while there are too few checks.")
    low: float | None
    high: float | None
    missed: float | None = Field(description="Estimated number.")

    @classmethod
    def of(cls, rule: str, estimate: RecallEstimate) -> MissedShape:
        """Make it from an estimate."""
        low, high = estimate.interval or (None, None)
        missed = None if estimate.recall is None else estimate.missed
        return cls(rule=rule, checks=estimate.checks, recall=estimate.recall, low=low, high=high, missed=missed)


class AgreementShape(Shape):
    """How two looks at the same flag compare."""

    same: ShareShape
    confirmed: ShareShape = Field(description="Where the first saw a breach: those in which the second did too.")
    disputed: int
    kappa: float | None = Field(description="Cohen's; absent where too few first looks saw no breach.")


class SuspensionShape(Shape):
    """A rule that is suspended on a camera now."""

    camera_id: str
    rule: str
    since: datetime


class StatisticsShape(Shape):
    """Figures of some days. A flag is what the system noticed, not a breach."""

    first: date
    last: date
    total: TallyShape
    checks: int = Field(description="Drawn at random from what was not flagged.")
    by_rule: list[TallyShape]
    by_camera: list[TallyShape]
    by_agency: list[TallyShape]
    by_hour: list[TallyShape]
    by_weekday: list[TallyShape]
    by_day: list[TallyShape]
    looks: dict[Verdict, int] = Field(description="Verdicts on flags that wait for no look.")
    rulings: dict[Verdict, int]
    withdrawn: int
    first_verdict: LengthsShape = Field(description="From the event to the first verdict.")
    decision: LengthsShape = Field(description="From the event to the decision.")
    looking: LengthsShape = Field(description="From the flag being shown to the verdict.")
    agreement: AgreementShape
    hearings: HearingsShape
    missed: list[MissedShape]
    suspended: list[SuspensionShape]

    @classmethod
    def of(cls, found: Statistics) -> StatisticsShape:
        """Make it from figures."""
        figures, agreement = found.figures, found.figures.agreement
        groups = ("by_rule", "by_camera", "by_agency", "by_hour", "by_weekday", "by_day")
        tallies = {
            name: [TallyShape.of(str(key), tally) for key, tally in getattr(figures, name).items()] for name in groups
        }
        return cls(
            first=found.wanted.first,
            last=found.wanted.last,
            total=TallyShape.of("", figures.total),
            checks=figures.checks,
            **tallies,
            looks=dict(figures.verdicts.looks),
            rulings=dict(figures.verdicts.rulings),
            withdrawn=figures.verdicts.withdrawn,
            first_verdict=LengthsShape.of(figures.first_verdict),
            decision=LengthsShape.of(figures.decision),
            looking=LengthsShape.of(figures.looking),
            agreement=AgreementShape(
                same=ShareShape.of(agreement.same),
                confirmed=ShareShape.of(agreement.confirmed),
                disputed=agreement.disputed,
                kappa=None if agreement.kappa is None else agreement.kappa.value,
            ),
            hearings=HearingsShape.of(figures.hearings),
            missed=[MissedShape.of(rule, estimate) for rule, estimate in figures.missed.items()],
            suspended=[SuspensionShape.model_validate(one) for one in figures.suspensions],
        )


class ComparedShape(Shape):
    """First looks of an inspector or at a unit, against those of others at the like."""

    label: str = Field(description="Name of the inspector or unit.")
    looks: int = Field(description="First looks that others' can be compared with.")
    breaches: int
    expected: float = Field(description="Breaches at the common rate of the same flags.")
    q: float | None = Field(description="Chance of so large a difference, all comparisons taken into account.")
    is_apart: bool = Field(description="It differs more than chance would explain. It says nothing of who is right.")

    @classmethod
    def of(cls, label: str, rated: Rated) -> ComparedShape:
        """Make it from a comparison."""
        return cls(
            label=label,
            looks=rated.looks,
            breaches=rated.breaches,
            expected=round(rated.expected, 2),
            q=rated.q,
            is_apart=rated.is_apart,
        )


class InspectorsShape(Shape):
    """Inspectors side by side; for an inspector only their own line."""

    inspectors: list[ComparedShape]
    units: list[ComparedShape]
    is_scattered: bool | None = Field(description="All scatter more than chance explains; for leaders and auditors.")
