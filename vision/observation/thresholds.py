"""What the catalogue says of nets, as parameters of the questions: the service and its evaluation share it."""

from __future__ import annotations

from models.catalog import ModelEntry
from vision.observation.alcohol import AlcoholParams
from vision.observation.badge import BadgeParams
from vision.observation.smoking import SmokingParams

CARD_WIDTH_LEAST_PX = 10.0
"""The card's floor was measured on clean pictures made smaller; a camera's own small pictures are worse, so a missing
badge is never said of cards narrower than this, whatever the catalogue measured."""


def badge_params(crop: ModelEntry) -> BadgeParams:
    """Return what counts as a badge and as none for a crop net."""
    return BadgeParams(
        card_class=crop.class_id("card"),
        lanyard_class=crop.class_id("lanyard"),
        yes_card=crop.yes_score["card"],
        yes_lanyard=crop.yes_score["lanyard"],
        no_below=crop.no_score["badge"],
        card_width_min_px=max(crop.floor_px["card_width"], CARD_WIDTH_LEAST_PX),
    )


def smoking_params(crop: ModelEntry) -> SmokingParams:
    """Return what counts as a cigarette for a crop net."""
    return SmokingParams(
        cigarette_class=crop.class_id("cigarette"),
        card_class=crop.class_id("card"),
        yes_score=crop.yes_score["cigarette"],
        length_min_px=crop.floor_px["cigarette_length"],
    )


def alcohol_params(vessel: ModelEntry) -> AlcoholParams:
    """Return what counts as a bottle or a can for a vessel net; a glass may hold tea, and accuses nobody."""
    return AlcoholParams(
        yes_score={vessel.class_id(name): vessel.yes_score[name] for name in ("bottle", "can")},
        width_min_px=vessel.floor_px["can_width"],
    )
