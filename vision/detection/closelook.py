"""The second look: pose and small things on the crop of one person."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vision.detection import boxes
from vision.detection.again import Sight, look_again, vote
from vision.detection.net import Net, decode_boxes
from vision.detection.sharpest import Sharpest, sharpest_of
from vision.types import Box, Detections, FloatArray, Frame, Look, TrackKey

ITEM_SCORE_MIN = 0.01
"""The net's own score, far below any that counts: an uncertain card must be seen to be uncertain."""
ITEM_IOU_MAX = 0.5
SAME_IOU_MIN = 0.4
"""Boxes of two squares that overlap so much show the same thing."""

ACCUSING = ("cigarette",)
"""What speaks against somebody where it is seen: half seen it is looked at again."""

POSE_OVERLAP_MIN = 0.3
"""Intersection over union with the person's own box below which a pose belongs to somebody else."""


class OpenVinoLooker:
    """Looks at person crops with the pose net and the crop net.

    A person who fills more pixels than the crop net takes is looked at once as a whole and then in four nearer
    squares, so that a cigarette in a sharp picture is not shrunk to nothing. A cigarette that was half seen is looked
    at again (`vision.detection.again`). Scores are calibrated: the probability that there is such a thing. Where a
    frame has detail, that is what is looked at; what is seen is told in pixels of the frame.
    """

    def __init__(self, pose: Net, crop: Net, *, is_nearer: bool = True) -> None:
        self._pose = pose
        self._crop = crop
        self._is_nearer = is_nearer

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        """Return one `Look` per person, in order."""
        if not persons:
            return []  # decoding the detail costs more than the frame did
        picture = sharpest_of(frame)
        return [self._look(frame, picture, key, box) for key, box in persons]

    def _look(self, frame: Frame, picture: Sharpest, key: TrackKey, person: Box) -> Look:
        side_px = self._crop.input_px[0]
        seen_px = picture.box(person)
        square = boxes.upper_body(seen_px)
        nearer = boxes.nearer_squares(square, side_px) if self._is_nearer else []
        crop, _ = boxes.crop_square(picture.image, square, side_px)
        grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
        return Look(
            track=key,
            at=frame.captured_at,
            person_px=person,
            keypoints_px=self._keypoints(picture, seen_px),
            items=self._items(frame, picture, [square, *nearer]),
            luma_mean=float(grey.mean()),
            sharpness=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
            frame_size_px=frame.size_px,
            sharper=picture.across,
        )

    def _items(self, frame: Frame, picture: Sharpest, squares: Sequence[Box]) -> Detections:
        """What is seen in any of some squares, the same thing once.

        What the edge of a nearer square cuts off is left out: the first square, or the next, shows all of it.
        """

        def see(square: Box, is_mirrored: bool) -> Sight:
            return self._see(picture, square, is_mirrored=is_mirrored)

        whole, *nearer = squares
        sights = [see(whole, False), *(see(square, False).uncut() for square in nearer)]
        xyxy, score, class_id = (
            np.concatenate([getattr(sight, name) for sight in sights]) for name in ("xyxy_px", "score", "class_id")
        )
        if nearer:
            xyxy, score, class_id = boxes.fuse(xyxy, score, class_id, iou_min=SAME_IOU_MIN)
        entry = self._crop.entry
        for kind in (entry.classes.index(name) for name in ACCUSING if name in entry.classes):
            again = look_again(sights, kind, see, iou_min=SAME_IOU_MIN)
            voted, mean = vote([*sights, *again], kind, iou_min=SAME_IOU_MIN)
            others = class_id != kind
            xyxy, score = np.concatenate([xyxy[others], voted]), np.concatenate([score[others], mean])
            class_id = np.concatenate([class_id[others], np.full(len(mean), kind, np.int64)])
        calibrated = entry.calibrated(score, class_id)
        return Detections(frame.camera_id, frame.captured_at, picture.to_frame(xyxy), calibrated, class_id)

    def _see(self, picture: Sharpest, square: Box, *, is_mirrored: bool) -> Sight:
        side_px = self._crop.input_px[0]
        crop, fit = boxes.crop_square(picture.image, square, side_px)
        if is_mirrored:
            crop = np.ascontiguousarray(crop[:, ::-1])
        xyxy, score, class_id = decode_boxes(self._crop.infer(crop), score_min=ITEM_SCORE_MIN, iou_max=ITEM_IOU_MAX)
        if is_mirrored:
            xyxy = np.stack([side_px - xyxy[:, 2], xyxy[:, 1], side_px - xyxy[:, 0], xyxy[:, 3]], axis=1)
        return Sight(square, fit.to_picture(xyxy), score, class_id)

    def _keypoints(self, picture: Sharpest, person: Box) -> FloatArray:
        """Return (17, 3), pixels of the frame, of the pose that fits the person's box in the picture best.

        Zeros where none was found.
        """
        crop, fit = boxes.crop_square(picture.image, boxes.whole_body(person), self._pose.input_px[0])
        raw = self._pose.infer(crop)
        likely = raw[4] >= 0.25
        if not likely.any():
            return np.zeros((17, 3), dtype=np.float32)
        candidates = raw[:, likely]
        corners = fit.to_picture(boxes.centres_to_corners(candidates[:4].T))
        overlap = boxes.overlaps(corners, np.array([person], dtype=np.float32))[:, 0]
        best = int(np.argmax(candidates[4] * overlap))
        if overlap[best] < POSE_OVERLAP_MIN:
            return np.zeros((17, 3), dtype=np.float32)  # a neighbour's pose says nothing of this person
        keypoints = candidates[5:, best].reshape(17, 3).copy()
        keypoints[:, :2] = picture.to_frame(fit.to_picture(keypoints[:, :2]))
        return keypoints.astype(np.float32)
