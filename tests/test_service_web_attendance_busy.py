"""Citizens who wait, the whole province, and clock against cameras: what the pages and the API say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.web.words import LANGUAGES
from tests.attendance_world import ABSENT, MONTH, AttendanceWorld
from tests.busy_counter import OTHER_AGENCY, QUEUE, QUIET, busy_month, draw_counter, leave_the_post
from tests.test_service_web_attendance import MONTH_PAGE, OFFICER_PAGE, Visitor
from tests.test_service_web_pages import Outline

PROVINCE_PAGE = "/attendance?agency=*&month=2025-10"
CROSS_PAGE = "/attendance/crosscheck?agency=UBND+t%E1%BB%89nh&month=2025-10"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AttendanceWorld]:
    world = AttendanceWorld(tmp_path)
    yield world
    world.database.close()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def row_of(html: str, name: str) -> list[str]:
    """The cells of a row of a table."""
    row = re.search(rf'<tr><th scope="row">(?:<a [^>]*>)?{re.escape(name)}(?:</a>)?</th>(.*?)</tr>', html, re.DOTALL)
    assert row is not None, name
    return [text_of(cell).replace("&nbsp;", " ") for cell in re.findall(r"<td>(.*?)</td>", row[1], re.DOTALL)]


def findings_of(html: str) -> list[str]:
    """The rows of the list of contradictions."""
    return re.findall(r'<tr><th scope="row">.*?</tr>', html, re.DOTALL)


def test_the_officers_page_says_when_citizens_waited(world: AttendanceWorld) -> None:
    busy_month(world)
    html = Visitor(world).see(OFFICER_PAGE)
    said = text_of(html)
    assert "Rời vị trí khi có công dân chờ 12 phút" in said
    assert "Có công dân chờ khi rời vị trí : 09:00 – 09:12 (12 phút)".replace(" :", ":") in said
    assert "Rời vị trí khi có công dân chờ: không có ai chờ" in said


def test_where_nobody_can_say_the_page_says_so(world: AttendanceWorld) -> None:
    draw_counter(world, with_zone=False)
    leave_the_post(world, QUEUE)
    visitor = Visitor(world)
    assert "Rời vị trí khi có công dân chờ: không rõ" in text_of(visitor.see(OFFICER_PAGE))
    assert "Rời vị trí khi có công dân chờ không rõ" in text_of(visitor.see(f"/attendance/day?day={QUEUE}"))


def test_the_day_page_says_it_only_of_who_left_the_post(world: AttendanceWorld) -> None:
    busy_month(world)
    said = text_of(Visitor(world).see(f"/attendance/day?day={QUEUE}&site=trung-tam"))
    assert 1 == said.count("Rời vị trí khi có công dân chờ")
    assert "Rời vị trí khi có công dân chờ 12 phút" in said


def test_the_api_tells_waiting_from_unknown(world: AttendanceWorld) -> None:
    client, _ = world.reader("thuky")
    asked = {**MONTH, "officer": "hanh", "from": QUEUE.isoformat(), "to": QUIET.isoformat()}
    leave_the_post(world, QUEUE)
    (day, _quiet) = client.get("/api/v1/attendance/days", params=asked).json()["items"]
    assert (1800, None, 1800) == tuple(day["corrected"][n] for n in ("left_s", "left_waiting_s", "left_untold_s"))
    token = day["change_token"]
    busy_month(world)
    day, quiet = client.get("/api/v1/attendance/days", params=asked).json()["items"]
    assert [(720, 0), (0, 0)] == [
        tuple(d["corrected"][n] for n in ("left_waiting_s", "left_untold_s")) for d in (day, quiet)
    ]
    assert token != day["change_token"]
    (found,) = client.get("/api/v1/attendance/summary", params={**asked, "by": "officer"}).json()
    assert (3600, 720, 0) == tuple(found[name] for name in ("left_s", "left_waiting_s", "left_untold_s"))


def test_the_province_is_its_agencies_and_each_leads_to_its_page(world: AttendanceWorld) -> None:
    busy_month(world)
    visitor = Visitor(world)
    html = visitor.see(PROVINCE_PAGE)
    rows = {name: row_of(html, name) for name in ("UBND tỉnh", OTHER_AGENCY, "Toàn tỉnh")}
    assert ["3", "1", "4"] == [row[0] for row in rows.values()]
    assert [("1", "0", "2", "12 phút"), ("1", "0", "0", "–"), ("2", "0", "2", "12 phút")] == [
        tuple(row[2:6]) for row in rows.values()
    ]
    assert "/attendance?month=2025-10&amp;agency=S%E1%BB%9F+N%E1%BB%99i+v%E1%BB%A5" in html
    assert "Phạm Tiến Dũng" in visitor.see("/attendance?month=2025-10&agency=S%E1%BB%9F+N%E1%BB%99i+v%E1%BB%A5")
    assert "Nguyễn Thị Hạnh" not in html, "who did what stands on the page of each agency"
    for name in re.findall(r'src="(/attendance/plots/[^"]*)"', html):
        assert "<svg" in visitor.see(name.replace("&amp;", "&"))


def test_the_files_of_the_province_hold_all_agencies(world: AttendanceWorld) -> None:
    busy_month(world)
    visitor = Visitor(world)
    (address,) = re.findall(r'href="(/attendance/report.csv[^"]*)"', visitor.see(PROVINCE_PAGE))
    saved = visitor.see(address.replace("&amp;", "&"))
    assert "Phạm Tiến Dũng" in saved and "Nguyễn Thị Hạnh" in saved


def test_an_agency_sums_its_units_with_a_total_under_them(world: AttendanceWorld) -> None:
    busy_month(world)
    html = Visitor(world).see(MONTH_PAGE + "&agency=UBND+t%E1%BB%89nh")
    assert ["2", "1", "3"] == [row_of(html, name)[0] for name in ("Bộ phận một cửa", "Văn phòng", "UBND tỉnh")]
    assert ["12 phút", "–", "12 phút"] == [
        row_of(html, name)[5] for name in ("Bộ phận một cửa", "Văn phòng", "UBND tỉnh")
    ]


def test_a_unit_asked_for_with_the_whole_province_is_left_out(world: AttendanceWorld) -> None:
    busy_month(world)
    html = Visitor(world).see(PROVINCE_PAGE + "&unit=V%C4%83n+ph%C3%B2ng")
    assert "4" == row_of(html, "Toàn tỉnh")[0]


def test_contradictions_of_a_month_are_listed_questions_first_with_their_evidence(world: AttendanceWorld) -> None:
    event_id = busy_month(world)
    visitor = Visitor(world)
    html = visitor.see(CROSS_PAGE)
    said = text_of(html)
    assert "Không khớp là một câu hỏi, không phải kết luận" in said
    first, second, *notes = findings_of(html)
    for row in (first, second):
        assert "Nguyễn Thị Hạnh" in row and "Cần giải trình" in row
        assert f"/attendance/officers/hanh?month=2025-10#d{ABSENT}" in row
        assert "/attendance/punches?month=2025-10&amp;officer=hanh" in row
        assert f"/attendance/day?site=trung-tam&amp;day={ABSENT}" in row
    # who keeps timesheets sees no pictures of people; who inspects does
    assert "/flags/" not in html
    inspector = Visitor(world, "thanhtra")
    shown = inspector.see(CROSS_PAGE)
    (two,) = [row for row in findings_of(shown) if f"/flags/{event_id}" in row]
    assert "Trần Văn Bình" in two and "Cần giải trình" not in two and 2 + len(notes) == len(findings_of(shown))
    for reader, page in ((visitor, html), (inspector, shown)):
        for address in set(re.findall(r'<td.*?href="(/[^"]*)"', page)):
            reader.see(address.replace("&amp;", "&"))


def test_contradictions_are_narrowed_by_unit_and_kind(world: AttendanceWorld) -> None:
    busy_month(world)
    visitor = Visitor(world)
    assert "Nguyễn Thị Hạnh" not in visitor.see(CROSS_PAGE + "&unit=V%C4%83n+ph%C3%B2ng")
    html = visitor.see(CROSS_PAGE + "&kind=out_without_presence")
    assert 1 == len(findings_of(html))
    # a kind that does not occur stays chosen; nonsense is left out
    assert 'value="stamped_twice" selected' in visitor.see(CROSS_PAGE + "&kind=stamped_twice")
    assert html.count("selected") > 0 and "Nguyễn Thị Hạnh" in visitor.see(CROSS_PAGE + "&kind=x&page=-7&month=2025-13")


def test_a_long_list_of_contradictions_goes_over_several_pages(
    world: AttendanceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy_month(world)
    monkeypatch.setattr("service.web.attendance_crosscheck.SHOWN_AT_ONCE", 2)
    visitor = Visitor(world)
    first, second = visitor.see(CROSS_PAGE), visitor.see(CROSS_PAGE + "&page=2")
    assert "page=2" in first and "page=1" in second
    rows = [[row.count("Cần giải trình") for row in findings_of(html)] for html in (first, second)]
    assert [[1, 1], [0, 0]] == rows


def test_a_month_without_stamps_contradicts_nothing(world: AttendanceWorld) -> None:
    assert "không có chỗ nào trái nhau" in Visitor(world).see(CROSS_PAGE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [PROVINCE_PAGE, CROSS_PAGE, OFFICER_PAGE, f"/attendance/day?day={QUEUE}"])
def test_the_pages_have_a_sound_outline_in_both_languages(world: AttendanceWorld, language: str, path: str) -> None:
    busy_month(world)
    html = Visitor(world, language=language).see(path)
    assert f'<html lang="{language}">' in html
    assert 1 == len(Outline(html).of("h1"))
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
