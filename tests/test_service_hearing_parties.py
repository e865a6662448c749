"""Nobody is on both sides of a hearing: officers of the desk, administrators, whoever renews a link, programs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import select

from service.api.hearing_parties import is_among
from service.api.turns import take_turn
from service.db.hearing_tables import CaseSessionRow
from service.db.records import EvidenceKind, Role
from service.db.redacted import RedactedCopy, RedactedRepository
from service.hearing.copies import MODE
from service.rights import Reach
from service.web.answer import router
from tests.hearing_world import AGENCY, HearingWorld, Person, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[HearingWorld]:
    world = make_world(tmp_path)
    yield world
    world.close()


def add_copy(world: HearingWorld, event_id: str) -> None:
    content, key = b"\xff\xd8\xffcopy", "redacted/x.jpg"
    sha256 = world.store.put(key, content)
    copy = RedactedCopy(
        event_id,
        EvidenceKind.SNAPSHOT,
        MODE,
        key,
        sha256,
        len(content),
        "image/jpeg",
        sha256,
        1,
        world.clock.now(),
        "x",
    )
    with world.database.transaction() as session:
        RedactedRepository(session).add(copy)


def ask(world: HearingWorld, login: str, event_id: str, **asked: Any) -> int:
    client, csrf = world.reader(login)
    wanted = {"event_id": event_id, "request_id": f"open-{uuid.uuid4()}", **asked}
    return client.post("/api/v1/cases", json=wanted, headers={"X-CSRF-Token": csrf}).status_code


def test_an_officer_of_the_desk_takes_no_step_in_a_hearing_about_it_though_a_name_was_written(
    world: HearingWorld,
) -> None:
    world.add_reader("hanh-tt", Role.INSPECTOR, "Hạnh", Reach(AGENCY, officer_id="hanh"))
    event_id = world.add_confirmed()
    for asked in ({"officer_id": "hanh"}, {"officer_id": "minh"}, {"person_name": "Trịnh Văn Bảo vệ"}):
        assert 403 == ask(world, "hanh-tt", event_id, **asked), asked
    client, _ = world.reader("hanh-tt")
    assert 403 == client.get(f"/cases/new?event={event_id}").status_code
    opened = world.open(event_id, officer_id=None, person_name="Trịnh Văn Bảo vệ")
    case_id = opened["case_id"]
    world.clock.at += timedelta(days=9)
    later = (world.clock.at + timedelta(days=20)).isoformat()
    for kind, asked in (("withdrawn", {}), ("extension", {"until": later}), ("conclusion", {"outcome": "not_upheld"})):
        assert 403 == world.step("hanh-tt", case_id, kind, **asked).status_code, kind
    assert 403 == world.change_door("hanh-tt", case_id).status_code
    client, csrf = world.reader("hanh-tt")
    given = {"csrf_token": csrf, "token": opened["link"].rpartition("=")[2], "pin": opened["pin"], "sheet": "number"}
    assert 403 == client.post(f"/cases/{case_id}/sheet", data=given).status_code
    assert [] == client.get(f"/api/v1/cases/{case_id}").json()["may"]
    assert "người khác của đơn vị thanh tra sẽ xử lý" in client.get(f"/cases/{case_id}").text
    assert 201 == world.step("truongdoan", case_id, "conclusion", outcome="not_upheld").status_code


def test_a_name_that_an_officer_or_the_reader_has_is_not_taken_as_somebody_else(world: HearingWorld) -> None:
    event_id = world.add_confirmed()
    assert 403 == ask(world, "truongdoan", event_id, person_name=" lê THU  hà")
    assert 422 == ask(world, "truongdoan", event_id, person_name="NGUYỄN thị  Hạnh\u200b")
    assert 201 == ask(world, "truongdoan", event_id, person_name="Nguyễn Thị Hạnh (bảo vệ)")


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("Nguyễn Thị Hạnh", True),
        ("Nguye\u0302\u0303n Thi\u0323 Ha\u0323nh", True),
        ("Nguyễn Thị Hành", False),
        ("", False),
    ],
)
def test_names_are_compared_as_they_read(name: str, same: bool) -> None:
    assert same == is_among(name, ["NGUYỄN  THỊ HẠNH", ""])


def test_only_an_officers_account_stands_for_the_person(world: HearingWorld) -> None:
    world.add_reader("quantri", Role.ADMIN, "Quản trị", Reach(AGENCY, officer_id="hanh"))
    opened = world.open(world.add_confirmed())
    client, csrf = world.reader("quantri")
    own = client.post(f"/cases/{opened['case_id']}/answer", data={"csrf_token": csrf}, follow_redirects=False)
    assert 403 == own.status_code
    assert 403 == world.step("quantri", opened["case_id"], "response").status_code
    assert "congvu_answer" not in client.cookies


def test_a_new_link_is_told_and_whoever_made_it_neither_concludes_nor_decides(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    case_id = opened["case_id"]
    assert 200 == world.change_door("pho", case_id).status_code
    assert "door_changed" == world.steps(case_id)[-1].kind
    officer, csrf = world.reader("hanh")
    officer.post(f"/cases/{case_id}/answer", data={"csrf_token": csrf})
    assert "Cấp lại đường dẫn và mã số" in officer.get("/answer").text
    assert 409 == world.step("truongdoan", case_id, "door_changed").status_code
    world.clock.at += timedelta(days=9)
    assert 409 == world.step("pho", case_id, "conclusion", outcome="upheld").status_code
    assert 201 == world.step("truongdoan", case_id, "conclusion", outcome="upheld").status_code
    assert 409 == world.change_door("truongdoan", case_id).status_code
    assert 201 == world.step("hanh", case_id, "appeal").status_code
    assert 409 == world.step("pho", case_id, "appeal_conclusion", outcome="upheld").status_code


def test_a_new_link_that_is_sent_is_not_shown_to_whoever_made_it(tmp_path: Path) -> None:
    world = make_world(tmp_path, "https://congvu.example.vn")
    opened = world.open(world.add_confirmed(), email="hanh@example.vn")
    shown = world.change_door("pho", opened["case_id"]).text
    assert "answer?link=" not in shown and 'value="notice"' not in shown and 'name="token" value=""' in shown
    pin = shown.split('name="pin" value="')[1].partition('"')[0]
    client, csrf = world.reader("pho")
    given = {"csrf_token": csrf, "token": "", "pin": pin}
    sheets = [
        client.post(f"/cases/{opened['case_id']}/sheet", data={**given, "sheet": s}) for s in ("number", "notice")
    ]
    assert [200, 403] == [sheet.status_code for sheet in sheets]
    world.close()


def test_a_withdrawn_hearing_shows_its_withdrawal_and_nothing_else(world: HearingWorld) -> None:
    event_id = world.add_confirmed()
    opened = world.open(event_id)
    case_id = opened["case_id"]
    add_copy(world, event_id)
    person, office = world.person(opened), world.reader("hanh")[0]
    person.send(files=[("a.pdf", b"%PDF-1.7\n%%EOF\n")])
    (file,) = world.steps(case_id)[-1].attachments
    assert 200 == person.client.get("/answer/evidence/snapshot").status_code
    assert 201 == world.step("thanhtra", case_id, "withdrawn").status_code
    assert 401 == person.client.get("/answer/evidence/snapshot").status_code
    again = world.person(opened).client
    page = again.get("/answer").text
    assert "đã được rút" in page and "để trống" not in page and "Tôi đi lấy hồ sơ" not in page
    assert [404, 404] == [
        again.get(f"/answer/{path}").status_code for path in ("evidence/snapshot", f"attachments/{file.attachment_id}")
    ]
    assert ["withdrawn"] == [step["kind"] for step in office.get(f"/api/v1/cases/{case_id}").json()["steps"]]
    assert "để trống" not in office.get(f"/cases/{case_id}").text
    assert 404 == office.get(f"/cases/{case_id}/attachments/{file.attachment_id}").status_code


def test_a_link_leads_nowhere_30_days_after_the_hearing_is_over(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    world.clock.at += timedelta(days=9)
    world.step("truongdoan", opened["case_id"], "conclusion", outcome="not_upheld")
    world.clock.at += timedelta(days=30) - timedelta(seconds=1)
    assert 200 == Person(world.browser()).come_in(opened["link"], opened["pin"]).status_code
    world.clock.at += timedelta(seconds=1)
    assert 401 == Person(world.browser()).come_in(opened["link"], opened["pin"]).status_code


def test_a_program_neither_answers_nor_appeals(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    client, csrf = world.reader("hanh")
    wanted = {"name": "x", "scopes": ["see_cases"], "days": 1}
    token = client.post("/api/v1/account/tokens", json=wanted, headers={"X-CSRF-Token": csrf}).json()["token"]
    program = {"Authorization": f"Bearer {token}"}
    steps = f"/api/v1/cases/{opened['case_id']}/steps"
    for kind in ("response", "appeal"):
        step = {"kind": kind, "text": "x", "request_id": f"token-{kind}"}
        assert 403 == world.browser().post(steps, json=step, headers=program).status_code
    assert ["notice"] == [step.kind for step in world.steps(opened["case_id"])]


def _calls(dependant: Dependant) -> set[object]:
    return {dependant.call} | {call for below in dependant.dependencies for call in _calls(below)}


def test_every_personal_page_waits_for_its_turn() -> None:
    found = {route.path: take_turn in _calls(route.dependant) for route in router.routes if isinstance(route, APIRoute)}
    assert {"/answer", "/answer/evidence/{kind}"} <= set(found)
    assert [] == [path for path, waits in found.items() if not waits]


def test_that_a_session_goes_on_is_written_once_a_minute(world: HearingWorld) -> None:
    person = world.person(world.open(world.add_confirmed()))

    def lasts_until() -> datetime:
        with world.database.transaction() as session:
            return session.scalars(select(CaseSessionRow.expires_at)).one()

    first = lasts_until()
    for seconds, noted in ((30, 0), (29, 0), (1, 60)):
        world.clock.at += timedelta(seconds=seconds)
        person.client.get("/answer")
        assert first + timedelta(seconds=noted) == lasts_until()
