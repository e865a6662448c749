"""The judge of redacted pictures: what counts as a head left visible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.evaluate.errors import EvaluationInvalid
from models.evaluate.redaction import (
    CenterFace,
    Seen,
    Verdict,
    follow_subject,
    judge,
    judged_heads_px,
    mask_of,
    shares_covered,
)
from vision.types import FloatArray

SIZE_PX = (640, 360)
NOBODY = np.zeros((0, 4), dtype=np.float32)


def boxes(*xyxy: tuple[float, float, float, float]) -> FloatArray:
    return np.array(xyxy, dtype=np.float32).reshape(-1, 4)


PERSON = boxes((100, 100, 160, 260))
HEAD = boxes((100, 100, 160, 132))
FACE = boxes((120, 106, 140, 128))


def test_the_head_of_somebody_upright_is_the_upper_fifth_and_more_of_somebody_cut_off() -> None:
    assert HEAD.tolist() == judged_heads_px(PERSON).tolist()
    assert [[100, 100, 160, 124]] == judged_heads_px(boxes((100, 100, 160, 150))).tolist()


@pytest.mark.parametrize(("right", "visible"), [(160, 0), (155, 0), (150, 1), (100, 1)])
def test_a_head_is_hidden_where_nine_tenths_of_it_are_covered(right: float, visible: int) -> None:
    mask = mask_of(boxes((100, 100, right, 140)), SIZE_PX)
    assert Verdict(heads=1, heads_visible=visible) == judge(Seen(PERSON, NOBODY, NOBODY), mask)


def test_two_areas_may_cover_a_head_together() -> None:
    mask = mask_of(boxes((90, 90, 130, 140), (130, 90, 170, 140)), SIZE_PX)
    assert judge(Seen(PERSON, NOBODY, NOBODY), mask).is_clean


def test_a_pixel_counts_only_where_all_of_it_is_painted() -> None:
    assert 0 == mask_of(boxes((10.5, 10.5, 11.4, 12.0)), SIZE_PX).sum()


def test_what_is_out_of_the_picture_needs_no_cover() -> None:
    assert [1.0] == shares_covered(boxes((-50, -50, -5, -5)), mask_of(NOBODY, SIZE_PX)).tolist()


def test_a_face_that_is_not_covered_is_visible_though_no_body_was_found() -> None:
    verdict = judge(Seen(NOBODY, FACE, NOBODY), mask_of(NOBODY, SIZE_PX))
    assert (1, 1, False) == (verdict.faces, verdict.faces_visible, verdict.is_clean)


def test_a_face_found_through_the_cover_is_visible() -> None:
    mask = mask_of(boxes((90, 90, 170, 170)), SIZE_PX)
    assert Verdict(faces=1, faces_found=1) == judge(Seen(NOBODY, FACE, FACE + 2), mask)


def test_a_face_found_where_there_was_none_before_is_nobodys() -> None:
    mask = mask_of(boxes((90, 90, 170, 170)), SIZE_PX)
    assert judge(Seen(NOBODY, FACE, boxes((300, 100, 320, 122))), mask).is_clean


def test_the_subject_may_be_visible_and_a_second_face_in_the_subjects_box_may_not() -> None:
    nothing = mask_of(NOBODY, SIZE_PX)
    assert judge(Seen(PERSON, FACE, FACE), nothing, PERSON[0]).is_clean
    neighbour = boxes((140, 200, 158, 220))
    verdict = judge(Seen(PERSON, np.concatenate([neighbour, FACE]), NOBODY), nothing, PERSON[0])
    assert Verdict(faces=1, faces_visible=1) == verdict


def test_a_neighbour_is_not_the_subject() -> None:
    both = np.concatenate([PERSON, PERSON + np.float32([30, 0, 30, 0])])
    verdict = judge(Seen(both, NOBODY, NOBODY), mask_of(NOBODY, SIZE_PX), PERSON[0])
    assert (1, 1) == (verdict.heads, verdict.heads_visible)


def test_the_subject_is_followed_both_ways_until_it_is_gone_for_half_a_second() -> None:
    paths = [boxes((100 + 3 * f, 100, 160 + 3 * f, 260)) if 5 <= f < 20 or f > 27 else NOBODY for f in range(40)]
    found = follow_subject(paths, [f / 10 for f in range(40)], start=12, box_px=paths[12][0])
    assert list(range(5, 20)) == [f for f, box in enumerate(found) if box is not None]


def test_a_missing_face_net_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"none\.onnx"):
        CenterFace(tmp_path / "none.onnx")
