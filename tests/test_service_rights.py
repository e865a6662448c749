"""The rights matrix, cell by cell: every route is called as every role, about its own affairs and those of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from service.db.accounts import AccountRepository
from service.db.records import Role
from service.rights import RIGHTS, Right
from tests.rights_calls import NOBODYS, Call, call_of
from tests.rights_matrix import (
    HOLDERS,
    LED_ON,
    LIVE,
    MATRIX,
    NARROW,
    OPEN,
    ROLES,
    SIGNED_IN,
    About,
    Row,
    document,
)
from tests.rights_world import EVERYWHERE, A, B, RightsWorld, Things, login_of
from tests.shown import alarms_shown

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "rights.md"
CHANGES = [row for row in MATRIX if row.is_change]
READS = [row for row in MATRIX if not row.is_change and row.key != LIVE]
NAMED = tuple(Things.__dataclass_fields__)
OWN_DAYS = "/api/v1/attendance/days?from=2025-10-06&to=2025-10-07&officer={}"
GUARDED = [row for row in MATRIX if row.right != OPEN and row.key != LIVE]


class Whose(Enum):
    """Whose affairs a request is about, as an officer of the first unit of agency A sees it."""

    OWN = (A, 1)
    COLLEAGUE = (A, 2)
    OTHER_UNIT = (A, 3)
    OTHER_AGENCY = (B, 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RightsWorld:
    return RightsWorld(tmp_path_factory.mktemp("rights"))


@pytest.fixture
def world(made: RightsWorld) -> Iterator[RightsWorld]:
    yield made
    made.restore()


def targets(row: Row) -> tuple[Whose, ...]:
    """Whose affairs tell cells of a row apart."""
    if row.about is About.UNIT:
        return tuple(Whose)
    if row.about is About.CASE:
        return tuple(Whose)
    return (Whose.OWN, Whose.OTHER_AGENCY) if row.about in (About.AGENCY, About.SITE) else (Whose.OWN,)


def is_within(row: Row, role: Role, whose: Whose, *, is_limited: bool) -> bool:
    if row.about in (About.AGENCY, About.SITE, About.UNIT, About.CASE) and role not in NARROW:
        return whose is not Whose.OTHER_AGENCY or not is_limited
    if row.about is About.CASE:  # none of these is concluded, so there are none for the head of unit
        return role is Role.OFFICER and whose is Whose.OWN
    if row.about is About.SITE:
        return False
    if row.about is About.UNIT:
        return whose is Whose.OWN or (role is Role.UNIT_HEAD and whose is Whose.COLLEAGUE)
    return True


def expected(row: Row, role: Role, whose: Whose, *, is_limited: bool) -> int:
    if not row.may(role) or (row.about is About.STORE and is_limited):
        return 403
    if row.key == LED_ON and role is Role.OFFICER:
        return 303
    if not is_within(row, role, whose, is_limited=is_limited):
        return row.outside
    return row.done if row.only in (None, role) else 403


def foreign_marks(role: Role, agency: str) -> tuple[str, ...]:
    """Words that no answer to this account may hold."""
    if agency == EVERYWHERE and role not in NARROW:
        return ()
    marks = ("zqb",) if agency != B else ("zqa",)
    if role in NARROW:
        marks += ("zqa3", "zqau2", "zqad3", "zqa-version", "zqa-fault")
    return (*marks, "zqa2", "zqad2") if role is Role.OFFICER else marks


def without(text: str, call: Call, *others: Any) -> str:
    """What an answer says of its own accord: not what was asked is repeated."""
    for said in (call.path, *call.fields.values(), *others):
        text = text.replace(str(said), "")
    return "\n".join(line for line in text.casefold().splitlines() if "/language/" not in line)


def routes(world: RightsWorld) -> set[str]:
    found = set()
    for route in iter_route_contexts(world.app.routes):
        for method in getattr(route, "methods", None) or ():
            found |= {f"{method} {route.path}"} if method != "HEAD" else set()
    mounts = [route for route in world.app.routes if isinstance(route, Mount)]
    return found | {f"GET {mount.path}/{{path}}" for mount in mounts}


def test_every_route_has_a_row_and_every_row_a_route(world: RightsWorld) -> None:
    assert routes(world) == {row.key for row in MATRIX}
    assert len(MATRIX) == len({row.key for row in MATRIX})


def test_the_roles_have_the_rights_that_are_written_down() -> None:
    assert HOLDERS == {str(right): tuple(role for role in ROLES if right in RIGHTS[role]) for right in Right}


def test_the_document_says_what_the_matrix_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == "\n".join(document()) + "\n"


@pytest.mark.parametrize("agency", [A, EVERYWHERE], ids=["limited", "everywhere"])
@pytest.mark.parametrize("role", ROLES)
def test_who_reads_gets_what_is_theirs_and_nothing_of_others(world: RightsWorld, role: Role, agency: str) -> None:
    if role is Role.UNIT_HEAD and agency == EVERYWHERE:
        pytest.skip("a head of unit without a unit; see below")
    client, token = world.reader(role, agency)
    wrong = []
    for row in READS:
        for whose in targets(row):
            call = call_of(world, row, world.things[whose.value])
            answer = call.send(client, token)
            want = expected(row, role, whose, is_limited=bool(agency))
            told = without(answer.text, call, world.things[whose.value].officer_id)
            leaked = [mark for mark in foreign_marks(role, agency) if mark in told]
            if answer.status_code != want or leaked:
                wrong.append((row.key, whose.name, f"want {want}", answer.status_code, leaked))
    assert [] == wrong


@pytest.mark.parametrize("role", [role for role in ROLES if role is not Role.UNIT_HEAD])
def test_lists_hold_what_is_within_reach(world: RightsWorld, role: Role) -> None:
    client, token = world.reader(role, A)
    silent = {"GET /attendance/plots/trend.svg", "GET /attendance/plots/hours.svg", "GET /attendance/crosscheck"}
    if role in NARROW:
        silent |= {"GET /api/v1/periods", "GET /attendance/periods", "GET /attendance"}
    for row in READS:
        is_figures = row.right == "see_statistics"  # names nobody
        if row.about is About.LIST and row.may(role) and row.key not in silent and not is_figures:
            assert "zqa" in call_of(world, row, world.things[A, 1]).send(client, token).text, row.key


@pytest.mark.parametrize("agency", [A, EVERYWHERE], ids=["limited", "everywhere"])
@pytest.mark.parametrize("role", ROLES)
def test_who_changes_changes_what_is_theirs_and_a_refusal_changes_nothing(
    world: RightsWorld, role: Role, agency: str
) -> None:
    client, token = world.reader(role, agency)
    before, wrong = world.kept(), []
    for row in CHANGES:
        # what is drawn goes to the site file, and that is of agency A
        for whose in targets(row) if agency else (Whose.OWN,):
            if row.right in (OPEN, SIGNED_IN) or (role is Role.UNIT_HEAD and not agency):
                continue
            call = call_of(world, row, world.things[whose.value])
            answer = call.send(client, token)
            want = expected(row, role, whose, is_limited=bool(agency))
            is_right = answer.status_code == want
            if row.about is About.OWN:  # these want more than this test says
                is_right = (answer.status_code == 403) == (want == 403)
            if not is_right:
                wrong.append((row.key, whose.name, f"want {want}", answer.status_code, answer.text[-300:]))
            if answer.status_code >= 400 and before != world.kept():
                wrong.append((row.key, whose.name, "refused, and changed something"))
            world.restore()
    assert [] == wrong


def test_a_head_of_no_unit_sees_nothing(world: RightsWorld) -> None:
    client, token = world.reader(Role.UNIT_HEAD, EVERYWHERE)
    for row in GUARDED:
        if row.about is not About.OWN:
            call = call_of(world, row, world.things[A, 1])
            answer = call.send(client, token)
            told = without(answer.text, call, "zqa1")
            assert "zqa" not in told and "zqb" not in told, row.key


def test_who_is_not_signed_in_is_told_nothing_but_what_is_open(world: RightsWorld) -> None:
    before, browser = world.kept(), world.browser()
    for row in MATRIX:
        answer = call_of(world, row, world.things[A, 1]).send(browser, "")
        if row.right == OPEN:
            assert row.done == answer.status_code, row.key  # forms of signing in want a token of their own first
        elif row.path.startswith("/api/"):
            assert 401 == answer.status_code, row.key
        else:
            assert (303, True) == (answer.status_code, answer.headers["location"].startswith("/sign-in")), row.key
    assert before == world.kept()


@pytest.mark.parametrize("row", [row for row in CHANGES if row.right != OPEN], ids=lambda row: row.key)
def test_a_change_without_its_anti_forgery_token_is_refused(world: RightsWorld, row: Row) -> None:
    role = next(role for role in (Role.TEAM_LEADER, Role.ADMIN) if row.may(role))
    client, _ = world.reader(role, EVERYWHERE)
    before = world.kept()
    for token in ("", "wrong"):
        assert 403 == call_of(world, row, world.things[A, 1]).send(client, token).status_code
    assert before == world.kept()


@pytest.mark.parametrize("right", list(Right))
def test_a_token_opens_exactly_what_its_right_is_for(world: RightsWorld, right: Right) -> None:
    """Pages are for people: they send a program to the page of signing in.

    Accounts are changed, and hearings answered, by people alone.
    """
    role = next(role for role in (Role.ADMIN, Role.TEAM_LEADER) if role in HOLDERS[right])
    browser = with_token(world, login_of(role, EVERYWHERE), right)
    wrong = []
    for row in GUARDED:
        if row.about is About.OWN or row.right == SIGNED_IN:
            continue
        answer = call_of(world, row, world.things[A, 1]).send(browser, "")
        is_for_people = row.is_change and right in (Right.MANAGE_USERS, Right.SEE_CASES)
        is_theirs = right in row.rights and not is_for_people
        want = (row.done if is_theirs else 403) if row.path.startswith("/api/") else 303
        if want != answer.status_code:
            wrong.append((row.key, want, answer.status_code, answer.text[-200:]))
        world.restore()
        browser = with_token(world, login_of(role, EVERYWHERE), right)
    assert [] == wrong


def with_token(world: RightsWorld, login: str, right: Right) -> Any:
    """A program that has one right of somebody's."""
    at = world.clock.now()
    with world.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user(login)
        assert user is not None
        _, secret = accounts.make_token(
            user.user_id, "chương trình", scopes=[str(right)], at=at, expires_at=at + timedelta(days=1)
        )
    browser = world.browser()
    browser.headers["Authorization"] = f"Bearer {secret}"
    return browser


def test_a_token_has_its_owners_reach(world: RightsWorld) -> None:
    browser = with_token(world, login_of(Role.ADMIN, A), Right.SEE_ATTENDANCE)
    assert "zqb" not in browser.get("/api/v1/corrections").text
    assert 404 == browser.get(f"/api/v1/corrections/{world.things[B, 1].correction_id}").status_code


def unasked(text: str, address: str, about: Things) -> str:
    """What an answer says of its own accord: what was asked is repeated, in addresses encoded."""
    path = address.partition("?")[0]
    for said in (path, *(value for value in (getattr(about, name) for name in NAMED) if isinstance(value, str))):
        text = text.replace(said, "X")
    return "\n".join(line for line in text.splitlines() if "/language/" not in line)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.UNIT_HEAD, Role.OFFICER, Role.CLERK, Role.AUDITOR])
def test_what_is_anothers_answers_as_what_is_not_there(world: RightsWorld, role: Role) -> None:
    client, token = world.reader(role, A)
    one_thing = [row for row in GUARDED if row.about in (About.AGENCY, About.SITE, About.UNIT, About.CASE)]
    for row in one_thing:
        answers = [
            (answer.status_code, unasked(answer.text, call.path, about), answer.headers.get("location"))
            for about in (world.things[B, 1], NOBODYS)
            for call in [call_of(world, row, about)]
            for answer in [call.send(client, token)]
        ]
        assert answers[0] == answers[1], row.key
        assert answers[0][0] in (403, row.outside)


FILTERS = (
    "/api/v1/attendance?site={site_id}",
    "/api/v1/attendance/days?from=2025-10-06&to=2025-10-07&site={site_id}",
    "/api/v1/attendance/days?from=2025-10-06&to=2025-10-07&agency={agency}",
    "/api/v1/attendance/days?from=2025-10-06&to=2025-10-07&unit={unit}",
    "/api/v1/attendance/days?from=2025-10-06&to=2025-10-07&officer={officer_id}",
    "/api/v1/attendance/summary?from=2025-10-06&to=2025-10-07&officer={officer_id}",
    "/api/v1/corrections?officer={officer_id}",
    "/api/v1/leaves?from=2025-10-01&to=2025-10-31&officer={officer_id}",
    "/api/v1/covers?from=2025-10-01&to=2025-10-31&officer={officer_id}",
    "/api/v1/punches?from=2025-10-01&to=2025-10-31&officer={officer_id}",
    "/api/v1/periods?site={site_id}",
    "/api/v1/events?camera={camera_id}&state=all",
    "/api/v1/events?agency={agency}&state=all",
    "/attendance?site={site_id}&month=2025-10",
    "/attendance?agency={agency}&month=2025-10",
    "/attendance?agency=*&month=2025-10&unit={unit}",
    "/attendance/day?site={site_id}",
    "/attendance/crosscheck?site={site_id}&month=2025-10",
    "/attendance/report.csv?agency={agency}&month=2025-10",
    "/attendance/report.csv?agency=*&month=2025-10",
    "/attendance/punches?officer={officer_id}&month=2025-10",
    "/flags?camera={camera_id}&state=all",
)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.UNIT_HEAD, Role.OFFICER, Role.AUDITOR])
def test_a_filter_by_anothers_number_answers_as_one_that_nobody_has(world: RightsWorld, role: Role) -> None:
    client, _ = world.reader(role, A)
    for address in FILTERS:
        answers = []
        for about in (world.things[B, 1], NOBODYS):
            asked = address.format(**{name: getattr(about, name) for name in NAMED})
            answer = client.get(asked)
            answers.append((answer.status_code, unasked(answer.text, asked, about)))
        assert answers[0] == answers[1], address
        assert "zqb" not in answers[0][1].casefold()


def test_what_is_said_of_a_day_does_not_depend_on_who_reads(world: RightsWorld) -> None:
    """A colleague covers the officer's desk for an hour: seen there in that hour is the colleague, whoever asks."""
    clerk, token = world.reader(Role.CLERK, A)
    first, second = world.things[A, 1], world.things[A, 2]
    before = clerk.get(OWN_DAYS.format(first.officer_id)).json()["items"]
    cover = {"officer_id": second.officer_id, "camera_id": first.camera_id, "desk_id": first.desk_id}
    span = {"start": "2025-10-06T08:00:00+07:00", "end": "2025-10-06T09:00:00+07:00"}
    assert 201 == clerk.post("/api/v1/covers", json=cover | span, headers={"X-CSRF-Token": token}).status_code
    after = clerk.get(OWN_DAYS.format(first.officer_id)).json()["items"]
    assert before != after
    for role in (Role.ADMIN, Role.UNIT_HEAD, Role.OFFICER, Role.AUDITOR):
        assert after == world.reader(role, A)[0].get(OWN_DAYS.format(first.officer_id)).json()["items"], role


@pytest.mark.parametrize(("agency", "alarms"), [(A, 1), (EVERYWHERE, 2)])
def test_alarms_are_counted_within_reach(world: RightsWorld, agency: str, alarms: int) -> None:
    page = world.reader(Role.INSPECTOR, agency)[0].get("/cameras").text
    assert alarms == alarms_shown(page)


def test_the_menu_leads_nowhere_that_is_refused(world: RightsWorld) -> None:
    for login, (client, _) in world.clients.items():
        start = client.get("/").headers["location"]
        page = client.get(start)
        if page.status_code == 303:  # an officer is led on to the own record
            page = client.get(page.headers["location"])
        assert 200 == page.status_code, (login, start)
        menu = page.text.partition("<main")[0]
        for address in re.findall(r'href="(/[^"]*)"', menu):
            if not address.startswith("/language/"):
                assert 403 != client.get(address).status_code, (login, address)
