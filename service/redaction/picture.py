"""Make a single picture in which people are hidden: a snapshot, or a still of an event."""

from __future__ import annotations

import cv2
import numpy as np

from service.errors import NotRedactable
from service.evidence.cutter import to_jpeg
from service.redaction.clip import START, Redaction, check_scene, plan_of
from service.redaction.finding import PersonFinder
from service.redaction.paint import painted_image
from vision.capture.pictures import BgrPixels
from vision.types import CameraId, Frame, Image, RunId


def redact_picture(image: Image, asked: Redaction, finder: PersonFinder) -> Image:
    """Return a copy of a picture, (H, W, 3) uint8 BGR, in which people are hidden.

    A picture has no frames before and after: who is missed in it is missed. The subject's moment, where one is given,
    is 0.

    Raises:
        NotRedactable: The scene that the mode needs is missing.
    """
    check_scene(asked)
    frame = Frame(CameraId("picture"), RunId("picture"), 0, START, BgrPixels(image.copy()))
    plan = plan_of([finder.find(frame, 0.0)], asked, frame.size_px)
    return painted_image(image, plan.areas_px[0], asked.cover)


def redact_jpeg(content: bytes, asked: Redaction, finder: PersonFinder) -> bytes:
    """Hide people in an encoded picture; returns JPEG without the notes that the original file may hold.

    Raises:
        NotRedactable: The picture cannot be read, or the scene that the mode needs is missing.
    """
    image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR) if content else None
    if image is None:
        raise NotRedactable("the picture cannot be read: wanted a whole JPEG or PNG file")
    return to_jpeg(redact_picture(np.asarray(image, dtype=np.uint8), asked, finder))
