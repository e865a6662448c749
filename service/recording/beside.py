"""What is recorded beside the watching of a camera, as its table says; the journal knows when that changed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path

from service.db.journal import JournalRepository
from service.db.pen import Pen
from service.db.session import Database
from service.evidence.disk import DiskWatch
from service.evidence.journal import Facts
from service.recording.continuous import Segments, Sweeper
from service.recording.turns import Task, Turns
from service.site_tables import CameraTable
from vision.capture.packets import PacketRing
from vision.clock import Clock

FOLDER = "recordings"
"""Name of the folder within the data folder."""


def recorded_beside(
    camera: CameraTable, ring: PacketRing, root: Path, *, disk: DiskWatch, free_least: float, clock: Clock
) -> AbstractContextManager[object]:
    """Return what records, and deletes, for as long as the block runs.

    Args:
        root: The folder of all recordings.
        free_least: Share of its disk that must stay free.
    """
    folder = root / camera.id
    tasks: list[Task] = [Sweeper(folder, timedelta(hours=camera.recording.keep_hours), clock)]
    if camera.recording.continuous:
        tasks.insert(0, Segments(ring, folder, disk, free_least=free_least))
    elif not folder.is_dir():
        return nullcontext()
    return Turns(f"record-{camera.id}", tasks)


def note_recording(database: Database, pen: Pen, camera: CameraTable) -> None:
    """Note in the journal that a camera is recorded continuously, or no longer; nothing where it never was."""
    table, subject = camera.recording, f"recording:{camera.id}"
    facts: Facts = {"what": "recording", "camera": camera.id, "continuous": table.continuous}
    if table.continuous:
        facts = {**facts, "keep_hours": f"{table.keep_hours:g}"}
    with database.transaction() as session:
        if table.continuous or JournalRepository(session).latest_about(subject) is not None:
            pen.note_change(session, subject, facts)
