"""`congvu calibrate legibility`: what can be read at each place of a camera, and what would make it so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibration.legibility import (
    Asked,
    LegibilityMap,
    advice_words,
    map_legibility,
)
from calibration.legibility_overlay import overlay
from calibration.scene import PictureShape
from models.catalog import ModelEntry
from service.calibrating.asked import CameraAsked, floor_of
from service.calibrating.pictures import shape_of, still_of, write_picture
from service.calibrating.places import PlaceAdvice, advise_places, needs_of
from service.errors import ServiceError
from service.site import scene_of


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The map of a camera and what follows from it for its places."""

    legibility: LegibilityMap
    places: tuple[PlaceAdvice, ...]


def tell_legibility(asked: CameraAsked, crop: ModelEntry, stream: PictureShape | None = None) -> Told:
    """Map a camera whose floor is known.

    Args:
        stream: Size of the pictures that are judged, where it is not that of the camera's picture.

    Raises:
        ServiceError, CalibrationError: The floor is not known, or does not fit.
    """
    camera = asked.table()
    shape = shape_of(camera, still_of(camera, asked.site_path, asked.picture))
    legibility = map_legibility(floor_of(camera, shape), needs_of(crop), stream or shape)
    main = shape if stream is not None and stream.width_px < shape.width_px else None
    return Told(legibility, tuple(advise_places(scene_of(camera), legibility, main)))


def write_overlay(told: Told, asked: CameraAsked, thing: Asked, out: Path) -> None:
    """Draw the map over the camera's picture. Raises `ServiceError` where there is none, `StoreUnwritable`."""
    still = still_of(asked.table(), asked.site_path, asked.picture)
    if still is None:
        raise ServiceError(f"camera {asked.camera_id} is live; give a still of it with --picture STILL.jpg")
    write_picture(out, overlay(told.legibility, still, thing))


def as_json(told: Told) -> dict[str, Any]:
    """Return what was found, for ``--json``; the maps row by row from the top, null where nothing is judged."""
    legibility = told.legibility
    stream = legibility.stream
    maps = {
        str(asked): [[None if px != px else round(px, 2) for px in row] for row in legibility.of(asked).tolist()]
        for asked in Asked
    }
    return {
        "schema": 1,
        "stream": [stream.width_px, stream.height_px],
        "needed_px": {str(asked): legibility.needs.of(asked) for asked in Asked},
        "camera": {
            "height_m": round(legibility.pose.height_m, 3),
            "tilt_deg": round(legibility.pose.tilt_deg, 2),
            "roll_deg": round(legibility.pose.roll_deg, 2),
            "focal": round(legibility.pose.focal_px / legibility.pose.picture.width_px, 4),
        },
        "places": [_place_json(place) for place in told.places],
        "maps": maps,
    }


def _place_json(place: PlaceAdvice) -> dict[str, Any]:
    told: dict[str, Any] = {"place": place.place_id, "asked": str(place.asked), "judged": place.advice is not None}
    if place.advice is not None:
        advice = place.advice
        told |= {
            "have_px": round(advice.have_px, 1),
            "needed_px": advice.needed_px,
            "ok": advice.ok,
            "ok_share": round(advice.ok_share, 3),
            "closer_m": round(advice.closer_m, 2),
            "factor": round(advice.factor, 2),
            "main_stream_helps": advice.main_stream_helps,
            "words": advice_words(advice),
        }
    return told
