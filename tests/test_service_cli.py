"""The command on bad input: a clear message, exit code 1, nothing stored."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.reporting import open_sources
from service.settings import Settings
from service.site import load_site
from service.wiring import open_parts, register_site
from tests.commands import ROOT, congvu, congvu_process
from tests.stories import write_clip

DESK = ("--desk", "counter=0,0,1,1")


def refuse(tmp_path: Path, *arguments: str | Path) -> str:
    """Run `congvu analyze` with these, expect exit 1 and an untouched data folder; return the message."""
    data = tmp_path / "data"
    done = congvu("analyze", *arguments, "--data", data, "--json")
    assert (1, "") == (done.returncode, done.stdout), done.stderr
    assert "Traceback" not in done.stderr
    assert not data.exists()
    return done.stderr


def test_a_missing_recording(tmp_path: Path) -> None:
    assert "no such file" in refuse(tmp_path, tmp_path / "nothing.mp4", *DESK)


def test_a_text_file(tmp_path: Path) -> None:
    path = tmp_path / "words.mp4"
    path.write_text("words " * 1000)
    assert "is not a video" in refuse(tmp_path, path, *DESK)


def test_a_truncated_recording(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(clip.read_bytes()[:-4000])
    refuse(tmp_path, path, *DESK)


def test_a_zero_length_recording(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert "0 bytes" in refuse(tmp_path, path, *DESK)


def test_no_timestamps(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "raw.h264", container_format="h264")
    assert "timestamp" in refuse(tmp_path, path, *DESK)


def test_jumping_timestamps(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "jump.mp4", ticks=[*range(25), *range(1025, 1050)])
    assert "jump by more than 10 s" in refuse(tmp_path, path, *DESK)


@pytest.mark.parametrize(
    ("desk", "message"),
    [
        ("counter=0,0,1", "wanted NAME=x0,y0,x1,y1"),
        ("counter=0,0,1,2", "in fractions"),
        ("counter=0.9,0,0.1,1", "x0 < x1"),
        ("=0,0,1,1", "the name is made of"),
        ("quầy=0,0,1,1", "the name is made of"),
        ("_x=0,0,1,1", "the name is made of"),
        ("Bàn Một=0,0,1,1", "the name is made of"),
    ],
)
def test_a_desk_that_cannot_be(clip: Path, tmp_path: Path, desk: str, message: str) -> None:
    assert message in refuse(tmp_path, clip, "--desk", desk)


def test_an_empty_site_file(clip: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.touch()
    assert "empty" in refuse(tmp_path, clip, "--site", site, "--camera", "counter")


def test_an_unknown_camera(clip: Path, tmp_path: Path) -> None:
    told = refuse(tmp_path, clip, "--site", ROOT / "samples" / "centre.toml", "--camera", "hall")
    assert "unknown camera 'hall'" in told


def test_site_check_lists_every_fault(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    text = (ROOT / "samples" / "centre.toml").read_text(encoding="utf-8")
    text = text.replace('id = "counter"', 'id = "entrance"').replace('officers = ["nv-02"]', 'officers = ["nobody"]')
    site.write_text(text, encoding="utf-8")
    done = congvu("site", "check", site)
    assert 1 == done.returncode
    assert "two cameras are called 'entrance'" in done.stderr
    assert "no officer 'nobody'" in done.stderr
    assert 0 == congvu("site", "check", ROOT / "samples" / "centre.toml").returncode


def test_an_unwritable_data_folder(clip: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be")
    done = congvu("analyze", clip, *DESK, "--data", blocked)
    assert 1 == done.returncode
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_of_a_newer_version(clip: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with sqlite3.connect(data / "congvu.db") as raw:
        raw.execute("create table alembic_version (version_num varchar(32))")
        raw.execute("insert into alembic_version values ('9999')")
    raw.close()
    done = congvu("analyze", clip, *DESK, "--data", data)
    assert 1 == done.returncode
    assert "newer version" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use(tmp_path: Path, command: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = congvu(command, "--port", str(port), "--data", tmp_path / "data")
    assert 1 == done.returncode
    assert "Choose another with --port" in done.stderr
    assert not (tmp_path / "data").exists()


def test_wrong_usage(clip: Path) -> None:
    assert 2 == congvu("analyze", clip).returncode
    assert 2 == congvu("analyze", clip, "--site", "x.toml").returncode
    assert 2 == congvu("dance").returncode


def test_a_good_recording_of_an_empty_room(clip: Path, tmp_path: Path) -> None:
    done = congvu("analyze", clip, *DESK, "--data", tmp_path / "data", "--json")
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)
    assert {"schema": 1, "cameras": {"camera": {"frames": 50, "gaps": []}}, "events": []} == found


def test_an_allowed_jump_is_a_gap(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "jump.mp4", ticks=[*range(25), *range(1025, 1050)])
    done = congvu("analyze", path, *DESK, "--allow-gaps", "--data", tmp_path / "data", "--json")
    (gap,) = json.loads(done.stdout)["cameras"]["camera"]["gaps"]
    assert {"start_s": 2.4, "end_s": 102.5, "reason": "timestamp_jump"} == gap


def test_weights_that_were_changed(clip: Path, tmp_path: Path) -> None:
    """A copy of the project whose crop net differs by one byte refuses to start."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for part in ("vision", "calibration", "service", "samples"):
        os.symlink(ROOT / part, copy / part)
    models = copy / "models"
    models.mkdir()
    for path in (ROOT / "models").iterdir():
        if path.name != "weights":
            os.symlink(path, models / path.name)
    # the catalogue and its reader are found beside the weights: they must be real files here
    for name in ("catalog.py", "__init__.py", "catalog.toml"):
        (models / name).unlink()
        (models / name).write_bytes((ROOT / "models" / name).read_bytes())
    (models / "weights").mkdir()
    for path in (ROOT / "models" / "weights").iterdir():
        content = bytearray(path.read_bytes())
        if path.name == "crop.bin":
            content[1000] ^= 1
        (models / "weights" / path.name).write_bytes(content)
    done = congvu_process("analyze", clip, *DESK, "--data", tmp_path / "data", cwd=copy)
    assert 1 == done.returncode
    assert "crop.bin is not the file that the catalogue names" in done.stderr
    assert not (tmp_path / "data").exists()
    assert 1 == congvu_process("models", "verify", cwd=copy).returncode
    assert 0 == congvu("models", "verify").returncode


def test_attendance_report(clip: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert 0 == congvu("analyze", clip, *DESK, "--data", data).returncode
    days = ("--from", "2026-11-23", "--to", "2026-11-24", "--data", data)
    for form, begins in (("csv", b"\xef\xbb\xbf"), ("json", b"{"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        out = tmp_path / f"a.{form}"
        done = congvu("report", "attendance", *days, "--out", out)
        assert 0 == done.returncode, done.stderr
        assert out.read_bytes().startswith(begins)
    assert 3 == len((tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines())


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--from", "2026-11-24", "--to", "2026-11-23", "--out", "a.csv"), 1, "before the first"),
        (("--from", "2026-11-23", "--to", "2028-11-23", "--out", "a.csv"), 1, "at most"),
        (("--from", "2026-11-23", "--to", "2026-11-23", "--out", "a.csv", "--agency", "x"), 1, "there are"),
        (("--from", "2026-11-23", "--to", "2026-11-23", "--out", "a.csv", "--unit", "x"), 1, "there are"),
        (("--from", "x", "--to", "2026-11-23", "--out", "a.csv"), 2, "YYYY-MM-DD"),
        (("--from", "2026-11-23", "--to", "2026-11-23", "--out", "a.doc"), 2, "csv"),
    ],
)
def test_a_report_that_cannot_be_made_says_why(
    registered: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = congvu("report", "attendance", *arguments, "--data", registered)
    assert code == done.returncode
    assert message in done.stderr


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that knows the officers of the sample centre; files are written beside it."""
    monkeypatch.chdir(tmp_path)
    parts = open_parts(Settings(data_dir=tmp_path / "data"))
    register_site(parts, load_site(ROOT / "samples" / "centre.toml"))
    parts.database.close()
    return tmp_path / "data"


def test_leave_is_imported_whole_or_by_the_good_rows_if_asked(registered: Path, tmp_path: Path) -> None:
    file = tmp_path / "nghi.csv"
    file.write_text(
        "Mã cán bộ,Loại nghỉ,Từ ngày,Đến ngày\nnv-01,phép,23/11/2026,24/11/2026\nnv-99,phép,23/11/2026,24/11/2026\n",
        encoding="utf-8",
    )
    command = ("attendance", "import", "leave", file, "--site", "trung-tam-mau", "--data", registered)
    done = congvu(*command)
    assert 1 == done.returncode
    assert "nghi.csv:3:" in done.stderr and "nv-99" in done.stderr and "none stored" in done.stderr
    assert [] == _leave_of(registered)
    assert 0 == congvu(*command, "--partial").returncode
    assert ["nv-01"] == _leave_of(registered)
    assert 1 == congvu(*command[:3], tmp_path / "none.csv", *command[4:]).returncode


def _leave_of(data: Path) -> list[str]:
    parts = open_parts(Settings(data_dir=data))
    with open_sources(parts.database) as sources:
        found = sources.attendance.leaves(None, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    parts.database.close()
    return [leave.officer_id for leave in found]


def test_badges_are_printed(tmp_path: Path) -> None:
    out = tmp_path / "the.pdf"
    done = congvu("badge", "print", "--site", ROOT / "samples" / "centre.toml", "--out", out, "--code", "qr")
    assert 0 == done.returncode, done.stderr
    assert out.read_bytes().startswith(b"%PDF")


def test_doctor(tmp_path: Path) -> None:
    assert 0 == congvu("doctor", "--data", tmp_path / "data").returncode


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("CONGVU_SESSION_HOURS", "abc", "CONGVU_SESSION_HOURS"),
        ("CONGVU_SESSION_HOURS", "-1", "greater than 0"),
        ("CONGVU_DATABASE_URL", "foo", "is no database address"),
    ],
)
def test_a_setting_that_cannot_be(tmp_path: Path, name: str, value: str, message: str) -> None:
    done = congvu("db", "upgrade", "--data", tmp_path / "data", settings={name: value})
    assert 1 == done.returncode
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_library_that_is_missing_is_exit_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # importing it fails as if it were not installed
    done = congvu("db", "upgrade", settings={"CONGVU_DATABASE_URL": "postgresql+psycopg://a:b@127.0.0.1/c"})
    assert 3 == done.returncode
    assert "a needed part is missing" in done.stderr


def test_one_key_of_a_rule_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    text = (ROOT / "samples" / "centre.toml").read_text(encoding="utf-8")
    site.write_text(text + "\n[rules.smoking]\nenabled = false\n", encoding="utf-8")
    assert 0 == congvu("site", "check", site).returncode


def test_a_camera_never_ends(tmp_path: Path) -> None:
    assert 2 == congvu("demo", "--once", "--source", "rtsp://127.0.0.1/x", "--data", tmp_path / "data").returncode
