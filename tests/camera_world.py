"""A service centre whose camera went through something: faults, scenes, stills, verdicts and states of rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import cv2
import numpy as np

from service.db.accounts import AccountRepository
from service.db.calibration import CalibrationRepository
from service.db.records import FaultRecord, RandomCheck, RuleMode, RuleState, RunRecord, Verdict
from service.db.sites import SiteRepository
from service.scenes import scene_json, scene_sha256
from service.site_tables import SceneTables
from tests.verdicts import judge, second_breach
from tests.web_world import CAMERA, MONDAY, RUN, TestClient, World

NOW = MONDAY + timedelta(hours=9)

# seen by a camera 3 m up that looks 25 degrees down, focal length 900 px of 1280: metres by its own projection
MARKS = (
    ((0.1, 0.35), (-5.438, 9.148)),
    ((0.9, 0.35), (5.438, 9.148)),
    ((0.15, 0.95), (-1.994, 3.021)),
    ((0.85, 0.95), (1.994, 3.021)),
    ((0.5, 0.6), (0.0, 5.287)),
)


def a_scene(*, with_floor: bool = False) -> SceneTables:
    """Two desks, zones of each kind, an entrance and a mask; with floor marks where wanted."""
    drawn = {
        "desks": [
            {"id": "ban-1", "name": "Bàn 1", "officers": ["hanh"], "area": _box(0.1, 0.45, 0.4, 0.9)},
            {"id": "ban-2", "name": "Bàn 2", "officers": ["hanh"], "area": _box(0.55, 0.3, 0.7, 0.5)},
        ],
        "zones": [
            {"id": "cong-dan", "name": "Khu vực công dân", "kind": "public", "area": _box(0.72, 0.5, 1.0, 1.0)},
            {"id": "phong-hop", "name": "Phòng họp", "kind": "no_smoking", "area": _box(0.02, 0.25, 0.3, 0.42)},
        ],
        "lines": [{"id": "cua", "name": "Cửa vào", "start": (0.75, 0.3), "end": (0.95, 0.3)}],
        "masks": [{"id": "man-hinh", "name": "Màn hình", "area": _box(0.42, 0.55, 0.52, 0.65)}],
        "picture": {"width_px": 1280, "height_px": 720},
    }
    if with_floor:
        drawn["floor"] = {"points": [{"at": at, "floor_m": floor_m} for at, floor_m in MARKS]}
    return SceneTables.model_validate(drawn)


def _box(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float]]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


@dataclass
class CameraWorld(World):
    """What the tests of the camera's page are told."""

    readers: dict[str, tuple[TestClient, str]] = field(default_factory=dict)

    def kept_reader(self, login: str = "thanhtra") -> tuple[TestClient, str]:
        """The reader of this name, the same each time: making the application takes longer than a page."""
        if login not in self.readers:
            self.readers[login] = self.reader(login)
        return self.readers[login]

    def add_working_run(self, hours: float = 8.0) -> None:
        """The camera works: its run goes on."""
        with self.database.transaction() as session:
            start = self.clock.now() - timedelta(hours=hours)
            SiteRepository(session).store_run(RunRecord(CAMERA, RUN, start, self.clock.now(), 1000, 0, False))

    def add_fault(self, kind: str, start: datetime, end: datetime | None = None, detail: str = "") -> None:
        with self.database.transaction() as session:
            CalibrationRepository(session).store_fault(FaultRecord(CAMERA, RUN, kind, start, end, detail))

    def add_scene(self, tables: SceneTables, *, at: datetime = MONDAY) -> int:
        with self.database.transaction() as session:
            return CalibrationRepository(session).store_scene(
                CAMERA, scene=scene_json(tables), sha256=scene_sha256(tables), at=at
            )

    def add_still(self, *, width_px: int = 640, height_px: int = 360) -> bytes:
        picture = np.full((height_px, width_px, 3), 150, dtype=np.uint8)
        picture[height_px // 2 :] = (96, 120, 134)
        cv2.rectangle(picture, (width_px // 3, height_px // 3), (width_px // 2, height_px), (70, 60, 120), -1)
        content = cv2.imencode(".jpg", picture)[1].tobytes()
        self.store.put(f"stills/{CAMERA}.jpg", content)
        return content

    def add_verdicts(self, rule: str, answers: list[Verdict], *, start: datetime = MONDAY) -> list[str]:
        """Flags of a rule, a minute apart, each with one verdict."""
        events = []
        for i, verdict in enumerate(answers):
            at = start + timedelta(minutes=i)
            events.append(self.add_event(rule, at, score=0.6 + 0.39 * ((7 * i) % 11) / 11))
            self.judge(events[-1], verdict, at=at + timedelta(seconds=30))
        return events

    def judge(self, event_id: str, verdict: Verdict, *, at: datetime, login: str = "thanhtra") -> None:
        with self.database.transaction() as session:
            judge(
                session,
                event_id,
                verdict,
                by=self.user_id(login),
                at=at,
                request_id=f"request-{event_id}-{at:%H%M%S%f}",
            )
            if verdict is Verdict.BREACH:
                second_breach(session, event_id, at=at)

    def add_state(
        self, rule: str, mode: RuleMode, at: datetime, *, threshold: float | None = None, cause: str = ""
    ) -> None:
        with self.database.transaction() as session:
            CalibrationRepository(session).add_rule_state(
                RuleState(CAMERA, rule, at, mode, threshold, threshold is not None, 0.62, 0.45, 40, cause)
            )

    def add_check(self, event_id: str, rule: str, probability: float = 0.02) -> None:
        with self.database.transaction() as session:
            check = RandomCheck(event_id, rule, probability, self.clock.now())
            CalibrationRepository(session).add_random_check(check)

    def user_id(self, login: str = "thanhtra") -> int:
        with self.database.transaction() as session:
            user = AccountRepository(session).find_user(login)
            assert user is not None
            return user.user_id
