"""The pages of figures, their drawings and files: each reader finds what is theirs, and nobody is accused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from service.db.accounts import AccountRepository
from service.db.journal import JournalRepository
from service.db.records import Role, Standing, Verdict
from service.evidence.journal import RowKind, facts_of
from service.rights import Reach
from tests.counted_world import AGENCIES, CAMERAS, FIRST, CountedWorld
from tests.web_world import MONDAY, World

OCTOBER = "?month=2025-10"
ROLES = {
    "thanhtra": Role.INSPECTOR,
    "truongdoan2": Role.TEAM_LEADER,
    "kiemtoan": Role.AUDITOR,
    "quantri": Role.ADMIN,
    "vanthu": Role.CLERK,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(Path(tmp_path_factory.mktemp("statistics")))
    with world.database.transaction() as session:
        counted = CountedWorld(session, seed=3)
        counted.fill(220, days=31)
        counted.suspend(CAMERAS[0], "smoking")
    for login, role in ROLES.items():
        world.add_user(login, role, f"Họ tên {login}")
    add_leader_of(world, AGENCIES[0])
    yield world
    world.database.close()


def add_leader_of(world: World, agency: str) -> None:
    with world.database.transaction() as session:
        AccountRepository(session).add_user(
            "dong", display_name="Trưởng đoàn Đông", role=Role.TEAM_LEADER, password_hash=None, at=FIRST,
            reach=Reach(agency),
        )  # fmt: skip


def page(world: World, address: str, login: str = "thanhtra", status: int = 200) -> str:
    client, _ = world.reader(login)
    answer = client.get(address)
    assert status == answer.status_code, answer.text
    return answer.text


def test_the_page_tells_flags_and_what_is_not_known(world: World) -> None:
    html = page(world, "/statistics" + OCTOBER)
    assert "Thống kê" in html and "01/10/2025 – 31/10/2025" in html
    assert "Camera cam-dong-1" in html
    assert "chưa đủ kiểm tra" in html, "too few checks: no figure of misses"
    assert "Thanh tra 0" not in html, "no inspector is named here"
    assert "Họ tên cb-" not in html, "and nobody who was heard"


def test_the_current_month_is_shown_unless_another_is_asked_for(world: World) -> None:
    assert "01/10/2025 – 31/10/2025" in page(world, "/statistics")
    assert "01/10/2025 – 31/12/2025" in page(world, "/statistics?quarter=2025-Q4")
    assert "03/10/2025 – 05/10/2025" in page(world, "/statistics?from=2025-10-03&to=2025-10-05")
    assert "01/10/2025 – 31/10/2025" in page(world, "/statistics?from=2025-10-05&to=2025-10-03&quarter=2025-Q9")
    assert "Không có phát hiện nào" in page(world, "/statistics?month=2020-01")


def test_an_agency_sees_only_its_own(world: World) -> None:
    html = page(world, "/statistics" + OCTOBER, "dong")
    assert "Camera cam-dong-1" in html
    assert "cam-tay" not in html and AGENCIES[1] not in html
    asked = page(world, f"/statistics{OCTOBER}&agency={AGENCIES[1]}&camera=cam-tay-1", "dong")
    assert "cam-tay" not in without_token(asked), "what is not theirs is no filter for them"


@pytest.mark.parametrize("address", ["/statistics", "/statistics/inspectors", "/statistics/plots/days.svg"])
def test_clerks_have_no_figures(world: World, address: str) -> None:
    page(world, address, "vanthu", status=403)


@pytest.mark.parametrize(("scheme", "width", "width_px"), [("light", "wide", 1240), ("dark", "narrow", 340)])
@pytest.mark.parametrize("plot", ["days", "hours", "rules", "cameras"])
def test_drawings_are_named_and_hold_the_scheme_and_width_of_the_reader(
    world: World, plot: str, scheme: str, width: str, width_px: int
) -> None:
    svg = page(world, f"/statistics/plots/{plot}.svg{OCTOBER}&scheme={scheme}&width={width}")
    assert svg.startswith("<svg") and "<title>" in svg
    assert f'width="{width_px}"' in svg.partition(">")[0]
    assert ("#1f1c1a" if scheme == "dark" else "#fffefc") in svg
    assert "undefined" not in svg and "NaN" not in svg


def test_a_month_without_flags_can_be_drawn(world: World) -> None:
    for plot in ("days", "hours", "rules", "cameras"):
        assert page(world, f"/statistics/plots/{plot}.svg?month=2020-01").startswith("<svg")


def test_days_without_flags_are_drawn_too(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.database.transaction() as session:
        CountedWorld(session).add_event(days=5)
    world.add_user()
    svg = page(world, "/statistics/plots/days.svg" + OCTOBER)
    assert [True] * 31 == [f" {day:02d}/10<" in svg for day in range(1, 32)]
    assert "01/2025<" in page(world, "/statistics/plots/days.svg?from=2025-01-01&to=2025-12-31"), "months likewise"
    world.database.close()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_few_flags_are_counted_in_whole_numbers_each_said_once(tmp_path: Path, count: int) -> None:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    for number in range(count):
        world.add_event(at=MONDAY + timedelta(minutes=10 * number))
    svg = page(world, "/statistics/plots/days.svg" + OCTOBER)
    assert [str(number) for number in range(count + 1)] == re.findall(r">(\d+)</text>", svg)
    world.database.close()


def test_where_no_flag_is_nothing_is_saved_and_nothing_promised(world: World) -> None:
    html = page(world, "/statistics?month=2020-01")
    assert "report.xlsx" not in html and "camera nào cũng đã quan sát" in html
    assert "Tải XLSX" in page(world, "/statistics" + OCTOBER)


def test_a_verdict_is_called_no_breach_and_no_finding(world: World) -> None:
    html = page(world, "/statistics" + OCTOBER)
    assert "Tỷ lệ nhận định vi phạm" in html
    assert 'data-label="Nhận định vi phạm"' in html and 'data-label="Vi phạm"' not in html
    svg = page(world, "/statistics/plots/days.svg" + OCTOBER)
    assert ">Nhận định vi phạm<" in svg and ">Vi phạm<" not in svg


def test_too_few_looks_are_not_drawn_as_none(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.database.transaction() as session:
        counted = CountedWorld(session)
        event = counted.add_event(days=5)
        counted.say(event, counted.inspectors[0], Verdict.NO_BREACH, event.at)
    world.add_user("truong", Role.TEAM_LEADER, "Trưởng đoàn")
    html = page(world, "/statistics/inspectors" + OCTOBER, "truong")
    assert 2 == html.count("Chưa đủ lượt xem để so sánh") and "inspectors.svg" not in html
    for group in ("inspectors", "units"):
        page(world, f"/statistics/inspectors/{group}.svg{OCTOBER}", "truong", status=404)
    world.database.close()


def test_every_line_of_a_funnel_has_its_legend(world: World) -> None:
    svg = page(world, "/statistics/inspectors/inspectors.svg" + OCTOBER, "truongdoan2")
    for name in ("tỷ lệ chung của tất cả", "giới hạn 95 %", "giới hạn 99,8 %"):
        assert f">{name}<" in svg


def test_leaders_and_auditors_see_inspectors_side_by_side(world: World) -> None:
    for login in ("truongdoan2", "kiemtoan"):
        html = page(world, "/statistics/inspectors" + OCTOBER, login)
        assert "Thanh tra 0" in html and "Thanh tra 5" in html
        assert "Thanh tra 0" in page(world, "/statistics/inspectors/inspectors.svg" + OCTOBER, login)
        assert "Bộ phận một cửa" in page(world, "/statistics/inspectors/units.svg" + OCTOBER, login)


@pytest.mark.parametrize("login", ["thanhtra", "quantri"])
def test_others_see_no_inspector_by_name(world: World, login: str) -> None:
    assert "Thanh tra " not in page(world, "/statistics/inspectors" + OCTOBER, login).replace("Thanh tra viên", "")
    assert "Thanh tra " not in page(world, "/statistics/inspectors/inspectors.svg" + OCTOBER, login).replace(
        "Thanh tra viên", ""
    )
    page(world, "/statistics/inspectors/units.svg" + OCTOBER, login, status=404)


def test_an_inspector_sees_their_own_line_against_all_others(world: World) -> None:
    html = page(world, "/statistics/inspectors" + OCTOBER, "thanhtra0")
    assert '<th scope="row">Bạn</th>' in html and "Tất cả người khác" in html
    assert "Thanh tra 1" not in html


def test_with_few_inspectors_the_others_are_not_shown(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.database.transaction() as session:
        counted = CountedWorld(session)
        counted.inspectors = counted.inspectors[:3]
        counted.fill(60, days=20)
    html = page(world, "/statistics/inspectors" + OCTOBER, "thanhtra0")
    assert '<th scope="row">Bạn</th>' in html and "Tất cả người khác" not in html
    page(world, "/statistics/inspectors/inspectors.svg" + OCTOBER, "thanhtra0", status=404)
    world.database.close()


def test_a_first_look_that_waits_for_a_second_shows_nowhere(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.database.transaction() as session:
        counted = CountedWorld(session)
        event = counted.add_event(days=1, rule="smoking", camera=CAMERAS[0])
    before = {}
    world.add_user()
    for address in ("/statistics", "/statistics/inspectors", "/statistics/report.csv"):
        before[address] = page(world, address + OCTOBER)
    with world.database.transaction() as session:
        counted.session = session
        counted.say(event, counted.inspectors[0], Verdict.BREACH, event.at)
        assert Standing.SECOND is event.standing
    for address, html in before.items():
        assert without_token(html) == without_token(page(world, address + OCTOBER))
    world.database.close()


def without_token(html: str) -> str:
    return "\n".join(line for line in html.splitlines() if "csrf_token" not in line and "/language/" not in line)


def test_the_csv_holds_every_table_and_no_formula(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.database.transaction() as session:
        counted = CountedWorld(session)
        counted.rename_camera(CAMERAS[0], "=HYPERLINK(1)")
        counted.add_event(days=5, camera=CAMERAS[0])
    world.add_user()
    client, _ = world.reader()
    answer = client.get("/statistics/report.csv" + OCTOBER)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "'=HYPERLINK(1)" in {row[0] for row in rows if row}
    assert not [cell for row in rows for cell in row if cell[:1] in "=+@" and cell]
    book = openpyxl.load_workbook(io.BytesIO(client.get("/statistics/report.xlsx" + OCTOBER).content))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert "=HYPERLINK(1)" in [cell.value for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f"]
    world.database.close()


def test_a_file_is_a_row_of_the_journal_without_names(world: World) -> None:
    client, _ = world.reader("dong")
    answer = client.get(f"/statistics/report.xlsx{OCTOBER}&agency={AGENCIES[0]}")
    assert "thong-ke-2025-10-01-2025-10-31.xlsx" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert 14 == len(book.sheetnames)
    with world.database.transaction() as session:
        rows = JournalRepository(session).latest(limit=1, kinds=[RowKind.REPORT_DOWNLOADED])
    facts = facts_of(rows[0])
    assert facts is not None
    assert {"report": "statistics", "month": "2025-10"} == facts["asked"]
