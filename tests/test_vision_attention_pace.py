"""When the nets are asked: examples, and a property against an oracle that knows the whole story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import at, s
from vision.attention.pace import (
    ATTENTIVE,
    EVERY_FRAME,
    ROUNDED,
    Attention,
    Glance,
    Paces,
    glance,
    is_worth_decoding,
    note,
)
from vision.errors import InvalidFact

PACES = Paces(quick=s(0.2), steady=s(0.4), idle=s(4), empty=s(20), hold=s(0.5), calm_after=s(1))
NOBODY: frozenset[str] = frozenset()
NO_WAIT = timedelta()


@dataclass(frozen=True)
class Picture:
    """One frame of a story, 0.1 s after the one before.

    Attributes:
        moved: Whether it shows something else than the frame of the latest look.
        told: What a look at it finds.
    """

    moved: bool
    told: frozenset[str] = NOBODY


def play(story: list[Picture], paces: Paces = PACES, waited: timedelta = NO_WAIT) -> list[Glance]:
    state, glances = ATTENTIVE, []
    for i, picture in enumerate(story):
        state, what = glance(state, at(i / 10), moved=picture.moved, waited=waited, paces=paces)
        if what is Glance.LOOK:
            state = note(state, at(i / 10), picture.told, is_empty=not picture.told)
        glances.append(what)
    return glances


def looks(glances: list[Glance]) -> list[int]:
    return [i for i, what in enumerate(glances) if what is Glance.LOOK]


def test_an_empty_room_is_looked_at_every_20_s() -> None:
    # the first answers are new, so they are confirmed for a second
    assert [0, 2, 4, 6, 8, 188, 368] == looks(play([Picture(False)] * 400))


def test_somebody_who_keeps_still_is_looked_at_every_4_s_and_said_to_be_there_twice_a_second() -> None:
    glances = play([Picture(False, frozenset({"an"}))] * 100)
    assert [0, 2, 4, 6, 8, 44, 80] == looks(glances)
    assert [13, 18, 23] == [i for i, what in enumerate(glances) if what is Glance.HOLD][:3]


def test_what_moves_is_looked_at_steadily_and_never_said_to_be_as_before() -> None:
    glances = play([Picture(True, frozenset({"an"}))] * 50)
    assert [0, 2, 4, 6, 8, 12, 16, 20] == looks(glances)[:8]
    assert Glance.HOLD not in glances


def test_new_answers_are_confirmed_quickly() -> None:
    story = [Picture(True, frozenset({"an"}))] * 30 + [Picture(True)] * 20
    # the look at 3.2 s finds the desk empty
    assert [32, 34, 36, 38, 40, 44, 48] == [i for i in looks(play(story)) if i >= 30]


def test_a_crowded_engine_is_asked_less_often() -> None:
    moving = [Picture(True, frozenset({"an"}))] * 100
    assert len(looks(play(moving, waited=s(0.4)))) < len(looks(play(moving))) / 2


def test_after_a_gap_everything_is_new() -> None:
    state, _ = glance(ATTENTIVE, at(0), moved=False, waited=NO_WAIT, paces=PACES)
    assert Glance.SKIP is glance(state, at(0.1), moved=False, waited=NO_WAIT, paces=PACES)[1]
    assert Glance.LOOK is glance(ATTENTIVE, at(0.1), moved=False, waited=NO_WAIT, paces=PACES)[1]


def test_every_frame_means_every_frame() -> None:
    assert [Glance.LOOK] * 50 == play([Picture(False)] * 50, EVERY_FRAME)


@pytest.mark.parametrize("wrong", [{"quick": s(0)}, {"steady": s(0.1)}, {"hold": s(0)}, {"crowded": -1.0}])
def test_paces_that_make_no_sense_are_refused(wrong: dict[str, timedelta | float]) -> None:
    with pytest.raises(InvalidFact, match="Paces"):
        Paces(**wrong)  # type: ignore[arg-type]


def oracle(story: list[Picture]) -> list[Glance]:
    """Decide each frame anew from all that came before, in tenths of a second."""
    told: dict[int, frozenset[str]] = {}
    said: list[int] = []
    glances = []
    for i, picture in enumerate(story):
        seen = sorted(told)
        changes = [j for k, j in enumerate(seen) if k == 0 or told[j] != told[seen[k - 1]]]
        if not seen:
            what = Glance.LOOK
        else:
            if i - changes[-1] < 10:
                pace = 2.0
            elif picture.moved:
                pace = 4.0
            else:
                pace = 40.0 if told[seen[-1]] else 200.0
            is_due = i - seen[-1] >= pace * ROUNDED - 1e-9
            is_old = i - said[-1] >= 5.0 * ROUNDED - 1e-9
            what = Glance.LOOK if is_due else Glance.HOLD if is_old and not picture.moved else Glance.SKIP
        if what is Glance.LOOK:
            told[i] = picture.told
        if what is not Glance.SKIP:
            said.append(i)
        glances.append(what)
    return glances


PICTURES = st.builds(Picture, st.booleans(), st.sampled_from([NOBODY, frozenset({"an"}), frozenset({"an", "binh"})]))
STRETCHES = st.lists(st.tuples(PICTURES, st.integers(1, 60)), min_size=1, max_size=12)


@given(STRETCHES)
def test_it_decides_as_one_who_remembers_everything(stretches: list[tuple[Picture, int]]) -> None:
    story = [picture for picture, times in stretches for _ in range(times)]
    assert oracle(story) == play(story)


@given(STRETCHES)
def test_whatever_moves_is_looked_at_within_the_steady_pace(stretches: list[tuple[Picture, int]]) -> None:
    story = [picture for picture, times in stretches for _ in range(times)]
    seen = looks(play(story))
    for i, picture in enumerate(story):
        if picture.moved:
            assert any(i - 4 < j <= i for j in seen), i


def test_a_state_is_a_value() -> None:
    assert Attention() == ATTENTIVE


@given(STRETCHES)
def test_frames_that_are_never_decoded_hide_nothing_for_longer_than_a_glimpse(
    stretches: list[tuple[Picture, int]],
) -> None:
    story = [picture for picture, times in stretches for _ in range(times)]
    state, decoded, seen = ATTENTIVE, [], []
    for i, picture in enumerate(story):
        if not is_worth_decoding(state, at(i / 10), PACES):
            continue
        decoded.append(i)
        state, what = glance(state, at(i / 10), moved=picture.moved, waited=NO_WAIT, paces=PACES)
        if what is Glance.LOOK:
            seen.append(i)
            state = note(state, at(i / 10), picture.told, is_empty=not picture.told)
    assert all(b - a <= 5 for a, b in pairwise([*decoded, len(story)]))
    # what moves in a decoded picture is looked at there, or was within the steady pace before
    for i in decoded:
        if story[i].moved:
            assert any(i - 4 < j <= i for j in seen), i


def test_in_a_quiet_room_two_pictures_a_second_are_decoded() -> None:
    state, decoded = ATTENTIVE, 0
    for i in range(600):
        if is_worth_decoding(state, at(i / 10), PACES):
            decoded += 1
            state, what = glance(state, at(i / 10), moved=False, waited=NO_WAIT, paces=PACES)
            if what is Glance.LOOK:
                state = note(state, at(i / 10), NOBODY, is_empty=True)
    assert 120 <= decoded <= 126
