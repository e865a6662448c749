"""The pages of figures in a real browser: readable wide and narrow, light and dark, by mouse, keyboard and paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.db.records import Role
from tests.counted_world import CountedWorld
from tests.e2e.browsers import needs_chromium, playwright_api, signed_in
from tests.e2e.servers import serving
from tests.web_world import World

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

pytestmark = needs_chromium
WIDE, NARROW = 1440, 390
PAGES = ("/statistics?month=2025-10", "/statistics/inspectors?month=2025-10")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    world = World(tmp_path_factory.mktemp("statistics"))
    with world.database.transaction() as session:
        CountedWorld(session, seed=3).fill(240, days=31)
    world.add_user("truong", Role.TEAM_LEADER, "Lê Thị Trưởng")
    with serving(world) as served:
        yield world, served
    world.database.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width_px", [WIDE, NARROW])
def test_figures_are_readable_everywhere(
    chromium: playwright_api.Browser, address: tuple[World, str], width_px: int, scheme: str, tmp_path: Path
) -> None:
    world, served = address
    with signed_in(chromium, world, served, "truong", width_px=width_px, color_scheme=scheme) as page:
        for number, path in enumerate(PAGES):
            page.goto(served + path)
            for image in page.locator("figure.plot img").all():
                image.scroll_into_view_if_needed()
                image.evaluate("image => image.decode()")
                assert scheme == "dark" or "scheme=dark" not in image.evaluate("image => image.currentSrc")
            assert page.evaluate("document.documentElement.scrollWidth") <= width_px, "nothing sticks out of the page"
            found = axe.Axe().run(page)
            assert [] == [fault["id"] for fault in found.response["violations"]], found.generate_report()
            page.screenshot(path=tmp_path / f"{number}-{width_px}-{scheme}.png", full_page=True)


def test_the_days_are_chosen_without_a_script(chromium: playwright_api.Browser, address: tuple[World, str]) -> None:
    world, served = address
    with signed_in(chromium, world, served, "truong", width_px=WIDE) as page:
        page.goto(served + "/statistics")
        page.get_by_label("hoặc quý").select_option("2025-Q4")
        page.get_by_role("button", name="Xem").click()
        page.get_by_text("01/10/2025 – 31/12/2025").wait_for()
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        assert "thong-ke-2025-10-01-2025-12-31.csv" == download.value.suggested_filename
