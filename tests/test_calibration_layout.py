"""Places of a scene that contradict one another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.layout import LayoutFaultKind, layout_faults, shared_share
from calibration.scene import Area, Desk, Lens, Line, Mask, PictureShape, Scene, SceneInvalid, Zone, ZoneKind

LEFT, RIGHT = Area.rectangle(0, 0, 0.5, 1), Area.rectangle(0.5, 0, 1, 1)
MOST = Area.rectangle(0.1, 0, 0.9, 1)


def kinds(scene: Scene) -> list[LayoutFaultKind]:
    return [fault.kind for fault in layout_faults(scene)]


def test_desks_side_by_side_are_good() -> None:
    assert [] == kinds(Scene("c", (Desk("a", "A", LEFT), Desk("b", "B", RIGHT))))


def test_desks_on_one_spot_are_named_with_their_share() -> None:
    (fault,) = layout_faults(Scene("c", (Desk("a", "A", LEFT), Desk("b", "B", MOST))))
    assert (LayoutFaultKind.DESKS_OVERLAP, ("b", "a")) == (fault.kind, fault.place_ids)
    assert 0.8 == pytest.approx(fault.share)
    assert "desks 'b' and 'a' share 80 %" in str(fault)


def test_a_no_smoking_room_that_is_public_is_a_contradiction() -> None:
    room, public = Zone("r", "R", ZoneKind.NO_SMOKING, LEFT), Zone("p", "P", ZoneKind.PUBLIC, MOST)
    assert [LayoutFaultKind.JUDGED_AND_NOT] == kinds(Scene("c", zones=(room, public)))


def test_a_staff_zone_may_hold_a_public_part() -> None:
    staff, public = Zone("s", "S", ZoneKind.STAFF, MOST), Zone("p", "P", ZoneKind.PUBLIC, RIGHT)
    assert [] == kinds(Scene("c", zones=(staff, public)))


def test_a_desk_behind_a_mask_is_a_contradiction() -> None:
    scene = Scene("c", (Desk("a", "A", LEFT),), masks=(Mask("m", "M", MOST),))
    assert [LayoutFaultKind.MASKED] == kinds(scene)


@given(*(st.floats(0, 0.6) for _ in range(4)), *(st.floats(0.05, 0.4) for _ in range(4)))
def test_the_share_of_two_rectangles_is_the_one_worked_out_by_hand(
    ax: float, ay: float, bx: float, by: float, aw: float, ah: float, bw: float, bh: float
) -> None:
    width = max(0.0, min(ax + aw, bx + bw) - max(ax, bx))
    height = max(0.0, min(ay + ah, by + bh) - max(ay, by))
    share = shared_share(Area.rectangle(ax, ay, ax + aw, ay + ah), Area.rectangle(bx, by, bx + bw, by + bh))
    assert width * height / min(aw * ah, bw * bh) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Line("l", "L", (0.5, 0.5), (0.505, 0.5)), "shorter than"),
        (lambda: Line("l", "L", (0.5, 0.5), (1.5, 0.5)), "outside the picture"),
        (lambda: Lens(0.0), "focal length above 0"),
        (lambda: Lens(float("nan")), "finite"),
        (lambda: PictureShape(0, 720), "above 0"),
        (lambda: Scene("c", (Desk("a", "A", LEFT),), lines=(Line("a", "L", (0, 0), (1, 1)),)), "two places"),
    ],
)
def test_what_cannot_be_is_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(SceneInvalid, match=message):
        make()


@pytest.mark.parametrize(
    ("size", "fits"), [((1280, 720), True), ((640, 360), True), ((1920, 1088), True), ((640, 480), False)]
)
def test_a_scene_fits_pictures_of_its_own_aspect(size: tuple[int, int], fits: bool) -> None:
    assert fits == PictureShape(1280, 720).fits(*size)
