"""What runs as a process of its own when cameras are watched: one for each camera, and the engine for all of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import cv2

from models.catalog import ModelEntry
from models.here import load_catalog_for
from service.cli_running import log_to_stderr
from service.db.sites import SiteRepository
from service.nets import Nets, nets_of
from service.parts import Parts, open_parts
from service.settings import Settings
from service.site_tables import Site
from service.watching import Before, live_thread
from service.workers.away import AwayLog
from service.workers.camera_process import ToldDisk, mind_signals, run_camera
from service.workers.child import Work
from service.workers.engine_client import EngineClient
from service.workers.engine_process import run_engine
from service.workers.pulse import Pulse
from service.workers.supervisor import Job, Supervisor
from service.workers.watchdog import Watchdog
from vision.types import CameraId

LOOKED_BACK = timedelta(days=30)
"""How long before now a run may have ended that nobody has finished."""


@dataclass(frozen=True, slots=True)
class CameraOrder:
    """All that a process needs to know to watch one camera. Plain values: they go through a pipe."""

    settings: Settings
    site: Site
    camera_id: str
    site_path: Path
    engine: Path
    before: Before


def watch_camera(order: CameraOrder, line: Connection) -> None:
    """Watch one camera until told to stop: the main of its process, which this ends."""
    mind_signals()
    log_to_stderr(logging.INFO)
    cv2.setNumThreads(1)  # each camera is a process: more threads would only fight for the same cores
    pulse, disk = Pulse(), ToldDisk()
    catalog = load_catalog_for(order.settings.nets_device)
    client = EngineClient(order.engine, catalog=catalog)
    parts = open_parts(order.settings, disk)
    camera = order.site.camera(order.camera_id)
    thread = live_thread(
        parts,
        order.site,
        camera,
        order.site_path,
        remote_nets(client, catalog),
        pulse=pulse,
        before=order.before,
    )
    run_camera(thread, line, pulse=pulse, disk=disk, let_go=client.close)


def remote_nets(client: EngineClient, catalog: Mapping[str, ModelEntry]) -> Nets:
    """Return the nets of a catalogue as the engine runs them."""
    return nets_of(lambda entry, input_px: client.net(entry.name, input_px), catalog, lambda: client.waited)


class CameraJob:
    """Watching one camera, by one process after the other."""

    def __init__(self, parts: Parts, order: CameraOrder) -> None:
        self.name = order.camera_id
        self._parts = parts
        self._order = order
        self._left_at: datetime | None = None
        self._has_worked = False

    def next_work(self) -> Work:
        """Return the watching, with what is known of the process before."""
        before = Before(self._left_at, self._has_worked)
        return partial(watch_camera, replace(self._order, before=before))

    def note_works(self) -> None:
        """The camera sends pictures; the gap before them is told by its process."""
        self._left_at, self._has_worked = None, True

    def note_lost(self, reason: str) -> None:
        """End what the process left open, at its last evidence; the camera counts as away until it is seen again."""
        self.abandon()
        self._away().note_away(f"its process {reason}")

    def note_over(self) -> None:
        """Nobody tries to watch the camera any more."""
        self._away().note_back()

    def abandon(self) -> int:
        """End what earlier processes left open. Returns how many events that were."""
        now, mine = self._parts.clock.now(), [self._order.camera_id]
        with self._parts.database.transaction() as session:
            sites = SiteRepository(session)
            left = [run.last_at for run in sites.runs(mine, now - LOOKED_BACK, now) if not run.finished]
            ended = sites.abandon_runs(mine)
        self._left_at = max(left, default=self._left_at)
        return ended

    def _away(self) -> AwayLog:
        return AwayLog(self._parts.database, self._parts.clock, CameraId(self._order.camera_id))


class EngineJob:
    """The engine, by one process after the other; who asks it meanwhile waits."""

    name = "engine"

    def __init__(self, address: Path, device: str = "") -> None:
        self._address = address
        self._device = device

    def next_work(self) -> Work:
        """Return the serving."""
        return partial(run_engine, self._address, self._device)

    def note_works(self) -> None:
        """Nothing is kept."""

    def note_lost(self, reason: str) -> None:
        """Nothing was open: cameras ask again."""

    def note_over(self) -> None:
        """Nothing is kept."""


def build_jobs(parts: Parts, site: Site, site_path: Path, engine: Path) -> list[CameraJob]:
    """Return a job for each live camera of a site."""
    live = [camera.id for camera in site.cameras if camera.is_live]
    return [CameraJob(parts, CameraOrder(parts.settings, site, id_, site_path, engine, Before())) for id_ in live]


def build_supervisor(parts: Parts, jobs: Sequence[Job], engine: Path, dog: Watchdog) -> Supervisor:
    """Return what keeps the processes going."""
    return Supervisor(EngineJob(engine, parts.settings.nets_device), jobs, disk=parts.disk, dog=dog)
