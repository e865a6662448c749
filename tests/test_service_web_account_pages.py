"""One's own account and the accounts of others, as pages: what forms change, and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import Response

from service.api.password_rules import TOO_COMMON, TOO_NEAR, TOO_SHORT, fault_of_password
from service.api.passwords import FREE_FAILURES
from service.db.records import Role
from service.web.agents import browser_words
from tests.account_world import AccountWorld, codes_shown, cookie_of, is_signed_in, secret_shown
from tests.web_world import PASSWORD, TestClient, form_token

NEW = "bốn từ dễ nhớ nhé"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AccountWorld]:
    world = AccountWorld(tmp_path)
    world.add_site()
    world.add_user()
    world.add_account("admin", Role.ADMIN, name="Nguyễn Quốc Anh")
    yield world
    world.database.close()


def send(client: TestClient, csrf: str, path: str, **form: object) -> Response:
    return client.post(path, data={"csrf_token": csrf, **form}, follow_redirects=False)


def csrf_of(client: TestClient) -> str:
    return str(client.get("/api/v1/session").json()["csrf_token"])


def test_a_new_password_ends_every_other_session_and_this_one_goes_on_under_a_new_token(world: AccountWorld) -> None:
    client, csrf = world.reader()
    other, _ = world.reader()
    before = cookie_of(client)
    answer = send(client, csrf, "/account/password", old=PASSWORD, password=NEW, again=NEW)
    assert (303, "/account?done=password") == (answer.status_code, answer.headers["location"])
    opened = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("congvu_session="))
    assert before not in opened
    assert not is_signed_in(other)
    thief = world.browser()
    thief.cookies.set("congvu_session", before)
    assert not is_signed_in(thief)
    assert 303 == world.give_password(world.browser(), NEW).status_code
    assert ["password"] == [facts["change"] for facts in world.noted()]


def test_a_new_password_ends_ones_own_tokens_for_programs_and_nobody_elses(world: AccountWorld) -> None:
    mine, other = world.token("thanhtra", "see_flags"), world.token("admin", "see_flags")
    client, csrf = world.reader()
    page = client.get("/account").text
    assert "các mã truy cập cho chương trình sẽ hết hiệu lực" in page
    send(client, csrf, "/account/password", old="sai", password=NEW, again=NEW)
    assert world.is_token_good(mine), "nothing was changed"
    assert 303 == send(client, csrf, "/account/password", old=PASSWORD, password=NEW, again=NEW).status_code
    assert (False, True) == (world.is_token_good(mine), world.is_token_good(other))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"old": "sai", "password": NEW, "again": NEW}, "Mật khẩu hiện tại chưa đúng"),
        ({"old": PASSWORD, "password": "ngắn", "again": "ngắn"}, "ít nhất 12 ký tự"),
        ({"old": PASSWORD, "password": NEW, "again": NEW + "x"}, "không giống nhau"),
        ({"old": PASSWORD, "password": "Tran Van Minh 1975", "again": "Tran Van Minh 1975"}, "họ tên của bạn"),
        ({"old": PASSWORD, "password": "MatKhau-12345", "again": "MatKhau-12345"}, "dễ bị đoán"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(world: AccountWorld, form: dict[str, str], words: str) -> None:
    client, csrf = world.reader()
    answer = send(client, csrf, "/account/password", **form)
    assert 422 == answer.status_code and words in answer.text
    assert 303 == world.give_password(world.browser()).status_code
    assert [] == world.noted()


def test_guessing_the_present_password_in_a_found_browser_pauses_the_account(world: AccountWorld) -> None:
    client, csrf = world.reader()
    for _ in range(FREE_FAILURES):
        assert 422 == send(client, csrf, "/account/password", old="sai", password=NEW, again=NEW).status_code
    assert 422 == send(client, csrf, "/account/password", old=PASSWORD, password=NEW, again=NEW).status_code
    assert world.user().locked_until is not None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("bốn từ dễ nhớ", None),
        ("x" * 11, TOO_SHORT),
        ("aaaaaaaaaaaa", TOO_COMMON),
        ("1234 5678 9012", TOO_COMMON),
        ("lan.pham.2025", TOO_NEAR),
        ("PHẠM THỊ LAN 1", TOO_NEAR),
        ("lan.pham thích đi bộ", None),
    ],
)
def test_which_passwords_may_be_chosen(password: str, fault: str | None) -> None:
    assert fault == fault_of_password(password, login="lan.pham", name="Phạm Thị Lan")


def test_the_second_factor_is_switched_on_and_off(world: AccountWorld) -> None:
    client, csrf = world.reader()
    other, _ = world.reader()
    secret = secret_shown(client.get("/account/second-factor").text)
    assert 401 == send(client, csrf, "/account/second-factor", code="000000").status_code
    assert not world.user().has_totp
    held = cookie_of(client)
    page = send(client, csrf, "/account/second-factor", code=world.code(secret))
    assert 10 == len(codes_shown(page.text))
    assert not is_signed_in(other)
    client.cookies.clear()
    opened = next(c for c in page.headers.get_list("set-cookie") if c.startswith("congvu_session="))
    client.cookies.set("congvu_session", opened.partition("=")[2].partition(";")[0])
    assert is_signed_in(client) and held != cookie_of(client)
    csrf = csrf_of(client)
    world.clock.at += timedelta(seconds=30)
    fresh = world.code(secret)
    assert 422 == send(client, csrf, "/account/second-factor/off", password="sai", code=fresh).status_code
    world.clock.at += timedelta(seconds=30)
    assert 422 == send(client, csrf, "/account/second-factor/off", password=PASSWORD, code="000000").status_code
    assert world.user().has_totp
    code = world.code(secret)
    assert 303 == send(client, csrf, "/account/second-factor/off", password=PASSWORD, code=code).status_code
    assert not world.user().has_totp
    assert ["factor_on", "factor_off"] == [facts["change"] for facts in world.noted()]


def test_another_browsers_secret_is_not_the_one_that_is_confirmed(world: AccountWorld) -> None:
    """Who looks into a browser for a moment does not know the secret that is set up later."""
    (thief, _), (owner, csrf) = world.reader(), world.reader()
    known = secret_shown(thief.get("/account/second-factor").text)
    assert known != secret_shown(owner.get("/account/second-factor").text)
    assert 401 == send(owner, csrf, "/account/second-factor", code=world.code(known)).status_code


def test_new_recovery_codes_spoil_those_from_before(world: AccountWorld) -> None:
    secret, old = world.add_factor()
    client, csrf = world.reader()
    assert 422 == send(client, csrf, "/account/recovery-codes", code="000000").status_code
    page = send(client, csrf, "/account/recovery-codes", code=world.code(secret))
    new = codes_shown(page.text)
    assert 401 == world.give_code(world.half(), old[1]).status_code
    assert 303 == world.give_code(world.half(), new[1]).status_code


def test_sessions_are_listed_and_ended_by_their_owner_only(world: AccountWorld) -> None:
    (client, csrf), (second, _), (third, _) = world.reader(), world.reader(), world.reader()
    stranger, foreign = world.reader("admin")
    page = client.get("/account").text
    ends = re.findall(r"/account/sessions/([0-9a-f]{16})/end", page)
    assert 2 == len(ends)
    assert 404 == send(stranger, foreign, f"/account/sessions/{ends[0]}/end").status_code
    assert is_signed_in(second) and is_signed_in(third)
    assert 303 == send(client, csrf, f"/account/sessions/{ends[0]}/end").status_code
    assert 1 == is_signed_in(second) + is_signed_in(third)
    assert 303 == send(client, csrf, "/account/sessions/others/end").status_code
    assert 0 == is_signed_in(second) + is_signed_in(third)
    assert is_signed_in(client) and is_signed_in(stranger)


def test_a_token_is_shown_once_and_revoked(world: AccountWorld) -> None:
    client, csrf = world.reader()
    form = {"name": "Báo cáo <b>tháng</b>", "days": 30, "scopes": ["see_flags", "see_statistics"]}
    page = send(client, csrf, "/account/tokens", **form).text
    found = re.search(r"cvt_[\w-]{43}", page)
    assert found is not None
    assert "<b>tháng" not in page
    later = client.get("/account").text
    assert found[0] not in later and "Báo cáo &lt;b&gt;" in later
    program = world.browser()
    program.headers["Authorization"] = f"Bearer {found[0]}"
    assert 200 == program.get("/api/v1/events").status_code
    revoke = re.search(r"/account/tokens/\d+/revoke", later)
    assert revoke is not None
    assert 303 == send(client, csrf, revoke[0]).status_code
    assert 401 == program.get("/api/v1/events").status_code
    refused = send(client, csrf, "/account/tokens", **{**form, "scopes": ["manage_users"]})
    assert 422 == refused.status_code and "chính bạn không có" in refused.text


FORMS = [
    "/account/password", "/account/second-factor", "/account/second-factor/off", "/account/recovery-codes",
    "/account/sessions/others/end", "/account/sessions/x/end", "/account/tokens", "/account/tokens/1/revoke",
    "/users", "/users/1", "/users/1/lock-out", "/users/1/let-in", "/users/1/second-factor/reset", "/users/1/link",
]  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_every_form_is_refused_without_its_own_anti_forgery_token(world: AccountWorld, path: str) -> None:
    client, _ = world.reader("admin")
    other, foreign = world.reader()
    form = {"old": PASSWORD, "password": NEW, "again": NEW, "name": "x", "scopes": "see_flags", "login": "moi",
            "display_name": "Lê Văn Mới", "role": "inspector"}  # fmt: skip
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}, {"csrf_token": foreign}):
        assert 403 == client.post(path, data={**form, **token}).status_code
    assert [] == world.noted() and is_signed_in(other)


def test_an_administrator_makes_and_helps_an_account_by_pages(world: AccountWorld) -> None:
    admin, csrf = world.reader("admin")
    assert "/users" in admin.get("/flags").text
    page = send(admin, csrf, "/users", login="moi", display_name="Lê <i>Mới</i>", role="inspector", agency="*").text
    link = re.search(r"https://congvu\.example\.vn(/sign-in/once\?token=[\w-]+)", page)
    assert link is not None and "<i>Mới" not in page and "Đã thêm tài khoản." in page
    client = world.browser()
    token = link[1].partition("token=")[2]
    data = {"token": token, "form_token": form_token(client.get(link[1]).text)}
    assert client.post("/sign-in/once", data=data).status_code == 200
    # whoever came by a link chooses a first password without an old one
    mine = csrf_of(client)
    assert 303 == send(client, mine, "/account/password", password=NEW, again=NEW).status_code
    user_id = world.user("moi").user_id
    assert 303 == send(admin, csrf, f"/users/{user_id}/lock-out").status_code
    assert 401 == world.give_password(world.browser(), NEW, "moi").status_code
    assert 303 == send(admin, csrf, f"/users/{user_id}/let-in").status_code
    assert "moi" in admin.get("/users?q=moi&state=in").text


def test_a_form_that_does_not_fit_says_so_and_keeps_what_was_entered(world: AccountWorld) -> None:
    admin, csrf = world.reader("admin")
    answer = send(admin, csrf, "/users", login="moi", display_name="Lê Văn Mới", role="unit_head", agency="UBND tỉnh")
    assert 422 == answer.status_code
    assert "Người đứng đầu đơn vị phải gắn với" in answer.text and 'value="Lê Văn Mới"' in answer.text
    taken = send(admin, csrf, "/users", login="thanhtra", display_name="X", role="inspector", agency="*")
    assert 422 == taken.status_code and "đã có người dùng" in taken.text
    own = world.user("admin").user_id
    answer = send(admin, csrf, f"/users/{own}", display_name="X", role="auditor", agency="*")
    assert 422 == answer.status_code and Role.ADMIN == world.user("admin").role


def test_a_new_account_is_of_nobody_until_its_role_and_whose_affairs_it_sees_are_chosen(world: AccountWorld) -> None:
    admin, csrf = world.reader("admin")
    page = admin.get("/users/new").text
    assert 2 == page.count('<option value="" disabled selected>Hãy chọn …</option>')
    assert "Địa chỉ thư điện tử (không bắt buộc)" in page
    entered = {"login": "moi", "display_name": "Lê Văn Mới"}
    for missing, form in (("vai trò", {"agency": "*"}), ("cơ quan mà tài khoản được xem", {"role": "inspector"})):
        answer = send(admin, csrf, "/users", **entered, **form)
        assert 422 == answer.status_code and f"Vui lòng chọn {missing}" in answer.text
    assert 200 == send(admin, csrf, "/users", **entered, role="inspector", agency="*").status_code
    assert "" == world.user("moi").agency
    assert '<option value="*" selected>' in admin.get(f"/users/{world.user('moi').user_id}").text


def test_an_officers_account_belongs_to_the_agency_of_the_officer(world: AccountWorld) -> None:
    world.add_site()
    admin, csrf = world.reader("admin")
    officer_id = re.findall(r'<option value="([^"]+)" data-agency="UBND tỉnh"', admin.get("/users/new").text)[0]
    form = {"login": "moi", "display_name": "Lê Văn Mới", "role": "officer", "officer_id": officer_id}
    assert 200 == send(admin, csrf, "/users", **form).status_code
    assert ("UBND tỉnh", officer_id) == (world.user("moi").agency, world.user("moi").officer_id)


def test_locking_out_asks_once_more(world: AccountWorld) -> None:
    admin, _ = world.reader("admin")
    page = admin.get(f"/users/{world.user('thanhtra').user_id}").text
    folded = re.search(r'<details class="off"><summary>Khóa tài khoản</summary>(.*?)</details>', page, re.DOTALL)
    assert folded is not None and "Đồng ý khóa tài khoản" in folded[1] and 1 == page.count("/lock-out")


def test_everybody_has_an_account_page_and_only_administrators_the_others(world: AccountWorld) -> None:
    for role in Role:
        world.add_account(f"x-{role}", role)
        client, _ = world.reader(f"x-{role}")
        assert 200 == client.get("/account").status_code
        assert (200 if role is Role.ADMIN else 403) == client.get("/users").status_code


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537 Chrome/130 Safari/537", "Chrome, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537 EdgA/130", "Edge, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Linux"),
        ("curl/8.5", "curl/8.5"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(agent: str, words: str) -> None:
    assert words == browser_words(agent)
