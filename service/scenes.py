"""Read, check and save what is drawn on a camera's picture. The site file is the truth; every version is kept."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, Table

from calibration.errors import (
    FloorMirrored,
    FloorUnfit,
    PointsBeyondHorizon,
    PointsCollinear,
    PointsDuplicate,
    TooFewPoints,
)
from calibration.homography import fit_floor
from calibration.layout import LayoutFault, layout_faults
from calibration.scene import Scene, SceneInvalid
from service.db.calibration import CalibrationRepository
from service.errors import SceneChanged, SiteInvalid
from service.site import DrawingFault, drawing_faults, parse_site, scene_from
from service.site_file import read_content, replace_content, text_of
from service.site_tables import CameraTable, OfficerTable, SceneTables, Site

PARTS = tuple(SceneTables.model_fields)

DIGITS = {"area": 4, "start": 4, "end": 4, "at": 4, "floor_m": 3}
"""Decimals written: a ten-thousandth of the picture is a quarter of a pixel of 2,560; a millimetre is enough."""

_saving = threading.Lock()


@dataclass(frozen=True, slots=True)
class SceneFile:
    """A camera's scene as the site file has it.

    Attributes:
        officers: Who may be assigned to desks.
        site_sha256: Sum of the whole file, to tell whether somebody else changed it meanwhile.
    """

    scene: SceneTables
    officers: tuple[OfficerTable, ...]
    site_sha256: str


class SceneFaultKind(StrEnum):
    """What is wrong with a drawn thing."""

    DRAWING = "drawing"
    """The thing by itself: see the message."""
    DOUBLE_ID = "double_id"
    UNKNOWN_OFFICER = "unknown_officer"
    EMPTY_COUNTER = "empty_counter"
    DESKS_OVERLAP = "desks_overlap"
    JUDGED_AND_NOT = "judged_and_not"
    MASKED = "masked"
    FLOOR_FEW = "floor_few"
    FLOOR_DOUBLE = "floor_double"
    FLOOR_LINE = "floor_line"
    FLOOR_MIRRORED = "floor_mirrored"
    FLOOR_HORIZON = "floor_horizon"
    FLOOR_CONTRADICTS = "floor_contradicts"


@dataclass(frozen=True, slots=True)
class SceneFault:
    """One fault of a scene, for the one who draws.

    Attributes:
        place_ids: The things concerned, the one to change first.
        share: For overlaps: how much they have in common, 0..1.
    """

    kind: SceneFaultKind
    place_ids: tuple[str, ...]
    message: str
    share: float | None = None


def scene_json(tables: SceneTables) -> str:
    """Return the scene as JSON, the same for the same scene."""
    return SceneTables(**{part: getattr(tables, part) for part in PARTS}).model_dump_json(exclude_none=True)


def scene_sha256(tables: SceneTables) -> str:
    """Return the sum by which a scene is known."""
    return hashlib.sha256(scene_json(tables).encode()).hexdigest()


def record_scene(
    calibration: CalibrationRepository,
    camera: CameraTable,
    *,
    at: datetime,
    saved_by: int | None = None,
    note: str = "",
) -> int:
    """Keep a camera's scene as a version, unless it is the one in force. Returns the number in force."""
    return calibration.store_scene(
        camera.id, scene=scene_json(camera), sha256=scene_sha256(camera), at=at, saved_by=saved_by, note=note
    )


def read_scene(site_path: Path, camera_id: str) -> SceneFile:
    """Read one camera's scene. Raises `SiteInvalid`."""
    content = read_content(site_path)  # read once: the sum is of what is shown, whoever saves meanwhile
    site = parse_site(text_of(content, site_path)[0], site_path)
    return SceneFile(site.camera(camera_id), site.officers, hashlib.sha256(content).hexdigest())


def check_scene(site: Site, camera_id: str, scene: SceneTables) -> list[SceneFault]:
    """List every fault of a scene before it is saved, the simplest kind first."""
    faults = [_of_drawing(fault) for fault in drawing_faults(scene)]
    faults += _of_ids(scene)
    faults += _of_desks(site, scene)
    if faults:
        return faults
    try:
        made = scene_from(camera_id, scene)
    except SceneInvalid as error:
        return [SceneFault(SceneFaultKind.DRAWING, (), str(error))]
    return [*(_of_layout(fault) for fault in layout_faults(made)), *_of_floor(made)]


def save_scene(site_path: Path, camera_id: str, scene: SceneTables, *, expected_sha256: str | None = None) -> Site:
    """Write a scene into the site file; comments and everything else in the file stay as they are.

    Args:
        expected_sha256: Sum of the file that the scene was drawn from; None takes whatever is there.

    Returns:
        The whole site as it is now.

    Raises:
        SceneChanged: The file was changed meanwhile; nothing was written.
        SiteInvalid: The scene, or the file, has faults; nothing was written.
        StoreUnwritable: The file cannot be written; it is as it was.
    """
    with _saving, _locked(site_path):
        content = read_content(site_path)
        if expected_sha256 is not None and hashlib.sha256(content).hexdigest() != expected_sha256:
            raise SceneChanged(f"{site_path}: was changed by somebody else meanwhile; nothing was saved")
        text, newline = text_of(content, site_path)
        parse_site(text, site_path).camera(camera_id)
        changed = _with_scene(text, camera_id, scene)
        site = parse_site(changed, site_path)
        replace_content(site_path.resolve(), changed.replace("\n", newline))
    return site


def _with_scene(text: str, camera_id: str, scene: SceneTables) -> str:
    document = tomlkit.parse(text)
    for camera in document["cameras"]:
        if camera["id"] == camera_id:
            for part in PARTS:
                camera.pop(part, None)
            for part, content in scene.model_dump(mode="json", exclude_none=True, include=set(PARTS)).items():
                if content:
                    camera[part] = _tables(content) if isinstance(content, list) else _table(content)
    return tomlkit.dumps(document)


def _tables(items: list[dict[str, Any]]) -> AoT:
    made = tomlkit.aot()
    for item in items:
        made.append(_table(item))
    return made


def _table(item: dict[str, Any]) -> Table:
    made = tomlkit.table()
    for key, value in item.items():
        if key == "points":
            marks = tomlkit.array()
            for mark in value:
                line = tomlkit.inline_table()
                line.update({name: _array(numbers, DIGITS.get(name, 6)) for name, numbers in mark.items()})
                marks.append(line)
            made[key] = marks.multiline(True)
        else:
            made[key] = _array(value, DIGITS.get(key, 6)) if isinstance(value, list) else value
    return made


def _array(values: list[Any], digits: int) -> Array:
    made = tomlkit.array()
    for value in values:
        if isinstance(value, list):
            made.append(_array(value, digits))
        else:
            made.append(round(value, digits) if isinstance(value, float) else value)
    return made


@contextlib.contextmanager
def _locked(site_path: Path) -> Iterator[None]:
    """Keep other processes from saving at the same time, where the system has file locks."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        folder = os.open(site_path.parent, os.O_RDONLY)
    except OSError as error:
        raise SiteInvalid([f"{site_path}: cannot be read: {error.strerror}"]) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _of_drawing(fault: DrawingFault) -> SceneFault:
    return SceneFault(SceneFaultKind.DRAWING, (fault.place_id,), fault.message)


def _of_floor(scene: Scene) -> list[SceneFault]:
    """Marks that make no floor are named as they are numbered: ``mark 1`` is the first."""
    if not scene.floor or scene.picture is None:
        return []
    try:
        fit_floor(scene.floor, scene.picture, scene.lens)
    except FloorUnfit as error:
        marks = tuple(f"mark {number}" for number in error.points)
        return [SceneFault(_FLOOR_KINDS.get(type(error), SceneFaultKind.FLOOR_CONTRADICTS), marks, str(error))]
    return []


_FLOOR_KINDS: dict[type[FloorUnfit], SceneFaultKind] = {
    TooFewPoints: SceneFaultKind.FLOOR_FEW,
    PointsDuplicate: SceneFaultKind.FLOOR_DOUBLE,
    PointsCollinear: SceneFaultKind.FLOOR_LINE,
    FloorMirrored: SceneFaultKind.FLOOR_MIRRORED,
    PointsBeyondHorizon: SceneFaultKind.FLOOR_HORIZON,
}


def _of_layout(fault: LayoutFault) -> SceneFault:
    return SceneFault(SceneFaultKind(fault.kind.value), fault.place_ids, str(fault), fault.share)


def _of_ids(scene: SceneTables) -> list[SceneFault]:
    counts = Counter(thing.id for thing in scene.things)
    return [
        SceneFault(SceneFaultKind.DOUBLE_ID, (place_id,), f"{count} places are called {place_id!r}: give each its own")
        for place_id, count in counts.items()
        if count > 1
    ]


def _of_desks(site: Site, scene: SceneTables) -> list[SceneFault]:
    officers = {officer.id for officer in site.officers}
    desks = {desk.id for desk in scene.desks}
    faults = []
    for desk in scene.desks:
        unknown = [officer for officer in desk.officers if officer not in officers]
        if unknown:
            faults.append(SceneFault(SceneFaultKind.UNKNOWN_OFFICER, (desk.id,), f"no officer {unknown} in the file"))
    for counter in scene.counters:
        missing = [desk for desk in counter.desks if desk not in desks]
        if missing:
            faults.append(
                SceneFault(SceneFaultKind.EMPTY_COUNTER, (counter.id, *missing), f"no desk {missing} on this picture")
            )
    return faults
