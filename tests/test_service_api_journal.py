"""The journal over the API: who reads it, how it is narrowed and paged, and what a program can check by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.custody import erase_body
from service.db.journal import JournalRepository
from service.db.records import Role, Verdict
from service.evidence.journal import RowKind, facts_of
from service.evidence.offline.journal_rows import ROW_DOMAIN, is_signed, leaf_of, root_by, row_from
from tests.journal_world import JournalWorld
from tests.verdicts import judge, second_breach
from tests.web_world import TestClient

JOURNAL = "/api/v1/journal"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[JournalWorld]:
    made = JournalWorld(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def auditor(world: JournalWorld) -> TestClient:
    return world.reader("auditor")[0]


def seqs(client: TestClient, **asked: Any) -> list[int]:
    answer = client.get(JOURNAL, params=asked)
    assert 200 == answer.status_code, answer.text
    return [row["seq"] for row in answer.json()["items"]]


def reads(world: JournalWorld) -> list[Any]:
    """What the journal says of those who read it, oldest first."""
    with world.database.transaction() as session:
        found = JournalRepository(session).latest(limit=100, kinds=[RowKind.JOURNAL_READ])
        return [facts_of(row) for row in reversed(found)]


def test_rows_come_newest_first_and_pages_follow_each_other(world: JournalWorld, auditor: TestClient) -> None:
    noted = [world.note(RowKind.EVENT_VIEWED) for _ in range(5)]
    first = auditor.get(JOURNAL, params={"kind": "event_viewed", "limit": 3}).json()
    assert (noted[:1:-1], noted[2]) == ([row["seq"] for row in first["items"]], first["next"])
    rest = auditor.get(JOURNAL, params={"kind": "event_viewed", "limit": 3, "before_seq": first["next"]}).json()
    assert (noted[1::-1], None) == ([row["seq"] for row in rest["items"]], rest["next"])


def test_rows_are_narrowed_by_kind_subject_and_time(world: JournalWorld, auditor: TestClient) -> None:
    seen = world.note(RowKind.EVENT_VIEWED)
    noon = world.clock.at.isoformat()
    locked = world.note(RowKind.LOCKED)
    other = world.note(RowKind.LOCKED, subject="event-2")
    assert [other, locked] == seqs(auditor, kind="locked")
    assert [locked, seen] == seqs(auditor, subject=world.event_id)
    assert [locked] == seqs(auditor, subject=world.event_id, kind="locked")
    assert [seen] == seqs(auditor, subject=world.event_id, since=noon, until="2025-10-20T17:02:00+07:00")
    assert [] == seqs(auditor, subject="event-2", until=noon)


@pytest.mark.parametrize(
    "asked",
    [{"kind": "nope"}, {"since": "2025-10-20T08:00:00"}, {"before_seq": -1}, {"before_seq": 2**63}, {"limit": 201}],
)
def test_what_cannot_be_understood_is_refused(auditor: TestClient, asked: dict[str, Any]) -> None:
    assert 422 == auditor.get(JOURNAL, params=asked).status_code


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMIN, Role.AUDITOR)])
def test_only_those_who_hold_the_right_read_it(world: JournalWorld, role: Role) -> None:
    client, _ = world.reader(str(role))
    assert [403] * 3 == [client.get(JOURNAL + path).status_code for path in ("", "/0", "/head")]
    assert [] == reads(world)


def test_that_it_was_read_is_a_row_with_what_was_asked(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.LOCKED)
    auditor.get(JOURNAL, params={"kind": "locked", "subject": world.event_id})
    auditor.get(JOURNAL, params={"subject": "Nguyễn Thị Hạnh"})
    auditor.get(f"{JOURNAL}/{row}")
    listed, searched, opened = reads(world)
    assert (world.user_id("auditor"), "locked", world.event_id, [row, row], 1) == tuple(
        listed[name] for name in ("user", "kind", "subject", "rows", "shown")
    )
    assert ([row, row], 1) == (opened["rows"], opened["shown"])
    assert searched["subject"].startswith("sha256:"), "what people type in is not written down"


def test_only_who_sees_accounts_is_told_the_login(world: JournalWorld, auditor: TestClient) -> None:
    row, who = world.note(RowKind.EVENT_VIEWED), world.user_id("inspector")
    admin, _ = world.reader("admin")
    for client, login in ((auditor, None), (admin, "inspector")):
        found = client.get(f"{JOURNAL}/{row}").json()
        assert (who, login) == (found["user_id"], found["login"])


def test_of_a_changed_account_the_one_who_changed_it_is_named(world: JournalWorld, auditor: TestClient) -> None:
    admin, inspector = world.user_id("admin"), world.user_id("inspector")
    row = world.note(RowKind.ACCOUNT_CHANGED, by=admin, subject=f"user-{inspector}")
    assert admin == auditor.get(f"{JOURNAL}/{row}").json()["user_id"]


def test_a_program_can_check_a_row_by_what_it_is_told(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    world.note(RowKind.EVENT_VIEWED)
    world.publish()
    head = auditor.get(JOURNAL + "/head").json()
    told = auditor.get(f"{JOURNAL}/{row}").json()
    with world.database.transaction() as session:
        stored = JournalRepository(session).row(row)
    leaf, proof = leaf_of(stored.header()), told["proof"]
    assert (leaf.hex(), []) == (told["leaf"], told["faults"])
    assert is_signed(world.pen.signer.public_key, bytes.fromhex(told["signature"]), ROW_DOMAIN + stored.header())
    root = root_by(leaf, row, proof["size"], [bytes.fromhex(step) for step in proof["path"]])
    assert root is not None
    assert (root.hex(), True) == (head["published"]["root"], proof["is_published"])
    assert (head["published"]["size"], head["key_id"]) == (proof["size"], told["key_id"])
    assert stored == row_from(stored.to_json())


def test_before_any_head_was_given_out_rows_are_proved_under_the_journal_as_it_stands(
    world: JournalWorld, auditor: TestClient
) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    head, told = auditor.get(JOURNAL + "/head").json(), auditor.get(f"{JOURNAL}/{row}").json()
    assert (None, row + 1) == (head["published"], head["size"])
    assert (head["root"], False, True) == tuple(told["proof"][name] for name in ("root", "is_published", "is_good"))


def test_a_changed_row_is_named_in_the_readers_language(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    world.tamper(row, body='{"user":99}')
    for language, words in (("vi", "nội dung đã bị thay đổi"), ("en", "its body was changed")):
        auditor.cookies.set("congvu_language", language)
        (fault,) = auditor.get(f"{JOURNAL}/{row}").json()["faults"]
        assert ("row_body_changed", f"{words}") == (fault["code"], fault["words"].partition(": ")[2])


@pytest.mark.parametrize("body", ["[1]", "no JSON", "", None])
def test_a_body_that_is_no_body_is_told_as_none_and_as_a_fault(
    world: JournalWorld, auditor: TestClient, body: str | None
) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    world.tamper(row, body=body)
    told = auditor.get(f"{JOURNAL}/{row}").json()
    assert (None, None, 1) == (told["facts"], told["user_id"], len(told["faults"]))
    assert row in seqs(auditor)


def test_a_body_erased_by_law_is_no_fault(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    erase_body(world.database, world.pen, row, basis="Law 91/2025/QH15")
    told = auditor.get(f"{JOURNAL}/{row}").json()
    assert (None, []) == (told["facts"], told["faults"])


def test_what_is_not_there_is_not_found(auditor: TestClient) -> None:
    assert 404 == auditor.get(JOURNAL + "/987654").status_code


def test_what_has_not_changed_is_not_sent_again_and_yet_noted(world: JournalWorld, auditor: TestClient) -> None:
    row = world.note(RowKind.EVENT_VIEWED)
    world.publish()
    for path in (f"{JOURNAL}?kind=event_viewed", f"{JOURNAL}/{row}"):
        before = len(reads(world))
        etag = auditor.get(path).headers["etag"]
        assert 304 == auditor.get(path, headers={"If-None-Match": etag}).status_code
        assert before + 2 == len(reads(world))


def test_a_first_look_is_kept_from_who_might_be_asked_for_the_second(world: JournalWorld, auditor: TestClient) -> None:
    """Else an administrator, who may judge, would read the first verdict here."""
    seen = world.note(RowKind.EVENT_VIEWED)
    with world.database.transaction() as session:
        judge(session, world.event_id, Verdict.BREACH, by=world.user_id("inspector"), at=world.clock.at)
    verdict = world.note(RowKind.VERDICT_GIVEN, verdict="breach")
    after = world.note(RowKind.EVENT_VIEWED)
    admin, _ = world.reader("admin")

    def told(client: TestClient) -> tuple[Any, ...]:
        rows = {row["seq"]: row for row in client.get(JOURNAL).json()["items"]}
        row = rows[verdict]
        before = client.get(f"{JOURNAL}/{after}").json()["subject_prev"]
        return row["subject"], row["facts"] is None, row["is_withheld"], before

    assert ("", True, True, None) == told(admin)
    assert [after, seen] == seqs(admin, subject=world.event_id)
    assert 403 == admin.get(f"{JOURNAL}/{verdict}").status_code
    assert (world.event_id, False, False, verdict) == told(auditor)

    with world.database.transaction() as session:
        second_breach(session, world.event_id, at=world.clock.at)
    assert (world.event_id, False, False, verdict) == told(admin)
    assert 200 == admin.get(f"{JOURNAL}/{verdict}").status_code


def test_who_gave_the_first_look_reads_of_it(world: JournalWorld) -> None:
    with world.database.transaction() as session:
        judge(session, world.event_id, Verdict.BREACH, by=world.user_id("admin"), at=world.clock.at)
    verdict = world.note(RowKind.VERDICT_GIVEN, login="admin", verdict="breach")
    assert 200 == world.reader("admin")[0].get(f"{JOURNAL}/{verdict}").status_code


@pytest.mark.parametrize("since", ["0", "0.0", "1760000000", "-5", "2025-10-20", "1999-12-31T00:00:00Z"])
def test_a_moment_is_written_out_with_its_zone_within_the_days_that_may_be_asked_for(
    auditor: TestClient, since: str
) -> None:
    assert 422 == auditor.get(JOURNAL, params={"since": since}).status_code
