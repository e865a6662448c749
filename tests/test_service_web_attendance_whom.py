"""Pages of attendance narrowed to one agency, months that are closed in part, and what is drawn where nobody looked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from service.api.corrections import observed_line
from service.attendance.day_figures import DayFigures
from service.attendance.facts import LeaveKind, Period
from service.web.attendance_observed import read_observed
from service.web.periods import open_days
from tests.attendance_world import NOW, SITE, UNSEEN, ZONE, AttendanceWorld, at
from tests.busy_counter import add_agency
from tests.test_service_web_attendance import MONTH_PAGE, OFFICER_PAGE, Visitor

OTHER = "agency=S%E1%BB%9F+N%E1%BB%99i+v%E1%BB%A5"
LISTS = ("corrections", "leave", "cover", "punches")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AttendanceWorld]:
    world = AttendanceWorld(tmp_path)
    add_agency(world)
    yield world
    world.database.close()


def row_of(html: str, day: date) -> str:
    found = re.search(rf'<tr id="d{day.isoformat()}".*?</tr>', html, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_leave_day_that_no_camera_watched_was_not_seen_empty(world: AttendanceWorld) -> None:
    world.add_leave("hanh", LeaveKind.ANNUAL, [UNSEEN])
    row = row_of(Visitor(world).see(OFFICER_PAGE), UNSEEN)
    assert 2 == row.count('class="day-leave"')
    assert "không thấy" not in row and "day-short" not in row and "day-absent" not in row
    day = Visitor(world).see(f"/attendance/day?site={SITE}&day={UNSEEN.isoformat()}")
    assert 'class="day-leave"' in day and "không thấy" not in day


def test_presence_outside_working_hours_is_drawn_apart(world: AttendanceWorld) -> None:
    row = row_of(Visitor(world).see(OFFICER_PAGE), date(2025, 10, 9))
    assert (4, 2) == (row.count('class="day-present-outside"'), row.count('class="day-present"'))


def test_an_officers_page_marks_its_tab_and_explains_its_signs_only(world: AttendanceWorld) -> None:
    html = Visitor(world, "thanhtra").see(OFFICER_PAGE)
    assert '<a href="/attendance" aria-current="true">' in html
    assert ["+", "V", "?"] == re.findall(r"<dt>([^<]+)</dt><dd>[A-ZĐ]", html.split('id="legend"')[1].split("</dl>")[0])
    assert "hãy đề nghị người phụ trách chấm công điều chỉnh" in html


@pytest.mark.parametrize("what", LISTS)
def test_a_list_is_narrowed_to_one_agency(world: AttendanceWorld, what: str) -> None:
    visitor = Visitor(world)
    visitor.ask()
    visitor.send("/attendance/leave", officer="hanh", kind="annual", first="2025-10-09", last="2025-10-09")
    everybody, others = (visitor.see(f"/attendance/{what}?month=2025-10{part}") for part in ("", "&" + OTHER))
    assert "Sở Nội vụ</option>" in everybody and "Sở Nội vụ</option>" in others
    assert 'value="hanh"' not in others and ">Nguyễn Thị Hạnh</a>" not in others
    assert ">Phạm Tiến Dũng" not in visitor.see(f"/attendance/{what}?month=2025-10&site={SITE}")


def test_the_number_that_waits_is_that_of_the_page_its_link_opens(world: AttendanceWorld) -> None:
    visitor = Visitor(world)
    visitor.ask()
    visitor.send(
        "/attendance/officers/dung/corrections", day="2025-10-07", start="07:30", end="11:30", kind="present",
        reason="Làm việc tại kho", asked_for="Dũng", request_id="mot-de-nghi-2",
    )  # fmt: skip
    assert "2 đề nghị" in visitor.see("/attendance/corrections")
    html = visitor.see(MONTH_PAGE + "&" + OTHER)
    link = re.search(r'<a href="(/attendance/corrections[^"]+)">1 đề nghị', html)
    assert link is not None
    page = visitor.see(link[1].replace("&amp;", "&"))
    assert "1 đề nghị" in page and "Phạm Tiến Dũng" in page and "Nguyễn Thị Hạnh" not in page
    assert "Thanh tra · Sở Nội vụ" in page
    assert "0 đề nghị" in visitor.see(f"/attendance/corrections?{OTHER}&from=2025-09-01&to=2025-09-30")


def test_what_is_left_of_a_month_can_be_closed(world: AttendanceWorld) -> None:
    head = Visitor(world, "truong")
    head.send("/attendance/periods", site=SITE, first="2025-10-01", last="2025-10-03")
    html = head.see(f"/attendance/periods/close?site={SITE}&month=2025-10")
    link = re.search(r'href="(/attendance/periods/close[^"]+)">Chốt 04/10 – 31/10</a>', html)
    assert link is not None
    html = head.see(link[1].replace("&amp;", "&"))
    assert "Chốt 04/10/2025 – 31/10/2025?" in html
    assert 'name="first" value="2025-10-04"' in html and 'name="last" value="2025-10-31"' in html


def test_days_between_closed_periods_are_open() -> None:
    def closed(first: int, last: int) -> Period:
        return Period(1, SITE, date(2025, 10, first), date(2025, 10, last), 1, NOW, "")

    held = [closed(20, 31), closed(1, 3), closed(10, 12)]
    found = open_days(held, date(2025, 10, 1), date(2025, 10, 31))
    assert [(4, 9), (13, 19)] == [(a.day, b.day) for a, b in found]
    assert [] == open_days([closed(1, 31)], date(2025, 10, 1), date(2025, 10, 31))


@pytest.mark.parametrize("late_s", [0, 20, 60, 3600, 5400])
def test_a_kept_line_of_figures_is_read_as_it_was_written(late_s: int) -> None:
    figures = DayFigures(
        at(UNSEEN, 7, 26), None, True, None, None, 0.98, 0, 27_000, 27_000, 0, 4_000, 0, late_s, 0, 0, None, 0, 60, 120,
        {},
    )  # fmt: skip
    read = read_observed(observed_line(figures, ZONE))
    assert read is not None
    assert ("07:26", "", 98) == (read.arrival, read.leaving, read.percent)
    lengths = {figure: round(length.total_seconds() / 60) for figure, length in read.lengths}
    late = {"late_s": round(late_s / 60)} if late_s else {}
    assert {"present_s": 67, **late, "absent_s": 1, "no_data_s": 2} == lengths


@pytest.mark.parametrize(
    "line", ["", "đến nơi", "đến 07:26, về 17:01", "đến 07:26, về 17:01; nghỉ 2 giờ; độ phủ quan sát 98 %", "; ; "]
)
def test_a_kept_line_that_is_not_wholly_understood_stays_as_it_is(line: str) -> None:
    assert None is read_observed(line)
