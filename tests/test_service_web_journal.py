"""The pages of the journal: filters, paging, links that lead somewhere, and what checking says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete
from starlette.datastructures import QueryParams

import service
from service.custody import erase_body
from service.db.journal_tables import JournalRowRow
from service.db.records import Role, Verdict
from service.evidence.journal import Fact, RowKind
from service.web.journal import PAGE_SIZE, read_asked
from service.web.journal_facts import CHANGE_WORDS, facts_told
from service.web.journal_words import KIND_WORDS, fact_text
from tests.journal_world import JournalWorld
from tests.verdicts import judge
from tests.web_world import TestClient

PAGE = "/journal"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[JournalWorld]:
    made = JournalWorld(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def auditor(world: JournalWorld) -> TestClient:
    return world.reader("auditor")[0]


def text_of(client: TestClient, path: str = PAGE) -> str:
    answer = client.get(path)
    assert 200 == answer.status_code, answer.text
    return unescape(answer.text)


def rows_on(page: str) -> list[int]:
    """Numbers of the rows in the table."""
    return [int(seq) for seq in re.findall(r'<th scope="row" data-label="Dòng"><a href="/journal/(\d+)"', page)]


def older(page: str) -> str:
    found = re.search(r'rel="next" href="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_every_kind_of_row_has_words() -> None:
    assert {kind.value for kind in RowKind} == set(KIND_WORDS)


def test_rows_are_filtered_by_kind_subject_and_day(world: JournalWorld, auditor: TestClient) -> None:
    seen, locked = world.note(RowKind.EVENT_VIEWED), world.note(RowKind.LOCKED)
    assert [locked] == rows_on(text_of(auditor, f"{PAGE}?kind=locked"))
    assert [locked, seen] == rows_on(text_of(auditor, f"{PAGE}?subject={world.event_id}"))
    assert [locked, seen] == rows_on(
        text_of(auditor, f"{PAGE}?subject={world.event_id}&day=2025-10-20&until=2025-10-20")
    )
    for outside in ("day=2025-10-21", "until=2025-10-19"):
        assert "Không có dòng nào phù hợp</h2>" in text_of(auditor, f"{PAGE}?subject={world.event_id}&{outside}")


def test_a_day_begins_at_midnight_of_the_site(world: JournalWorld) -> None:
    world.clock.at = world.clock.at.replace(hour=16, minute=58)  # 23:58 there
    auditor, _ = world.reader("auditor")
    late, early = world.note(RowKind.LOCKED), [world.note(RowKind.LOCKED) for _ in range(3)]
    assert [late] == rows_on(text_of(auditor, f"{PAGE}?kind=locked&until=2025-10-20"))
    assert early[::-1] == rows_on(text_of(auditor, f"{PAGE}?kind=locked&day=2025-10-21"))


@pytest.mark.parametrize("query", ["day=nope", "day=1999-01-01", "day=2025-10-20&until=2025-10-19"])
def test_a_day_that_cannot_be_shown_is_said(auditor: TestClient, query: str) -> None:
    assert "Không thể hiển thị ngày đó" in text_of(auditor, f"{PAGE}?{query}")


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 19, "9" * 40, "١"])
def test_a_place_that_is_no_number_is_left_out(before: str) -> None:
    assert read_asked(QueryParams({"before": before})).before is None


def test_pages_follow_each_other_and_keep_the_filters(world: JournalWorld, auditor: TestClient) -> None:
    noted = [world.note(RowKind.LOCKED) for _ in range(PAGE_SIZE + 2)]
    first = text_of(auditor, f"{PAGE}?kind=locked")
    second = text_of(auditor, older(first))
    assert noted[::-1] == rows_on(first) + rows_on(second)
    assert 'rel="next"' not in second
    assert '<option value="locked" selected>' in second


def test_what_is_checked_is_what_was_shown_though_rows_were_added(world: JournalWorld, auditor: TestClient) -> None:
    world.note(RowKind.EVENT_VIEWED)
    shown = text_of(auditor)
    top = re.search(r'name="before" value="(\d+)"', shown)
    assert top is not None
    world.note(RowKind.EVENT_VIEWED)
    checked = text_of(auditor, f"{PAGE}?before={top[1]}&check=1")
    assert rows_on(shown) == rows_on(checked)
    assert "Những dòng đang xem vẫn như lúc ghi" in checked
    assert "Chưa công bố mã xác nhận nào của sổ; các dòng được đối chiếu với toàn bộ sổ hiện tại." in checked
    assert "congvu journal verify" in checked


def test_checking_says_how_many_rows_the_published_head_vouches_for(world: JournalWorld, auditor: TestClient) -> None:
    before = [world.note(RowKind.EVENT_VIEWED) for _ in range(3)]
    world.publish()
    world.note(RowKind.EVENT_VIEWED)
    checked = text_of(auditor, f"{PAGE}?kind=event_viewed&check=1")
    assert f"gồm {before[-1] + 1} dòng, còn nguyên vẹn" in checked
    assert "3 dòng được mã này xác nhận." in checked
    assert "Các dòng còn lại mới hơn" in checked


def test_checking_names_a_changed_row_and_says_what_to_do(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    world.tamper(row, body='{"user":1}')
    checked = text_of(auditor, f"{PAGE}?check=1")
    assert f"dòng sổ {row}: nội dung đã bị thay đổi" in checked
    assert "Không thay đổi gì trên máy chủ" in checked
    assert "Những dòng đang xem vẫn như lúc ghi" not in checked
    assert "nội dung đã bị thay đổi" in text_of(auditor, f"{PAGE}/{row}")


def test_a_row_that_is_gone_is_missed(world: JournalWorld, auditor: TestClient) -> None:
    gone, after = world.note(RowKind.LOCKED), world.note(RowKind.EVENT_VIEWED)
    with world.database.transaction() as session:
        session.execute(delete(JournalRowRow).where(JournalRowRow.seq == gone))
    assert f"thiếu từ dòng này đến trước dòng {after}" in text_of(auditor, f"{PAGE}?check=1")
    assert 404 == auditor.get(f"{PAGE}/{gone}").status_code


def test_a_row_leads_to_what_it_is_about(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    camera = world.note(RowKind.RULE_SUSPENDED, subject="camera:cam-quay", rule="smoking")
    for path, place in ((row, f"/flags/{world.event_id}"), (camera, "/cameras/cam-quay")):
        page = text_of(auditor, f"{PAGE}/{path}")
        assert f'href="{place}"' in page
        assert 200 == auditor.get(place).status_code


def test_a_row_about_an_account_leads_there_only_those_who_may_see_it(world: JournalWorld, auditor: TestClient) -> None:
    number = world.user_id("inspector")
    row = world.note(RowKind.ACCOUNT_CHANGED, subject=f"user-{number}", by=world.user_id("admin"))
    place = f'href="/users/{number}"'
    assert place not in text_of(auditor, f"{PAGE}/{row}")
    admin, _ = world.reader("admin")
    page = text_of(admin, f"{PAGE}/{row}")
    assert place in page
    assert re.search(r'· <span title="admin">([^<]+)</span> <code>admin</code></p>', page)


def test_rows_about_a_hearing_lead_to_it(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.CASE_VIEWED, case="0b7c2a51")
    assert 'href="/cases/0b7c2a51"' in text_of(auditor, f"{PAGE}/{row}")


def test_what_was_erased_by_law_is_said_to_be(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    erase_body(world.database, world.pen, row, basis="Luật 91/2025/QH15")
    page = text_of(auditor, f"{PAGE}/{row}")
    assert "Nội dung đã được xóa theo luật" in page
    assert "Dòng này vẫn như lúc ghi" in page
    assert "Luật 91/2025/QH15" in text_of(auditor, f"{PAGE}/{row + 1}")


def test_what_came_into_a_row_by_force_is_shown_as_text(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    world.tamper(row, body='{"user":"<script>x</script>"}', kind="<b>", subject="user-../../x")
    page = auditor.get(f"{PAGE}/{row}").text
    assert "<script>x" not in page
    assert "<b>" not in page


def test_a_first_look_is_kept_from_an_administrator_and_not_from_an_auditor(
    world: JournalWorld, auditor: TestClient
) -> None:
    with world.database.transaction() as session:
        judge(session, world.event_id, Verdict.BREACH, by=world.user_id("inspector"), at=world.clock.at)
    row = world.note(RowKind.VERDICT_GIVEN, verdict="breach")
    admin, _ = world.reader("admin")
    page = text_of(admin, f"{PAGE}?kind=verdict_given&check=1")
    assert "tạm chưa cho xem" in page
    assert world.event_id not in page
    assert row not in rows_on(page)
    assert 403 == admin.get(f"{PAGE}/{row}").status_code
    assert world.event_id not in admin.get(f"{PAGE}/{row}").text
    assert [row] == rows_on(text_of(auditor, f"{PAGE}?kind=verdict_given"))


@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_may_read_it_are_led_there(world: JournalWorld, role: Role) -> None:
    client, _ = world.reader(str(role))
    may = role in (Role.ADMIN, Role.AUDITOR)
    assert may is ('href="/journal"' in text_of(client, "/account"))
    assert (200 if may else 403) == client.get(PAGE).status_code


def test_lists_and_nested_facts_are_told_in_a_line() -> None:
    assert "a, b" == fact_text(["a", "b"])
    assert "x: 1; y: –" == fact_text({"x": 1, "y": None})
    assert "–" == fact_text([])


ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def words_of(language: str = "vi", **facts: Fact) -> dict[str, str]:
    return {told.name: told.words for told in facts_told(facts, ZONE, language)}


def test_a_hearing_step_is_told_in_words_and_as_the_journal_holds_it(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.HEARING_STEP, case="0b7c2a51", step="notice", due_at="2025-11-11T17:00:00+00:00")
    page = text_of(auditor, f"{PAGE}/{row}")
    assert "<dd>Thông báo đề nghị giải trình <code>notice</code>" in page
    assert "<dd>hết ngày 11/11/2025 <code>2025-11-11T17:00:00+00:00</code>" in page
    assert '<code>0b7c2a51</code><a class="journal-link" href="/cases/0b7c2a51">' in page


def test_codes_are_told_by_the_words_of_their_pages() -> None:
    said = words_of(
        "en",
        verdict="no_breach",
        standing="disputed",
        reason="not_staff",
        part="ruling",
        rule="smoking",
        outcome="cannot_establish",
        role="auditor",
        state="mine",
        kind="clip.all_but_subject",
        columns=["display_name", "role"],
        ahead=True,
    )
    assert {
        "verdict": "No breach",
        "standing": "Seen differently by two",
        "reason": "A citizen or visitor, not staff",
        "part": "ruling of the team leader",
        "rule": "Possible smoking",
        "outcome": "It cannot be established",
        "role": "auditor (reads only)",
        "state": "Given to me",
        "kind": "Clip of the whole event (all but the person it is about are hidden)",
        "columns": "Name, Role",
        "ahead": "Yes",
    } == said


def test_times_are_those_of_the_place_and_only_an_end_at_midnight_is_the_day_before() -> None:
    midnight = "2025-11-11T17:00:00+00:00"
    assert {
        "since": "00:00:00 12/11/2025",
        "until": "hết ngày 11/11/2025",
        "due_at": "23:30:00 11/11/2025",
        "day": "20/10/2025",
    } == words_of(since=midnight, until=midnight, due_at="2025-11-11T16:30:00+00:00", day="2025-10-20")


def test_what_is_told_of_an_event_is_told_fact_by_fact() -> None:
    said = words_of(facts={"rule": "left_post", "end_reason": "ceased", "camera": "cam-quay"})
    assert {"rule": "Bàn làm việc để trống", "end_reason": "Sự việc đã chấm dứt", "camera": ""} == said


@pytest.mark.parametrize(
    "fact", ["", "9999-99-99T99:99:99Z", "0001-01-01T00:00:00+14:00", "2025-13-40", None, 7, -1, {"": ""}]
)
def test_what_has_no_words_stands_for_itself(fact: Fact) -> None:
    assert {"due_at": "", "kind": "", "size_bytes": ""} | ({"size_bytes": "0 kB"} if fact == 7 else {}) == words_of(
        due_at=fact, kind=fact, size_bytes=fact
    )


def test_every_change_of_an_account_has_words() -> None:
    found: set[str] = set()
    for path in (Path(service.__file__).parent / "api", Path(service.__file__).parent / "web"):
        for module in path.glob("*.py"):
            found |= set(re.findall(r'note_account\([^"\n]*"(\w+)"', module.read_text("utf-8")))
            found |= set(re.findall(r'_note\(work, session, \w+, "(\w+)"\)', module.read_text("utf-8")))
    assert found == set(CHANGE_WORDS)


def test_how_many_match_is_said_where_one_page_shows_them_all(world: JournalWorld, auditor: TestClient) -> None:
    for _ in range(PAGE_SIZE):
        world.note(RowKind.LOCKED)
    page = text_of(auditor, f"{PAGE}?kind=locked")
    assert f"{PAGE_SIZE} dòng phù hợp. Toàn bộ sổ có " in page
    world.note(RowKind.LOCKED)
    page = text_of(auditor, f"{PAGE}?kind=locked")
    assert "dòng phù hợp." not in page and "Toàn bộ sổ có " in page


def test_who_did_it_is_named_to_those_who_see_accounts(world: JournalWorld, auditor: TestClient) -> None:
    world.add_user("co-ten", name="Nguyễn Có Tên")
    world.note(RowKind.LOCKED, login="co-ten")
    admin, _ = world.reader("admin")
    assert '<span title="co-ten">Nguyễn Có Tên</span>' in text_of(admin, f"{PAGE}?kind=locked")
    assert "Nguyễn Có Tên" not in text_of(auditor, f"{PAGE}?kind=locked")
