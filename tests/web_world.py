"""A small service centre in a real database and store, for the tests of API and pages."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from fastapi import FastAPI

from service.api.app import create_app
from service.api.auth import SESSION_COOKIE
from service.api.context import WebContext
from service.api.passwords import hash_password
from service.db.accounts import AccountRepository
from service.db.evidence import EvidenceRepository
from service.db.records import (
    EvidenceKind,
    EvidenceRecord,
    OfficerRecord,
    PlaceRecord,
    Queue,
    Role,
    RunRecord,
    SiteRecord,
)
from service.db.repository import EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.evidence.local import LocalStore
from tests.pens import pen_in
from vision.types import (
    Answer,
    CameraId,
    EndReason,
    Event,
    Gap,
    GapReason,
    Observation,
    PlaceId,
    Question,
    RuleId,
    RunId,
    Subject,
    Why,
)

with warnings.catch_warnings():
    # starlette would like another HTTP client than the one that is locked; both work
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

MONDAY = datetime(2025, 10, 20, 1, 0, tzinfo=UTC)
"""08:00 in Việt Nam."""
PASSWORD = "đúng là mật khẩu"
PASSWORD_HASH = hash_password(PASSWORD)
CAMERA = CameraId("cam-quay")
RUN = RunId("run-1")


@cache
def _empty_database() -> bytes:
    """Migrate once; every world starts from a copy."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        database = Database(f"sqlite:///{path}")
        database.upgrade()
        database.close()
        return path.read_bytes()


@dataclass
class SettableClock:
    """A clock that the test turns."""

    at: datetime = MONDAY + timedelta(hours=9)

    def now(self) -> datetime:
        return self.at


@dataclass
class World:
    """A service centre, its users and what its camera saw."""

    folder: Path
    clock: SettableClock = field(default_factory=SettableClock)

    def __post_init__(self) -> None:
        path = self.folder / "congvu.db"
        if not path.exists():
            path.write_bytes(_empty_database())
        self.database = Database(f"sqlite:///{path}")
        self.store = LocalStore(self.folder / "evidence")
        self.pen = pen_in(self.folder, self.database, self.clock)

    @property
    def app(self) -> FastAPI:
        return create_app(WebContext(self.database, self.store, self.clock, self.pen))

    def browser(self) -> TestClient:
        return TestClient(self.app, base_url="http://centre.test")

    def reader(self, login: str = "thanhtra") -> tuple[TestClient, str]:
        """A browser that is signed in already, and the anti-forgery token of its session."""
        with self.database.transaction() as session:
            accounts = AccountRepository(session)
            user = accounts.find_user(login)
            assert user is not None
            token = accounts.open_session(user.user_id, at=self.clock.now(), lasts=timedelta(hours=12))
        client = self.browser()
        client.cookies.set(SESSION_COOKIE, token)
        return client, str(client.get("/api/v1/session").json()["csrf_token"])

    def add_site(
        self, *, camera_name: str = "Camera quầy", officer: str = "Nguyễn Thị Hạnh", desk: str = "Bàn 1"
    ) -> None:
        with self.database.transaction() as session:
            SiteRepository(session).register(
                SiteRecord(
                    "trung-tam",
                    "Trung tâm Phục vụ hành chính công",
                    "UBND tỉnh",
                    "Asia/Ho_Chi_Minh",
                    "Có biển báo",
                    "Nội quy cơ quan",
                    ("07:30-11:30", "13:30-17:00"),
                    (0, 1, 2, 3, 4),
                    5,
                ),
                cameras=[(CAMERA, camera_name)],
                officers=[OfficerRecord("hanh", officer, "Bộ phận một cửa")],
                places=[PlaceRecord(CAMERA, "ban-1", desk, "desk", ("hanh",))],
            )

    def add_run(self, start: datetime, end: datetime, gap: tuple[datetime, datetime] | None = None) -> None:
        with self.database.transaction() as session:
            sites = SiteRepository(session)
            sites.store_run(RunRecord(CAMERA, RUN, start, end, 1000, 0, True))
            if gap:
                sites.store_gap(Gap(CAMERA, RUN, *gap, GapReason.STREAM_LOST))

    def add_user(self, login: str = "thanhtra", role: Role = Role.INSPECTOR, name: str = "Trần Văn Minh") -> None:
        with self.database.transaction() as session:
            AccountRepository(session).add_user(
                login, display_name=name, role=role, password_hash=PASSWORD_HASH, at=self.clock.now()
            )

    def add_event(
        self,
        rule: str = "left_post",
        at: datetime = MONDAY,
        *,
        lasts: timedelta | None = timedelta(minutes=12),
        place: str = "ban-1",
        score: float = 0.91,
        evidence: dict[EvidenceKind, bytes] | None = None,
        queue: Queue = Queue.FLAG,
    ) -> str:
        event = make_event(rule, at, lasts=lasts, place=place, score=score)
        with self.database.transaction() as session:
            events = EventRepository(session)
            events.upsert(event, queue=queue)
            for kind, content in (evidence or {}).items():
                is_clip = kind.startswith("clip")
                key = f"{event.event_id}/{kind}.{'mp4' if is_clip else 'jpg'}"
                EvidenceRepository(session).add(
                    EvidenceRecord(
                        event_id=str(event.event_id),
                        kind=kind,
                        key=key,
                        sha256=self.store.put(key, content),
                        size_bytes=len(content),
                        media_type="video/mp4" if is_clip else "image/jpeg",
                        start=at,
                        end=event.ended_at or at,
                    )
                )
        return str(event.event_id)

    def make_link(self, login: str = "thanhtra", lasts: timedelta = timedelta(minutes=10)) -> str:
        with self.database.transaction() as session:
            accounts = AccountRepository(session)
            user = accounts.find_user(login)
            assert user is not None
            return accounts.make_link(user.user_id, at=self.clock.now(), lasts=lasts)


def make_event(rule: str, at: datetime, *, lasts: timedelta | None, place: str, score: float) -> Event:
    asked = {"badge_missing": Question.BADGE, "smoking": Question.SMOKING, "alcohol_seen": Question.ALCOHOL}
    question = asked.get(rule, Question.PRESENCE)
    subject = Subject(CAMERA, RUN, PlaceId(place), 7 if question is not Question.PRESENCE else None)
    answer = Answer.YES if rule in ("smoking", "alcohol_seen", "presence") else Answer.NO
    trace = [Observation(subject, at + timedelta(seconds=s), question, answer, score) for s in range(8)]
    trace[3] = Observation(subject, at + timedelta(seconds=3), question, Answer.UNKNOWN, 0.0, why=Why.BACK_TURNED)
    return Event(
        rule_id=RuleId(rule),
        subject=subject,
        started_at=at,
        peak_score=score,
        peak_at=at + timedelta(seconds=2),
        threshold=0.0 if question is Question.PRESENCE else 0.6,
        model_sha256="" if question is Question.PRESENCE else "ab" * 32,
        ended_at=None if lasts is None else at + lasts,
        end_reason=None if lasts is None else EndReason.CEASED,
        trace=tuple(trace),
    )


def sign_in(client: TestClient, login: str = "thanhtra", password: str = PASSWORD) -> str:
    """Sign in with a password; return the anti-forgery token of the session."""
    answer = client.post(
        "/sign-in", data={"login": login, "password": password, "form_token": form_token(client.get("/sign-in").text)}
    )
    assert 200 == answer.status_code, answer.text
    return str(client.get("/api/v1/session").json()["csrf_token"])


def form_token(html: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def clip_bytes(seconds: float = 3.0, *, size: tuple[int, int] = (640, 360), rate_fps: int = 25) -> bytes:
    """Encode a small H.264 clip with a shape that moves."""
    out = io.BytesIO()
    width, height = size
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate_fps, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for i in range(int(seconds * rate_fps)):
            image = np.full((height, width, 3), 205, np.uint8)
            x = int((width - 80) * i / (seconds * rate_fps))
            image[height // 3 : height, x : x + 80] = (60, 90, 160)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return out.getvalue()
