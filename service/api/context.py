"""What the web application is given when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from service.attendance.imported import FactReader, Importable
from service.db.pen import Pen
from service.db.session import Database
from service.evidence.disk import DiskWatch
from service.evidence.store import EvidenceStore
from vision.clock import Clock


@dataclass(frozen=True, slots=True)
class WebContext:
    """Everything that requests need, made once by the wiring.

    Attributes:
        pen: What the journal is written with.
        session_lasts: How long a sign-in is good for.
        secure_cookies: Send cookies over HTTPS only; wanted wherever the service is not on this very machine.
        site_path: The site file that the scene editor may change; None where scenes are only looked at.
        readers: What may be imported from files, and by what it is read.
        public_url: Where people reach these pages, without a slash at the end; links in letters begin with it.
        disk: How full the disk of the evidence is, as the keeper of retention saw it last.
    """

    database: Database
    store: EvidenceStore
    clock: Clock
    pen: Pen
    session_lasts: timedelta = timedelta(hours=12)
    secure_cookies: bool = False
    site_path: Path | None = None
    readers: Mapping[Importable, FactReader] = field(default_factory=dict)
    disk: DiskWatch = field(default_factory=DiskWatch)
    public_url: str = ""
