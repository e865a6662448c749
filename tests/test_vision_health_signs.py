"""What one picture says of each fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stories import at, s
from vision.errors import InvalidFact
from vision.health.signs import Marks, PictureMeasures, Sign, View, read_signs
from vision.types import FaultKind

GOOD = PictureMeasures(
    at(60), luma_mean=110.0, contrast=45.0, texture=1.0, sharpness=1.0, likeness=0.9, view=View(0.0, 0.9)
)


def faulty(measures: PictureMeasures) -> set[FaultKind]:
    """The faults that a picture speaks for."""
    found = read_signs(measures, Marks())
    return {kind for kind, finding in found.items() if finding.sign is Sign.FAULTY}


def test_a_good_picture_is_normal_in_everything() -> None:
    assert {Sign.NORMAL} == {finding.sign for finding in read_signs(GOOD, Marks()).values()}


@pytest.mark.parametrize(
    ("measures", "kinds"),
    [
        (replace(GOOD, contrast=0.3, texture=0.0, sharpness=None), {FaultKind.COVERED}),
        (replace(GOOD, luma_mean=2.0, contrast=0.2, texture=0.0, sharpness=None), {FaultKind.COVERED}),
        (replace(GOOD, contrast=15.0, texture=0.0, sharpness=None, likeness=0.1), {FaultKind.COVERED}),
        (replace(GOOD, luma_mean=7.0, contrast=2.2, texture=0.0, sharpness=None), {FaultKind.DARK}),
        (replace(GOOD, sharpness=0.25, view=None), {FaultKind.BLURRED}),
        # a hand before the lens: a little contrast is left, nothing of the room
        (replace(GOOD, contrast=5.5, texture=0.0, sharpness=None, likeness=0.05), {FaultKind.COVERED}),
        # out of focus, with some texture left: no half covered lens
        (replace(GOOD, texture=0.1, sharpness=0.25, likeness=0.9), {FaultKind.BLURRED}),
        # out of focus beyond measure, not covered: of two noises any ratio may come
        (replace(GOOD, texture=0.0, sharpness=None, likeness=0.9), {FaultKind.BLURRED}),
        (replace(GOOD, texture=0.02, sharpness=1.4, likeness=0.9), {FaultKind.BLURRED}),
        (replace(GOOD, still_for=s(12)), {FaultKind.FROZEN}),
        (replace(GOOD, view=View(0.03, 0.2)), {FaultKind.MOVED}),
        (replace(GOOD, view=View(None, 0.02)), {FaultKind.MOVED}),
    ],
)
def test_each_fault_has_its_sign(measures: PictureMeasures, kinds: set[FaultKind]) -> None:
    assert kinds == faulty(measures)


@pytest.mark.parametrize(
    "measures",
    [
        replace(GOOD, view=View(0.009, 0.3)),  # the mount sags
        replace(GOOD, view=View(0.3, 0.7)),  # features were mistaken for others: most blocks are in place
        replace(GOOD, view=View(None, 0.5)),
        replace(GOOD, luma_mean=20.0, contrast=6.0),
        replace(GOOD, still_for=s(9)),
    ],
)
def test_what_is_no_fault(measures: PictureMeasures) -> None:
    assert set() == faulty(measures)


def test_nothing_is_said_of_what_another_fault_hides() -> None:
    black = replace(GOOD, luma_mean=1.0, contrast=0.1, still_for=s(20), view=View(None, 0.0))
    found = read_signs(black, Marks())
    hidden = (FaultKind.DARK, FaultKind.BLURRED, FaultKind.FROZEN, FaultKind.MOVED)
    assert [Sign.UNCLEAR] * 4 == [found[kind].sign for kind in hidden]


def test_without_a_reference_only_light_and_stillness_are_told() -> None:
    bare = replace(GOOD, texture=None, sharpness=None, likeness=None, view=None)
    found = {kind: finding.sign for kind, finding in read_signs(bare, Marks()).items()}
    assert {
        FaultKind.COVERED: Sign.NORMAL,
        FaultKind.DARK: Sign.NORMAL,
        FaultKind.BLURRED: Sign.UNCLEAR,
        FaultKind.FROZEN: Sign.NORMAL,
    } == found


def test_marks_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InvalidFact, match=r"Marks.luma: wanted 0 <= faulty < normal, got 16.0 and 12.0"):
        Marks(luma=(16.0, 12.0))
    with pytest.raises(InvalidFact, match=r"Marks.displacement"):
        Marks(displacement=(0.01, 0.02))
