"""The journal: chained, signed, proved; every dropped, doubled, moved or edited row is found and named."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.custody import erase_body, open_journal, open_pen, replace_lost_key, rotate_key
from service.db.journal import JournalRepository
from service.db.session import Database
from service.errors import KeyNotInForce, KeyUnusable, Refused
from service.evidence.journal import RowKind, facts_of
from service.evidence.offline import journal_file
from service.evidence.offline.journal_file import JournalCheck
from service.evidence.offline.journal_rows import (
    NO_LEAF,
    JournalRow,
    grow,
    leaf_of,
    node_of,
    root_by,
    root_of,
    row_from,
)
from service.evidence.signing import KeyFolder, Signer
from service.evidence.tree import path_of
from tests.databases import KINDS, empty_database
from tests.verifiers import the_script
from tests.web_world import SettableClock

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys")


def written(database: Database, signer: Signer, rows: int) -> None:
    for i in range(rows):
        with database.transaction() as session:
            JournalRepository(session, signer).note(
                RowKind.EVENT_VIEWED, {"user": i}, at=NOW + timedelta(seconds=i), subject=f"event-{i % 3}"
            )


def rows_of(database: Database) -> list[JournalRow]:
    with database.transaction() as session:
        return [row for row, _ in JournalRepository(session).rows(batch=7)]


def checked(rows: list[JournalRow], verifier: ModuleType = journal_file) -> tuple[JournalCheck, list[Any]]:
    check = verifier.JournalCheck()
    return check, [fault for row in rows for fault in check.take(row)]


def faults_of(rows: list[JournalRow], verifier: ModuleType = journal_file) -> list[Any]:
    return checked(rows, verifier)[1]


def test_an_untouched_journal_has_no_fault(database: Database, keys: KeyFolder) -> None:
    signer = open_journal(database, keys, at=NOW)
    written(database, signer, 20)
    rows = rows_of(database)
    assert (21, [], {"user": 3}) == (len(rows), faults_of(rows), facts_of(rows[4]))
    assert rows == [row_from(row.to_json()) for row in rows]


def test_every_row_is_proved_under_every_head(database: Database, keys: KeyFolder) -> None:
    signer = open_journal(database, keys, at=NOW)
    written(database, signer, 36)
    rows = rows_of(database)
    peaks: list[bytes] = []
    roots = []
    for row in rows:
        peaks, _ = grow(peaks, row.seq, row.leaf())
        roots.append(root_of(peaks))
    with database.transaction() as session:
        journal = JournalRepository(session)
        assert roots[-1] == journal.head().root
        for size in (1, 2, 3, 8, 21, 32, 37):
            for row in rows[:size]:
                assert roots[size - 1] == root_by(row.leaf(), row.seq, size, journal.proof(row.seq, size))


def test_a_rotated_key_goes_on_and_the_old_one_may_not(database: Database, keys: KeyFolder) -> None:
    old = open_journal(database, keys, at=NOW)
    new = rotate_key(database, keys, old, at=NOW, reason="yearly")
    written(database, new, 2)
    with pytest.raises(KeyNotInForce):
        written(database, old, 1)
    check, faults = checked(rows_of(database))
    assert ([], [], new.key_id) == (faults, check.keys.breaks, check.keys.active)
    assert new.key_id == open_journal(database, keys, at=NOW).key_id


def test_a_crash_between_journal_and_key_file_is_made_good(database: Database, keys: KeyFolder) -> None:
    old = open_journal(database, keys, at=NOW)
    new = rotate_key(database, keys, old, at=NOW, reason="yearly")
    # as it was before the successor took its name
    keys.keep_next(new)
    keys.keep(old)
    assert new.key_id == open_journal(database, keys, at=NOW).key_id
    assert keys.load_next() is None


def test_a_lost_key_is_replaced_and_every_check_says_so(database: Database, keys: KeyFolder) -> None:
    lost = open_journal(database, keys, at=NOW)
    with pytest.raises(Refused, match="nothing is lost"):
        replace_lost_key(database, keys, at=NOW, reason="?")
    keys.path.unlink()
    with pytest.raises(KeyNotInForce, match="key-lost"):
        open_journal(database, keys, at=NOW)
    written(database, replace_lost_key(database, keys, at=NOW, reason="the disk died"), 2)
    check, faults = checked(rows_of(database))
    assert ([], [1], ["key_replaced"]) == (
        faults,
        [seq for seq, _ in check.keys.breaks],
        [fault.code for fault in check.finish()],
    )
    assert lost.key_id in check.keys.public


def test_a_key_with_a_passphrase_opens_only_with_it(tmp_path: Path) -> None:
    KeyFolder(tmp_path, "đúng").keep(Signer.fresh())
    assert KeyFolder(tmp_path, "đúng").load() is not None
    for wrong, says in (("", "is encrypted"), ("sai", "is not the one of this file")):
        with pytest.raises(KeyUnusable, match=says):
            KeyFolder(tmp_path, wrong).load()
    assert 0o600 == (tmp_path / "signing.pem").stat().st_mode & 0o777


def test_a_plain_key_is_encrypted_by_the_next_rotation_once_a_passphrase_is_set(
    database: Database, tmp_path: Path
) -> None:
    plain = open_journal(database, KeyFolder(tmp_path), at=NOW)
    locked = KeyFolder(tmp_path, "mới")
    rotate_key(database, locked, open_journal(database, locked, at=NOW), at=NOW, reason="passphrase")
    assert b"ENCRYPTED" in locked.path.read_bytes()
    assert plain.key_id != open_journal(database, locked, at=NOW).key_id
    locked.path.write_bytes(b"something else")
    with pytest.raises(KeyUnusable, match="this is no key"):
        locked.load()


def test_one_missing_row_is_one_fault_and_not_one_for_every_row_behind_it(database: Database, keys: KeyFolder) -> None:
    written(database, open_journal(database, keys, at=NOW), 60)
    rows = rows_of(database)
    del rows[5]
    # the row, the chain, the subject, and nothing of the rows that are there
    assert {5, 6, 8} == {int(fault.part.split()[-1]) for fault in faults_of(rows)}


def test_an_erased_body_leaves_the_chain_whole(database: Database, keys: KeyFolder) -> None:
    written(database, open_journal(database, keys, at=NOW), 5)
    pen = open_pen(database, keys, SettableClock(NOW))
    erase_body(database, pen, 3, basis="Law 91/2025/QH15")
    for kept in (0, 6):  # a key, and what was erased
        with pytest.raises(Refused):
            erase_body(database, pen, kept, basis="?")
    rows = rows_of(database)
    check, faults = checked(rows)
    assert (None, [], []) == (rows[3].body, faults, check.finish())


def test_a_body_that_was_erased_without_a_word_is_found(database: Database, keys: KeyFolder) -> None:
    written(database, open_journal(database, keys, at=NOW), 5)
    with database.transaction() as session:
        JournalRepository(session).erase_body(3)
    check, faults = checked(rows_of(database))
    assert [] == faults
    assert ["journal row 3"] == [fault.part for fault in check.finish()]


def test_writers_at_the_same_time_make_one_chain(database: Database, keys: KeyFolder) -> None:
    from concurrent.futures import ThreadPoolExecutor

    signer = open_journal(database, keys, at=NOW)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: written(database, signer, 10), range(8)))
    rows = rows_of(database)
    assert (81, []) == (len(rows), faults_of(rows))


JOURNAL_ROWS = 24


def a_journal() -> list[JournalRow]:
    """Make a journal of several subjects with a rotated key, in memory."""
    from service.evidence.journal import JournalEnd, body_of, next_row, signed

    rows: list[JournalRow] = []
    first, second = Signer.fresh(), Signer.fresh()
    latest: dict[str, int] = {}
    leaf, signer = NO_LEAF, first
    for seq in range(JOURNAL_ROWS):
        kind, subject, facts = RowKind.EVENT_VIEWED, f"event-{seq % 4}", {"user": seq}
        if seq == 0:
            kind, subject, facts = RowKind.JOURNAL_OPENED, "keys", {"public_key": first.public_key.hex()}
        elif seq == 11:
            kind, subject = RowKind.KEY_ROTATED, "keys"
            facts = {"public_key": second.public_key.hex(), "accepted": second.accept(first.key_id).hex()}
        end = JournalEnd(seq, leaf, latest.get(subject))
        row = next_row(end, kind, subject=subject, body=body_of(facts), at_us=seq, key_id=signer.key_id)
        row = signed(row, signer.sign_row(row.header()))
        rows.append(row)
        latest[subject], leaf = seq, row.leaf()
        signer = second if seq >= 11 else first
    return rows


GENUINE = a_journal()
GENUINE_PEAKS: list[bytes] = []
for _row in GENUINE:
    GENUINE_PEAKS, _ = grow(GENUINE_PEAKS, _row.seq, _row.leaf())


def changed(row: JournalRow, field: str, rng: random.Random) -> JournalRow:
    value = getattr(row, field)
    if value is None:
        return replace(row, **{field: rng.randrange(30)})
    if isinstance(value, int):
        return replace(row, **{field: value + rng.choice([-1, 1, 7])})
    if isinstance(value, bytes):
        at = rng.randrange(len(value))
        return replace(row, **{field: value[:at] + bytes([value[at] ^ (1 << rng.randrange(8))]) + value[at + 1 :]})
    at = rng.randrange(len(value) + 1)
    return replace(row, **{field: value[:at] + "x" + value[at + 1 :]})


@st.composite
def tampering(draw: st.DrawFn) -> tuple[str, list[JournalRow]]:
    rows = list(GENUINE)
    how = draw(st.sampled_from(["drop", "double", "move", "swap", "edit", "renumber", "replay"]))
    i = draw(st.integers(0, len(rows) - 1))
    j = draw(st.integers(0, len(rows) - 1).filter(lambda j: j != i))
    rng = random.Random(draw(st.integers(0, 2**32)))
    if how == "drop":
        # the end of a journal that is cut off is found by its published heads, not by the rows
        del rows[min(i, len(rows) - 2)]
    elif how == "double":
        rows.insert(j, rows[i])
    elif how == "move":
        rows.insert(j, rows.pop(i))
    elif how == "swap":
        rows[i], rows[j] = rows[j], rows[i]
    elif how == "edit":
        fields = ["seq", "at_us", "kind", "subject", "subject_prev", "prev", "body_sha256", "key_id", "signature"]
        rows[i] = changed(rows[i], draw(st.sampled_from([*fields, "body"])), rng)
    elif how == "renumber":
        del rows[min(i, len(rows) - 2)]
        rows = [replace(row, seq=seq) for seq, row in enumerate(rows)]
    else:
        rows[j] = replace(rows[i], seq=rows[j].seq, prev=rows[j].prev)
    return how, rows


@pytest.mark.parametrize("verifier", [journal_file, the_script()], ids=["command", "script"])
@settings(max_examples=400, deadline=None)
@given(tampered=tampering())
def test_every_way_of_tampering_with_rows_is_found(
    verifier: ModuleType, tampered: tuple[str, list[JournalRow]]
) -> None:
    how, rows = tampered
    if rows == GENUINE:
        assert "move" == how  # put back where it was
        return
    # the script has a row type of its own
    assert [] != faults_of([verifier.row_from(row.to_json()) for row in rows], verifier)


@given(st.integers(1, 300), st.data())
def test_proofs_agree_with_a_tree_built_plainly(size: int, data: st.DataObject) -> None:
    leaves = [leaf_of(str(i).encode()) for i in range(size)]

    def plainly(first: int, last: int) -> bytes:
        if last - first == 1:
            return leaves[first]
        half = 1
        while half * 2 < last - first:
            half *= 2
        return node_of(plainly(first, first + half), plainly(first + half, last))

    peaks: list[bytes] = []
    for seq, leaf in enumerate(leaves):
        peaks, _ = grow(peaks, seq, leaf)
    assert plainly(0, size) == root_of(peaks)
    seq = data.draw(st.integers(0, size - 1))
    path = path_of(seq, size, lambda subtree: plainly(*subtree))
    assert plainly(0, size) == root_by(leaves[seq], seq, size, path)
    wrong = data.draw(st.integers(0, size - 1))
    assert (plainly(0, size) == root_by(leaves[seq], wrong, size, path)) == (wrong == seq)
    assert plainly(0, size) != root_by(leaves[seq], seq, size, [*path, leaves[0]])


def test_a_running_program_takes_the_rotated_key_from_its_file(database: Database, keys: KeyFolder) -> None:
    pen = open_pen(database, keys, SettableClock(NOW))
    rotate_key(database, keys, pen.signer, at=NOW, reason="yearly")
    with database.transaction() as session:
        pen.note(session, RowKind.GAP, {"camera": "a"})
    assert (3, []) == (len(rows_of(database)), faults_of(rows_of(database)))
