"""An inspector's work in a real browser against the real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.journal import JournalRepository
from service.db.records import EventRecord, EvidenceKind
from service.db.repository import EventFilter, EventRepository
from service.db.reviews import ReviewRepository
from service.evidence.journal import RowKind
from tests.e2e.browsers import needs_chromium, playwright_api, signed_in, wait_for, wait_until
from tests.e2e.servers import serving
from tests.web_world import MONDAY, World, clip_bytes

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def clip() -> bytes:
    return clip_bytes(4.0)


@pytest.fixture
def world(tmp_path: Path, clip: bytes) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    world.add_run(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=5))
    world.add_event("presence", MONDAY - timedelta(minutes=20))
    for rule, hour in (("left_post", 0), ("badge_missing", 1), ("smoking", 2)):
        world.add_event(rule, MONDAY + timedelta(hours=hour), evidence={EvidenceKind.CLIP: clip})
    yield world
    world.database.close()


def open_first_flag(page: playwright_api.Page) -> None:
    """Open the newest flag; the button for the keys appears once the page's script has run."""
    page.locator(".card-link").first.click()
    page.wait_for_url("**/flags/*")  # the queue has such a button too
    page.locator("#show-keys").wait_for()


def reviewed(world: World) -> list[EventRecord]:
    with world.database.transaction() as session:
        events = EventRepository(session)
        reviews = ReviewRepository(session)
        return [events.get(event_id) for event_id in sorted(_event_ids(events)) if reviews.of(event_id)]


def review_count(world: World) -> int:
    with world.database.transaction() as session:
        events, reviews = EventRepository(session), ReviewRepository(session)
        return sum(len(reviews.of(event_id)) for event_id in _event_ids(events))


def told_kinds(world: World) -> set[str]:
    with world.database.transaction() as session:
        return {row.kind for row in JournalRepository(session).latest(limit=1000)}


def _event_ids(events: EventRepository) -> list[str]:
    return [event.event_id for event in events.find(EventFilter())]


def test_a_flag_is_watched_and_decided_by_key_and_the_verdict_outlives_the_server(
    chromium: playwright_api.Browser, world: World
) -> None:
    with serving(world) as address, signed_in(chromium, world, address) as page:
        assert 3 == page.locator(".card").count()
        page.get_by_role("link", name="Bắt đầu xem xét").click()
        page.wait_for_url("**/flags/*")
        page.locator("#show-keys").wait_for()
        wait_until(page, "clip.currentTime > 0.3")
        page.keyboard.press(" ")
        wait_until(page, "clip.paused")
        before = page.evaluate("clip.currentTime")
        page.keyboard.press(".")
        wait_until(page, f"clip.currentTime > {before}")
        first = page.url
        page.keyboard.press("2")
        page.wait_for_url(lambda url: url != first)
        assert "Không thấy đeo thẻ" in page.locator("h1").inner_text()
        # leaving the page tells of the steps, if the pause after the last one has not
        looks = {RowKind.EVENTS_SEARCHED, RowKind.EVENT_VIEWED, RowKind.EVIDENCE_VIEWED, RowKind.FRAMES_STEPPED}
        wanted = {*looks, RowKind.VERDICT_GIVEN}
        wait_for(page, lambda: wanted <= told_kinds(world), "the journal tells of the looks and of the verdict")
    assert [("smoking", "no_breach")] == [(e.rule_id, str(e.standing)) for e in reviewed(world)]

    restarted = World(world.folder, world.clock)
    with serving(restarted) as address, signed_in(chromium, restarted, address) as page:
        assert 2 == page.locator(".card").count()
        page.goto(f"{address}/flags?state=reviewed")
        page.locator(".card-link").click()
        assert "Trần Văn Minh" in page.locator(".history").inner_text()
        assert "Nhận định: không vi phạm" in page.locator(".history").inner_text()
    restarted.database.close()


def test_a_verdict_that_the_network_swallowed_is_sent_again_and_stored_once(
    chromium: playwright_api.Browser, world: World
) -> None:
    with serving(world) as address, signed_in(chromium, world, address) as page:
        losses: list[str | None] = []
        told: list[str] = []

        def lose(route: playwright_api.Route) -> None:
            losses.append(route.request.post_data)
            if len(losses) == 2:
                route.fetch()  # arrived, but the answer was lost
            if len(losses) > 2 and told:
                route.continue_()
            else:
                route.abort()  # the first never arrived

        page.route("**/reviews", lose)
        open_first_flag(page)
        first = page.url
        page.locator("#note").fill("Thấy rõ: 1 điếu thuốc")
        page.locator("#note").press("3")  # typing is not deciding
        page.get_by_role("button", name="Vi phạm", exact=False).first.click()
        page.wait_for_url(lambda url: url != first)  # the next flag is shown while the verdict is on its way
        wait_until(page, "outbox.textContent.includes('Nhận định chưa lưu được: 1')")
        told.append("the verdict is on its way")  # on a slow computer more than three tries are made until here
        wait_until(page, "outbox.hidden")
    assert len(losses) >= 3
    assert 1 == len(set(losses)) and "Thấy rõ: 1 điếu thuốc3" in str(losses[0])
    assert 1 == review_count(world)


def test_a_verdict_survives_a_session_that_ended(chromium: playwright_api.Browser, world: World) -> None:
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_first_flag(page)
        world.clock.at += timedelta(hours=13)
        page.keyboard.press("1")
        page.get_by_role("link", name="Đăng nhập lại").wait_for()
        assert 0 == review_count(world)
        page.goto(f"{address}/sign-in/once?token={world.make_link()}")
        page.get_by_role("button", name="Đăng nhập ngay").click()
        page.wait_for_url("**/flags")
        wait_until(page, "outbox.hidden && Object.keys(localStorage).length === 0")
    assert 1 == review_count(world)


def test_new_flags_are_announced_in_the_queue(chromium: playwright_api.Browser, world: World) -> None:
    with serving(world) as address, signed_in(chromium, world, address) as page:
        world.add_event("left_post", MONDAY + timedelta(hours=3))
        page.evaluate("window.dispatchEvent(new Event('focus'))")
        page.get_by_role("link", name="Xem ngay").click()
        wait_until(page, "document.querySelectorAll('.card').length === 4")


def test_the_keys_are_shown_and_can_be_switched_off(chromium: playwright_api.Browser, world: World) -> None:
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_first_flag(page)
        first = page.url
        page.keyboard.press("?")
        page.get_by_role("dialog").wait_for()
        page.get_by_label("Dùng phím tắt trên máy tính này").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("1")
        page.keyboard.press("j")
        page.wait_for_timeout(300)
        assert first == page.url
    assert 0 == review_count(world)


def test_nothing_scrolls_sideways_on_a_phone(chromium: playwright_api.Browser, world: World) -> None:
    with serving(world) as address, signed_in(chromium, world, address, width_px=390) as page:
        flag = page.locator(".card-link").first.get_attribute("href")
        for language in ("vi", "en"):
            page.goto(f"{address}/language/{language}?next=/flags")
            for path in ("/flags", flag, "/attendance", "/cameras", "/flags?day=2020-01-01", "/nowhere"):
                page.goto(f"{address}{path}")
                assert language == page.locator("html").get_attribute("lang")
                excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert 0 == excess, (language, path)
