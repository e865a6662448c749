"""Who stays visible; whoever might be somebody else is hidden."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.scene import Area, Desk, Scene, Zone, ZoneKind
from service.redaction.following import Sights, link
from service.redaction.modes import Mode, SubjectSight, frames_shown
from tests.test_service_redaction_following import RATE_FPS, SIZE_PX, clip, standing
from vision.types import Box

SCENE = Scene(
    "hall",
    desks=(Desk("desk", "Desk", Area.rectangle(0.05, 0.2, 0.35, 0.7)),),
    zones=(
        Zone("behind", "Behind", ZoneKind.STAFF, Area.rectangle(0.0, 0.5, 0.4, 1.0)),
        Zone("hall", "Hall", ZoneKind.PUBLIC, Area.rectangle(0.5, 0.3, 0.9, 1.0)),
    ),
)


def shown(
    sights: list[Sights], mode: Mode, subject: SubjectSight | None = None, scene: Scene | None = SCENE
) -> dict[int, frozenset[int]]:
    """By the place (x of the first sight, rounded) of each track, the frames in which that person stays visible."""
    tracks = link(sights, SIZE_PX)
    times_s = [one.at_s for one in sights]
    found = frames_shown(mode, tracks, times_s, scene=scene, size_px=SIZE_PX, subject=subject)
    return {round(float(t.persons_px[0][[0, 2]].mean())): f for t, f in zip(tracks, found, strict=True)}


def at_frame(frame: int, box: Box) -> SubjectSight:
    return SubjectSight(frame / RATE_FPS, box)


ALL = frozenset(range(30))
NONE: frozenset[int] = frozenset()
TWO_APART = clip([[(standing(100), 0.8), (standing(400), 0.8)] for _ in range(30)])


def test_nobody_stays_visible_when_everybody_is_hidden() -> None:
    assert {100: NONE, 400: NONE} == shown(TWO_APART, Mode.EVERYONE, at_frame(10, standing(100)))


def test_only_the_subject_stays_visible() -> None:
    assert {100: NONE, 400: ALL} == shown(TWO_APART, Mode.ALL_BUT_SUBJECT, at_frame(10, standing(402)))


@pytest.mark.parametrize("subject", [None, at_frame(10, standing(250)), SubjectSight(9.0, standing(100))])
def test_without_a_subject_to_be_sure_of_everybody_is_hidden(subject: SubjectSight | None) -> None:
    assert {100: NONE, 400: NONE} == shown(TWO_APART, Mode.ALL_BUT_SUBJECT, subject)


def test_a_cigarette_in_somebodys_hand_names_the_subject() -> None:
    hand = (396.0, 130.0, 404.0, 134.0)
    assert {100: NONE, 400: ALL} == shown(TWO_APART, Mode.ALL_BUT_SUBJECT, at_frame(10, hand))


def test_a_thing_between_two_people_who_overlap_names_neither() -> None:
    sights = clip([[(standing(400), 0.8), (standing(425), 0.8)] for _ in range(30)])
    hand = (408.0, 130.0, 414.0, 134.0)
    assert {400: NONE, 425: NONE} == shown(sights, Mode.ALL_BUT_SUBJECT, at_frame(10, hand))


def test_a_box_that_fits_two_people_names_neither() -> None:
    sights = clip([[(standing(400), 0.8), (standing(412), 0.8)] for _ in range(30)])
    assert {400: NONE, 412: NONE} == shown(sights, Mode.ALL_BUT_SUBJECT, at_frame(10, standing(406)))


def test_the_subject_is_hidden_from_where_it_meets_somebody_else() -> None:
    """Two who cross may be taken for one another: from there on, away from the subject's moment, both are hidden."""
    paths = [[(standing(100 + 10 * f), 0.8), (standing(400 - 10 * f, 104), 0.8)] for f in range(30)]
    found = shown(clip(paths), Mode.ALL_BUT_SUBJECT, at_frame(3, standing(130)))
    assert frozenset(range(14)) <= found[100] | {13}
    assert max(found[100]) < 16
    assert NONE == found[400]


def test_a_subject_gone_for_a_second_is_hidden_when_somebody_comes_back() -> None:
    sights = clip([[] if 10 <= f < 20 else [(standing(100), 0.8)] for f in range(30)])
    assert {100: frozenset(range(10))} == shown(sights, Mode.ALL_BUT_SUBJECT, at_frame(5, standing(100)))


def test_a_weak_second_box_around_the_subjects_head_is_the_subject() -> None:
    sights = clip([[(standing(100), 0.8), (standing(101, 102, 110), 0.1)] for _ in range(30)])
    assert {100: ALL, 101: ALL} == shown(sights, Mode.ALL_BUT_SUBJECT, at_frame(5, standing(100)))


def test_somebody_who_passes_behind_the_subject_is_hidden() -> None:
    sights = clip([[(standing(300), 0.8), (standing(60 + 16 * f, 60, 140), 0.8)] for f in range(30)])
    assert NONE == shown(sights, Mode.ALL_BUT_SUBJECT, at_frame(2, standing(300)))[60]


def test_only_who_was_at_a_desk_all_the_time_is_staff() -> None:
    sights = clip([[(standing(130), 0.8), (standing(300 - 4 * f), 0.8), (standing(400), 0.8)] for f in range(30)])
    assert {130: ALL, 300: NONE, 400: NONE} == shown(sights, Mode.STAFF_ONLY, at_frame(5, standing(400)))


def test_doubtful_boxes_are_never_staff() -> None:
    assert {130: NONE} == shown(clip([[(standing(130), 0.1)] for _ in range(30)]), Mode.STAFF_ONLY)


def test_whoever_was_once_among_the_citizens_is_hidden_from_start_to_end() -> None:
    sights = clip([[(standing(130), 0.8), (standing(440 - 6 * f), 0.8)] for f in range(30)])
    found = shown(sights, Mode.CITIZENS_ALWAYS, at_frame(5, standing(440)))
    assert {130: ALL, 440: NONE} == found


def test_who_is_neither_staff_nor_citizen_stays_visible_only_where_citizens_alone_are_hidden() -> None:
    sights = clip([[(standing(610), 0.8)] for _ in range(30)])
    assert {610: ALL} == shown(sights, Mode.CITIZENS_ALWAYS)
    assert {610: NONE} == shown(sights, Mode.STAFF_ONLY)


def test_whose_feet_are_out_of_the_picture_may_be_a_citizen() -> None:
    sights = clip([[(standing(610, 250, 110), 0.8)] for _ in range(30)])
    assert {610: NONE} == shown(sights, Mode.CITIZENS_ALWAYS)


def test_without_a_scene_nobody_is_known_to_be_staff() -> None:
    assert {100: NONE, 400: NONE} == shown(TWO_APART, Mode.STAFF_ONLY, scene=None)


def test_a_track_that_is_not_seen_in_every_frame_is_shown_between_its_sights() -> None:
    sights = clip([[] if f in (7, 8) else [(standing(100), 0.8)] for f in range(30)])
    assert {100: ALL} == shown(sights, Mode.ALL_BUT_SUBJECT, at_frame(5, standing(100)))
    assert np.float32 == sights[0].score.dtype
