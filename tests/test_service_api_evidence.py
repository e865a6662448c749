"""Evidence bytes: ranges, sums, and keys that try to climb out."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.api.evidence import parse_range
from service.api.opened import OpenedFile
from service.api.problems import RangeUnsatisfiable
from service.db.journal import JournalRepository
from service.db.records import EvidenceKind
from service.evidence.journal import RowKind, facts_of
from service.stills import still_key
from tests.web_world import CAMERA, World

CONTENT = bytes(range(256)) * 2000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


@pytest.fixture
def client(world: World) -> Any:
    return world.reader()[0]


@pytest.fixture
def href(world: World) -> str:
    event = world.add_event(evidence={EvidenceKind.CLIP: CONTENT, EvidenceKind.SNAPSHOT: b"jpeg"})
    return f"/api/v1/evidence/{event}/clip"


def test_the_whole_is_sent_with_its_sum_as_tag(client: Any, href: str) -> None:
    answer = client.get(href)
    assert (200, CONTENT) == (answer.status_code, answer.content)
    assert f'"{hashlib.sha256(CONTENT).hexdigest()}"' == answer.headers["etag"]
    assert "video/mp4" == answer.headers["content-type"]
    assert "bytes" == answer.headers["accept-ranges"]
    assert answer.headers["content-disposition"].startswith('inline; filename="')
    assert "no-store" == answer.headers["cache-control"]
    assert "image/jpeg" == client.get(href.replace("/clip", "/snapshot")).headers["content-type"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, 511_999),
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=300000-", 300_000, 511_999),
        ("bytes=-500", 511_500, 511_999),
        ("bytes=511999-999999999", 511_999, 511_999),
    ],
)
def test_a_part_is_sent_when_a_part_is_asked_for(client: Any, href: str, asked: str, first: int, last: int) -> None:
    answer = client.get(href, headers={"Range": asked})
    assert 206 == answer.status_code
    assert f"bytes {first}-{last}/512000" == answer.headers["content-range"]
    assert str(last - first + 1) == answer.headers["content-length"]
    assert CONTENT[first : last + 1] == answer.content


@pytest.mark.parametrize("asked", ["bytes=512000-", "bytes=999999-1000000", "bytes=-0"])
def test_beyond_the_end_there_is_nothing(client: Any, href: str, asked: str) -> None:
    answer = client.get(href, headers={"Range": asked})
    assert 416 == answer.status_code
    assert "bytes */512000" == answer.headers["content-range"]


@pytest.mark.parametrize(
    "asked", ["bytes=5-1", "bytes=0-1,3-4", "items=0-1", "bytes=-", "bytes=a-b", "bytes=" + "9" * 99 + "-"]
)
def test_nonsense_is_answered_with_the_whole(client: Any, href: str, asked: str) -> None:
    assert 200 == client.get(href, headers={"Range": asked}).status_code


@pytest.mark.parametrize(
    ("asked", "part"),
    [(None, "whole"), ("bytes=0-", "0-"), ("bytes=1-", "1-"), ("bytes=300000-300009", "300000-300009")],
)
def test_every_opening_is_in_the_journal_whatever_part_is_asked_for(
    world: World, client: Any, href: str, asked: str | None, part: str
) -> None:
    client.get(href, headers={} if asked is None else {"Range": asked})
    event_id = href.split("/")[4]
    with world.database.transaction() as session:
        row = JournalRepository(session).about(event_id)[-1]
    facts = facts_of(row)
    assert facts is not None
    assert (RowKind.EVIDENCE_VIEWED, "clip") == (row.kind, facts["kind"])
    assert str(facts["part"]).startswith(part)


def test_a_part_of_something_else_is_not_mixed_in(client: Any, href: str) -> None:
    answer = client.get(href, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert 200 == answer.status_code


def test_an_empty_object_has_no_parts() -> None:
    assert parse_range(None, 0) is None
    with pytest.raises(RangeUnsatisfiable):
        parse_range("bytes=0-", 0)


def test_altered_bytes_are_refused_when_asked_to_verify(world: World, client: Any, href: str) -> None:
    assert 200 == client.get(href, params={"verify": "1"}).status_code
    event = href.split("/")[4]
    world.store.put(f"{event}/clip.mp4", CONTENT[:-1] + b"!")
    assert 200 == client.get(href).status_code
    answer = client.get(href, params={"verify": "1"})
    assert (409, "Bằng chứng đã bị thay đổi") == (answer.status_code, answer.json()["title"])


def test_evidence_that_is_gone_from_the_store_is_named_so(world: World, client: Any, href: str) -> None:
    world.store.delete(f"{href.split('/')[4]}/clip.mp4")
    answer = client.get(href)
    assert (404, "Không có bằng chứng này") == (answer.status_code, answer.json()["title"])


@pytest.mark.parametrize(
    "path",
    [
        "../../congvu.db",
        "..%2f..%2fcongvu.db/clip",
        "%2e%2e/%2e%2e/congvu.db",
        "{event}/..%2f..%2fcongvu.db",
        "{event}/clip.mp4",
        "{event}/%2fetc%2fpasswd",
        "{event}/clip%00",
    ],
)
def test_no_path_leads_out_of_the_store(client: Any, href: str, path: str) -> None:
    answer = client.get("/api/v1/evidence/" + path.format(event=href.split("/")[4]))
    assert 404 == answer.status_code
    assert b"SQLite" not in answer.content


def test_every_kind_of_look_is_in_the_journal(world: World, client: Any, href: str) -> None:
    event_id = href.split("/")[4]
    token = client.get("/api/v1/session").json()["csrf_token"]
    steps = {"from_s": 1.0, "to_s": 2.5, "pictures": 12}
    client.get(f"/flags/{event_id}")
    client.get("/flags?rule=smoking")
    client.get(f"/api/v1/events/{event_id}")
    client.get("/api/v1/events")
    assert 204 == client.post(f"{href}/steps", json=steps, headers={"X-CSRF-Token": token}).status_code
    assert 403 == client.post(f"{href}/steps", json=steps).status_code
    world.store.put(still_key(CAMERA), b"jpeg")
    client.get(f"/cameras/{CAMERA}/still.jpg")
    with world.database.transaction() as session:
        rows = JournalRepository(session).latest(limit=20)
    told = [(row.kind, facts_of(row)) for row in reversed(rows)]
    kinds = [kind for kind, _ in told if kind != "journal_opened"]
    seen, searched = RowKind.EVENT_VIEWED, RowKind.EVENTS_SEARCHED
    assert [seen, searched, seen, searched, RowKind.FRAMES_STEPPED, RowKind.CAMERA_VIEWED] == kinds
    assert steps.items() <= (told[-2][1] or {}).items()


def test_a_browser_that_goes_away_at_once_leaves_no_file_open() -> None:
    file = io.BytesIO(b"0123456789")

    async def send(_message: object) -> None:
        raise OSError("gone")

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    answer = OpenedFile(file, 2, 5, status_code=206, headers={}, media_type="video/mp4")
    with contextlib.suppress(BaseException):
        asyncio.run(answer({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send))
    assert file.closed
