"""Where a badge or a cigarette can be read at all: how large they appear at each place on the floor.

At best: the card hangs upright and faces the camera, the cigarette is seen from the side. Where even that is too
small nothing is asked of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from calibration.camera_pose import CameraPose
from calibration.errors import LegibilityUnknown
from calibration.homography import FloorFit, check_aspect
from calibration.scene import Area, PictureShape, PointFrac

Floats = NDArray[np.float64]

CARD_WIDTH_M, CARD_HEIGHT_M = 0.054, 1.25
"""ID-1 card (ISO/IEC 7810) worn upright, at the chest of somebody of 1.62 m who stands."""

CIGARETTE_LENGTH_M, CIGARETTE_HEIGHT_M = 0.084, 1.45
"""King-size cigarette, at the mouth."""

FEET_M, MIDDLE_M = 0.0, 0.85
"""What a place in the picture is of: feet in a zone; at a desk the middle of the box, which lies .81 m above the floor
for somebody of 1.62 m who stands, and about .9 m for somebody seated whose legs a desk hides."""

COLUMNS, ROWS = 48, 27
"""Places of a map; 27 px apart in a picture of 1280."""


class Asked(StrEnum):
    """What must be read."""

    CARD = "card"
    CIGARETTE = "cigarette"


@dataclass(frozen=True, slots=True)
class Needs:
    """From how many pixels on the nets read each thing, measured on the nets: see the catalogue's ``floor_px``."""

    card_px: float
    cigarette_px: float

    def __post_init__(self) -> None:
        if not (self.card_px > 0 and self.cigarette_px > 0):
            raise ValueError(f"Needs: wanted sizes above 0 px, got {self.card_px} and {self.cigarette_px}")

    def of(self, asked: Asked) -> float:
        """Return the least size of one thing, pixels."""
        return self.card_px if asked is Asked.CARD else self.cigarette_px


@dataclass(frozen=True, slots=True)
class Legible:
    """How one thing appears at one place."""

    px: float
    needed_px: float

    @property
    def ok(self) -> bool:
        """Whether it can be read there."""
        return self.px >= self.needed_px


@dataclass(frozen=True, slots=True)
class Advice:
    """What would make one thing legible at one place.

    Attributes:
        have_px: Its size where most of the place is: the median.
        ok_share: Share of the place where it is legible, 0..1.
        closer_m: How much nearer the camera must come to the place's middle; 0 where it is near enough.
        factor: By how much the picture must grow there (zoom, or pixels); 1 where it need not.
        main_stream_helps: Whether the camera's main stream would do; None where its size is not known.
    """

    asked: Asked
    have_px: float
    needed_px: float
    ok_share: float
    closer_m: float
    factor: float
    main_stream_helps: bool | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing needs to be done."""
        return self.have_px >= self.needed_px


@dataclass(frozen=True, slots=True, eq=False)
class LegibilityMap:
    """How large a card and a cigarette appear, by where the feet are seen.

    Attributes:
        pose: The camera.
        needs: From which size on they can be read.
        stream: Size of the pictures that are judged.
        card_px, cigarette_px: (ROWS, COLUMNS), at the middles of a grid over the picture; NaN where no feet can be, or
            where the thing would be out of the picture.
    """

    pose: CameraPose
    needs: Needs
    stream: PictureShape
    card_px: Floats
    cigarette_px: Floats

    def of(self, asked: Asked) -> Floats:
        """Return the map of one thing."""
        return self.card_px if asked is Asked.CARD else self.cigarette_px

    def legible_at(self, asked: Asked, at_frac: PointFrac, *, seen_at_m: float = FEET_M) -> Legible | None:
        """Tell how one thing appears on somebody seen at a place; None where the map cannot judge.

        Args:
            seen_at_m: Height above the floor of what is at ``at_frac``: `FEET_M`, or `MIDDLE_M` for a box's middle.
        """
        px = float(_sizes(self.pose, self.stream, asked, np.array([at_frac]), seen_at_m)[0])
        return Legible(px, self.needs.of(asked)) if math.isfinite(px) else None


def map_legibility(floor: FloorFit, needs: Needs, stream: PictureShape) -> LegibilityMap:
    """Make the map of a camera for pictures of one size.

    Raises:
        LegibilityUnknown: The floor's fit found no camera.
        AspectDiffers: The stream shows another picture than the one that was calibrated.
    """
    if floor.pose is None:
        raise LegibilityUnknown(
            "the floor was found, but no camera with square pixels above it: the size of what is above the floor is "
            "not known. Does the stream squeeze its picture, or has the lens a bend that was not measured?"
        )
    check_aspect(floor.pose.picture, stream.width_px, stream.height_px)
    xs, ys = (np.arange(COLUMNS) + 0.5) / COLUMNS, (np.arange(ROWS) + 0.5) / ROWS
    places = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    maps = [_sizes(floor.pose, stream, asked, places, FEET_M).reshape(ROWS, COLUMNS) for asked in Asked]
    for one in maps:
        one.setflags(write=False)
    return LegibilityMap(floor.pose, needs, stream, maps[0], maps[1])


def advise(
    legibility: LegibilityMap,
    asked: Asked,
    place: Area,
    *,
    seen_at_m: float = FEET_M,
    main_stream: PictureShape | None = None,
) -> Advice | None:
    """Say what would make one thing legible at a place; None where the map cannot judge any of it.

    Args:
        seen_at_m: `MIDDLE_M` for a desk, whose area says where the middle of the person's box is.
    """
    inside = _inside(place)
    sizes = _sizes(legibility.pose, legibility.stream, asked, inside, seen_at_m)
    judged = np.isfinite(sizes)
    if not judged.any():
        return None
    have, needed = float(np.median(sizes[judged])), legibility.needs.of(asked)
    middle = inside[judged][int(np.argmin(np.abs(sizes[judged] - have)))]
    away = legibility.pose.distance_m((float(middle[0]), float(middle[1])), _height_of(asked), seen_at_m=seen_at_m)
    helps = None
    if main_stream is not None:
        helps = have * main_stream.width_px / legibility.stream.width_px >= needed
    return Advice(
        asked,
        have_px=have,
        needed_px=needed,
        ok_share=float((sizes[judged] >= needed).mean()),
        closer_m=max(0.0, away * (1 - have / needed)),
        factor=max(1.0, needed / have),
        main_stream_helps=helps,
    )


def advice_words(advice: Advice) -> str:
    """Say an advice in English, for a terminal."""
    size = f"{advice.asked}: {advice.have_px:.0f} px of {advice.needed_px:.0f} needed"
    if advice.ok:
        share = "" if advice.ok_share > 0.99 else f", in {advice.ok_share:.0%} of the place"
        return f"{size}: legible{share}"
    # rounded up: half a step too near is legible, half a step too far is not
    moves = f"move the camera {math.ceil(advice.closer_m * 10) / 10:.1f} m closer, or zoom {advice.factor:.1f} times"
    if advice.main_stream_helps:
        return f"{size}: use the main stream, or {moves}"
    beside = "; the main stream alone does not do" if advice.main_stream_helps is False else ""
    return f"{size}: {moves}{beside}"


def _height_of(asked: Asked) -> float:
    return CARD_HEIGHT_M if asked is Asked.CARD else CIGARETTE_HEIGHT_M


def _sizes(pose: CameraPose, stream: PictureShape, asked: Asked, places_frac: Floats, seen_at_m: float) -> Floats:
    """Return how large one thing appears, (N,) pixels of the stream; NaN where it cannot be judged."""
    length = CARD_WIDTH_M if asked is Asked.CARD else CIGARETTE_LENGTH_M
    height = _height_of(asked)
    pixels = places_frac * pose.sides_px
    scales = pose.scales(pixels, height, seen_at_m=seen_at_m)
    thing = pose.project(np.column_stack([pose.meet(pixels, seen_at_m), np.full(len(pixels), height)]))
    with np.errstate(invalid="ignore"):
        in_picture = ((thing >= 0) & (thing <= pose.sides_px)).all(axis=1)
    sizes = scales * length * stream.width_px / pose.picture.width_px
    return np.asarray(np.where(in_picture, sizes, np.nan), dtype=np.float64)


def _inside(place: Area, steps: int = 15) -> Floats:
    """Return places spread over an area, (N, 2) fractions; its corners' mean where it is too thin for the grid."""
    corners = np.array(place.points)
    low, high = corners.min(axis=0), corners.max(axis=0)
    shares = (np.arange(steps) + 0.5) / steps
    found: Sequence[PointFrac] = [
        (x, y)
        for y in (low[1] + shares * (high[1] - low[1])).tolist()
        for x in (low[0] + shares * (high[0] - low[0])).tolist()
        if place.contains(x, y)
    ]
    return np.array(found) if found else corners.mean(axis=0, keepdims=True)
