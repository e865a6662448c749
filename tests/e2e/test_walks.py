"""A day's work of those whose walks no other module takes: head of unit, auditor, administrator, and who answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.api.answers import SESSION_LASTS
from service.db.accounts import AccountRepository
from service.db.records import Role
from service.db.reviews import ReviewRepository
from service.evidence.journal import RowKind
from service.hearing.stages import StepKind
from tests.account_world import AccountWorld
from tests.e2e.browsers import needs_chromium, page_of, playwright_api, signed_in, wait_until
from tests.e2e.pages_world import PagesWorld
from tests.e2e.servers import serving
from tests.hearing_world import HearingWorld, make_world
from tests.rights_world import EVERYWHERE, A, B, login_of, mark
from tests.web_world import PASSWORD

pytestmark = needs_chromium
REFUSED, NOWHERE = "Không được phép", "Không tìm thấy"


class TwoAgencies(PagesWorld):
    """Two agencies; in each unit of the first, and in the second, a breach was concluded."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.other_unit, self.other_agency = (
            self.hear(x, n, "concluded", hour=19)[1] for x, n in ((A, 3), (B, 1))
        )  # fmt: skip

    def make_link(self, login: str) -> str:
        with self.database.transaction() as session:
            accounts = AccountRepository(session)
            user = accounts.find_user(login)
            assert user is not None
            return accounts.make_link(user.user_id, at=self.clock.now(), lasts=timedelta(minutes=10))


@pytest.fixture(scope="module")
def agencies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoAgencies]:
    world = TwoAgencies(tmp_path_factory.mktemp("walks"))
    yield world
    world.database.close()


def menu(page: playwright_api.Page) -> list[str]:
    return list(page.locator(".nav a").evaluate_all("links => links.map((link) => new URL(link.href).pathname)"))


def is_said(page: playwright_api.Page, status: int, heading: str) -> bool:
    """Tell whether the page says this kindly: its words, and a way on."""
    shown = (page.locator(".failure-status").inner_text(), page.locator("h1").inner_text())
    return (str(status), heading) == shown and page.get_by_role("link", name="Về trang chủ").is_visible()


def sign_out(page: playwright_api.Page) -> None:
    page.locator("details.account summary").click()
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    page.wait_for_url("**/sign-in")


def test_a_head_of_unit_sees_what_was_concluded_in_the_own_unit_and_nothing_of_others(
    chromium: playwright_api.Browser, agencies: TwoAgencies
) -> None:
    own, others = agencies.cases["concluded"], re.compile("|".join((mark(B, ""), mark(A, "3"), mark(A, "u2"))))
    with serving(agencies) as address, signed_in(chromium, agencies, address, login_of(Role.UNIT_HEAD, A)) as page:
        assert f"{address}/cases" == page.url
        assert ["/cases", "/attendance"] == menu(page)
        (line,) = page.locator(".case-line").all()
        assert f"/cases/{own}" == line.get_attribute("href")
        assert None is others.search(page.content())
        line.click()
        page.get_by_text("Đã xem xét giải trình.").wait_for()
        # what the person answered, and the evidence, are no affair of the unit's
        assert "Tôi đi lấy hồ sơ." not in page.content()
        assert 0 == page.locator("video, main img, form.act, a[href^='/flags']").count()

        page.get_by_role("link", name="Chấm công", exact=True).first.click()
        page.wait_for_url("**/attendance")
        page.goto(f"{address}/attendance?month=2025-10")
        assert [mark(A, "1"), mark(A, "2")] == [
            name.removeprefix("Tên ") for name in page.locator("tbody th.who").all_inner_texts()
        ]
        assert None is others.search(page.content())
        page.locator("tbody th.who a").first.click()
        page.locator("table.officer-days").wait_for()
        assert 0 == page.locator("#ask").count()  # corrections are asked for by the clerk

        check_refusals(page, address, agencies)
        sign_out(page)
        page.goto(f"{address}/cases/{own}")
        assert page.url.startswith(f"{address}/sign-in?next=")


def check_refusals(page: playwright_api.Page, address: str, world: TwoAgencies) -> None:
    """Open what a head of unit may not see: others' work is refused, others' affairs do not exist."""
    flag = world.things[A, 1].event_id
    for path in ("/flags", f"/flags/{flag}", "/statistics", "/cameras", "/wall", "/quarantine", "/users"):
        assert 403 == page.goto(address + path).status
        assert is_said(page, 403, REFUSED), path
    for path in (
        f"/cases/{world.other_unit}", f"/cases/{world.other_agency}",
        f"/cases/{world.cases['answered']}",  # of the own unit, and not concluded
        f"/attendance/officers/{mark(A, '3')}", f"/attendance/officers/{mark(B, '1')}",
    ):  # fmt: skip
        assert 404 == page.goto(address + path).status
        assert is_said(page, 404, NOWHERE), path
    page.get_by_role("link", name="Về trang chủ").click()
    page.wait_for_url("**/cases")


def test_an_auditor_reads_everything_and_changes_nothing(
    chromium: playwright_api.Browser, agencies: TwoAgencies
) -> None:
    flag = agencies.things[B, 2].event_id
    with agencies.database.transaction() as session:  # more rows than a page of the journal shows
        for number in range(50):
            agencies.pen.note(session, RowKind.CAMERA_VIEWED, {"user": 1, "camera": f"cam-{number}"})
    with (
        serving(agencies) as address,
        signed_in(chromium, agencies, address, login_of(Role.AUDITOR, EVERYWHERE)) as page,
    ):
        assert ["/flags", "/cases", "/attendance", "/statistics", "/cameras", "/wall"] == menu(page)
        page.goto(f"{address}/flags/{flag}")
        page.locator("#show-keys").wait_for()
        wait_until(page, "clip.readyState > 1")
        page.get_by_text("Tài khoản này chỉ được xem").wait_for()
        page.keyboard.press("1")  # no key decides for who may not
        assert 0 == page.locator("#verdict, .undo").count()

        page.goto(f"{address}/cases/{agencies.other_agency}")
        page.get_by_text("Tôi đi lấy hồ sơ.").wait_for()
        assert 0 == page.locator(".act").count()
        page.goto(f"{address}/statistics?month=2025-10")
        page.locator("figure.plot img").first.wait_for()
        page.locator("details.account summary").click()
        page.get_by_role("link", name="Kho bằng chứng").click()
        page.wait_for_url("**/quarantine")
        assert 0 == page.locator("main form").count()
        read_journal(page, address, flag)
        for path in ("/users", f"/cases/new?event={agencies.unheard_id}", "/attendance/periods/close"):
            assert 403 == page.goto(address + path).status
            assert is_said(page, 403, REFUSED), path
        sign_out(page)
    with agencies.database.transaction() as session:
        assert [] == ReviewRepository(session).of(flag)


def read_journal(page: playwright_api.Page, address: str, flag: str) -> None:
    """Find in the journal that one has just looked at a flag, and have it checked."""
    page.locator("details.account summary").click()
    page.get_by_role("link", name="Sổ nhật ký").click()
    page.get_by_role("heading", name="Sổ nhật ký", level=1).wait_for()
    rows = page.locator("table.journal tbody tr")
    playwright_api.expect(rows).to_have_count(50)
    newest = rows.first.locator("th a").get_attribute("href")
    page.get_by_role("link", name="Các dòng cũ hơn").click()
    page.wait_for_url("**/journal?before=*")
    assert newest != rows.first.locator("th a").get_attribute("href")

    page.locator("#kind").select_option(label="Xem phát hiện")
    page.locator("#subject").fill(flag)
    page.get_by_role("button", name="Lọc").click()
    page.wait_for_url("**/journal?kind=event_viewed&subject=*")
    assert {"Xem phát hiện"} == set(page.locator("td.journal-what").all_inner_texts())
    page.get_by_role("button", name="Kiểm tra các dòng này").click()
    page.get_by_role("heading", name="Những dòng đang xem vẫn như lúc ghi").wait_for()

    page.locator("table.journal th a").first.click()
    page.get_by_text("Dòng này vẫn như lúc ghi").wait_for()
    page.locator(f'dd a[href="/flags/{flag}"]').click()
    page.wait_for_url(f"**/flags/{flag}")
    page.goto(f"{address}/quarantine")


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[AccountWorld]:
    world = AccountWorld(tmp_path, public_url="")
    world.add_site()
    world.add_account("quantri", Role.ADMIN, name="Nguyễn Quốc Anh")
    world.add_account("thanhtra", name="Trần Văn Minh")
    yield world
    world.database.close()


def test_an_administrator_adds_a_head_of_unit_who_comes_in_by_the_link(
    chromium: playwright_api.Browser, centre: AccountWorld
) -> None:
    with (
        serving(centre) as address,
        signed_in(chromium, centre, address, "quantri") as admin,
        page_of(chromium) as head,
    ):
        admin.locator("details.account summary").click()
        admin.get_by_role("link", name="Quản lý tài khoản").click()
        admin.get_by_role("link", name="Thêm tài khoản").click()
        admin.get_by_label("Tên đăng nhập").fill("trang.do")
        admin.get_by_label("Họ tên hiển thị").fill("Đỗ Thu Trang")
        admin.get_by_label("Vai trò").select_option("unit_head")
        admin.locator("#agency").select_option("UBND tỉnh")
        admin.locator("#unit").select_option("Bộ phận một cửa")
        admin.get_by_role("button", name="Thêm tài khoản này").click()
        link = admin.locator(".token-made code").inner_text()
        head.goto(link)
        head.get_by_role("button", name="Đăng nhập ngay").click()
        head.wait_for_url("**/cases")
        sign_out(head)
        head.goto(link)
        head.get_by_role("alert").wait_for()  # a link lets in once
        assert 0 == head.get_by_role("button", name="Đăng nhập ngay").count()
    made = centre.user("trang.do")
    assert (Role.UNIT_HEAD, "UBND tỉnh", "Bộ phận một cửa") == (made.role, made.agency, made.unit)


def give_password(page: playwright_api.Page, login: str = "thanhtra") -> None:
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()


def test_who_is_signed_out_by_an_administrator_is_out_at_the_next_click(
    chromium: playwright_api.Browser, centre: AccountWorld
) -> None:
    secret, _ = centre.add_factor()
    with (
        serving(centre) as address,
        signed_in(chromium, centre, address, "quantri") as admin,
        page_of(chromium) as person,
    ):
        person.goto(f"{address}/sign-in")
        give_password(person)
        person.get_by_label("Mã xác thực").fill(centre.code(secret))
        person.get_by_role("button", name="Tiếp tục").click()
        person.wait_for_url("**/flags")

        admin.goto(f"{address}/users/{centre.user().user_id}")
        admin.get_by_role("button", name="Đặt lại xác thực hai lớp").click()
        admin.get_by_text("Chưa thiết lập xác thực hai lớp").wait_for()
        person.get_by_role("link", name="Thống kê").click()
        person.wait_for_url("**/sign-in?next=%2Fstatistics")
        give_password(person)
        person.wait_for_url("**/statistics")  # no code is asked for any more, and the click was not lost

        admin.get_by_text("Khóa tài khoản", exact=True).click()
        admin.get_by_role("button", name="Đồng ý khóa tài khoản").click()
        admin.get_by_role("button", name="Cho phép đăng nhập lại").wait_for()
        person.get_by_role("link", name="Giải trình").click()
        person.wait_for_url("**/sign-in?next=%2Fcases")
        give_password(person)
        person.get_by_role("alert").wait_for()

        admin.get_by_role("button", name="Cho phép đăng nhập lại").click()
        admin.get_by_text("Khóa tài khoản", exact=True).wait_for()
        admin.get_by_role("button", name="Tạo liên kết dùng một lần").click()
        person.goto(admin.locator(".token-made code").inner_text())  # the old password is not good any more
        person.get_by_role("button", name="Đăng nhập ngay").click()
        person.wait_for_url("**/flags")


def test_a_session_that_was_ended_elsewhere_is_over_at_the_next_click(
    chromium: playwright_api.Browser, centre: AccountWorld
) -> None:
    with (
        serving(centre) as address,
        signed_in(chromium, centre, address) as here,
        signed_in(chromium, centre, address) as there,
    ):
        here.goto(f"{address}/account")
        rows = here.locator("section[aria-labelledby=sessions] tbody tr")
        assert 2 == rows.count()
        rows.get_by_role("button").click()
        here.get_by_text("Đã đăng xuất ở nơi đó.").wait_for()
        playwright_api.expect(rows).to_have_count(1)
        there.get_by_role("link", name="Camera", exact=True).click()
        there.wait_for_url("**/sign-in?next=%2Fcameras")


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[HearingWorld]:
    world = make_world(tmp_path)
    yield world
    world.close()


ANSWER = "Tôi đi lấy hồ sơ cho công dân.\nCó hai người cùng đi."


def come_in(page: playwright_api.Page, pin: str) -> None:
    page.locator("#pin").fill(pin)
    page.get_by_role("button", name="Mở trang của tôi").click()
    page.locator("#text").wait_for()
    page.wait_for_load_state()  # its script keeps what is written


def answers_in(world: HearingWorld, case_id: str) -> list[str]:
    return [step.text for step in world.steps(case_id) if step.kind is StepKind.RESPONSE]


def test_what_somebody_wrote_is_back_after_their_page_had_closed_and_is_stored_once(
    chromium: playwright_api.Browser, hearing: HearingWorld
) -> None:
    opened = hearing.open(hearing.add_confirmed())
    with serving(hearing) as address, page_of(chromium, width_px=390) as person:
        person.goto(opened["link"].replace("http://centre.test", address))
        come_in(person, opened["pin"])
        person.locator("#text").press_sequentially(ANSWER)
        person.locator("#is_complete").check()
        hearing.clock.at += SESSION_LASTS + timedelta(minutes=1)
        person.get_by_role("button", name="Gửi giải trình").click()
        person.get_by_text("Nội dung đang viết được giữ trong trình duyệt này.").wait_for()
        assert "401" == person.locator(".failure-status").inner_text()
        assert [] == answers_in(hearing, opened["case_id"])

        person.get_by_role("link", name="Mở lại trang giải trình").click()
        person.locator("#link").fill(opened["link"])
        come_in(person, opened["pin"])
        person.get_by_text("Nội dung ông/bà đang viết dở đã được mở lại.").wait_for()
        assert ANSWER == person.locator("#text").input_value()
        assert person.locator("#is_complete").is_checked()
        person.get_by_role("button", name="Gửi giải trình").click()
        person.get_by_text("đã được lưu và chuyển đến đoàn thanh tra").wait_for()
        person.wait_for_load_state()  # its script has seen that the draft was sent
        assert "" == person.locator("#text").input_value()
        assert 0 == person.evaluate("sessionStorage.length")
    assert [ANSWER] == answers_in(hearing, opened["case_id"])


def test_an_answer_whose_reply_was_lost_is_stored_once(chromium: playwright_api.Browser, hearing: HearingWorld) -> None:
    opened = hearing.open(hearing.add_confirmed())
    with serving(hearing) as address, page_of(chromium) as person:

        def lose(route: playwright_api.Route) -> None:
            route.fetch(max_redirects=0)  # it arrives, and the network is gone
            route.abort()

        person.goto(opened["link"].replace("http://centre.test", address))
        come_in(person, opened["pin"])
        person.locator("#text").fill(ANSWER)
        person.route("**/answer/response", lose)
        person.get_by_role("button", name="Gửi giải trình").click()
        person.wait_for_url("chrome-error://**")
        assert [ANSWER] == answers_in(hearing, opened["case_id"])
        person.goto(f"{address}/answer")
        assert "" == person.locator("#text").input_value()  # it is among what happened, and not to be sent again
        assert 1 == person.get_by_text("Có hai người cùng đi.").count()
    assert [ANSWER] == answers_in(hearing, opened["case_id"])
