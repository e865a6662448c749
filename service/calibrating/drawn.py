"""`congvu calibrate scene`: everything drawn on a camera's picture, for the eye of whoever has no browser."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from calibration.scene import PointFrac, Scene, ZoneKind
from service.calibrating.asked import CameraAsked
from service.calibrating.pictures import Image, shape_of, still_of, write_picture
from service.errors import ServiceError
from service.site import scene_of
from vision.capture.pictures import black_out

DESK_BGR, LINE_BGR, MARK_BGR = (60, 160, 240), (240, 240, 240), (80, 220, 240)
ZONE_BGR = {ZoneKind.STAFF: (190, 140, 60), ZoneKind.PUBLIC: (120, 200, 120), ZoneKind.NO_SMOKING: (170, 90, 200)}
"""As in the pages: desks orange, staff zones blue, public zones green, no-smoking rooms purple."""


def draw_camera(asked: CameraAsked, out: Path) -> Scene:
    """Draw a camera's scene over its picture, with the id of each thing; what is masked is black.

    Raises:
        ServiceError: There is no picture, or it cannot be written.
        SiteInvalid, AspectDiffers: The site file has faults, or the picture is of another shape.
    """
    camera = asked.table()
    still = still_of(camera, asked.site_path, asked.picture)
    if still is None:
        raise ServiceError(f"camera {camera.id} is live; give a still of it with --picture STILL.jpg")
    shape_of(camera, still)
    scene = scene_of(camera)
    write_picture(out, draw_scene(still, scene))
    return scene


def draw_scene(still: Image, scene: Scene) -> Image:
    """Return a copy of a picture, (H, W, 3) BGR, with the scene drawn on it."""
    image = black_out(still, [mask.area for mask in scene.masks]).copy()
    for zone in scene.zones:
        _outline(image, zone.area.points, zone.zone_id, ZONE_BGR[zone.kind])
    for desk in scene.desks:
        _outline(image, desk.area.points, desk.desk_id, DESK_BGR)
    for mask in scene.masks:
        _label(image, _pixel(image, mask.area.points[0]), mask.mask_id, LINE_BGR)
    for line in scene.lines:
        start, end = _pixel(image, line.start), _pixel(image, line.end)
        cv2.line(image, start, end, LINE_BGR, _thick(image), cv2.LINE_AA)
        # the way in leads from the left of start-to-end to its right; y goes down in a picture
        middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        inside = (middle[0] - (end[1] - start[1]) // 3, middle[1] + (end[0] - start[0]) // 3)
        cv2.arrowedLine(image, middle, inside, LINE_BGR, _thick(image), cv2.LINE_AA, tipLength=0.3)
        _label(image, start, line.line_id, LINE_BGR)
    for number, mark in enumerate(scene.floor, start=1):
        cv2.drawMarker(image, _pixel(image, mark.at), MARK_BGR, cv2.MARKER_CROSS, 8 * _thick(image), _thick(image))
        _label(image, _pixel(image, mark.at), str(number), MARK_BGR)
    return image


def _outline(image: Image, points: tuple[PointFrac, ...], name: str, colour: tuple[int, int, int]) -> None:
    corners = np.array([_pixel(image, point) for point in points], dtype=np.int32)
    cv2.polylines(image, [corners], isClosed=True, color=(0, 0, 0), thickness=_thick(image) + 2, lineType=cv2.LINE_AA)
    cv2.polylines(image, [corners], isClosed=True, color=colour, thickness=_thick(image), lineType=cv2.LINE_AA)
    _label(image, (int(corners[0][0]), int(corners[0][1])), name, colour)


def _label(image: Image, at: tuple[int, int], text: str, colour: tuple[int, int, int]) -> None:
    scale = image.shape[1] / 1600
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    x = min(max(at[0] + 4, 0), max(0, image.shape[1] - wide - 4))
    y = min(max(at[1] + high + 6, high + 2), image.shape[0] - 4)
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 4, cv2.LINE_AA)
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA)


def _pixel(image: Image, point: PointFrac) -> tuple[int, int]:
    return round(point[0] * image.shape[1]), round(point[1] * image.shape[0])


def _thick(image: Image) -> int:
    return max(1, int(image.shape[1]) // 640)
