"""Who has what, what should be answered, and how answers are counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluate.concepts import Concept, Task
from models.evaluate.matching import Floats
from models.evaluate.persons import Judged, Marks, holders, person_figures, true_persons, truths
from vision.types import Answer, Why

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
LEFT, RIGHT = [0, 0, 100, 200], [200, 0, 300, 200]


def boxes(*rows: list[float]) -> Floats:
    return np.array(rows, np.float64).reshape(-1, 4)


def marks(**of: list[list[float]]) -> Marks:
    return Marks({Concept(name): boxes(*rows) for name, rows in of.items()})


def told(task: Task, some: Marks, *, has_bare_class: bool = False) -> list[Answer | None]:
    return truths(task, boxes(LEFT, RIGHT), some, has_bare_class=has_bare_class)


def test_a_thing_belongs_to_the_person_who_holds_most_of_it() -> None:
    overlapping = boxes([0, 0, 110, 200], [90, 0, 210, 200])
    assert [0, 1] == holders(boxes([80, 50, 104, 60], [96, 50, 120, 60]), overlapping).tolist()


def test_of_two_who_hold_all_of_it_the_smaller_box_has_it() -> None:
    behind_and_front = boxes([0, 0, 300, 300], [100, 100, 200, 300])
    assert [1] == holders(boxes([140, 150, 160, 170]), behind_and_front).tolist()


def test_a_hand_reaches_a_little_beyond_the_box_and_no_further() -> None:
    # 15 % of 100 px, half of it on each side
    assert [0, -1] == holders(boxes([102, 50, 112, 54], [104, 50, 114, 54]), boxes(LEFT)).tolist()


def test_nobody_holds_anything_where_nobody_is() -> None:
    assert [-1] == holders(boxes([1, 1, 2, 2]), boxes()).tolist()


def test_who_holds_a_cigarette_smokes_and_the_other_does_not() -> None:
    assert [YES, NO] == told(Task.SMOKING, marks(cigarette=[[40, 50, 60, 54]]))


def test_a_smoker_box_is_a_smoker() -> None:
    assert [NO, YES] == told(Task.SMOKING, marks(smoker=[[205, 5, 295, 200]]))


def test_who_touches_smoke_or_a_vape_without_a_cigarette_is_neither() -> None:
    assert [NO, None] == told(Task.SMOKING, marks(doubtful=[[290, 20, 380, 60]]))


def test_a_labelled_cigarette_decides_whatever_smoke_is_about() -> None:
    assert [YES, NO] == told(Task.SMOKING, marks(cigarette=[[40, 50, 60, 54]], doubtful=[[40, 20, 60, 54]]))


@pytest.mark.parametrize("kind", ["card", "lanyard"])
def test_without_a_bare_class_who_has_no_badge_is_bare(kind: str) -> None:
    assert [YES, NO] == told(Task.BADGE, marks(**{kind: [[40, 80, 60, 100]]}))


def test_with_a_bare_class_nobody_is_bare_who_is_not_marked() -> None:
    bare = [[210, 40, 290, 160]]
    assert [None, NO] == told(Task.BADGE, marks(bare=bare), has_bare_class=True)
    assert [YES, NO] == told(Task.BADGE, marks(bare=bare, card=[[40, 80, 60, 100]]), has_bare_class=True)


def test_a_badge_on_somebody_marked_bare_is_a_contradiction() -> None:
    some = marks(bare=[[10, 40, 90, 160]], card=[[40, 80, 60, 100]])
    assert [None, None] == told(Task.BADGE, some, has_bare_class=True)


def test_a_smoker_labelled_as_a_person_too_is_one_person() -> None:
    some = marks(person=[LEFT], smoker=[[2, 2, 98, 198], RIGHT])
    assert [LEFT, RIGHT] == true_persons(some).tolist()


def story(*answers: tuple[Answer | None, Answer]) -> list[Judged]:
    return [Judged(truth, answer, Why.DARK if answer is UNKNOWN else None) for truth, answer in answers]


def test_figures_counted_by_hand() -> None:
    pictures = [
        story((YES, YES), (YES, UNKNOWN), (NO, NO)),
        story((YES, NO), (NO, UNKNOWN), (None, YES)),
        story((NO, NO), (NO, YES)),
    ]
    figures = person_figures(Task.BADGE, pictures)
    assert (7, 1) == (figures.looks, figures.left_out)
    wanted = {"decided": 5 / 7, "yes_precision": 1 / 2, "yes_recall": 1 / 3, "no_precision": 2 / 3, "no_recall": 2 / 4}
    assert pytest.approx(wanted) == figures.shares
    assert {"dark": 2} == figures.unknown_reasons
    assert {"yes": {"yes": 1, "no": 1, "unknown": 1}, "no": {"yes": 1, "no": 2, "unknown": 1}} == figures.answers


def test_a_false_alarm_accuses_a_wearer_of_no_badge_and_a_non_smoker_of_smoking() -> None:
    pictures = [story((YES, NO), (YES, NO), (NO, YES)), story()]
    badge, smoking = person_figures(Task.BADGE, pictures), person_figures(Task.SMOKING, pictures)
    assert (2, 2, 1.0) == (badge.false_alarms, badge.accusable, badge.alarms_per_picture)
    assert (1, 1, 0.5) == (smoking.false_alarms, smoking.accusable, smoking.alarms_per_picture)


def test_no_alarm_in_ten_pictures_is_no_promise() -> None:
    low, high = person_figures(Task.BADGE, [story((YES, YES))] * 10).alarms_per_picture_interval or (1.0, 0.0)
    assert (0.0, pytest.approx(0.3689, abs=1e-4)) == (low, high)


def test_what_nobody_was_asked_is_undefined() -> None:
    figures = person_figures(Task.BADGE, [story(), story()])
    assert {None} == {*figures.shares.values(), *figures.intervals.values()}


ANSWERED = st.lists(
    st.lists(st.tuples(st.sampled_from([YES, NO, None]), st.sampled_from([YES, NO, UNKNOWN])), max_size=4),
    min_size=1, max_size=5,
)  # fmt: skip


@given(ANSWERED)
def test_turning_yes_and_no_round_turns_the_figures_round(answers: list[list[tuple[Answer | None, Answer]]]) -> None:
    turned = {YES: NO, NO: YES, UNKNOWN: UNKNOWN, None: None}
    there = person_figures(Task.BADGE, [story(*some) for some in answers])
    back = person_figures(Task.SMOKING, [story(*((turned[t], turned[a]) for t, a in some)) for some in answers])  # type: ignore[misc]
    for kind in ("precision", "recall"):
        assert there.shares[f"yes_{kind}"] == back.shares[f"no_{kind}"]
        assert there.shares[f"no_{kind}"] == back.shares[f"yes_{kind}"]
    assert (there.shares["decided"], there.false_alarms) == (back.shares["decided"], back.false_alarms)
