"""Calendars: whose events they are, of which kind, and when they happen."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.attendance.facts import Leave, LeaveKind
from service.attendance.imports.leave import read_leave
from service.attendance.imports.repetition import repetition_of
from service.attendance.imports.results import ImportContext, ImportResult, ImportUnreadable
from service.attendance.intervals import Interval
from tests.imported_files import CONTEXT, codes, local, noted, whole_days, with_

MEETING = ("UID:CB01-1@sonoivu", "SUMMARY:Họp giao ban", "DTSTART:20260303T080000", "DTEND:20260303T093000")
WINDOW = with_(window=Interval(local(1), local(1, month=4)))


def calendar_of(*events: tuple[str, ...], zones: tuple[str, ...] = ()) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *zones]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(*events: tuple[str, ...], context: ImportContext = CONTEXT) -> ImportResult[Leave]:
    return read_leave(calendar_of(*events), "lich.ics", context)


def spans(result: ImportResult[Leave]) -> list[Interval]:
    return [leave.span for leave in result.accepted]


def test_times_without_a_zone_are_the_sites() -> None:
    found = read(MEETING)
    assert [] == codes(found)
    assert (
        Leave("CB01", LeaveKind.MEETING, Interval(local(3, 8), local(3, 9, 30)), "", "Họp giao ban", "lich.ics"),
    ) == (found.accepted)


@pytest.mark.parametrize(
    "ends",
    [
        ("DTSTART:20260303T010000Z", "DTEND:20260303T023000Z"),
        ("DTSTART;TZID=SE Asia Standard Time:20260303T080000", "DURATION:PT1H30M"),
        ("DTSTART;TZID=Asia/Tokyo:20260303T100000", "DTEND;TZID=Asia/Ho_Chi_Minh:20260303T093000"),
    ],
)
def test_time_zones_are_heeded(ends: tuple[str, ...]) -> None:
    assert [Interval(local(3, 8), local(3, 9, 30))] == spans(read((*MEETING[:2], *ends)))


def test_a_zone_that_the_file_defines_itself_is_heeded() -> None:
    zone = (
        "BEGIN:VTIMEZONE", "TZID:Giờ của chúng tôi", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0700",
        "TZOFFSETTO:+0700", "END:STANDARD", "END:VTIMEZONE",
    )  # fmt: skip
    times = ("DTSTART;TZID=Giờ của chúng tôi:20260303T080000", "DTEND;TZID=Giờ của chúng tôi:20260303T093000")
    found = read_leave(calendar_of((*MEETING[:2], *times), zones=zone), "a.ics", CONTEXT)
    assert [Interval(local(3, 8), local(3, 9, 30))] == spans(found)


def test_a_day_long_event_ends_before_its_end_day() -> None:
    leave = ("UID:CB01:x", "CATEGORIES:Nghỉ phép", "DTSTART;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20260306")
    one_day = ("UID:CB02_x", "SUMMARY:Nghỉ ốm", "DTSTART;VALUE=DATE:20260303")
    found = read(leave, one_day)
    assert [whole_days(3, 5), whole_days(3, 3)] == spans(found)
    assert [LeaveKind.ANNUAL, LeaveKind.SICK] == [each.kind for each in found.accepted]


def test_officers_are_attendees_by_address_name_or_id() -> None:
    event = (
        "UID:7f3a-1",
        "CATEGORIES:Họp",
        "ORGANIZER;CN=Phạm Thị Hằng:mailto:hang@sonoivu.vn",
        "ATTENDEE;CN=Nguyễn Văn Đức:mailto:duc.nv@sonoivu.vn",
        "ATTENDEE:MAILTO:cb02@sonoivu.vn",
        "ATTENDEE;CN=Chị Ba:mailto:ba@sonoivu.vn",
        "ATTENDEE;CN=Khách:mailto:khach@gmail.com",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:cb04@sonoivu.vn",
        *MEETING[2:],
    )
    found = read(event, context=with_(emails={"Ba@sonoivu.vn": "CB03"}))
    assert ["CB01", "CB02", "CB03"] == [leave.officer_id for leave in found.accepted]
    assert [(1, "strangers")] == noted(found)


def test_without_attendees_the_organiser_or_a_category_says_who() -> None:
    organised = ("UID:a", "SUMMARY:Đi công tác", "ORGANIZER;CN=Nguyễn Văn Đức:mailto:x@y.vn", *MEETING[2:])
    by_category = ("UID:b", "CATEGORIES:Tập huấn,CB02", *MEETING[2:])
    found = read(organised, by_category)
    assert [("CB01", "duty_trip"), ("CB02", "training")] == [(each.officer_id, each.kind) for each in found.accepted]


def test_ids_in_brackets_in_the_title_are_officers() -> None:
    secretary = "ORGANIZER;CN=Nguyễn Văn Đức:mailto:cb01@sonoivu.vn"
    found = read(("UID:CB01-7", "SUMMARY:[Gấp] Họp [cb02, CB99] [12]", secretary, *MEETING[2:]))
    assert ["CB02", "0012"] == [leave.officer_id for leave in found.accepted]
    assert ["'[Gấp] Họp [cb02, CB99] [12]': not officers: Gấp, CB99"] == [note.message for note in found.notes]


def test_ids_in_brackets_join_those_who_were_invited() -> None:
    found = read(("UID:a", "SUMMARY:Họp [CB02]", "ATTENDEE:mailto:cb01@sonoivu.vn", *MEETING[2:]))
    assert ["CB01", "CB02"] == [leave.officer_id for leave in found.accepted]


def test_brackets_that_name_nobody_known_are_a_fault_of_the_title() -> None:
    found = read(("UID:a", "SUMMARY:Họp [CB99]", *MEETING[2:]))
    assert [("SUMMARY", "CB99", "unknown_officer")] == [(f.column, f.value, f.code) for f in found.faults]
    assert () == found.accepted


def test_events_that_cannot_be_taken_are_named_by_number() -> None:
    found = read(
        ("UID:x-1", *MEETING[1:]),
        ("UID:CB01-1", "SUMMARY:Sinh nhật", *MEETING[2:]),
        (*MEETING[:2], "DTEND:20260303T093000"),
        (*MEETING[:2], "DTSTART:2026-03-03 08:00", "DTEND:20260303T093000"),
        (*MEETING[:2], "DTSTART:20260303T080000"),
        (*MEETING[:2], "DTSTART:20260303T080000", "DTEND:20260303T070000"),
        (*MEETING[:2], "DTSTART;TZID=Sao Hoả:20260303T080000", "DURATION:PT1H"),
        (*MEETING[:2], "DTSTART;VALUE=DATE:20260303", "DTEND:20260303T070000"),
        ("UID:b", "SUMMARY:Họp", "ATTENDEE;CN=Lê Hoà:mailto:hoa@x.vn", *MEETING[2:]),
        (*MEETING, "RRULE:FREQ=HOURLY;COUNT=3"),
        (*MEETING, "RRULE:FREQ=DAILY;INTERVAL=0"),
        (*MEETING, "RRULE:FREQ=NOW"),
    )
    wanted = [
        "unknown_officer", "unknown_kind", "missing", "unreadable_date", "missing", "end_before_start", "unknown_zone",
        "unreadable_date", "several_officers", "unreadable_rule", "unreadable_rule", "unreadable_rule",
    ]  # fmt: skip
    assert list(enumerate(wanted, start=1)) == codes(found)
    assert () == found.accepted


def test_cancelled_events_and_free_time_are_left_out_and_noted() -> None:
    found = read((*MEETING, "STATUS:CANCELLED"), (*MEETING, "TRANSP:TRANSPARENT"))
    assert ([], [(1, "left_out"), (2, "left_out")], ()) == (codes(found), noted(found), found.accepted)


def test_a_repeated_event_counts_within_the_window() -> None:
    weekly = (*MEETING, "RRULE:FREQ=WEEKLY;BYDAY=TU", "EXDATE:20260317T080000")
    started_before = (*MEETING[:2], "DTSTART:20260106T080000", "DTEND:20260106T093000", "RRULE:FREQ=WEEKLY")
    wanted = [Interval(local(day, 8), local(day, 9, 30)) for day in (3, 10, 24, 31)]
    assert wanted == spans(read(weekly, context=WINDOW))
    assert [local(day, 8) for day in (3, 10, 17, 24, 31)] == [
        s.start for s in spans(read(started_before, context=WINDOW))
    ]


def test_a_repeated_event_has_the_end_that_it_names() -> None:
    counted = (*MEETING, "RRULE:FREQ=DAILY;COUNT=2")
    until = (*MEETING, "RRULE:FREQ=DAILY;UNTIL=20260305T010000Z")
    until_day = ("UID:CB01-1", "SUMMARY:ốm", "DTSTART;VALUE=DATE:20260303", "RRULE:FREQ=DAILY;UNTIL=20260304")
    assert [local(3, 8), local(4, 8)] == [span.start for span in spans(read(counted))]
    assert [local(3, 8), local(4, 8), local(5, 8)] == [span.start for span in spans(read(until))]
    assert [whole_days(3, 3), whole_days(4, 4)] == spans(read(until_day))


def test_without_a_window_an_endless_event_is_taken_for_400_days_and_noted() -> None:
    found = read((*MEETING, "RRULE:FREQ=MONTHLY"))
    assert [(1, "without_end")] == noted(found)
    assert 14 == len(found.accepted)


def test_rules_that_never_come_true_end_soon() -> None:
    found = read((*MEETING, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"))
    assert [local(3, 8)] == [span.start for span in spans(found)]


def test_a_meeting_that_was_moved_stands_where_it_was_moved_to() -> None:
    weekly = (*MEETING, "RRULE:FREQ=WEEKLY;COUNT=3")
    moved = (*MEETING[:2], "RECURRENCE-ID:20260310T080000", "DTSTART:20260311T140000", "DTEND:20260311T150000")
    cancelled = (*MEETING[:2], "RECURRENCE-ID:20260317T080000", "STATUS:CANCELLED", *MEETING[2:])
    found = read(weekly, moved, cancelled)
    assert [] == codes(found)
    assert [local(3, 8), local(11, 14)] == [span.start for span in spans(found)]


def test_summer_time_does_not_move_a_meeting() -> None:
    times = ("DTSTART;TZID=Europe/Berlin:20260327T080000", "DTEND;TZID=Europe/Berlin:20260327T090000")
    found = read((*MEETING[:2], *times, "RRULE:FREQ=DAILY;COUNT=3"))
    starts = [span.start for span in spans(found)]
    assert [timedelta(days=1), timedelta(hours=23)] == [starts[1] - starts[0], starts[2] - starts[1]]


def test_more_than_a_thousand_times_are_refused() -> None:
    context = with_(window=Interval(local(1), local(1, year=2031)))
    assert [(1, "too_many_times")] == codes(read((*MEETING, "RRULE:FREQ=DAILY"), context=context))


def test_a_line_folded_within_a_letter_is_read() -> None:
    content = calendar_of(MEETING).replace(
        "Họp giao".encode(), "Họp giao".encode()[:2] + b"\r\n " + "Họp giao".encode()[2:]
    )
    assert ["Họp giao ban"] == [leave.note for leave in read_leave(content, "a.ics", CONTEXT).accepted]


def test_a_calendar_that_was_cut_off_is_unreadable_and_one_without_events_says_so() -> None:
    with pytest.raises(ImportUnreadable) as caught:
        read_leave(calendar_of(MEETING)[:-20], "a.ics", CONTEXT)
    assert "broken_calendar" == caught.value.code
    assert [(0, "no_rows")] == codes(read())


WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@st.composite
def rules(draw: st.DrawFn) -> dict[str, list[object]]:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    # of MO,1MO dateutil takes what is both, the standard what is either
    may_count = frequency in ("MONTHLY", "YEARLY") and draw(st.booleans())
    counted = st.sampled_from(["1", "2", "-1", "5"] if may_count else [""])
    choices: dict[str, st.SearchStrategy[object]] = {
        "BYDAY": st.builds(str.__add__, counted, st.sampled_from(WEEKDAYS)),
        "BYMONTHDAY": st.sampled_from([1, 13, 29, 31, -1, -5]),
        "BYMONTH": st.integers(1, 12),
        "BYSETPOS": st.sampled_from([1, 2, -1]),
    }
    rule: dict[str, list[object]] = {
        "FREQ": [frequency],
        "INTERVAL": [draw(st.integers(1, 4))],
        "WKST": [draw(st.sampled_from(WEEKDAYS))],
    }
    for part in draw(st.lists(st.sampled_from(sorted(choices)), unique=True, max_size=3)):
        rule[part] = draw(st.lists(choices[part], min_size=1, max_size=2, unique=True))
    if frequency == "WEEKLY":
        rule.pop("BYMONTHDAY", None)  # RFC 5545 forbids it
    if not {"BYDAY", "BYMONTHDAY", "BYMONTH"} & set(rule):
        rule.pop("BYSETPOS", None)  # and this
    return rule


def _counted_from(rule: dict[str, list[object]], first: date) -> date:
    """Where dateutil must begin: of the first week it counts the positions only in what is left of it."""
    if rule["FREQ"] != ["WEEKLY"] or "BYSETPOS" not in rule:
        return first
    return first - timedelta(days=(first.weekday() - WEEKDAYS.index(str(rule["WKST"][0]))) % 7)


@settings(max_examples=80)
@given(rules(), st.dates(date(2024, 1, 1), date(2026, 12, 31)))
def test_rules_come_true_on_the_days_that_dateutil_says(rule: dict[str, list[object]], first: date) -> None:
    last = first + timedelta(days=800)
    text = ";".join(f"{part}={','.join(map(str, values))}" for part, values in rule.items())
    # dateutil looks for the day after the last one until the year 9999
    soon = repetition_of(rule).days(first, last + timedelta(days=1500))
    assume(any(day > last for day in soon))
    if rule["FREQ"] == ["WEEKLY"] and "BYDAY" not in rule:
        text += f";BYDAY={WEEKDAYS[first.weekday()]}"  # else it would be the weekday of where dateutil begins
    known = rrulestr(text, dtstart=datetime.combine(_counted_from(rule, first), time()))
    until_last = takewhile(lambda at: at.date() <= last, known)
    wanted = [at.date() for at in islice(until_last, 900) if at.date() >= first]
    assert wanted == list(repetition_of(rule).days(first, last))
