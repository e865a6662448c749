"""The real command on a camera with two streams: evidence and continuous recording are of the larger one."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from service.db.journal import JournalRepository
from service.db.session import Database
from service.evidence.journal import RowKind, facts_of
from service.recording.folder import segments_in
from tests.commands import CONGVU, ROOT, environment
from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.samples import first_seconds

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

SITE = """\
schema = 1
[site]
id = "s"
name = "S"
agency = "A"
[[officers]]
id = "an"
name = "An"
[[cameras]]
id = "door"
name = "Door"
source = "rtsp://127.0.0.1:{sub}/main"
main_source = "rtsp://127.0.0.1:{main}/main"
[cameras.recording]
continuous = true
[[cameras.desks]]
id = "quay-1"
name = "1"
officers = ["an"]
area = [[0.02, 0.3], [0.31, 0.3], [0.31, 0.99], [0.02, 0.99]]
"""


def test_evidence_and_recording_are_of_the_larger_stream(tmp_path: Path) -> None:
    need_rtsp_server()
    large = first_seconds("counter", 100, tmp_path / "large.mp4")
    small = halved(large, tmp_path / "small.mp4")
    sub, main, data = free_port(), free_port(), tmp_path / "data"
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(sub=sub, main=main), encoding="utf-8")
    with rtsp_server(small, sub), rtsp_server(large, main), (tmp_path / "output").open("w") as output:
        command = [*CONGVU, "run", "--site", str(site), "--data", str(data)]
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT, env=environment())
        try:
            # the first visit has begun before the large stream was there
            wait_for(lambda: (tmp_path / "output").read_text().count("event opened") >= 2, process)
            time.sleep(5)
            process.send_signal(signal.SIGTERM)
            assert 0 == process.wait(60)
        finally:
            process.kill()
            process.wait()
    clip = max(data.glob("evidence/door/*/*/clip.mp4"), key=lambda path: path.stat().st_mtime)
    recorded = segments_in(data / "recordings" / "door")
    assert {size_px(large)} == {size_px(clip)} | {size_px(segment.path) for segment in recorded}
    assert size_px(small) == (size_px(large)[0] // 2, size_px(large)[1] // 2)
    assert {"what": "recording", "camera": "door", "continuous": True, "keep_hours": "24"} in told(data)


def halved(large: Path, path: Path) -> Path:
    with av.open(str(large)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=10, options={"g": "10", "preset": "ultrafast"})
        width, height = size_px(large)
        stream.width, stream.height, stream.pix_fmt = width // 2, height // 2, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for frame in source.decode(video=0):
            small = frame.reformat(width=width // 2, height=height // 2)
            small.pts, small.time_base = round((frame.time or 0) * 1000), Fraction(1, 1000)
            target.mux(stream.encode(small))
        target.mux(stream.encode(None))
    return path


def size_px(path: Path) -> tuple[int, int]:
    """The size of what can be played of a file."""
    with av.open(str(path)) as container:
        pictures = [(frame.width, frame.height) for frame in container.decode(video=0)]
    assert len(pictures) > 20
    (size,) = set(pictures)
    return size


def told(data: Path) -> list[object]:
    database = Database(f"sqlite:///{data / 'congvu.db'}")
    with database.transaction() as session:
        rows = JournalRepository(session).latest(limit=50, kinds=[RowKind.CONFIGURATION_CHANGED])
        found: list[object] = [facts_of(row) for row in rows]
    database.close()
    return found


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes], timeout_s: float = 150) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)
