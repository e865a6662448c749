"""Shares, lengths, agreement and hearings are what going through them one by one gives."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from service.db.records import Part, Standing, Verdict
from service.hearing.stages import Outcome, StepKind
from service.statistics.agreement import agreement_of
from service.statistics.figures import Figures, figures_of
from service.statistics.hearings import Hearing, hearing_figures
from service.statistics.lengths import lengths_of
from service.statistics.rows import (
    CheckCount,
    Counted,
    FlagCount,
    HourCount,
    LengthCount,
    PairCount,
    VerdictCount,
    Watched,
)
from service.statistics.shares import SHARE_AT_LEAST, Share

NINE = datetime(2025, 10, 20, 9, tzinfo=UTC)
VERDICTS = st.sampled_from(list(Verdict))
pairs_of_verdicts = st.lists(st.tuples(VERDICTS, VERDICTS), max_size=80)


def figures(*flags: FlagCount, **parts: Any) -> Figures:
    return figures_of(Counted(flags=flags, **parts), [], [Watched("cam-1", "Camera 1", "UBND huyện", "UTC")])


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_share_is_exact_and_small_numbers_have_none(part: int, rest: int) -> None:
    share = Share(part, part + rest)
    if share.whole < SHARE_AT_LEAST:
        assert (None, None, True) == (share.value, share.interval, share.is_small)
        return
    exact = binomtest(part, part + rest).proportion_ci(0.95, method="exact")
    assert share.interval == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert part / (part + rest) == share.value


@given(st.lists(st.integers(0, 500), max_size=120))
def test_lengths_are_those_of_the_sorted_list(lengths: list[int]) -> None:
    found = lengths_of([LengthCount(length, 1) for length in lengths])
    ordered = sorted(lengths)
    if len(ordered) < SHARE_AT_LEAST:
        assert (len(ordered), None, None) == (found.count, found.median_s, found.ninth_s)
        return
    reached = [ordered[math.ceil(len(ordered) * tenths / 10) - 1] for tenths in (5, 9)]
    assert [len(ordered), *reached] == [found.count, found.median_s, found.ninth_s]


@given(pairs_of_verdicts)
def test_agreement_is_counted_pair_by_pair(pairs: list[tuple[Verdict, Verdict]]) -> None:
    found = agreement_of([PairCount(first, second, 1) for first, second in pairs])
    assert Share(sum(a is b for a, b in pairs), len(pairs)) == found.same
    after = [b for a, b in pairs if a is Verdict.BREACH]
    assert Share(after.count(Verdict.BREACH), len(after)) == found.confirmed
    assert sum((a is Verdict.BREACH) != (b is Verdict.BREACH) for a, b in pairs) == found.disputed
    firsts = [a is Verdict.BREACH for a, _ in pairs]
    is_blind_enough = min(sum(firsts), len(firsts) - sum(firsts)) >= SHARE_AT_LEAST
    assert is_blind_enough == (found.kappa is not None)
    if found.kappa is not None:
        chance = sum(sum(a is v for a, _ in pairs) * sum(b is v for _, b in pairs) / len(pairs) ** 2 for v in Verdict)
        assert (found.same.part / len(pairs) - chance) / (1 - chance) == pytest.approx(found.kappa.value)
        assert -1 <= found.kappa.low <= found.kappa.value <= found.kappa.high <= 1


def test_kappa_is_that_of_the_paper() -> None:
    # two raters, two kinds: kappa by hand, and its error from Fleiss, Cohen & Everitt with (40, 9, 6, 45)
    table = {
        (Verdict.BREACH, Verdict.BREACH): 40,
        (Verdict.BREACH, Verdict.NO_BREACH): 9,
        (Verdict.NO_BREACH, Verdict.BREACH): 6,
        (Verdict.NO_BREACH, Verdict.NO_BREACH): 45,
    }
    kappa = agreement_of([PairCount(*key, count) for key, count in table.items()]).kappa
    assert kappa is not None
    assert 0.6994 == pytest.approx(kappa.value, abs=5e-4)
    assert 0.1399 == pytest.approx((kappa.high - kappa.low) / 2, abs=2e-3)


def test_two_who_always_agree_after_a_breach_get_no_kappa() -> None:
    found = agreement_of([PairCount(Verdict.BREACH, Verdict.BREACH, 100)])
    assert (1.0, None) == (found.same.value, found.kappa)


def test_who_waits_for_the_second_look_is_told_as_one_with_who_waits_for_the_first() -> None:
    found = figures(FlagCount("smoking", "cam-1", Standing.OPEN, 3), FlagCount("smoking", "cam-1", Standing.SECOND, 2))
    assert (5, 5, 0) == (found.total.flags, found.total.waiting, found.total.breach)


def test_what_a_check_took_away_leaves_no_empty_line() -> None:
    found = figures(FlagCount("smoking", "cam-1", Standing.OPEN, 1), FlagCount("smoking", "cam-1", Standing.OPEN, -1))
    assert ({}, 0) == (found.by_rule, found.total.flags)


def test_hours_and_days_go_by_the_clock_of_the_site() -> None:
    found = figures(hours=(HourCount("smoking", NINE, Standing.BREACH, 4),))
    assert ({9: 4}, {0: 4}) == tuple(
        {key: tally.breach for key, tally in part.items()} for part in (found.by_hour, found.by_weekday)
    )


def test_verdicts_that_were_taken_back_are_told_apart() -> None:
    given_ = (
        VerdictCount(Part.LOOK, Verdict.BREACH, is_withdrawn=False, count=7),
        VerdictCount(Part.LOOK, Verdict.BREACH, is_withdrawn=True, count=2),
        VerdictCount(Part.RULING, Verdict.NO_BREACH, is_withdrawn=False, count=1),
    )
    found = figures(verdicts=given_).verdicts
    assert (7, 1, 2) == (found.looks[Verdict.BREACH], found.rulings[Verdict.NO_BREACH], found.withdrawn)


def test_misses_are_estimated_from_checks() -> None:
    # 40 checks drawn with 10 %, 2 of them breaches: 20 missed beside 80 flagged
    checks = (
        CheckCount("smoking", 0.1, Standing.BREACH, 2),
        CheckCount("smoking", 0.1, Standing.NO_BREACH, 38),
    )
    found = figures(FlagCount("smoking", "cam-1", Standing.BREACH, 80), checks=checks).missed["smoking"]
    assert (20.0, 0.8) == (found.missed, found.recall)
    assert None is figures(FlagCount("smoking", "cam-1", Standing.BREACH, 80)).missed["smoking"].recall


def test_a_first_look_changes_no_figure_of_what_is_missed() -> None:
    def missed(standing: Standing) -> object:
        flags = FlagCount("smoking", "cam-1", standing, 80)
        checks = (CheckCount("smoking", 0.1, standing, 4), CheckCount("smoking", 0.1, Standing.NO_BREACH, 36))
        return figures(flags, checks=checks).missed

    assert missed(Standing.OPEN) == missed(Standing.SECOND)
    assert missed(Standing.OPEN) != missed(Standing.BREACH)


OUTCOMES = st.sampled_from(list(Outcome))


@st.composite
def hearings(draw: st.DrawFn) -> list[Hearing]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        steps: list[tuple[StepKind, Outcome | None]] = [(StepKind.NOTICE, None)]
        steps.append((draw(st.sampled_from([StepKind.RESPONSE, StepKind.NO_RESPONSE])), None))
        if draw(st.booleans()):
            steps.append((StepKind.WITHDRAWN, None))
        elif draw(st.booleans()):
            first = draw(OUTCOMES)
            steps.append((StepKind.CONCLUSION, first))
            if first is not Outcome.NOT_UPHELD and draw(st.booleans()):
                steps.append((StepKind.APPEAL, None))
                if draw(st.booleans()):
                    steps.append((StepKind.APPEAL_CONCLUSION, draw(OUTCOMES)))
            elif first is not Outcome.NOT_UPHELD and draw(st.booleans()):
                steps.append((StepKind.CLOSED, None))
        person = draw(st.sampled_from(["a", "b", "c"]))
        found.append(Hearing(str(number), str(number), person, person, "", "", "smoking", NINE, tuple(steps)))
    return found


@given(hearings())
def test_hearings_that_run_are_no_result_and_those_opened_by_mistake_are_nothing(held: list[Hearing]) -> None:
    found = hearing_figures(held)
    kinds = [[kind for kind, _ in one.steps] for one in held]
    stand = [steps for steps in kinds if StepKind.WITHDRAWN not in steps]
    assert (len(stand), len(kinds) - len(stand)) == (found.opened, found.withdrawn)
    assert len(stand) == found.running + sum(found.concluded.values())
    assert sum(StepKind.NO_RESPONSE in steps for steps in stand) == found.silent
    assert sum(StepKind.APPEAL in steps for steps in stand) == found.appeals
    appealed = [dict(one.steps) for one in held if one.has_appealed]
    changed = [
        said for said in appealed if said.get(StepKind.APPEAL_CONCLUSION) not in (None, said[StepKind.CONCLUSION])
    ]
    assert len(changed) == found.changed
    assert all(one.final is None for one in held if one.has_appealed and one.appealed is None)
