"""A small centre with a flag that two people confirmed, and whoever takes part in its hearing."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from service.api.app import create_app
from service.api.context import WebContext
from service.db.accounts import AccountRepository
from service.db.hearings import CaseRepository
from service.db.journal import JournalRepository
from service.db.records import EvidenceKind, Role
from service.evidence.journal import RowKind, facts_of
from service.hearing.cases import CaseRecord, StepRecord
from service.hearing.copies import MODE, REASON, CopyMaker
from service.redaction.finding import load_finder
from service.redaction.keeping import Redactor
from service.rights import Reach
from tests.verdicts import confirm
from tests.web_world import PASSWORD_HASH, TestClient, World, clip_bytes, form_token

AGENCY, UNIT = "UBND tỉnh", "Bộ phận một cửa"


@dataclass
class HearingWorld(World):
    """A centre whose service makes redacted copies, with two judges, a leader, and a second leader."""

    public_url: str = ""
    copies: CopyMaker = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        redactor = Redactor(self.database, self.store, self.pen, lambda: load_finder(threads=2))
        self.copies = CopyMaker(
            lambda event_id, user_id: redactor.redact(
                event_id, MODE, user_id=user_id, reason=REASON, at=self.clock.now()
            )
        )

    @cached_property
    def _application(self) -> FastAPI:
        return create_app(
            WebContext(self.database, self.store, self.clock, self.pen, copies=self.copies, public_url=self.public_url)
        )

    @property
    def app(self) -> FastAPI:
        return self._application

    def close(self) -> None:
        self.copies.close()
        self.database.close()

    def fill(self) -> None:
        self.add_site()
        self.add_user("thanhtra")
        self.add_user("truongdoan", Role.TEAM_LEADER, "Lê Thu Hà")
        self.add_user("pho", Role.TEAM_LEADER, "Đỗ Văn Nam")
        self.add_user("giamsat", Role.AUDITOR, "Vũ Thị Lan")
        self.add_reader("hanh", Role.OFFICER, "Nguyễn Thị Hạnh", Reach(AGENCY, officer_id="hanh"))
        self.add_reader("khac", Role.OFFICER, "Phạm Văn Khác", Reach(AGENCY, officer_id="khac"))
        self.add_reader("donvi", Role.UNIT_HEAD, "Bùi Văn Trưởng", Reach(AGENCY, UNIT))
        self.add_reader("donvi-khac", Role.UNIT_HEAD, "Hồ Văn Phó", Reach(AGENCY, "Phòng khác"))

    def add_reader(self, login: str, role: Role, name: str, reach: Reach) -> None:
        with self.database.transaction() as session:
            AccountRepository(session).add_user(
                login, display_name=name, role=role, password_hash=PASSWORD_HASH, at=self.clock.now(), reach=reach
            )

    def add_confirmed(self, rule: str = "left_post", *, with_clip: bool = False, **event: Any) -> str:
        evidence = {EvidenceKind.CLIP: clip_bytes(0.6, rate_fps=10)} if with_clip else None
        event_id = self.add_event(rule, evidence=evidence, **event)
        with self.database.transaction() as session:
            confirm(session, event_id, by=1, at=self.clock.now())
        return event_id

    def open(self, event_id: str, login: str = "thanhtra", **asked: Any) -> dict[str, Any]:
        client, csrf = self.reader(login)
        wanted = {"event_id": event_id, "officer_id": "hanh", "request_id": f"open-{uuid.uuid4()}", **asked}
        answer = client.post("/api/v1/cases", json=wanted, headers={"X-CSRF-Token": csrf})
        assert 201 == answer.status_code, answer.text
        opened: dict[str, Any] = answer.json()
        return opened

    def step(self, login: str, case_id: str, kind: str, **asked: Any) -> Any:
        client, csrf = self.reader(login)
        wanted = {"kind": kind, "text": "vì vậy", "request_id": f"step-{uuid.uuid4()}", **asked}
        return client.post(f"/api/v1/cases/{case_id}/steps", json=wanted, headers={"X-CSRF-Token": csrf})

    def change_door(self, login: str, case_id: str) -> Any:
        client, csrf = self.reader(login)
        return client.post(f"/cases/{case_id}/door", data={"csrf_token": csrf})

    def person(self, opened: dict[str, Any]) -> Person:
        person = Person(self.browser())
        assert 200 == person.come_in(opened["link"], opened["pin"]).status_code
        return person

    def case(self, case_id: str) -> CaseRecord:
        with self.database.transaction() as session:
            return CaseRepository(session).get(case_id)

    def steps(self, case_id: str) -> list[StepRecord]:
        with self.database.transaction() as session:
            return CaseRepository(session).steps_of(case_id)

    def told(self, kind: RowKind) -> list[dict[str, Any]]:
        with self.database.transaction() as session:
            rows = JournalRepository(session).latest(limit=1000)
            return [dict(facts_of(row) or {}) for row in reversed(rows) if row.kind == kind]


@dataclass
class Person:
    """Somebody with link and number, in a browser of their own."""

    client: TestClient

    def come_in(self, link: str, pin: str) -> Any:
        shown = self.client.get("/answer", params={"link": link.rpartition("link=")[2]})
        given = {"link": link.rpartition("link=")[2], "pin": pin, "form_token": form_token(shown.text)}
        return self.client.post("/answer", data=given)

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/answer").text)
        assert found is not None
        return found[1]

    def send(self, path: str = "response", *, text: str = "Tôi đi lấy hồ sơ.", files: Any = (), **fields: str) -> Any:
        given = {"text": text, "csrf_token": self.csrf, "request_id": f"form-{uuid.uuid4()}", **fields}
        # always as a form of several parts, as the page sends it
        parts = [("files", file) for file in files] or [("files", ("", b""))]
        return self.client.post(f"/answer/{path}", data=given, files=parts, follow_redirects=False)


def make_world(folder: Path, public_url: str = "") -> HearingWorld:
    """Return a filled world."""
    world = HearingWorld(folder, public_url=public_url)
    world.fill()
    return world
