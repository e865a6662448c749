"""Where on a camera's picture a badge or a cigarette can be read, and what would help: for the camera's page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from fastapi import APIRouter
from starlette.responses import Response

from calibration.errors import CalibrationError
from calibration.homography import fit_floor
from calibration.legibility import Advice, Asked, LegibilityMap, Needs, map_legibility
from calibration.legibility_overlay import COLOURS_BGR, SHARES, colour_map
from calibration.scene import PictureShape, Scene
from models.catalog import load_catalog
from service.api.auth import WorkNow
from service.api.camera_states import Watcher, camera_state
from service.api.seen import note_camera_seen
from service.calibrating.places import PlaceAdvice, advise_places, needs_of
from service.errors import NotFound
from service.evidence.cutter import to_jpeg
from service.stills import latest_still
from service.web.outlines import scene_of_version
from vision.types import Image

router = APIRouter()

BLANK = 60
"""Grey of a picture that has not come yet, 0..255."""


@dataclass(frozen=True, slots=True)
class Step:
    """One colour of the map: sizes from ``low_px`` to ``high_px``; None: no bound."""

    colour: str
    low_px: float | None
    high_px: float | None
    is_enough: bool


@dataclass(frozen=True, slots=True)
class AskedMap:
    """The map of one thing: what is needed, the legend of its picture, and what is said of each place."""

    asked: Asked
    needed_px: float
    steps: tuple[Step, ...]
    places: tuple[PlaceAdvice, ...]


@dataclass(frozen=True, slots=True)
class Legibility:
    """What can be said of a camera.

    Attributes:
        maps: One per thing asked; empty where nothing can be said.
        fault: Name of the error that says why not; None where the floor is not marked at all, or there are maps.
        marks: Numbers of the floor marks at fault.
        stream: Size of the pictures that are judged.
    """

    maps: tuple[AskedMap, ...]
    fault: str | None
    marks: tuple[int, ...]
    stream: PictureShape | None


def legibility_of(scene: Scene | None, still: bytes | None) -> Legibility:
    """Say what can be read where; where the floor is not marked, nothing is made up."""
    if scene is None or not scene.floor:
        return Legibility((), None, (), None)
    stream = _shape_of(still) or scene.picture
    if stream is None:
        return Legibility((), "NoPicture", (), None)
    try:
        legibility = _map(scene, stream)
    except CalibrationError as error:
        return Legibility((), type(error).__name__, tuple(getattr(error, "points", ())), stream)
    main = scene.picture if scene.picture is not None and scene.picture.width_px > stream.width_px else None
    places = advise_places(scene, legibility, main)
    maps = [
        AskedMap(
            asked,
            legibility.needs.of(asked),
            _steps(legibility.needs.of(asked)),
            tuple(place for place in places if place.asked is asked),
        )
        for asked in Asked
    ]
    return Legibility(tuple(maps), None, (), stream)


@router.get("/cameras/{camera_id}/legible-{asked}.jpg")
def show_map(camera_id: str, asked: Asked, work: WorkNow, session: Watcher) -> Response:
    """Draw one map over the latest still."""
    camera_state(work, camera_id)
    versions = work.calibration.scenes(camera_id)
    scene = scene_of_version(versions[0] if versions else None)
    still = latest_still(work.context.store, camera_id)
    stream = _shape_of(still) or (scene.picture if scene else None)
    if scene is None or not scene.floor or stream is None:
        raise NotFound(f"camera {camera_id} has no map of what can be read")
    try:
        legibility = _map(scene, stream)
    except CalibrationError:
        raise NotFound(f"camera {camera_id} has no map of what can be read: its floor marks do not fit") from None
    if still is not None:
        note_camera_seen(work, session, camera_id, still)
    return Response(to_jpeg(colour_map(legibility, _picture(still, stream), asked)), media_type="image/jpeg")


def closer_m(advice: Advice) -> float:
    """Return how much closer the camera must come, rounded up to a decimetre: half a step too far would not do."""
    return math.ceil(advice.closer_m * 10) / 10


def _map(scene: Scene, stream: PictureShape) -> LegibilityMap:
    floor = fit_floor(scene.floor, scene.picture or stream, scene.lens)
    return map_legibility(floor, _needs(), stream)


@cache
def _needs() -> Needs:
    return needs_of(load_catalog()["crop"])


def _steps(needed_px: float) -> tuple[Step, ...]:
    bounds = [None, *(share * needed_px for share in SHARES), None]
    return tuple(
        Step("#{:02x}{:02x}{:02x}".format(*reversed(colour)), low, high, low is not None and low >= needed_px)
        for colour, low, high in zip(COLOURS_BGR, bounds, bounds[1:], strict=False)
    )


def _shape_of(still: bytes | None) -> PictureShape | None:
    picture = _decoded(still)
    return None if picture is None else PictureShape(picture.shape[1], picture.shape[0])


def _picture(still: bytes | None, stream: PictureShape) -> Image:
    blank = np.full((stream.height_px, stream.width_px, 3), BLANK, dtype=np.uint8)
    picture = _decoded(still)
    return blank if picture is None else picture


def _decoded(still: bytes | None) -> Image | None:
    return None if still is None else cv2.imdecode(np.frombuffer(still, dtype=np.uint8), cv2.IMREAD_COLOR)
