"""What is drawn on a camera's picture, as shapes for an SVG over its still. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from calibration.scene import PictureShape, PointFrac, Scene, SceneInvalid
from service.db.records import SceneVersion
from service.site import scene_from
from service.site_tables import SceneTables

USUAL = PictureShape(1280, 720)
"""The sides that are assumed where nobody said on which picture a scene was drawn."""
SIDE = 1280
"""Width of the drawing in its own units, whatever the picture's size: so words and lines look alike on all cameras."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One drawn thing.

    Attributes:
        kind: ``desk``, ``staff``, ``public``, ``no_smoking``, ``mask`` or ``line``: a class of the style sheet.
        points: As an SVG polygon or polyline takes them.
        label_at: Where its name stands.
        label_anchor: Which end of the name stands there, ``start`` or ``end``: names of the right half run leftwards,
            or the edge of the picture would cut them.
    """

    place_id: str
    name: str
    kind: str
    points: str
    label_at: tuple[float, float]
    label_anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A scene on its picture; ``height`` in units of which the picture is `SIDE` wide."""

    height: float
    outlines: tuple[Outline, ...]

    @property
    def width(self) -> int:
        """Width in the same units."""
        return SIDE

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which kinds are there, in the order of the legend."""
        wanted = ("desk", "staff", "public", "no_smoking", "line", "mask")
        return tuple(kind for kind in wanted if any(outline.kind == kind for outline in self.outlines))


def scene_of_version(version: SceneVersion | None) -> Scene | None:
    """Return the scene that was stored; None where there is none, or an older program stored what is no scene now."""
    if version is None:
        return None
    try:
        return scene_from(version.camera_id, SceneTables.model_validate_json(version.scene))
    except (ValueError, SceneInvalid):
        return None


def draw_scene(scene: Scene | None) -> Drawing:
    """Draw everything that has a place on the picture; large things first, so that small ones lie on top."""
    picture = (scene.picture if scene else None) or USUAL
    height = SIDE * picture.height_px / picture.width_px
    if scene is None:
        return Drawing(height, ())
    outlines = [_area(z.zone_id, z.name, str(z.kind), z.area.points, height) for z in scene.zones]
    outlines += [_area(d.desk_id, d.name, "desk", d.area.points, height) for d in scene.desks]
    outlines += [_area(m.mask_id, m.name, "mask", m.area.points, height) for m in scene.masks]
    outlines += [_area(n.line_id, n.name, "line", (n.start, n.end), height) for n in scene.lines]
    return Drawing(height, tuple(outlines))


def _area(place_id: str, name: str, kind: str, points: Iterable[PointFrac], height: float) -> Outline:
    scaled = [(x * SIDE, y * height) for x, y in points]
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in scaled)
    left, right, top = min(x for x, _ in scaled), max(x for x, _ in scaled), min(y for _, y in scaled)
    anchor, label_x = ("end", right - 8) if left > SIDE / 2 else ("start", left + 8)
    return Outline(place_id, name, kind, text, (round(label_x, 1), round(min(top + 8, height - 48), 1)), anchor)
