"""Run the real command in tests, as an operator would."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONGVU = (sys.executable, "-c", "from service.entry import main; main()")


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def congvu(*arguments: str | Path, settings: Mapping[str, str] | None = None) -> Done:
    """Run a command to its end, in this process: starting Python anew takes seconds each time."""
    from service import entry

    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "argv", ["congvu", *map(str, arguments)])
        for name in [key for key in os.environ if key.startswith("CONGVU_")]:
            patch.delenv(name)
        for name, value in (settings or {}).items():
            patch.setenv(name, value)
        try:
            entry.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def congvu_process(
    *arguments: str | Path, cwd: Path = ROOT, timeout_s: float = 280
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    return subprocess.run(
        [*CONGVU, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        cwd=cwd,
        env=environment(cwd),
    )


def start_congvu(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start a command and return at once."""
    return subprocess.Popen(
        [*CONGVU, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=environment(),
    )


def environment(root: Path = ROOT) -> dict[str, str]:
    """The environment without the operator's own settings; modules are found from anywhere."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CONGVU_")}
    return {**kept, "PYTHONPATH": str(root), "NO_COLOR": "1"}
