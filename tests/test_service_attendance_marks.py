"""The signs of the timesheet: what is said of half a day, and what never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.attendance import marks
from service.attendance.facts import LeaveKind
from service.attendance.marks import LETTERS, Sign, legend, marks_of, text_of
from tests.attendance_reports import AFTERNOON, MORNING, OFF, Told, Who, report_of

P, H, CT = LeaveKind.ANNUAL, LeaveKind.MEETING, LeaveKind.DUTY_TRIP

STORIES = [
    ("at work all day", Told(), "+"),
    ("late by twenty minutes", Told("07:50-11:30 13:30-17:00"), "+"),
    ("left the post for an hour", Told("07:30-09:00 10:00-11:30 13:30-17:00"), "+"),
    ("absent all day", Told(""), "V"),
    ("absent in the afternoon", Told(MORNING), "½"),
    ("absent in the morning", Told(AFTERNOON), "½"),
    ("on leave all day", Told("", leave=[(P, "00:00-23:59")]), "P"),
    ("on leave in the afternoon", Told(MORNING, leave=[(P, AFTERNOON)]), "½P"),
    ("on leave in the afternoon and absent in the morning", Told("", leave=[(P, AFTERNOON)]), "½P ½V"),
    ("on leave in the afternoon, the morning not seen", Told("", AFTERNOON, [(P, AFTERNOON)]), "½P ½?"),
    ("half leave, half duty trip", Told("", leave=[(P, MORNING), (CT, AFTERNOON)]), "½CT ½P"),
    ("an hour of meeting is no sign", Told("07:30-10:30 13:30-17:00", leave=[(H, "10:30-11:30")]), "+"),
    ("half an hour short of a whole day's leave", Told("", leave=[(P, "07:30-16:30")]), "P"),
    ("training all day", Told("", leave=[(LeaveKind.TRAINING, "07:00-18:00")]), "H"),
    ("no camera all day", Told("", seen=""), "?"),
    ("no camera in the afternoon", Told(MORNING, MORNING), "½?"),
    ("absent in the morning, no camera in the afternoon", Told("", MORNING), "½V ½?"),
    ("seen for ten minutes, then no camera", Told("07:30-07:40 13:30-13:40", "07:30-07:40 13:30-13:40"), "+"),
    ("an outage of ten minutes in an empty morning", Told(AFTERNOON, "00:00-09:00 09:10-23:59"), "½?"),
    ("day off", OFF, ""),
    ("at the desk on a day off", Told(MORNING, shifts=""), ""),
    ("one long session", Told("08:00-16:00", shifts="08:00-16:00"), "+"),
    ("half a long session on leave", Told("08:00-12:00", leave=[(P, "12:00-16:00")], shifts="08:00-16:00"), "½P"),
    ("a night", Told("22:00-06:00", shifts="22:00-06:00"), "+"),
    ("two sessions that touch", Told("08:00-16:00", shifts="08:00-12:00 12:00-16:00"), "+"),
    (
        "three sessions, the last one absent",
        Told("07:00-09:00 10:00-12:00", shifts="07:00-09:00 10:00-12:00 13:00-17:00"),
        "½",
    ),
]


@pytest.mark.parametrize(("told", "sign"), [story[1:] for story in STORIES], ids=[story[0] for story in STORIES])
def test_the_sign_of_a_day(told: Told, sign: str) -> None:
    assert [sign] == marks_of(report_of([Who("A", [told])])).texts()


def test_a_holiday_and_a_day_to_come_have_signs_of_their_own() -> None:
    days = [OFF, Told(), OFF, OFF]
    report = report_of(
        [Who("A", days), Who("B", days, site_id="cam-pha")],
        date(2026, 4, 29),
        holidays={("hong-gai", date(2026, 4, 29)): "Giỗ Tổ", ("hong-gai", date(2026, 4, 30)): "Giải phóng"},
        made_at=datetime(2026, 5, 1, 3, tzinfo=UTC),
    )
    assert ["L", "+", "", "…", "", "+", "", "…"] == marks_of(report).texts()


def test_halves_count_as_halves() -> None:
    days = [Told(), Told(MORNING), Told("", leave=[(P, AFTERNOON)]), Told("", seen="")]
    marks = marks_of(report_of([Who("A", days)]))
    counted = {LETTERS[sign]: marks.days(sign).sum() for sign in (Sign.WORK, Sign.ANNUAL, Sign.ABSENT, Sign.UNKNOWN)}
    assert {"+": 1.5, "P": 0.5, "V": 1.0, "?": 1.0} == counted


def test_no_sign_begins_with_another_whatever_the_case() -> None:
    letters = [letter.casefold() for letter in LETTERS if letter]
    assert [] == [(a, b) for a in letters for b in letters if a is not b and b.startswith(a)]


def test_every_pair_of_halves_has_a_text_of_its_own() -> None:
    halves = [sign for sign in Sign if sign >= Sign.WORK]
    texts = [text_of(a, b) for a in halves for b in halves if a <= b]
    assert len(texts) == len(set(texts))


def test_the_legend_names_every_sign_once() -> None:
    signs = [sign for sign, _ in legend(lambda message: message)]
    assert len(signs) == len(set(signs))
    assert {letter for letter in LETTERS if letter} | {"½", "½P", "½P ½V"} == set(signs)


CLOCK = st.integers(0, 23 * 12).map(lambda n: f"{n // 12:02d}:{n % 12 * 5:02d}")
STRETCH = st.tuples(CLOCK, CLOCK).filter(lambda pair: pair[0] < pair[1]).map("-".join)


@settings(max_examples=60, deadline=None)
@given(
    present=st.lists(STRETCH, max_size=3), seen=st.lists(STRETCH, max_size=3), outage=STRETCH, on_leave=st.booleans()
)
def test_less_sight_never_turns_anything_into_absence(
    present: list[str], seen: list[str], outage: str, *, on_leave: bool
) -> None:
    told = Told(" ".join(present), " ".join(seen), [(P, AFTERNOON)] if on_leave else [])
    start, end = outage.split("-")
    less = []
    for stretch in seen:
        a, b = stretch.split("-")
        less += [f"{x}-{y}" for x, y in ((a, min(b, start)), (max(a, end), b)) if x < y]
    absent = [
        marks_of(report_of([Who("A", [one])])).days(Sign.ABSENT)[0]
        for one in (told, replace(told, seen=" ".join(less)))
    ]
    assert absent[1] <= absent[0]


def test_many_days_are_looked_at_in_parts_that_say_what_the_whole_says(monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of([Who(name, [told for _, told, _ in STORIES]) for name in "ABC"])
    whole = marks_of(report).texts()
    monkeypatch.setattr(marks, "ROWS_AT_A_TIME", 7)
    assert [sign for _, _, sign in STORIES] * 3 == whole == marks_of(report).texts()
