"""The tables of a site file: what each key may say."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from calibration.scene import ZoneKind
from service.errors import SiteInvalid
from service.site_hours import HoursTable, Id, OwnHoursTable, Table
from service.site_retention import RetentionTable
from vision.observation.badge import WornAt
from vision.observation.badge_code import MARKERS
from vision.rules.gesture import GestureParams

LOOKS_BRIDGED_S = GestureParams().bridge.total_seconds()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; wanted a name such as Asia/Ho_Chi_Minh") from None
    return name


Seconds = Annotated[float, Field(gt=0, le=86_400)]


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


class PresenceTable(Table):
    """A visit at a desk."""

    open_after_s: Seconds = 0.8
    close_after_s: Seconds = 1.2
    hold_unknown_s: Seconds = 5.0


class JudgedTable(Table):
    """How far a rule is trusted, earned from inspectors' verdicts: see `calibration.thresholds`.

    Attributes:
        precision_target: A camera's own threshold is set so that at least this share of its flags are breaches.
        precision_floor: A rule whose flags are surely breaches less often than this is suspended on that camera.
        random_checks: Share of what was not flagged that an inspector is shown all the same.
    """

    precision_target: float = Field(default=0.9, gt=0, lt=1)
    precision_floor: float = Field(default=0.7, gt=0, lt=1)
    random_checks: float = Field(default=0.02, ge=0, le=1)

    @model_validator(mode="after")
    def _floor_below_target(self) -> Self:
        if self.precision_floor >= self.precision_target:
            raise ValueError(
                f"precision_floor: wanted below precision_target ({self.precision_target:g}), "
                f"got {self.precision_floor:g}"
            )
        return self


class AbsenceTable(JudgedTable):
    """Somebody who was there is away for longer than ``after_s``."""

    after_s: Seconds = 600.0
    back_after_s: Seconds = 0.8
    hold_unknown_s: Seconds = 5.0


class EvidenceTable(JudgedTable):
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
    """A missing badge: 1 of 41 wearers was called bare in one look (95 % bound .13, taken .2); of looks that say
    "bare" .96 are right (taken: .8 of bare chests are seen to be so): validation looks of models/cards/crop.md.
    """

    hit_rate: float = Field(default=0.8, gt=0, lt=1)
    false_rate: float = Field(default=0.2, gt=0, lt=1)
    open_after_s: Seconds = 6.0
    hold_unknown_s: Seconds = 20.0
    worn_at: WornAt = WornAt.CHEST


class SmokingTable(EvidenceTable):
    """Smoking: 2 of 178 looks at people of sets without smokers showed a cigarette (95 % bound .04, taken .1 because
    looks at one person resemble each other), and .545 of those at smokers (taken .5): validation looks of
    models/cards/crop.md.
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


class AlcoholTable(EvidenceTable):
    """A bottle or a can in a hand or at the mouth; off unless an agency decides otherwise, since most hold water.

    No look of 97 at people who hold none said yes (95 % bound .037, taken .04), and 5 of 35 at drinkers did (.14): test
    looks of models/cards/vessel.md.
    """

    enabled: bool = False
    hit_rate: float = Field(default=0.14, gt=0, lt=1)
    false_rate: float = Field(default=0.04, gt=0, lt=1)
    open_after_s: Seconds = 5.0
    hold_unknown_s: Seconds = 15.0


class WaitingTable(Table):
    """Citizens wait at a counter: judged where a counter has a ``waiting_zone``. No flag, and nobody is pictured."""

    open_after_s: Seconds = 10.0
    close_after_s: Seconds = 10.0
    hold_unknown_s: Seconds = 5.0


class CompanyTable(Table):
    """Two or more people at one desk for longer than ``after_s``: no flag, but worth comparing with the time clock."""

    enabled: bool = False
    after_s: Seconds = 60.0
    close_after_s: Seconds = 10.0
    hold_unknown_s: Seconds = 5.0


class BadgeCodeTable(Table):
    """Printed badge codes, read where somebody crosses an entrance line: see `vision.observation.entrance`."""

    enabled: bool = False
    reads_least: int = Field(default=2, ge=2, le=20)


class RulesTable(Table):
    """When answers become an event."""

    presence: PresenceTable = PresenceTable()
    left_post: AbsenceTable = AbsenceTable()
    counter_unattended: AbsenceTable = AbsenceTable()
    badge_missing: BadgeTable = BadgeTable()
    smoking: SmokingTable = SmokingTable()
    alcohol_seen: AlcoholTable = AlcoholTable()
    citizens_waiting: WaitingTable = WaitingTable()
    two_at_desk: CompanyTable = CompanyTable()
    badge_code: BadgeCodeTable = BadgeCodeTable()


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
