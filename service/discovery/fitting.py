"""Is the stream's picture what the scene was drawn on, and large enough for what is asked at its places?"""

from __future__ import annotations

from calibration.errors import CalibrationError
from calibration.legibility import Asked, map_legibility
from calibration.scene import PictureShape, Scene
from models.catalog import ModelEntry
from service.calibrating.asked import floor_of
from service.calibrating.places import advise_places, needs_of
from service.errors import ServiceError
from service.site import scene_of
from service.site_tables import CameraTable


def shape_faults(scene: Scene, size_px: tuple[int, int]) -> list[str]:
    """Say where a picture has another shape than the one drawn on: such a camera is not judged."""
    drawn = scene.picture
    if drawn is None or drawn.fits(*size_px):
        return []
    return [
        f"the picture has another shape ({size_px[0]}x{size_px[1]}) than the one that the scene was drawn on "
        f"({drawn.width_px}x{drawn.height_px}): nothing would be judged. Choose a stream of that shape, or draw again"
    ]


def size_warnings(camera: CameraTable, size_px: tuple[int, int], crop: ModelEntry) -> list[str]:
    """Say what is too small to be read: by the floor where it is known, else by the picture drawn on.

    Args:
        crop: The net that reads badges; its entry says from which size on.
    """
    scene = scene_of(camera)
    drawn = scene.picture
    if drawn is None or not drawn.fits(*size_px):
        return []
    if scene.floor:
        try:
            return _unreadable(camera, scene, drawn, size_px, crop)
        except (CalibrationError, ServiceError) as error:
            return [f"what can be read is not known: {error}"]
    if size_px[0] < drawn.width_px:
        return [
            f"the picture is smaller than the {drawn.width_px}x{drawn.height_px} that the scene was drawn on: "
            "badges and cigarettes are seen from less far away. Is there a larger stream?"
        ]
    return []


def _unreadable(
    camera: CameraTable, scene: Scene, drawn: PictureShape, size_px: tuple[int, int], crop: ModelEntry
) -> list[str]:
    stream = PictureShape(*size_px)
    main = drawn if size_px[0] < drawn.width_px else None
    told = advise_places(scene, map_legibility(floor_of(camera, drawn), needs_of(crop), stream), main)
    return [
        f"{place.name}: a {'badge' if place.asked is Asked.CARD else 'cigarette'} is {place.advice.have_px:.1f} px "
        f"long here, {place.advice.needed_px:g} are needed"
        + ("; the stream that the scene was drawn on is large enough" if place.advice.main_stream_helps else "")
        for place in told
        if place.advice is not None and not place.advice.ok
    ]
