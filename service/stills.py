"""The latest picture of each camera, and the one its view is compared with. Both are masked already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import cv2
import numpy as np
import structlog

from calibration.scene import Area
from service.db.calibration import CalibrationRepository
from service.errors import EvidenceMissing, NotFound, StoreUnwritable
from service.evidence.cutter import to_jpeg
from service.evidence.store import EvidenceStore
from vision.capture.pictures import black_out
from vision.types import CameraId, Frame, Image

log = structlog.get_logger(__name__)

LIVE_EVERY = timedelta(seconds=2)
RECORDED_EVERY = timedelta(minutes=1)
"""Time between two stills of a live camera, and of a recording that is analysed faster than real time."""


class StillKeeper:
    """Keeps the latest picture of one camera, over and over under the same key. A failure to do so stops nothing."""

    def __init__(self, store: EvidenceStore, camera_id: CameraId, every: timedelta) -> None:
        self._store = store
        self._key = still_key(camera_id)
        self._every = every
        self._kept_at: datetime | None = None
        self._has_failed = False

    def note(self, frame: Frame) -> None:
        """Take the next frame; store it where the last one is old enough."""
        if self._kept_at is not None and frame.captured_at - self._kept_at < self._every:
            return
        self._kept_at = frame.captured_at
        try:
            self._store.put(self._key, to_jpeg(frame.image))
            self._has_failed = False
        except StoreUnwritable as error:
            if not self._has_failed:
                log.warning("still not kept", camera=frame.camera_id, error=str(error))
            self._has_failed = True


def latest_still(store: EvidenceStore, camera_id: str) -> bytes | None:
    """Return the latest picture of a camera as JPEG; None where there is none yet."""
    return _read(store, still_key(camera_id))


def reference_picture(
    store: EvidenceStore, calibration: CalibrationRepository, camera_id: str, masks: Sequence[Area] = ()
) -> Image | None:
    """Return the picture that a camera's view is compared with; None where there is none yet, or it is lost.

    Masks that were drawn after it was taken are black in it too: what they hide must not count as covered.
    """
    record = calibration.reference(camera_id)
    content = None if record is None else _read(store, record.key)
    image = None if content is None else cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    return None if image is None else black_out(np.asarray(image, dtype=np.uint8), masks)


def keep_reference(
    store: EvidenceStore, calibration: CalibrationRepository, camera_id: str, *, image: Image, taken_at: datetime
) -> int:
    """Make a picture the reference of a camera that has none. Returns its number."""
    return _add_reference(store, calibration, camera_id, to_jpeg(image), taken_at, None)


def confirm_reference(
    store: EvidenceStore, calibration: CalibrationRepository, camera_id: str, *, at: datetime, user_id: int
) -> int:
    """Somebody says that the camera's view is right now: the latest still becomes the reference. Returns its number.

    Raises:
        NotFound: There is no still of this camera.
    """
    still = latest_still(store, camera_id)
    if still is None:
        raise NotFound(f"camera {camera_id} has sent no picture yet")
    return _add_reference(store, calibration, camera_id, still, at, user_id)


def _add_reference(
    store: EvidenceStore,
    calibration: CalibrationRepository,
    camera_id: str,
    content: bytes,
    taken_at: datetime,
    user_id: int | None,
) -> int:
    key = f"references/{camera_id}/{taken_at:%Y%m%dT%H%M%S.%f}.jpg"
    sha256 = store.put(key, content)
    return calibration.add_reference(camera_id, key=key, sha256=sha256, taken_at=taken_at, confirmed_by=user_id)


def still_key(camera_id: str) -> str:
    """Return the key of a camera's latest picture."""
    return f"stills/{camera_id}.jpg"


def _read(store: EvidenceStore, key: str) -> bytes | None:
    try:
        with store.open(key) as file:
            return file.read()
    except EvidenceMissing:
        return None
