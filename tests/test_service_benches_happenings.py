"""Which flags must come in a stream that plays a known clip over and over, and how late they came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.benches.happenings import Due, Flag, Story, delays_s, due_flags

STORY = Story("left_post", "quay-1", start_s=23, opens_after_s=8)


def due_at(starts_s: float, opens_s: float, camera: str = "cam-01") -> Due:
    return Due(camera, "left_post", "quay-1", starts_s, opens_s)


def flag_at(starts_s: float, seen_s: float, camera: str = "cam-01") -> Flag:
    return Flag(camera, "left_post", "quay-1", starts_s, seen_s)


def test_each_pass_of_the_clip_brings_a_flag() -> None:
    due = due_flags("cam-01", [STORY], [100], pass_s=60, window_s=(140, 260))
    assert [due_at(183, 191), due_at(243, 251)] == due


def test_a_stream_that_is_read_anew_begins_anew() -> None:
    due = due_flags("cam-01", [STORY], [100, 125], pass_s=60, window_s=(100, 200))
    assert [due_at(148, 156)] == due


@given(
    plays=st.lists(st.integers(0, 200), min_size=1, max_size=4, unique=True).map(sorted),
    start_s=st.integers(0, 30),
    opens_after_s=st.integers(1, 10),
    begins_s=st.integers(0, 100),
    lasts_s=st.integers(0, 200),
)
def test_second_by_second_the_same_flags_are_due(
    plays: list[int], start_s: int, opens_after_s: int, begins_s: int, lasts_s: int
) -> None:
    window = begins_s, begins_s + lasts_s
    expected = []
    for second in range(*window):
        read_since = max((play for play in plays if play <= second), default=None)
        if read_since is None:
            continue
        into_s = second - read_since - start_s - opens_after_s
        if into_s >= 0 and into_s % 40 == 0:
            expected.append(float(second))
    story = Story("left_post", "quay-1", start_s, opens_after_s)
    due = due_flags("cam-01", [story], plays, pass_s=40, window_s=window)
    assert expected == [each.opens_s for each in due]


def test_a_delay_counts_from_when_the_rule_could_open() -> None:
    assert ([1.5], []) == delays_s([due_at(183, 191)], [flag_at(183.4, 192.5)])


def test_a_flag_of_another_time_or_camera_is_another_flag() -> None:
    due, others = [due_at(183, 191)], [flag_at(187, 196), flag_at(183, 192, "cam-02")]
    assert ([], due) == delays_s(due, others)
