"""What every command shares: opened without nets and without pages, so that reports start at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.db.backlog import Backlog
from service.db.session import Database
from service.evidence.disk import DiskWatch
from service.evidence.opening import open_store
from service.evidence.store import EvidenceStore
from service.settings import Settings
from vision.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class Parts:
    """What every command shares.

    Attributes:
        backlog: What the cameras saw and the database cannot take now.
        disk: How full the disk of the evidence is, as whoever looks after it saw it last.
    """

    database: Database
    store: EvidenceStore
    clock: Clock
    settings: Settings
    backlog: Backlog
    disk: DiskWatch = field(default_factory=DiskWatch)


def open_parts(settings: Settings, disk: DiskWatch | None = None) -> Parts:
    """Open store and database, making them where they are not. Raises `ServiceError`.

    Args:
        disk: What is known of the disk; without it nobody knows anything yet.
    """
    store = open_store(settings.evidence_url, settings.evidence_dir, access=settings.bucket_access)
    database = Database(settings.database)
    database.upgrade()
    clock = SystemClock()
    return Parts(database, store, clock, settings, Backlog(database, clock), disk or DiskWatch())
