"""Pictures of people with a printed badge, made by the tests: a marker or a QR code moves over a room."""

from __future__ import annotations

import cv2
import numpy as np

from service.badges.pictures import Modules
from vision.types import Box, Image

SIZE_PX = (960, 540)
PERSON_PX = (90, 240)
"""Width and height of a person's box."""


def room() -> Image:
    """An even wall with a door frame and a floor."""
    image = np.full((SIZE_PX[1], SIZE_PX[0], 3), 150, np.uint8)
    image[SIZE_PX[1] // 2 :] = (105, 120, 130)
    cv2.rectangle(image, (380, 60), (580, 300), (60, 70, 80), 4)
    return image


def code_picture(modules: Modules, side_px: int) -> Image:
    """A code on white card, as printed: its quiet zone is a seventh of its side."""
    quiet = max(3, side_px // 7)
    scale = 24
    large = np.where(np.kron(modules, np.ones((scale, scale), bool)), 20, 235).astype(np.uint8)
    drawn = cv2.resize(large, (side_px, side_px), interpolation=cv2.INTER_AREA)
    card = cv2.copyMakeBorder(drawn, quiet, quiet, quiet, quiet, cv2.BORDER_CONSTANT, value=235)
    return np.repeat(card[..., None], 3, axis=2)


def box_at(foot: tuple[float, float]) -> Box:
    """The box of a person who stands there, pixels."""
    width, height = PERSON_PX
    return foot[0] - width / 2, foot[1] - height, foot[0] + width / 2, foot[1]


def put_person(image: Image, foot: tuple[float, float], badge: Image | None) -> None:
    """Draw somebody with a badge on the chest."""
    x0, y0, x1, y1 = (round(v) for v in box_at(foot))
    cv2.rectangle(image, (x0 + 8, y0 + 45), (x1 - 8, y1), (90, 60, 50), -1)
    cv2.circle(image, ((x0 + x1) // 2, y0 + 24), 22, (140, 170, 210), -1)
    if badge is not None:
        height, width = badge.shape[:2]
        top, left = y0 + 70, (x0 + x1 - width) // 2
        image[top : top + height, left : left + width] = badge


def filmed(image: Image, *, quality: int = 70) -> Image:
    """As a camera sends it: a little blurred, compressed."""
    soft = cv2.GaussianBlur(image, (0, 0), 0.6)
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1))
