"""Pages that stay open: counts in the menu, the wall, and notifications, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI

from service.api.app import create_app
from service.api.context import WebContext
from service.db.records import RunRecord
from service.db.sites import SiteRepository
from service.evidence.cutter import to_jpeg
from service.notices.addresses import AddressBook, AddressRules
from service.notices.sealing import open_seal
from service.stills import still_key
from tests.e2e.browsers import needs_chromium, playwright_api, signed_in, wait_until
from tests.e2e.servers import serving
from tests.web_world import CAMERA, MONDAY, RUN, World

pytestmark = needs_chromium


@dataclass
class LiveWorld(World):
    """A service centre whose application looks often."""

    @property
    def app(self) -> FastAPI:
        book = AddressBook(AddressRules(has_mail=True), open_seal(self.folder / "keys"))
        context = WebContext(self.database, self.store, self.clock, self.pen)
        app = create_app(replace(context, addresses=book))
        app.state.live._every = timedelta(seconds=0.2)
        return app


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LiveWorld]:
    world = LiveWorld(tmp_path)
    world.add_site()
    world.add_user()
    watch(world, world.clock.now())
    yield world
    world.database.close()


def watch(world: World, last_at: object) -> None:
    with world.database.transaction() as session:
        run = RunRecord(CAMERA, RUN, MONDAY, world.clock.now(), 1000, 0, finished=False)
        SiteRepository(session).store_run(replace(run, last_at=last_at))  # type: ignore[arg-type]


def keep_still(world: World, shade: int) -> None:
    world.store.put(still_key(CAMERA), to_jpeg(np.full((720, 1280, 3), shade, np.uint8)))


def test_counts_in_the_menu_follow_what_happens(chromium: playwright_api.Browser, world: LiveWorld) -> None:
    world.add_event("left_post")
    with serving(world) as address, signed_in(chromium, world, address) as page:
        page.goto(f"{address}/attendance")
        flags, alarms = page.locator('[data-live="flags"]'), page.locator('[data-live="alarms"]')
        playwright_api.expect(flags).to_have_text(re.compile("1 phát hiện đang chờ nhận định"))
        playwright_api.expect(alarms).to_be_hidden()
        page.evaluate(
            "document.addEventListener('congvu:flags', (event) => { document.title = `${event.detail.open}` })"
        )
        world.add_event("smoking", MONDAY + timedelta(hours=1))
        playwright_api.expect(flags).to_have_text(re.compile("2 phát hiện"))
        playwright_api.expect(page).to_have_title("2")
        watch(world, world.clock.now() - timedelta(minutes=5))
        playwright_api.expect(alarms).to_be_visible()


def test_a_page_whose_stream_is_refused_tries_again(chromium: playwright_api.Browser, world: LiveWorld) -> None:
    world.add_event("left_post")
    refused: list[str] = []

    def refuse_once(route: playwright_api.Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=503)

    with serving(world) as address, signed_in(chromium, world, address) as page:
        page.route("**/api/v1/live", refuse_once)
        page.goto(f"{address}/attendance")
        flags = page.locator('[data-live="flags"]')
        playwright_api.expect(flags).to_have_text(re.compile("1 phát hiện"))
    assert [f"{address}/api/v1/live"] == refused


def test_the_wall_draws_new_pictures_and_says_when_one_stops(
    chromium: playwright_api.Browser, world: LiveWorld
) -> None:
    keep_still(world, 40)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        page.goto(f"{address}/wall")
        page.locator(".wall-picture img").wait_for()
        wait_until(page, "document.querySelector('.wall-picture img').naturalWidth === 480")
        keep_still(world, 200)
        watch(world, world.clock.now() - timedelta(minutes=12))
        page.locator(".wall-picture canvas").wait_for()
        shade = "document.querySelector('canvas').getContext('2d').getImageData(99, 99, 1, 1).data[0]"
        wait_until(page, f"Math.abs(200 - {shade}) < 6")  # the first one drawn may still be the old one
        playwright_api.expect(page.locator(".wall-words")).to_have_text(re.compile("Không có hình trong 12 phút"))
        playwright_api.expect(page.locator("#wall-reorder")).to_be_visible()
        playwright_api.expect(page.get_by_role("status").first).to_have_text(re.compile("Cảnh báo đã thay đổi"))
        page.get_by_role("link", name="Xếp camera có cảnh báo lên trước").click()
        page.locator(".wall-silent").wait_for()


def test_an_address_is_added_by_keyboard_at_390_pixels(chromium: playwright_api.Browser, world: LiveWorld) -> None:
    with serving(world) as address, signed_in(chromium, world, address, width_px=390) as page:
        page.goto(f"{address}/account/notifications")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_label("Địa chỉ", exact=True).focus()
        page.keyboard.type("minh@coquan.gov.vn")
        page.keyboard.press("Enter")
        page.get_by_text("m…@coquan.gov.vn", exact=True).wait_for()
        page.get_by_role("button", name="Gửi tin thử").click()
        page.get_by_text("Đang chờ gửi").wait_for()
        page.goto(f"{address}/wall")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
