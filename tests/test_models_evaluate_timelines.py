"""Events found against events that happened, and the files that say what happened."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluate.errors import EvaluationInvalid
from models.evaluate.timelines import Comparison, Span, compare, rate_per_hour
from models.evaluate.truth_file import RULES, read_truth
from tests.samples import SAMPLES


def span(start_s: float, end_s: float | None = None, *, rule: str = "smoking", place: str | None = "desk") -> Span:
    return Span(rule, place, start_s, end_s)


def counts(comparison: Comparison) -> tuple[int, int, int]:
    return len(comparison.matches), len(comparison.missed), len(comparison.false)


def test_a_start_within_the_tolerance_is_found() -> None:
    assert (1, 0, 0) == counts(compare([span(10)], [span(13)], tolerance_s=3))
    assert (0, 1, 1) == counts(compare([span(10)], [span(13.001)], tolerance_s=3))


def test_rule_and_place_must_be_right_where_the_truth_names_a_place() -> None:
    assert (0, 1, 1) == counts(compare([span(10)], [span(10, rule="presence")], tolerance_s=3))
    assert (0, 1, 1) == counts(compare([span(10)], [span(10, place="other")], tolerance_s=3))
    assert (1, 0, 0) == counts(compare([span(10, place=None)], [span(10, place="other")], tolerance_s=3))


def test_one_truth_is_found_once() -> None:
    comparison = compare([span(10)], [span(9), span(10.5), span(11)], tolerance_s=3)
    assert (1, 0, 2) == counts(comparison)
    assert ((0, 1),) == comparison.matches


def test_no_match_is_given_up_for_a_smaller_error() -> None:
    # taking 12 for 11 would leave 14 alone
    comparison = compare([span(11), span(14)], [span(9), span(12)], tolerance_s=3)
    assert (2, 0, 0) == counts(comparison)


def test_errors_are_those_of_starts_and_of_ends_that_are_known() -> None:
    comparison = compare([span(10, 20), span(40)], [span(11, 18.5), span(39, 60)], tolerance_s=3)
    assert [1, 1.5, 1] == comparison.errors_s()


def test_each_rule_by_itself() -> None:
    comparison = compare(
        [span(10), span(10, rule="presence")], [span(10.2, rule="presence"), span(50, rule="presence")], tolerance_s=3
    )
    assert (1, 0, 1) == counts(comparison.of_rule("presence"))
    assert (0, 1, 0) == counts(comparison.of_rule("smoking"))


def test_two_false_flags_in_half_an_hour() -> None:
    rate, (low, high) = rate_per_hour(2, 0.5)
    assert 4.0 == rate
    assert (pytest.approx(0.484, abs=1e-3), pytest.approx(14.449, abs=1e-3)) == (low, high)


STARTS = st.lists(st.integers(0, 12), max_size=5)


@given(STARTS, STARTS, st.integers(0, 4))
def test_no_other_pairing_is_better(true: list[int], found: list[int], tolerance_s: int) -> None:
    """All pairings are tried."""
    comparison = compare([span(t) for t in true], [span(f) for f in found], tolerance_s=tolerance_s)
    best = (0, 0)
    slots: list[int | None] = [*range(len(found)), *[None] * len(true)]
    for chosen in set(permutations(slots, len(true))):
        apart = [abs(true[row] - found[column]) for row, column in enumerate(chosen) if column is not None]
        near = [error for error in apart if error <= tolerance_s]
        best = max(best, (len(near), -sum(near)))
    errors = [abs(true[row] - found[column]) for row, column in comparison.matches]
    assert best == (len(errors), -sum(errors))
    assert all(error <= tolerance_s for error in errors)


def written(tmp_path: Path, document: Any) -> Path:
    path = tmp_path / "truth.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("camera", ["entrance", "counter", "office"])
def test_the_samples_truth_can_be_read(camera: str) -> None:
    path = SAMPLES / "truth" / f"{camera}.json"
    truth = read_truth(path)
    events = json.loads(path.read_text(encoding="utf-8"))["events"]
    assert (camera, RULES, len(events)) == (truth.camera, truth.rules, len(truth.events))
    assert events[0]["start_s"] == truth.events[0].start_s


def test_visits_speak_of_presence_at_any_place_and_of_nothing_else(tmp_path: Path) -> None:
    truth = read_truth(written(tmp_path, {"video": "a.mp4", "visits": [{"enter": 6.0, "leave": 20.2}, {"enter": 30}]}))
    assert (("presence",), None) == (truth.rules, truth.camera)
    assert (Span("presence", None, 6.0, 20.2), Span("presence", None, 30.0, None)) == truth.events


def test_a_truth_may_speak_of_some_rules_only(tmp_path: Path) -> None:
    assert ("smoking",) == read_truth(written(tmp_path, {"events": [], "rules": ["smoking"]})).rules


EVENT = {"rule": "smoking", "start_s": 1}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "is not JSON that can be read"),
        ([], "wanted a JSON object"),
        ({}, "wanted either 'events' or 'visits'"),
        ({"events": [], "visits": []}, "wanted either 'events' or 'visits'"),
        ({"events": {}}, "events: wanted a list"),
        ({"events": [7]}, r"events\[0\]: wanted an object, got 7"),
        ({"visits": [7]}, r"visits\[0\]: wanted an object, got 7"),
        ({"events": [{"rule": "dancing", "start_s": 1}]}, r"events\[0\]: rule: got 'dancing'; there are presence"),
        ({"events": [{"rule": "smoking"}]}, "start_s is missing"),
        ({"visits": [{"leave": 3}]}, "enter is missing"),
        ({"events": [EVENT | {"start_s": "1"}]}, "start_s: wanted seconds from the start of the recording, got '1'"),
        ({"events": [EVENT | {"start_s": -1}]}, "start_s: wanted seconds"),
        ({"events": [EVENT | {"start_s": True}]}, "start_s: wanted seconds"),
        ({"events": [EVENT | {"end_s": 0.5}]}, "end_s 0.5 is before start_s 1.0"),
        ({"events": [], "rules": "smoking"}, "rules: wanted a list"),
        ({"events": [], "rules": ["dancing"]}, "rules: unknown rule 'dancing'"),
        ({"events": [EVENT], "rules": ["presence"]}, "there are events of 'smoking', which is not listed"),
    ],
)
def test_a_wrong_truth_file_is_refused(tmp_path: Path, document: Any, message: str) -> None:
    with pytest.raises(EvaluationInvalid, match=message):
        read_truth(written(tmp_path, document))


def test_a_missing_truth_file(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="no such truth file"):
        read_truth(tmp_path / "none.json")


def test_every_fault_is_listed(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid) as told:
        read_truth(written(tmp_path, {"events": [7, {"rule": "smoking"}, EVENT]}))
    assert 2 == len(told.value.faults)
