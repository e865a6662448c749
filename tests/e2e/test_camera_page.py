"""An operator's look at a camera, in a real browser against the real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.calibration import CalibrationRepository
from service.db.records import RuleMode, Verdict
from tests.camera_world import NOW, CameraWorld, a_scene
from tests.e2e.browsers import needs_chromium, playwright_api, signed_in, wait_until
from tests.e2e.servers import serving
from tests.web_world import CAMERA

pytestmark = needs_chromium
PAGE = f"/cameras/{CAMERA}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CameraWorld]:
    world = CameraWorld(tmp_path)
    world.add_site()
    world.add_user()
    world.add_working_run()
    world.add_still()
    world.add_scene(a_scene(with_floor=True))
    world.add_fault("moved", NOW - timedelta(minutes=9), detail="shifted by 32 px of 640 (5.0 %)")
    world.add_verdicts("smoking", [Verdict.BREACH] * 6 + [Verdict.NO_BREACH] * 5)
    world.add_state("smoking", RuleMode.SUSPENDED, NOW - timedelta(hours=1), cause="fell_below_floor")
    yield world
    world.database.close()


def reference_number(world: CameraWorld) -> int:
    with world.database.transaction() as session:
        reference = CalibrationRepository(session).reference(CAMERA)
    return 0 if reference is None else reference.number


def test_an_alarm_leads_to_the_camera_and_the_view_is_confirmed_after_one_question(
    chromium: playwright_api.Browser, world: CameraWorld
) -> None:
    with serving(world) as address, signed_in(chromium, world, address) as page:
        assert "1" == page.locator("[data-live=alarms] [data-number]").inner_text()
        page.get_by_role("link", name="Camera Có 1 cảnh báo chưa kết thúc.").click()
        page.get_by_role("link", name="Camera quầy", exact=True).click()
        page.get_by_text("Không ai bị coi là vắng mặt trong thời gian này").wait_for()
        wait_until(page, "document.querySelector('.view-frame img').naturalWidth === 640")
        confirm = page.get_by_role("button", name="Đúng, khung hình đã đúng")
        assert not confirm.is_visible()
        page.get_by_text("Khung hình nay đã đúng …").click()
        assert 0 == reference_number(world)
        confirm.click()
        page.get_by_text("Đã xác nhận khung hình").wait_for()
    assert 1 == reference_number(world)


def test_nothing_scrolls_sideways_on_a_phone_and_every_picture_loads(
    chromium: playwright_api.Browser, world: CameraWorld
) -> None:
    with serving(world) as address, signed_in(chromium, world, address, width_px=390) as page:
        for language in ("vi", "en"):
            page.goto(f"{address}/language/{language}?next={PAGE}")
            for path in (PAGE, f"{PAGE}?span=month", "/cameras", "/flags"):
                page.goto(f"{address}{path}")
                excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert 0 == excess, (language, path)
        page.goto(f"{address}{PAGE}")
        for picture in page.locator("main img").all():
            picture.scroll_into_view_if_needed()
        wait_until(page, "[...document.querySelectorAll('main img')].every((i) => i.complete && i.naturalWidth > 0)")
        assert 3 == page.locator("main img").count()
