"""Small ways through the pages in a real browser: the menu, folded filters, keys beside a list, what is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.records import EvidenceKind, Role, Verdict
from service.db.reviews import ReviewRepository
from tests.e2e.browsers import needs_chromium, playwright_api, signed_in, wait_until
from tests.e2e.servers import serving
from tests.web_world import MONDAY, World, clip_bytes

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def clip() -> bytes:
    return clip_bytes(2.0)


@pytest.fixture
def world(tmp_path: Path, clip: bytes) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    world.add_user("quantri", Role.ADMIN, "Nguyễn Quốc Anh")
    world.add_run(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=5))
    world.add_event("left_post", MONDAY, evidence={EvidenceKind.CLIP: clip})
    yield world
    world.database.close()


@contextmanager
def visiting(
    chromium: playwright_api.Browser, world: World, login: str = "thanhtra", width_px: int = 1280
) -> Iterator[tuple[playwright_api.Page, str]]:
    """Sign in; yields the page and the server's address."""
    with serving(world) as address, signed_in(chromium, world, address, login, width_px=width_px) as page:
        yield page, address


def test_the_last_flag_is_taken_back_and_that_is_said(chromium: playwright_api.Browser, world: World) -> None:
    with visiting(chromium, world) as (page, _):
        page.locator(".card-link").click()
        page.wait_for_url("**/flags/*")  # the queue has the button for the keys too
        page.locator("#show-keys").wait_for()
        event = page.url.rpartition("/")[2]
        button = page.get_by_role("button", name="Rút lại")
        assert 0 == button.count()  # nothing was given yet
        page.locator("#reason").focus()
        page.keyboard.press("2")  # the list has the focus; its key decides all the same
        page.wait_for_url("**/flags?decided=1")
        button.wait_for()
        page.keyboard.press("u")
        page.wait_for_url("**/flags/*")
        page.get_by_text("Đã rút lại. Phát hiện này lại chờ nhận định của bạn.").wait_for()
        wait_until(page, "document.querySelector('.undo').hidden")
    with world.database.transaction() as session:
        (review,) = ReviewRepository(session).of(event)
    assert Verdict.NO_BREACH is review.verdict and review.withdrawn_at is not None


def test_single_keys_that_are_off_open_no_help(chromium: playwright_api.Browser, world: World) -> None:
    with visiting(chromium, world) as (page, _):
        page.locator("#show-keys").click()
        page.locator("#keys-on").uncheck()
        page.keyboard.press("Escape")
        page.locator("#keys").wait_for(state="hidden")
        page.keyboard.press("?")
        assert not page.locator("#keys").is_visible()
        page.locator("#show-keys").click()
        page.locator("#keys-on").check()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.locator("#keys").wait_for()


def test_the_menu_closes_by_escape_and_by_a_click_elsewhere(chromium: playwright_api.Browser, world: World) -> None:
    with visiting(chromium, world, "quantri") as (page, _):
        summary, entry = page.locator("details.account summary"), page.get_by_role("link", name="Quản lý tài khoản")
        for close in (lambda: page.keyboard.press("Escape"), lambda: page.locator("h1").click()):
            summary.click()
            entry.wait_for()
            close()
            entry.wait_for(state="hidden")


@pytest.mark.parametrize("width_px", [320, 390])
def test_on_a_telephone_filters_are_folded_until_some_are_set(
    chromium: playwright_api.Browser, world: World, width_px: int
) -> None:
    with visiting(chromium, world, "quantri", width_px) as (page, address):
        rule = page.locator("#rule")
        assert not rule.is_visible()
        page.get_by_text("Bộ lọc", exact=True).click()
        rule.select_option("left_post")
        page.get_by_role("button", name="Lọc", exact=True).click()
        page.wait_for_url("**rule=left_post**")
        assert rule.is_visible()
        assert page.evaluate("document.querySelector('.masthead').offsetHeight") < 180
        for path in ("/flags?rule=left_post", "/statistics?month=2025-10", "/users/new"):
            page.goto(address + path)
            assert width_px == page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size({"width": 1440, "height": 800})
        page.goto(f"{address}/flags")
        boxes = [one.bounding_box() for one in page.locator(".filters > div").all()]
        assert 1 == len({round(box["y"] + box["height"]) for box in boxes if box})  # one row, the button with them


def test_a_new_account_is_asked_what_its_role_needs(chromium: playwright_api.Browser, world: World) -> None:
    with visiting(chromium, world, "quantri") as (page, address):
        page.goto(f"{address}/users/new")
        role, agency, unit, officer = (page.locator(f"#{name}") for name in ("role", "agency", "unit", "officer_id"))
        wait_until(page, "document.getElementById('unit').closest('[hidden]') !== null")
        shown = {}
        for value in ("inspector", "unit_head", "officer"):
            role.select_option(value)
            shown[value] = (agency.is_visible(), unit.is_visible(), officer.is_visible())
        assert {
            "inspector": (True, False, False), "unit_head": (True, True, False), "officer": (False, False, True)
        } == shown  # fmt: skip
        officer.select_option(index=1)
        assert "UBND tỉnh" == agency.input_value()
