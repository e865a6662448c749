"""What a draft may hold at most: checks take time that grows with the square of it, and anybody signed in may ask."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from unicodedata import category

from service.site_tables import DeskTable, FloorPointTable, MaskTable, SceneTables, ZoneTable

THINGS_MOST = 100
CORNERS_MOST = 100
"""2,000 corners took 5 s, 400 things 10 s (one core); a large hall has 40 desks, an outline by hand 20 corners."""
NUMBER_MOST = 10_000.0
"""Beyond it, in metres, no floor is; squares of much larger numbers are none that a computer can hold."""


def within_bounds(scene: SceneTables) -> SceneTables:
    """Return the scene.

    Raises:
        ValueError: It is larger than anybody draws, or a name cannot be read. The message says which and what is
            wanted.
    """
    count = len(scene.things) + len(_marks(scene))
    if count > THINGS_MOST:
        raise ValueError(f"wanted at most {THINGS_MOST} things on a picture, got {count}")
    for drawn in _with_areas(scene):
        if len(drawn.area) > CORNERS_MOST:
            raise ValueError(f"{drawn.id}: wanted at most {CORNERS_MOST} corners, got {len(drawn.area)}")
    for place in scene.things:
        if not place.name.strip() or any(category(sign) == "Cc" for sign in place.name):
            raise ValueError(f"{place.id}: wanted a name of letters that can be seen, got {place.name!r}")
    for number in _numbers(scene):
        if abs(number) > NUMBER_MOST:
            raise ValueError(f"wanted numbers of at most {NUMBER_MOST:g}, got {number:g}")
    return scene


def _with_areas(scene: SceneTables) -> list[DeskTable | ZoneTable | MaskTable]:
    return [*scene.desks, *scene.zones, *scene.masks]


def _marks(scene: SceneTables) -> tuple[FloorPointTable, ...]:
    return () if scene.floor is None else scene.floor.points


def _numbers(scene: SceneTables) -> Iterator[float]:
    for place in _with_areas(scene):
        yield from chain.from_iterable(place.area)
    for line in scene.lines:
        yield from (*line.start, *line.end)
    for mark in _marks(scene):
        yield from (*mark.at, *mark.floor_m)
    if scene.lens is not None:
        yield from (scene.lens.focal, *scene.lens.centre, *scene.lens.radial, *scene.lens.tangential)
