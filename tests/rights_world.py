"""Two agencies side by side, each with all that the service keeps, and an account of every role in each and in none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fastapi import FastAPI

from service.api.app import create_app
from service.api.auth import SESSION_COOKIE
from service.api.context import WebContext
from service.attendance.facts import BadgeRead, Direction
from service.attendance.imports.readers import fact_readers
from service.db.accounts import AccountRepository
from service.db.attendance import AttendanceRepository
from service.db.calibration import CalibrationRepository
from service.db.evidence import EvidenceRepository
from service.db.records import (
    EvidenceKind,
    EvidenceRecord,
    FaultRecord,
    OfficerRecord,
    PlaceRecord,
    Role,
    RuleMode,
    RuleState,
    RunRecord,
    SiteRecord,
)
from service.db.repository import EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.db.visits import VisitRepository
from service.evidence.local import LocalStore
from service.rights import Reach
from service.scenes import scene_json, scene_sha256
from service.site_tables import SceneTables
from tests.attendance_world import ZONE, at
from tests.camera_world import MARKS
from tests.pens import pen_in
from tests.verdicts import confirm
from tests.web_world import SettableClock, TestClient, _empty_database, make_event
from vision.types import CameraId, RunId

NOW = datetime(2025, 11, 4, 2, 0, tzinfo=UTC)
WATCHED = (date(2025, 10, 6), date(2025, 10, 7))
LEAVE_DAY, COVER_DAY, CORRECTED_DAY = "2025-10-08", "2025-10-07", "2025-10-06"
MONTH = {"from": "2025-10-01", "to": "2025-10-31"}
PDF = b"%PDF-1.4 a paper"
A, B, EVERYWHERE = "a", "b", ""
"""The agencies, and the accounts that are limited to none."""


@dataclass(frozen=True, slots=True)
class Things:
    """What a request may be about: one officer, their site, and what is kept of both."""

    agency: str
    site_id: str
    camera_id: str
    event_id: str
    officer_id: str
    unit: str
    desk_id: str
    leave_id: int
    cover_id: int
    correction_id: int
    period_id: int
    heard_id: str
    case_id: str
    user_id: int


def mark(agency: str, what: object) -> str:
    """Return a word that names only this thing of this agency, to be looked for in answers."""
    return f"zq{agency}{what}"


def unit_of(agency: str, officer: int) -> str:
    """The first two officers are of one unit, the third of another."""
    return mark(agency, "u1" if officer < 3 else "u2")


def plain(word: str) -> str:
    """Names as they are."""
    return f"Tên {word}"


@dataclass
class RightsWorld:
    """Two agencies, A and B.

    Attributes:
        named: What the text around a mark is; another one fills every text with what could do harm.
    """

    folder: Path
    named: Callable[[str], str] = plain
    clock: SettableClock = field(default_factory=lambda: SettableClock(NOW))
    things: dict[tuple[str, int], Things] = field(default_factory=dict)
    clients: dict[str, tuple[TestClient, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.path = self.folder / "congvu.db"
        self.path.write_bytes(_empty_database())
        self.database = Database(f"sqlite:///{self.path}")
        self.store = LocalStore(self.folder / "evidence")
        self.pen = pen_in(self.folder, self.database, self.clock)
        self.site_path = self.folder / "site.toml"
        self.site_path.write_text(site_file(A, self.named), encoding="utf-8")
        self.app: FastAPI = create_app(self.context())
        for agency in (A, B):
            self._add_agency(agency)
        self._add_users()
        for agency in (A, B):
            self._fill(agency)
        self.database_as_made = sqlite3.connect(":memory:")
        with sqlite3.connect(self.path) as live:
            live.backup(self.database_as_made)
        self.site_as_made = self.site_path.read_text(encoding="utf-8")

    def context(self) -> WebContext:
        """What the service is made of."""
        return WebContext(
            self.database, self.store, self.clock, self.pen, site_path=self.site_path, readers=fact_readers()
        )

    def content_of(self, kind: EvidenceKind, of: str) -> bytes:
        """What a file of evidence holds; nobody looks at it here."""
        return f"{kind} of {of}".encode()

    def restore(self) -> None:
        """Undo what a request changed."""
        with sqlite3.connect(self.path) as live:
            self.database_as_made.backup(live)
        self.site_path.write_text(self.site_as_made, encoding="utf-8")

    def kept(self) -> list[str]:
        """All that the database holds but when sessions were seen, to tell whether a request changed anything."""
        with sqlite3.connect(self.path) as live:
            return [line for line in live.iterdump() if 'INTO "sessions"' not in line and '"api_tokens"' not in line]

    def browser(self) -> TestClient:
        return TestClient(
            self.app, base_url="http://centre.test", follow_redirects=False, raise_server_exceptions=False
        )

    def reader(self, role: Role, agency: str) -> tuple[TestClient, str]:
        """The browser of an account, signed in, and its anti-forgery token; the same each time."""
        return self.clients[login_of(role, agency)]

    def _add_agency(self, x: str) -> None:
        name, camera = self.named, CameraId(mark(x, "-cam"))
        with self.database.transaction() as session:
            sites = SiteRepository(session)
            sites.register(
                SiteRecord(
                    mark(x, "-site"),
                    name(mark(x, "-site")),
                    agency_name(x, name),
                    str(ZONE),
                    name(mark(x, "-notice")),
                    name(mark(x, "-basis")),
                    ("07:30-11:30", "13:30-17:00"),
                    (0, 1, 2, 3, 4),
                    5,
                ),
                cameras=[(camera, name(mark(x, "-cam")))],
                officers=[OfficerRecord(mark(x, n), name(mark(x, n)), name(unit_of(x, n))) for n in (1, 2, 3)],
                places=[
                    PlaceRecord(camera, mark(x, f"d{n}"), name(mark(x, f"d{n}")), "desk", (mark(x, n),))
                    for n in (1, 2, 3)
                ],
            )
            visits = VisitRepository(session)
            for day in WATCHED:
                sites.store_run(RunRecord(camera, f"run-{day}", at(day, 6), at(day, 18), 1000, 0, True))
                for n in (1, 2, 3):
                    visits.keep(camera, mark(x, f"d{n}"), started_at=at(day, 7, 25 + n), ended_at=at(day, 17, n))
            self._add_calibration(CalibrationRepository(session), x, camera)
            for n in (1, 2, 3):
                read = BadgeRead(mark(x, n), camera, "cua", at(WATCHED[0], 7, n), Direction.IN)
                AttendanceRepository(session).add_badge_read(read)
        picture = cv2.imencode(".jpg", np.full((360, 640, 3), 90 + ord(x), np.uint8))[1].tobytes()
        self.store.put(f"stills/{camera}.jpg", picture)

    def _add_calibration(self, calibration: CalibrationRepository, x: str, camera: str) -> None:
        scene = a_scene(x, self.named)
        calibration.store_scene(
            camera,
            scene=scene_json(scene),
            sha256=scene_sha256(scene),
            at=at(WATCHED[0], 5),
            note=self.named(mark(x, "-version")),
        )
        calibration.store_fault(
            FaultRecord(camera, "run", "moved", at(WATCHED[1], 9), None, self.named(mark(x, "-fault")))
        )
        calibration.add_reference(
            camera, key=f"references/{camera}/one.jpg", sha256="0" * 64, taken_at=at(WATCHED[0], 6)
        )
        calibration.add_rule_state(
            RuleState(
                camera, "smoking", at(WATCHED[0], 9), RuleMode.SUSPENDED, 0.7, False, 0.5, 0.4, 40, "fell",
                note=self.named(mark(x, "-state")),
            )
        )  # fmt: skip

    def _add_users(self) -> None:
        with self.database.transaction() as session:
            accounts = AccountRepository(session)
            for agency in (A, B, EVERYWHERE):
                for role in Role:
                    self._sign_in(accounts, login_of(role, agency), role, agency)
            for agency in (A, B):
                self._sign_in(accounts, entering(agency), Role.CLERK, agency)
        for login, (client, _) in self.clients.items():
            self.clients[login] = (client, str(client.get("/api/v1/session").json()["csrf_token"]))

    def _sign_in(self, accounts: AccountRepository, login: str, role: Role, agency: str) -> None:
        user = accounts.add_user(
            login,
            display_name=self.named(mark(agency, f"-{role}") if agency else f"tỉnh {role}"),
            role=role,
            password_hash=None,
            at=self.clock.now(),
            reach=self._reach_of(role, agency),
        )
        client = self.browser()
        lasts = timedelta(hours=12)
        client.cookies.set(SESSION_COOKIE, accounts.open_session(user.user_id, at=self.clock.now(), lasts=lasts))
        self.clients[login] = (client, "")

    def _reach_of(self, role: Role, x: str) -> Reach:
        limited = agency_name(x, self.named) if x else None
        if role is Role.OFFICER:
            return Reach(limited, officer_id=mark(x or A, 1))
        return Reach(limited, self.named(unit_of(x, 1))) if role is Role.UNIT_HEAD and x else Reach(limited)

    def _fill(self, x: str) -> None:
        """Enter what people enter, by the service's own routes."""
        client, token = self.clients[entering(x)]

        def post(path: str, body: dict[str, object]) -> dict[str, int]:
            answer = client.post(f"/api/v1/{path}", json=body, headers={"X-CSRF-Token": token})
            assert 201 == answer.status_code, answer.text
            return dict(answer.json())

        period = post("periods", {"site_id": mark(x, "-site"), "first": "2025-10-01", "last": "2025-10-03"})
        for n in (1, 2, 3):
            text = {name: self.named(mark(x, n)) for name in ("document", "note")}
            post("punches", {"punches": [{"officer_id": mark(x, n), "at": f"{COVER_DAY}T07:2{n}:00+07:00",
                                          "device": self.named(mark(x, n))[:64]}]})  # fmt: skip
            self._ask(client, token, mark(x, n), self.named(mark(x, n)))
            self.things[x, n] = Things(
                agency=agency_name(x, self.named),
                site_id=mark(x, "-site"),
                camera_id=mark(x, "-cam"),
                event_id=self.add_event(x, n),
                officer_id=mark(x, n),
                unit=self.named(unit_of(x, n)),
                desk_id=mark(x, f"d{n}"),
                leave_id=post("leaves", leave_body(mark(x, n)) | text)["leave_id"],
                cover_id=post("covers", cover_body(x, n) | {"note": text["note"]})["cover_id"],
                correction_id=max(c["correction_id"] for c in client.get("/api/v1/corrections").json()),
                period_id=period["period_id"],
                **self._hear(x, n),
            )

    def _ask(self, client: TestClient, token: str, officer_id: str, text: str) -> None:
        answer = client.post(
            f"/attendance/officers/{officer_id}/corrections",
            data=correction_form(officer_id, text) | {"csrf_token": token},
            files={"document_copy": ("giay.pdf", PDF + officer_id.encode(), "application/pdf")},
        )
        assert 303 == answer.status_code, answer.text

    def _hear(self, x: str, n: int) -> dict[str, Any]:
        """Open a hearing about another event of the officer's, as two have seen a breach in it."""
        event_id, user_id = self.add_confirmed(x, n, hour=14)
        opened = self.open_case(x, n, event_id)
        return {"heard_id": event_id, "case_id": opened["case_id"], "user_id": user_id}

    def add_confirmed(self, x: str, n: int, *, hour: int) -> tuple[str, int]:
        """Add an event in which two have seen a breach; return it, and the first of them."""
        event_id = self.add_event(x, n, hour=hour)
        with self.database.transaction() as session:
            user = AccountRepository(session).find_user(login_of(Role.INSPECTOR, x))
            assert user is not None
            confirm(session, event_id, by=user.user_id, at=self.clock.now())
        return event_id, user.user_id

    def open_case(self, x: str, n: int, event_id: str) -> dict[str, Any]:
        """Open a hearing; return what the service says of it, with link and number."""
        client, token = self.reader(Role.INSPECTOR, x)
        wanted = {"event_id": event_id, "officer_id": mark(x, n), "text": self.named(mark(x, n))}
        request = {"request_id": f"request-{event_id}"}
        answer = client.post("/api/v1/cases", json=wanted | request, headers={"X-CSRF-Token": token})
        assert 201 == answer.status_code, answer.text
        return dict(answer.json())

    def add_event(self, x: str, n: int, *, hour: int = 9, rule: str = "left_post") -> str:
        """Add an event at an officer's desk, with clip and snapshot."""
        start = at(WATCHED[0], hour, 10 * n)
        event = make_event(rule, start, lasts=timedelta(minutes=5), place=mark(x, f"d{n}"), score=0.9)
        event = replace(event, subject=replace(event.subject, camera_id=CameraId(mark(x, "-cam")), run_id=RunId("run")))
        event_id = str(event.event_id)
        with self.database.transaction() as session:
            EventRepository(session).upsert(event, scene_version=1)
            for kind, media_type in ((EvidenceKind.CLIP, "video/mp4"), (EvidenceKind.SNAPSHOT, "image/jpeg")):
                content = self.content_of(kind, f"{x}{n}")
                key = f"{event_id}/{kind}"
                record = EvidenceRecord(
                    event_id, kind, key, self.store.put(key, content), len(content), media_type, start, start
                )
                assert EvidenceRepository(session).add(record)
        return event_id


def login_of(role: Role, agency: str) -> str:
    return f"{role}-{agency or 'tinh'}"


def entering(agency: str) -> str:
    """Who entered what there is: whoever asks for a correction may not decide it."""
    return f"nhap-{agency}"


def agency_name(x: str, named: Callable[[str], str] = plain) -> str:
    return named(mark(x, "-agency"))


def leave_body(officer_id: str, day: str = LEAVE_DAY) -> dict[str, object]:
    span = {"start": f"{day}T00:00:00+07:00", "end": f"{day}T23:59:00+07:00"}
    return {"officer_id": officer_id, "kind": "annual", **span}


def cover_body(x: str, n: int, day: str = COVER_DAY) -> dict[str, object]:
    span = {"start": f"{day}T08:00:00+07:00", "end": f"{day}T09:00:00+07:00"}
    return {"officer_id": mark(x, n), "camera_id": mark(x, "-cam"), "desk_id": mark(x, f"d{n}"), **span}


def correction_form(officer_id: str, text: str) -> dict[str, str]:
    return {
        "day": CORRECTED_DAY,
        "start": "07:30",
        "end": "08:10",
        "kind": "present",
        "reason": text,
        "asked_for": text,
        "document": text,
        "request_id": f"request-{officer_id}",
    }


def a_scene(x: str, named: Callable[[str], str]) -> SceneTables:
    def box(left: float) -> list[tuple[float, float]]:
        return [(left, 0.45), (left + 0.2, 0.45), (left + 0.2, 0.9), (left, 0.9)]

    desks = [
        {"id": mark(x, f"d{n}"), "name": named(mark(x, f"d{n}")), "officers": [mark(x, n)], "area": box(0.1 + 0.25 * n)}
        for n in (1, 2)
    ]
    floor = {"points": [{"at": place, "floor_m": floor_m} for place, floor_m in MARKS]}
    picture = {"width_px": 640, "height_px": 360}
    lines = [{"id": "cua", "name": named(mark(x, "-line")), "start": (0.75, 0.3), "end": (0.95, 0.3)}]
    return SceneTables.model_validate({"desks": desks, "lines": lines, "floor": floor, "picture": picture})


def site_file(x: str, named: Callable[[str], str]) -> str:
    """The site file of one agency, as the service was started with it."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    officers = "".join(
        f"[[officers]]\nid = {quoted(mark(x, n))}\nname = {quoted(named(mark(x, n)))}\n"
        f"unit = {quoted(named(unit_of(x, n)))}\n\n"
        for n in (1, 2, 3)
    )
    return (
        f"schema = 1\n\n[site]\nid = {quoted(mark(x, '-site'))}\nname = {quoted(named(mark(x, '-site')))}\n"
        f"agency = {quoted(agency_name(x, named))}\n\n{officers}[[cameras]]\nid = {quoted(mark(x, '-cam'))}\n"
        f'name = {quoted(named(mark(x, "-cam")))}\nsource = "rtsp://camera.test/secret"\n'
    )
