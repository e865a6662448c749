"""Which clips an event gets: pure, and the same however often it is played."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from service.db.records import EvidenceKind
from service.evidence.plan import AFTER, BEFORE, LONG, Cut, Plan, plan_event, take_all, take_due
from tests.stories import SUBJECT, at, s
from vision.types import EndReason, Event, RuleId


def event(start: float, end: float | None = None) -> Event:
    opened = Event(RuleId("smoking"), SUBJECT, at(start), 0.9, at(start), 0.5, "")
    return opened if end is None else replace(opened, ended_at=at(end), end_reason=EndReason.CEASED)


def play(start: float, noticed: float, end: float, closed: float, last: float) -> list[Cut]:
    """Run the stream at one step a second from 0 to ``last``."""
    plan, made = Plan(), []
    for t in range(int(last) + 1):
        if t == int(noticed):
            plan = plan_event(plan, event(start), at(t))
        if t == int(closed):
            plan = plan_event(plan, event(start, end), at(t))
        plan, due = take_due(plan, at(t))
        made += due
    plan, due = take_all(plan)
    return made + list(due)


def test_a_short_event_gets_one_clip_with_five_seconds_around() -> None:
    (cut,) = play(10, 13, 20, 22, 60)
    assert (EvidenceKind.CLIP, at(5), at(25)) == (cut.kind, cut.start, cut.end)


def test_a_long_event_gets_its_beginning_at_once_and_its_end_later() -> None:
    first, second = play(10, 13, 100, 102, 120)
    assert (EvidenceKind.CLIP_START, at(5), at(40)) == (first.kind, first.start, first.end)
    assert (EvidenceKind.CLIP_END, at(90), at(105)) == (second.kind, second.start, second.end)


def test_the_end_of_the_stream_cuts_what_waits() -> None:
    (cut,) = play(10, 13, 20, 22, 22)
    assert EvidenceKind.CLIP is cut.kind


def test_an_event_noticed_late_shows_the_moment_of_notice() -> None:
    first, _ = play(10, 100, 150, 152, 170)
    assert (at(70), at(105)) == (first.start, first.end)


@given(st.integers(0, 50), st.integers(0, 40), st.integers(0, 90), st.integers(1, 10))
def test_every_event_gets_a_clip_and_no_kind_twice(start: int, notice: int, more: int, late: int) -> None:
    noticed = start + notice
    end = noticed + more
    closed = end + late
    cuts = play(start, noticed, end, closed, closed + 20)
    kinds = [cut.kind for cut in cuts]
    assert kinds in (
        [EvidenceKind.CLIP],
        [EvidenceKind.CLIP_START, EvidenceKind.CLIP_END],
    )
    assert cuts == play(start, noticed, end, closed, closed + 20)
    # oracle: a clip of the whole exactly where the event closed before its beginning was due
    due = start + LONG.total_seconds() if notice <= LONG.total_seconds() else noticed + AFTER.total_seconds()
    assert (kinds == [EvidenceKind.CLIP]) == (closed <= due)
    assert all(cut.end - cut.start <= LONG + AFTER + BEFORE + s(15) for cut in cuts)
