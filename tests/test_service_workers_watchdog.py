"""What systemd is told, at a real socket, and the unit that is shipped."""

from __future__ import annotations

import configparser
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.workers import watchdog
from service.workers.watchdog import Watchdog, watchdog_of
from tests.commands import ROOT

UNIT = ROOT / "docs" / "examples" / "congvu-run.service"
COMMAND = "/opt/congvu/.venv/bin/congvu"


@contextmanager
def systemd(address: str) -> Iterator[socket.socket]:
    """Listen as systemd does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address.replace("@", "\0", 1))
        listener.settimeout(10)
        yield listener


def test_messages_reach_systemd(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with systemd(address) as listener:
        watchdog_of({"NOTIFY_SOCKET": address}).tell(watchdog.READY, watchdog.status("2 of 2\ncameras"))
        assert b"READY=1\nSTATUS=2 of 2 cameras" == listener.recv(4096)


def test_a_name_in_the_abstract_name_space_is_reached_too() -> None:
    address = f"@congvu-{uuid.uuid4().hex}"
    with systemd(address) as listener:
        Watchdog(address).tell(watchdog.ALIVE)
        assert b"WATCHDOG=1" == listener.recv(4096)


def test_without_systemd_nothing_is_told() -> None:
    watchdog_of({}).tell(watchdog.ALIVE)


def test_a_systemd_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    Watchdog(str(tmp_path / "gone")).tell(watchdog.ALIVE)


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    text = UNIT.read_text(encoding="utf-8")
    assert COMMAND in text
    here = tmp_path / UNIT.name
    here.write_text(text.replace(COMMAND, sys.executable), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(here)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)


def test_the_unit_waits_longer_than_a_stop_takes_and_is_restarted_whatever_happens() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT, encoding="utf-8")
    service = dict(unit["Service"])
    wanted = {"Type": "notify", "Restart": "always", "KillMode": "mixed", "User": "congvu", "ProtectSystem": "strict"}
    assert wanted == {key: service[key] for key in wanted}
    assert 5 < int(service["TimeoutStopSec"])
    assert 30 == int(service["WatchdogSec"])
