"""Leave from tables: what rows say, what is wrong with them, and what contradicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.attendance.facts import Leave, LeaveKind
from service.attendance.imports.exporting import leave_csv, leave_xlsx
from service.attendance.imports.leave import read_leave
from service.attendance.imports.results import HalvedAtNoon, ImportUnreadable
from service.attendance.imports.wording import tidy
from service.attendance.intervals import Interval
from tests.imported_files import (
    CONTEXT,
    OFFICERS,
    TITLES,
    ZONE,
    codes,
    csv_of,
    local,
    noted,
    whole_days,
    with_,
    xlsx_of,
)


def test_a_vietnamese_table_with_a_heading_above_is_read() -> None:
    content = csv_of(
        ("DANH SÁCH NGHỈ PHÉP THÁNG 3",),
        (),
        (
            "STT",
            "Mã cán bộ",
            "HỌ VÀ TÊN",
            "Loại nghỉ",
            "Từ ngày",
            "Đến ngày",
            "Buổi (sáng/chiều)",
            "Số văn bản",
            "Ghi chú",
        ),
        ("1", "CB01", "Nguyễn Văn Đức", "Nghỉ phép", "03/03/2026", "05/03/2026", "", "12/QĐ-SNV", "về quê"),
        ("2", "", "Trần Thị Ộng", "Công tác", "2026-03-04", "", "chiều", "", ""),
    )
    read = read_leave(content, "thang-3.csv", CONTEXT)
    assert [] == codes(read)
    assert (
        Leave("CB01", LeaveKind.ANNUAL, whole_days(3, 5), "12/QĐ-SNV", "về quê", "thang-3.csv"),
        Leave("CB02", LeaveKind.DUTY_TRIP, Interval(local(4, 13, 30), local(4, 17)), "", "", "thang-3.csv"),
    ) == read.accepted


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("phép", "annual"), ("NGHỈ PHÉP", "annual"), ("P", "annual"), ("ốm", "sick"), ("Ô", "sick"),
        ("con ốm", "sick_child"), ("Cô", "sick_child"), ("thai sản", "maternity"), ("không lương", "unpaid"),
        ("nghỉ bù", "compensatory"), ("công tác", "duty_trip"), ("họp", "meeting"), ("tập huấn", "training"),
        ("đào tạo", "training"), ("học", "training"), ("khác", "other_leave"), ("sick_child", "sick_child"),
        ("other_leave", "other_leave"), ("nghi phep", "annual"),
    ],
)  # fmt: skip
def test_kinds_are_known_by_their_words(words: str, kind: str) -> None:
    read = read_leave(csv_of(TITLES, ("CB01", words, "03/03/2026")), "a.csv", CONTEXT)
    assert [kind] == [leave.kind for leave in read.accepted]


def test_each_bad_row_is_named_and_the_good_ones_are_reported() -> None:
    content = csv_of(
        TITLES,
        ("CB99", "phép", "03/03/2026", ""),
        ("CB01", "tắm biển", "03/03/2026", ""),
        ("CB01", "phép", "31/02/2026", ""),
        ("CB01", "phép", "03/03/26", ""),
        ("CB01", "phép", "05/03/2026", "03/03/2026"),
        ("CB01", "phép", "03/03/2026", "03/03/2062"),
        ("", "phép", "03/03/2026", ""),
        ("CB01", "phép", "", "03/03/2026"),
        ("CB01", "phép", "03/03/2026", "", "nửa"),
        ("CB01", "phép", "08/03/2026", "", "sáng"),
        ("CB01", "phép", "03/03/2026", "04/03/2026", "sáng"),
        ("CB01", "phép", "03/03/1926", ""),
        ("CB01", "phép", "03/03/2026 08:00", ""),
        ("CB02", "phép", "03/03/2026", ""),
    )
    read = read_leave(content, "a.csv", CONTEXT)
    wanted = [
        "unknown_officer", "unknown_kind", "unreadable_date", "ambiguous_date", "end_before_start", "too_long",
        "missing", "missing", "unknown_part", "no_such_half", "part_of_several_days", "date_out_of_range",
        "missing_time",
    ]  # fmt: skip
    assert list(enumerate(wanted, start=2)) == codes(read)
    assert ["CB02"] == [leave.officer_id for leave in read.accepted]
    assert ("kind", "tắm biển") == (read.faults[1].column, read.faults[1].value)
    assert all(fault.message for fault in read.faults)


def test_a_name_is_enough_where_only_one_officer_has_it() -> None:
    content = csv_of(("Họ tên", "Loại", "Từ ngày"), ("NGUYỄN VĂN ĐỨC", "ốm", "3/3/2026"), ("Lê Hoà", "ốm", "3/3/2026"))
    read = read_leave(content, "a.csv", CONTEXT)
    assert ["CB01"] == [leave.officer_id for leave in read.accepted]
    assert [(3, "several_officers")] == codes(read)


def test_a_name_that_is_not_the_ids_is_a_fault() -> None:
    content = csv_of(("Mã", "Họ tên", "Loại", "Từ ngày"), ("CB01", "Trần Thị Ộng", "ốm", "3/3/2026"))
    assert [(2, "name_mismatch")] == codes(read_leave(content, "a.csv", CONTEXT))


def test_zeros_that_a_spreadsheet_took_from_an_id_are_not_missed() -> None:
    read = read_leave(xlsx_of(TITLES, (12, "ốm", date(2026, 3, 3))), "a.xlsx", CONTEXT)
    assert ["0012"] == [leave.officer_id for leave in read.accepted]


def test_halves_of_a_day_are_made_of_its_sessions() -> None:
    content = csv_of(
        TITLES,
        ("CB01", "phép", "03/03/2026", "", "sáng"),
        ("CB01", "phép", "03/03/2026", "", "PM"),
        ("CB02", "phép", "07/03/2026", "", "sáng"),
        ("CB02", "phép", "07/03/2026", "", "chiều"),
    )
    read = read_leave(content, "a.csv", CONTEXT)
    spans = [(leave.span.start, leave.span.end) for leave in read.accepted]
    assert [
        (local(3, 7, 30), local(3, 11, 30)),
        (local(3, 13, 30), local(3, 17)),
        (local(7, 7, 30), local(7, 11, 30)),
    ] == spans
    assert [(5, "no_such_half")] == codes(read)


def test_without_a_calendar_days_are_halved_at_noon() -> None:
    content = csv_of(TITLES, ("CB01", "phép", "03/03/2026", "", "sáng"))
    read = read_leave(content, "a.csv", with_(sessions_of=HalvedAtNoon(ZONE)))
    assert [Interval(local(3), local(3, 12))] == [leave.span for leave in read.accepted]


def test_a_day_of_one_long_session_is_halved() -> None:
    day = Interval(local(3, 8), local(3, 16))
    content = csv_of(TITLES, ("CB01", "phép", "03/03/2026", "", "chiều"))
    read = read_leave(content, "a.csv", with_(sessions_of=lambda officer_id, on: (day,)))
    assert [Interval(local(3, 12), local(3, 16))] == [leave.span for leave in read.accepted]


def test_the_number_of_days_is_held_against_the_dates() -> None:
    titles = ("Mã", "Loại", "Từ ngày", "Đến ngày", "Buổi", "Số ngày")
    content = csv_of(
        titles,
        ("CB01", "phép", "03/03/2026", "03/03/2026", "sáng", "0,5"),
        ("CB01", "phép", "06/03/2026", "09/03/2026", "", "3"),
        ("CB02", "phép", "06/03/2026", "09/03/2026", "", "4,0"),
        ("CB03", "phép", "06/03/2026", "09/03/2026", "", "2"),
        ("CB04", "phép", "03/03/2026", "", "", "0,5"),
        ("CB04", "phép", "04/03/2026", "", "", "một"),
        separator=";",
    )
    read = read_leave(content, "a.csv", CONTEXT)
    assert [(5, "days_do_not_match"), (6, "half_without_part"), (7, "unreadable_number")] == codes(read)
    assert ["CB01", "CB01", "CB02"] == [leave.officer_id for leave in read.accepted]


def test_a_comma_decimal_that_shifts_a_row_is_a_fault_of_that_row() -> None:
    content = csv_of(
        ("Mã", "Loại", "Từ ngày", "Số ngày"), ("CB01", "phép", "03/03/2026", "0,5"), ("CB02", "ốm", "3/3/2026", "1")
    )
    read = read_leave(content, "a.csv", CONTEXT)
    assert [(2, "too_many_values")] == codes(read)
    assert ["CB02"] == [leave.officer_id for leave in read.accepted]


def test_times_make_a_meeting_of_hours() -> None:
    titles = ("Mã", "Loại", "Từ ngày", "Từ giờ", "Đến giờ")
    cells = (
        ("CB01", "họp", date(2026, 3, 3), time(8), time(9, 30)),
        ("CB02", "họp", date(2026, 3, 3), "8h30", "10 giờ"),
    )
    read = read_leave(xlsx_of(titles, *cells), "a.xlsx", CONTEXT)
    assert [Interval(local(3, 8), local(3, 9, 30))] == [leave.span for leave in read.accepted]
    assert [(3, "unreadable_time")] == codes(read)


def test_two_times_for_one_end_and_times_beside_half_days_are_faults() -> None:
    titles = ("Mã", "Loại", "Từ ngày", "Đến ngày", "Từ giờ", "Buổi", "Màu")
    content = csv_of(
        titles,
        ("CB01", "họp", "03/03/2026 08:00", "03/03/2026 09:00", "08:30", ""),
        ("CB01", "họp", "03/03/2026 08:00", "03/03/2026 09:00", "08:00", "sáng"),
    )
    read = read_leave(content, "a.csv", CONTEXT)
    assert [(2, "two_times"), (3, "part_and_time")] == codes(read)
    assert [(1, "columns_not_read")] == noted(read)
    assert "Màu" in read.notes[0].message


def test_leave_that_overlaps_in_the_file_is_refused_on_both_rows() -> None:
    content = csv_of(
        TITLES,
        ("CB01", "phép", "03/03/2026", "05/03/2026"),
        ("CB01", "ốm", "05/03/2026", "06/03/2026"),
        ("CB01", "ốm", "07/03/2026", ""),
        ("CB02", "ốm", "05/03/2026", ""),
        ("CB02", "ốm", "05/03/2026", ""),
    )
    read = read_leave(content, "a.csv", CONTEXT)
    assert [(2, "overlaps"), (3, "overlaps")] == codes(read)
    assert "row 3" in read.faults[0].message
    assert ["CB01", "CB02"] == [leave.officer_id for leave in read.accepted]
    assert [(6, "same_row")] == noted(read)


def test_leave_in_force_is_held_against_the_file() -> None:
    known = Leave("CB01", LeaveKind.ANNUAL, whole_days(3, 4))
    content = csv_of(
        TITLES,
        ("CB01", "phép", "03/03/2026", "04/03/2026"),
        ("CB01", "ốm", "04/03/2026", ""),
        ("CB01", "ốm", "05/03/2026", ""),
    )
    read = read_leave(content, "a.csv", with_(leaves_of=lambda officer_id: [known]))
    assert [(3, "overlaps")] == codes(read)
    assert [(2, "known_already")] == noted(read)
    assert [whole_days(5, 5)] == [leave.span for leave in read.accepted]


def test_days_within_the_month_are_doubted_where_another_row_has_the_month_first() -> None:
    content = csv_of(
        TITLES,
        ("CB01", "phép", "03/04/2026", ""),
        ("CB02", "phép", "03/25/2026", ""),
        ("CB03", "phép", "05/05/2026", ""),
    )
    read = read_leave(content, "a.csv", CONTEXT)
    assert [(2, "ambiguous_date"), (3, "unreadable_date")] == codes(read)
    assert [date(2026, 5, 5)] == [leave.span.start.astimezone(ZONE).date() for leave in read.accepted]


def test_dates_that_a_spreadsheet_turned_round_are_doubted() -> None:
    content = xlsx_of(
        TITLES,
        ("CB01", "phép", date(2026, 4, 3), None),
        ("CB02", "phép", "25/03/2026", None),
        ("CB03", "phép", "26/03/2026", None),
    )
    read = read_leave(content, "a.xlsx", CONTEXT)
    assert [(2, "ambiguous_date")] == codes(read)
    assert "2026-03-04" in read.faults[0].message


def test_a_table_without_rows_says_so() -> None:
    assert [(0, "no_rows")] == codes(read_leave(csv_of(TITLES), "a.csv", CONTEXT))


def test_lines_below_the_table_and_headings_of_units_are_no_rows() -> None:
    content = xlsx_of(
        ("Mã", "Loại", "Từ ngày"), ("Phòng Tổ chức", None, None), ("CB01", "ốm", "3/3/2026"), (),
        ("Người lập biểu", None, None),
        merged=["A2:C2"],
    )  # fmt: skip
    read = read_leave(content, "a.xlsx", CONTEXT)
    assert [] == codes(read)
    assert [(2, "heading"), (5, "below")] == noted(read)
    assert ["CB01"] == [leave.officer_id for leave in read.accepted]


def test_a_formula_in_text_stays_text() -> None:
    content = csv_of(TITLES, ("CB01", "phép", "03/03/2026", "", "", "=HYPERLINK(1)"))
    read = read_leave(content, "a.csv", CONTEXT)
    assert ["=HYPERLINK(1)"] == [leave.note for leave in read.accepted]
    exported = leave_csv(read.accepted, OFFICERS, ZONE).decode()
    assert "'=HYPERLINK(1)" in exported and ",=HYPERLINK" not in exported


def test_what_cannot_be_a_table_of_leave_says_what_is_wanted() -> None:
    with pytest.raises(ImportUnreadable, match=r"'kind'.*'from'") as caught:
        read_leave(csv_of(("a", "b"), ("1", "2")), "a.csv", CONTEXT)
    assert "no_titles" == caught.value.code


Export = Callable[[Iterable[Leave], Mapping[str, str], ZoneInfo], bytes]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12) | st.sampled_from(
    ["=1+1", "'", "'=x", "-5", "@a", "a;b", 'a "b" c', "12", "nghỉ, về quê", "0,5", "+"]
)
TEXTS = st.lists(WORDS, max_size=3).map(" ".join).map(tidy)
MIDNIGHTS = st.integers(0, 700).map(lambda days: local(1, year=2025, month=1) + timedelta(days=days))
MOMENTS = MIDNIGHTS | st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@st.composite
def leaves_without_overlap(draw: st.DrawFn) -> tuple[Leave, ...]:
    found = []
    for officer_id in draw(st.lists(st.sampled_from(sorted(OFFICERS)), unique=True)):
        edges = sorted(draw(st.lists(MOMENTS, max_size=6, unique=True)))
        for start, end in zip(edges[::2], edges[1::2], strict=False):
            kind = draw(st.sampled_from(LeaveKind))
            found.append(Leave(officer_id, kind, Interval(start, end), draw(TEXTS), draw(TEXTS), "entered"))
    return tuple(found)


@settings(max_examples=60)
@given(leaves_without_overlap(), st.sampled_from([leave_csv, leave_xlsx]))
def test_what_is_exported_reads_back_as_the_same_leave(leaves: tuple[Leave, ...], export: Export) -> None:
    read = read_leave(export(leaves, OFFICERS, ZONE), "back", CONTEXT)
    assert [] == [fault for fault in read.faults if fault.code != "no_rows"]
    assert tuple(replace(leave, source="back") for leave in leaves) == read.accepted
