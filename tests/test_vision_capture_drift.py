"""A stream's clock against ours: jumps, drift, and a network that only delays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction

import av
import numpy as np

from tests.stories import CAMERA, RUN, START, at, s, seconds_of
from vision.capture.drift import ClockFaults
from vision.capture.stream_time import StreamTime
from vision.types import Fault, FaultKind


def told(stream_s: Callable[[float], float], delay_s: Iterable[float]) -> list[Fault]:
    """Play five pictures a second; each arrives after its delay, and none before the one before it."""
    clock = ClockFaults(CAMERA, RUN)
    faults: list[Fault] = []
    arrives_s = 0.0
    for i, delay in enumerate(delay_s):
        arrives_s = max(arrives_s, i / 5 + delay)
        faults += clock.note_picture(stream_s(i / 5), at(arrives_s))
    return faults


def test_an_even_clock_over_a_jittery_network_is_no_drift() -> None:
    delays = np.random.default_rng(4).gamma(2.0, 0.15, 5 * 1800)
    assert [] == told(lambda seconds: seconds, delays)


def test_a_clock_that_runs_one_percent_fast_is_told_and_ends_when_it_runs_even_again() -> None:
    delays = np.random.default_rng(4).gamma(2.0, 0.1, 5 * 400)
    faults = told(lambda seconds: seconds + 0.01 * min(seconds, 200.0), delays)
    opened, ended = faults
    assert (FaultKind.TIME_DRIFT, None) == (opened.kind, opened.ended_at)
    assert "1.0 % fast" in opened.detail
    assert opened.started_at == ended.started_at
    assert 200 < (seconds_of(ended.ended_at) or 0) < 290


def test_a_jump_is_told_at_once_and_is_over_after_twenty_steady_seconds() -> None:
    clock = ClockFaults(CAMERA, RUN)
    (opened,) = clock.note_jump(s(3600), at(10))
    assert "jumped by +3600.0 s" in opened.detail
    assert [] == [f for i in range(20) for f in clock.note_picture(3600 + i, at(10 + i))]
    (ended,) = clock.note_picture(3620, at(30))
    assert at(30) == ended.ended_at


class HandClock:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment


def play(pictures: Iterable[tuple[float, float]]) -> list[tuple[float | None, float | None]]:
    """Play (time of the stream, time of arrival); return (time given, jump) for each."""
    clock = HandClock()
    time = StreamTime(clock)
    found = []
    for stream_s, arrives_s in pictures:
        picture = av.VideoFrame(16, 16, "yuv420p")
        picture.pts, picture.time_base = round(stream_s * 1000), Fraction(1, 1000)
        clock.moment = at(arrives_s)
        moment = time.of_picture(picture)
        found.append((seconds_of(moment), time.jumped_by.total_seconds() if time.jumped_by else None))
    return found


def test_a_jump_of_five_seconds_is_seen_at_its_first_picture() -> None:
    pictures = [(i, i) for i in range(10)] + [(i + 5, i) for i in range(10, 13)]
    assert [(9, None), (10, 5.0), (11, None), (12, None)] == play(pictures)[9:]


def test_a_clock_set_back_is_believed_once_no_network_explains_it() -> None:
    pictures = [(i, i) for i in range(10)] + [(i - 60, i) for i in range(10, 18)]
    found = play(pictures)
    assert [None] * 5 == [jump for _, jump in found[10:15]]
    assert (15, -60.0) == found[15]


def test_a_network_that_stalls_and_catches_up_is_no_jump() -> None:
    stalled = [(i, 14 + i / 100) for i in range(10, 14)]
    pictures = [(i, i) for i in range(10)] + stalled + [(i, i + 0.2) for i in range(15, 30)]
    found = play(pictures)
    assert [None] * len(found) == [jump for _, jump in found]
    assert 29 == found[-1][0]


def test_the_burst_that_a_new_link_begins_with_is_no_jump() -> None:
    burst = [(i / 10, i / 100) for i in range(30)]
    steady = [(3 + i / 10, 0.3 + i / 10) for i in range(200)]
    assert {None} == {jump for _, jump in play(burst + steady)}


def test_a_slow_drift_is_mapped_anew_without_being_called_a_jump() -> None:
    found = play([(i * 1.01, i) for i in range(400)])
    assert {None} == {jump for _, jump in found}
    assert all(abs((moment or 0) - i) <= 2.1 for i, (moment, _) in enumerate(found))
