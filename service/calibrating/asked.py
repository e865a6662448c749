"""Which camera is calibrated, and what its site file says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calibration.homography import FloorFit, fit_floor
from calibration.scene import PictureShape
from service.errors import ServiceError
from service.site import load_site, scene_of
from service.site_tables import CameraTable


@dataclass(frozen=True, slots=True)
class CameraAsked:
    """Which camera of which site file, and a still of it where the site file does not give the picture's size."""

    site_path: Path
    camera_id: str
    picture: Path | None = None

    def table(self) -> CameraTable:
        """Return the camera's table. Raises `SiteInvalid`."""
        return load_site(self.site_path).camera(self.camera_id)


def floor_of(camera: CameraTable, shape: PictureShape) -> FloorFit:
    """Return the floor that a site file gives. Raises `ServiceError` where it gives none, `FloorUnfit`."""
    scene = scene_of(camera)
    if not scene.floor:
        raise ServiceError(
            f"camera {camera.id}: the site file says nothing of its floor; run `congvu calibrate floor` first"
        )
    return fit_floor(scene.floor, shape, scene.lens)
