"""When one person is looked at closely: examples, and a property against an oracle."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import at, s
from vision.attention.interest import UNKNOWN_PERSON, LookPaces, is_due, note
from vision.attention.pace import ROUNDED
from vision.errors import InvalidFact

PACES = LookPaces(keen=s(0.4), calm=s(0.8), still=s(2), sure_after=s(3), sure_accused=s(12))
Moment = tuple[bool, str | None, bool]
"""Whether the person moved, what a look says, None for nothing, and whether that speaks for a breach; every 0.2 s."""


def play(story: list[Moment], waited: timedelta = timedelta()) -> list[int]:
    """Return at which moments somebody was looked at."""
    state, looked = UNKNOWN_PERSON, []
    for i, (moved, answer, accuses) in enumerate(story):
        if is_due(state, at(i / 5), moved=moved, waited=waited, paces=PACES):
            looked.append(i)
            state = note(state, at(i / 5), {} if answer is None else {"badge": answer}, accuses=accuses)
    return looked


def test_who_is_new_is_looked_at_at_every_turn() -> None:
    assert [0, 2, 4, 6, 8, 10, 12, 14, 16] == play([(True, "worn", False)] * 17)


def test_who_said_the_same_for_3_s_is_looked_at_less_often_and_who_keeps_still_least() -> None:
    assert [16, 20, 24, 28] == [i for i in play([(True, "worn", False)] * 30) if i >= 16]
    assert [16, 25, 34] == [i for i in play([(False, "worn", False)] * 40) if i >= 16]


def test_what_speaks_for_a_breach_is_looked_at_at_every_turn_for_longer() -> None:
    assert list(range(0, 60, 2)) == play([(True, "bare", True)] * 60)
    assert [60, 64, 68] == [i for i in play([(True, "bare", True)] * 70) if i >= 60]


def test_another_answer_wakes_the_interest() -> None:
    story = [(True, "worn", False)] * 30 + [(True, "bare", False)] * 20
    assert [32, 34, 36, 38] == [i for i in play(story) if i >= 30][:4]


def test_a_look_that_cannot_tell_changes_nothing() -> None:
    story = [(True, "worn", False), (True, "worn", False), (True, None, False), (True, None, False)] * 10
    assert [16, 20, 24, 28] == [i for i in play(story) if 16 <= i < 30]


def test_a_crowded_engine_is_asked_less_often() -> None:
    moving = [(True, "worn", False)] * 100
    assert len(play(moving, waited=s(0.2))) < len(play(moving)) / 2


def test_paces_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidFact, match="LookPaces"):
        LookPaces(keen=s(1), calm=s(0.5))


def oracle(story: list[Moment]) -> list[int]:
    """Decide each moment anew from all looks before, in fifths of a second."""
    looked: list[int] = []
    for i, (moved, _, _) in enumerate(story):
        if not looked:
            looked.append(i)
            continue
        known = [j for j in looked if story[j][1] is not None]
        news = [j for k, j in enumerate(known) if k == 0 or story[j][1] != story[known[k - 1]][1]]
        since = max([looked[0], *news])
        is_sure = looked[-1] - since >= (60 if story[looked[-1]][2] else 15)
        pace = 2.0 if not is_sure else 4.0 if moved else 10.0
        if i - looked[-1] >= pace * ROUNDED - 1e-9:
            looked.append(i)
    return looked


MOMENTS = st.tuples(st.booleans(), st.sampled_from(["worn", "bare", None]), st.booleans())
STRETCHES = st.lists(st.tuples(MOMENTS, st.integers(1, 80)), min_size=1, max_size=10)


@given(STRETCHES)
def test_it_decides_as_one_who_remembers_everything(stretches: list[tuple[Moment, int]]) -> None:
    story = [moment for moment, times in stretches for _ in range(times)]
    assert oracle(story) == play(story)
