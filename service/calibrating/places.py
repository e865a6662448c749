"""What is asked at each place of a scene, and whether it can be read there: for the command and for the pages."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.legibility import FEET_M, MIDDLE_M, Advice, Asked, LegibilityMap, Needs, advise
from calibration.scene import Area, PictureShape, Scene, ZoneKind
from models.catalog import ModelEntry
from service.errors import ServiceError
from vision.observation.thresholds import CARD_WIDTH_LEAST_PX


@dataclass(frozen=True, slots=True)
class PlaceAdvice:
    """What is said of one question at one place; ``advice`` is None where the map cannot judge."""

    place_id: str
    name: str
    asked: Asked
    advice: Advice | None


def needs_of(crop: ModelEntry) -> Needs:
    """Return from which size on the crop net reads things. Raises `ServiceError` where its entry does not say."""
    try:
        # the same floors that decide whether anything is asked of a crop
        card_px = max(crop.floor_px["card_width"], CARD_WIDTH_LEAST_PX)
        return Needs(card_px=card_px, cigarette_px=crop.floor_px["cigarette_length"])
    except KeyError as error:
        raise ServiceError(
            f"net {crop.name!r}: the catalogue gives no floor_px {error}; publish the net again"
        ) from None


def advise_places(scene: Scene, legibility: LegibilityMap, main_stream: PictureShape | None) -> list[PlaceAdvice]:
    """Say for each place what is asked there: cards at desks, cigarettes where smoking is; nothing of the public."""
    wanted: list[tuple[str, str, Area, Asked, float]] = []
    for desk in scene.desks:
        wanted += [(desk.desk_id, desk.name, desk.area, asked, MIDDLE_M) for asked in Asked]
    for zone in scene.zones:
        if zone.kind is not ZoneKind.PUBLIC:
            wanted.append((zone.zone_id, zone.name, zone.area, Asked.CIGARETTE, FEET_M))
    return [
        PlaceAdvice(place_id, name, asked, advise(legibility, asked, area, seen_at_m=height, main_stream=main_stream))
        for place_id, name, area, asked, height in wanted
    ]
