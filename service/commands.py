"""What the commands do, apart from reading their options."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from rich.console import Console

from service import analysis
from service.accounts import sign_in_token
from service.api.live_room import LiveRoom
from service.db.records import Role
from service.errors import PortInUse, ServiceError, SiteInvalid
from service.processes import build_jobs, build_supervisor
from service.settings import Settings
from service.site import load_site, resolve_source
from service.site_hours import DAYS, ID_PATTERN, HoursTable
from service.site_tables import CameraTable, DeskTable, OfficerTable, Site, SiteTable
from service.wiring import (
    Parts,
    build_app,
    build_deliveries,
    build_hearings,
    build_post,
    build_publishing,
    build_retention,
    check_nets,
    open_parts,
    register_site,
)
from service.workers.deliveries import DeliveryThread
from service.workers.herald import RepeatedThread
from service.workers.supervisor import Supervisor
from service.workers.watchdog import Watchdog, watchdog_of
from vision.errors import BackendMissing

SAMPLE_SITE = Path(__file__).resolve().parent.parent / "samples" / "centre.toml"
DEMO_LOGIN = "thanh-tra"
GRACE_S = 5
"""Seconds that requests which are being answered have when the service is stopped."""


def check_port(host: str, port: int) -> None:
    """Raise `PortInUse` before any work is done for an address that cannot be served."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUse(f"cannot serve at {host}:{port}: {error.strerror}. Choose another with --port") from None


def analyze_recordings(
    settings: Settings, site: Site, site_path: Path, console: Console, *, allow_jumps: bool = False
) -> dict[str, Any]:
    """Analyse every camera of a site whose source is a recording. Nothing is stored before all are found whole."""
    jobs = analysis.prepare(site_path, cameras=site.cameras, allow_jumps=allow_jumps)
    check_nets(settings.nets_device)
    parts = open_parts(settings)
    try:
        analysis.analyze(parts, site, jobs, console)
        return analysis.results(parts, jobs)
    finally:
        parts.database.close()


def recorded_by(site: Site, camera_id: str, video: Path) -> Site:
    """Return the site with one camera, whose source is this recording."""
    camera = site.camera(camera_id).model_copy(update={"source": str(video.resolve())})
    return site.model_copy(update={"cameras": (camera,)})


def site_of_desks(video: Path, desks: list[str]) -> Site:
    """Make a site of one recording with rectangular desks, each staffed by somebody unnamed."""
    tables, officers = [], []
    for i, text in enumerate(desks, start=1):
        name, corners = _rectangle(text)
        officers.append(OfficerTable(id=f"officer-{i}", name=name))
        tables.append(DeskTable(id=name, name=name, officers=(f"officer-{i}",), area=corners))
    camera = CameraTable(id="camera", name=video.name, source=str(video.resolve()), desks=tuple(tables))
    return _adhoc_site(camera, tuple(officers))


def _rectangle(text: str) -> tuple[str, tuple[tuple[float, float], ...]]:
    name, _, numbers = text.partition("=")
    try:
        x0, y0, x1, y1 = (float(part) for part in numbers.split(","))
    except ValueError:
        raise SiteInvalid([f"--desk {text!r}: wanted NAME=x0,y0,x1,y1, such as counter=0.1,0.2,0.5,0.9"]) from None
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise SiteInvalid([f"--desk {text!r}: wanted 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1, in fractions"])
    if not re.match(ID_PATTERN, name):
        raise SiteInvalid(
            [f"--desk {text!r}: the name is made of a-z, 0-9, - and _, and begins with a letter or digit"]
        )
    return name, ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def _adhoc_site(camera: CameraTable, officers: tuple[OfficerTable, ...]) -> Site:
    table = SiteTable(id="adhoc", name=camera.name, agency="-")
    # nobody said when this place works: it always does
    hours = HoursTable(intervals=(), days=DAYS)
    return Site(schema=1, site=table, hours=hours, cameras=(camera,), officers=officers)


def demo_recordings(settings: Settings, source: str | None, console: Console) -> dict[str, Any]:
    """Analyse the sample centre, or one recording of the user's own with the whole picture as the desk."""
    if source is None:
        return analyze_recordings(settings, load_site(SAMPLE_SITE), SAMPLE_SITE, console)
    return analyze_recordings(settings, site_of_desks(Path(source), ["picture=0,0,1,1"]), Path(), console)


def demo_live(settings: Settings, source: str, *, host: str, port: int, console: Console) -> None:
    """Watch the user's own camera while the pages are served."""
    camera = site_of_desks(Path("camera"), ["picture=0,0,1,1"]).cameras[0].model_copy(update={"source": source})
    site = _adhoc_site(camera, (OfficerTable(id="officer-1", name="picture"),))
    parts = open_parts(settings)
    with watched(parts, site, Path(), console=console):
        serve_parts(parts, host=host, port=port, console=console)


@contextmanager
def watched(
    parts: Parts, site: Site, site_path: Path, *, console: Console, dog: Watchdog | None = None
) -> Iterator[Supervisor]:
    """Watch every live camera in a process of its own, as long as the block runs."""
    live = [camera for camera in site.cameras if camera.is_live]
    if not live:
        raise SiteInvalid(["the site file has no live camera; analyse recordings with `congvu analyze`"])
    for camera in live:
        resolve_source(camera, site_path)  # a missing secret is told before anything starts
    check_nets(parts.settings.nets_device)
    register_site(parts, site)
    with tempfile.TemporaryDirectory(prefix="congvu-") as folder:
        address = Path(folder) / "engine"
        jobs = build_jobs(parts, site, site_path, address)
        abandoned = sum(job.abandon() for job in jobs)
        if abandoned:
            console.print(f"{abandoned} events that an earlier run left open were ended at their last evidence")
        supervisor = build_supervisor(parts, jobs, address, dog or Watchdog(None))
        supervisor.start()
        for camera in live:
            console.print(f"watching {camera.id} ({camera.name})")
        try:
            yield supervisor
        finally:
            supervisor.stop()
            supervisor.join()


def run_site(settings: Settings, site: Site, site_path: Path, *, console: Console) -> None:
    """Watch all live cameras until stopped by Ctrl-C or SIGTERM.

    Raises:
        ServiceError: Every camera was given up.
    """
    parts = open_parts(settings)
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with looked_after(parts), watched(parts, site, site_path, console=console, dog=watchdog_of(os.environ)) as cameras:
        while not done.wait(0.5) and cameras.is_alive():
            pass
        console.print("stopping")
    parts.database.close()
    if not done.is_set():
        raise ServiceError("\n".join(cameras.failures))


def serve_demo(settings: Settings, *, host: str, port: int, console: Console) -> None:
    """Serve the demo's pages with a one-time sign-in."""
    serve_parts(open_parts(settings), host=host, port=port, console=console)


def serve_parts(parts: Parts, *, host: str, port: int, console: Console) -> None:
    """Print a one-time sign-in and serve."""
    token = sign_in_token(parts, DEMO_LOGIN, name="Thanh tra viên (bản mẫu)", role=Role.INSPECTOR)
    console.print(f"\nSign in once at:  http://{host}:{port}/sign-in/once?token={token}\n", soft_wrap=True)
    serve_pages(parts, host=host, port=port)  # recordings of the demo are old: nothing of it is deleted


def serve(parts: Parts, *, host: str, port: int, site_path: Path | None = None) -> None:
    """Serve, and look after the evidence, until stopped by Ctrl-C or SIGTERM."""
    with looked_after(parts):
        serve_pages(parts, host=host, port=port, site_path=site_path)


@contextmanager
def looked_after(parts: Parts) -> Iterator[None]:
    """Delete what has had its time, look after the disk, give out the journal's heads, as long as the block runs."""
    threads = (build_retention(parts), build_publishing(parts))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.stop()
        for thread in threads:
            thread.join(timeout=10)


def serve_pages(parts: Parts, *, host: str, port: int, site_path: Path | None = None) -> None:
    """Serve until stopped by Ctrl-C or SIGTERM; what the caller then has to close is closed."""
    # uvicorn raises the signal that stopped it once more, and by default that would end the process on the spot
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    deliveries = build_deliveries(parts)
    threads: list[RepeatedThread | DeliveryThread] = [*build_post(parts), *([] if deliveries is None else [deliveries])]
    pages = build_app(parts, site_path)
    threads.append(build_hearings(pages.state.context))
    for thread in threads:
        thread.start()
    try:
        PagesServer(
            uvicorn.Config(
                pages,
                host=host,
                port=port,
                log_level="warning",
                server_header=False,
                # by itself uvicorn believes whoever is on this computer
                proxy_headers=bool(parts.settings.trusted_proxies),
                forwarded_allow_ips=parts.settings.trusted_proxies,
                timeout_graceful_shutdown=GRACE_S,
            )
        ).run()
    finally:
        for thread in threads:
            thread.stop()
        if pages.state.context.copies is not None:
            pages.state.context.copies.close()


class PagesServer(uvicorn.Server):
    """Ends streams when it is asked to stop: it would wait for them, and they for the next event."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests that are being answered come to their end."""
        room = getattr(getattr(self.config.app, "state", None), "live", None)
        if isinstance(room, LiveRoom):
            room.stop()
        await super().shutdown(sockets)


def doctor(settings: Settings, console: Console) -> bool:
    """Check nets, store, database and sample site; say each result."""
    checks: list[tuple[str, Callable[[], object]]] = [
        ("nets", lambda: check_nets(settings.nets_device)),
        ("data folder and database", lambda: open_parts(settings).database.close()),
        ("sample site", lambda: load_site(SAMPLE_SITE)),
    ]
    is_well = True
    for name, check in checks:
        try:
            check()
            console.print(f"[green]good[/green]  {name}")
        except (ServiceError, BackendMissing) as error:
            is_well = False
            console.print(f"[red]bad [/red]  {name}: {error}")
    return is_well
