"""Reports as files: the sums that other programs see are ours, names are never formulas, Vietnamese stays whole."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from service.attendance.facts import Correction, CorrectionKind, LeaveKind
from service.attendance.figures import Grouping, group
from service.attendance.hours_seen import hour_shares
from service.attendance.intervals import Interval
from service.attendance.marks import LETTERS, Sign, marks_of
from service.attendance.month import Report
from service.attendance.plots import heat_svg, heat_svgs, trend_svg
from service.attendance.writers.csv import safe_cell
from service.attendance.writers.forms import ReportForm, file_name, words_in, write_report
from service.attendance.writers.pdf import pages_png
from service.attendance.writers.totals import COUNTED, MEASURED, count_formula
from service.attendance.writers.xlsx import write_xlsx
from tests.attendance_reports import AFTERNOON, MORNING, OFF, Told, Who, report_of

P, CT = LeaveKind.ANNUAL, LeaveKind.DUTY_TRIP
PANGRAM = "Đặng Thuỳ Ưng Ớt Ỵ Ẵng ẫậữợỷ"
ALL_KINDS = [Told("", leave=[(kind, "00:00-23:59")]) for kind in LeaveKind]
MIXED = [
    Told(),
    Told("07:50-11:30 13:30-16:30"),
    Told("07:30-09:00 10:00-11:30 13:30-17:00"),
    Told(MORNING),
    Told(""),
    Told("", seen=""),
    Told(MORNING, MORNING),
    Told("", AFTERNOON, [(P, AFTERNOON)]),
    Told("", leave=[(P, AFTERNOON)]),
    Told("", leave=[(P, MORNING), (CT, AFTERNOON)]),
]


def month_report() -> Report:
    """March 2026 and a day of April: every sign, two agencies, a correction, a holiday."""

    def filled(days: list[Told]) -> list[Told]:
        return [*days, *[Told()] * (31 - len(days)), Told("")]

    correction = Correction(
        1, "cb001", date(2026, 3, 5), CorrectionKind.EXCUSED,
        Interval(datetime(2026, 3, 5, 0, 30, tzinfo=UTC), datetime(2026, 3, 5, 10, tzinfo=UTC)),
        CT, "=HYPERLINK(\"http://x\")", "CV 12", "", "V", 3, "An", datetime(2026, 3, 6, tzinfo=UTC), True, 4,
        datetime(2026, 3, 7, tzinfo=UTC),
    )  # fmt: skip
    return report_of(
        [
            Who(PANGRAM, filled(MIXED), corrected={4: ALL_KINDS[-3]}),
            Who("=1+1", filled(ALL_KINDS), unit="@SUM(1)"),
            Who("-Bình", filled([OFF, *MIXED]), agency="Sở Nội vụ", unit="Văn phòng", site_id="so", desks="+3"),
        ],
        date(2026, 3, 1),
        holidays={("so", date(2026, 3, 1)): "Ngày lễ"},
        corrections=(correction,),
    )


def written(report: Report, form: ReportForm, language: str = "vi") -> bytes:
    out = io.BytesIO()
    write_report(report, out, form, language=language)
    return out.getvalue()


def formulas(content: bytes) -> dict[tuple[str, str], str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def values(content: bytes, cells: Any) -> list[float]:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return [book[sheet][coordinate].value for sheet, coordinate in cells]


@pytest.fixture(scope="module")
def workbook() -> bytes:
    return written(month_report(), ReportForm.XLSX)


def test_the_workbook_has_a_timesheet_for_each_month_and_its_other_sheets(workbook: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    wanted = ["Chấm công 03-2026", "Chấm công 04-2026", "Tổng hợp", "Chi tiết", "Điều chỉnh", "Cách đọc"]
    assert wanted == book.sheetnames
    sheet = book["Chấm công 03-2026"]
    assert ("landscape", "8", "$6:$7", "D8") == (
        sheet.page_setup.orientation, str(sheet.page_setup.paperSize), sheet.print_title_rows, sheet.freeze_panes,
    )  # fmt: skip


def test_a_timesheet_names_every_day_and_every_sum(workbook: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook))["Chấm công 03-2026"]
    top, under = ([cell.value for cell in row] for row in sheet.iter_rows(min_row=6, max_row=7))
    assert ["STT", "Họ và tên", "Bàn làm việc", *range(1, 32), *(LETTERS[sign] for sign in COUNTED)] == top[:47]
    assert ["Thời gian phải có mặt (giờ)", "Không có dữ liệu (giờ)", "Độ phủ quan sát"] == top[-3:]
    assert ["CN", "T2", "T3"] == under[3:6]


def test_only_our_own_formulas_are_formulas(workbook: bytes) -> None:
    ours = re.compile(r"=(COUNTIF\(|SUM\(|IF\(|'Chấm công \d\d-\d{4}'!)")
    assert [] == [f for f in formulas(workbook).values() if not ours.match(f)]
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    names = [cell.value for row in book["Chi tiết"].iter_rows(min_col=4, max_col=4, min_row=2) for cell in row]
    assert {PANGRAM, "=1+1", "-Bình"} == set(names)


def test_every_row_of_a_timesheet_counts_with_formulas(workbook: bytes) -> None:
    found = [f for (sheet, _), f in formulas(workbook).items() if sheet == "Chấm công 03-2026"]
    assert 3 * len(COUNTED) == sum(f.startswith("=COUNTIF") for f in found)
    sums = 6 * (len(COUNTED) + len(MEASURED))  # three units, two agencies, the whole
    assert sums == sum(f.startswith("=SUM") for f in found)
    assert 9 == sum(f.startswith("=IF") for f in found)


def test_the_sums_shown_before_any_recalculation_are_the_reports(workbook: bytes) -> None:
    report = month_report()
    book = openpyxl.load_workbook(io.BytesIO(workbook), data_only=True)
    last = list(book["Tổng hợp"].iter_rows(values_only=True))[-1]
    whole, marks = group(report, Grouping.PROVINCE)[0].figures, marks_of(report)
    assert [marks.days(sign).sum() for sign in COUNTED] == list(last[3 : 3 + len(COUNTED)])
    measured = [
        whole.late_count, whole.late.total_seconds() / 60, whole.early_count, whole.early.total_seconds() / 60,
        whole.left_count, whole.left.total_seconds() / 60, whole.left_waiting.total_seconds() / 60,
        whole.left_untold.total_seconds() / 60, whole.worked.total_seconds() / 3600,
        whole.required.total_seconds() / 3600, whole.no_data.total_seconds() / 3600, whole.coverage,
    ]  # fmt: skip
    assert pytest.approx(measured) == list(last[3 + len(COUNTED) :])


def spoilt(content: bytes) -> bytes:
    """Return the workbook with a wrong value kept beside every formula."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            kept = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                kept = re.sub(rb"(</f><v>)[^<]*(</v>)", rb"\g<1>12345\g<2>", kept)
            new.writestr(name, kept)
    return out.getvalue()


def recalculated(content: bytes, folder: Path) -> bytes:
    """Let LibreOffice open a workbook, calculate everything anew and save it."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc-nogui")
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    profile.joinpath("registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, encoding="utf-8")
    (folder / "spoilt.xlsx").write_bytes(content)
    command = [
        office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
        "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), str(folder / "spoilt.xlsx"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert 0 == done.returncode, done.stderr
    return (folder / "out" / "spoilt.xlsx").read_bytes()


ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def test_libreoffice_comes_to_the_same_sums(workbook: bytes, tmp_path: Path) -> None:
    cells = sorted(formulas(workbook))
    wrong = spoilt(workbook)
    assert {12345} == set(values(wrong, cells))
    assert pytest.approx(values(workbook, cells), abs=1e-9) == values(recalculated(wrong, tmp_path), cells)


def test_a_large_report_says_where_its_details_are() -> None:
    out = io.BytesIO()
    write_xlsx(month_report(), out, words_in("vi"), details_at_most=50)
    sheet = openpyxl.load_workbook(out)["Chi tiết"]
    assert "CSV" in sheet["A1"].value and 1 == sheet.max_row


def test_a_corrected_day_shows_both_values(workbook: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook))["Chi tiết"]
    rows = [
        dict(zip([c.value for c in sheet[1]], [c.value for c in row], strict=True))
        for row in sheet.iter_rows(min_row=2)
    ]
    corrected = [row for row in rows if row["Đã điều chỉnh"]]
    assert [("CT", "V", 450)] == [
        (r["Ký hiệu"], r["Ký hiệu, chỉ theo camera"], r["Vắng trọn buổi, chỉ theo camera (phút)"]) for r in corrected
    ]


def test_who_was_absent_all_day_was_neither_late_nor_early() -> None:
    text = written(report_of([Who("An", [Told(""), Told("", seen=""), Told()])]), ReportForm.CSV, "en")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    said = [(row["Late arrival"], row["Absent the whole day"]) for row in rows]
    assert [("", "yes"), ("no data", "no data"), ("no", "no")] == said


def test_the_formula_of_no_data_takes_the_question_mark_as_itself() -> None:
    assert '=COUNTIF(A1:B1,"~?")+0.5*(COUNTIF(A1:B1,"*½~?*"))' == count_formula(Sign.UNKNOWN, "A1:B1")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_csv_has_a_line_for_each_day_and_no_formulas(language: str) -> None:
    text = written(month_report(), ReportForm.CSV, language).decode("utf-8-sig")
    header, *rows = list(csv.reader(io.StringIO(text)))
    assert 3 * 32 == len(rows) and {len(header)} == {len(row) for row in rows}
    assert {PANGRAM, "'=1+1", "'-Bình"} == {row[3] for row in rows}
    risky = [cell for row in rows for cell in row if len(cell) > 1 and cell[0] in "=+-@"]
    assert [] == risky


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        (" =1+1", "' =1+1"),
        ("＝1+1", "'＝1+1"),
        ("\t=1", "'\t=1"),
        ("@A1", "'@A1"),
        ("An", "An"),
        ("+", "+"),
        ("", ""),
    ],
)
def test_a_cell_is_never_taken_for_a_formula(text: str, safe: str) -> None:
    assert safe == safe_cell(text)


def test_csv_writes_the_sites_own_time() -> None:
    report = report_of([Who("An", [Told()]), Who("Bo", [Told()], timezone="Europe/Berlin")], date(2026, 3, 29))
    header, *rows = list(csv.reader(io.StringIO(written(report, ReportForm.CSV, "en").decode("utf-8-sig"))))
    arrival = header.index("Arrival")
    # the night before, Berlin's clocks went forward
    assert ["2026-03-29 07:30:00"] * 2 == [row[arrival] for row in rows]


def test_json_holds_every_day_with_its_sums() -> None:
    report = month_report()
    read = json.loads(written(report, ReportForm.JSON))
    assert (1, 3, 32) == (read["schema"], len(read["officers"]), len(read["officers"][0]["days"]))
    first = read["officers"][0]
    day = first["days"][4]
    assert ("CT", "V", 1) == (day["sign"], day["observed"]["sign"], day["observed"]["is_absent"])
    assert "observed" not in first["days"][0]
    assert "2026-03-01T00:30:00.000Z" == first["days"][0]["arrival"]
    assert "Ngày lễ" == read["officers"][2]["days"][0]["holiday"]
    for name in ("required_s", "no_data_s", "late_s", "left_count"):
        summed = sum(day[name] for officer in read["officers"] for day in officer["days"])
        assert summed == read["total"][0]["figures"][name], name
    assert read["total"][0]["figures"]["worked_s"] == sum(unit["figures"]["worked_s"] for unit in read["units"])


@pytest.mark.parametrize("form", ReportForm)
def test_a_report_of_nobody_can_be_written(form: ReportForm) -> None:
    report = replace(report_of([Who("An", [Told()])]), officers=())
    table = report.table.take(report.table.late_us.nonzero()[0])
    assert written(replace(report, table=table, observed=table), form)


@pytest.mark.parametrize("form", [ReportForm.CSV, ReportForm.JSON, ReportForm.PDF])
def test_the_same_report_gives_the_same_bytes(form: ReportForm) -> None:
    assert written(month_report(), form) == written(month_report(), form)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_pdf_has_a_page_for_each_unit_and_month(language: str) -> None:
    content = written(month_report(), ReportForm.PDF, language)
    assert content.startswith(b"%PDF-")
    # the first page, sums, two drawings, three units in two months
    assert 4 + 6 == len(pages_png(month_report(), words_in(language), ppi=20))


def test_drawings_speak_both_languages_and_never_colour_what_nobody_saw() -> None:
    report = report_of([Who("An", [Told(AFTERNOON, AFTERNOON)])])
    vi, en = (heat_svg(hour_shares(report), words_in(language)) for language in ("vi", "en"))
    assert "không có dữ liệu" in vi and "no data" in en
    assert 5 == vi.count("╱ ╱ ╱ ╱")  # 7 to 12
    assert "100 %" in vi and "#08306b" not in vi.lower()


def test_the_trend_leaves_out_days_that_nobody_saw() -> None:
    seen = trend_svg(report_of([Who("An", [Told(""), Told("")])]), words_in("vi"))
    unseen = trend_svg(report_of([Who("An", [Told("", seen=""), Told("", seen="")])]), words_in("vi"))
    point = "Vắng mặt từ một buổi trở lên: "
    assert (2, 0) == (seen.count(point), unseen.count(point))


def test_many_desks_are_drawn_by_unit() -> None:
    report = report_of([Who(f"Cán bộ {n}", [Told()], desks=f"Quầy {n}", unit=f"Phòng {n % 2}") for n in range(40)])
    drawn = heat_svgs(report, words_in("vi"))
    assert 1 == len(drawn) and "Phòng 1" in drawn[0]


def test_a_file_has_a_plain_name() -> None:
    assert "cham-cong-2026-03-01-2026-04-01.xlsx" == file_name(month_report(), ReportForm.XLSX)


def test_progress_counts_every_officer() -> None:
    for form in (ReportForm.CSV, ReportForm.JSON):
        told: list[int] = []
        write_report(month_report(), io.BytesIO(), form, advance=told.append)
        assert 3 == sum(told)
