"""Stills for calibration: read them, take one from a recording, find out the picture's size, write one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.homography import check_aspect
from calibration.scene import PictureShape
from service.errors import ServiceError
from service.site import resolve_source
from service.site_tables import CameraTable
from service.whole_file import write_bytes
from vision.capture.file import FileSource, probe
from vision.types import CameraId, Frame

Image = NDArray[np.uint8]


def read_picture(path: Path) -> Image:
    """Read a picture, (H, W, 3) BGR. Raises `ServiceError`."""
    try:
        encoded = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except FileNotFoundError:
        raise ServiceError(f"{path}: no such picture") from None
    except OSError as error:
        raise ServiceError(f"{path}: cannot be read: {error.strerror}") from None
    image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if len(encoded) else None
    if image is None:
        raise ServiceError(f"{path}: is no picture; wanted JPEG or PNG")
    return np.asarray(image, dtype=np.uint8)


def write_picture(path: Path, image: Image) -> None:
    """Write a picture in the format of its name. Raises `ServiceError`, `StoreUnwritable`."""
    ending = path.suffix.lower()
    if ending not in (".jpg", ".jpeg", ".png"):
        raise ServiceError(f"{path}: wanted a name ending in .jpg or .png")
    _, encoded = cv2.imencode(ending, image)
    write_bytes(path, encoded.tobytes())


def still_of(camera: CameraTable, site_path: Path, picture: Path | None) -> Image | None:
    """Return the given picture, else the first frame of the camera's recording; None for a live camera.

    Raises:
        ServiceError, CaptureError: The picture or the recording cannot be read.
    """
    if picture is not None:
        return read_picture(picture)
    if camera.is_live:
        return None
    source = FileSource(CameraId(camera.id), probe(Path(resolve_source(camera, site_path))))
    try:
        return next((item.image for item in source.items() if isinstance(item, Frame)), None)
    finally:
        source.close()


def shape_of(camera: CameraTable, still: Image | None) -> PictureShape:
    """Return the size of the picture that fractions refer to: the site file's, else the still's.

    Raises:
        AspectDiffers: The still is of another shape than the scene was drawn on.
        ServiceError: Neither is there.
    """
    drawn = None if camera.picture is None else PictureShape(camera.picture.width_px, camera.picture.height_px)
    if drawn is not None and still is not None:
        check_aspect(drawn, still.shape[1], still.shape[0])
    if drawn is not None:
        return drawn
    if still is None:
        raise ServiceError(
            f"camera {camera.id}: the size of its picture is not known; give a still of it with --picture STILL.jpg"
        )
    return PictureShape(still.shape[1], still.shape[0])
