"""The site file: cameras, desks, zones, officers, hours and rules of one service centre, in TOML."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from calibration.scene import Area, CounterGroup, Desk, Scene, SceneInvalid, Zone, ZoneKind
from service.errors import SiteInvalid
from service.toml_lines import line_of
from vision.observation.badge import WornAt
from vision.rules.gesture import GestureParams

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_INTERVAL = re.compile(r"^([01]\d|2[0-3]):[0-5]\d\s*-\s*([01]\d|2[0-3]):[0-5]\d$")
_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,62}$"
LOOKS_BRIDGED_S = GestureParams().bridge.total_seconds()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; wanted a name such as Asia/Ho_Chi_Minh") from None
    return name


def _interval(text: str) -> str:
    if not _INTERVAL.match(text):
        raise ValueError(f"{text!r} is no interval; wanted HH:MM-HH:MM, such as 07:30-11:30")
    start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    if end <= start:
        raise ValueError(f"{text!r} ends before it starts")
    return text


Id = Annotated[str, Field(pattern=ID_PATTERN)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteTable(_Strict):
    """Who and where. ``lawful_basis`` and ``notice`` are what the law asks to be recorded for cameras at work."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    agency: str = Field(min_length=1, max_length=200)
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Ho_Chi_Minh"
    lawful_basis: str = ""
    notice: str = ""


class HoursTable(_Strict):
    """Working time of the site."""

    intervals: tuple[Annotated[str, AfterValidator(_interval)], ...] = ("07:30-11:30", "13:30-17:00")
    days: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri")
    grace_minutes: int = Field(default=5, ge=0, le=120)

    @model_validator(mode="after")
    def _days_known(self) -> HoursTable:
        unknown = [day for day in self.days if day not in DAYS]
        if unknown:
            raise ValueError(f"days: {unknown} unknown; wanted some of {', '.join(DAYS)}")
        return self


class OfficerTable(_Strict):
    """A member of staff."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    unit: str = ""


class DeskTable(_Strict):
    """A place of work: ``area`` is where in the picture the middle of the person's box lies."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    officers: tuple[str, ...] = Field(min_length=1)
    area: tuple[tuple[float, float], ...]


class ZoneTable(_Strict):
    """A part of the picture with one purpose."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    kind: ZoneKind
    area: tuple[tuple[float, float], ...]


class CounterTable(_Strict):
    """Desks that stand in for one another."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    desks: tuple[str, ...] = Field(min_length=1)


def is_live(source: str) -> bool:
    """Tell a stream or a device from a file; an address that is one secret as a whole can only be a stream's."""
    return "://" in source or source.isdigit() or source.startswith("${")


class CameraTable(_Strict):
    """A camera: a stream address, or the path of a recording. ``${NAME}`` is an environment variable."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1)
    transport: str = Field(default="tcp", pattern="^(tcp|udp)$")
    recorded_at: AwareDatetime | None = None
    desks: tuple[DeskTable, ...] = ()
    zones: tuple[ZoneTable, ...] = ()
    counters: tuple[CounterTable, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether the source is a stream or a device rather than a file."""
        return is_live(self.source)


class PresenceTable(_Strict):
    """A visit at a desk."""

    open_after_s: Seconds = 0.8
    close_after_s: Seconds = 1.2
    hold_unknown_s: Seconds = 5.0


class AbsenceTable(_Strict):
    """Somebody who was there is away for longer than ``after_s``."""

    after_s: Seconds = 600.0
    back_after_s: Seconds = 0.8
    hold_unknown_s: Seconds = 5.0


class EvidenceTable(_Strict):
    """How looks add up: see `vision.rules.sequential`."""

    enabled: bool = True
    hit_rate: float = Field(gt=0, lt=1)
    false_rate: float = Field(gt=0, lt=1)
    odds: float = Field(default=1000.0, gt=1)
    open_after_s: Seconds
    hold_unknown_s: Seconds
    base_rate: float | None = Field(default=None, gt=0, lt=1)
    discount: float = Field(default=0.5, gt=0, le=1)

    @model_validator(mode="after")
    def _informative(self) -> EvidenceTable:
        if self.false_rate >= self.hit_rate:
            raise ValueError("false_rate must be below hit_rate: a look must say yes more often where it is so")
        return self


class BadgeTable(EvidenceTable):
    """A missing badge: 3 of 53 wearers were called bare in one look (95 % bound .16, taken .2), and 481 of 528 bare
    chests were seen to be so (.91, taken .8): validation looks of models/cards/crop.md, on the safe side.
    """

    hit_rate: float = Field(default=0.8, gt=0, lt=1)
    false_rate: float = Field(default=0.2, gt=0, lt=1)
    open_after_s: Seconds = 6.0
    hold_unknown_s: Seconds = 20.0
    worn_at: WornAt = WornAt.CHEST


class SmokingTable(EvidenceTable):
    """Smoking: 4 of 195 looks at non-smokers showed a cigarette (95 % bound .05, doubled because looks at one person
    resemble each other), and 280 of 386 at smokers (.73, taken .5 because unseen places are harder): validation looks
    of models/cards/crop.md.
    """

    hit_rate: float = Field(default=0.5, gt=0, lt=1)
    false_rate: float = Field(default=0.1, gt=0, lt=1)
    open_after_s: Seconds = 3.0
    hold_unknown_s: Seconds = 15.0
    puff_s: tuple[Seconds, Seconds] = (2.0, 5.0)
    puff_window_s: Seconds = 90.0
    puff_ratio: float = Field(default=2.0, ge=1, le=100)
    puffs_counted: int = Field(default=3, ge=1, le=20)

    @model_validator(mode="after")
    def _looks_needed(self) -> SmokingTable:
        if not LOOKS_BRIDGED_S < self.puff_s[0] < self.puff_s[1] < self.puff_window_s:
            raise ValueError(
                f"puff_s: wanted [least, most] with {LOOKS_BRIDGED_S:g} < least < most < puff_window_s, "
                f"got {list(self.puff_s)} and {self.puff_window_s:g}"
            )
        if self.puff_ratio**self.puffs_counted >= self.odds:
            raise ValueError(
                "puff_ratio to the power of puffs_counted must be below odds: gestures alone, such as drinking, "
                "must never make an event"
            )
        return self


class RulesTable(_Strict):
    """When answers become an event."""

    presence: PresenceTable = PresenceTable()
    left_post: AbsenceTable = AbsenceTable()
    counter_unattended: AbsenceTable = AbsenceTable()
    badge_missing: BadgeTable = BadgeTable()
    smoking: SmokingTable = SmokingTable()


class Site(_Strict):
    """A whole site file."""

    schema_: int = Field(alias="schema", ge=1, le=1)
    site: SiteTable
    hours: HoursTable = HoursTable()
    officers: tuple[OfficerTable, ...] = ()
    cameras: tuple[CameraTable, ...] = Field(min_length=1)
    rules: RulesTable = RulesTable()

    def camera(self, camera_id: str) -> CameraTable:
        """Return one camera; raises `SiteInvalid` naming those there are."""
        for camera in self.cameras:
            if camera.id == camera_id:
                return camera
        known = ", ".join(camera.id for camera in self.cameras)
        raise SiteInvalid([f"unknown camera {camera_id!r}; the site file has: {known}"])


def load_site(path: Path) -> Site:
    """Read and check a site file.

    Raises:
        SiteInvalid: With every fault, one line each: file, line, key, what was wanted.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SiteInvalid([f"{path}: no such site file"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SiteInvalid([f"{path}: cannot be read: {error}"]) from None
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
    if faults:
        raise SiteInvalid(faults)
    return site


def scene_of(camera: CameraTable) -> Scene:
    """Make the scene of one camera. Raises `SceneInvalid`."""
    return Scene(
        camera_id=camera.id,
        desks=tuple(Desk(d.id, d.name, Area(d.area), d.officers) for d in camera.desks),
        zones=tuple(Zone(z.id, z.name, z.kind, Area(z.area)) for z in camera.zones),
        counters=tuple(CounterGroup(c.id, c.name, c.desks) for c in camera.counters),
    )


def resolve_source(camera: CameraTable, site_path: Path) -> str:
    """Put secrets from the environment into a stream address, or make a file's path absolute.

    Raises:
        SiteInvalid: A variable is not set. The message names it and never shows the address.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match.group(1))
        if found is None:
            raise SiteInvalid([f"camera {camera.id}: the environment variable {match.group(1)} is not set"])
        return found

    source = _SECRET.sub(value, camera.source)
    return source if camera.is_live else str((site_path.parent / source).resolve())


def _fault(path: Path, text: str, error: dict[str, Any]) -> str:
    keys = tuple(error["loc"])
    shown = ".".join(str(key) for key in keys)
    message = {
        "extra_forbidden": "unknown key; see docs/site-file.md for those there are",
        "missing": "is missing",
    }.get(error["type"], error["msg"].removeprefix("Value error, "))
    return f"{path}:{line_of(text, keys)}: {shown}: {message}"


def _cross_check(path: Path, text: str, site: Site) -> list[str]:
    """Check what one table says of another."""
    faults = _doubles(path, text, "officers", [officer.id for officer in site.officers])
    faults += _doubles(path, text, "cameras", [camera.id for camera in site.cameras])
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
    if faults:
        return faults
    for i, camera in enumerate(site.cameras):
        try:
            scene_of(camera)
        except SceneInvalid as error:
            faults.append(f"{path}:{line_of(text, ('cameras', i, 'id'))}: {error}")
    return faults


def _doubles(path: Path, text: str, table: str, ids: Sequence[str]) -> list[str]:
    return [
        f"{path}:{line_of(text, (table, i, 'id'))}: two {table} are called {name!r}"
        for i, name in enumerate(ids)
        if name in ids[:i]
    ]


def _check_areas(path: Path, text: str, i: int, camera: CameraTable) -> list[str]:
    areas = [("desks", j, d.id, d.area) for j, d in enumerate(camera.desks)]
    areas += [("zones", j, z.id, z.area) for j, z in enumerate(camera.zones)]
    faults = []
    for kind, j, place_id, area in areas:
        try:
            Area(area)
        except SceneInvalid as error:
            where = line_of(text, ("cameras", i, kind, j, "area"))
            faults.append(f"{path}:{where}: cameras.{i}.{kind}.{j}.area ({place_id}): {error}")
    return faults
