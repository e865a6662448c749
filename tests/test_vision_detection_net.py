"""How the raw output of a net is read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.detection.net import check_input, decode_boxes
from vision.errors import InvalidFact
from vision.types import FloatArray

CLASSES = 6


def raw_of(seed: int, count: int) -> FloatArray:
    """A raw output (4 + classes, N) of boxes here and there."""
    chance = np.random.default_rng(seed)
    centres, sizes = chance.uniform(0, 200, (2, count)), chance.uniform(1, 120, (2, count))
    # few values, so that classes tie
    scores = chance.integers(0, 20, (CLASSES, count)) / 20
    return np.concatenate([centres, sizes, scores]).astype(np.float32)


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(0, 60),
    keep=st.none() | st.lists(st.integers(0, CLASSES - 1), min_size=1, max_size=CLASSES, unique=True).map(sorted),
    score_min=st.sampled_from([0.05, 0.3, 0.9]),
)
def test_only_the_kept_classes_count(seed: int, count: int, keep: list[int] | None, score_min: float) -> None:
    raw = raw_of(seed, count)
    silenced = raw.copy()
    for kind in range(CLASSES):
        if keep is not None and kind not in keep:
            silenced[4 + kind] = 0.0
    xyxy, score, class_id = decode_boxes(raw, score_min=score_min, iou_max=0.5, keep_classes=keep)
    plain_xyxy, plain_score, plain_class = decode_boxes(silenced, score_min=score_min, iou_max=0.5)
    assert np.array_equal(plain_xyxy, xyxy)
    assert np.array_equal(plain_score, score)
    assert np.array_equal(plain_class, class_id)


@given(seed=st.integers(0, 10_000), count=st.integers(0, 60))
def test_each_box_has_its_strongest_class_and_the_weak_are_left_out(seed: int, count: int) -> None:
    raw = raw_of(seed, count)
    # with an overlap of more than all, none is suppressed
    xyxy, score, class_id = decode_boxes(raw, score_min=0.47, iou_max=1.0)
    wanted = sorted(
        (float(column[4:].max()), int(column[4:].argmax()), float(column[0] - column[2] / 2))
        for column in raw.T
        if column[4:].max() >= 0.47
    )
    found = sorted(zip(score.tolist(), class_id.tolist(), xyxy[:, 0].tolist(), strict=True))
    assert [each[:2] for each in wanted] == [each[:2] for each in found]
    assert np.allclose([each[2] for each in wanted], [each[2] for each in found], atol=1e-3)


def test_a_picture_of_another_size_is_refused() -> None:
    check_input(np.zeros((64, 32, 3), np.uint8), (64, 32))
    with pytest.raises(InvalidFact, match=r"wanted a picture \(64, 32, 3\) uint8, got \(32, 64, 3\) uint8"):
        check_input(np.zeros((32, 64, 3), np.uint8), (64, 32))
