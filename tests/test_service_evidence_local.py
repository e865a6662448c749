"""Evidence in local folders: what only files can do."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from service.errors import EvidenceHeld, EvidenceMissing, EvidenceUnreachable, StoreFull, StoreUnwritable
from service.evidence.local import LocalStore
from tests.commands import ROOT
from tests.evidence_places import content_of, is_whole, read
from tests.small_disk import FILE_SYSTEMS, SIZE_BYTES, small_disk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture
def store(folder: Path) -> LocalStore:
    return LocalStore(folder)


def parts_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.part")]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(StoreUnwritable, match="Choose another data folder"):
        LocalStore(blocked / "evidence")


def test_only_the_service_reads_it(store: LocalStore, folder: Path) -> None:
    store.put("a/b", b"x")
    assert 0o700 == mode_of(folder)
    assert 0o600 == mode_of(folder / "a" / "b")


def test_a_hold_is_the_mode_of_the_file(store: LocalStore, folder: Path) -> None:
    store.put("a/b", b"x")
    store.hold("a/b")
    assert 0o400 == mode_of(folder / "a" / "b")
    with pytest.raises(EvidenceHeld, match="release it first"):
        store.put("a/b", b"y")
    assert [] == parts_in(folder)
    store.release("a/b")
    assert 0o600 == mode_of(folder / "a" / "b")


def test_what_is_held_can_be_read_by_who_may_not_read_everything(store: LocalStore) -> None:
    store.put("a/b", b"x")
    store.hold("a/b")
    assert b"x" == read(store, "a/b")


def test_what_an_older_version_stored_is_not_held(store: LocalStore, folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "b").write_bytes(b"x")
    (folder / "a" / "b").chmod(0o644)
    assert [False] == [seen.is_held for seen in store.stored()]
    store.put("a/b", b"y")
    assert b"y" == read(store, "a/b")


def test_what_was_left_half_written_is_swept_after_an_hour(folder: Path) -> None:
    LocalStore(folder)
    old, young = folder / ".parts" / "1.part", folder / ".parts" / "2.part"
    for part, seconds in ((old, 3700), (young, 3500)):
        part.write_bytes(b"half")
        at = part.stat().st_mtime - seconds
        os.utime(part, (at, at))
    store = LocalStore(folder)
    assert ["2.part"] == parts_in(folder)
    assert [] == list(store.stored())
    os.utime(young, (at - 3600, at - 3600))
    assert 1 == store.sweep_parts()
    assert 0 == store.sweep_parts()


def test_what_is_no_object_is_not_listed(store: LocalStore, folder: Path, tmp_path: Path) -> None:
    store.put("a/b", b"x")
    (folder / "a" / "c.part").write_bytes(b"half")
    (folder / "a" / ".hidden").write_bytes(b"x")
    (folder / "lost+found").mkdir()
    (folder / "lost+found" / "1").write_bytes(b"x")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "d").write_bytes(b"x")
    (folder / "out").symlink_to(tmp_path / "out")
    (folder / "link").symlink_to(tmp_path / "out" / "d")
    assert ["a/b"] == [seen.key for seen in store.stored()]
    assert [] == list(store.stored("out"))


@pytest.mark.parametrize("key", ["out/d", "out/new", "link"])
def test_no_link_leads_out(store: LocalStore, folder: Path, tmp_path: Path, key: str) -> None:
    (tmp_path / "out").mkdir()
    secret = tmp_path / "out" / "d"
    secret.write_bytes(b"secret")
    (folder / "out").symlink_to(tmp_path / "out")
    (folder / "link").symlink_to(secret)
    for ask in (store.open, store.hold):
        with pytest.raises((EvidenceMissing, StoreUnwritable)):
            ask(key)
    if key == "link":
        store.delete(key)
        store.put(key, b"x")
        assert b"x" == read(store, key)
    else:
        for put in (store.put, store.put_once):
            with pytest.raises(StoreUnwritable, match="a symbolic link leads there"):
                put(key, b"x")
    assert b"secret" == secret.read_bytes()
    assert ["d"] == [path.name for path in (tmp_path / "out").iterdir()]


def test_nothing_is_set_aside_behind_a_link(store: LocalStore, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (folder / "quarantine").symlink_to(tmp_path / "out")
    store.put("a/b", b"x")
    with pytest.raises(StoreUnwritable, match="a symbolic link leads there"):
        store.set_aside("a/b", "orphan")
    assert b"x" == read(store, "a/b")


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "big-disk").mkdir()
    (tmp_path / "evidence").symlink_to(tmp_path / "big-disk")
    store = LocalStore(tmp_path / "evidence")
    store.put("a/b", b"x")
    assert b"x" == read(store, "a/b") == (tmp_path / "big-disk" / "a" / "b").read_bytes()


def test_a_disk_that_is_not_mounted_is_not_an_empty_store(store: LocalStore, folder: Path) -> None:
    store.put("a/b", b"x")
    folder.rename(folder.with_name("away"))
    folder.mkdir()
    with pytest.raises(EvidenceUnreachable, match="Is its disk mounted"):
        store.open("a/b")
    with pytest.raises(EvidenceUnreachable, match="Is its disk mounted"):
        list(store.stored())


def test_folders_that_nothing_is_left_in_go(store: LocalStore, folder: Path) -> None:
    store.put("cam/day/1/clip", b"x")
    store.put("cam/day/2/clip", b"y")
    store.delete("cam/day/1/clip")
    assert ["2"] == [path.name for path in (folder / "cam" / "day").iterdir()]
    store.restore(store.set_aside("cam/day/2/clip", "orphan"))
    assert [".parts", "cam"] == sorted(path.name for path in folder.iterdir())
    store.delete("cam/day/2/clip")
    assert [".parts"] == [path.name for path in folder.iterdir()]


def test_folders_that_go_are_in_nobodys_way(store: LocalStore) -> None:
    failed = []

    def put_and_delete(number: int) -> None:
        try:
            for _ in range(60):
                store.put(f"cam/day/{number}", b"x")
                store.delete(f"cam/day/{number}")
        except StoreUnwritable as error:
            failed.append(error)

    threads = [threading.Thread(target=put_and_delete, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failed
    assert [] == list(store.stored())


def test_room_is_what_the_disk_says(store: LocalStore, folder: Path) -> None:
    room, disk = store.room(), os.statvfs(folder)
    assert disk.f_blocks * disk.f_frsize == room.total_bytes
    assert abs(disk.f_bavail * disk.f_frsize - room.free_bytes) < 100_000_000  # others write meanwhile


@pytest.mark.parametrize("file_system", FILE_SYSTEMS)
def test_a_full_disk_loses_nothing(tmp_path: Path, file_system: str) -> None:
    with small_disk(file_system, tmp_path) as disk:
        store = LocalStore(disk / "evidence")
        room = store.room()
        assert SIZE_BYTES / 2 < room.free_bytes <= room.total_bytes <= SIZE_BYTES
        stored = fill(store)
        assert len(stored) > 10
        assert [] == parts_in(disk)
        assert sorted(stored) == [seen.key for seen in store.stored()]
        assert all(is_whole(read(store, key)) for key in stored)
        with pytest.raises(StoreFull, match="Make room on the disk"):
            store.put(stored[0], content_of(99))  # even to replace, both must fit
        assert is_whole(read(store, stored[0]))
        with pytest.raises(StoreFull):
            store.put_once("once", content_of(99))

        again = LocalStore(disk / "evidence")  # it opens, else no room could be made
        again.hold(stored[0])
        assert "quarantine/full/clips/1" == again.set_aside(stored[1], "full")
        again.delete(stored[2])
        again.delete(stored[3])
        again.put("after", content_of(5))
        assert is_whole(read(again, "after"))
        assert [] == parts_in(disk)


def fill(store: LocalStore) -> list[str]:
    """Put until nothing fits any more. Returns what was stored."""
    stored: list[str] = []
    for number in range(1000):
        try:
            store.put(f"clips/{number}", content_of(number))
        except StoreFull:
            return stored
        stored.append(f"clips/{number}")
    raise AssertionError("the disk was never full")


def test_who_may_not_write_is_told(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    folder = tmp_path / "evidence"
    LocalStore(folder)
    program = (
        "import os, sys; from pathlib import Path; from service.errors import StoreUnwritable\n"
        "from service.evidence.local import LocalStore\n"
        "os.setuid(65534)\n"
        "try: LocalStore(Path(sys.argv[1]))\n"
        "except StoreUnwritable as error: print('told:', error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stdout.startswith("told:"), done.stderr
    assert "change its owner" in done.stdout
