"""Composites: marks lie where things were drawn, and nothing is marked that is no badge."""

import numpy as np
import pytest

pytest.importorskip("cv2")
pytest.importorskip("matplotlib")
pytest.importorskip("PIL")

from models.train.body import Torso, torso_of
from models.train.cards import draw_card
from models.train.compose import Model, compose
from models.train.distractors import ON_CHEST, dress
from models.train.lanyards import CARD, LANYARD, hang_lanyard, pin_card
from models.train.people import Joints

SIDE = 320


def canvas() -> np.ndarray:
    return np.full((SIDE, SIDE, 3), 90, np.uint8)


def torso() -> Torso:
    return Torso(np.array([110.0, 120]), np.array([210.0, 120]), np.array([0.0, 1]), 100 / 0.34, 1.0)


def standing() -> Joints:
    xy = np.zeros((17, 2))
    xy[:3] = [[160, 70], [170, 60], [150, 60]]
    xy[5:13] = [[210, 120], [110, 120], [230, 190], [90, 190], [235, 250], [85, 250], [190, 270], [130, 270]]
    return Joints(xy, np.ones(17))


def test_a_lanyard_hangs_from_the_neck_and_its_card_below_it() -> None:
    for seed in range(20):
        picture, marks = hang_lanyard(canvas(), torso(), np.random.default_rng(seed))
        boxes = dict(marks)
        assert LANYARD in boxes
        assert boxes[LANYARD][1] < 120
        assert (picture != 90).any()
        if CARD in boxes:
            assert boxes[CARD][3] > boxes[LANYARD][3] - 4


def test_a_pinned_card_has_no_lanyard() -> None:
    for seed in range(20):
        _, marks = pin_card(canvas(), torso(), np.random.default_rng(seed))
        assert {CARD} == {kind for kind, _ in marks}


def test_every_distractor_leaves_a_trace() -> None:
    assert 5 == len(ON_CHEST)
    changed = [(dress(canvas(), torso(), np.random.default_rng(seed)) != 90).any() for seed in range(20)]
    assert all(changed)


def test_a_person_seen_from_behind_is_not_dressed() -> None:
    joints = standing()
    joints.xy_px[[5, 6]] = joints.xy_px[[6, 5]]
    assert torso_of(joints) is None


def test_the_same_seed_draws_the_same_composite() -> None:
    model = Model(canvas(), standing(), [], "nobody")
    first, second = (compose(model, np.random.default_rng(5)) for _ in range(2))
    assert first is not None and second is not None
    np.testing.assert_array_equal(first[0], second[0])
    assert first[1] == second[1]


def test_marks_stay_inside_the_photo() -> None:
    photo = canvas()
    photo[230:] = 114
    for seed in range(40):
        drawn = compose(Model(photo, standing(), [], "nobody"), np.random.default_rng(seed))
        if drawn is not None:
            assert (drawn[0][230:] == 114).all()
            assert all(box[3] <= 230 for _, box in drawn[1])


def test_cards_are_opaque_and_of_both_shapes() -> None:
    shapes = set()
    for seed in range(30):
        patch, upright = draw_card(np.random.default_rng(seed))
        assert 4 == patch.shape[2]
        assert patch[patch.shape[0] // 2, patch.shape[1] // 2, 3] == 1
        shapes.add(upright)
    assert {True, False} == shapes
