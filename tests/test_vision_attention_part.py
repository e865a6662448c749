"""Which part of a picture is asked about: it holds what changed, and cuts nobody who is known."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vision.attention.part import APART, MARGIN, part_around
from vision.types import Box, FloatArray

SIZE_PX = (1280, 720)
PARTS = [(512, 720), (896, 720)]


def boxes(*known: Box) -> FloatArray:
    return np.array(known, dtype=np.float32).reshape(-1, 4)


def test_a_hand_that_moves_is_asked_about_with_its_person() -> None:
    part = part_around((0.30, 0.50, 0.32, 0.55), boxes((300, 200, 500, 700), (900, 200, 1100, 700)), SIZE_PX, PARTS)
    assert part is not None
    assert (512, 720) == (part[2] - part[0], part[3] - part[1])
    assert part[0] <= 284 and part[2] >= 516


def test_at_the_picture_s_edge_a_part_stays_in_it() -> None:
    assert (0, 0, 512, 720) == part_around((0.0, 0.5, 0.05, 0.6), boxes(), SIZE_PX, PARTS)
    assert (768, 0, 1280, 720) == part_around((0.97, 0.5, 1.0, 0.6), boxes(), SIZE_PX, PARTS)


def test_two_who_stand_together_need_a_larger_part() -> None:
    both = boxes((300, 200, 600, 700), (560, 200, 900, 700))
    part = part_around((0.30, 0.50, 0.32, 0.55), both, SIZE_PX, PARTS)
    assert part is not None
    assert 896 == part[2] - part[0]


def test_what_changes_everywhere_fits_no_part() -> None:
    assert None is part_around((0.1, 0.1, 0.9, 0.9), boxes(), SIZE_PX, PARTS)
    assert None is part_around((0.1, 0.1, 0.2, 0.2), boxes(), SIZE_PX, [])


def test_a_part_of_an_upright_picture_spans_its_width() -> None:
    assert (0, 744, 720, 1256) == part_around((0.4, 0.75, 0.6, 0.8125), boxes(), (720, 1280), [(720, 512)])


side = st.floats(0, 1, width=32)
spans = st.tuples(side, side).map(sorted).filter(lambda span: span[1] - span[0] > 0.001)
areas = st.tuples(spans, spans).map(lambda both: (both[0][0], both[1][0], both[0][1], both[1][1]))


@given(areas, st.lists(areas, max_size=6))
def test_a_part_holds_what_changed_and_of_everybody_all_or_nothing(changed: Box, known: list[Box]) -> None:
    known_px = boxes(*((b[0] * 1280, b[1] * 720, b[2] * 1280, b[3] * 720) for b in known))
    part = part_around(changed, known_px, SIZE_PX, PARTS)
    if part is None:
        # even the larger part is too narrow for what changed with all whom it touches
        assert needed_px(changed, known_px) > PARTS[-1][0]
        return
    left, top, right, bottom = part
    assert 0 <= left and 0 <= top and right <= 1280 and bottom <= 720
    assert (right - left, bottom - top) in PARTS
    margin = MARGIN * 1280
    assert left <= max(changed[0] * 1280 - margin, 0) + 1 and right >= min(changed[2] * 1280 + margin, 1280) - 1
    apart = APART * 1280
    for x1, _, x2, _ in known_px.tolist():
        is_in = left <= max(x1 - apart, 0) + 1 and right >= min(x2 + apart, 1280) - 1
        assert is_in or x2 <= left or x1 >= right, (part, (x1, x2))


def needed_px(changed: Box, known_px: FloatArray) -> float:
    """Oracle: the width of the narrowest strip around what changed that cuts nobody, with the largest part laid
    wherever it may lie."""
    width = PARTS[-1][0]
    low, high = max(changed[0] * 1280 - MARGIN * 1280, 0), min(changed[2] * 1280 + MARGIN * 1280, 1280)
    apart = APART * 1280
    while True:
        middle = min(max((low + high - width) / 2, 0), 1280 - width)
        cut = [
            (max(x1 - apart, 0), min(x2 + apart, 1280))
            for x1, _, x2, _ in known_px.tolist()
            if x1 - apart < middle + width + 1 and x2 + apart > middle - 1
        ]
        wider = min([low, *(x1 for x1, _ in cut)]), max([high, *(x2 for _, x2 in cut)])
        if wider == (low, high) or wider[1] - wider[0] > width:
            return wider[1] - wider[0] if wider != (low, high) else high - low
        low, high = wider
