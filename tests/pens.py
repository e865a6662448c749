"""A pen for tests: a real key in a real file, and a real journal in the test's own database."""

from __future__ import annotations

from pathlib import Path

from service.custody import open_pen
from service.db.pen import Pen
from service.db.session import Database
from service.evidence.signing import KeyFolder
from vision.clock import Clock, SystemClock


def pen_in(folder: Path, database: Database, clock: Clock | None = None) -> Pen:
    """Return what writes the journal of a database; its key lies in the folder."""
    return open_pen(database, KeyFolder(folder / "keys"), clock or SystemClock())
