"""The queue and the page of one flag: filters, merged cards, how often a rule was right, what others see."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from service.api.asked import asked_of, cleaned, selection_of
from service.db.accounts import AccountRepository
from service.db.records import EvidenceKind, Role, Standing, Verdict
from service.db.repository import EventRepository
from service.db.reviews import ReviewRepository
from service.web.cards import merged
from service.web.flag_looks import drawn_looks
from service.web.precision import FEWEST, NORMAL_95, precision_of
from tests.test_service_web_pages import Outline
from tests.verdicts import confirm, judge
from tests.web_world import MONDAY, World, make_event


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    world.add_user("hai", name="Lê Thị Hai")
    world.add_user("doan", Role.TEAM_LEADER, "Phạm Trưởng Đoàn")
    yield world
    world.database.close()


def user_id(world: World, login: str) -> int:
    with world.database.transaction() as session:
        user = AccountRepository(session).find_user(login)
        assert user is not None
        return user.user_id


def say(world: World, event: str, verdict: Verdict, login: str) -> None:
    with world.database.transaction() as session:
        judge(session, event, verdict, by=user_id(world, login), at=world.clock.now())


def shown(world: World, query: str, login: str = "thanhtra") -> list[str]:
    outline = Outline(world.reader(login)[0].get(f"/flags{query}").text)
    links = [str(attrs["href"]) for attrs in outline.of("a") if attrs.get("class") == "card-link"]
    return [link.removeprefix("/flags/").split("?")[0] for link in links]


def test_days_agency_and_least_strength_narrow_the_queue(world: World) -> None:
    days = [world.add_event("left_post", MONDAY + timedelta(days=i), score=0.5 + 0.1 * i) for i in range(4)]
    assert days[2:0:-1] == shown(world, "?day=2025-10-21&until=2025-10-22")
    assert [days[1]] == shown(world, "?day=2025-10-21")
    assert days[1::-1] == shown(world, "?until=2025-10-21")
    assert days[3:1:-1] == shown(world, "?score=0.7")
    assert days[::-1] == shown(world, "?agency=UBND+t%E1%BB%89nh")
    assert [] == shown(world, "?agency=another")


def test_a_last_day_before_the_first_is_left_out(world: World) -> None:
    assert {"day": "2025-10-21"} == asked_of(selection_of(QueryParams("day=2025-10-21&until=2025-10-20")))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "rule": st.sampled_from(["smoking", "left_post", "presence", ""]),
            "state": st.sampled_from(["open", "mine", "disputed", "all", "guilty"]),
            "camera": st.sampled_from(["cam-quay", "a&b=c", ""]),
            "agency": st.sampled_from(["UBND tỉnh", "x" * 300]),
            "day": st.sampled_from(["2025-10-20", "1999-01-01", "nonsense"]),
            "until": st.sampled_from(["2025-10-19", "2025-10-25"]),
            "score": st.sampled_from(["0.7", "0,7", "nan", "inf", "-1", "2", "x"]),
        },
    )
)
def test_filters_that_were_cleaned_say_the_same_and_are_clean(query: dict[str, str]) -> None:
    selection = selection_of(QueryParams(query))
    once = cleaned(str(QueryParams(query)))
    assert selection == selection_of(QueryParams(once))
    assert once == cleaned(once)


def test_flags_of_one_person_on_one_track_share_a_card(world: World) -> None:
    badges = [world.add_event("badge_missing", MONDAY + timedelta(minutes=i)) for i in range(3)]
    smoking = world.add_event("smoking", MONDAY + timedelta(minutes=1))
    post = [world.add_event("left_post", MONDAY + timedelta(hours=i + 1)) for i in range(2)]
    html = world.reader()[0].get("/flags").text
    assert [post[1], post[0], badges[2], smoking] == shown(world, "")
    assert 1 == html.count("+2 về cùng một người")
    with world.database.transaction() as session:
        found = [EventRepository(session).get(event) for event in (*badges, smoking, *post)]
    assert [2, 0, 0, 0] == [others for _, others in merged(found)]
    checks = [dataclasses.replace(event, checked_rule="badge_missing") for event in found[:3]]
    assert [0, 0, 0] == [others for _, others in merged(checks)]


def test_other_flags_of_the_person_are_offered_unchosen_and_without_what_i_judged(world: World) -> None:
    first, second, third = (world.add_event("badge_missing", MONDAY + timedelta(minutes=i)) for i in range(3))
    say(world, third, Verdict.BREACH, "thanhtra")
    boxes = [a for a in Outline(world.reader()[0].get(f"/flags/{first}").text).of("input") if a.get("name") == "also"]
    assert [second] == [box["value"] for box in boxes]
    assert not any("checked" in box for box in boxes)
    boxes = Outline(world.reader("hai")[0].get(f"/flags/{first}").text).of("input")
    assert [second, third] == [box["value"] for box in boxes if box.get("name") == "also"]


def test_the_plain_form_judges_the_others_too_and_once(world: World) -> None:
    first, second = (world.add_event("badge_missing", MONDAY + timedelta(minutes=i)) for i in range(2))
    client, csrf = world.reader()
    form = {"csrf_token": csrf, "verdict": "no_breach", "request_id": "request-1", "also": [second]}
    for _ in range(2):
        assert 303 == client.post(f"/flags/{first}/verdict", data=form, follow_redirects=False).status_code
    with world.database.transaction() as session:
        assert [1, 1] == [len(ReviewRepository(session).of(event)) for event in (first, second)]


def test_how_often_the_rule_was_right_on_this_camera_is_said_once_enough_were_decided(world: World) -> None:
    def decide(number: int, verdict: Verdict) -> None:
        event = world.add_event("smoking", MONDAY + timedelta(days=1, minutes=number))
        with world.database.transaction() as session:
            by, at = user_id(world, "thanhtra"), world.clock.now()
            if verdict is Verdict.BREACH:
                confirm(session, event, by=by, at=at)
            else:
                judge(session, event, verdict, by=by, at=at)

    asked = world.add_event("smoking")
    for number in range(9):
        decide(number, Verdict.BREACH)
    decide(9, Verdict.CANNOT_TELL)
    html = world.reader()[0].get(f"/flags/{asked}").text
    assert "chưa đủ mười phát hiện" in html and "không nói gì về phát hiện đang xem" not in html
    decide(10, Verdict.NO_BREACH)
    html = world.reader()[0].get(f"/flags/{asked}").text
    assert "Trong 10 phát hiện theo quy tắc này" in html and "90 % là vi phạm (khoảng tin cậy từ 60 % đến 98 %)" in html
    assert "Con số này không nói gì về phát hiện đang xem" in html
    assert "chưa đủ mười" in world.reader()[0].get(f"/flags/{world.add_event('badge_missing')}").text


@given(st.integers(FEWEST, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_each_end_of_the_interval_is_as_far_from_the_share_as_chance_allows(counts: tuple[int, int]) -> None:
    breaches, decided = counts
    found = precision_of(breaches, decided)
    assert found is not None
    assert 0.0 <= found.low <= found.share <= found.high <= 1.0
    for end in (found.low, found.high):
        if 1e-9 < end < 1 - 1e-9:
            wanted = NORMAL_95 * math.sqrt(end * (1 - end) / decided)
            assert math.isclose(wanted, abs(found.share - end), rel_tol=1e-6, abs_tol=1e-9)


def test_only_looks_with_a_place_are_drawn_each_by_what_it_says() -> None:
    event = make_event("badge_missing", MONDAY, lasts=timedelta(seconds=9), place="ban-1", score=0.9)
    looks = [
        dataclasses.replace(look, box_px=(1.26, 2.0, 3.0, 4.0)) if i in (0, 3) else look
        for i, look in enumerate(event.trace)
    ]
    world_event = dataclasses.replace(event, trace=tuple(looks))
    at_ms = round(MONDAY.timestamp() * 1000)
    wanted = [[at_ms, "badge", "for", 1, 2, 3, 4], [at_ms + 3000, "badge", "unknown", 1, 2, 3, 4]]
    assert wanted == json.loads(drawn_looks(world_event, "no"))  # type: ignore[arg-type]
    assert "" == drawn_looks(event, "no")  # type: ignore[arg-type]


def test_who_else_is_looking_is_said_in_the_queue_and_on_the_page(world: World) -> None:
    event = world.add_event()
    with world.database.transaction() as session:
        ReviewRepository(session).claim(event, user_id(world, "hai"), at=world.clock.now(), lasts=timedelta(minutes=2))
    mine, theirs = world.reader()[0], world.reader("hai")[0]
    assert "Lê Thị Hai đang xem" in mine.get("/flags").text
    assert "Lê Thị Hai đang xem phát hiện này" in mine.get(f"/flags/{event}").text
    assert "Bắt đầu xem xét" not in mine.get("/flags").text
    assert "đang xem phát hiện này. Bạn" not in theirs.get(f"/flags/{event}").text.split('class="taken-words">')[1]


def test_the_second_inspector_sees_nothing_of_the_first(world: World) -> None:
    event = world.add_event()
    before = world.reader("hai")[0].get("/flags").text
    say(world, event, Verdict.BREACH, "thanhtra")
    after = world.reader("hai")[0].get("/flags").text
    assert before.count('<li class="card">') == after.count('<li class="card">') == 1
    page = world.reader("hai")[0].get(f"/flags/{event}").text
    assert "Trần Văn Minh" not in page and "breach" in page  # the form is there, the verdict is not
    assert "Trần Văn Minh" in world.reader()[0].get(f"/flags/{event}").text.split('class="history"')[1]
    assert [] == shown(world, "")


@pytest.mark.parametrize(
    ("login", "wanted"),
    [("doan", "nhận định của bạn là quyết định cuối cùng"), ("thanhtra", "Trưởng đoàn không đưa ra nhận định nào")],
)
def test_a_dispute_shows_both_verdicts_and_says_whose_turn_it_is(world: World, login: str, wanted: str) -> None:
    event = world.add_event()
    say(world, event, Verdict.BREACH, "thanhtra")
    say(world, event, Verdict.NO_BREACH, "hai")
    html = world.reader(login)[0].get(f"/flags/{event}").text
    assert wanted in html
    history = html.split('class="history"')[1]
    assert "Trần Văn Minh" in history and "Lê Thị Hai" in history
    world.add_user("ba", name="Người thứ ba")
    outsider = world.reader("ba")[0].get(f"/flags/{event}").text
    assert 'id="verdict"' not in outsider and "Trưởng đoàn không đưa ra nhận định nào" in outsider


def test_a_ruling_by_the_leader_is_told_apart_from_the_looks(world: World) -> None:
    event = world.add_event()
    say(world, event, Verdict.BREACH, "thanhtra")
    say(world, event, Verdict.NO_BREACH, "hai")
    client, csrf = world.reader("doan")
    form = {"csrf_token": csrf, "verdict": "no_breach", "request_id": "request-1"}
    client.post(f"/flags/{event}/verdict?state=disputed", data=form)
    assert "quyết định của trưởng đoàn" in client.get(f"/flags/{event}").text
    with world.database.transaction() as session:
        assert Standing.NO_BREACH is EventRepository(session).get(event).standing


def test_a_flag_is_given_to_somebody_by_the_plain_form(world: World) -> None:
    event = world.add_event()
    client, csrf = world.reader("doan")
    path = f"/flags/{event}/assignment?rule=left_post"
    sent = {"csrf_token": csrf, "user_id": str(user_id(world, "hai"))}
    answer = client.post(path, data=sent, follow_redirects=False)
    assert (303, f"/flags/{event}?rule=left_post") == (answer.status_code, answer.headers["location"])
    assert "giao cho Lê Thị Hai" in client.get("/flags").text
    assert 422 == client.post(path, data={**sent, "user_id": "x"}).status_code
    assert 'id="assignee"' not in world.reader()[0].get(f"/flags/{event}").text


def test_filters_are_kept_and_forgotten_by_plain_forms(world: World) -> None:
    client, csrf = world.reader()
    sent = {"csrf_token": csrf, "name": "Hút thuốc", "query": "?rule=smoking"}
    assert "/flags?rule=smoking" == client.post("/filters", data=sent, follow_redirects=False).headers["location"]
    assert "Hút thuốc" in client.get("/flags").text
    with world.database.transaction() as session:
        (kept,) = ReviewRepository(session).filters_of(user_id(world, "thanhtra"))
    client.post(f"/filters/{kept.filter_id}/delete", data={"csrf_token": csrf, "query": ""})
    assert "Hút thuốc" not in client.get("/flags").text
    assert 422 == client.post("/filters", data={**sent, "name": " "}).status_code


def test_only_those_who_judge_may_select_and_never_a_random_check(world: World) -> None:
    world.add_user("soat", Role.AUDITOR, "Kiểm toán")
    world.add_event(evidence={EvidenceKind.SNAPSHOT: b"jpeg"})
    assert 1 == world.reader()[0].get("/flags").text.count('class="pick needs-script"')
    auditor = world.reader("soat")[0].get("/flags").text
    assert 'class="pick' not in auditor and 'id="bulk"' not in auditor
    assert 'class="pick' not in world.reader()[0].get("/flags?state=all").text


def test_what_asks_for_a_verdict_stands_only_where_one_may_be_given(world: World) -> None:
    world.add_user("soat", Role.AUDITOR, "Kiểm toán")
    event = world.add_event()
    asked, read = (world.reader(login)[0].get(f"/flags/{event}").text for login in ("thanhtra", "soat"))
    assert "Nhận định của bạn</h2>" in asked and "nếu còn nghi ngờ" in asked
    assert "Nhận định</h2>" in read and "nếu còn nghi ngờ" not in read
    for login in ("thanhtra", "hai"):
        say(world, event, Verdict.BREACH, login)
    given = world.reader("thanhtra")[0].get(f"/flags/{event}").text
    assert "Nhận định</h2>" in given and "nếu còn nghi ngờ" not in given


def test_the_newest_of_several_verdicts_is_said_to_be_it(world: World) -> None:
    event = world.add_event()
    say(world, event, Verdict.BREACH, "thanhtra")
    assert "mới nhất" not in world.reader("thanhtra")[0].get(f"/flags/{event}").text
    say(world, event, Verdict.NO_BREACH, "hai")
    history = world.reader("thanhtra")[0].get(f"/flags/{event}").text.split('class="history"')[1]
    assert 1 == history.count("mới nhất")
    assert history.index("mới nhất") < history.index("Lê Thị Hai") < history.index("Trần Văn Minh")


def test_what_would_make_it_no_breach_is_one_step_from_the_verdict(world: World) -> None:
    html = world.reader()[0].get(f"/flags/{world.add_event()}").text
    panel = html.split('id="verdict"')[1].split("</form>")[0]
    assert 'href="#fairness-title"' in panel and 'id="fairness-title"' in html
