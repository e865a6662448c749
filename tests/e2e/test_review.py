"""Reviewing flag after flag in a real browser: by keys, beside others, and with a network and a session that end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.accounts import AccountRepository
from service.db.records import EvidenceKind, ReviewRecord, Role, Standing, Verdict
from service.db.repository import EventFilter, EventRepository
from service.db.reviews import ReviewRepository
from tests.e2e.browsers import needs_chromium, playwright_api, sign_in, signed_in, wait_for
from tests.e2e.browsers import wait_until as wait_until_in_page
from tests.e2e.servers import serving
from tests.verdicts import judge
from tests.web_world import MONDAY, World, clip_bytes, make_event

pytestmark = needs_chromium
HAND_IN_HAND_MS = 400
"""Long enough for what comes at once; nothing waits for it."""


@pytest.fixture(scope="module")
def clip() -> bytes:
    return clip_bytes(4.0)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    world.add_user("hai", Role.INSPECTOR, "Lê Thị Hai")
    world.add_user("doan", Role.TEAM_LEADER, "Phạm Trưởng Đoàn")
    world.add_run(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=5))
    yield world
    world.database.close()


def add_flags(world: World, clip: bytes, count: int, rule: str = "left_post") -> list[str]:
    """Add flags with clips; the first returned is the newest, which the queue shows first."""
    starts = [MONDAY + timedelta(minutes=20 * i) for i in range(count)]
    return [world.add_event(rule, at, evidence={EvidenceKind.CLIP: clip}) for at in starts][::-1]


def open_flag(page: playwright_api.Page, address: str, event: str, query: str = "") -> None:
    page.goto(f"{address}/flags/{event}{query}")
    page.locator("#show-keys").wait_for()


def wait_until(page: playwright_api.Page, condition: str) -> None:
    """Wait for a condition, also where the page is loaded anew meanwhile."""
    for _ in range(20):
        try:
            wait_until_in_page(page, condition)
            return
        except playwright_api.Error as error:
            if "context was destroyed" not in error.message:
                raise
            page.wait_for_load_state()
    raise AssertionError("the page is loaded again and again")


def wait_for_flag(page: playwright_api.Page, event: str) -> None:
    """Wait until a flag is shown, with its address and its clip playing, and the page listens to keys.

    A clip plays by itself while the page's scripts may still be on their way: a key pressed then is lost.
    """
    wait_until(page, f"document.getElementById('flag')?.dataset.event === '{event}'")
    wait_until(page, "document.getElementById('show-keys')?.hidden === false")
    wait_until(page, f"location.pathname === '/flags/{event}'")
    wait_until(page, "clip.currentTime > 0.05 && !clip.paused")


def reviews_of(world: World, event: str) -> list[ReviewRecord]:
    with world.database.transaction() as session:
        return ReviewRepository(session).of(event)


def reviews(world: World) -> list[ReviewRecord]:
    with world.database.transaction() as session:
        found = [event.event_id for event in EventRepository(session).find(EventFilter())]
        return [review for event in found for review in ReviewRepository(session).of(event)]


def wait_for_reviews(page: playwright_api.Page, world: World, count: int) -> list[ReviewRecord]:
    wait_for(page, lambda: len(reviews(world)) >= count, f"{count} verdicts are stored")
    found = reviews(world)
    assert count == len(found)
    return found


def is_claimed(world: World, event: str) -> bool:
    with world.database.transaction() as session:
        return bool(ReviewRepository(session).claims_on([event], world.clock.now()))


def wait_for_claim(page: playwright_api.Page, world: World, event: str) -> None:
    """Wait until somebody is known to look at a flag: the page shows it before the server knows."""
    wait_for(page, lambda: is_claimed(world, event), "somebody is known to look at the flag")


def wait_until_ahead(page: playwright_api.Page, *events: str) -> None:
    """Wait until flags that come next were fetched with their clips: from then on they need no server."""
    names = "performance.getEntriesByType('resource').filter((one) => one.responseEnd).map((one) => one.name)"
    for event in events:
        for fetched in (f"/flags/{event}", f"/api/v1/evidence/{event}/clip"):
            wait_until(page, f"{names}.some((name) => new URL(name).pathname === '{fetched}')")


def standing_of(world: World, event: str) -> Standing:
    with world.database.transaction() as session:
        return EventRepository(session).get(event).standing


def user_id(world: World, login: str) -> int:
    with world.database.transaction() as session:
        user = AccountRepository(session).find_user(login)
        assert user is not None
        return user.user_id


def test_an_inspector_goes_through_the_queue_by_keys_alone_and_no_page_is_loaded(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, middle, oldest = add_flags(world, clip, 3)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        wait_for_flag(page, newest)
        page.evaluate("window.sameDocument = true")
        page.keyboard.press("j")
        wait_for_flag(page, middle)
        page.keyboard.press("k")
        wait_for_flag(page, newest)
        page.keyboard.press("2")
        wait_for_flag(page, middle)
        assert "Bàn làm việc để trống · Bàn 1" in page.title()
        assert "Bàn làm việc để trống" in page.evaluate("document.activeElement.textContent")
        assert page.title() == page.locator("#spoken").text_content()
        page.keyboard.press("3")
        wait_for_flag(page, oldest)
        assert page.evaluate("window.sameDocument")
        page.keyboard.press("1")
        page.wait_for_url("**/flags?decided=1")
        assert "Đã lưu nhận định" in page.locator("main").inner_text()
    assert [Standing.NO_BREACH, Standing.CANNOT_TELL, Standing.SECOND] == [
        standing_of(world, event) for event in (newest, middle, oldest)
    ]
    assert all(review.spent_s is not None for review in reviews(world))


def test_going_back_in_the_browser_shows_the_flag_before(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, older = add_flags(world, clip, 2)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_flag(page, address, newest)
        page.keyboard.press("j")
        wait_for_flag(page, older)
        page.go_back()
        wait_for_flag(page, newest)


def test_two_inspectors_are_led_past_each_other(chromium: playwright_api.Browser, world: World, clip: bytes) -> None:
    first, second, third, fourth = add_flags(world, clip, 4)
    with (
        serving(world) as address,
        signed_in(chromium, world, address) as mine,
        signed_in(chromium, world, address, "hai") as theirs,
    ):
        open_flag(mine, address, first)
        wait_for_flag(mine, first)
        wait_for_claim(mine, world, first)
        theirs.goto(f"{address}/flags")
        assert "Trần Văn Minh đang xem" in theirs.locator(".card").first.inner_text()
        theirs.get_by_role("link", name="Bắt đầu xem xét").click()
        wait_for_flag(theirs, second)
        wait_for_claim(theirs, world, second)
        # mine was fetched ahead while it was free; by now it is theirs, and I am led on
        mine.keyboard.press("2")
        wait_for_flag(mine, third)
        assert "Lê Thị Hai đang xem phát hiện đó" in mine.locator("#sitting-message").inner_text()
        theirs.keyboard.press("2")
        wait_for_flag(theirs, fourth)
        open_flag(theirs, address, third)
        assert "Trần Văn Minh đang xem phát hiện này" in theirs.locator("#taken").inner_text()
        theirs.locator(".taken-next").click()
        wait_for_flag(theirs, fourth)
        wait_for_reviews(mine, world, 2)
    assert [1, 1] == [len(reviews_of(world, event)) for event in (first, second)]


def test_a_flag_that_was_left_is_free_again(chromium: playwright_api.Browser, world: World, clip: bytes) -> None:
    newest, _ = add_flags(world, clip, 2)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_flag(page, address, newest)
        wait_for_claim(page, world, newest)
        page.goto(f"{address}/cameras")
        wait_for(page, lambda: not is_claimed(world, newest), "nobody is known to look at the flag")


def test_the_second_look_is_not_told_of_the_first(chromium: playwright_api.Browser, world: World, clip: bytes) -> None:
    (event,) = add_flags(world, clip, 1)
    with world.database.transaction() as session:
        judge(session, event, Verdict.BREACH, by=user_id(world, "thanhtra"), at=world.clock.now())
    with serving(world) as address:
        with signed_in(chromium, world, address) as page:
            assert 0 == page.locator(".card").count()
        with signed_in(chromium, world, address, "hai") as page:
            assert 1 == page.locator(".card").count()
            page.get_by_role("link", name="Bắt đầu xem xét").click()
            wait_for_flag(page, event)
            assert "Trần Văn Minh" not in page.content()
            assert "lần thứ hai" not in page.content()
            page.keyboard.press("1")
            page.wait_for_url("**/flags?decided=1")
    assert Standing.BREACH is standing_of(world, event)


def test_the_last_verdict_is_taken_back_by_a_key_and_its_flag_is_shown_again(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, older = add_flags(world, clip, 2)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_flag(page, address, newest)
        page.keyboard.press("1")
        wait_for_flag(page, older)
        page.keyboard.press("u")
        wait_for_flag(page, newest)
        assert "Đã rút lại" in page.locator("#sitting-message").inner_text()
        assert Standing.OPEN is standing_of(world, newest)
        page.keyboard.press("2")
        wait_for_flag(page, older)
        wait_for_reviews(page, world, 2)
    assert ["breach", "no_breach"] == [str(review.verdict) for review in reviews_of(world, newest)]
    assert Standing.NO_BREACH is standing_of(world, newest)


def test_a_verdict_given_without_network_is_kept_while_the_next_flag_plays(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, middle, oldest = add_flags(world, clip, 3)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_flag(page, address, newest)
        wait_until_ahead(page, middle, oldest)
        page.context.set_offline(True)
        page.keyboard.press("2")
        wait_for_flag(page, middle)
        page.keyboard.press("3")
        wait_for_flag(page, oldest)
        wait_until(page, "outbox.textContent.includes('Nhận định chưa lưu được: 2')")
        assert [] == reviews(world)
        page.context.set_offline(False)
        wait_for_reviews(page, world, 2)
        wait_until(page, "outbox.hidden")
        wait_until(page, "Object.keys(localStorage).every((key) => !key.startsWith('congvu.verdict'))")
    assert [Standing.NO_BREACH, Standing.CANNOT_TELL] == [standing_of(world, event) for event in (newest, middle)]


def test_a_verdict_whose_answer_was_lost_is_stored_once_though_the_page_is_loaded_anew(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, older = add_flags(world, clip, 2)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        sent = []

        def lose(route: playwright_api.Route) -> None:
            sent.append(route.request.post_data)
            if len(sent) == 1:
                route.fetch()  # it arrived, but the answer was lost
                route.abort()
            else:
                route.continue_()

        page.route("**/reviews", lose)
        open_flag(page, address, newest)
        page.keyboard.press("2")
        wait_for_flag(page, older)
        page.reload()
        wait_until(page, "Object.keys(localStorage).every((key) => !key.startsWith('congvu.verdict'))")
        assert 1 < len(sent)
    assert 1 == len(set(sent))
    assert 1 == len(reviews(world))


def test_a_verdict_survives_a_session_that_ended_and_the_same_flag_comes_back(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, older = add_flags(world, clip, 2)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_flag(page, address, newest)
        wait_until_ahead(page, older)
        page.locator("#note").fill("Có giấy đi đường")
        page.locator("h1").click()
        world.clock.at += timedelta(hours=13)
        page.keyboard.press("2")
        wait_for_flag(page, older)
        page.locator("#outbox").get_by_role("link", name="Đăng nhập lại").click()
        page.wait_for_url("**/sign-in?next=**")
        assert [] == reviews(world)
        page.locator("#login").fill("thanhtra")
        page.locator("#password").fill("đúng là mật khẩu")
        page.locator("main form button[type=submit]").click()
        wait_for_flag(page, older)
        wait_for_reviews(page, world, 1)
        page.wait_for_timeout(HAND_IN_HAND_MS)
    assert [(newest, "no_breach", "Có giấy đi đường")] == [
        (review.event_id, str(review.verdict), review.note) for review in reviews(world)
    ]


def test_signing_in_again_in_another_tab_sends_what_was_kept(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, older = add_flags(world, clip, 2)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_flag(page, address, newest)
        wait_until_ahead(page, older)
        world.clock.at += timedelta(hours=13)
        page.keyboard.press("2")
        wait_for_flag(page, older)
        page.locator("#outbox").get_by_role("link", name="Đăng nhập lại").wait_for()
        other = page.context.new_page()
        sign_in(other, world, address)
        wait_for_reviews(page, world, 1)
    assert 1 == len(reviews(world))


def test_what_one_person_kept_is_never_sent_in_the_name_of_another(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, older = add_flags(world, clip, 2)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_flag(page, address, newest)
        wait_until_ahead(page, older)
        world.clock.at += timedelta(hours=13)
        page.keyboard.press("2")
        wait_for_flag(page, older)
        page.locator("#outbox").get_by_role("link", name="Đăng nhập lại").wait_for()
        other = page.context.new_page()
        sign_in(other, world, address, "hai")
        page.evaluate("window.dispatchEvent(new Event('focus'))")
        page.wait_for_timeout(3000)
        assert [] == reviews(world)
        sign_in(other, world, address, "thanhtra")
        (review,) = wait_for_reviews(page, world, 1)
    assert "Trần Văn Minh" == review.reviewer_name


def test_a_verdict_that_is_refused_stays_until_it_is_discarded(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, older = add_flags(world, clip, 2)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_flag(page, address, newest)
        wait_until_ahead(page, older)
        with world.database.transaction() as session:  # two others have looked meanwhile
            for login in ("hai", "doan"):
                judge(session, newest, Verdict.BREACH, by=user_id(world, login), at=world.clock.now())
        page.keyboard.press("2")
        wait_for_flag(page, older)
        bar = page.locator("#outbox")
        bar.get_by_role("link", name="Mở phát hiện này").wait_for()
        assert "Bàn làm việc để trống · Bàn 1" in bar.inner_text()
        page.reload()
        bar.get_by_role("button", name="Bỏ nhận định này").click()
        wait_until(page, "outbox.hidden")
    assert Standing.BREACH is standing_of(world, newest)


def test_several_flags_are_said_to_be_no_breach_at_once_and_taken_back_at_once(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    first, second, third, fourth = add_flags(world, clip, 4)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        with world.database.transaction() as session:
            ReviewRepository(session).claim(
                third, user_id(world, "hai"), at=world.clock.now(), lasts=timedelta(minutes=2)
            )
        page.locator(".pick input").nth(0).click()
        page.locator(".pick input").nth(2).click(modifiers=["Shift"])
        assert "Đã chọn: 3" == page.locator("#bulk-count").inner_text()
        page.get_by_role("button", name="Rõ ràng không vi phạm").click()
        assert "Hãy chọn lý do trước" in page.locator("#sitting-message").inner_text()
        page.locator("#bulk-reason").select_option("system_mistake")
        page.get_by_role("button", name="Rõ ràng không vi phạm").click()
        wait_until(page, "document.querySelectorAll('.card').length === 2")
        told = page.locator("#sitting-message").inner_text()
        assert "Đã lưu là không vi phạm: 2" in told and "Có người khác đang xem" in told
        assert [1, 1, 0, 0] == [len(reviews_of(world, event)) for event in (first, second, third, fourth)]
        page.locator("h1").click()
        page.keyboard.press("u")
        wait_until(page, "document.querySelectorAll('.card').length === 4")
        wait_until(page, "document.getElementById('sitting-message').textContent.includes('Đã rút lại: 2')")
    assert [Standing.OPEN] * 4 == [standing_of(world, event) for event in (first, second, third, fourth)]


def test_a_card_is_selected_by_key(chromium: playwright_api.Browser, world: World, clip: bytes) -> None:
    add_flags(world, clip, 2)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        page.locator(".pick").first.wait_for()
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("x")
        assert [False, True] == [box.is_checked() for box in page.locator(".pick input").all()]
        page.keyboard.press("x")
        assert page.locator("#bulk").is_hidden()


def test_filters_are_kept_under_a_name_and_forgotten(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    add_flags(world, clip, 1)
    add_flags(world, clip, 2, "badge_missing")
    with serving(world) as address, signed_in(chromium, world, address) as page:
        page.locator("#rule").select_option("left_post")
        page.get_by_role("button", name="Lọc", exact=True).click()
        wait_until(page, "document.querySelectorAll('.card').length === 1")
        page.get_by_text("Lưu bộ lọc này").click()
        page.locator("#filter-name").fill("Rời vị trí")
        page.get_by_role("button", name="Lưu", exact=True).click()
        page.goto(f"{address}/flags")
        page.get_by_role("link", name="Rời vị trí", exact=True).click()
        page.wait_for_url("**/flags?rule=left_post")
        page.get_by_role("button", name="Xóa bộ lọc đã lưu “Rời vị trí”").click()
        page.wait_for_url("**/flags?rule=left_post")
        assert 0 == page.get_by_role("link", name="Rời vị trí", exact=True).count()


def add_boxes(world: World, event_at_minutes: int = 0) -> None:
    """Let the looks of the flag that began then have a place in the picture that moves to the right."""
    event = make_event(
        "left_post",
        MONDAY + timedelta(minutes=event_at_minutes),
        lasts=timedelta(minutes=12),
        place="ban-1",
        score=0.91,
    )
    looks = [
        dataclasses.replace(look, box_px=(40.0 + 60 * i, 120.0, 120.0 + 60 * i, 360.0))
        for i, look in enumerate(event.trace)
    ]
    with world.database.transaction() as session:
        EventRepository(session).upsert(dataclasses.replace(event, trace=tuple(looks)))


LOOK_LEFT = "Number(document.querySelector('.overlay .look').getAttribute('x'))"
LOOK_IS_SHOWN = "document.querySelector('.overlay .look').getAttribute('visibility') === 'visible'"


def test_what_the_system_saw_is_drawn_where_it_was_and_can_be_switched_off_for_good(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    (event,) = add_flags(world, clip, 1)
    add_boxes(world)
    with serving(world) as address, signed_in(chromium, world, address) as page:
        open_flag(page, address, event)
        wait_until(page, LOOK_IS_SHOWN)
        page.keyboard.press(" ")
        page.evaluate("clip.currentTime = 1.5")
        wait_until(page, f"{LOOK_LEFT} === 130")  # half way between the look at 1 s and that at 2 s
        assert "0 0 640 360" == page.locator(".overlay").get_attribute("viewBox")
        over, video = page.locator(".overlay").bounding_box(), page.locator("#clip").bounding_box()
        assert over == video
        page.keyboard.press("o")
        assert not page.evaluate(LOOK_IS_SHOWN)
        page.reload()
        page.locator("#overlay-on").wait_for()
        wait_until(page, "clip.currentTime > 0.2")
        assert not page.evaluate(LOOK_IS_SHOWN)
        page.locator("#overlay-on").check()
        wait_until(page, LOOK_IS_SHOWN)


def test_one_verdict_is_given_to_other_flags_of_the_person_only_where_that_was_chosen(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, middle, oldest = add_flags(world, clip, 3, "badge_missing")
    with serving(world) as address, signed_in(chromium, world, address) as page:
        assert "+2 về cùng một người" in page.locator(".card").inner_text()
        open_flag(page, address, newest)
        assert 0 == page.locator(".same input:checked").count()
        page.locator(".same input").last.check()
        page.keyboard.press("2")
        wait_for_reviews(page, world, 2)
        wait_for_flag(page, oldest)
    assert [1, 1, 0] == [len(reviews_of(world, event)) for event in (newest, middle, oldest)]


def test_a_flag_decided_along_is_not_shown_next_though_its_answer_was_on_its_way(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    newest, middle, oldest = add_flags(world, clip, 3, "badge_missing")
    held: list[tuple[playwright_api.Route, playwright_api.APIResponse]] = []

    def hold(route: playwright_api.Route) -> None:
        answer = route.fetch()
        if held:
            route.fulfill(response=answer)
        else:
            held.append((route, answer))

    with serving(world) as address, signed_in(chromium, world, address) as page:
        page.route("**/api/v1/queue/next?*", hold)
        open_flag(page, address, newest)
        wait_for(page, lambda: held, "the next flag is asked for")
        ((route, answer),) = held
        assert middle == answer.json()["event_id"]
        page.locator(".same input").last.check()
        page.keyboard.press("2")
        wait_for_reviews(page, world, 2)
        route.fulfill(response=answer)
        wait_for_flag(page, oldest)


def test_a_leader_sees_both_verdicts_settles_them_and_hands_a_flag_out(
    chromium: playwright_api.Browser, world: World, clip: bytes
) -> None:
    given, disputed = add_flags(world, clip, 2)
    with world.database.transaction() as session:
        judge(session, disputed, Verdict.BREACH, by=user_id(world, "thanhtra"), at=world.clock.now())
        judge(session, disputed, Verdict.NO_BREACH, by=user_id(world, "hai"), at=world.clock.now())
    with serving(world) as address, signed_in(chromium, world, address, "doan") as page:
        page.get_by_role("link", name="Hai người nhận định khác nhau").click()
        page.locator(".card-link").click()
        wait_for_flag(page, disputed)
        history = page.locator(".history").inner_text()
        assert "Trần Văn Minh" in history and "Lê Thị Hai" in history
        page.keyboard.press("2")
        page.wait_for_url("**/flags?state=disputed&decided=1")
        open_flag(page, address, given)
        page.locator("#assignee").select_option(label="Lê Thị Hai")
        page.get_by_role("button", name="Giao", exact=True).click()
        page.locator("#show-keys").wait_for()
        assert "Lê Thị Hai" == page.locator("#assignee option:checked").inner_text()
    assert Standing.NO_BREACH is standing_of(world, disputed)
    with serving(world) as address, signed_in(chromium, world, address, "hai") as page:
        page.get_by_role("link", name="Giao cho tôi").click()
        page.wait_for_url("**/flags?state=mine")
        assert given in str(page.locator(".card-link").get_attribute("href"))


def test_reviewing_fits_a_phone(chromium: playwright_api.Browser, world: World, clip: bytes) -> None:
    (event,) = add_flags(world, clip, 1)
    add_boxes(world)
    with serving(world) as address, signed_in(chromium, world, address, "doan", width_px=390) as page:
        page.locator(".pick input").first.click()
        edges = "[...document.querySelectorAll('main *, #sitting')].map((part) => part.getBoundingClientRect().right)"
        widest = f"Math.max(...{edges})"
        assert 390 >= page.evaluate(widest)
        open_flag(page, address, event)
        wait_until(page, "clip.currentTime > 0.1")
        assert 390 >= page.evaluate(widest)
        page.get_by_role("button", name="Không vi phạm").click()
        page.wait_for_url("**/flags?decided=1")
    assert 1 == len(reviews(world))
