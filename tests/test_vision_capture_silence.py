"""A camera is silent until pictures come again and go on: what was left in a dead link is none of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.stories import START, at, s
from vision.capture.silence import GOES_ON_FOR_S, PAUSE_SHARE, Silence

AFTER_S = 5.0


@dataclass
class Room:
    """A camera, a clock on the wall that can be set, and a steady one."""

    now_s: float = 0.0
    set_by_s: float = 0.0
    silence: Silence = field(init=False)

    def __post_init__(self) -> None:
        self.silence = Silence(self, s(AFTER_S), lambda: self.now_s)

    def now(self) -> datetime:
        """Return what the clock on the wall shows."""
        return START + timedelta(seconds=self.now_s + self.set_by_s)

    def since_at(self, now_s: float) -> datetime | None:
        """Ask at a moment."""
        self.now_s = now_s
        return self.silence.since

    def show(self, *moments_s: float) -> None:
        """Let pictures come."""
        for self.now_s in moments_s:
            self.silence.note_picture()


def test_a_camera_is_silent_five_seconds_after_its_last_picture() -> None:
    room = Room()
    assert room.since_at(100) is None  # nobody asked it yet
    room.show(100)
    assert room.since_at(105) is None
    assert at(100) == room.since_at(105.1)


def test_a_camera_that_is_asked_and_shows_nothing_is_silent_too() -> None:
    room = Room(now_s=100)
    room.silence.note_asked()
    assert room.since_at(105) is None
    assert at(100) == room.since_at(105.1)


def test_a_camera_is_back_once_its_pictures_go_on() -> None:
    room = Room()
    room.show(0, 20, 20.1, 20.9)
    assert at(0) == room.since_at(20.95)
    room.show(21.0)
    assert room.since_at(25) is None


def test_what_was_left_in_a_dead_link_neither_ends_a_silence_nor_puts_it_off() -> None:
    room = Room()
    room.show(0, 4.99)
    assert at(0) == room.since_at(5.1)
    room.show(5.2, 5.2)
    assert at(0) == room.since_at(6)
    room.show(60, 60.0)
    assert at(0) == room.since_at(61.5)


def test_one_picture_left_over_and_another_long_after_are_not_pictures_that_go_on() -> None:
    room = Room()
    room.show(0, 5, 11)
    assert at(0) == room.since_at(11.5)
    room.show(11.5, 12)
    assert room.since_at(12) is None


def test_a_clock_that_is_set_neither_makes_a_silence_nor_hides_one() -> None:
    room = Room()
    room.show(100)
    room.set_by_s = 3600
    assert room.since_at(101) is None
    room.show(101)
    room.set_by_s = -3600
    assert room.since_at(103) is None
    assert at(-3493) == room.since_at(107), "no alarm begins later than now"


@given(st.lists(st.floats(0.01, 9), max_size=30), st.floats(0, 12))
def test_silence_is_told_of_the_last_picture_that_was_followed(pauses_s: list[float], asked_after_s: float) -> None:
    """Oracle: cut the pictures where they pause; the first run counts whole, each other only once it lasts a second."""
    room, moments = Room(), [0.0]
    for pause_s in pauses_s:
        moments.append(moments[-1] + pause_s)
    room.show(*moments)
    believed, begun, doubted = 0.0, None, False
    for before, moment in pairwise(moments):
        if not doubted and moment - believed <= PAUSE_SHARE * AFTER_S:
            believed = moment
        elif not doubted or moment - before > AFTER_S:
            doubted, begun = True, moment
        elif begun is not None and moment - begun >= GOES_ON_FOR_S:
            believed, doubted = moment, False
    since = room.since_at(moments[-1] + asked_after_s)
    if room.now_s - believed > AFTER_S:
        assert since == START + timedelta(seconds=believed)
    else:
        assert since is None
