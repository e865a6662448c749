"""What the pages say of a hearing: to the inspection beside the flag, and to the person it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.hearing_world import HearingWorld, Person, make_world
from tests.web_world import MONDAY


@pytest.fixture
def world(tmp_path: Path) -> Iterator[HearingWorld]:
    world = make_world(tmp_path)
    yield world
    world.close()


def chips(html: str) -> list[tuple[str, str]]:
    """Return the chips of a page but those of the history of verdicts: how they look, what they say."""
    return [one for one in re.findall(r'<span class="chip ?([^"]*)">([^<]*)</span>', html) if ": " not in one[1]]


def notices(html: str) -> list[tuple[str, str]]:
    """Return the notices at the top of a page: how they look, what they say."""
    top = html.split('<section class="answer-part"')[0]
    found = re.findall(r'<p class="notice ?([^"]*)"[^>]*>(.*?)</p>', top, re.DOTALL)
    return [(look, re.sub(r"<[^>]*>", "", words).strip()) for look, words in found]


def test_a_flag_that_two_confirmed_is_no_finding_and_says_what_the_hearing_came_to(world: HearingWorld) -> None:
    event_id = world.add_confirmed()
    client, _ = world.reader("thanhtra")
    pages = (f"/flags/{event_id}", "/flags?state=reviewed")

    def seen() -> list[tuple[str, str]]:
        client, _ = world.reader("thanhtra")  # days pass: the session before has ended
        first, second = (chips(client.get(page).text) for page in pages)
        assert first == second
        return first

    waits = [("chip-warn", "Hai người cùng xác nhận, chưa kết luận")]
    assert waits == seen()
    opened = world.open(event_id)
    assert waits == seen()
    assert "Người liên quan đang giải trình." in client.get(pages[0]).text
    world.clock.at += timedelta(days=9)
    world.step("truongdoan", opened["case_id"], "conclusion", outcome="upheld")
    assert [("chip-breach", "Có vi phạm")] == seen()
    world.person(opened).send("appeal")
    assert [("chip-warn", "Đang giải quyết khiếu nại")] == seen()
    assert "Đang giải quyết khiếu nại." in world.reader("thanhtra")[0].get(pages[0]).text
    world.step("pho", opened["case_id"], "appeal_conclusion", outcome="not_upheld")
    assert [("chip-fine", "Không vi phạm")] == seen()
    shown = world.reader("thanhtra")[0].get(pages[0]).text
    day = world.clock.at.strftime("%d/%m/%Y")
    assert f"Kết luận sau giải trình: không vi phạm ({day})." in shown
    assert "Hồ sơ giải trình đã khép lại. Các nhận định được giữ nguyên." in shown


def test_each_verdict_in_the_history_is_told_as_that_of_one_person(world: HearingWorld) -> None:
    client, _ = world.reader("thanhtra")
    history = client.get(f"/flags/{world.add_confirmed()}").text.split('<ol class="history">')[1].split("</ol>")[0]
    assert [("chip-breach", "Nhận định: vi phạm")] * 2 == re.findall(r'class="chip ([^"]*)">([^<]*)<', history)


def concluded(world: HearingWorld, outcome: str) -> tuple[dict[str, Any], Person]:
    opened = world.open(world.add_confirmed())
    person = world.person(opened)
    person.send(is_complete="1")
    world.step("truongdoan", opened["case_id"], "conclusion", outcome=outcome)
    return opened, person


def test_the_personal_page_begins_with_the_deadline_and_speaks_to_the_person(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    person = world.person(opened)
    ((look, words),) = notices(person.client.get("/answer").text)
    assert "notice-calm" == look
    assert re.fullmatch(r"Đây chưa phải là kết luận\. Hạn giải trình: hết ngày \d\d/\d\d/\d{4}\.", words)
    person.send(is_complete="1")
    shown = person.client.get("/answer").text
    assert ["Thông báo gửi ông/bà", "Giải trình của ông/bà"] == re.findall(
        '<div class="step-head"><h3>(.*?)</h3>', shown
    )
    assert "Ông/bà cho biết đã giải trình xong." in shown
    ((look, words),) = notices(shown)
    assert "notice-calm" == look and "có thể có kết luận bất cứ lúc nào" in words
    assert "Nếu thuộc một trong các trường hợp này" in shown
    inspector, _ = world.reader("thanhtra")
    theirs = inspector.get(f"/cases/{opened['case_id']}").text
    assert "Nội dung giải trình" in theirs and "Thông báo gửi ông/bà" not in theirs


def test_what_was_stored_is_told_only_while_it_is_the_last_step(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    person = world.person(opened)
    person.send(is_complete="1")
    stored = ("notice-good", "Giải trình của ông/bà đã được lưu và chuyển đến đoàn thanh tra.")
    assert stored in notices(person.client.get("/answer?done=response").text)
    world.step("truongdoan", opened["case_id"], "conclusion", outcome="not_upheld")
    shown = person.client.get("/answer?done=response").text
    told = [("notice-good", "Kết luận: không vi phạm. Hồ sơ đã khép lại, ông/bà không cần làm gì.")]
    assert told == notices(shown)
    assert "Nếu thuộc một trong các trường hợp này" not in shown


def test_a_breach_that_was_upheld_is_told_with_the_last_day_of_the_appeal(world: HearingWorld) -> None:
    _, person = concluded(world, "upheld")
    ((_, words),) = notices(person.client.get("/answer").text)
    assert re.fullmatch(r"Kết luận: có vi phạm\. Ông/bà có thể khiếu nại đến hết ngày \d\d/\d\d/\d{4}\.", words)


def test_an_officer_finds_the_own_page_first_and_is_asked_nothing_about_the_list(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    officer, _ = world.reader("hanh")
    shown = officer.get(f"/cases/{opened['case_id']}").text
    assert 'class="hearing hearing-own"' in shown and "Hồ sơ này liên quan đến ông/bà" in shown
    assert "Thông báo gửi ông/bà" in shown
    assert "case-filters" not in officer.get("/cases").text
    inspector, _ = world.reader("thanhtra")
    assert "hearing-own" not in inspector.get(f"/cases/{opened['case_id']}").text
    assert "case-filters" in inspector.get("/cases").text


def lines_of(html: str) -> list[str]:
    """Return the lines of a list of hearings, as words."""
    found = re.findall(r'<a class="case-line.*?</a>', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", line).split()) for line in found]


def test_a_list_tells_hearings_apart_and_speaks_to_whoever_is_heard(world: HearingWorld) -> None:
    waits = world.open(world.add_confirmed())
    answered = world.open(world.add_confirmed(at=MONDAY + timedelta(hours=1)))
    world.person(answered).send(is_complete="1")
    inspector, _ = world.reader("thanhtra")
    ours = lines_of(inspector.get("/cases").text)
    assert len(ours) == 2 and len(set(ours)) == 2
    assert re.search(r"\d\d:\d\d \d\d/\d\d/\d{4} Chờ kết luận kết luận đến hết ngày \d\d/\d\d/\d{4}", ours[0])
    officer, _ = world.reader("hanh")
    first, second = lines_of(officer.get("/cases").text)
    assert "Chờ ông/bà giải trình giải trình đến hết ngày" in first, "their own turn comes first"
    assert "Chờ kết luận" in second
    own = officer.get(f"/cases/{waits['case_id']}").text
    assert "Ông/bà có thể giải trình đến hết ngày" in own
    world.step("truongdoan", waits["case_id"], "withdrawn")
    told = next(line for line in lines_of(officer.get("/cases").text) if "Đã rút" in line)
    assert told.startswith("Hồ sơ giải trình Đã rút"), "it may not have been this person"


def test_paper_says_which_case_or_flag_it_is_of_when_and_whose(world: HearingWorld) -> None:
    opened = world.open(world.add_confirmed())
    client, _ = world.reader("thanhtra")
    at = (world.clock.at + timedelta(hours=7)).strftime("%H:%M %d/%m/%Y")
    for page, words in (
        (f"/cases/{opened['case_id']}", f"Hồ sơ {opened['case_id']}"),
        (f"/flags/{opened['event_id']}", f"Phát hiện {opened['event_id']}"),
    ):
        line = f'<p class="print-only">{words} · nội dung lúc {at} · người in Trần Văn Minh</p>'
        assert line in client.get(page).text, page
