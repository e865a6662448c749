"""What an application remembers of open walls: the small pictures, and which looks the journal tells of already."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import cv2
import numpy as np

from service.api.etags import etag_of
from service.evidence.cutter import to_jpeg

WIDTH_PX = 480
NOTED_EVERY = timedelta(minutes=10)
"""A wall that stays open is noted in the journal so often, with all its cameras in one row."""
SLACK = timedelta(minutes=1)
"""A page that asks every few seconds is not punctual to the second."""
KEPT_AT_MOST = 512
Kept = TypeVar("Kept")


class WallLooks:
    """Whose open wall is told by the journal already: a look every few seconds at a hundred cameras is one look."""

    def __init__(self) -> None:
        self._noted: OrderedDict[str, tuple[datetime, frozenset[str]]] = OrderedDict()
        self._lock = threading.Lock()

    def is_told(self, session_id: str, camera_id: str, now: datetime) -> bool:
        """Tell whether a look at this camera is told by the row about the wall."""
        at, camera_ids = self._last(session_id, now)
        return camera_id in camera_ids and timedelta() <= now - at < NOTED_EVERY + SLACK

    def is_due(self, session_id: str, camera_ids: frozenset[str], now: datetime) -> bool:
        """Tell whether a wall with these cameras is to be noted now."""
        at, told = self._last(session_id, now)
        return not camera_ids <= told or not timedelta() <= now - at < NOTED_EVERY

    def note(self, session_id: str, camera_ids: frozenset[str], now: datetime) -> None:
        """Remember that it was noted."""
        with self._lock:
            self._noted[session_id] = (now, camera_ids)
            _keep_latest(self._noted, session_id)

    def _last(self, session_id: str, now: datetime) -> tuple[datetime, frozenset[str]]:
        with self._lock:
            return self._noted.get(session_id, (now, frozenset()))


class WallPictures:
    """Small copies of the latest stills; one is made when the first viewer asks, and serves all others."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def small(self, camera_id: str, still: bytes) -> tuple[str, bytes]:
        """Return the ETag of a still and its small copy."""
        etag = etag_of(still)
        with self._lock:
            kept = self._made.get(camera_id)
        if kept is None or kept[0] != etag:
            kept = (etag, shrunk(still))
            with self._lock:
                self._made[camera_id] = kept
                _keep_latest(self._made, camera_id)
        return kept


@dataclass(frozen=True, slots=True)
class WallRoom:
    """What one application remembers."""

    looks: WallLooks = field(default_factory=WallLooks)
    pictures: WallPictures = field(default_factory=WallPictures)


def shrunk(still: bytes) -> bytes:
    """Return a JPEG in the wall's width; one that is small already, or cannot be read, as it is."""
    encoded = np.frombuffer(still, dtype=np.uint8)
    image = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    if image is None or image.shape[1] <= WIDTH_PX:
        return still
    height_px = round(image.shape[0] * WIDTH_PX / image.shape[1])
    small = cv2.resize(image, (WIDTH_PX, max(1, height_px)), interpolation=cv2.INTER_AREA)
    return to_jpeg(np.asarray(small, dtype=np.uint8))


def _keep_latest(kept: OrderedDict[str, Kept], key: str) -> None:
    kept.move_to_end(key)
    while len(kept) > KEPT_AT_MOST:
        kept.popitem(last=False)
