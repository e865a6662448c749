"""Left the post, citizens waiting or not: in sums, files and sealed periods."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import openpyxl
import pytest

from service.attendance.day_figures import day_rows
from service.attendance.figures import Grouping, group
from service.attendance.month import Report
from service.attendance.sealing import adjustments, seal
from service.attendance.writers.forms import ReportForm, words_in, write_report
from service.attendance.writers.pdf import pages_png
from tests.attendance_reports import Told, Who, report_of

LEFT = "07:30-09:00 09:30-11:30 13:30-17:00"
"""Half an hour away from the post."""
ALL_DAY = "07:00-18:00"
QUEUE = Told(LEFT, waiting="08:50-09:20", waiting_seen=ALL_DAY)
NOBODY = Told(LEFT, waiting_seen=ALL_DAY)
PARTLY = Told(LEFT, waiting="09:00-09:10", waiting_seen="09:00-09:15")
NOT_TOLD = Told(LEFT)
NOT_LEFT = Told()
MINUTE = timedelta(minutes=1)


def one(*days: Told) -> Report:
    return report_of([Who("Nguyễn Thị An", days)])


def written(report: Report, form: ReportForm, language: str = "en") -> bytes:
    out = io.BytesIO()
    write_report(report, out, form, language=language)
    return out.getvalue()


WAITED = ((QUEUE, 20, 0), (NOBODY, 0, 0), (PARTLY, 10, 15), (NOT_TOLD, None, 30), (NOT_LEFT, 0, 0))


def test_a_day_says_how_long_citizens_waited_and_how_much_of_it_nobody_knows() -> None:
    rows = list(day_rows(one(*(told for told, _, _ in WAITED))))
    said = [(row.figures.left_waiting_s, row.figures.left_untold_s) for row in rows]
    assert [(None if w is None else w * 60, u * 60) for _, w, u in WAITED] == said


def test_sums_add_what_is_known_and_what_is_not_and_stay_unknown_only_where_nothing_is_known() -> None:
    figures = group(one(QUEUE, NOBODY, PARTLY, NOT_TOLD), Grouping.OFFICER)[0].figures
    assert (120 * MINUTE, 30 * MINUTE, 45 * MINUTE, True) == (
        figures.left, figures.left_waiting, figures.left_untold, figures.is_waiting_told,
    )  # fmt: skip
    assert [False, True] == [group(one(d), Grouping.UNIT)[0].figures.is_waiting_told for d in (NOT_TOLD, NOT_LEFT)]


def test_json_says_null_where_nothing_is_known() -> None:
    read = json.loads(written(one(*(told for told, _, _ in WAITED)), ReportForm.JSON))
    days = [(day["left_waiting_s"], day["left_untold_s"]) for day in read["officers"][0]["days"]]
    assert [(None if w is None else w * 60, u * 60) for _, w, u in WAITED] == days
    assert (1800, 2700) == tuple(read["total"][0]["figures"][name] for name in ("left_waiting_s", "left_untold_s"))
    unknown = json.loads(written(one(NOT_TOLD), ReportForm.JSON))
    assert None is unknown["units"][0]["figures"]["left_waiting_s"]


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("en", ("Left while citizens waited (minutes)", "Left, not known whether anybody waited (minutes)")),
        ("vi", ("Rời vị trí khi có công dân chờ (phút)", "Rời vị trí, không rõ có ai chờ hay không (phút)")),
    ],
)
def test_csv_leaves_the_cell_empty_where_nothing_is_known(language: str, headings: tuple[str, str]) -> None:
    text = written(one(*(told for told, _, _ in WAITED)), ReportForm.CSV, language).decode("utf-8-sig")
    said = [tuple(row[heading] for heading in headings) for row in csv.DictReader(io.StringIO(text))]
    assert [("20.0", "0.0"), ("0.0", "0.0"), ("10.0", "15.0"), ("", "30.0"), ("0.0", "0.0")] == said


def test_the_timesheet_marks_an_officer_of_whom_nothing_is_known_and_sums_pass_over_the_mark() -> None:
    report = report_of([Who("An", [QUEUE]), Who("Bình", [NOT_TOLD])])
    book = openpyxl.load_workbook(io.BytesIO(written(report, ReportForm.XLSX)), data_only=True)
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    heading = next(row for row in rows if "Left while citizens waited (minutes)" in row)
    column = heading.index("Left while citizens waited (minutes)")
    said = {
        row[1] or row[0]: row[column : column + 2] for row in rows if row[column] not in (None, "", heading[column])
    }
    assert ((20, 0), ("?", 30), (20, 30)) == (
        said["An"], said["Bình"], said["Sum of Bộ phận Một cửa"],
    )  # fmt: skip


def test_the_pdf_sets_the_figure() -> None:
    assert pages_png(one(QUEUE, PARTLY, NOT_TOLD), words_in("vi"), ppi=20)


def first_schema(content: str) -> str:
    """Return sealed content as versions before this figure wrote it."""
    held = json.loads(content)
    for day in held["days"]:
        for figures in (day["figures"], day.get("observed", {})):
            for name in ("left_waiting_s", "left_untold_s"):
                figures.pop(name, None)
    return json.dumps(held | {"schema": 1}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_what_was_sealed_before_this_figure_was_known_is_not_changed_by_it() -> None:
    report = one(QUEUE, NOT_TOLD)
    assert [] == adjustments(first_schema(seal(report, "hong-gai")), report, "hong-gai")
    later = one(QUEUE, NOT_LEFT)
    (found,) = adjustments(first_schema(seal(report, "hong-gai")), later, "hong-gai")
    assert {"left_s", "left_count", "present_s", "worked_s"} == {change.figure for change in found.changes}


def test_what_is_sealed_now_holds_it_and_tells_when_it_changes() -> None:
    sealed = seal(one(QUEUE), "hong-gai")
    assert 2 == json.loads(sealed)["schema"]
    assert [] == adjustments(sealed, one(QUEUE), "hong-gai")
    (found,) = adjustments(sealed, one(NOT_TOLD), "hong-gai")
    assert [("left_untold_s", 0, 1800), ("left_waiting_s", 1200, None)] == [
        (change.figure, change.sealed, change.now) for change in found.changes
    ]
