"""A centre with many flags and inspectors, and a real ``congvu serve`` before it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

from service.db.accounts import AccountRepository
from service.db.evidence import EvidenceRepository
from service.db.records import EvidenceKind, EvidenceRecord, OfficerRecord, PlaceRecord, Role, SiteRecord
from service.db.repository import EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.evidence.opening import open_store
from service.settings import Settings
from tests.e2e.servers import free_port
from tests.web_world import CAMERA, PASSWORD_HASH, clip_bytes, make_event

LOGINS = tuple(f"thanh-tra-{n:02}" for n in range(50))
CLIP_KEY = "cam-quay/clip.mp4"
STARTS_WITHIN_S = 60
ONE_ADDRESS = {"CONGVU_RATE_LIMIT_ANONYMOUS": "600", "CONGVU_RATE_LIMIT_SIGN_IN": "600"}
"""All sign in within seconds, and from one computer."""


def fill(address: str, folder: Path, flags: int, *, newest: datetime) -> None:
    """Store a centre, its inspectors, and flags of one clip, a few seconds apart."""
    settings = Settings(data_dir=folder, database_url=address)
    store = open_store(settings.evidence_url, settings.evidence_dir, access=settings.bucket_access)
    clip = clip_bytes(20.0)
    sha256 = store.put(CLIP_KEY, clip)
    database = Database(address)
    database.upgrade()
    with database.transaction() as session:
        _add_site(SiteRepository(session))
        accounts = AccountRepository(session)
        for login in LOGINS:
            accounts.add_user(login, display_name=login, role=Role.INSPECTOR, password_hash=PASSWORD_HASH, at=newest)
    for begin in range(0, flags, 500):
        with database.transaction() as session:
            for number in range(begin, min(begin + 500, flags)):
                at = newest - timedelta(seconds=3 * number)
                event = make_event("left_post", at, lasts=timedelta(minutes=12), place="ban-1", score=0.9)
                EventRepository(session).upsert(event)
                EvidenceRepository(session).add(
                    EvidenceRecord(
                        str(event.event_id), EvidenceKind.CLIP, CLIP_KEY, sha256, len(clip), "video/mp4", at, at
                    )
                )
    database.close()


def _add_site(sites: SiteRepository) -> None:
    site = SiteRecord(
        "trung-tam",
        "Trung tâm",
        "UBND tỉnh",
        "Asia/Ho_Chi_Minh",
        "",
        "",
        ("07:30-11:30", "13:30-17:00"),
        (0, 1, 2, 3, 4),
        5,
    )
    sites.register(
        site,
        cameras=[(CAMERA, "Camera quầy")],
        officers=[OfficerRecord("hanh", "Nguyễn Thị Hạnh", "Bộ phận một cửa")],
        places=[PlaceRecord(CAMERA, "ban-1", "Bàn 1", "desk", ("hanh",))],
    )


@contextmanager
def served(address: str, folder: Path) -> Iterator[int]:
    """Run ``congvu serve``; yields its port. What it wrote is shown where it would not start or did not stop well."""
    port, log = free_port(), folder / "serve.log"
    told = {**os.environ, "CONGVU_DATABASE_URL": address, "CONGVU_DATA_DIR": str(folder), **ONE_ADDRESS}
    command = [sys.executable, "-c", "from service.entry import main; main()", "serve", "--port", str(port)]
    with log.open("w") as out, subprocess.Popen(command, env=told, stdout=out, stderr=out) as server:
        try:
            _wait_for(port, server, log)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=60)
    found = [line for line in log.read_text().splitlines() if "error" in line.lower() or "Traceback" in line]
    if found:
        print("the server wrote:", *found[:20], sep="\n", file=sys.stderr)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/sign-in")
            connection.getresponse()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"congvu serve did not start: {log.read_text()}")
