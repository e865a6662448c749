"""Which parts of a scene contradict one another: desks on one spot, places that nobody can see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from shapely import make_valid
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from calibration.scene import Area, Scene, ZoneKind

OVERLAP_MOST = 0.2
"""Share of the smaller area that two places may have in common: hands shake where drawn areas touch."""

MASKED_MOST = 0.5
"""Share of a desk or zone that masks may cover: of what is left, somebody can still be seen to be there."""

AREA_LEAST = 1e-6
"""An outline that runs back along itself may enclose less than this, even nothing."""


class LayoutFaultKind(StrEnum):
    """What contradicts."""

    DESKS_OVERLAP = "desks_overlap"
    JUDGED_AND_NOT = "judged_and_not"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class LayoutFault:
    """Places that must not lie where they lie.

    Attributes:
        place_ids: The places, the one to move first.
        share: How much of the smaller (or of the masked place) they have in common, 0..1.
    """

    kind: LayoutFaultKind
    place_ids: tuple[str, str]
    share: float

    def __str__(self) -> str:
        a, b = self.place_ids
        percent = f"{100 * self.share:.0f} %"
        match self.kind:
            case LayoutFaultKind.DESKS_OVERLAP:
                return f"desks {a!r} and {b!r} share {percent}: nobody could be told to be at just one; draw them apart"
            case LayoutFaultKind.JUDGED_AND_NOT:
                return (
                    f"no-smoking room {a!r} and public zone {b!r} share {percent}: nobody is ever judged in a public "
                    "zone; draw them apart"
                )
            case LayoutFaultKind.MASKED:
                return f"mask {b!r} covers {percent} of {a!r}: nothing could be seen there; move one of them"


def layout_faults(scene: Scene) -> list[LayoutFault]:
    """Find every contradiction of a scene, in the order of its places."""
    return [*_desks(scene), *_zones(scene), *_masked(scene)]


def shared_share(a: Area, b: Area) -> float:
    """Return how much of the smaller of two areas lies in the other, 0..1."""
    first, second = _shape(a), _shape(b)
    return float(first.intersection(second).area / max(min(first.area, second.area), AREA_LEAST))


def _shape(area: Area) -> BaseGeometry:
    """An outline that runs along itself has an area, but shapely refuses to cut it."""
    return make_valid(Polygon(area.points), method="structure", keep_collapsed=False)


def _desks(scene: Scene) -> Iterator[LayoutFault]:
    for a, b in combinations(scene.desks, 2):
        share = shared_share(a.area, b.area)
        if share > OVERLAP_MOST:
            yield LayoutFault(LayoutFaultKind.DESKS_OVERLAP, (b.desk_id, a.desk_id), share)


def _zones(scene: Scene) -> Iterator[LayoutFault]:
    public = [zone for zone in scene.zones if zone.kind is ZoneKind.PUBLIC]
    for room in scene.zones:
        if room.kind is not ZoneKind.NO_SMOKING:
            continue
        for zone in public:
            share = shared_share(room.area, zone.area)
            if share > OVERLAP_MOST:
                yield LayoutFault(LayoutFaultKind.JUDGED_AND_NOT, (room.zone_id, zone.zone_id), share)


def _masked(scene: Scene) -> Iterator[LayoutFault]:
    places = [(desk.desk_id, desk.area) for desk in scene.desks] + [(zone.zone_id, zone.area) for zone in scene.zones]
    for place_id, area in places:
        shape = _shape(area)
        for mask in scene.masks:
            share = float(shape.intersection(_shape(mask.area)).area / max(shape.area, AREA_LEAST))
            if share > MASKED_MOST:
                yield LayoutFault(LayoutFaultKind.MASKED, (place_id, mask.mask_id), share)
