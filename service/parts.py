"""What every command shares: opened without nets and without pages, so that reports start at once."""

from __future__ import annotations

from dataclasses import dataclass

from service.db.session import Database
from service.evidence.local import LocalStore
from service.evidence.store import EvidenceStore
from service.settings import Settings
from vision.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class Parts:
    """What every command shares."""

    database: Database
    store: EvidenceStore
    clock: Clock
    settings: Settings


def open_parts(settings: Settings) -> Parts:
    """Open store and database, making them where they are not. Raises `ServiceError`."""
    store = LocalStore(settings.evidence_dir)
    database = Database(settings.database)
    database.upgrade()
    return Parts(database, store, SystemClock(), settings)
