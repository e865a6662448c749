"""`congvu calibrate floor` and `lens`: find the floor or the lens of one camera, and save it with the scene."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from calibration.homography import FloorFit, check_aspect, fit_floor
from calibration.lens import LensFit, fit_lens
from calibration.people_heights import PeopleFit, fit_people
from calibration.scene import FloorPoint, Lens, PictureShape
from service.calibrating.asked import CameraAsked
from service.calibrating.marks import read_marks
from service.calibrating.people import people_of
from service.calibrating.pictures import read_picture, shape_of, still_of
from service.scenes import save_scene
from service.site import scene_of
from service.site_tables import CameraTable, FloorPointTable, FloorTable, LensTable, PictureTable
from service.wiring import load_nets
from vision.capture.file import probe


def floor_from_marks(asked: CameraAsked, points: Path, distances: Path | None = None) -> FloorFit:
    """Find the floor from a file of marks.

    Raises:
        FloorUnfit, AspectDiffers: The marks do not make a floor.
        ServiceError: A file cannot be read.
    """
    camera = asked.table()
    shape = shape_of(camera, still_of(camera, asked.site_path, asked.picture))
    return fit_floor(read_marks(points, shape, distances), shape, scene_of(camera).lens)


def floor_from_people(asked: CameraAsked, recording: Path, console: Console) -> PeopleFit:
    """Find the floor from people in a recording of the camera.

    Raises:
        PeopleUnfit, AspectDiffers: They do not make a floor.
        ServiceError, CaptureError: The recording or a net cannot be read.
    """
    camera, found = asked.table(), probe(recording)
    boxes, shape = people_of(found, load_nets(), console)
    if camera.picture is not None:
        check_aspect(PictureShape(camera.picture.width_px, camera.picture.height_px), shape.width_px, shape.height_px)
    return fit_people(boxes, shape, lens=scene_of(camera).lens)


def lens_from(pictures: Sequence[Path]) -> LensFit:
    """Find a lens from pictures of the board. Raises `LensUnfit`, `ServiceError`."""
    return fit_lens([read_picture(path) for path in pictures])


def save_floor(asked: CameraAsked, points: Sequence[FloorPoint], shape: PictureShape) -> None:
    """Write a floor into the site file, and the picture's size where none stands there.

    Raises:
        SiteInvalid, StoreUnwritable: Nothing was written.
    """
    camera = asked.table()
    floor = FloorTable(points=tuple(FloorPointTable(at=p.at, floor_m=p.floor_m) for p in points))
    save_scene(asked.site_path, asked.camera_id, camera.model_copy(update={"floor": floor, **_picture(camera, shape)}))


def save_lens(asked: CameraAsked, lens: Lens, shape: PictureShape) -> None:
    """Write a lens into the site file. Raises as `save_floor` does, and `AspectDiffers`."""
    camera = asked.table()
    if camera.picture is not None:
        check_aspect(PictureShape(camera.picture.width_px, camera.picture.height_px), shape.width_px, shape.height_px)
    table = LensTable(focal=lens.focal, centre=lens.centre, radial=lens.radial, tangential=lens.tangential)
    save_scene(asked.site_path, asked.camera_id, camera.model_copy(update={"lens": table, **_picture(camera, shape)}))


def _picture(camera: CameraTable, shape: PictureShape) -> dict[str, PictureTable]:
    if camera.picture is not None:
        return {}
    return {"picture": PictureTable(width_px=shape.width_px, height_px=shape.height_px)}
