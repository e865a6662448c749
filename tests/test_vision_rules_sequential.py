"""The sequential test: examples, an oracle, and error rates counted on made-up looks."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.stories import NO, UNKNOWN, YES, at, s, seconds_of
from vision.errors import InvalidFact
from vision.rules.sequential import LEVEL, Balance, SequentialParams, Vote, step
from vision.rules.sustained import Closed, Opened
from vision.types import Answer, EndReason

PARAMS = SequentialParams(hit_rate=0.5, false_rate=0.05, odds=100, open_after=s(1), hold_unknown=s(10))


def play(answers: list[Answer], every_s: float = 0.5, params: SequentialParams = PARAMS) -> list[object]:
    state, heard = LEVEL, []
    for i, answer in enumerate(answers):
        state, transition = step(state, Vote(at(i * every_s), answer), params)
        if transition is not None:
            heard.append(transition)
    return heard


def test_one_look_never_makes_an_event() -> None:
    sure = SequentialParams(hit_rate=0.99, false_rate=0.0001, odds=2, open_after=s(1), hold_unknown=s(10))
    assert [] == play([YES, NO, NO, NO], params=sure)
    assert [] == play([YES], params=sure)


def test_evidence_adds_up_and_starts_at_the_first_look() -> None:
    (opened,) = play([NO, YES, YES, NO, YES])
    assert isinstance(opened, Opened)
    assert 0.5 == seconds_of(opened.started_at)


def test_unknown_weighs_nothing() -> None:
    assert 1 == len(play([YES, UNKNOWN, UNKNOWN, YES, UNKNOWN, YES]))
    assert [] == play([UNKNOWN] * 100)


def test_it_ends_at_the_last_look_that_spoke_for_it() -> None:
    opened, closed = play([YES] * 6 + [NO] * 12)
    assert isinstance(opened, Opened)
    assert isinstance(closed, Closed)
    assert 2.5 == seconds_of(closed.ended_at)
    assert EndReason.CEASED is closed.reason


def test_rates_that_tell_nothing_are_refused() -> None:
    with pytest.raises(InvalidFact, match="false_rate < hit_rate"):
        SequentialParams(0.2, 0.3, 10, s(1), s(1))


def first_opening(answers: list[bool]) -> int | None:
    """Oracle: the first look at which some run of looks that ends there has a sum of at least the bound.

    Page's recursion equals the largest sum over all runs that end here.
    """
    weight = {True: math.log(0.5 / 0.05), False: math.log(0.5 / 0.95)}
    for end in range(len(answers)):
        for begin in range(end + 1):
            run = answers[begin : end + 1]
            if sum(weight[a] for a in run) >= math.log(100) - 1e-9 and answers[begin]:
                return end
    return None


@given(st.lists(st.booleans(), max_size=40))
def test_it_opens_where_the_best_run_of_looks_is_strong_enough(answers: list[bool]) -> None:
    params = SequentialParams(0.5, 0.05, 100, s(0), s(1000))
    state, opened_at = LEVEL, None
    for i, is_yes in enumerate(answers):
        state, transition = step(state, Vote(at(i), YES if is_yes else NO), params)
        if isinstance(transition, Opened) and opened_at is None:
            opened_at = i
    assert first_opening(answers) == opened_at


def test_false_events_are_as_rare_as_promised() -> None:
    """At the stated false rate, the mean time between false events is at least the odds (Page, Lorden)."""
    chance = random.Random(7)
    answers = [YES if chance.random() < 0.05 else NO for _ in range(20_000)]
    false_events = sum(isinstance(t, Opened) for t in play(answers))
    assert false_events <= 20_000 / 100


CALIBRATED = SequentialParams(0.5, 0.05, 100, s(1), s(1000), base_rate=0.2, discount=0.5)
SCORES = st.floats(0, 1)
VOTES = st.lists(st.tuples(st.sampled_from([YES, NO, UNKNOWN]), SCORES), max_size=40)


def balance(votes: list[tuple[Answer, float]], params: SequentialParams) -> Balance:
    state = LEVEL
    for i, (answer, score) in enumerate(votes):
        state, _ = step(state, Vote(at(i), answer, score), params)
    return state


def test_a_calibrated_look_weighs_what_its_score_says() -> None:
    own = 0.5 * (math.log(0.6 / 0.4) - math.log(0.2 / 0.8))
    assert abs(own - CALIBRATED.weight(Vote(at(0), YES, 0.6))) < 1e-9
    against = 0.5 * (math.log(0.1 / 0.9) - math.log(0.2 / 0.8))
    assert abs(against - CALIBRATED.weight(Vote(at(0), NO, 0.9))) < 1e-9


def test_no_look_weighs_more_than_the_rates_allow() -> None:
    assert CALIBRATED.weight_yes == CALIBRATED.weight(Vote(at(0), YES, 1.0))
    assert CALIBRATED.weight_no == CALIBRATED.weight(Vote(at(0), NO, 1.0))


def test_without_a_base_rate_every_yes_weighs_the_same() -> None:
    assert {PARAMS.weight_yes} == {PARAMS.weight(Vote(at(0), YES, score)) for score in (0.0, 0.3, 1.0)}
    assert {PARAMS.weight_no} == {PARAMS.weight(Vote(at(0), NO, score)) for score in (0.0, 0.3, 1.0)}


@given(VOTES, st.floats(0.01, 0.99))
def test_a_look_as_likely_as_the_base_rate_changes_nothing(votes: list[tuple[Answer, float]], rate: float) -> None:
    params = replace(CALIBRATED, base_rate=rate)
    before = balance(votes, params)
    for vote in (Vote(at(40), YES, rate), Vote(at(40), NO, 1.0 - rate)):
        after, transition = step(before, vote, params)
        assert abs(after.total - before.total) < 1e-9
        if transition is None:
            assert before.is_open == after.is_open


@given(st.sampled_from([YES, NO]), SCORES, SCORES)
def test_the_weight_grows_with_the_probability_of_the_accusation(answer: Answer, one: float, other: float) -> None:
    low, high = (CALIBRATED.weight(Vote(at(0), answer, score)) for score in sorted((one, other)))
    assert low <= high if answer is YES else low >= high
    assert CALIBRATED.weight(Vote(at(0), NO, one)) <= 0.0 <= CALIBRATED.weight(Vote(at(0), YES, other))


@given(VOTES, SCORES, SCORES, VOTES)
def test_a_surer_yes_never_leaves_less(
    before: list[tuple[Answer, float]], one: float, other: float, after: list[tuple[Answer, float]]
) -> None:
    low, high = sorted((one, other))
    less, more = (balance([*before, (YES, score), *after], CALIBRATED).total for score in (low, high))
    assert less <= more + 1e-9


@given(VOTES, st.floats(0, 4.6))
def test_the_sum_stays_between_zero_and_the_bound(votes: list[tuple[Answer, float]], support: float) -> None:
    assume(support < CALIBRATED.bound)
    state = LEVEL
    for i, (answer, score) in enumerate(votes):
        state, _ = step(state, Vote(at(i), answer, score), CALIBRATED, support=support)
        assert 0.0 <= state.total <= CALIBRATED.bound
        assert (state.since is None) == (state.total == 0.0)


@given(SCORES, st.floats(0, 0.999), st.one_of(st.none(), st.floats(0.001, 0.999)), st.lists(SCORES, max_size=20))
def test_one_look_alone_never_opens_whatever_its_score(
    score: float, share: float, base_rate: float | None, against: list[float]
) -> None:
    params = SequentialParams(0.99, 0.001, 2, s(0.1), s(1000), base_rate=base_rate, discount=1.0)
    state = LEVEL
    for i, vote in enumerate(
        [Vote(at(0), YES, score), *(Vote(at(i + 1), NO, other) for i, other in enumerate(against))]
    ):
        state, transition = step(state, vote, params, support=share * params.bound)
        assert transition is None, i


@given(SCORES, SCORES, st.floats(0, 4))
def test_two_looks_at_one_time_may_come_in_either_order(one: float, other: float, total: float) -> None:
    """Between the ends of the sum, where nothing is cut off."""
    votes = [Vote(at(5), YES, one), Vote(at(5), NO, other)]
    start = Balance(total, at(0), at(0), at(0), is_open=True)
    forth, back = start, start
    for vote in votes:
        forth, _ = step(forth, vote, CALIBRATED)
    for vote in reversed(votes):
        back, _ = step(back, vote, CALIBRATED)
    weights = [CALIBRATED.weight(vote) for vote in votes]
    assume(total + weights[0] < CALIBRATED.bound and total + weights[1] > 0.0 and total + sum(weights) > 0.0)
    assert abs(forth.total - back.total) < 1e-9
    assert (forth.since, forth.last_known) == (back.since, back.last_known)


@given(st.lists(st.tuples(st.booleans(), SCORES), max_size=30), st.floats(0, 4))
def test_support_opens_where_the_best_run_of_looks_lacks_no_more(
    looks: list[tuple[bool, float]], support: float
) -> None:
    """Page's oracle once more, with each look's own weight and a second cue."""
    params = replace(CALIBRATED, open_after=s(0))
    votes = [Vote(at(i), YES if is_yes else NO, score) for i, (is_yes, score) in enumerate(looks)]
    weights = [params.weight(vote) for vote in votes]
    sums = {
        end: max(sum(weights[begin : end + 1]) for begin in range(end + 1))
        for end in range(len(votes))
        if weights[end] > 0.0
    }
    assume(all(abs(total - (params.bound - support)) > 1e-6 for total in sums.values()))
    wanted = next((end for end, total in sums.items() if total >= params.bound - support), None)
    state, opened_at = LEVEL, None
    for i, vote in enumerate(votes):
        state, transition = step(state, vote, params, support=support)
        if isinstance(transition, Opened) and opened_at is None:
            opened_at = i
    assert wanted == opened_at


def test_support_that_is_enough_by_itself_is_refused() -> None:
    for support in (-0.1, CALIBRATED.bound):
        with pytest.raises(InvalidFact, match="support"):
            step(LEVEL, Vote(at(0), YES), CALIBRATED, support=support)


@pytest.mark.parametrize("wrong", [{"base_rate": 0.0}, {"base_rate": 1.0}, {"discount": 0.0}, {"discount": 1.1}])
def test_shares_outside_their_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidFact, match=next(iter(wrong))):
        replace(CALIBRATED, **wrong)  # type: ignore[arg-type]


def test_a_vote_needs_a_probability() -> None:
    with pytest.raises(InvalidFact, match=r"0\.\.1"):
        Vote(at(0), YES, 1.2)
