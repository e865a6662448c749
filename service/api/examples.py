"""Examples of everything the API takes and gives: one value for each name, put together along the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
UNKNOWN = "?"
"""Stands where `WORDS` has no value for a name; a test finds it."""

_SUM = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_EVENT = "4c1f0e0a-7a5e-5d0b-9f0e-2f9a1d3b7c55"
_FILE = "/api/v1/evidence/" + _EVENT + "/clip"

WORDS: dict[str, Any] = {
    "address": "10.12.3.41",
    "agent": "Firefox 151, Linux",
    "condition": "silent",
    "fault": "",
    "quiet_from": "22:00",
    "quiet_to": "06:30",
    "shown": "m…@tayho.example.vn",
    "site_name": "Trung tâm Phục vụ hành chính công",
    "troubles": ["moved"],
    "agency": "Ủy ban nhân dân phường Tây Hồ",
    "answer": "no",
    "asked_for": "Nguyễn Thị Hạnh",
    "at": "2026-11-05T02:14:07Z",
    "arrival": "2026-11-05T00:28:40Z",
    "box_px": [812.0, 310.5, 1040.0, 702.0],
    "camera": "cam-quay",
    "camera_id": "cam-quay",
    "case_id": "0b7c2a51-3c5e-4b0e-8f56-5d2c7f0a9e41",
    "camera_name": "Camera quầy tiếp nhận",
    "change_token": "7d1c53a2e0bb4f6f9a51c2f60f2b8d11",
    "csrf_token": "dYb3wq0Nn3mXnE0c6Yz1uQ",
    "cause": "low_precision",
    "checked_rule": "left_post",
    "cursor": "MjAyNi0xMS0wNSBoYW5o",
    "decision_note": "Đã đối chiếu giấy xác nhận",
    "desk_id": "ban-1",
    "desk_name": "Bàn 1",
    "detail": "Vui lòng tải lại trang để xem tình trạng hiện tại.",
    "device": "may-cham-cong-1",
    "display_name": "Trần Văn Minh",
    "document": "Giấy xác nhận 12/GXN",
    "email": "minh.tran@tayho.example.vn",
    "desk": "ban-1",
    "end_reason": "ceased",
    "ended_at": "2026-11-05T02:26:07Z",
    "event_id": _EVENT,
    "expected_sha256": _SUM,
    "holiday": "",
    "href": _FILE,
    "instance": "/api/v1/events",
    "key": "left_post",
    "kind": "clip",
    "label": "Bộ phận một cửa",
    "language": "vi",
    "login": "minh.tran",
    "media_type": "video/mp4",
    "model_sha256": _SUM,
    "name": "Camera quầy tiếp nhận",
    "next_cursor": "MjAyNi0xMS0wNSBoYW5o",
    "next": "MjAyNi0xMS0wNSAxMA",
    "note": "Đã xem lại đoạn ghi hình",
    "observed": "đến 07:28, về 17:02; có mặt 7 giờ 40 phút; độ phủ quan sát 98 %",
    "officer": "hanh",
    "officer_id": "hanh",
    "officer_name": "Nguyễn Thị Hạnh",
    "path": "/sign-in/once?token=Xv3q0ZcQn3mXnE0c6Yz1uQ",
    "person_name": "Nguyễn Thị Hạnh",
    "text": "Tôi nhận hồ sơ tại kho lưu trữ theo phân công; xin gửi kèm giấy xác nhận.",
    "link": "https://congvu.example.vn/answer#Xv3q0ZcQn3mXnE0c6Yz1uQ",
    "pin": "48120937",
    "place_id": "ban-1",
    "place_name": "Bàn 1",
    "query": "rule=left_post&state=open",
    "question": "presence",
    "reason": "Nhận hồ sơ tại kho lưu trữ, camera không nhìn thấy",
    "request_id": "5b0e4b1c-2f44-4f0e-9a62-0f1f5ac2c9a1",
    "reviewer_name": "Trần Văn Minh",
    "rule": "left_post",
    "rule_id": "left_post",
    "run_id": "run-2026-11-05",
    "saved_by": "Lê Thu Hà",
    "session_id": "3f6d1d0c8b5e4c57",
    "sha256": _SUM,
    "site": "trung-tam",
    "site_id": "trung-tam",
    "site_sha256": _SUM,
    "source": "api",
    "suspended_rule": "smoking",
    "title": "Không tìm thấy",
    "token": "cvt_Xv3q0ZcQn3mXnE0c6Yz1uQ",
    "type": "/problems/missing",
    "after": _EVENT,
    "user_name": "Lê Thu Hà",
    "unit": "Bộ phận một cửa",
    "waiting_zone": "khu-cho",
    "why": "back_turned",
}
"""By name of field or parameter."""

_OF_SHAPE: dict[str, dict[str, Any]] = {
    "ProblemShape": {"faults": ["to: wanted a day that is not before `from`"]},
    "ReviewShape": {"reason": "seen_clearly"},
    "ReviewRequest": {"reason": "seen_clearly"},
    "AwayShape": {"kind": "late"},
    "FaultShape": {"kind": "moved", "detail": "shifted by 42 px"},
    "OfficerShape": {"id": "hanh", "name": "Nguyễn Thị Hạnh"},
    "SceneFaultShape": {"kind": "desks_overlap", "message": "desks ban-1 and ban-2 have 20 % in common"},
    "HealthShape": {"status": "ok", "disk": "enough"},
    "PeriodShape": {"href": "/api/v1/periods/7"},
    "PeriodDetailShape": {"href": "/api/v1/periods/7", "content_href": "/api/v1/periods/7/content"},
}
"""Where a name means something else in one shape."""

_ROW: dict[str, Any] = {
    "seq": 40211,
    "at": "2026-11-05T02:14:07Z",
    "kind": "evidence_viewed",
    "subject": _EVENT,
    "user_id": 12,
    "login": "minh.tran",
    "facts": {"user": 12, "kind": "clip", "sha256": _SUM, "part": "whole"},
    "is_withheld": False,
}
_KEY_ID, _SIGNED = "5d41402abc4b2a76b9719d911017c592", "b1946ac9" * 16
_WHOLE: dict[str, Any] = {
    "JournalRowShape": _ROW,
    "JournalPageShape": {"items": [_ROW], "next": 40211},
    "JournalRowDetailShape": {
        **_ROW,
        "subject_prev": 40198,
        "prev": _SUM,
        "leaf": _SUM,
        "body_sha256": _SUM,
        "key_id": _KEY_ID,
        "signature": _SIGNED,
        "is_signature_good": True,
        "proof": {"size": 40320, "root": _SUM, "path": [_SUM], "is_published": True, "is_good": True},
        "faults": [],
    },
    "JournalHeadShape": {
        "size": 40384,
        "root": _SUM,
        "leaf": _SUM,
        "key_id": _KEY_ID,
        "mark": _SUM,
        "published": {
            "size": 40320,
            "root": _SUM,
            "at": "2026-11-05T02:00:00Z",
            "key_id": _KEY_ID,
            "signature": _SIGNED,
            "is_witnessed": True,
        },
    },
    "SceneTables": {
        "desks": [
            {
                "id": "ban-1",
                "name": "Bàn 1",
                "officers": ["hanh"],
                "area": [[0.1, 0.3], [0.4, 0.3], [0.4, 0.8], [0.1, 0.8]],
            }
        ],
        "zones": [
            {
                "id": "khu-cho",
                "name": "Khu vực chờ",
                "kind": "public",
                "area": [[0.5, 0.5], [0.9, 0.5], [0.9, 0.9], [0.5, 0.9]],
            }
        ],
        "counters": [{"id": "quay", "name": "Quầy tiếp nhận", "desks": ["ban-1"], "waiting_zone": "khu-cho"}],
    },
    "IntervalOfShareShape": {"share": 0.87, "low": 0.79, "high": 0.93},
}
"""Shapes that are only right as a whole."""

_NUMBERS: dict[str, float] = {
    "coverage": 0.98, "duration_s": 720.0, "status": 404, "score": 0.91, "peak_score": 0.91, "threshold": 0.6,
    "size_bytes": 1_843_201, "total": 1, "limit": 50, "offset": 0, "share": 0.2, "from_s": 0.0, "to_s": 4.2,
    "pictures": 12,
}  # fmt: skip


def example_of(schema: Schema, shapes: Schema, *, name: str = "", shape: str = "") -> Any:
    """Put together an example.

    Args:
        shapes: The named schemas that others refer to.
        name: Name of the field or parameter that it is for.
        shape: Name of the shape that the field is of.

    Returns:
        It, with `UNKNOWN` for plain text whose name says nothing to us.
    """
    if "$ref" in schema:
        key = str(schema["$ref"]).rpartition("/")[2]
        shape = key.removesuffix("-Input").removesuffix("-Output")
        return _WHOLE[shape] if shape in _WHOLE else example_of(shapes[key], shapes, name=name, shape=shape)
    if "const" in schema:
        return schema["const"]
    if schema.get("examples"):
        return schema["examples"][0]
    if name in _OF_SHAPE.get(shape, {}):
        return _OF_SHAPE[shape][name]
    kind = _kind_of(schema)
    if name in WORDS and _is_of_kind(WORDS[name], kind) and WORDS[name] in schema.get("enum", [WORDS[name]]):
        return WORDS[name]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            likely = next((part for part in schema[choice] if part.get("type") != "null"), schema[choice][0])
            return example_of(likely, shapes, name=name, shape=shape)
    return _of_kind(kind, schema, shapes, name=name, shape=shape)


def _of_kind(kind: str, schema: Schema, shapes: Schema, *, name: str, shape: str) -> Any:
    if kind == "object":
        fields: Schema = schema.get("properties", {})
        if fields:
            return {key: example_of(part, shapes, name=key, shape=shape) for key, part in fields.items()}
        return {}
    if kind == "array":
        parts = schema.get("prefixItems") or [schema.get("items", {})] * max(1, schema.get("minItems", 1))
        return [example_of(part, shapes, name=name.removesuffix("s"), shape=shape) for part in parts]
    if kind in ("integer", "number"):
        likely = _NUMBERS.get(name, 1)
        return max(likely, schema["minimum"]) if "minimum" in schema else likely
    if kind == "boolean":
        return True
    if kind == "string":
        return _text(schema, name)
    return None


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") == "date-time":
        return "2026-11-05T07:26:00Z" if name.startswith(("end", "until", "to")) else "2026-11-05T02:14:07Z"
    if schema.get("format") == "date":
        return "2026-11-30" if name in ("last", "to", "until") else "2026-11-05"
    if "default" in schema and isinstance(schema["default"], str):
        return schema["default"]
    return UNKNOWN


def _kind_of(schema: Schema) -> str:
    found = schema.get("type", "")
    return str(found)


def _is_of_kind(value: Any, kind: str) -> bool:
    return not kind or kind == ("array" if isinstance(value, list) else "string")
