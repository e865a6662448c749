"""Setting up a second factor, and a first account, in a real browser; the picture is read as a telephone would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pyotp
import pytest

from service.db.records import Role
from tests.account_world import AccountWorld
from tests.e2e.browsers import needs_chromium, page_of, playwright_api
from tests.e2e.servers import serving
from tests.web_world import PASSWORD

pytestmark = needs_chromium


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AccountWorld]:
    world = AccountWorld(tmp_path, totp_roles=frozenset({Role.ADMIN}))
    world.add_site()
    world.add_account("quantri", Role.ADMIN, name="Nguyễn Quốc Anh")
    yield world
    world.database.close()


@pytest.fixture
def page(chromium: playwright_api.Browser) -> Iterator[playwright_api.Page]:
    # a dark telephone: the picture has to stay dark on light
    with page_of(chromium, width_px=390, height_px=844, color_scheme="dark") as page:
        yield page


def read_picture(page: playwright_api.Page) -> str:
    picture = cv2.imdecode(np.frombuffer(page.locator(".qr").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(cv2.resize(picture, None, fx=3, fy=3))
    return text


def test_an_administrator_sets_up_the_second_factor_adds_an_account_and_signs_out_elsewhere(
    world: AccountWorld, page: playwright_api.Page
) -> None:
    with serving(world) as address:
        page.goto(f"{address}/users")
        page.get_by_label("Tên đăng nhập").fill("quantri")
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url("**/sign-in/second-factor**")
        app = pyotp.parse_uri(read_picture(page))
        assert isinstance(app, pyotp.TOTP) and ("quantri", "Công Vụ") == (app.name, app.issuer)
        page.get_by_label("Nhập sáu chữ số").fill(app.at(world.clock.now()))
        page.get_by_role("button", name="Bật").click()
        playwright_api.expect(page.locator(".recovery-codes li")).to_have_count(10)
        page.get_by_role("link", name="Tôi đã lưu lại").click()
        page.wait_for_url("**/users")

        page.get_by_role("link", name="Thêm tài khoản").click()
        page.get_by_label("Tên đăng nhập").fill("hanh.le")
        page.get_by_label("Họ tên hiển thị").fill("Lê Thị Hạnh")
        page.get_by_label("Vai trò").select_option("officer")
        page.get_by_label("Công chức").select_option("hanh")
        page.get_by_role("button", name="Thêm tài khoản này").click()
        assert "/sign-in/once?token=" in page.locator(".token-made code").inner_text()
        assert (Role.OFFICER, "hanh") == (world.user("hanh.le").role, world.user("hanh.le").officer_id)

        world.reader("quantri")
        page.goto(f"{address}/account")
        page.get_by_role("button", name="Đăng xuất ở mọi nơi khác").click()
        page.get_by_text("Đã đăng xuất ở nơi đó.").wait_for()
        playwright_api.expect(page.locator("section[aria-labelledby=sessions] tbody tr")).to_have_count(1)

        world.clock.at += timedelta(seconds=30)
        page.locator("summary").filter(has_text="Anh").click()
        page.get_by_role("button", name="Đăng xuất", exact=True).click()
        page.wait_for_url("**/sign-in")
        page.get_by_label("Tên đăng nhập").fill("quantri")
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url("**/sign-in/code")
        page.get_by_label("Mã xác thực").fill(app.at(world.clock.now()))
        page.get_by_role("button", name="Tiếp tục").click()
        page.wait_for_url("**/flags")
