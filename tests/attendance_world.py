"""A small agency with a month of attendance in a real database, for the tests of API and pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from service.api.app import create_app
from service.api.context import WebContext
from service.attendance.facts import Leave, LeaveKind
from service.attendance.imported import FactReader, Importable
from service.attendance.intervals import Interval
from service.db.attendance import AttendanceRepository
from service.db.records import OfficerRecord, PlaceRecord, Role, RunRecord, SiteRecord
from service.db.sites import SiteRepository
from service.db.visits import VisitRepository
from tests.web_world import SettableClock, World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2025, 11, 4, 2, 0, tzinfo=UTC)
FIRST, LAST = date(2025, 10, 1), date(2025, 10, 31)
LATE, ABSENT, UNSEEN = date(2025, 10, 6), date(2025, 10, 7), date(2025, 10, 8)
"""Days on which Hạnh comes at 08:00, does not come, and no camera works."""
OFFICERS = (
    ("hanh", "Nguyễn Thị Hạnh", "Bộ phận một cửa", "ban-1"),
    ("binh", "Trần Văn Bình", "Bộ phận một cửa", "ban-2"),
    ("mai", "Lê Thị Mai", "Văn phòng", "ban-3"),
)
CAMERA = "cam-quay"
SITE = "trung-tam"
MONTH = {"from": FIRST.isoformat(), "to": LAST.isoformat()}


class AttendanceWorld(World):
    """October 2025 of three officers, seen from the fourth of November."""

    def __init__(self, folder: Path, *, filled: bool = True) -> None:
        if filled:
            database, key = _filled_database()
            (folder / "congvu.db").write_bytes(database)
            (folder / "keys").mkdir()
            (folder / "keys" / "signing.pem").touch(mode=0o600)
            (folder / "keys" / "signing.pem").write_bytes(key)
        super().__init__(folder, SettableClock(NOW))
        if not filled:
            self.add_user("thuky", Role.CLERK, "Lê Thị Thu")
            self.add_user("truong", Role.ADMIN, "Phạm Văn Trưởng")
            self.add_user()
            self._add_agency()
        self.readers: dict[Importable, FactReader] = {}
        self._app = create_app(WebContext(self.database, self.store, self.clock, self.pen, readers=self.readers))

    @property
    def app(self) -> FastAPI:
        """Made once: it takes longer than most requests."""
        return self._app

    def _add_agency(self) -> None:
        with self.database.transaction() as session:
            sites = SiteRepository(session)
            sites.register(
                SiteRecord(
                    SITE,
                    "Trung tâm Phục vụ hành chính công",
                    "UBND tỉnh",
                    str(ZONE),
                    "Có biển báo",
                    "Nội quy cơ quan",
                    ("07:30-11:30", "13:30-17:00"),
                    (0, 1, 2, 3, 4),
                    5,
                ),
                cameras=[(CAMERA, "Camera quầy")],
                officers=[OfficerRecord(who, name, unit) for who, name, unit, _ in OFFICERS],
                places=[
                    PlaceRecord(CAMERA, desk, f"Bàn {n}", "desk", (who,))
                    for n, (who, _, _, desk) in enumerate(OFFICERS, start=1)
                ],
            )
            visits = VisitRepository(session)
            for n in range((LAST - FIRST).days + 1):
                day = FIRST + timedelta(days=n)
                if day.weekday() > 4 or day == UNSEEN:
                    continue
                sites.store_run(RunRecord(CAMERA, f"run-{n}", at(day, 6), at(day, 18), 1000, 0, True))
                for who, _, _, desk in OFFICERS:
                    self._add_visits(visits, who, desk, day)

    def _add_visits(self, visits: VisitRepository, who: str, desk: str, day: date) -> None:
        if who == "hanh" and day == ABSENT:
            return
        came = at(day, 8) if who == "hanh" and day == LATE else at(day, 7, 25)
        visits.keep(CAMERA, desk, started_at=came, ended_at=at(day, 11, 32))
        visits.keep(CAMERA, desk, started_at=at(day, 13, 25), ended_at=at(day, 17, 3))

    def add_leave(self, who: str, kind: LeaveKind, days: Sequence[date]) -> int:
        span = Interval(at(days[0], 0), at(days[-1], 24))
        with self.database.transaction() as session:
            return AttendanceRepository(session).add_leave(Leave(who, kind, span, "Đơn 12"), by=None, at=at(FIRST, 8))


@cache
def _filled_database() -> tuple[bytes, bytes]:
    """Fill it once; every world starts from a copy, and of the key that its journal is signed with."""
    with TemporaryDirectory() as folder:
        world = AttendanceWorld(Path(folder), filled=False)
        world.database.close()
        return (Path(folder) / "congvu.db").read_bytes(), (Path(folder) / "keys" / "signing.pem").read_bytes()


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment in the agency's zone."""
    return datetime.combine(day, time(), ZONE) + timedelta(hours=hour, minutes=minute)
