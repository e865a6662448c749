"""Whose desk is whose, when: examples, and an oracle that asks minute by minute."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.attendance.facts import Cover
from service.attendance.holdings import EARLIEST_BEFORE_DUTY, Duty, Holding, holdings_of
from service.attendance.intervals import Interval
from tests.stories import START

DESK = ("cam", "quay-1")
WHOLE_MIN = 600
PAD_MIN = int(EARLIEST_BEFORE_DUTY.total_seconds() // 60)
Span = tuple[int, int]


def span(start_min: int, end_min: int) -> Interval:
    return Interval(START + timedelta(minutes=start_min), START + timedelta(minutes=end_min))


WHOLE = span(0, WHOLE_MIN)


def cover(officer: str, start_min: int, end_min: int) -> Cover:
    return Cover(*DESK, officer, span(start_min, end_min))


def test_a_desk_of_one_officer_is_theirs_all_the_time() -> None:
    assert [Holding("a", DESK, (WHOLE,))] == holdings_of([(DESK, ["a"])], [], Duty(), whole=WHOLE)


def test_while_somebody_covers_it_what_is_seen_there_is_theirs() -> None:
    found = holdings_of([(DESK, ["a"])], [cover("b", 60, 120)], Duty(), whole=WHOLE)
    expected = [Holding("a", DESK, (span(0, 60), span(120, 600))), Holding("b", DESK, (span(60, 120),))]
    assert expected == found


def test_a_desk_of_two_shifts_belongs_to_the_one_on_duty() -> None:
    duty = Duty({"a": [span(100, 250)], "b": [span(250, 400)]})
    found = {h.officer_id: h for h in holdings_of([(DESK, ["a", "b"])], [], duty, whole=WHOLE)}
    assert ((span(40, 250),), ()) == (found["a"].held, found["a"].shared)
    assert ((span(250, 460),), ()) == (found["b"].held, found["b"].shared)


def test_two_on_duty_at_one_desk_share_it() -> None:
    duty = Duty({"a": [span(100, 300)], "b": [span(200, 400)]})
    found = {h.officer_id: h for h in holdings_of([(DESK, ["a", "b"])], [], duty, whole=WHOLE)}
    assert (span(200, 300),) == found["a"].shared == found["b"].shared


def test_cover_of_a_desk_that_no_longer_stands_is_kept() -> None:
    assert ["b"] == [h.officer_id for h in holdings_of([], [cover("b", 0, 10)], Duty(), whole=WHOLE)]


spans = st.lists(
    st.tuples(st.integers(-30, 620), st.integers(1, 200)).map(lambda t: (t[0], t[0] + t[1])), max_size=2
).map(lambda found: sorted(found) if len(found) < 2 or sorted(found)[0][1] < sorted(found)[1][0] else sorted(found)[:1])


@given(
    duties=st.dictionaries(st.sampled_from("abc"), spans, min_size=1),
    covers=st.lists(st.tuples(st.sampled_from("abd"), spans), max_size=2),
)
def test_every_minute_has_the_holders_that_the_rule_says(
    duties: dict[str, list[Span]], covers: list[tuple[str, list[Span]]]
) -> None:
    officers = sorted(duties)
    given_covers = [cover(who, *times) for who, found in covers for times in found]
    duty = Duty({who: [span(*times) for times in found] for who, found in duties.items()})
    found = {h.officer_id: h for h in holdings_of([(DESK, officers)], given_covers, duty, whole=WHOLE)}

    def within(minute: int, where: list[Span]) -> bool:
        return any(a <= minute < b for a, b in where)

    for minute in range(WHOLE_MIN):
        covering = {who for who, times in covers if within(minute, times)}
        on_duty = {who for who in officers if within(minute, duties[who])}
        near = {who for who in officers if within(minute, [(a - PAD_MIN, b + PAD_MIN) for a, b in duties[who]])}
        if covering:
            expected = covering
        elif len(officers) == 1:
            expected = set(officers)
        else:
            expected = on_duty or near
        moment = START + timedelta(minutes=minute)
        held = {who for who, h in found.items() if any(i.start <= moment < i.end for i in h.held)}
        shared = {who for who, h in found.items() if any(i.start <= moment < i.end for i in h.shared)}
        assert expected == held
        assert (expected if len(expected) > 1 else set()) == shared
