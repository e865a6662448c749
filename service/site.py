"""The site file: cameras, desks, zones, officers, hours and rules of one service centre, in TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from calibration.errors import FloorUnfit
from calibration.homography import fit_floor
from calibration.layout import layout_faults
from calibration.scene import (
    Area,
    CounterGroup,
    Desk,
    FloorPoint,
    Lens,
    Line,
    Mask,
    PictureShape,
    Scene,
    SceneInvalid,
    Zone,
)
from service.attendance.hours import calendar_of, own_hours_of
from service.attendance.hours_checks import at_once, holiday_faults
from service.camera_secrets import FILE_VARIABLE, camera_secret
from service.errors import SiteInvalid
from service.holiday_file import with_holiday_file
from service.site_file import read_content, text_of
from service.site_hours import DAYS, own_hours_faults
from service.site_retention import doubles as retention_doubles
from service.site_tables import CameraTable, SceneTables, Site
from service.toml_lines import line_of

_KEY_WITHIN = re.compile(r"^([a-z_]+(?:\.[a-z_0-9]+)*): ")
_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def load_site(path: Path) -> Site:
    """Read and check a site file.

    Raises:
        SiteInvalid: With every fault, one line each: file, line, key, what was wanted.
    """
    return parse_site(text_of(read_content(path), path)[0], path)


def parse_site(text: str, path: Path) -> Site:
    """Check the text of a site file; ``path`` is only for messages. Raises `SiteInvalid` with every fault."""
    if not text.strip():
        raise SiteInvalid([f"{path}: the site file is empty; start from samples/centre.toml"])
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SiteInvalid([f"{path}: is not TOML: {error}"]) from None
    try:
        site = Site.model_validate(document)
    except ValidationError as error:
        raise SiteInvalid([_fault(path, text, dict(e)) for e in error.errors()]) from None
    faults = _cross_check(path, text, site)
    try:
        site = with_holiday_file(site, path)
        faults += [_at(path, text, ("hours",), fault) for fault in holiday_faults(site.hours, site.site.timezone)]
    except SiteInvalid as error:
        faults += error.faults
    if faults:
        raise SiteInvalid(faults)
    return site


def site_warnings(site: Site) -> list[str]:
    """Say what of a good site file is probably not meant."""
    desks = [desk for camera in site.cameras for desk in camera.desks]
    seated = {officer_id for desk in desks for officer_id in desk.officers}
    found = [
        f"officer {officer.id} has no desk: attendance knows nothing of them but leave and the time clock"
        for officer in site.officers
        if officer.id not in seated
    ]
    calendar = calendar_of(site.hours, site.site.timezone)
    own_hours = {o.id: None if o.hours is None else own_hours_of(site.hours, o.hours) for o in site.officers}
    for desk in desks:
        shared = at_once(calendar, {officer_id: own_hours[officer_id] for officer_id in desk.officers})
        if shared is not None:
            days = ", ".join(DAYS[weekday] for weekday in shared.weekdays)
            found.append(
                f"desk {desk.id}: the hours of {', '.join(shared.officer_ids)} overlap ({days}): who is seen there "
                "then may be any of them, so attendance says no data of each; give them hours of their own, or a desk "
                "each"
            )
    return found


def scene_of(camera: CameraTable) -> Scene:
    """Make the scene of one camera. Raises `SceneInvalid`."""
    return scene_from(camera.id, camera)


def scene_from(camera_id: str, tables: SceneTables) -> Scene:
    """Make the scene that some tables draw. Raises `SceneInvalid`."""
    picture, floor, lens = tables.picture, tables.floor, tables.lens
    return Scene(
        camera_id=camera_id,
        desks=tuple(Desk(d.id, d.name, Area(d.area), d.officers) for d in tables.desks),
        zones=tuple(Zone(z.id, z.name, z.kind, Area(z.area)) for z in tables.zones),
        counters=tuple(CounterGroup(c.id, c.name, c.desks, c.waiting_zone) for c in tables.counters),
        lines=tuple(Line(n.id, n.name, n.start, n.end) for n in tables.lines),
        masks=tuple(Mask(m.id, m.name, Area(m.area)) for m in tables.masks),
        picture=None if picture is None else PictureShape(picture.width_px, picture.height_px),
        floor=() if floor is None else tuple(FloorPoint(p.at, p.floor_m) for p in floor.points),
        lens=None if lens is None else Lens(lens.focal, lens.centre, lens.radial, lens.tangential),
    )


def resolve_source(camera: CameraTable, site_path: Path) -> str:
    """Put secrets into a stream address, or make a file's path absolute.

    Raises:
        SiteInvalid: A secret is not set. The message names it and never shows the address.
    """

    source = _with_secrets(camera.source, camera.id)
    return source if camera.is_live else str((site_path.parent / source).resolve())


def resolve_main_source(camera: CameraTable) -> str | None:
    """Return the address of a camera's larger stream with its secrets; None where it has none.

    Raises:
        SiteInvalid: A secret is not set, or the address is that of the other stream.
    """
    if camera.main_source is None:
        return None
    found = _with_secrets(camera.main_source, camera.id)
    if found == _with_secrets(camera.source, camera.id):
        raise SiteInvalid([f"camera {camera.id}: main_source: with its secrets it is the same address as source"])
    return found


def _with_secrets(source: str, camera_id: str) -> str:
    def value(match: re.Match[str]) -> str:
        found = camera_secret(match.group(1))
        if found is None:
            raise SiteInvalid(
                [f"camera {camera_id}: the environment variable {match.group(1)} is not set, nor in {FILE_VARIABLE}"]
            )
        return found

    return _SECRET.sub(value, source)


def _fault(path: Path, text: str, error: dict[str, Any]) -> str:
    keys = tuple(error["loc"])
    message = {
        "extra_forbidden": "unknown key; see docs/site-file.md for those there are",
        "missing": "is missing",
    }.get(error["type"], error["msg"].removeprefix("Value error, "))
    if error["type"] == "too_short":
        message = f"wanted at least {error['ctx']['min_length']}, got {error['ctx']['actual_length']}"
    return _at(path, text, keys, message)


def _at(path: Path, text: str, keys: tuple[str | int, ...], message: str) -> str:
    """Put file, line and key before a message, which may begin with a key within that one, as in ``seasons.1: ``."""
    within = _KEY_WITHIN.match(message)
    if within is not None:
        keys = (*keys, *(int(part) if part.isdigit() else part for part in within.group(1).split(".")))
        message = message[within.end() :]
    return f"{path}:{line_of(text, keys)}: {'.'.join(map(str, keys))}: {message}"


def _cross_check(path: Path, text: str, site: Site) -> list[str]:
    """Check what one table says of another."""
    faults = _doubles(path, text, "officers", [officer.id for officer in site.officers])
    faults += _doubles(path, text, "cameras", [camera.id for camera in site.cameras])
    faults += _badge_doubles(path, text, site)
    faults += [
        _at(path, text, ("retention", i, "rule"), f"two lines of [[retention]] are about {rule!r}")
        for i, rule in retention_doubles(site.retention)
    ]
    officers = {officer.id for officer in site.officers}
    for i, camera in enumerate(site.cameras):
        faults += _check_areas(path, text, i, camera)
        for j, desk in enumerate(camera.desks):
            where = line_of(text, ("cameras", i, "desks", j, "officers"))
            faults += [
                f"{path}:{where}: desk {desk.id!r}: no officer {officer_id!r} in [[officers]]"
                for officer_id in desk.officers
                if officer_id not in officers
            ]
    for i, officer in enumerate(site.officers):
        own = () if officer.hours is None else own_hours_faults(site.hours, officer.hours)
        faults += [_at(path, text, ("officers", i, "hours"), f"{fault} (officer {officer.id})") for fault in own]
    if faults:
        return faults
    for i, camera in enumerate(site.cameras):
        at = f"{path}:{line_of(text, ('cameras', i, 'id'))}"
        try:
            scene = scene_of(camera)
        except SceneInvalid as error:
            faults.append(f"{at}: {error}")
            continue
        faults += [f"{at}: camera {camera.id}: {fault}" for fault in layout_faults(scene)]
        if scene.floor:
            faults += _check_floor(f"{path}:{line_of(text, ('cameras', i, 'floor'))}: camera {camera.id}", scene)
    return faults


def _check_floor(where: str, scene: Scene) -> list[str]:
    if scene.picture is None:
        return [f"{where}: floor marks need [cameras.picture]: the size of the picture that they were marked on"]
    try:
        fit_floor(scene.floor, scene.picture, scene.lens)
    except FloorUnfit as error:
        return [f"{where}: floor: {error}"]
    return []


def _doubles(path: Path, text: str, table: str, ids: Sequence[str]) -> list[str]:
    return [
        f"{path}:{line_of(text, (table, i, 'id'))}: two {table} are called {name!r}"
        for i, name in enumerate(ids)
        if name in ids[:i]
    ]


def _badge_doubles(path: Path, text: str, site: Site) -> list[str]:
    """A marker on two badges would be somebody else's half of the time."""
    owner: dict[int, str] = {}
    faults = []
    for i, officer in enumerate(site.officers):
        if officer.badge_code is None:
            continue
        other = owner.setdefault(officer.badge_code, officer.id)
        if other != officer.id:
            where = line_of(text, ("officers", i, "badge_code"))
            faults.append(
                f"{path}:{where}: officers {other!r} and {officer.id!r} both have badge_code {officer.badge_code}"
            )
    return faults


def _check_areas(path: Path, text: str, i: int, camera: CameraTable) -> list[str]:
    return [
        f"{path}:{line_of(text, ('cameras', i, fault.table, fault.number, fault.key))}: "
        f"cameras.{i}.{fault.table}.{fault.number}.{fault.key} ({fault.place_id}): {fault.message}"
        for fault in drawing_faults(camera)
    ]


@dataclass(frozen=True, slots=True)
class DrawingFault:
    """One drawn thing that cannot be.

    Attributes:
        table: Where it stands: desks, zones, masks, lines or floor; ``number`` within it, from 0; ``key`` of it.
    """

    table: str
    number: int
    key: str
    place_id: str
    message: str


def drawing_faults(tables: SceneTables) -> list[DrawingFault]:
    """Check each drawn thing by itself."""
    drawn: list[tuple[str, int, str, str, Callable[[], object]]] = []
    areas = {
        "desks": [(desk.id, desk.area) for desk in tables.desks],
        "zones": [(zone.id, zone.area) for zone in tables.zones],
        "masks": [(mask.id, mask.area) for mask in tables.masks],
    }
    for table, places in areas.items():
        drawn += [(table, j, "area", place_id, partial(Area, area)) for j, (place_id, area) in enumerate(places)]
    drawn += [
        ("lines", j, "start", line.id, partial(Line, line.id, line.name, line.start, line.end))
        for j, line in enumerate(tables.lines)
    ]
    marks = () if tables.floor is None else tables.floor.points
    drawn += [
        ("floor", j, "points", f"mark {j + 1}", partial(FloorPoint, mark.at, mark.floor_m))
        for j, mark in enumerate(marks)
    ]
    faults = []
    for table, j, key, place_id, make in drawn:
        try:
            make()
        except SceneInvalid as error:
            faults.append(DrawingFault(table, j, key, place_id, str(error)))
    return faults
