"""Drawing a scene in a real browser: a newcomer's walk, keys, fingers, and everything that can go wrong on the way."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from calibration.scene import ZoneKind
from service.cli import app as congvu
from service.db.calibration import CalibrationRepository
from service.db.records import SceneVersion
from service.scenes import record_scene
from tests.e2e.browsers import needs_chromium, playwright_api, sign_in, signed_in, wait_for, wait_until
from tests.e2e.servers import serving
from tests.scene_world import EMPTY_SITE, TWO_DESKS, SceneWorld
from tests.web_world import CAMERA, MONDAY

pytestmark = needs_chromium

PAGE = f"/cameras/{CAMERA}/scene"
# Keystroke-level model, seconds (Card, Moran & Newell, 1980): think, point, press or release, one key of an average
# typist, hand from mouse to keyboard
THINK_S, POINT_S, PRESS_S, KEY_S, HOME_S = 1.35, 1.1, 0.1, 0.28, 0.4
NEWCOMER = 2.0
"""The model is of practised people; somebody who sees the page for the first time takes longer."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SceneWorld]:
    world = SceneWorld(tmp_path)
    world.begin()
    world.add_still()
    yield world
    world.database.close()


@dataclass
class Hand:
    """A hand at the page, and how long a person would have needed for what it did."""

    page: Any
    seconds: float = 0.0

    def click(self, element: Any) -> None:
        element.click()
        self.seconds += THINK_S + POINT_S + 2 * PRESS_S

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.seconds += HOME_S + KEY_S * len(unicodedata.normalize("NFD", text))

    def take(self, tool: str) -> None:
        self.click(self.page.locator(f'[data-tool="{tool}"]'))

    def place(self, x: float, y: float) -> tuple[float, float]:
        box = self.page.locator("#scene-drawing").bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, *points: tuple[float, float]) -> None:
        self.page.mouse.move(*self.place(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.place(*point), steps=4)
        self.page.mouse.up()
        self.seconds += THINK_S + 2 * POINT_S + 2 * PRESS_S

    def tap(self, *points: tuple[float, float]) -> None:
        for point in points:
            self.page.mouse.click(*self.place(*point))
            self.seconds += THINK_S + POINT_S + 2 * PRESS_S

    def draw(self, tool: str, start: tuple[float, float], end: tuple[float, float], name: str = "") -> None:
        self.take(tool)
        self.drag(start, end)
        if name:
            self.type(name)

    def save(self) -> None:
        self.click(self.page.locator("#scene-save"))


@contextmanager
def drawing(
    chromium: playwright_api.Browser, world: SceneWorld, address: str, *, login: str = "quantri", **settings: Any
) -> Iterator[Hand]:
    """Sign in and open the editor."""
    with signed_in(chromium, world, address, login, **settings) as page:
        open_editor(page, address)
        yield Hand(page)


def open_editor(page: Any, address: str, query: str = "") -> None:
    page.goto(f"{address}{PAGE}{query}")
    page.locator("#scene[data-ready]").wait_for()


def shows(page: Any, words: str) -> None:
    page.locator("#scene").get_by_text(words).first.wait_for()


def things(page: Any) -> list[str]:
    return list(page.locator(".scene-pick").all_inner_texts())


def draw_the_office(hand: Hand) -> None:
    """Three desks, a mask, a line and a no-smoking room."""
    for name, officer, start, end in (
        ("Bàn chị Hạnh", "Nguyễn Thị Hạnh", (0.02, 0.45), (0.4, 0.98)),
        ("Bàn anh Dũng", "Lê Quang Dũng", (0.68, 0.36), (0.97, 0.98)),
        ("Bàn chị Mai", "Vũ Thị Mai", (0.05, 0.06), (0.3, 0.42)),
    ):
        hand.draw("desk", start, end, name)
        hand.click(hand.page.get_by_label(officer))
    hand.draw("mask", (0.77, 0.03), (0.9, 0.28), "Cửa phòng bên")
    hand.draw("line", (0.76, 0.32), (0.92, 0.32), "Cửa vào")
    hand.click(hand.page.get_by_role("button", name="Đảo chiều vào"))
    hand.draw("no_smoking", (0.005, 0.005), (0.995, 0.995), "Phòng làm việc")


def test_a_newcomer_draws_three_desks_a_mask_a_line_and_a_room_in_under_five_minutes(
    chromium: playwright_api.Browser, world: SceneWorld
) -> None:
    with serving(world) as address, drawing(chromium, world, address) as hand:
        draw_the_office(hand)
        hand.save()
        shows(hand.page, "Đã lưu thành phiên bản 1")
        hand.page.locator("#scene-history").get_by_role("link", name="Phiên bản 1").wait_for()
        assert NEWCOMER * hand.seconds < 300
        print(f"by the keystroke-level model {hand.seconds:.0f} s, for a newcomer {NEWCOMER * hand.seconds:.0f} s")
    camera = world.saved()
    assert [("ban-chi-hanh", ("hanh",)), ("ban-anh-dung", ("dung",)), ("ban-chi-mai", ("mai",))] == [
        (desk.id, desk.officers) for desk in camera.desks
    ]
    (room,) = camera.zones
    assert (ZoneKind.NO_SMOKING, ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))) == (room.kind, room.area)
    assert ["cua-phong-ben"] == [mask.id for mask in camera.masks]
    (line,) = camera.lines
    assert line.start[0] > line.end[0]  # turned round
    assert camera.picture is not None
    assert (1280, 720) == (camera.picture.width_px, camera.picture.height_px)
    checked = CliRunner().invoke(congvu, ["site", "check", str(world.site_path)])
    assert 0 == checked.exit_code, checked.output


def test_everything_can_be_undone_and_done_again(chromium: playwright_api.Browser, world: SceneWorld) -> None:
    with serving(world) as address, drawing(chromium, world, address) as hand:
        page = hand.page
        draw_the_office(hand)
        names = things(page)
        for _ in range(200):  # on a slow computer each letter is a step of its own
            if page.locator("#scene-undo").is_disabled():
                break
            page.locator("#scene-undo").click()
        assert [] == things(page)
        shows(page, "Mọi thay đổi đã được lưu")
        page.locator("#scene-drawing").focus()
        for _ in range(200):
            if page.locator("#scene-redo").is_disabled():
                break
            page.keyboard.press("Control+Shift+Z")
        assert names == things(page)
        page.keyboard.press("Control+z")
        page.keyboard.press("Control+z")
        assert names != things(page)


def test_a_scene_can_be_drawn_with_the_keyboard_alone(chromium: playwright_api.Browser, world: SceneWorld) -> None:
    with serving(world) as address, drawing(chromium, world, address) as hand:
        page, keys = hand.page, hand.page.keyboard
        page.locator('[data-tool="desk"]').focus()
        keys.press("Enter")
        reach(page, "scene-middle")
        keys.press("Enter")
        assert ["Bàn 1"] == things(page)
        for _ in range(3):
            keys.press("Shift+ArrowLeft")
        keys.press("ArrowDown")
        keys.press("Tab")  # its first corner
        assert "góc 1 trên 4" in page.evaluate("document.activeElement.getAttribute('aria-label')")
        keys.press("ArrowUp")
        keys.press("+")
        assert 5 == page.locator(".corner").count()
        keys.press("Delete")
        assert 4 == page.locator(".corner").count()
        page.locator(".thing").focus()
        keys.press("Enter")  # to its form
        keys.press("Control+a")
        keys.type("Bàn trưởng phòng")
        for _ in range(2):
            keys.press("Tab")
        keys.press("Space")  # the first officer
        keys.press("Control+s")
        shows(page, "Đã lưu thành phiên bản 1")
    (desk,) = world.saved().desks
    assert ("ban-truong-phong", ("hanh",)) == (desk.id, desk.officers)
    assert (0.29, 0.35) == desk.area[0]
    assert (0.53, 0.355) == desk.area[1]


def reach(page: Any, element_id: str) -> None:
    """Go on with Tab until an element has the focus."""
    for _ in range(20):
        if page.evaluate("document.activeElement.id") == element_id:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{element_id} is not reached with Tab")


def test_an_outline_is_drawn_corner_by_corner_and_its_faults_are_named_at_once(
    chromium: playwright_api.Browser, world: SceneWorld
) -> None:
    with serving(world) as address, drawing(chromium, world, address) as hand:
        page = hand.page
        hand.take("public")
        hand.tap((0.2, 0.3), (0.5, 0.25), (0.7, 0.6))
        page.keyboard.press("Backspace")  # the last corner was wrong
        hand.tap((0.6, 0.6), (0.3, 0.7), (0.2, 0.3))
        assert 4 == page.locator(".corner").count()
        hand.drag((0.5, 0.25), (0.1, 0.4))
        shows(page, "Đường viền tự cắt nhau")
        assert 1 == page.locator(".thing.faulty").count()
        page.locator("#scene-undo").click()
        assert 0 == page.locator(".thing.faulty").count()
        hand.drag((0.4, 0.5), (0.4, 0.95), (0.4, 0.999))  # as a whole, to the lower edge
        hand.save()
        shows(page, "Đã lưu thành phiên bản 1")
    (zone,) = world.saved().zones
    assert 1.0 == max(y for _, y in zone.area)
    assert ZoneKind.PUBLIC == zone.kind


def test_what_contradicts_is_named_beside_its_thing_while_drawing(
    chromium: playwright_api.Browser, world: SceneWorld
) -> None:
    world.site_path.write_text(EMPTY_SITE + TWO_DESKS, encoding="utf-8")
    with serving(world) as address, drawing(chromium, world, address) as hand:
        page = hand.page
        hand.drag((0.7, 0.5), (0.25, 0.5))
        shows(page, "Trùng 75 % với Bàn 1")
        hand.save()
        shows(page, "Còn một chỗ cần sửa trước khi lưu")
        page.keyboard.press("Control+z")
        page.get_by_role("button", name="Gộp các bàn thành quầy").click()
        hand.type("Quầy một cửa")
        hand.save()
        shows(page, "Đã lưu thành phiên bản 1")
    (counter,) = world.saved().counters
    assert ("quay-mot-cua", ("ban-1", "ban-2")) == (counter.id, counter.desks)


def test_floor_marks_take_their_measured_places(chromium: playwright_api.Browser, world: SceneWorld) -> None:
    with serving(world) as address, drawing(chromium, world, address) as hand:
        corners = [
            ((0.2, 0.9), ("0", "0")),
            ((0.8, 0.9), ("4.5", "0")),
            ((0.7, 0.4), ("4.5", "6")),
            ((0.3, 0.4), ("0", "6")),
        ]
        for at, (x_m, y_m) in corners:
            hand.take("mark")
            hand.tap(at)
            hand.page.locator("#scene-field-x_m").fill(x_m)
            hand.page.locator("#scene-field-y_m").fill(y_m)
        hand.save()
        shows(hand.page, "Đã lưu thành phiên bản 1")
    floor = world.saved().floor
    assert floor is not None
    assert [(0.0, 0.0), (4.5, 0.0), (4.5, 6.0), (0.0, 6.0)] == [mark.floor_m for mark in floor.points]


def test_of_two_who_draw_at_once_neither_loses_anything(chromium: playwright_api.Browser, world: SceneWorld) -> None:
    with serving(world) as address, drawing(chromium, world, address) as one, drawing(chromium, world, address) as two:
        two.draw("mask", (0.1, 0.1), (0.3, 0.3), "Cửa sổ")
        two.save()
        shows(two.page, "Đã lưu thành phiên bản 1")
        one.draw("public", (0.5, 0.5), (0.9, 0.9), "Sảnh")
        one.save()
        dialog = one.page.get_by_role("dialog")
        assert "Đỗ Quản Trị đã lưu phiên bản 1" in dialog.inner_text()
        dialog.get_by_role("button", name="Xem bản của họ").click()
        shows(one.page, "Đang hiện bản của họ")
        assert ["Cửa sổ"] == things(one.page)
        one.page.locator("#scene-undo").click()
        assert ["Sảnh"] == things(one.page)
        one.save()
        shows(one.page, "Đã lưu thành phiên bản 2")

        two.draw("mask", (0.4, 0.1), (0.6, 0.3), "Màn hình")
        two.save()
        two.page.get_by_role("button", name="Giữ bản của tôi và kiểm tra lại").click()
        shows(two.page, "Đã giữ bản vẽ của bạn")
        two.save()
        shows(two.page, "Đã lưu thành phiên bản 3")
    camera = world.saved()
    assert ([], ["Cửa sổ", "Màn hình"]) == ([z.name for z in camera.zones], [m.name for m in camera.masks])


def test_a_drawing_survives_a_lost_network_an_ended_session_and_a_crash(
    chromium: playwright_api.Browser, world: SceneWorld
) -> None:
    with serving(world) as address, drawing(chromium, world, address) as hand:
        page = hand.page
        hand.draw("public", (0.5, 0.5), (0.9, 0.9), "Sảnh chờ")
        page.route("**/scene", lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
        hand.save()
        shows(page, "Mất kết nối")
        page.unroute("**/scene")
        world.clock.at += timedelta(hours=13)
        hand.save()
        shows(page, "Phiên làm việc đã hết")
        page.get_by_role("link", name="Đăng nhập lại").click()  # asks nothing: the draft is kept
        page.wait_for_url("**/sign-in**")
        sign_in(page, world, address, "quantri")
        open_editor(page, address)
        shows(page, "Đã mở lại bản vẽ chưa lưu")
        assert ["Sảnh chờ"] == things(page)
        hand.draw("mask", (0.1, 0.1), (0.3, 0.3), "Cửa sổ")
        wait_until(page, "Object.values(localStorage).some((draft) => draft.includes('Cửa sổ'))")
        crashed = page.context.new_page()
        page.close()  # without asking
        open_editor(crashed, address)
        assert ["Sảnh chờ", "Cửa sổ"] == things(crashed)
        crashed.locator("#scene-save").click()
        shows(crashed, "Đã lưu thành phiên bản 1")
        open_editor(crashed, address)
        assert 0 == crashed.get_by_text("Đã mở lại bản vẽ").count()
    assert ["Sảnh chờ"] == [zone.name for zone in world.saved().zones]


def test_leaving_with_something_unsaved_warns(chromium: playwright_api.Browser, world: SceneWorld) -> None:
    with serving(world) as address, drawing(chromium, world, address) as hand:
        page = hand.page
        asked: list[str] = []

        def stay(dialog: Any) -> None:
            asked.append(dialog.type)
            dialog.dismiss()

        page.on("dialog", stay)
        hand.draw("mask", (0.1, 0.1), (0.3, 0.3))
        with page.expect_event("dialog"):
            page.get_by_role("link", name="Phát hiện", exact=True).click()
        page.wait_for_timeout(300)
        assert (["beforeunload"], True) == (asked, page.url.endswith(PAGE))


def test_who_may_not_draw_looks_at_it_all_without_tools(chromium: playwright_api.Browser, world: SceneWorld) -> None:
    world.site_path.write_text(EMPTY_SITE + TWO_DESKS, encoding="utf-8")
    before = world.site_path.read_bytes()
    with serving(world) as address, drawing(chromium, world, address, login="thanhtra") as hand:
        page = hand.page
        assert ["Bàn 1", "Bàn 2"] == things(page)
        page.locator(".thing").first.focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Delete")
        hand.drag((0.2, 0.5), (0.4, 0.5))
        assert ["Bàn 1", "Bàn 2"] == things(page)
        assert page.locator("#scene-field-name").is_disabled()
        assert 0 == page.locator(".scene-remove, .handle, #scene-save").count()
    assert before == world.site_path.read_bytes()


def test_an_old_version_is_looked_at_and_brought_back(chromium: playwright_api.Browser, world: SceneWorld) -> None:
    with serving(world) as address, drawing(chromium, world, address) as hand:
        page = hand.page
        hand.draw("public", (0.5, 0.5), (0.9, 0.9), "Sảnh chờ")
        hand.save()
        shows(page, "Đã lưu thành phiên bản 1")
        page.get_by_role("button", name="Xóa Sảnh chờ").click()
        hand.draw("staff", (0.1, 0.5), (0.4, 0.9), "Phòng trong")
        page.locator("#scene-note").fill("đổi chỗ")
        hand.save()
        shows(page, "Đã lưu thành phiên bản 2")
        page.get_by_role("link", name="Phiên bản 1").click()
        page.wait_for_url("**version=1")  # the page before is ready too
        page.locator("#scene[data-ready]").wait_for()
        assert ["Sảnh chờ"] == things(page)
        assert 0 == page.locator("[data-tool]").count()
        page.get_by_role("link", name="Lấy lại làm bản nháp").click()
        shows(page, "Đây là phiên bản 1 ở dạng bản nháp")
        assert (["Sảnh chờ"], False) == (things(page), "from=" in page.url)
        hand.save()
        shows(page, "Đã lưu thành phiên bản 3")
    assert ["Sảnh chờ"] == [zone.name for zone in world.saved().zones]


def test_an_empty_site_file_does_not_pass_for_the_version_stored_and_is_asked_about_before_it_is_saved(
    chromium: playwright_api.Browser, world: SceneWorld
) -> None:
    world.site_path.write_text(EMPTY_SITE + TWO_DESKS, encoding="utf-8")
    with world.database.transaction() as session:
        record_scene(CalibrationRepository(session), world.saved(), at=MONDAY)
    world.site_path.write_text(EMPTY_SITE, encoding="utf-8")
    with serving(world) as address, drawing(chromium, world, address) as hand:
        page = hand.page
        shows(page, "Tệp cấu hình chưa vẽ gì trên hình này")
        assert "Tệp cấu hình khác phiên bản 1" in page.locator("#scene-status").inner_text()
        assert "hãy chọn một công cụ ở trên" in page.locator("#scene-hint").inner_text()
        hand.save()
        page.get_by_role("dialog").get_by_role("button", name="Không lưu").click()
        assert 1 == len(versions(world))
        page.get_by_role("link", name="Lấy lại làm bản nháp").click()
        shows(page, "Đây là phiên bản 1 ở dạng bản nháp")
        page.locator("#scene[data-ready]").wait_for()  # and with it the picture
        hand.save()  # asks nothing: something is drawn
        shows(page, "Đã lưu thành phiên bản 2")  # it has learnt which picture it is drawn on
        assert 0 == page.locator("#scene-differs").count()
        for name in ("Bàn 1", "Bàn 2"):
            page.get_by_role("button", name=f"Xóa {name}").click()
        hand.save()
        page.get_by_role("dialog").get_by_role("button", name="Lưu sơ đồ trống").click()
        shows(page, "Đã lưu thành phiên bản 3")
    assert (3, 0) == (len(versions(world)), len(world.saved().desks))


def test_a_scene_saved_before_its_picture_has_come_is_stored_with_the_picture(
    chromium: playwright_api.Browser, world: SceneWorld
) -> None:
    held: list[playwright_api.Route] = []
    with serving(world) as address, signed_in(chromium, world, address, "quantri") as page:
        page.route("**/still.jpg?*", lambda route: held.append(route))
        page.goto(f"{address}{PAGE}")
        wait_for(page, lambda: held, "the picture is asked for")
        page.locator('[data-tool="mask"]').click()
        page.locator("#scene-middle").click()
        page.locator("#scene-save").click()
        page.wait_for_timeout(300)
        assert [] == versions(world)
        held[0].continue_()
        shows(page, "Đã lưu thành phiên bản 1")
    picture = world.saved().picture
    assert picture is not None
    assert (1280, 720) == (picture.width_px, picture.height_px)


def versions(world: SceneWorld) -> list[SceneVersion]:
    with world.database.transaction() as session:
        return CalibrationRepository(session).scenes(CAMERA)


def test_a_scene_of_another_picture_must_be_confirmed_before_it_is_saved(
    chromium: playwright_api.Browser, world: SceneWorld
) -> None:
    picture = "[cameras.picture]\nwidth_px = 640\nheight_px = 480\n"
    world.site_path.write_text(EMPTY_SITE + picture + TWO_DESKS, encoding="utf-8")
    with serving(world) as address, drawing(chromium, world, address) as hand:
        shows(hand.page, "Sơ đồ được vẽ trên hình cỡ 640 × 480, nay camera gửi hình cỡ 1280 × 720")
        hand.draw("mask", (0.85, 0.05), (0.95, 0.2))
        hand.save()
        shows(hand.page, "Còn một chỗ cần sửa trước khi lưu")
        hand.page.get_by_role("button", name="Các vùng đều đúng chỗ").click()
        hand.save()
        shows(hand.page, "Đã lưu thành phiên bản 1")
    saved = tomllib.loads(world.site_path.read_text(encoding="utf-8"))
    assert {"width_px": 1280, "height_px": 720} == saved["cameras"][0]["picture"]


def test_a_finger_draws_and_moves_on_a_phone(chromium: playwright_api.Browser, world: SceneWorld) -> None:
    phone = {"width_px": 390, "height_px": 844, "has_touch": True, "is_mobile": True}
    with serving(world) as address, drawing(chromium, world, address, **phone) as hand:
        page = hand.page
        page.locator('[data-tool="staff"]').tap()
        page.locator('[data-tool="staff"][aria-pressed="true"]').wait_for()
        swipe(hand, (0.2, 0.2), (0.6, 0.6))
        assert ["Khu vực cán bộ 1"] == things(page)
        swipe(hand, (0.4, 0.4), (0.6, 0.4))  # what is chosen moves
        page.locator("#scene-larger").tap()
        page.locator("#scene-larger").tap()
        wait_until(page, "document.getElementById('scene-zoom').value === '200 %'")
        wide = page.evaluate(
            "[document.getElementById('scene-sheet').clientWidth, document.documentElement.scrollWidth]"
        )
        assert [780, 390] == wide
        page.locator("#scene-save").tap()
        shows(page, "Đã lưu thành phiên bản 1")
    (zone,) = world.saved().zones
    assert (0.4, 0.2, 0.8, 0.6) == tuple(round(v, 2) for v in (*zone.area[0], *zone.area[2]))


def swipe(hand: Hand, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag with one finger."""
    touch = hand.page.context.new_cdp_session(hand.page)
    hand.page.locator("#scene-drawing").scroll_into_view_if_needed()
    steps = [(start[0] + (end[0] - start[0]) * i / 6, start[1] + (end[1] - start[1]) * i / 6) for i in range(7)]
    for i, step in enumerate(steps):
        x, y = hand.place(*step)
        kind = "touchStart" if i == 0 else "touchMove"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def test_the_page_fits_a_phone_in_both_languages(chromium: playwright_api.Browser, world: SceneWorld) -> None:
    world.site_path.write_text(EMPTY_SITE + TWO_DESKS, encoding="utf-8")
    with serving(world) as address, drawing(chromium, world, address, width_px=390, height_px=844) as hand:
        for language in ("vi", "en"):
            hand.page.goto(f"{address}/language/{language}?next={PAGE}")
            hand.page.locator("#scene[data-ready]").wait_for()
            hand.page.locator(".scene-pick").first.click()
            assert language == hand.page.locator("html").get_attribute("lang")
            assert 390 == hand.page.evaluate("document.documentElement.scrollWidth")
