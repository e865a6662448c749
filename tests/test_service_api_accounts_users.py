"""Accounts by the API: who may make, see and change whom, and what no administrator can do to themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.api.account_rules import Account, Known, fault_of_login, faults_of
from service.db.accounts import AccountRepository
from service.db.records import OfficerRecord, Role, SiteRecord
from service.db.sites import SiteRepository
from service.errors import Refused
from service.rights import Reach, Right
from tests.account_world import AccountWorld, is_signed_in
from tests.web_world import TestClient

HERE, THERE = "UBND tỉnh", "Sở Xây dựng"
UNIT = "Bộ phận một cửa"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AccountWorld]:
    world = AccountWorld(tmp_path)
    world.add_site()
    with world.database.transaction() as session:
        other = SiteRecord("so", "Sở", THERE, "Asia/Ho_Chi_Minh", "", "", ("07:30-11:30",), (0, 1, 2, 3, 4), 5)
        SiteRepository(session).register(
            other, cameras=[("cam-so", "Sảnh")], officers=[OfficerRecord("an", "Đỗ Văn An", "Văn phòng")], places=[]
        )
    world.add_user()
    world.add_account("admin", Role.ADMIN, name="Nguyễn Quốc Anh")
    world.add_account("admin-here", Role.ADMIN, name="Bùi Thị Thu", reach=Reach(HERE))
    world.add_account("khac", Role.CLERK, name="Đỗ Văn An", reach=Reach(THERE), email="an@so.gov.vn")
    yield world
    world.database.close()


class Admin:
    """An administrator's browser."""

    def __init__(self, world: AccountWorld, login: str = "admin") -> None:
        self.client, csrf = world.reader(login)
        self.headers = {"X-CSRF-Token": csrf}

    def post(self, path: str, body: object = None) -> tuple[int, object]:
        answer = self.client.post(f"/api/v1/{path}", json=body, headers=self.headers)
        return answer.status_code, answer.json()

    def patch(self, user_id: int, **body: object) -> tuple[int, object]:
        answer = self.client.patch(f"/api/v1/users/{user_id}", json=body, headers=self.headers)
        return answer.status_code, answer.json()

    def logins(self, **query: object) -> list[str]:
        found = self.client.get("/api/v1/users", params=query).json()  # type: ignore[arg-type]
        assert len(found["items"]) == found["total"]
        return [user["login"] for user in found["items"]]


def test_an_officer_has_one_account_and_nobody_names_themselves_one(world: AccountWorld) -> None:
    admin = Admin(world)
    own = next(user for user in admin.client.get("/api/v1/users").json()["items"] if user["login"] == "admin")
    assert [409, 409] == [
        admin.patch(own["user_id"], **change)[0] for change in ({"officer_id": "hanh"}, {"unit": UNIT})
    ]
    officer = {"role": "officer", "officer_id": "hanh"}
    status, made = admin.post("users", user_body("hanh", **officer))
    assert 201 == status and isinstance(made, dict)
    assert 422 == admin.post("users", user_body("hanh2", **officer))[0]
    assert 200 == admin.patch(made["user_id"], display_name="Hạnh")[0]
    status, inspector = admin.post("users", user_body("hanh-tt", officer_id="hanh"))
    assert 201 == status and isinstance(inspector, dict)
    assert 422 == admin.patch(inspector["user_id"], role="officer")[0]


def user_body(login: str = "moi", **changes: object) -> dict[str, object]:
    return {"login": login, "display_name": "Lê Văn Mới", "role": "inspector", **changes}


def test_an_account_is_made_and_its_owner_comes_in_by_a_link(world: AccountWorld) -> None:
    admin = Admin(world)
    status, made = admin.post("users", user_body(email="moi@tinh.gov.vn"))
    assert 201 == status and isinstance(made, dict)
    assert ("moi", "inspector", "", False) == (made["login"], made["role"], made["agency"], made["is_locked_out"])
    assert not {"password_hash", "totp_secret"} & set(made)
    status, link = admin.post(f"users/{made['user_id']}/link")
    assert 201 == status and isinstance(link, dict)
    client = world.browser()
    token = link["path"].partition("token=")[2]
    page = client.get(link["path"]).text
    client.post("/sign-in/once", data={"token": token, "form_token": _token(page)})
    assert is_signed_in(client)
    assert ["made", "link"] == [facts["change"] for facts in world.noted()]
    told = str(world.noted())
    assert "Lê Văn Mới" not in told and "moi@tinh" not in told


def _token(page: str) -> str:
    return page.partition('name="form_token" value="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"role": "unit_head", "agency": HERE}, "head of unit"),
        ({"role": "unit_head", "unit": UNIT}, "unit"),
        ({"role": "officer"}, "officer"),
        ({"role": "officer", "officer_id": "nobody"}, "no such officer"),
        ({"role": "officer", "agency": HERE, "officer_id": "an"}, "no such officer"),
        ({"agency": "Cơ quan lạ"}, "agency"),
        ({"agency": THERE, "unit": UNIT}, "no such unit"),
        ({"email": "không phải"}, "e-mail"),
        ({"email": "a@b.vn\r\nBcc: x@y.z"}, "e-mail"),
        ({"login": "a\r\nX: y"}, "login"),
        ({"login": "<script>"}, "login"),
        ({"display_name": "   "}, "display_name"),
        ({"role": "god"}, "role"),
        ({"password": "x"}, "password"),
    ],
)
def test_an_account_that_does_not_fit_its_role_is_not_made(
    world: AccountWorld, body: dict[str, object], fault: str
) -> None:
    admin = Admin(world)
    before = admin.logins()
    status, problem = admin.post("users", user_body(**body))
    assert 422 == status and fault in str(problem).lower()
    assert before == admin.logins()


def test_no_login_is_anothers_address_and_no_address_anothers_login(world: AccountWorld) -> None:
    admin = Admin(world)
    first = user_body("sep", email="Sep@tinh.gov.vn")
    assert 201 == admin.post("users", first)[0]
    assert 201 == admin.post("users", user_body("pho@tinh.gov.vn", email="pho@tinh.gov.vn"))[0], "one's own is both"
    assert 409 == admin.post("users", user_body("sep@TINH.gov.vn"))[0]
    assert 409 == admin.post("users", user_body("khac", email="PHO@tinh.gov.vn"))[0]
    assert 409 == admin.post("users", user_body("SEP"))[0]
    assert 422 == admin.post("users", user_body("kelvin", email="\u212as@tinh.gov.vn"))[0]
    user_id = world.user("sep").user_id
    answer = admin.client.patch(f"/api/v1/users/{user_id}", json={"email": "pho@tinh.gov.vn"}, headers=admin.headers)
    assert 409 == answer.status_code


def test_what_fits_is_made(world: AccountWorld) -> None:
    admin = Admin(world)
    assert 201 == admin.post("users", user_body("truong", role="unit_head", agency=HERE, unit=UNIT))[0]
    assert 201 == admin.post("users", user_body("hanh", role="officer", officer_id="hanh", agency=HERE))[0]
    assert 201 == admin.post("users", user_body("an", role="officer", officer_id="an"))[0]
    assert 409 == admin.post("users", user_body("an"))[0]
    assert 409 == admin.post("users", user_body("an2", email="AN@so.gov.vn"))[0]


def test_accounts_are_searched_by_text_role_and_state(world: AccountWorld) -> None:
    admin = Admin(world)
    assert ["admin-here"] == admin.logins(q="thu")[:1]
    assert ["khac"] == admin.logins(q="an@so")
    assert [] == admin.logins(q="%")  # no pattern
    assert ["admin-here", "admin"] == admin.logins(role="admin")
    world.disable()
    assert ["thanhtra"] == admin.logins(is_locked_out=True)


def test_only_administrators_come_near(world: AccountWorld) -> None:
    for role in (Role.INSPECTOR, Role.TEAM_LEADER, Role.CLERK, Role.AUDITOR):
        world.add_account(f"x-{role}", role)
        client, csrf = world.reader(f"x-{role}")
        headers = {"X-CSRF-Token": csrf}
        assert 403 == client.get("/api/v1/users").status_code
        assert 403 == client.get("/users").status_code
        assert 403 == client.post("/api/v1/users", json=user_body(), headers=headers).status_code
        assert 403 == client.patch(f"/api/v1/users/{world.user().user_id}", json={}, headers=headers).status_code
    assert 401 == world.browser().get("/api/v1/users").status_code


def test_an_agencys_administrator_sees_and_makes_only_its_own(world: AccountWorld) -> None:
    here = Admin(world, "admin-here")
    assert ["admin-here"] == here.logins()
    for login in ("khac", "thanhtra", "admin"):
        user_id = world.user(login).user_id
        unknown = here.client.get("/api/v1/users/99999")
        found = here.client.get(f"/api/v1/users/{user_id}")
        assert (404, unknown.json()["title"]) == (found.status_code, found.json()["title"])
        assert 404 == here.patch(user_id, display_name="Khác")[0]
        assert 404 == here.patch(user_id, is_locked_out=True)[0]
        assert 404 == here.post(f"users/{user_id}/link")[0]
        deleted = here.client.delete(f"/api/v1/users/{user_id}/second-factor", headers=here.headers)
        assert 404 == deleted.status_code
    for agency in ("", THERE):
        assert 422 == here.post("users", user_body(agency=agency))[0]
    assert 422 == here.post("users", user_body(agency=HERE, role="officer", officer_id="an"))[0]
    status, made = here.post("users", user_body(agency=HERE))
    assert 201 == status and isinstance(made, dict)
    assert 422 == here.patch(int(made["user_id"]), agency="")[0]  # nor let one grow beyond the agency
    assert {"admin-here", "moi"} == set(here.logins())


def test_nobody_demotes_or_locks_out_themselves(world: AccountWorld) -> None:
    for login in ("admin", "admin-here"):
        admin, own = Admin(world, login), world.user(login)
        assert 409 == admin.patch(own.user_id, is_locked_out=True)[0]
        assert 409 == admin.patch(own.user_id, role="auditor")[0]
        assert 409 == admin.post(f"users/{own.user_id}/link")[0]
        answer = admin.client.delete(f"/api/v1/users/{own.user_id}/second-factor", headers=admin.headers)
        assert 409 == answer.status_code
        assert own == world.user(login)
    assert 200 == Admin(world).patch(world.user("admin").user_id, display_name="Nguyễn Anh")[0]


def test_somebody_is_left_who_looks_after_everything(world: AccountWorld) -> None:
    """The acting administrator is always left; only at the same moment could two take each other away."""
    only = world.user("admin").user_id
    for change in ({"role": "auditor"}, {"agency": HERE}):
        with pytest.raises(Refused), world.database.transaction() as session:
            AccountRepository(session).update_user(only, change)
    with pytest.raises(Refused), world.database.transaction() as session:
        AccountRepository(session).disable(only, world.clock.now())
    assert (Role.ADMIN, "", None) == (
        world.user("admin").role,
        world.user("admin").agency,
        world.user("admin").disabled_at,
    )
    world.add_account("second", Role.ADMIN)
    assert 200 == Admin(world, "second").patch(only, role="auditor")[0]


def test_a_change_of_role_holds_at_the_very_next_request(world: AccountWorld) -> None:
    client, _ = world.reader()
    assert 200 == client.get("/api/v1/events").status_code
    assert 200 == Admin(world).patch(world.user().user_id, role="clerk")[0]
    assert 403 == client.get("/api/v1/events").status_code
    facts = world.noted()[-1]
    assert ("changed", ["role"], "clerk") == (facts["change"], facts["columns"], facts["role"])


def test_locked_out_and_let_in_again(world: AccountWorld) -> None:
    admin, user_id = Admin(world), world.user().user_id
    client, _ = world.reader()
    assert 200 == admin.patch(user_id, is_locked_out=True)[0]
    assert not is_signed_in(client)
    assert 404 == admin.post(f"users/{user_id}/link")[0]
    assert 200 == admin.patch(user_id, is_locked_out=False)[0]
    assert 401 == world.give_password(world.browser()).status_code  # the old password is gone
    assert 201 == admin.post(f"users/{user_id}/link")[0]
    assert ["locked_out", "let_in", "link"] == [facts["change"] for facts in world.noted()]


def test_a_lost_telephone_is_helped_by_an_administrator(world: AccountWorld) -> None:
    world.add_factor()
    client, _ = world.reader()
    token = world.token("thanhtra", "see_flags")
    admin = Admin(world)
    user_id = world.user().user_id
    assert world.is_token_good(token)
    assert 204 == admin.client.delete(f"/api/v1/users/{user_id}/second-factor", headers=admin.headers).status_code
    assert not world.user().has_totp and not is_signed_in(client)
    assert not world.is_token_good(token)
    assert "/" == world.give_password(world.browser()).headers["location"]


CHANGES = [
    ("post", "users"), ("patch", "users/1"), ("post", "users/1/link"), ("delete", "users/1/second-factor"),
    ("post", "account/tokens"), ("delete", "account/tokens/1"), ("delete", "account/sessions/x"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_no_change_of_accounts_without_the_anti_forgery_token(world: AccountWorld, method: str, path: str) -> None:
    client, _ = world.reader("admin")
    _, foreign = world.reader("admin-here")
    bodies: dict[str, object] = {
        "users": user_body(), "users/1": {"role": "auditor"}, "account/tokens": {"name": "x", "scopes": ["see_flags"]},
    }  # fmt: skip
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "forged"}, {"X-CSRF-Token": foreign}):
        assert 403 == client.request(method, f"/api/v1/{path}", json=bodies.get(path), headers=headers).status_code
    assert [] == world.noted()


def asking(world: AccountWorld, token: str) -> TestClient:
    client = world.browser()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def test_a_token_does_what_its_scopes_and_its_owner_may(world: AccountWorld) -> None:
    admin = Admin(world, "thanhtra")
    status, made = admin.post("account/tokens", {"name": "Báo cáo", "scopes": ["see_flags"], "days": 30})
    assert 201 == status and isinstance(made, dict)
    token = str(made["token"])
    assert token.startswith("cvt_")
    program = asking(world, token)
    assert 200 == program.get("/api/v1/events").status_code
    assert 403 == program.get("/api/v1/cameras").status_code  # not among its scopes
    listed = admin.client.get("/api/v1/account/tokens").json()
    assert [("Báo cáo", "good")] == [(one["name"], one["state"]) for one in listed]
    assert listed[0]["used_at"] is not None and token not in str(listed)
    with world.database.transaction() as session:
        AccountRepository(session).update_user(world.user().user_id, {"role": "clerk"})
    assert 403 == program.get("/api/v1/events").status_code  # its owner may no more


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "scopes": ["manage_users"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": " ", "scopes": ["see_flags"]},
        {"name": "x", "scopes": ["see_flags"], "days": 367},
        {"name": "x", "scopes": ["see_flags"], "days": 0},
    ],
)
def test_no_token_beyond_ones_own_rights_or_a_year(world: AccountWorld, body: dict[str, object]) -> None:
    admin = Admin(world, "thanhtra")
    assert 422 == admin.post("account/tokens", body)[0]
    assert [] == admin.client.get("/api/v1/account/tokens").json()


def test_a_program_makes_no_token_changes_no_account_and_sees_no_page(world: AccountWorld) -> None:
    program = asking(world, world.token("admin", *Right))
    assert 200 == program.get("/api/v1/users").status_code
    for method, path in CHANGES:
        answer = program.request(method, f"/api/v1/{path}", json=user_body())
        assert answer.status_code in (403, 422), path
    assert 403 == program.get("/api/v1/account/tokens").status_code
    for path in ("/", "/account", "/users", "/flags"):
        answer = program.get(path, follow_redirects=False)
        assert (303, "/sign-in") == (answer.status_code, answer.headers["location"].partition("?")[0])
    assert [] == world.noted()


def test_a_token_in_the_address_or_a_cookie_or_without_its_name_opens_nothing(world: AccountWorld) -> None:
    token = world.token("thanhtra", "see_flags")
    client = world.browser()
    for query in ({"token": token}, {"access_token": token}, {"authorization": f"Bearer {token}"}):
        assert 401 == client.get("/api/v1/events", params=query).status_code
    client.cookies.set("congvu_session", token)
    assert 401 == client.get("/api/v1/events").status_code
    for header in (token, f"Basic {token}", "Bearer", "Bearer ", f"Bearer {token}x"):
        assert 401 == world.browser().get("/api/v1/events", headers={"Authorization": header}).status_code


def test_a_revoked_or_expired_token_is_dead_at_once_and_only_its_owner_revokes_it(world: AccountWorld) -> None:
    admin = Admin(world, "thanhtra")
    _, made = admin.post("account/tokens", {"name": "x", "scopes": ["see_flags"], "days": 1})
    assert isinstance(made, dict)
    program, path = asking(world, made["token"]), f"/api/v1/account/tokens/{made['token_id']}"
    other = Admin(world)
    assert 404 == other.client.delete(path, headers=other.headers).status_code
    assert 200 == program.get("/api/v1/events").status_code
    assert 204 == admin.client.delete(path, headers=admin.headers).status_code
    assert 401 == program.get("/api/v1/events").status_code
    _, made = admin.post("account/tokens", {"name": "x", "scopes": ["see_flags"], "days": 1})
    assert isinstance(made, dict)
    world.clock.at = world.clock.at.replace(day=world.clock.at.day + 1)
    assert 401 == asking(world, made["token"]).get("/api/v1/events").status_code


def test_one_ends_ones_own_sessions_and_nobody_elses(world: AccountWorld) -> None:
    admin, (second, _) = Admin(world, "thanhtra"), world.reader()
    listed = admin.client.get("/api/v1/account/sessions").json()
    assert 2 == len(listed) and 1 == sum(one["is_this"] for one in listed)
    other = next(one["session_id"] for one in listed if not one["is_this"])
    stranger = Admin(world)
    path = f"/api/v1/account/sessions/{other}"
    assert 404 == stranger.client.delete(path, headers=stranger.headers).status_code
    assert is_signed_in(second)
    assert 204 == admin.client.delete(path, headers=admin.headers).status_code
    assert not is_signed_in(second) and is_signed_in(admin.client)


KNOWN = Known({HERE: (UNIT,)}, {"hanh": HERE})


def test_an_account_fits_its_role_or_says_why_not() -> None:
    assert () == faults_of(Account("Lan", Role.INSPECTOR), KNOWN)
    assert () == faults_of(Account("Lan", Role.UNIT_HEAD, HERE, UNIT), KNOWN)
    assert () == faults_of(Account("Lan", Role.OFFICER, HERE, officer_id="hanh"), KNOWN)
    assert 1 == len(faults_of(Account("Lan", Role.OFFICER, HERE, officer_id="an"), KNOWN))
    assert 3 == len(faults_of(Account(" ", Role.OFFICER, "lạ"), KNOWN))


@pytest.mark.parametrize(
    ("login", "is_good"),
    [
        ("lan.pham", True),
        ("phạm", True),
        ("a", False),
        ("-x", False),
        ("a b", False),
        ("a\n", False),
        ("x" * 101, False),
    ],
)
def test_a_login_is_one_word(login: str, is_good: bool) -> None:
    assert is_good == (fault_of_login(login) is None)
