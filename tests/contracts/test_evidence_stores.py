"""What every evidence store does. A new store adds itself to `tests.evidence_places`."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.errors import EvidenceExists, EvidenceHeld, EvidenceMissing
from service.evidence.bucket import BucketAccess
from service.evidence.store import EvidenceStore
from tests.commands import ROOT
from tests.contracts.s3_server import access_to, new_bucket, s3_server
from tests.evidence_places import KINDS, Place, content_of, is_whole, new_place, program, read


@pytest.fixture(scope="module")
def access() -> Iterator[BucketAccess]:
    with s3_server() as endpoint:
        yield access_to(endpoint)


@pytest.fixture(scope="module")
def bucket(access: BucketAccess) -> str:
    return new_bucket(access.endpoint)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path, access: BucketAccess, bucket: str) -> Place:
    return new_place(request.param, tmp_path, access, bucket)


@pytest.fixture
def store(place: Place) -> EvidenceStore:
    return place.open()


def keys(store: EvidenceStore, prefix: str = "") -> list[str]:
    return [seen.key for seen in store.stored(prefix)]


def test_what_is_put_is_there(store: EvidenceStore) -> None:
    content = os.urandom(3_000_000)
    assert hashlib.sha256(content).hexdigest() == store.put("camera/day/event/clip.mp4", content)
    with store.open("camera/day/event/clip.mp4") as file:
        assert 3_000_000 == file.seek(0, 2)
        file.seek(1000)
        assert content[1000:1010] == file.read(10)
        assert content[1010:] == file.read()
        assert b"" == file.read()
        file.seek(-10, 2)
        assert content[-10:] == file.read(100)


def test_another_process_sees_it(store: EvidenceStore, place: Place) -> None:
    store.put("a/b", b"x")
    store.hold("a/b")
    assert b"x" == read(place.open(), "a/b")
    with pytest.raises(EvidenceHeld):
        place.open().delete("a/b")


def test_the_same_key_again_replaces(store: EvidenceStore) -> None:
    store.put("a/b", b"old")
    store.put("a/b", b"new")
    assert b"new" == read(store, "a/b")


def test_what_is_read_is_one_version(store: EvidenceStore) -> None:
    old, new = os.urandom(3_000_000), os.urandom(3_000_000)
    store.put("a/b", old)
    with store.open("a/b") as file:
        start = file.read(10)
        store.put("a/b", new)
        try:
            rest = file.read()
        except EvidenceMissing:
            rest = old[10:]  # it says so: that is no other version's bytes
    assert old == start + rest
    assert new == read(store, "a/b")


def test_put_once_replaces_nothing(store: EvidenceStore) -> None:
    wanted = hashlib.sha256(b"first").hexdigest()
    assert wanted == store.put_once("a/b", b"first")
    assert wanted == store.put_once("a/b", b"first")
    with pytest.raises(EvidenceExists, match=wanted):
        store.put_once("a/b", b"other")
    assert b"first" == read(store, "a/b")


def test_what_is_not_there(store: EvidenceStore) -> None:
    for ask in (store.open, store.hold, store.release):
        with pytest.raises(EvidenceMissing):
            ask("a/b")
    with pytest.raises(EvidenceMissing):
        store.set_aside("a/b", "orphan")
    with pytest.raises(EvidenceMissing):
        store.restore("quarantine/orphan/a/b")
    store.delete("a/b")
    assert [] == keys(store)


def test_a_folder_is_no_object(store: EvidenceStore) -> None:
    store.put("a/b", b"x")
    with pytest.raises(EvidenceMissing):
        store.open("a")
    store.delete("a")
    with pytest.raises(EvidenceMissing):
        store.open("a/b/c")
    assert ["a/b"] == keys(store)


def test_delete(store: EvidenceStore) -> None:
    store.put("a/b", b"x")
    store.delete("a/b")
    with pytest.raises(EvidenceMissing):
        store.open("a/b")


@pytest.mark.parametrize(
    "key",
    ["../out", "/etc/passwd", "a/../../out", "", "a\\..\\b", "a//b", "a/", ".parts/x", "a/b.part", "a/./b", "a\nb"],
)
def test_keys_stay_inside(store: EvidenceStore, key: str) -> None:
    for ask in (store.open, store.hold, store.release, store.delete):
        with pytest.raises(EvidenceMissing):
            ask(key)
    for put in (store.put, store.put_once):
        with pytest.raises(EvidenceMissing):
            put(key, b"x")
    with pytest.raises(EvidenceMissing):
        store.set_aside(key, "orphan")
    assert [] == keys(store)


def test_what_is_held_stays(store: EvidenceStore) -> None:
    store.put("a/b", b"held")
    store.hold("a/b")
    store.hold("a/b")
    with pytest.raises(EvidenceHeld):
        store.delete("a/b")
    with pytest.raises(EvidenceHeld):
        store.put("a/b", b"held")
    with pytest.raises(EvidenceHeld):
        store.set_aside("a/b", "orphan")
    with pytest.raises(EvidenceExists):
        store.put_once("a/b", b"other")
    store.put_once("a/b", b"held")
    assert b"held" == read(store, "a/b")
    assert [True] == [seen.is_held for seen in store.stored()]


def test_what_is_released_can_go(store: EvidenceStore) -> None:
    store.put("a/b", b"x")
    store.release("a/b")
    store.hold("a/b")
    store.release("a/b")
    store.release("a/b")
    assert [False] == [seen.is_held for seen in store.stored()]
    store.put("a/b", b"y")
    store.delete("a/b")
    assert [] == keys(store)


def test_a_hold_is_of_one_key(store: EvidenceStore) -> None:
    store.put("a/b", b"x")
    store.put("a/bc", b"y")
    store.hold("a/b")
    store.delete("a/bc")
    assert ["a/b"] == keys(store)


def test_what_is_stored(store: EvidenceStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)  # noqa: TID251 - the store's own clock is what is asked
    for key in ("b", "a/b/c", "a.b", "a-b/c", "ắ/ộ 1.jpg", "a/b-c", "a/b.c", "Z%2F~#+", "a+b"):
        store.put(key, key.encode())
    store.hold("a/b/c")
    seen = list(store.stored())
    wanted = ["Z%2F~#+", "a+b", "a-b/c", "a.b", "a/b-c", "a/b.c", "a/b/c", "b", "ắ/ộ 1.jpg"]
    assert wanted == [each.key for each in seen]
    assert [len(key.encode()) for key in wanted] == [each.size_bytes for each in seen]
    assert [key == "a/b/c" for key in wanted] == [each.is_held for each in seen]
    assert all(before < each.modified_at < before + timedelta(minutes=1) for each in seen)
    assert {timedelta(0)} == {each.modified_at.utcoffset() for each in seen}
    assert all(key.encode() == read(store, key) for key in wanted)


def test_what_is_stored_under_a_folder(store: EvidenceStore) -> None:
    for key in ("a/b/c", "a/b/d", "a/bc/d", "a/b-c", "b/a/b/c"):
        store.put(key, b"x")
    store.hold("a/b/d")
    store.hold("a/bc/d")
    assert ["a/b/c", "a/b/d"] == keys(store, "a/b") == keys(store, "a/b/")
    assert [False, True] == [seen.is_held for seen in store.stored("a/b")]
    assert [] == keys(store, "a/b/c") == keys(store, "nowhere")
    with pytest.raises(EvidenceMissing):
        keys(store, "../out")


def test_what_is_set_aside_comes_back(store: EvidenceStore) -> None:
    store.put("a/b", b"x")
    assert "quarantine/orphan/a/b" == store.set_aside("a/b", "orphan")
    assert ["quarantine/orphan/a/b"] == keys(store)
    assert b"x" == read(store, "quarantine/orphan/a/b")
    assert "a/b" == store.restore("quarantine/orphan/a/b")
    assert ["a/b"] == keys(store)
    assert b"x" == read(store, "a/b")


def test_what_is_set_aside_replaces_nothing(store: EvidenceStore) -> None:
    for content in (b"1", b"2", b"3"):
        store.put("a/b", content)
        store.set_aside("a/b", "orphan")
    store.put("a/b", b"4")
    places = ["quarantine/orphan.2/a/b", "quarantine/orphan.3/a/b", "quarantine/orphan/a/b"]
    assert places == keys(store, "quarantine")
    assert [b"2", b"3", b"1"] == [read(store, place) for place in places]
    for place in places:
        with pytest.raises(EvidenceExists):
            store.restore(place)
    assert [*sorted(["a/b", *places])] == keys(store)
    store.delete("a/b")
    assert "a/b" == store.restore("quarantine/orphan.3/a/b")
    assert b"3" == read(store, "a/b")


def test_what_is_held_in_quarantine_stays_there(store: EvidenceStore) -> None:
    store.put("a/b", b"x")
    aside = store.set_aside("a/b", "orphan")
    store.hold(aside)
    with pytest.raises(EvidenceHeld):
        store.restore(aside)
    assert [(aside, True)] == [(seen.key, seen.is_held) for seen in store.stored()]


def test_only_what_was_set_aside_is_restored(store: EvidenceStore) -> None:
    store.put("a/b", b"x")
    for key in ("a/b", "quarantine/b", "quarantine"):
        with pytest.raises(EvidenceMissing):
            store.restore(key)
    for reason in ("", "../out", "a/b", "A", "a.2"):
        with pytest.raises(ValueError, match="reason_folder wants"):
            store.set_aside("a/b", reason)
    assert ["a/b"] == keys(store)


def test_room(store: EvidenceStore) -> None:
    assert (room := store.room()) is None or 0 < room.free_bytes <= room.total_bytes


def test_of_many_processes_that_want_one_key_one_gets_it(place: Place) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, *program("put_one", place, number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )
        for number in range(8)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert ["lost"] * 7 + ["won"] == sorted(said)
    assert content_of(said.index("won")) == read(place.open(), "wanted/by-all")


@pytest.mark.timeout(600)
def test_a_put_that_is_killed_leaves_it_whole_or_not_at_all(place: Place) -> None:
    moments, store = random.Random(7), place.open()
    kills = 10 if place.address else 50  # a process that speaks S3 starts slower
    for kill in range(kills):
        first = kill * 10_000
        process = subprocess.Popen(
            [sys.executable, *program("put_until_killed", place, first)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        time.sleep(moments.uniform(0, 0.03 if not place.address else 0.2))
        process.kill()
        returned = [int(line) for line in process.communicate(timeout=60)[0].splitlines() if line.isdigit()]
        there = [seen for seen in store.stored("clips") if int(seen.key.rpartition("/")[2]) >= first]
        numbers = {int(seen.key.rpartition("/")[2]) for seen in there}
        assert set(returned) <= numbers
        assert all(content_of(number) == read(store, f"clips/{number}") for number in numbers)
        if returned:
            assert int.from_bytes(read(store, "latest")[:8], "big") in {returned[-1], returned[-1] + 1}
            assert is_whole(read(store, "latest"))
