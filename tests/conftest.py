"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from structlog.testing import LogCapture

from tests.stories import write_clip

# a busy computer is slow, not wrong
settings.register_profile("congvu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("congvu")

# ultralytics keeps its settings in the user's home otherwise
os.environ.setdefault("YOLO_CONFIG_DIR", str(Path(__file__).resolve().parents[1] / ".pytest_cache" / "ultralytics"))

RECORDINGS = Path(os.environ.get("CONGVU_TEST_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "data"))
"""Recordings of real people; they are never part of the project."""


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good clip: 5 s, 10 frames a second, a key frame every second."""
    return write_clip(tmp_path_factory.mktemp("clips") / "good.mp4")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Recordings of real people; tests that need them are skipped where they are not."""
    if not RECORDINGS.is_dir():
        pytest.skip("needs recordings of real people (CONGVU_TEST_RECORDINGS), which are not part of the project")
    return RECORDINGS


@pytest.fixture(autouse=True)
def logged_errors(request: pytest.FixtureRequest) -> Iterator[LogCapture]:
    """A logged error fails the test that did not expect it (marker ``expects_errors``)."""
    capture = LogCapture()
    structlog.configure(processors=[capture], cache_logger_on_first_use=False)
    yield capture
    if request.node.get_closest_marker("expects_errors") is None:
        assert [] == [entry for entry in capture.entries if entry["log_level"] in ("error", "critical")]
