"""When processes are started, started again and killed: against a plain retelling of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from service.workers import restarts
from service.workers.restarts import Due, Patience, Phase, Upkeep

PATIENCE = Patience(first_s=1.0, most_s=30.0, good_after_s=60.0, silent_most_s=60.0)
CALM = 1.0


def fallen(upkeep: Upkeep, now_s: float) -> Upkeep:
    return restarts.note_ended(upkeep, now_s, jitter=CALM, patience=PATIENCE)


def pauses_of(lives_s: list[float]) -> list[float]:
    """The pause after each of some lives, each with a sign of life at its very end."""
    now_s, upkeep, pauses = 0.0, restarts.to_be_started(0.0), []
    for life_s in lives_s:
        upkeep = restarts.note_started(upkeep, now_s)
        now_s += life_s
        upkeep = fallen(restarts.note_heard(upkeep, now_s), now_s)
        pauses.append(upkeep.since_s - now_s)
        now_s = upkeep.since_s
    return pauses


def test_pauses_double_up_to_half_a_minute() -> None:
    assert [1, 2, 4, 8, 16, 30, 30] == pauses_of([0.0] * 7)


def test_a_minute_of_good_work_begins_the_pauses_anew() -> None:
    assert [1, 2, 4, 1, 2] == pauses_of([5, 5, 5, 61, 5])


def test_an_hour_without_a_sign_of_life_is_no_good_work() -> None:
    upkeep = restarts.note_started(restarts.to_be_started(0.0), 0.0)
    upkeep = fallen(fallen(upkeep, 3600.0), 3600.0)
    assert 2.0 == upkeep.since_s - 3600.0


def test_who_falls_for_months_is_still_started_again() -> None:
    assert 30.0 == pauses_of([0.0] * 3000)[-1]


def test_what_is_silent_for_more_than_a_minute_is_killed() -> None:
    upkeep = restarts.note_started(restarts.to_be_started(0.0), 0.0)
    assert restarts.due(upkeep, 60.0, PATIENCE) is None
    assert Due.KILL is restarts.due(upkeep, 60.1, PATIENCE)
    assert restarts.due(restarts.note_heard(upkeep, 60.0), 120.0, PATIENCE) is None


def test_what_was_given_up_is_left_alone() -> None:
    upkeep = restarts.note_given_up(restarts.note_started(restarts.to_be_started(0.0), 0.0))
    assert restarts.due(restarts.note_heard(upkeep, 5.0), 1e9, PATIENCE) is None


def test_jitter_spreads_those_that_fell_together() -> None:
    upkeep = restarts.note_started(restarts.to_be_started(0.0), 0.0)
    early = restarts.note_ended(upkeep, 0.0, jitter=0.8, patience=PATIENCE)
    late = restarts.note_ended(upkeep, 0.0, jitter=1.2, patience=PATIENCE)
    assert (0.8, 1.2) == (early.since_s, late.since_s)


@dataclass
class Diary:
    """The oracle: everything that happened, from which each answer is worked out anew."""

    lives: list[list[float]] = field(default_factory=list)
    """Of each life its start and its signs."""
    ends: list[float] = field(default_factory=list)
    is_over: bool = False

    def is_there(self) -> bool:
        return len(self.lives) > len(self.ends) and not self.is_over

    def may_start_at(self) -> float:
        if not self.ends:
            return 0.0
        pause = 0.0
        for life, _ in zip(self.lives, self.ends, strict=True):
            was_good = life[-1] - life[0] >= PATIENCE.good_after_s
            pause = PATIENCE.first_s if was_good or pause == 0.0 else min(2 * pause, PATIENCE.most_s)
        return self.ends[-1] + pause

    def due(self, now_s: float) -> Due | None:
        if self.is_over:
            return None
        if not self.is_there():
            return Due.START if now_s >= self.may_start_at() else None
        return Due.KILL if now_s - self.lives[-1][-1] > PATIENCE.silent_most_s else None


STEPS = st.lists(st.tuples(st.sampled_from(["wait", "heard", "fall", "give up"]), st.integers(0, 80)), max_size=60)


@given(STEPS)
def test_what_is_due_is_what_the_diary_says(steps: list[tuple[str, int]]) -> None:
    now_s, upkeep, diary = 0.0, restarts.to_be_started(0.0), Diary()
    for what, passed_s in steps:
        now_s += passed_s
        assert diary.due(now_s) == restarts.due(upkeep, now_s, PATIENCE)
        if diary.due(now_s) is Due.START:
            upkeep = restarts.note_started(upkeep, now_s)
            diary.lives.append([now_s])
        elif what == "heard":
            upkeep = restarts.note_heard(upkeep, now_s)
            if diary.is_there():
                diary.lives[-1].append(now_s)
        elif what == "fall" and diary.is_there():
            upkeep = fallen(upkeep, now_s)
            diary.ends.append(now_s)
        elif what == "give up" and diary.is_there() and passed_s > 70:
            upkeep = restarts.note_given_up(upkeep)
            diary.is_over = True
        assert diary.is_there() == (upkeep.phase is Phase.RUNNING)
        assert diary.due(now_s) == restarts.due(upkeep, now_s, PATIENCE)
