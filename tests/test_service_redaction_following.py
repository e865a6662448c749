"""Areas through time: who is missed for some frames is covered in them all the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.redaction.following import (
    BRIDGED_S,
    EXTENDED_S,
    GROWTH_PER_S,
    STILL_S,
    Sights,
    Track,
    covered_px,
    followed_px,
    link,
)
from service.redaction.heads import head_areas_px, likely_heads_px
from vision.types import Box, FloatArray

SIZE_PX = (640, 360)
RATE_FPS = 10.0


def clip(frames: list[list[tuple[Box, float]]], rate_fps: float = RATE_FPS) -> list[Sights]:
    return [
        Sights(
            f / rate_fps,
            np.array([box for box, _ in seen], np.float32).reshape(-1, 4),
            np.array([score for _, score in seen], np.float32),
        )
        for f, seen in enumerate(frames)
    ]


def standing(x: float, y: float = 100, height: float = 120) -> Box:
    return x - height / 6, y, x + height / 6, y + height


def all_covered(sights: list[Sights]) -> list[list[FloatArray]]:
    """The areas of each frame."""
    times_s = [one.at_s for one in sights]
    areas: list[list[FloatArray]] = [[] for _ in sights]
    for track in link(sights, SIZE_PX):
        for f, area in covered_px(track, times_s, SIZE_PX).items():
            areas[f].append(area)
    return areas


def share_under(box: FloatArray, areas: list[FloatArray]) -> float:
    mask = np.zeros((SIZE_PX[1], SIZE_PX[0]), dtype=bool)
    for left, top, right, bottom in areas:
        mask[int(np.ceil(top)) : int(bottom), int(np.ceil(left)) : int(right)] = True
    inside = mask[round(float(box[1])) : round(float(box[3])), round(float(box[0])) : round(float(box[2]))]
    return float(inside.mean()) if inside.size else 1.0


def test_somebody_who_walks_is_one_track() -> None:
    tracks = link(clip([[(standing(100 + 6 * f), 0.8)] for f in range(40)]), SIZE_PX)
    assert [tuple(range(40))] == [track.frames for track in tracks]


def test_two_who_stand_apart_are_two_tracks() -> None:
    tracks = link(clip([[(standing(100), 0.8), (standing(400), 0.7)] for _ in range(10)]), SIZE_PX)
    assert [100.0, 400.0] == sorted(float(t.persons_px[0][[0, 2]].mean()) for t in tracks)


def test_every_sight_belongs_to_exactly_one_track() -> None:
    sights = clip([[(standing(100 + 30 * i + f), 0.3) for i in range(f % 4)] for f in range(20)])
    members = [(f, i) for t in link(sights, SIZE_PX) for f, i in zip(t.frames, t.indices, strict=True)]
    assert sorted((f, i) for f, one in enumerate(sights) for i in range(len(one))) == sorted(members)


def test_somebody_missed_for_a_second_while_walking_is_covered_all_along() -> None:
    path = [standing(100 + 8 * f) for f in range(40)]
    areas = all_covered(clip([[] if 12 <= f < 22 else [(path[f], 0.8)] for f in range(40)]))
    for f in range(40):
        head = likely_heads_px(np.array([path[f]], np.float32))[0]
        assert 1.0 == share_under(head, areas[f]), f


def test_somebody_is_covered_before_the_first_sight_and_after_the_last() -> None:
    path = [standing(100 + 8 * f) for f in range(50)]
    areas = all_covered(clip([[(path[f], 0.8)] if 15 <= f < 35 else [] for f in range(50)]))
    for f in (*range(6, 15), *range(35, 44)):
        head = likely_heads_px(np.array([path[f]], np.float32))[0]
        assert share_under(head, areas[f]) >= 0.99, f
    assert [] == areas[3] == areas[47]


def test_somebody_who_sits_still_when_first_and_last_seen_is_covered_from_start_to_end() -> None:
    areas = all_covered(clip([[(standing(300), 0.8)] if 40 <= f < 60 else [] for f in range(100)]))
    assert list(range(100)) == [f for f in range(100) if areas[f]]


def test_a_doubtful_second_box_does_not_lead_to_a_neighbour() -> None:
    """Seen in a clip: a weak box beside a pupil became, by nearness alone, the girl next to her."""
    beside, neighbour = (standing(130), 0.06), (standing(165), 0.8)
    tracks = link(clip([[beside] if f < 10 else [neighbour] for f in range(20)]), SIZE_PX)
    assert [(0.06, 0), (0.8, 10)] == [(round(float(t.score.max()), 2), t.frames[0]) for t in tracks]


def test_one_doubtful_sight_covers_only_a_moment() -> None:
    areas = all_covered(clip([[(standing(300), 0.06)] if f == 20 else [] for f in range(40)]))
    assert list(range(17, 24)) == [f for f in range(40) if areas[f]]


def test_an_outage_longer_than_the_bridge_makes_two_tracks() -> None:
    sights = clip([[(standing(100), 0.8)]] * 5 + [[]] * (int(BRIDGED_S * RATE_FPS) + 1) + [[(standing(100), 0.8)]] * 5)
    assert 2 == len(link(sights, SIZE_PX))


@dataclass(frozen=True)
class Walk:
    """A person of a made-up clip: constant speed, and the frames in which a detector misses them."""

    boxes: list[Box]
    missed: frozenset[int]


@st.composite
def walks(draw: st.DrawFn) -> list[Walk]:
    frames = draw(st.integers(2, 50))
    people = []
    for row in range(draw(st.integers(1, 3))):
        x, speed = draw(st.floats(80, 560)), draw(st.floats(-8, 8))
        missed: set[int] = set()
        for start in draw(st.lists(st.integers(0, frames), max_size=3)):
            missed |= set(range(start, start + draw(st.integers(1, 6))))
        boxes = [standing(float(np.clip(x + speed * f, 40, 600)), 10 + 115 * row, 100) for f in range(frames)]
        people.append(Walk(boxes, frozenset(missed)))
    return people


@given(walks())
def test_every_frame_between_first_and_last_sight_is_covered(people: list[Walk]) -> None:
    """The oracle is the world itself: where each person really was, seen or missed."""
    frames = len(people[0].boxes)
    sights = clip([[(p.boxes[f], 0.6) for p in people if f not in p.missed] for f in range(frames)])
    areas = all_covered(sights)
    for person in people:
        seen = [f for f in range(frames) if f not in person.missed]
        for f in range(seen[0], seen[-1] + 1) if seen else []:
            head = likely_heads_px(np.array([person.boxes[f]], np.float32))[0]
            assert share_under(head, areas[f]) >= 0.9, f


@given(
    frames=st.sets(st.integers(0, 60), min_size=1, max_size=12),
    places=st.lists(st.floats(0, 600), min_size=12, max_size=12),
    steps=st.lists(st.floats(0.01, 0.4), min_size=61, max_size=61),
)
def test_a_track_has_an_area_in_every_frame_from_before_its_first_sight_to_after_its_last(
    frames: set[int], places: list[float], steps: list[float]
) -> None:
    """Whatever the jumps and the times of the frames: no frame between is left out, and the ends are held."""
    order = tuple(sorted(frames))
    times_s = [float(t) for t in np.cumsum(steps)]
    persons = np.array([standing(places[i]) for i in range(len(order))], dtype=np.float32)
    track = Track(
        order, (0,) * len(order), persons, np.full(len(order), 0.9, np.float32), head_areas_px(persons, SIZE_PX)
    )
    found = covered_px(track, times_s, SIZE_PX)
    away_s = {f: max(times_s[order[0]] - times_s[f], times_s[f] - times_s[order[-1]]) for f in range(61)}
    assert {f for f in range(61) if away_s[f] <= EXTENDED_S} <= set(found)
    assert set(found) <= {f for f in range(61) if away_s[f] <= STILL_S + 1e-5}
    for k, f in enumerate(order):
        assert np.array_equal(track.areas_px[k], found[f])


def test_what_is_supposed_grows_with_the_time_since_it_was_seen() -> None:
    boxes = np.array([(100, 100, 140, 140), (100, 100, 140, 140)], np.float32)
    found = followed_px((0, 20), boxes, [f / 10 for f in range(21)], extended_s=0.0)
    widths = [float(found[f][2] - found[f][0]) for f in range(21)]
    assert widths == widths[::-1]
    assert sorted(widths[:11]) == widths[:11]
    assert 40.0 * (1.0 + 2.0 * GROWTH_PER_S) == widths[10]
