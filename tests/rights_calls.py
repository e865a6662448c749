"""What each route of the matrix is asked with, about whatever the test wants."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.rights_matrix import Row
from tests.rights_world import (
    MONTH,
    A,
    B,
    RightsWorld,
    Things,
    a_scene,
    correction_form,
    leave_body,
    plain,
)
from tests.web_world import TestClient

NOBODYS = Things(
    agency="Không có",
    site_id="khong-co-site",
    camera_id="khong-co-cam",
    event_id="khong-co-event",
    officer_id="khong-co-1",
    unit="Không có",
    desk_id="khong-co-d1",
    leave_id=987650,
    cover_id=987651,
    correction_id=987652,
    period_id=987653,
    heard_id="khong-co-heard",
    case_id="khong-co-case",
    user_id=987654,
)
"""Numbers that nobody has."""
NEW_DAY = "2025-10-09"
QUERIES: dict[str, dict[str, str]] = {
    "/api/v1/attendance/days": MONTH,
    "/api/v1/attendance/summary": MONTH,
    "/api/v1/leaves": MONTH,
    "/api/v1/covers": MONTH,
    "/api/v1/punches": MONTH,
    "/api/v1/statistics": MONTH,
    "/api/v1/statistics/inspectors": MONTH,
    "/attendance": {"month": "2025-10"},
    "/attendance/crosscheck": {"month": "2025-10"},
    "/attendance/report.{form}": {"month": "2025-10"},
    "/attendance/plots/trend.svg": {"month": "2025-10"},
    "/attendance/plots/hours.svg": {"month": "2025-10"},
    "/attendance/corrections": {"month": "2025-10"},
    "/attendance/leave": {"month": "2025-10"},
    "/attendance/cover": {"month": "2025-10"},
    "/attendance/punches": {"month": "2025-10"},
    "/attendance/officers/{officer_id}": {"month": "2025-10"},
}
ABOUT_A_SITE = frozenset({"/attendance/periods/close"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request; ``fields`` goes as JSON to the API and as a form to pages."""

    row: Row
    path: str
    fields: dict[str, Any]
    files: dict[str, tuple[str, bytes]] | None = None

    def send(self, client: TestClient, token: str) -> Any:
        """Ask; return the answer. ``token`` is the anti-forgery token, empty for none."""
        if not self.row.is_change:
            return client.get(self.path)
        if self.row.path.startswith("/api/"):
            headers = {"X-CSRF-Token": token} if token else {}
            return client.request(self.row.method, self.path, json=self.fields or None, headers=headers)
        form = {k: v for k, v in self.fields.items() if v is not None} | ({"csrf_token": token} if token else {})
        return client.post(self.path, data=form, files=self.files)


def call_of(world: RightsWorld, row: Row, about: Things) -> Call:
    """Return the request of a route about these things, as it would be right."""
    names = {
        "kind": "snapshot",
        "number": 1,
        "seq": 0,
        "form": "csv",
        "what": "leave",
        "asked": "card",
        "rule_id": "smoking",
        "language": "en",
        "path": "base.css",
        "attachment_id": 987655,
        "session_id": "khong-co",
        "token_id": 987656,
        "subscription_id": 987657,
        "filter_id": 987658,
        "plot": "days",
        "group": "nobody",
    }
    held = {name: getattr(about, name) for name in Things.__dataclass_fields__} | names
    path = row.path.format(**{name: quote(str(value), safe="") for name, value in held.items()})
    query = dict(QUERIES.get(row.path, {}))
    if row.path in ABOUT_A_SITE:
        query = {"site": about.site_id, "month": "2025-09"}
    if row.path == "/api/v1/queue/next":
        query = {"after": about.event_id}
    if row.path == "/cases/new":
        query = {"event": about.event_id} if not row.is_change else {}
    if query:
        path += "?" + "&".join(f"{name}={quote(value)}" for name, value in query.items())
    files = {"file": ("nghi.csv", _leave_csv(about))} if row.path == "/attendance/{what}/import" else None
    return Call(row, path, _FIELDS.get(row.key, _nothing)(world, about), files)


def _nothing(_world: RightsWorld, _about: Things) -> dict[str, Any]:
    return {}


def _review(_world: RightsWorld, _about: Things) -> dict[str, Any]:
    return {"verdict": "no_breach", "reason": "unstated", "note": "", "request_id": "request-0001"}


def _steps(_world: RightsWorld, _about: Things) -> dict[str, Any]:
    return {"from_s": 0, "to_s": 1, "pictures": 3}


def _draft(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return {"scene": json.loads(a_scene(B if about.camera_id.startswith("zqb") else A, plain).model_dump_json())}


def _scene(world: RightsWorld, about: Things) -> dict[str, Any]:
    return _draft(world, about) | {"expected_sha256": hashlib.sha256(world.site_path.read_bytes()).hexdigest()}


def _correction(_world: RightsWorld, about: Things) -> dict[str, Any]:
    form = correction_form(about.officer_id, "Lý do") | {"request_id": "request-of-test"}
    day = form["day"]
    return form | {"officer_id": about.officer_id} | {k: f"{day}T{form[k]}:00+07:00" for k in ("start", "end")}


def _correction_form(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return correction_form(about.officer_id, "Lý do") | {"request_id": "request-of-test"}


def _leave(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return leave_body(about.officer_id, NEW_DAY)


def _leave_form(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return {"officer": about.officer_id, "kind": "annual", "first": NEW_DAY, "last": NEW_DAY}


def _cover(_world: RightsWorld, about: Things) -> dict[str, Any]:
    span = {"start": f"{NEW_DAY}T08:00:00+07:00", "end": f"{NEW_DAY}T09:00:00+07:00"}
    return {"officer_id": about.officer_id, "camera_id": about.camera_id, "desk_id": about.desk_id, **span}


def _cover_form(_world: RightsWorld, about: Things) -> dict[str, Any]:
    desk = f"{about.camera_id}/{about.desk_id}"
    return {"officer": about.officer_id, "desk": desk, "day": NEW_DAY, "start": "08:00", "end": "09:00"}


def _punches(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return {"punches": [{"officer_id": about.officer_id, "at": f"{NEW_DAY}T07:20:00+07:00"}]}


def _period(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return {"site_id": about.site_id, "first": "2025-10-06", "last": "2025-10-10"}


def _period_form(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return {"site": about.site_id, "first": "2025-10-06", "last": "2025-10-10"}


def _bulk(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return {"event_ids": [about.event_id], "reason": "on_duty", "request_id": "request-0002"}


def _user(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return {"login": "nguoi.moi", "display_name": "Người mới", "role": "inspector", "agency": about.agency}


def _case(_world: RightsWorld, about: Things) -> dict[str, Any]:
    return {"event_id": about.event_id, "officer_id": about.officer_id, "request_id": "request-0003"}


def _step(_world: RightsWorld, _about: Things) -> dict[str, Any]:
    return {"kind": "appeal", "text": "Lời ghi", "request_id": "request-0004"}


def _leave_csv(about: Things) -> bytes:
    return f"officer_id,kind,from,to\n{about.officer_id},annual,{NEW_DAY},{NEW_DAY}\n".encode()


_FIELDS: dict[str, Callable[[RightsWorld, Things], dict[str, Any]]] = {
    "POST /api/v1/evidence/{event_id}/{kind}/steps": _steps,
    "POST /api/v1/events/{event_id}/reviews": _review,
    "POST /flags/{event_id}/verdict": _review,
    "POST /cameras/{camera_id}/view": lambda _w, _a: {"reference": "1"},
    "POST /cameras/{camera_id}/rules/{rule_id}": lambda _w, _a: {"mode": "active", "note": "Đã sửa"},
    "POST /api/v1/cameras/{camera_id}/scene/check": _draft,
    "PUT /api/v1/cameras/{camera_id}/scene": _scene,
    "POST /api/v1/periods": _period,
    "POST /attendance/periods": _period_form,
    "POST /api/v1/corrections": _correction,
    "POST /api/v1/corrections/{correction_id}/decision": lambda _w, _a: {"approved": True},
    "POST /attendance/officers/{officer_id}/corrections": _correction_form,
    "POST /attendance/corrections/{correction_id}": lambda _w, _a: {"decision": "approve"},
    "POST /api/v1/leaves": _leave,
    "POST /attendance/leave": _leave_form,
    "POST /api/v1/covers": _cover,
    "POST /attendance/cover": _cover_form,
    "POST /api/v1/punches": _punches,
    "POST /api/v1/events/{event_id}/claim": lambda _w, _a: {"was_ahead": False},
    "POST /api/v1/reviews/bulk": _bulk,
    "POST /api/v1/assignments": lambda _w, a: {"event_ids": [a.event_id], "user_id": None},
    "POST /api/v1/users": _user,
    "POST /users": _user,
    "PATCH /api/v1/users/{user_id}": lambda _w, _a: {"display_name": "Tên mới"},
    "POST /users/{user_id}": _user,
    "POST /api/v1/cases": _case,
    "POST /cases/new": _case,
    "POST /api/v1/cases/{case_id}/steps": _step,
    "POST /cases/{case_id}/steps": _step,
    "POST /quarantine/recover": lambda _w, _a: {"key": "khong/co"},
}
