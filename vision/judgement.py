"""What is asked of one camera's pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

from vision.observation.alcohol import AlcoholParams
from vision.observation.badge import BadgeParams
from vision.observation.entrance import EntranceParams
from vision.observation.gesture import HandParams
from vision.observation.reach import Reach
from vision.observation.smoking import SmokingParams


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is asked; a question that is None is not. Badge, smoking, hand and alcohol are judged on close looks.

    Attributes:
        hand: Asked where smoking is, as a second cue.
        alcohol: Asked only of looks that look for bottles and cans.
        reach: Where it can be read; None where the floor is not known: then everybody is looked at.
        company: Whether it is asked if two people are at one desk; the whole frame answers that.
        codes: Which badge codes are read, where the scene has an entrance line.
    """

    badge: BadgeParams | None = None
    smoking: SmokingParams | None = None
    hand: HandParams | None = field(default_factory=HandParams)
    alcohol: AlcoholParams | None = None
    reach: Reach | None = None
    company: bool = False
    codes: EntranceParams | None = None

    @property
    def looks_closely(self) -> bool:
        """Whether anything is asked that only a close look answers."""
        return any(asked is not None for asked in (self.badge, self.smoking, self.alcohol))
