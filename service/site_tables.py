"""The tables of a site file: what each key may say."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from calibration.scene import ZoneKind
from service.errors import SiteInvalid
from service.site_hours import HoursTable, Id, OwnHoursTable, Table
from service.site_retention import RetentionTable
from service.site_rule_tables import RulesTable
from vision.observation.badge_code import MARKERS


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; wanted a name such as Asia/Ho_Chi_Minh") from None
    return name


class SiteTable(Table):
    """Who and where. ``lawful_basis`` and ``notice`` are what the law asks to be recorded for cameras at work."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    agency: str = Field(min_length=1, max_length=200)
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Ho_Chi_Minh"
    lawful_basis: str = ""
    notice: str = ""


class OfficerTable(Table):
    """A member of staff.

    Attributes:
        badge_code: Number of the ArUco marker on the badge, if it has one.
        hours: Their own working time, where it is not the site's.
    """

    id: Id
    name: str = Field(min_length=1, max_length=200)
    unit: str = ""
    badge_code: int | None = Field(default=None, ge=0, le=MARKERS - 1)
    hours: OwnHoursTable | None = None


class DeskTable(Table):
    """A place of work: ``area`` is where in the picture the middle of the person's box lies."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    officers: tuple[str, ...] = Field(min_length=1)
    area: tuple[tuple[float, float], ...]


class ZoneTable(Table):
    """A part of the picture with one purpose."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    kind: ZoneKind
    area: tuple[tuple[float, float], ...]


class MaskTable(Table):
    """A part of the picture that is blacked out before anything is analysed or stored."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    area: tuple[tuple[float, float], ...]


class LineTable(Table):
    """An entrance: from the left of start-to-end to its right is the way in."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    start: tuple[float, float]
    end: tuple[float, float]


class PictureTable(Table):
    """The picture that desks, zones, lines and masks were drawn on."""

    width_px: int = Field(gt=0, le=20_000)
    height_px: int = Field(gt=0, le=20_000)


class FloorPointTable(Table):
    """A mark on the floor: where it is seen, fractions, and where it is, metres."""

    at: tuple[float, float]
    floor_m: tuple[float, float]


class FloorTable(Table):
    """Marks on the floor whose places were measured."""

    points: tuple[FloorPointTable, ...] = Field(min_length=4)


class LensTable(Table):
    """How the lens bends straight lines; made by `congvu calibrate lens`."""

    focal: float
    centre: tuple[float, float] = (0.5, 0.5)
    radial: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tangential: tuple[float, float] = (0.0, 0.0)


class CounterTable(Table):
    """Desks that stand in for one another; ``waiting_zone`` is the public zone in which citizens wait for them."""

    id: Id
    name: str = Field(min_length=1, max_length=200)
    desks: tuple[str, ...] = Field(min_length=1)
    waiting_zone: str | None = None


def is_live(source: str) -> bool:
    """Tell a stream or a device from a file; an address that is one secret as a whole can only be a stream's."""
    return "://" in source or source.isdigit() or source.startswith("${")


class SceneTables(Table):
    """Everything drawn on one camera's picture."""

    desks: tuple[DeskTable, ...] = ()
    zones: tuple[ZoneTable, ...] = ()
    counters: tuple[CounterTable, ...] = ()
    lines: tuple[LineTable, ...] = ()
    masks: tuple[MaskTable, ...] = ()
    picture: PictureTable | None = None
    floor: FloorTable | None = None
    lens: LensTable | None = None

    @property
    def things(self) -> tuple[DeskTable | ZoneTable | MaskTable | CounterTable | LineTable, ...]:
        """Everything that has an id and a name."""
        return (*self.desks, *self.zones, *self.masks, *self.counters, *self.lines)


LookPx = Literal[640, 800, 960, 1280]
"""Longer side of the input with which persons are looked for."""
LOOK_PX: LookPx = 640


class RecordingTable(Table):
    """Continuous recording of a live camera, apart from the evidence: off unless an agency decides otherwise.

    Attributes:
        keep_hours: Segments that began longer ago than this are deleted.
    """

    continuous: bool = False
    keep_hours: float = Field(default=24.0, ge=1, le=24 * 366)


class CameraTable(SceneTables):
    """A camera: a stream address, or the path of a recording. ``${NAME}`` is a secret from outside the file.

    Attributes:
        main_source: The address of a live camera's larger stream: ``source`` is watched, this is kept for evidence
            and looked at closely.
        look_px: Longer side of the input with which persons are looked for in the whole picture.
    """

    id: Id
    name: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1)
    main_source: str | None = Field(default=None, min_length=1)
    transport: str = Field(default="tcp", pattern="^(tcp|udp)$")
    recorded_at: AwareDatetime | None = None
    look_px: LookPx = LOOK_PX
    recording: RecordingTable = RecordingTable()

    @property
    def is_live(self) -> bool:
        """Whether the source is a stream or a device rather than a file."""
        return is_live(self.source)

    @model_validator(mode="after")
    def _streams_of_one_camera(self) -> Self:
        if self.main_source is not None:
            # an address holds a password: no message shows it
            if "://" not in self.source and not self.source.startswith("${"):
                raise ValueError("main_source: wanted only beside a source that is a stream")
            if not is_live(self.main_source) or self.main_source.isdigit():
                raise ValueError("main_source: wanted a stream address, got a file or a device")
            if self.main_source == self.source:
                raise ValueError("main_source: wanted the camera's larger stream, got the same address as source")
        return self

    @model_validator(mode="after")
    def _may_be_recorded(self) -> Self:
        if self.recording.continuous and not self.is_live:
            raise ValueError("recording.continuous: wanted only for a live camera")
        if self.recording.continuous and self.masks:
            raise ValueError(
                "recording.continuous: what the camera sent is kept as it is, and would show what [[cameras.masks]] "
                "hide: wanted either of them, got both"
            )
        return self


class Site(Table):
    """A whole site file."""

    schema_: int = Field(alias="schema", ge=1, le=1)
    site: SiteTable
    hours: HoursTable = HoursTable()
    officers: tuple[OfficerTable, ...] = ()
    cameras: tuple[CameraTable, ...] = Field(min_length=1)
    rules: RulesTable = RulesTable()
    retention: tuple[RetentionTable, ...] = ()

    def camera(self, camera_id: str) -> CameraTable:
        """Return one camera; raises `SiteInvalid` naming those there are."""
        for camera in self.cameras:
            if camera.id == camera_id:
                return camera
        known = ", ".join(camera.id for camera in self.cameras)
        raise SiteInvalid([f"unknown camera {camera_id!r}; the site file has: {known}"])
