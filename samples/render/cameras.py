"""The three cameras of the sample centre and where people sit in front of them: pure numbers, no rendering."""

from __future__ import annotations

import math
from dataclasses import dataclass

WIDTH_PX, HEIGHT_PX = 1280, 720


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera without distortion.

    Attributes:
        eye_m: Position in the room, z up.
        heading_deg: Direction of view in the floor plane, 0 = +y, positive towards +x.
        pitch_deg: Positive looks down.
        focal_px: Focal length at a picture width of ``WIDTH_PX``.
    """

    eye_m: tuple[float, float, float]
    heading_deg: float
    pitch_deg: float
    focal_px: float

    @property
    def forward(self) -> tuple[float, float, float]:
        """Unit vector of the direction of view."""
        heading, pitch = math.radians(self.heading_deg), math.radians(self.pitch_deg)
        return (math.sin(heading) * math.cos(pitch), math.cos(heading) * math.cos(pitch), -math.sin(pitch))


@dataclass(frozen=True, slots=True)
class Seat:
    """A chair with its desk: hips at ``x_m, y_m``; yaw 0 faces -y, positive turns counter-clockwise."""

    x_m: float
    y_m: float
    yaw_deg: float
    monitor_side: int = 1
    desk_width_m: float = 1.2
    chair_back_m: float = 0.44


CAMERAS: dict[str, Camera] = {
    "entrance": Camera((0.0, 0.0, 2.6), heading_deg=5, pitch_deg=26, focal_px=1000),
    "counter": Camera((-1.9, -0.6, 2.45), heading_deg=68, pitch_deg=27, focal_px=1080),
    "office": Camera((0.0, 0.0, 2.5), heading_deg=2, pitch_deg=27, focal_px=1080),
}
SEATS: dict[str, dict[str, Seat]] = {
    "entrance": {"le-tan": Seat(-0.7, 2.9, 28, monitor_side=-1, desk_width_m=1.4)},
    "counter": {
        "quay-1": Seat(-0.1, 0.95, -35, monitor_side=1),
        "quay-2": Seat(1.4, 1.15, -42, monitor_side=1),
    },
    "office": {
        "ban-1": Seat(-0.95, 2.3, 55, monitor_side=1, desk_width_m=1.0),
        "ban-2": Seat(1.2, 2.6, -25, monitor_side=1),
        "ban-3": Seat(-1.45, 4.1, 188, monitor_side=1, chair_back_m=0.2),
        "ban-4": Seat(0.55, 3.75, -5, monitor_side=1),
    },
}
SEAT_HEIGHT_M, DESK_HEIGHT_M, DESK_AHEAD_M, DESK_DEPTH_M = 0.47, 0.74, 0.68, 0.6
