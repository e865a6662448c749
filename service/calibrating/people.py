"""Collect boxes of people who stand or walk in full view from a recording, for the floor by itself."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from calibration.people_boxes import PeopleBoxes
from calibration.scene import PictureShape
from service.wiring import Nets
from vision.capture.file import FileSource, Recording
from vision.observation.body import LEFT_HIP, RIGHT_HIP, point, seen
from vision.tracking.bytetrack import ByteTrack, ByteTrackParams
from vision.types import Box, CameraId, FloatArray, Frame, Gap, Tracks

LEFT_KNEE, RIGHT_KNEE, LEFT_ANKLE, RIGHT_ANKLE = 13, 14, 15, 16

LOOK_EVERY = timedelta(milliseconds=200)

UNSEEN_MOST = timedelta(milliseconds=700)
"""Somebody not seen alone for this long may have been taken for somebody else: in a sample clip one track went from a
person of 1.70 m to one of 1.55 m where they passed each other, and turned the camera by six degrees."""

OVERLAP_MOST = 0.1
"""Share of a person's box that another's may cover."""

KNEE_STRAIGHT_DEG = 145.0
"""A walker's knee bends by up to 60 degrees while the foot swings, but rarely both; a sitter's both by about 90."""

SOLE_BELOW_ANKLE = 0.12
"""An ankle must lie this near to the box's lower edge, share of its height: else something hides the feet. An ankle is
.04 of the height above the ground (Drillis and Contini, 1966), a foot ahead .05 more in a steep view."""


def people_of(recording: Recording, nets: Nets, console: Console) -> tuple[PeopleBoxes, PictureShape]:
    """Look through a recording with the nets that the service runs; returns whole upright people, and the picture.

    Raises:
        CaptureError: The recording turned out to be broken.
    """
    source = FileSource(CameraId("calibration"), recording)
    tracker = ByteTrack(source.run_id, ByteTrackParams())
    person_class = nets.detector.classes.index("person")
    walks = _Walks()
    size, next_look = (1, 1), None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("people", total=recording.frames)
        for item in source.items():
            if isinstance(item, Gap):
                tracker.interrupt(item)
                continue
            progress.advance(bar)
            if next_look is not None and item.captured_at < next_look:
                continue
            next_look, size = item.captured_at + LOOK_EVERY * 0.9, item.size_px
            tracks = tracker.update(nets.detector.detect([item])[0].of_class(person_class))
            for i in _upright(item, tracks, nets):
                walks.add(tracks.key(i).number, item.captured_at, tracks.box(i))
    return walks.boxes(), PictureShape(*size)


class _Walks:
    """Boxes of people, by stretches in which nobody can have been taken for somebody else."""

    def __init__(self) -> None:
        self._boxes: list[Box] = []
        self._owners: list[int] = []
        self._last: dict[int, tuple[datetime, int]] = {}
        self._walks = 0

    def add(self, track: int, at: datetime, box: Box) -> None:
        """Take a box; after a pause it counts as another person's, who at worst is the same."""
        seen_at, walk = self._last.get(track, (None, -1))
        if seen_at is None or at - seen_at > UNSEEN_MOST:
            walk, self._walks = self._walks, self._walks + 1
        self._last[track] = at, walk
        self._boxes.append(box)
        self._owners.append(walk)

    def boxes(self) -> PeopleBoxes:
        """Return all boxes."""
        xyxy = np.array(self._boxes, dtype=np.float64).reshape(-1, 4)
        return PeopleBoxes(xyxy, np.array(self._owners, dtype=np.int64))


def is_upright(keypoints_px: FloatArray, bottom_px: float, height_px: float) -> bool:
    """Tell whether a pose, (17, 3), shows straight legs down to the lower edge of the person's box."""
    legs = ((LEFT_HIP, LEFT_KNEE, LEFT_ANKLE), (RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE))
    shown = [leg for leg in legs if seen(keypoints_px, *leg)]
    straight = [leg for leg in shown if _bend_deg(keypoints_px, leg) >= KNEE_STRAIGHT_DEG]
    lowest = max((point(keypoints_px, leg[2])[1] for leg in shown), default=-math.inf)
    return bool(straight) and bottom_px - lowest <= SOLE_BELOW_ANKLE * height_px


def _bend_deg(keypoints_px: FloatArray, leg: tuple[int, int, int]) -> float:
    """Angle at the knee, degrees; 180 is straight."""
    hip, knee, ankle = (point(keypoints_px, i) for i in leg)
    thigh, shin = (hip[0] - knee[0], hip[1] - knee[1]), (ankle[0] - knee[0], ankle[1] - knee[1])
    lengths = math.hypot(*thigh) * math.hypot(*shin)
    if lengths <= 0:
        return 0.0
    return math.degrees(math.acos(max(-1.0, min(1.0, (thigh[0] * shin[0] + thigh[1] * shin[1]) / lengths))))


def is_alone(xyxy_px: FloatArray, index: int) -> bool:
    """Tell whether no other box, of (N, 4), covers a tenth of this one: it may hide feet, or be taken for it."""
    box = xyxy_px[index]
    inner = np.minimum(xyxy_px[:, 2:], box[2:]) - np.maximum(xyxy_px[:, :2], box[:2])
    covered = np.prod(np.clip(inner, 0, None), axis=1)
    covered[index] = 0.0
    return bool(covered.max() < OVERLAP_MOST * float(np.prod(box[2:] - box[:2])))


def _upright(frame: Frame, tracks: Tracks, nets: Nets) -> list[int]:
    """Return which of the tracked people stand alone in full view, by boxes and pose."""
    xyxy = tracks.detections.xyxy_px
    alone = [i for i in range(len(tracks)) if tracks.number[i] >= 0 and is_alone(xyxy, i)]
    looks = nets.looker.look(frame, [(tracks.key(i), tracks.box(i)) for i in alone])
    return [
        i
        for i, look in zip(alone, looks, strict=True)
        if is_upright(look.keypoints_px, tracks.box(i)[3], tracks.box(i)[3] - tracks.box(i)[1])
    ]
