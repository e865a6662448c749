"""A clerk's and a head's work on the timesheet in a real browser against the real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.attendance_world import ABSENT, AttendanceWorld
from tests.e2e.browsers import needs_chromium, playwright_api, signed_in, wait_until
from tests.e2e.servers import serving
from tests.test_service_web_attendance import PAGES

pytestmark = needs_chromium


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AttendanceWorld]:
    world = AttendanceWorld(tmp_path)
    yield world
    world.database.close()


@contextmanager
def visiting_as(
    login: str, chromium: playwright_api.Browser, world: AttendanceWorld, address: str, width_px: int = 1440
) -> Iterator[playwright_api.Page]:
    """Sign in; at the end the browser may have complained of nothing at all."""
    faults: list[str] = []
    with signed_in(chromium, world, address, login, width_px=width_px) as page:
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        yield page
    assert [] == faults


def test_a_correction_goes_from_the_sheet_through_two_people_back_to_the_sheet(
    chromium: playwright_api.Browser, world: AttendanceWorld
) -> None:
    with serving(world) as address:
        with visiting_as("thuky", chromium, world, address) as page:
            page.goto(f"{address}/attendance?month=2025-10")
            page.get_by_role("link", name="Nguyễn Thị Hạnh").click()
            page.locator(f"#d{ABSENT.isoformat()}").get_by_role("link", name="Điều chỉnh").click()
            playwright_api.expect(page.locator("#day")).to_have_value(ABSENT.isoformat())
            page.locator("#start").fill("07:30")
            page.locator("#end").fill("17:00")
            page.get_by_label("Cán bộ có làm việc").check()
            page.locator("#reason").fill("Nhận hồ sơ tại kho lưu trữ")
            page.locator("#document_copy").set_input_files(
                {"name": "giấy.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
            )
            page.get_by_role("button", name="Gửi đề nghị").press("Enter")
            page.get_by_text("Đề nghị chờ người khác duyệt").wait_for()
            assert 0 == page.get_by_role("button", name="Duyệt").count()
        with visiting_as("truong", chromium, world, address) as page:
            page.goto(f"{address}/attendance/corrections")
            page.get_by_role("button", name="Duyệt").press("Enter")
            page.get_by_text("Đã duyệt điều chỉnh").wait_for()
            page.goto(f"{address}/attendance?month=2025-10")
            row = page.locator("tr", has=page.get_by_role("link", name="Nguyễn Thị Hạnh"))
            assert "m-work m-fixed" == row.locator("td").nth(ABSENT.day - 1).get_attribute("class")


def test_the_plots_are_shown_and_the_sheet_scrolls_by_keyboard(
    chromium: playwright_api.Browser, world: AttendanceWorld
) -> None:
    with serving(world) as address, visiting_as("thanhtra", chromium, world, address, width_px=390) as page:
        page.goto(f"{address}/attendance?month=2025-10")
        page.locator(".plots").scroll_into_view_if_needed()
        wait_until(page, "[...document.querySelectorAll('.plots img')].every(i => i.complete && i.naturalWidth > 100)")
        assert 2 == page.locator(".plots img").count()
        sheet = page.locator(".sheet-scroll").first
        sheet.focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        wait_until(page, "document.querySelector('.sheet-scroll').scrollLeft > 0")


@pytest.mark.parametrize("width_px", [390, 1440])
def test_no_page_scrolls_sideways(chromium: playwright_api.Browser, world: AttendanceWorld, width_px: int) -> None:
    with serving(world) as address, visiting_as("thuky", chromium, world, address, width_px) as page:
        for language in ("vi", "en"):
            page.goto(f"{address}/language/{language}?next=/attendance/leave")
            for path in (*PAGES, "/attendance/periods/close?month=2025-10"):
                page.goto(f"{address}{path}")
                assert language == page.locator("html").get_attribute("lang")
                excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert 0 == excess, (language, path)
