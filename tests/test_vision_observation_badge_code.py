"""Badge codes: from rendered pictures to texts, from texts on a track that crosses a line to whose badge it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.scene import Line, Scene
from service.badges.codes import qr_text
from service.badges.pictures import marker_modules, qr_modules
from tests.badges import box_at, code_picture, filmed, put_person, room
from tests.nets import detections
from tests.stories import CAMERA, RUN, at, seconds_of
from vision.capture.pictures import BgrPixels
from vision.observation.badge_code import OpenCvCodeReader, agreed, marker_text, reader_for
from vision.observation.entrance import Entrance, EntranceParams
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import Rulebook
from vision.tracking.bytetrack import ByteTrack, ByteTrackParams
from vision.types import BadgeRead, Detections, Direction, Frame, Gap, GapReason, Image

KNOWN = {marker_text(17): "an", marker_text(512): "binh", qr_text("an"): "an"}
DOOR = Line("door", "Cửa", (0.35, 0.7), (0.65, 0.7))
MARKER, OTHER = code_picture(marker_modules(17), 26), code_picture(marker_modules(512), 26)
DOWN = [(480.0, 260.0 + 12.0 * i) for i in range(20)]
"""Towards the camera, over the door's line at 378 px."""


class Drawn:
    """A detector that knows where the persons of each frame were drawn."""

    classes = ("person",)

    def __init__(self, feet: Sequence[Sequence[tuple[float, float]]]) -> None:
        self._feet = feet

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        return [detections(frame, [(0, 0.9, box_at(foot)) for foot in self._feet[frame.index]]) for frame in frames]


def film(
    feet: Sequence[Sequence[tuple[float, float]]], badges: Sequence[Sequence[Image | None]], *, every_s: float = 0.2
) -> list[Frame]:
    """One frame for each entry: who stands where with which badge."""
    frames = []
    for i, (standing, worn) in enumerate(zip(feet, badges, strict=True)):
        image = room()
        for foot, badge in zip(standing, worn, strict=True):
            put_person(image, foot, badge)
        frames.append(Frame(CAMERA, RUN, i, at(i * every_s), BgrPixels(filmed(image))))
    return frames


def read(frames: Sequence[Frame | Gap], feet: Sequence[Sequence[tuple[float, float]]]) -> list[BadgeRead]:
    pipeline = Pipeline(
        Scene(CAMERA, lines=(DOOR,)),
        detector=Drawn(feet),
        tracker=ByteTrack(RUN, ByteTrackParams()),
        looker=None,
        rulebook=Rulebook(()),
        judgement=Judgement(codes=EntranceParams(KNOWN)),
    )
    told = [each for frame in frames for each in pipeline.advance(frame).badge_reads]
    return [*told, *pipeline.finish().badge_reads]


def told(reads: Sequence[BadgeRead]) -> list[tuple[str, str, Direction]]:
    return [(read.code, read.line_id, read.direction) for read in reads]


def alone(walk: Sequence[tuple[float, float]], badges: Sequence[Image | None]) -> list[BadgeRead]:
    feet = [[foot] for foot in walk]
    return read(film(feet, [[badge] for badge in badges]), feet)


def test_a_badge_that_crosses_the_line_is_read_with_its_time_and_way() -> None:
    (found,) = alone(DOWN, [MARKER] * 20)
    assert ("an", "door", Direction.IN) == (found.code, found.line_id, found.direction)
    assert (378 - 260) / 12 * 0.2 == pytest.approx(seconds_of(found.at), abs=0.02)


def test_the_way_back_is_out() -> None:
    assert [("an", "door", Direction.OUT)] == told(alone(DOWN[::-1], [MARKER] * 20))


def test_a_qr_code_is_read_where_it_is_large() -> None:
    badge = code_picture(qr_modules(qr_text("an")), 66)
    assert [("an", "door", Direction.IN)] == told(alone(DOWN, [badge] * 20))


def test_one_read_is_not_enough() -> None:
    assert [] == told(alone(DOWN, [None] * 8 + [MARKER] + [None] * 11))


def test_a_badge_that_shows_only_after_the_line_is_read() -> None:
    assert [("an", "door", Direction.IN)] == told(alone(DOWN, [None] * 12 + [MARKER] * 8))


def test_without_a_badge_nobody_is_named() -> None:
    assert [] == told(alone(DOWN, [None] * 20))


def test_a_stranger_s_code_is_passed_over() -> None:
    assert [] == told(alone(DOWN, [code_picture(marker_modules(300), 26)] * 20))


def test_who_does_not_cross_is_not_told() -> None:
    assert [] == told(alone([(480.0, 340.0)] * 20, [MARKER] * 20))


def test_a_track_that_shows_two_badges_equally_often_is_nobody_s() -> None:
    assert [] == told(alone(DOWN, [MARKER, OTHER] * 10))


def test_two_people_who_pass_each_other_are_told_apart() -> None:
    feet = [[(420.0, foot[1]), (560.0, back[1])] for foot, back in zip(DOWN, DOWN[::-1], strict=True)]
    found = read(film(feet, [[MARKER, OTHER]] * 20), feet)
    assert {("an", "door", Direction.IN), ("binh", "door", Direction.OUT)} == set(told(found))


def test_a_stream_that_breaks_off_after_the_line_still_tells() -> None:
    feet = [[foot] for foot in DOWN]
    frames: list[Frame | Gap] = [*film(feet, [[MARKER]] * 20)[:14]]
    frames.append(Gap(CAMERA, RUN, at(2.8), at(60), GapReason.STREAM_LOST))
    assert [("an", "door", Direction.IN)] == told(read(frames, feet))


class CountingReader(OpenCvCodeReader):
    """Counts how often it is asked."""

    asked = 0

    def read(self, crop: Image) -> list[str]:
        self.asked += 1
        return super().read(crop)


@pytest.mark.parametrize(("x", "every_s", "asked"), [(480.0, 0.2, 9), (480.0, 0.1, 5), (900.0, 0.2, 0)])
def test_who_is_near_the_line_is_read_five_times_a_second_and_others_never(
    x: float, every_s: float, asked: int
) -> None:
    feet = [[(x, 400.0)]] * 10
    tracker, detector, reader = ByteTrack(RUN, ByteTrackParams()), Drawn(feet), CountingReader()
    entrance = Entrance((DOOR,), reader, EntranceParams(KNOWN))
    for frame in film(feet, [[MARKER]] * 10, every_s=every_s):
        entrance.advance(frame, tracker.update(detector.detect([frame])[0]))
    assert asked == reader.asked


@pytest.mark.parametrize("number", [0, 17, 512, 999])
def test_a_printed_marker_is_read_as_its_number(number: int) -> None:
    image = room()
    put_person(image, (480.0, 400.0), code_picture(marker_modules(number), 24))
    assert [marker_text(number)] == OpenCvCodeReader().read(filmed(image)[160:400, 430:530])


@pytest.mark.parametrize("shape", [(0, 40), (40, 0), (3, 3), (16, 16), (700, 3)])
def test_a_picture_in_which_nothing_can_be_is_no_error(shape: tuple[int, int]) -> None:
    assert [] == OpenCvCodeReader().read(np.zeros((*shape, 3), np.uint8))


def test_noise_names_no_officer() -> None:
    random, reader = np.random.default_rng(6), OpenCvCodeReader()
    seen = [text for _ in range(30) for text in reader.read(random.integers(0, 256, (240, 120, 3), np.uint8))]
    assert [] == [text for text in seen if text in KNOWN]


def test_only_the_kinds_of_code_that_are_worn_are_looked_for() -> None:
    image = room()
    put_person(image, (480.0, 400.0), MARKER)
    crop = filmed(image)[160:400, 430:530]
    assert [] == reader_for([qr_text("an")]).read(crop)
    assert [marker_text(17)] == reader_for([marker_text(3)]).read(crop)


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9)), st.integers(2, 5))
def test_what_is_agreed_is_two_thirds_and_enough(reads: dict[str, int], least: int) -> None:
    wanted = [code for code, count in reads.items() if count >= least and count >= 2 * (sum(reads.values()) - count)]
    assert (wanted[0] if wanted else None) == agreed(reads, least=least)
