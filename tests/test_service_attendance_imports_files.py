"""Files as they come: encodings, separators, workbooks in every bad state, and bytes that are nothing at all."""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
from contextlib import suppress
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter.workbook import Workbook

from service.attendance.facts import Leave, LeaveKind
from service.attendance.imports import workbook as workbooks
from service.attendance.imports.cover import read_cover
from service.attendance.imports.leave import read_leave
from service.attendance.imports.punches import read_punches
from service.attendance.imports.results import ImportUnreadable
from tests.imported_files import CONTEXT, codes, csv_of, noted, whole_days, windows_1258, xlsx_of

TITLES = ("Mã", "Họ tên", "Loại nghỉ", "Từ ngày", "Ghi chú")
ROW = ("CB02", "Trần Thị Ộng", "nghỉ phép", "03/03/2026", "nghỉ để dự đám cưới ở Huế")
LEAVE = Leave("CB02", LeaveKind.ANNUAL, whole_days(3, 3), "", "nghỉ để dự đám cưới ở Huế", "f")


def why_unreadable(content: bytes) -> str:
    with pytest.raises(ImportUnreadable) as caught:
        read_leave(content, "f", CONTEXT)
    return caught.value.code


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1258", "nfd"])
def test_text_is_read_in_every_encoding_of_an_office(separator: str, encoding: str) -> None:
    text = csv_of(TITLES, ROW, separator=separator).decode()
    if encoding == "windows-1258":
        content = windows_1258(text)
    elif encoding == "nfd":
        content = unicodedata.normalize("NFD", text).encode()
    else:
        content = text.encode(encoding)
    read = read_leave(content, "f", CONTEXT)
    assert ([], (LEAVE,)) == (codes(read), read.accepted)


def test_excels_line_that_names_the_separator_is_no_row() -> None:
    read = read_leave(b"sep=;\r\n" + csv_of(TITLES, ROW, separator=";"), "f", CONTEXT)
    assert ([], (LEAVE,)) == (codes(read), read.accepted)


@pytest.mark.parametrize("content", [b"", b"  \r\n ", b"\xef\xbb\xbf"])
def test_an_empty_file_is_named_so(content: bytes) -> None:
    assert "empty_file" == why_unreadable(content)


def test_a_quotation_mark_without_partner_swallows_nothing_silently() -> None:
    assert "broken_csv" == why_unreadable(csv_of(TITLES, (*ROW[:4], '"về quê'), ROW))
    content = csv_of(TITLES, (*ROW[:4], '"về quê'), ROW, (*ROW[:4], 'a"'), ("CB01", "", "ốm", "05/03/2026", ""))
    read = read_leave(content, "f", CONTEXT)
    assert [(2, "swallowed_rows")] == codes(read)
    assert ["CB01"] == [leave.officer_id for leave in read.accepted]


def test_a_note_of_several_lines_is_one_value() -> None:
    read = read_leave(csv_of(TITLES, (*ROW[:4], '"về quê\r\ncó việc, gấp"')), "f", CONTEXT)
    assert ["về quê có việc, gấp"] == [leave.note for leave in read.accepted]


def test_a_workbook_with_titles_on_a_later_sheet_is_read() -> None:
    read = read_leave(xlsx_of(("SỞ NỘI VỤ",), (), TITLES, ROW, before=("Hướng dẫn",)), "f", CONTEXT)
    assert ([], (LEAVE,)) == (codes(read), read.accepted)


def test_a_wrong_workbook_names_its_sheets_and_the_columns_wanted() -> None:
    with pytest.raises(ImportUnreadable, match=r"'Bảng lương', 'Nghỉ phép'.*'officer_id' or 'Họ tên'.*'kind', 'from'"):
        read_leave(xlsx_of(("Lương", "Thưởng"), before=("Bảng lương",)), "f", CONTEXT)


def test_a_second_sheet_with_such_titles_is_mentioned() -> None:
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("Tháng 4")):
        assert sheet is not None
        sheet.append(list(TITLES))
        sheet.append(list(ROW))
    out = io.BytesIO()
    book.save(out)
    assert [(0, "other_sheet")] == noted(read_leave(out.getvalue(), "f", CONTEXT))


def test_the_value_of_merged_cells_belongs_to_all_of_them() -> None:
    content = xlsx_of(
        ("Mã", "Loại nghỉ", "Thời gian", None, "Ghi chú"),
        (None, None, "Từ ngày", "Đến ngày", None),
        ("CB01", "phép", date(2026, 3, 3), date(2026, 3, 3), "về quê"),
        (None, "ốm", "04/03/2026", None, None),
        (None, "ốm", date(2026, 12, 31), date(2026, 12, 1), None),
        merged=("A1:A2", "B1:B2", "C1:D1", "E1:E2", "A3:A5", "C4:D4", "E3:E4"),
    )
    read = read_leave(content, "f", CONTEXT)
    assert [
        Leave("CB01", LeaveKind.ANNUAL, whole_days(3, 3), "", "về quê", "f"),
        Leave("CB01", LeaveKind.SICK, whole_days(4, 4), "", "về quê", "f"),
    ] == list(read.accepted)
    assert [(5, "end_before_start")] == codes(read)


def test_of_titles_over_two_rows_the_lower_ones_count() -> None:
    content = xlsx_of(
        ("Mã", "Loại nghỉ", "Ngày", None),
        (None, None, "Từ ngày", "Đến ngày"),
        ("CB01", "phép", "03/03/2026", "05/03/2026"),
        ("Mã", "Loại nghỉ", "Từ ngày", "Đến ngày"),
        ("CB02", "phép", "03/03/2026", "06/03/2026"),
        merged=("A1:A2", "B1:B2", "C1:D1"),
    )
    read = read_leave(content, "f", CONTEXT)
    assert ([], [whole_days(3, 5), whole_days(3, 6)]) == (codes(read), [leave.span for leave in read.accepted])


def test_a_fault_in_merged_cells_names_their_range() -> None:
    read = read_leave(xlsx_of(TITLES, ("CB98", *ROW[1:]), (None, *ROW[1:]), merged=("A2:A3",)), "f", CONTEXT)
    assert [(2, "unknown_officer"), (3, "unknown_officer")] == codes(read)
    assert all("A2:A3" in fault.message for fault in read.faults)


def test_dates_come_as_cells_as_serial_numbers_and_as_text() -> None:
    days = [date(2026, 3, 3), datetime(2026, 3, 4), 46086, 46087.0, "46088", "2026-03-08", "9-3-2026", "10.03.2026"]  # noqa: DTZ001
    rows = [("CB01", "", "ốm", day, "") for day in days]
    read = read_leave(xlsx_of(TITLES, *rows), "f", CONTEXT)
    assert [] == codes(read)
    assert [whole_days(day, day) for day in range(3, 11)] == [leave.span for leave in read.accepted]


def test_formulas_count_by_their_value_and_without_one_are_faults() -> None:
    out = io.BytesIO()
    with Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TITLES)
        sheet.write_row(1, 0, ("CB01", "", "ốm"))
        sheet.write_formula(1, 3, "=DATE(2026,3,3)", None, 46084)
    read = read_leave(out.getvalue(), "f", CONTEXT)
    assert [whole_days(3, 3)] == [leave.span for leave in read.accepted]
    unsaved = xlsx_of(TITLES, ("CB01", "", "ốm", "=DATE(2026,3,3)", ""))
    assert [(2, "formula")] == codes(read_leave(unsaved, "f", CONTEXT))


def test_a_workbook_that_counts_from_1904_is_read_by_its_own_epoch() -> None:
    out = io.BytesIO()
    with Workbook(out, {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TITLES)
        sheet.write_row(1, 0, ("CB01", "", "ốm", 46084 - 1462))
    read = read_leave(out.getvalue(), "f", CONTEXT)
    assert [whole_days(3, 3)] == [leave.span for leave in read.accepted]


def test_a_hidden_sheet_is_not_read() -> None:
    book = openpyxl.Workbook()
    hidden = book.create_sheet("ẩn", 0)
    hidden.append(list(TITLES))
    hidden.append(["CB99", "", "ốm", "03/03/2026", ""])
    hidden.sheet_state = "hidden"
    shown = book.worksheets[1]
    shown.append(list(TITLES))
    shown.append(list(ROW))
    out = io.BytesIO()
    book.save(out)
    assert (LEAVE,) == read_leave(out.getvalue(), "f", CONTEXT).accepted


def test_what_is_no_workbook_says_what_it_is() -> None:
    good = xlsx_of(TITLES, ROW)
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert "old_xls" == why_unreadable(ole + "Workbook".encode("utf-16-le"))
    assert "password_protected" == why_unreadable(ole + "EncryptedPackage".encode("utf-16-le"))
    assert "broken_workbook" == why_unreadable(good[: len(good) // 2])
    assert "broken_workbook" == why_unreadable(good[:200] + bytes(300) + good[500:])
    assert "not_a_workbook" == why_unreadable(zipped({"a.txt": b"a"}))
    assert "web_page" == why_unreadable(b"<html><table><tr><td>M\xc3\xa3</td></tr></table></html>")
    assert "unknown_encoding" == why_unreadable(b"\x8a\x8d\x8e\x8f,\x90\x9a")
    assert "not_text" == why_unreadable(b"M\0" + csv_of(TITLES, ROW))


def test_a_zip_with_a_password_is_named_so() -> None:
    locked = bytearray(xlsx_of(TITLES, ROW))
    for start, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.find(start)
        while at >= 0:
            struct.pack_into("<H", locked, at + flags_at, 1)
            at = locked.find(start, at + 1)
    assert "password_protected" == why_unreadable(bytes(locked))


def test_a_workbook_that_swells_when_unpacked_is_refused() -> None:
    content = zipped({"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": bytes(workbooks.LARGEST_UNPACKED_BYTES + 1)})
    assert len(content) < workbooks.LARGEST_UNPACKED_BYTES / 100
    assert "too_large" == why_unreadable(content)


def test_merged_cells_without_end_are_refused() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_of(TITLES, *[ROW] * 3000, merged=("A1:A2",)))) as old,
        zipfile.ZipFile(out, "w") as new,
    ):
        for name in old.namelist():
            part = old.read(name).replace(
                b'<mergeCell ref="A1:A2"', b'<mergeCell ref="A1:XFD1048576"/>' * 20 + b'<mergeCell ref="A1:A2"'
            )
            new.writestr(name, part)
    assert "too_large" == why_unreadable(out.getvalue())


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()


@pytest.fixture(scope="module")
def good_files() -> list[bytes]:
    calendar = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:CB01-1@x\r\nSUMMARY:Họp\r\nDTSTART:20260303T010000Z\r\n"
        "DTEND:20260303T020000Z\r\nRRULE:FREQ=WEEKLY;COUNT=3;BYDAY=TU\r\nEXDATE:20260310T010000Z\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )
    attlog = "CB01\t2026-03-03 07:25:10\t1\t0\t1\t0\r\nCB02\t2026-03-03 07:26:10\t1\t0\t1\t0\r\n"
    return [csv_of(TITLES, ROW), xlsx_of(TITLES, ROW, merged=("A1:A2",)), calendar.encode(), attlog.encode()]


def read_all(content: bytes) -> None:
    for read in (read_leave, read_cover, read_punches):
        with suppress(ImportUnreadable):
            result = read(content, "f", CONTEXT)
            assert result.accepted or result.faults or result.notes


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_unreadable(content: bytes) -> None:
    read_all(content)


@given(
    st.sampled_from([b"", b"PK\x03\x04", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"kind,from,name\r\n"]),
    st.text(max_size=200),
)
def test_no_text_raises_anything_but_unreadable(head: bytes, text: str) -> None:
    read_all(head + text.encode("utf-8", "surrogatepass"))


@given(st.data())
def test_no_damage_to_a_good_file_raises_anything_but_unreadable(good_files: list[bytes], data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(good_files)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    read_all(bytes(content))
