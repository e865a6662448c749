"""Scenes: what is refused, and who is where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.scene import Area, CounterGroup, Desk, Scene, SceneInvalid, Zone, ZoneKind
from tests.stories import CAMERA, RUN, at
from vision.observation.places import place_visitors
from vision.observation.presence import PresenceObserver
from vision.types import Answer, Detections, Tracks, Why

LEFT, RIGHT = Area.rectangle(0, 0, 0.5, 1), Area.rectangle(0.5, 0, 1, 1)


def tracks(*boxes: tuple[float, float, float, float]) -> Tracks:
    n = len(boxes)
    detections = Detections(
        CAMERA,
        at(0),
        np.array(boxes, dtype=np.float32).reshape(n, 4),
        np.full(n, 0.9, dtype=np.float32),
        np.zeros(n, dtype=np.int64),
    )
    return Tracks(RUN, detections, np.arange(n, dtype=np.int64))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (((0, 0), (1, 1)), "at least 3 corners"),
        (((0, 0), (1.2, 0), (1, 1)), "outside the picture"),
        (((0, 0), (1, 1), (1, 0), (0, 1)), "crosses itself"),
        (((0, 0), (0.5, 0.5), (1, 1)), "on one line"),
    ],
)
def test_an_area_that_cannot_be_is_refused(points: tuple[tuple[float, float], ...], message: str) -> None:
    with pytest.raises(SceneInvalid, match=message):
        Area(points)


def test_two_places_of_one_name_are_refused() -> None:
    with pytest.raises(SceneInvalid, match="two places"):
        Scene("c", (Desk("a", "A", LEFT), Desk("a", "B", RIGHT)))


def test_a_counter_of_unknown_desks_is_refused() -> None:
    with pytest.raises(SceneInvalid, match="its desks are: a"):
        Scene("c", (Desk("a", "A", LEFT),), counters=(CounterGroup("k", "K", ("b",)),))


@given(st.floats(0, 0.999), st.floats(0, 0.999))
def test_two_halves_share_no_point_and_miss_none(x: float, y: float) -> None:
    assert LEFT.contains(x, y) != RIGHT.contains(x, y)


@given(
    st.tuples(*[st.tuples(st.floats(0, 1), st.floats(0, 1))] * 3),
    st.floats(0.01, 0.98),
    st.floats(0.01, 0.98),
)
def test_the_middle_of_a_triangle_is_inside(corners: tuple[tuple[float, float], ...], u: float, v: float) -> None:
    try:
        area = Area(corners)
    except SceneInvalid:
        return
    if (
        abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True)))
        < 1e-3
    ):
        return
    weights = (u * v, u * (1 - v), 1 - u)
    x = sum(w * c[0] for w, c in zip(weights, corners, strict=True))
    y = sum(w * c[1] for w, c in zip(weights, corners, strict=True))
    assert area.contains(x, y)


def test_a_person_is_placed_by_the_middle_of_the_box_and_the_feet() -> None:
    scene = Scene(
        "c",
        (Desk("desk", "Desk", Area.rectangle(0, 0, 0.5, 0.6)),),
        (Zone("hall", "Hall", ZoneKind.PUBLIC, Area.rectangle(0, 0.6, 1, 1)),),
    )
    boxes = tracks((10, 10, 30, 58), (60, 50, 80, 100), (10, 10, 30, 80))
    sitter, citizen, leaning = place_visitors(boxes, scene, (100, 100))
    assert ("desk", True) == (sitter.desk_id, sitter.is_staff_place)
    assert ("desk", False) == (leaning.desk_id, leaning.is_staff_place)
    assert (None, "hall", False) == (citizen.desk_id, citizen.zone_id, citizen.is_staff_place)


def test_in_doubt_a_person_is_a_citizen() -> None:
    scene = Scene(
        "c",
        zones=(
            Zone("office", "Office", ZoneKind.STAFF, Area.rectangle(0, 0, 1, 1)),
            Zone("hall", "Hall", ZoneKind.PUBLIC, Area.rectangle(0, 0.5, 1, 1)),
        ),
    )
    (person,) = place_visitors(tracks((10, 10, 30, 90)), scene, (100, 100))
    assert not person.is_staff_place


def test_a_desk_behind_a_standing_person_is_unknown() -> None:
    scene = Scene("c", (Desk("desk", "Desk", Area.rectangle(0, 0, 0.5, 0.5)),))
    observer = PresenceObserver(scene)

    def ask(*boxes: tuple[float, float, float, float]) -> tuple[Answer, Why | None]:
        visitors = place_visitors(tracks(*boxes), scene, (100, 100))
        (answer,) = observer.observe(visitors, camera_id=CAMERA, run_id=RUN, at=at(0))
        return answer.answer, answer.why

    sitter, in_front = (20, 20, 40, 60), (15, 15, 45, 99)
    assert (Answer.NO, None) == ask(in_front)  # nobody was ever seen there: nobody is hidden
    assert (Answer.YES, None) == ask(sitter)
    assert (Answer.UNKNOWN, Why.COVERED) == ask(in_front)
    assert (Answer.NO, None) == ask()


def test_a_camera_that_is_not_fit_says_nothing_of_any_desk() -> None:
    observer = PresenceObserver(Scene("c", (Desk("desk", "Desk", LEFT),)))
    (answer,) = observer.admit(CAMERA, RUN, at=at(0), why=Why.NO_PICTURE)
    assert (Answer.UNKNOWN, Why.NO_PICTURE) == (answer.answer, answer.why)
