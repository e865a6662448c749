"""Persons are found in the part of a picture that changed; together with who was known it is as if all were asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import CAMERA, RUN, at
from vision.attention.motion import GLANCE_PX
from vision.capture.pictures import BgrPixels
from vision.finding import WHOLE_EVERY, Finder
from vision.types import Box, Detections, Frame, Image

SIZE_PX = (640, 360)
PART_PX = (256, 360)


@dataclass
class Bright:
    """Finds what is bright, wherever it is asked to look; remembers what it was asked about."""

    classes: tuple[str, ...] = ("chair", "person")
    score: float = 0.9
    asked: list[Box | None] = field(default_factory=list)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        self.asked += [None] * len(frames)
        return [self._found(frame, (0, 0, *SIZE_PX)) for frame in frames]

    def parts(self, size_px: tuple[int, int]) -> list[tuple[int, int]]:
        assert SIZE_PX == size_px
        return [PART_PX]

    def detect_part(self, frame: Frame, part: Box) -> Detections:
        assert PART_PX == (part[2] - part[0], part[3] - part[1])
        self.asked.append(part)
        return self._found(frame, part)

    def _found(self, frame: Frame, part: Box) -> Detections:
        left, top, right, bottom = (int(side) for side in part)
        bright = np.asarray(frame.image[top:bottom, left:right, 0] > 150, dtype=np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        corner = stats[1:, :2] + [left, top]
        boxes = np.concatenate([corner, corner + stats[1:, 2:4]], axis=1).astype(np.float32)
        score = np.full(count - 1, self.score, dtype=np.float32)
        return Detections(
            frame.camera_id, frame.captured_at, boxes, score, np.ones(count - 1, dtype=np.int64)
        )  # fmt: skip


class WholeOnly:
    """The same without parts."""

    classes = ("chair", "person")

    def __init__(self) -> None:
        self.inner = Bright()

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        return self.inner.detect(frames)


def frame_of(boxes: Sequence[Box], seconds: float) -> Frame:
    image: Image = np.full((SIZE_PX[1], SIZE_PX[0], 3), 60, dtype=np.uint8)
    for x1, y1, x2, y2 in boxes:
        image[int(y1) : int(y2), int(x1) : int(x2)] = 220
    return Frame(CAMERA, RUN, round(seconds * 10), at(seconds), BgrPixels(image))


def look(finder: Finder, boxes: Sequence[Box], seconds: float) -> set[Box]:
    frame = frame_of(boxes, seconds)
    found = finder.look(frame, frame.pixels.luma(GLANCE_PX))
    assert frame.captured_at == found.captured_at
    return {(a, b, c, d) for a, b, c, d in found.xyxy_px.tolist()}


SITS: Box = (40, 100, 120, 300)
STANDS: Box = (300, 100, 360, 340)
WALKS: Box = (316, 100, 376, 340)


def test_only_where_somebody_moves_it_is_asked_again() -> None:
    detector = Bright()
    finder = Finder(detector)
    assert {SITS, STANDS} == look(finder, [SITS, STANDS], 0)
    assert {SITS, WALKS} == look(finder, [SITS, WALKS], 0.4)
    whole, part = detector.asked
    assert whole is None
    assert part is not None and part[0] > SITS[2] and part[0] < STANDS[0] and part[2] > WALKS[2]


def test_who_has_left_is_found_no_more() -> None:
    finder = Finder(Bright())
    look(finder, [SITS, STANDS], 0)
    assert {SITS} == look(finder, [SITS], 0.4)
    assert set() == look(finder, [], 0.8)


def test_now_and_then_the_whole_is_asked_about() -> None:
    detector = Bright()
    finder = Finder(detector)
    look(finder, [STANDS], 0)
    look(finder, [WALKS], WHOLE_EVERY.total_seconds() - 0.1)
    look(finder, [STANDS], WHOLE_EVERY.total_seconds())
    assert [False, True, False] == [part is not None for part in detector.asked]


def test_somebody_whom_the_part_would_cut_is_asked_about_as_a_whole() -> None:
    detector = Bright()
    finder = Finder(detector)
    lies: Box = (100, 300, 500, 350)  # wider than a part
    look(finder, [STANDS], 0)
    assert {(*lies[:2], *lies[2:])} == look(finder, [lies], 0.4)
    assert None is detector.asked[-1]


class Seldom(Bright):
    """Sees less in a part: scores are lower there, and more boxes may come."""

    def __init__(self, in_part: float, more: Sequence[tuple[Box, float]] = ()) -> None:
        super().__init__()
        self.in_part, self.more = in_part, more

    def detect_part(self, frame: Frame, part: Box) -> Detections:
        found = super().detect_part(frame, part)
        boxes = np.array([box for box, _ in self.more], dtype=np.float32).reshape(-1, 4)
        return Detections(
            frame.camera_id,
            frame.captured_at,
            np.concatenate([found.xyxy_px, boxes]),
            np.array([self.in_part] * len(found) + [score for _, score in self.more], dtype=np.float32),
            np.ones(len(found) + len(boxes), dtype=np.int64),
        )


ELSEWHERE: Box = (380, 200, 420, 330)
AGAIN: Box = (320, 110, 376, 330)


@pytest.mark.parametrize(
    ("detector", "is_enough"),
    [
        (Seldom(0.9), True),
        (Seldom(0.4), False),  # hard to see without the room around
        (Seldom(0.9, [(ELSEWHERE, 0.2)]), False),  # perhaps somebody else
        (Seldom(0.9, [(ELSEWHERE, 0.8)]), True),
        (Seldom(0.9, [(AGAIN, 0.2)]), True),  # a second box of the same person
    ],
)
def test_only_where_all_is_clear_a_part_is_enough(detector: Seldom, is_enough: bool) -> None:
    finder = Finder(detector)
    look(finder, [STANDS], 0)
    found = look(finder, [WALKS], 0.4)
    assert WALKS in found
    assert is_enough == (detector.asked[-1] is not None)
    assert is_enough or {WALKS} == found


def test_who_was_seen_doubtfully_is_looked_for_in_the_whole() -> None:
    detector = Bright(score=0.4)
    finder = Finder(detector)
    look(finder, [STANDS], 0)
    look(finder, [WALKS], 0.4)
    assert [None, None] == detector.asked


def test_somebody_who_comes_where_nobody_was_is_looked_for_in_the_whole() -> None:
    detector = Bright()
    finder = Finder(detector)
    look(finder, [SITS], 0)
    assert {SITS, STANDS} == look(finder, [SITS, STANDS], 0.4)
    assert [None, None] == detector.asked


def test_detectors_that_know_no_parts_are_asked_about_the_whole() -> None:
    detector = WholeOnly()
    finder = Finder(detector)
    look(finder, [STANDS], 0)
    assert {WALKS} == look(finder, [WALKS], 0.4)
    assert [None, None] == detector.inner.asked


def test_where_parts_are_not_wanted_the_whole_is_asked_about() -> None:
    detector = Bright()
    finder = Finder(detector, in_parts=False)
    look(finder, [STANDS], 0)
    look(finder, [WALKS], 0.4)
    assert [None, None] == detector.asked


def test_what_was_found_is_held_until_it_is_forgotten() -> None:
    finder = Finder(Bright())
    assert None is finder.hold(at(0))
    look(finder, [STANDS], 0)
    held = finder.hold(at(0.5))
    assert held is not None and at(0.5) == held.captured_at and 1 == len(held)
    assert not finder.has_moved(frame_of([STANDS], 1).pixels.luma(GLANCE_PX))
    assert finder.has_moved(frame_of([WALKS], 1).pixels.luma(GLANCE_PX))
    finder.forget()
    assert None is finder.hold(at(1)) and finder.has_moved(frame_of([STANDS], 1).pixels.luma(GLANCE_PX))


# apart by the grid: boxes that touch would be one bright thing
cells = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=5, unique_by=lambda cell: cell[0])
stories = st.lists(st.tuples(cells, st.integers(-8, 8)), min_size=1, max_size=12)


@given(stories)
def test_look_after_look_it_is_as_if_the_whole_had_been_asked(story: list[tuple[list[tuple[int, bool]], int]]) -> None:
    finder, oracle = Finder(Bright()), Bright()
    for i, (persons, sway_px) in enumerate(story):
        boxes = [
            (100.0 * cell + 20 + sway_px, 40.0 if tall else 160.0, 100.0 * cell + 80 + sway_px, 320.0)
            for cell, tall in persons
        ]
        (whole,) = oracle.detect([frame_of(boxes, 0)])
        found = look(finder, boxes, 0.4 * i)
        want = {(a, b, c, d) for a, b, c, d in whole.xyxy_px.tolist()}
        # less than a small picture's pixel is no change: then somebody stays where they were
        assert len(want) == len(found)
        for box in want:
            assert min(max(abs(a - b) for a, b in zip(box, other, strict=True)) for other in found) <= 4
