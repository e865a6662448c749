"""The tables of a site file's rules: when answers become an event."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from service.site_hours import Table
from vision.observation.badge import WornAt
from vision.rules.gesture import GestureParams

LOOKS_BRIDGED_S = GestureParams().bridge.total_seconds()
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class PresenceTable(Table):
    """A visit at a desk."""

    open_after_s: Seconds = 0.8
    close_after_s: Seconds = 1.2
    hold_unknown_s: Seconds = 5.0


class JudgedTable(Table):
    """How far a rule is trusted, earned from inspectors' verdicts: see `calibration.thresholds`.

    Attributes:
        precision_target: A camera's own threshold is set so that at least this share of its flags are breaches.
        precision_floor: A rule whose flags are surely breaches less often than this is suspended on that camera.
        random_checks: Share of what was not flagged that an inspector is shown all the same.
    """

    precision_target: float = Field(default=0.9, gt=0, lt=1)
    precision_floor: float = Field(default=0.7, gt=0, lt=1)
    random_checks: float = Field(default=0.02, ge=0, le=1)

    @model_validator(mode="after")
    def _floor_below_target(self) -> Self:
        if self.precision_floor >= self.precision_target:
            raise ValueError(
                f"precision_floor: wanted below precision_target ({self.precision_target:g}), "
                f"got {self.precision_floor:g}"
            )
        return self


class AbsenceTable(JudgedTable):
    """Somebody who was there is away for longer than ``after_s``."""

    after_s: Seconds = 600.0
    back_after_s: Seconds = 0.8
    hold_unknown_s: Seconds = 5.0


class EvidenceTable(JudgedTable):
    """How looks add up: see `vision.rules.sequential`."""

    enabled: bool = True
    hit_rate: float = Field(gt=0, lt=1)
    false_rate: float = Field(gt=0, lt=1)
    odds: float = Field(default=1000.0, gt=1)
    open_after_s: Seconds
    hold_unknown_s: Seconds
    base_rate: float | None = Field(default=None, gt=0, lt=1)
    discount: float = Field(default=0.5, gt=0, le=1)

    @model_validator(mode="after")
    def _informative(self) -> EvidenceTable:
        if self.false_rate >= self.hit_rate:
            raise ValueError("false_rate must be below hit_rate: a look must say yes more often where it is so")
        return self


class BadgeTable(EvidenceTable):
    """A missing badge: 2 of 41 wearers were called bare in one look (95 % bound .17, taken .2); of looks that say
    "bare" .93 are right (taken: .8 of bare chests are seen to be so): validation looks of models/cards/crop.md.
    """

    hit_rate: float = Field(default=0.8, gt=0, lt=1)
    false_rate: float = Field(default=0.2, gt=0, lt=1)
    open_after_s: Seconds = 6.0
    hold_unknown_s: Seconds = 20.0
    worn_at: WornAt = WornAt.CHEST


class SmokingTable(EvidenceTable):
    """Smoking: 3 of 178 looks at people of sets without smokers showed a cigarette (95 % bound .05, taken .1 because
    looks at one person resemble each other), and .653 of those at smokers (taken .5, since on phone photos of real
    sites it is .377): validation looks and test of models/cards/crop.md.
    """

    hit_rate: float = Field(default=0.5, gt=0, lt=1)
    false_rate: float = Field(default=0.1, gt=0, lt=1)
    open_after_s: Seconds = 3.0
    hold_unknown_s: Seconds = 15.0
    puff_s: tuple[Seconds, Seconds] = (2.0, 5.0)
    puff_window_s: Seconds = 90.0
    puff_ratio: float = Field(default=2.0, ge=1, le=100)
    puffs_counted: int = Field(default=3, ge=1, le=20)

    @model_validator(mode="after")
    def _looks_needed(self) -> SmokingTable:
        if not LOOKS_BRIDGED_S < self.puff_s[0] < self.puff_s[1] < self.puff_window_s:
            raise ValueError(
                f"puff_s: wanted [least, most] with {LOOKS_BRIDGED_S:g} < least < most < puff_window_s, "
                f"got {list(self.puff_s)} and {self.puff_window_s:g}"
            )
        if self.puff_ratio**self.puffs_counted >= self.odds:
            raise ValueError(
                "puff_ratio to the power of puffs_counted must be below odds: gestures alone, such as drinking, "
                "must never make an event"
            )
        return self


class AlcoholTable(EvidenceTable):
    """A bottle or a can in a hand or at the mouth; off unless an agency decides otherwise, since most hold water.

    No look of 245 at people who hold none said yes (95 % bound .015, taken .04 because looks at one person resemble
    each other), and 9 of 35 at drinkers did (.26, taken .2): test looks of models/cards/vessel.md.
    """

    enabled: bool = False
    hit_rate: float = Field(default=0.2, gt=0, lt=1)
    false_rate: float = Field(default=0.04, gt=0, lt=1)
    open_after_s: Seconds = 5.0
    hold_unknown_s: Seconds = 15.0


class WaitingTable(Table):
    """Citizens wait at a counter: judged where a counter has a ``waiting_zone``. No flag, and nobody is pictured."""

    open_after_s: Seconds = 10.0
    close_after_s: Seconds = 10.0
    hold_unknown_s: Seconds = 5.0


class CompanyTable(Table):
    """Two or more people at one desk for longer than ``after_s``: no flag, but worth comparing with the time clock."""

    enabled: bool = False
    after_s: Seconds = 60.0
    close_after_s: Seconds = 10.0
    hold_unknown_s: Seconds = 5.0


class BadgeCodeTable(Table):
    """Printed badge codes, read where somebody crosses an entrance line: see `vision.observation.entrance`."""

    enabled: bool = False
    reads_least: int = Field(default=2, ge=2, le=20)


class RulesTable(Table):
    """When answers become an event."""

    presence: PresenceTable = PresenceTable()
    left_post: AbsenceTable = AbsenceTable()
    counter_unattended: AbsenceTable = AbsenceTable()
    badge_missing: BadgeTable = BadgeTable()
    smoking: SmokingTable = SmokingTable()
    alcohol_seen: AlcoholTable = AlcoholTable()
    citizens_waiting: WaitingTable = WaitingTable()
    two_at_desk: CompanyTable = CompanyTable()
    badge_code: BadgeCodeTable = BadgeCodeTable()
