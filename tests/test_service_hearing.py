"""Hearings from the notice to the appeal: who may do what, who sees what, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from service.attendance.calendar import DayPattern, WorkCalendar
from service.attendance.hours import calendar_of_site
from service.db.accounts import AccountRepository
from service.db.calibration import CalibrationRepository
from service.db.custody import CustodyRepository
from service.db.hearings import CaseRepository
from service.db.notice_tables import LetterRow
from service.db.owned import OwnedRepository
from service.db.records import Role, Verdict
from service.db.repository import EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.errors import Refused
from service.evidence.journal import RowKind
from service.evidence.offline.journal_rows import sum_of
from service.evidence.reconcile import Reconciler
from service.evidence.retention import Hold, RetentionTable, hold_of, kept_until
from service.hearing.cases import CaseFilter, NewAttachment, NewCase
from service.hearing.deadlines import end_of_working_day
from service.hearing.stages import Outcome, Stage, Step, StepKind, Turn
from service.rights import Reach
from service.workers.hearings import HearingKeeper
from tests.databases import KINDS, empty_database
from tests.hearing_world import AGENCY, UNIT, HearingWorld, make_world
from tests.web_world import MONDAY, make_event

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[HearingWorld]:
    world = make_world(tmp_path)
    yield world
    world.close()


def upheld(world: HearingWorld, outcome: str = "upheld") -> dict[str, Any]:
    """A hearing that was concluded after the person kept silent."""
    opened = world.open(world.add_confirmed())
    world.clock.at += timedelta(days=9)
    assert 201 == world.step("truongdoan", opened["case_id"], "conclusion", outcome=outcome).status_code
    return opened


def test_a_hearing_runs_from_the_notice_to_the_decision_on_the_appeal(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    case_id, person = opened["case_id"], world.person(opened)
    assert 409 == world.step("truongdoan", case_id, "conclusion", outcome="upheld").status_code
    assert 303 == person.send(is_complete="1").status_code
    assert 201 == world.step("truongdoan", case_id, "conclusion", outcome="upheld").status_code
    assert 409 == person.send().status_code
    assert 303 == person.send("appeal", text="Tôi không đồng ý.").status_code
    for party in ("thanhtra", "truongdoan", "giamsat"):  # gave a verdict and opened; concluded; only reads
        assert 409 == world.step(party, case_id, "appeal_conclusion", outcome="upheld").status_code
    assert 201 == world.step("pho", case_id, "appeal_conclusion", outcome="not_upheld").status_code
    case = world.case(case_id)
    assert (Stage.CLOSED, Outcome.NOT_UPHELD) == (case.stage, case.outcome)
    assert ["notice", "response", "conclusion", "appeal", "appeal_conclusion"] == [
        step.kind for step in world.steps(case_id)
    ]
    told = world.told(RowKind.HEARING_STEP)
    assert ["notice", "response", "conclusion", "appeal", "appeal_conclusion"] == [facts["step"] for facts in told]
    assert [1, "person", 2, "person", 3] == [facts["user"] for facts in told]
    assert sum_of("Tôi không đồng ý.".encode()) == told[3]["text_sha256"]
    assert "Tôi" not in str(told) and "Hạnh" not in str(told)


def test_only_a_flag_that_two_people_confirmed_is_heard_and_only_once(world: HearingWorld) -> None:
    client, csrf = world.reader("thanhtra")

    def ask(event_id: str, **asked: Any) -> Any:
        wanted = {"event_id": event_id, "officer_id": "hanh", "request_id": "request-1", **asked}
        return client.post("/api/v1/cases", json=wanted, headers={"X-CSRF-Token": csrf})

    assert 409 == ask(world.add_event("smoking")).status_code
    event_id = world.add_confirmed()
    first, again, other = ask(event_id), ask(event_id), ask(event_id, request_id="request-2")
    assert [201, 200, 409] == [first.status_code, again.status_code, other.status_code]
    assert (first.json()["case_id"], None, None) == (again.json()["case_id"], again.json()["link"], again.json()["pin"])
    verdict = {"verdict": "no_breach", "request_id": "request-9"}
    frozen = client.post(f"/api/v1/events/{event_id}/reviews", json=verdict, headers={"X-CSRF-Token": csrf})
    assert 409 == frozen.status_code


def test_the_person_is_an_officer_of_the_agency_or_somebody_named(world: HearingWorld) -> None:
    client, csrf = world.reader("thanhtra")
    event_id = world.add_confirmed()
    for asked in ({"officer_id": "nobody"}, {"person_name": "   "}):
        wanted = {"event_id": event_id, "request_id": "request-1", **asked}
        assert 422 == client.post("/api/v1/cases", json=wanted, headers={"X-CSRF-Token": csrf}).status_code
    opened = world.open(event_id, officer_id=None, person_name="Trịnh Văn Bảo vệ")
    assert ("Trịnh Văn Bảo vệ", None) == (opened["person_name"], opened["officer_id"])


def test_what_was_opened_by_mistake_is_withdrawn_and_the_right_person_can_be_heard(world: HearingWorld) -> None:
    event_id = world.add_confirmed()
    wrong = world.open(event_id, officer_id=None, person_name="Nhầm người")
    assert 201 == world.step("thanhtra", wrong["case_id"], "withdrawn").status_code
    right = world.open(event_id)
    assert right["case_id"] != wrong["case_id"]
    assert "đã được rút" in world.person(wrong).client.get("/answer").text


def test_more_time_wants_a_later_day_and_a_reason(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    case_id, due = opened["case_id"], datetime.fromisoformat(opened["due_at"])
    for asked in ({}, {"until": due.isoformat()}, {"until": (due + timedelta(days=120)).isoformat()}):
        assert 422 == world.step("thanhtra", case_id, "extension", **asked).status_code
    later = due + timedelta(days=3)
    assert 422 == world.step("thanhtra", case_id, "extension", until=later.isoformat(), text=" ").status_code
    assert 201 == world.step("thanhtra", case_id, "extension", until=later.isoformat()).status_code
    assert later == world.case(case_id).due_at


def test_a_step_sent_twice_is_done_once(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    world.clock.at += timedelta(days=9)
    sent = [
        world.step("truongdoan", opened["case_id"], "conclusion", outcome=outcome, request_id="request-1").status_code
        for outcome in ("upheld", "upheld", "not_upheld")
    ]
    assert [201, 200, 409] == sent
    assert 1 == [step.kind for step in world.steps(opened["case_id"])].count(StepKind.CONCLUSION)


def test_whoever_it_is_about_hears_and_concludes_nothing_in_it(world: HearingWorld) -> None:
    world.add_reader("hanh-thanhtra", Role.INSPECTOR, "Nguyễn Thị Hạnh", Reach(AGENCY, officer_id="hanh"))
    opened = world.open(world.add_confirmed())
    world.clock.at += timedelta(days=9)
    assert 403 == world.step("hanh-thanhtra", opened["case_id"], "conclusion", outcome="not_upheld").status_code
    assert 403 == world.step("hanh-thanhtra", opened["case_id"], "withdrawn").status_code


def _seen(world: HearingWorld, login: str) -> list[str]:
    client, _ = world.reader(login)
    return [item["case_id"] for item in client.get("/api/v1/cases").json()["items"]]


def test_colleagues_and_heads_of_other_units_see_nothing_and_the_own_head_only_what_was_upheld(
    world: HearingWorld,
) -> None:
    opened = world.open(world.add_confirmed())
    case_id = opened["case_id"]
    for stage in ("responding", "concluding"):
        assert [[case_id], [case_id], [case_id], [], [], []] == [
            _seen(world, login) for login in ("thanhtra", "giamsat", "hanh", "khac", "donvi", "donvi-khac")
        ], stage
        world.clock.at += timedelta(days=9)
    world.step("truongdoan", case_id, "conclusion", outcome="upheld")
    assert [[case_id], [], []] == [_seen(world, login) for login in ("donvi", "donvi-khac", "khac")]
    head, _ = world.reader("donvi")
    shown = head.get(f"/api/v1/cases/{case_id}").json()
    assert ["conclusion"] == [step["kind"] for step in shown["steps"]]
    assert 200 == head.get(f"/cases/{case_id}").status_code
    world.person(opened).send("appeal")
    assert [] == _seen(world, "donvi")
    assert 404 == head.get(f"/cases/{case_id}").status_code


def test_clerks_have_no_part_in_hearings(world: HearingWorld) -> None:
    world.add_user("vanthu", Role.CLERK, "Lý Văn Thư")
    client, csrf = world.reader("vanthu")
    assert 403 == client.get("/cases").status_code
    assert 403 == client.get("/api/v1/cases").status_code
    assert 403 == client.post("/api/v1/cases", json={}, headers={"X-CSRF-Token": csrf}).status_code


def test_an_officer_opens_their_own_page_without_a_number_and_nobody_else_does(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    for login, status in (("hanh", 303), ("khac", 404), ("thanhtra", 403)):
        client, csrf = world.reader(login)
        answer = client.post(f"/cases/{opened['case_id']}/answer", data={"csrf_token": csrf}, follow_redirects=False)
        assert status == answer.status_code, login
    client, csrf = world.reader("hanh")
    client.post(f"/cases/{opened['case_id']}/answer", data={"csrf_token": csrf})
    assert "Nội dung đề nghị ông/bà giải trình" in client.get("/answer").text
    by_program = world.step("hanh", opened["case_id"], "response", text="Tôi đi họp.")
    assert 201 == by_program.status_code
    assert None is world.steps(opened["case_id"])[-1].user_id


def test_evidence_stays_while_the_hearing_runs_and_goes_by_its_outcome(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed(with_clip=True))
    event_id = opened["event_id"]

    def hold() -> Hold | None:
        with world.database.transaction() as session:
            (facts,) = CustodyRepository(session).facts_of([event_id])
        return hold_of(facts)

    def kept_for_good_bytes() -> int:
        with world.database.transaction() as session:
            return CustodyRepository(session).kept_for_good_bytes()

    assert Hold.APPEALED is hold() and kept_for_good_bytes() > 0
    world.clock.at += timedelta(days=9)
    world.step("truongdoan", opened["case_id"], "conclusion", outcome="cannot_establish")
    assert Hold.APPEALED is hold()
    world.clock.at += timedelta(days=12)
    _seen(world, "thanhtra")
    assert None is hold() and 0 == kept_for_good_bytes()
    with world.database.transaction() as session:
        (facts,) = CustodyRepository(session).facts_of([event_id])
    concluded = world.case(opened["case_id"]).concluded_at
    assert concluded is not None
    assert concluded + timedelta(days=30) == kept_until(facts, RetentionTable())


def test_a_breach_that_was_upheld_is_kept(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed(with_clip=True))
    world.clock.at += timedelta(days=9)
    world.step("truongdoan", opened["case_id"], "conclusion", outcome="upheld")
    world.clock.at += timedelta(days=12)
    _seen(world, "thanhtra")
    with world.database.transaction() as session:
        (facts,) = CustodyRepository(session).facts_of([opened["event_id"]])
    assert (Stage.CLOSED, Hold.CONFIRMED) == (world.case(opened["case_id"]).stage, hold_of(facts))


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        ("upheld", Verdict.BREACH),
        ("not_upheld", Verdict.NO_BREACH),
        ("cannot_establish", Verdict.CANNOT_TELL),
    ],
)
def test_thresholds_learn_from_what_was_concluded_in_place_of_the_verdicts(
    world: HearingWorld, outcome: str, verdict: Verdict
) -> None:
    opened = upheld(world, outcome)
    with world.database.transaction() as session:
        (judged,) = CalibrationRepository(session).judged_flags(None, "left_post")
    assert opened["event_id"] == judged.event_id
    assert [(2, verdict)] == [(by, said) for by, said, _ in judged.verdicts]


def test_files_handed_in_are_counted_on_and_not_set_aside(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    world.person(opened).send(files=[("a.pdf", PDF)])
    (file,) = world.steps(opened["case_id"])[-1].attachments
    with world.database.transaction() as session:
        owned = OwnedRepository(session)
        assert frozenset({file.key}) == owned.ownership_of([file.key]).kept
        assert file.key in {each.key for some in owned.counted_on() for each in some}
    world.clock.at += timedelta(days=3)
    found = Reconciler(world.database, world.store, world.pen).run(world.clock.at, with_sums=True)
    assert ([], []) == (list(found.set_aside), list(found.missing))
    with world.store.open(file.key) as stored:
        assert PDF == stored.read()


def test_the_link_goes_by_e_mail_and_the_number_does_not(tmp_path: Path) -> None:
    world = make_world(tmp_path, "https://congvu.example.vn")
    opened = world.open(world.add_confirmed(), email="hanh@example.vn")
    world.clock.at += timedelta(days=9)
    world.step("truongdoan", opened["case_id"], "conclusion", outcome="upheld")
    with world.database.transaction() as session:
        notice, news = session.scalars(select(LetterRow).order_by(LetterRow.letter_id)).all()
    assert opened["link"] in notice.body and opened["link"].startswith("https://congvu.example.vn/answer?link=")
    assert opened["pin"] not in notice.body and "để trống" not in notice.body
    assert opened["link"] not in news.body and "vi phạm" not in news.body
    world.close()


def test_without_an_address_of_the_pages_no_link_is_sent(world: HearingWorld) -> None:
    client, csrf = world.reader("thanhtra")
    wanted = {"event_id": world.add_confirmed(), "officer_id": "hanh", "request_id": "request-1", "email": "a@b.vn"}
    assert 409 == client.post("/api/v1/cases", json=wanted, headers={"X-CSRF-Token": csrf}).status_code


def test_the_list_begins_with_what_is_overdue(world: HearingWorld) -> None:
    first = world.open(world.add_confirmed())["case_id"]
    world.clock.at += timedelta(days=20)
    second = world.open(world.add_confirmed("smoking", at=world.clock.at - timedelta(hours=5)))["case_id"]
    client, _ = world.reader("thanhtra")
    assert [first, second] == _seen(world, "thanhtra")
    assert [first] == [one["case_id"] for one in client.get("/api/v1/cases?late=true").json()["items"]]
    assert [second] == [one["case_id"] for one in client.get("/api/v1/cases?turn=person").json()["items"]]
    assert "quá hạn" in client.get("/cases").text


def test_sheets_are_set_for_the_one_who_holds_link_and_number(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed(), language="en", text="Bổ sung <b>")
    client, csrf = world.reader("thanhtra")
    given = {"csrf_token": csrf, "token": opened["link"].rpartition("=")[2], "pin": opened["pin"]}
    for sheet in ("notice", "number"):
        made = client.post(f"/cases/{opened['case_id']}/sheet", data={**given, "sheet": sheet})
        assert (200, b"%PDF-") == (made.status_code, made.content[:5])
    assert 403 == client.post(f"/cases/{opened['case_id']}/sheet", data={**given, "pin": "00000000"}).status_code
    assert 403 == client.post(f"/cases/{opened['case_id']}/sheet", data={**given, "token": "x"}).status_code


def test_time_does_its_part_though_nobody_looks(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    keeper = HearingKeeper(world.app.state.context)
    assert 0 == keeper.run_once(world.clock.now())
    world.clock.at += timedelta(days=9)
    assert 1 == keeper.run_once(world.clock.now())
    assert [StepKind.NOTICE, StepKind.NO_RESPONSE] == [step.kind for step in world.steps(opened["case_id"])]
    assert 0 == keeper.run_once(world.clock.now())


def test_the_time_to_answer_is_counted_in_working_days(world: HearingWorld) -> None:
    with world.database.transaction() as session:
        (site,) = SiteRepository(session).sites()
    friday = datetime(2025, 10, 24, 3, tzinfo=UTC)
    due = end_of_working_day(friday, 5, calendar_of_site(site), ZONE)
    assert datetime(2025, 11, 1, tzinfo=ZONE) == due  # the end of Friday a week later
    assert datetime(2025, 10, 30, tzinfo=ZONE) == end_of_working_day(friday, 5, None, ZONE)
    never = WorkCalendar(ZONE, DayPattern((), frozenset()))
    assert datetime(2025, 10, 30, tzinfo=ZONE) == end_of_working_day(friday, 5, never, ZONE)


@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_kept_alike_in_each_database(kind: str, tmp_path: Path) -> None:
    with empty_database(kind, tmp_path) as database:
        case_id = _opened(database)
        with database.transaction() as session:
            cases = CaseRepository(session)
            cases.hold(case_id)
            file = NewAttachment("a.pdf", f"hearings/{case_id}/x", "ab" * 32, 15, "application/pdf")
            answer = Step(StepKind.RESPONSE, MONDAY, due_at=MONDAY + timedelta(days=10), is_complete=True)
            for _ in range(2):
                cases.add_step(case_id, answer, text="Tôi", request_id="request-2", attachments=[file])
            assert 2 == len(cases.steps_of(case_id))
            assert ["a.pdf"] == [one.name for one in cases.steps_of(case_id)[-1].attachments]
            conclusion = Step(StepKind.CONCLUSION, MONDAY, 1, Outcome.UPHELD, MONDAY + timedelta(days=10))
            cases.add_step(case_id, conclusion, text="vì", request_id="request-3")
            assert [case_id] == [one.case_id for one in cases.find(CaseFilter(turn=Turn.PERSON), limit=5)]
            assert [] == cases.find(CaseFilter(late_at=MONDAY), limit=5)
            assert [case_id] == cases.lapsed(MONDAY + timedelta(days=10))
            for reach, seen in ((Reach(AGENCY, UNIT), 1), (Reach(AGENCY, "khác"), 0), (Reach("khác"), 0)):
                assert seen == CaseRepository(session, reach).count(CaseFilter())
        with pytest.raises(Refused), database.transaction():
            _open_again(database)


def _opened(database: Database) -> str:
    with database.transaction() as session:
        user = AccountRepository(session).add_user(
            "thanhtra", display_name="Minh", role=Role.INSPECTOR, password_hash=None, at=MONDAY
        )
        assert 1 == user.user_id
        EventRepository(session).upsert(make_event("left_post", MONDAY, lasts=None, place="ban-1", score=0.9))
    return _open_again(database)


def _open_again(database: Database) -> str:
    event = make_event("left_post", MONDAY, lasts=None, place="ban-1", score=0.9)
    with database.transaction() as session:
        new = NewCase(
            str(event.event_id), "hanh", "Hạnh", AGENCY, UNIT, "left_post", 1, MONDAY, MONDAY + timedelta(days=7), "",
            "request-1", "ab" * 32, "x", "", "vi",
        )  # fmt: skip
        return CaseRepository(session).open(new).case_id
