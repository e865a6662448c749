"""Every camera is a process: one is killed, the engine is killed, all are stopped, and the supervisor is killed."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import av
import pytest

from service.db.evidence import EvidenceRepository
from service.db.records import EventRecord, GapRecord, RunRecord
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database, newest_version
from service.db.sites import SiteRepository
from tests.commands import CONGVU, ROOT, environment
from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.samples import first_seconds
from tests.stories import START
from vision.clock import SystemClock
from vision.types import GapReason

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(500)]

SITE = """\
schema = 1
[site]
id = "s"
name = "S"
agency = "A"
[rules.left_post]
after_s = 6
[[officers]]
id = "an"
name = "An"
"""
CAMERA = """\
[[cameras]]
id = "{name}"
name = "{name}"
source = "rtsp://127.0.0.1:{port}/main"
[[cameras.desks]]
id = "quay-1"
name = "1"
officers = ["an"]
area = [[0.02, 0.3], [0.31, 0.3], [0.31, 0.99], [0.02, 0.99]]
"""
NAMES = ("door", "hall", "desk")
PATIENCE_S = 120.0
"""A busy computer may take so long to start a process, or to look at some pictures."""
STILL_S = 10.0
"""A busy computer may stand still for so long; what takes longer for another reason takes much longer."""


def written_site(folder: Path, port: int, names: tuple[str, ...]) -> Path:
    path = folder / "site.toml"
    path.write_text(SITE + "".join(CAMERA.format(name=name, port=port) for name in names), encoding="utf-8")
    return path


@contextmanager
def watching(folder: Path, port: int, names: tuple[str, ...] = NAMES, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Run the real command; what it writes goes to a file: nobody has to read it while it runs."""
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            [*CONGVU, "run", "--site", str(written_site(folder, port, names)), "--data", str(folder / "data")],
            stdout=output,
            stderr=output,
            text=True,
            cwd=ROOT,
            env={**environment(), **more},
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def family(pid: int) -> dict[str, int]:
    """Return all that descend from a process, by name."""
    parents: dict[int, list[tuple[str, int]]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            before, _, after = (folder / "stat").read_text().rpartition(")")
            state, parent = after.split()[:2]
            if state not in "ZX":
                parents.setdefault(int(parent), []).append((before.partition("(")[2], int(folder.name)))
    found: dict[str, int] = {}
    waiting = [pid]
    while waiting:
        for name, child in parents.get(waiting.pop(), []):
            found[name] = child
            waiting.append(child)
    return found


class Kept:
    """What the command has stored so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "data"

    def runs(self, name: str) -> list[RunRecord]:
        with self._sites() as sites:
            return [] if sites is None else sites.runs([name], START, SystemClock().now())

    def gaps(self, name: str) -> list[GapRecord]:
        with self._sites() as sites:
            found = [] if sites is None else sites.gaps([name], START, SystemClock().now(), place_id="")
        return [gap for gap in found if gap.reason == GapReason.RESTARTED]

    def events(self, name: str) -> list[EventRecord]:
        if not self._is_there():
            return []
        database = Database(f"sqlite:///{self._folder / 'congvu.db'}")
        with database.transaction() as session:
            found = EventRepository(session).find(EventFilter(), newest_first=False)
        database.close()
        return [event for event in found if event.camera_id == name]

    def clips(self, event: EventRecord) -> list[Path]:
        database = Database(f"sqlite:///{self._folder / 'congvu.db'}")
        with database.transaction() as session:
            items = EvidenceRepository(session).of(event.event_id)
        database.close()
        return [self._folder / "evidence" / item.key for item in items if item.kind.value.startswith("clip")]

    def seen_since(self, name: str, moment: datetime) -> bool:
        return any(run.last_at > moment for run in self.runs(name))

    @contextmanager
    def _sites(self) -> Iterator[SiteRepository | None]:
        if not self._is_there():
            yield None
            return
        database = Database(f"sqlite:///{self._folder / 'congvu.db'}")
        with database.transaction() as session:
            yield SiteRepository(session)
        database.close()

    def _is_there(self) -> bool:
        path = self._folder / "congvu.db"
        if not path.exists():
            return False
        with suppress(sqlite3.OperationalError):
            raw = sqlite3.connect(path)
            versions = raw.execute("select version_num from alembic_version").fetchall()
            raw.close()
            return [(newest_version(),)] == versions
        return False


def wait_for(
    condition: Callable[[], object], process: subprocess.Popen[str] | None = None, *, timeout_s: float = PATIENCE_S
) -> None:
    """Wait, and no longer than ``process`` runs."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert process is None or process.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A camera that sends for ten minutes."""
    need_rtsp_server()
    clip = first_seconds("counter", 600, tmp_path_factory.mktemp("clips") / "clip.mp4")
    found = free_port()
    with rtsp_server(clip, found):
        yield found


def test_a_killed_camera_comes_back_and_the_others_go_on(tmp_path: Path, port: int) -> None:
    kept = Kept(tmp_path)
    with watching(tmp_path, port) as process:
        wait_for(lambda: all(kept.events(name) for name in NAMES), process)
        before, asked_at = family(process.pid), SystemClock().now()
        os.kill(before["door"], signal.SIGKILL)
        killed_at = SystemClock().now()
        wait_for(lambda: kept.gaps("door") and kept.events("door")[0].ended_at is not None)
        wait_for(lambda: all(kept.seen_since(name, killed_at) for name in NAMES))
        wait_for(lambda: len(kept.events("door")) >= 2)
        after = family(process.pid)
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C reaches all processes of a terminal
        assert 0 == process.wait(PATIENCE_S)
    assert before["door"] != after["door"]
    assert {name: before[name] for name in ("hall", "desk", "engine")} == {
        name: after[name] for name in ("hall", "desk", "engine")
    }
    (gap,) = kept.gaps("door")
    lost, found = kept.runs("door")
    assert (lost.last_at, found.started_at) == (gap.start, gap.end)
    assert gap.start <= killed_at and asked_at <= gap.end
    assert [1, 1] == [len(kept.runs(name)) for name in ("hall", "desk")]
    assert [] == kept.gaps("hall")
    assert all(event.ended_at is not None for name in NAMES for event in kept.events(name))
    assert {"presence"} == {event.rule_id for name in NAMES for event in kept.events(name)}
    assert "interrupted" == kept.events("door")[0].end_reason


def test_a_killed_engine_comes_back_and_no_camera_falls(tmp_path: Path, port: int) -> None:
    kept = Kept(tmp_path)
    with watching(tmp_path, port, ("door", "hall")) as process:
        wait_for(lambda: all(kept.events(name) for name in ("door", "hall")), process)
        before = family(process.pid)
        os.kill(before["engine"], signal.SIGKILL)
        wait_for(lambda: family(process.pid).get("engine", before["engine"]) != before["engine"])
        back_at = SystemClock().now()
        wait_for(lambda: all(kept.seen_since(name, back_at) for name in ("door", "hall")))
        after = family(process.pid)
    assert (before["door"], before["hall"]) == (after["door"], after["hall"])
    # on a computer so busy that the engine is away for longer than cameras wait a run ends, and nobody was absent
    assert {"presence"} == {event.rule_id for name in ("door", "hall") for event in kept.events(name)}


def test_a_stop_takes_less_than_five_seconds_and_keeps_the_clip_of_an_open_visit(tmp_path: Path, port: int) -> None:
    kept, address = Kept(tmp_path), str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(PATIENCE_S)
        with watching(tmp_path, port, NAMES[:2], NOTIFY_SOCKET=address) as process:
            assert "READY=1" in listener.recv(4096).decode().split("\n")
            listener.close()
            wait_for(lambda: all(kept.events(name) for name in NAMES[:2]), process)
            visits = {name: kept.events(name)[0] for name in NAMES[:2]}
            assert [None, None] == [visit.ended_at for visit in visits.values()]
            left = family(process.pid)
            asked_at = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert 0 == process.wait(PATIENCE_S)
            took_s = time.monotonic() - asked_at
    told = (tmp_path / "output").read_text().splitlines()
    assert [] == [line for line in told if "does not stop" in line and "engine" not in line]  # by the service's clock
    assert 5 + STILL_S > took_s
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left.values()))
    for name, visit in visits.items():
        (ended,) = [event for event in kept.events(name) if event.event_id == visit.event_id]
        assert ended.ended_at is not None
        (clip,) = kept.clips(ended)
        with av.open(str(clip)) as container:
            assert sum(1 for _ in container.decode(video=0)) > 5


def test_when_the_supervisor_is_killed_nothing_is_left(tmp_path: Path, port: int) -> None:
    kept = Kept(tmp_path)
    with watching(tmp_path, port, NAMES[:2]) as process:
        wait_for(lambda: all(kept.events(name) for name in NAMES[:2]), process)
        left = family(process.pid)
        assert {"door", "hall", "engine"} <= set(left)
        process.kill()
        process.wait()
        killed_at = time.monotonic()
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left.values()))
        took_s = time.monotonic() - killed_at
    assert 5 + STILL_S > took_s
    # it had time to finish: nothing is left open, and nothing has to be abandoned
    assert all(event.ended_at is not None for name in NAMES[:2] for event in kept.events(name))
