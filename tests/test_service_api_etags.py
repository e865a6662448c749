"""What has not changed is not sent again; problems are told in the reader's language, with a type that stays."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from service.api.etags import LARGEST_BYTES, EntityTags, etag_of_shape, is_known, require_match
from service.api.problems import ChangedMeanwhile
from service.api.schemas import SessionShape
from service.db.accounts import AccountRepository
from service.db.records import Role
from tests.web_world import TestClient, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


def test_json_that_is_read_carries_the_sum_of_its_bytes_and_is_not_sent_twice(world: World) -> None:
    client, _ = world.reader()
    first = client.get("/api/v1/cameras")
    assert f'"{sha256(first.content).hexdigest()}"' == first.headers["ETag"]
    again = client.get("/api/v1/cameras", headers={"If-None-Match": first.headers["ETag"]})
    assert (304, b"", first.headers["ETag"]) == (again.status_code, again.content, again.headers["ETag"])
    assert ("no-store", "nosniff") == (again.headers["Cache-Control"], again.headers["X-Content-Type-Options"])
    assert "content-length" not in again.headers and "content-type" not in again.headers


def test_what_has_changed_is_sent_whole(world: World) -> None:
    client, _ = world.reader()
    before = client.get("/api/v1/events").headers["ETag"]
    world.add_event()
    after = client.get("/api/v1/events", headers={"If-None-Match": before})
    assert (200, 1) == (after.status_code, after.json()["total"])
    assert before != after.headers["ETag"]


def test_errors_and_pages_carry_no_tag(world: World) -> None:
    client, _ = world.reader()
    assert "ETag" not in client.get("/api/v1/events/nothing").headers
    assert "ETag" not in world.browser().get("/api/v1/cameras").headers
    assert "ETag" not in client.get("/flags").headers


@pytest.mark.parametrize(
    ("asked", "is_same"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
        (None, False),
    ],
)
def test_if_none_match_is_compared_weakly_and_takes_several(asked: str | None, is_same: bool) -> None:
    assert is_same is is_known(asked, '"a"')


async def _large(_: Request) -> Response:
    return JSONResponse("x" * LARGEST_BYTES)


async def _streamed(_: Request) -> Response:
    async def parts() -> Iterator[bytes]:  # type: ignore[misc]
        for part in (b"[1,", b"2]"):
            yield part

    return StreamingResponse(parts(), media_type="application/json")


async def _own(_: Request) -> Response:
    return JSONResponse([1], headers={"ETag": '"own"', "Set-Cookie": "a=b"})


@pytest.mark.parametrize(("path", "etag"), [("large", None), ("streamed", None), ("own", '"own"')])
def test_large_and_streamed_answers_and_those_with_a_tag_of_their_own_go_out_as_they_are(
    path: str, etag: str | None
) -> None:
    calls = {"large": _large, "streamed": _streamed, "own": _own}
    app = Starlette(routes=[Route(f"/api/v1/{path}", calls[path])])
    answer = TestClient(EntityTags(app)).get(f"/api/v1/{path}")
    assert (200, etag) == (answer.status_code, answer.headers.get("ETag"))
    assert answer.json()


def test_a_change_is_refused_where_somebody_else_has_changed_the_thing_since(world: World) -> None:
    client, _ = world.reader()
    read = client.get("/api/v1/session")
    shape = SessionShape.model_validate(read.json())
    assert read.headers["ETag"] == etag_of_shape(shape)
    require_match(read.headers["ETag"], shape)
    require_match(f'"older", {read.headers["ETag"]}', shape)
    require_match("*", shape)
    require_match(None, shape)
    for outdated in ('"older"', f"W/{read.headers['ETag']}", ""):
        with pytest.raises(ChangedMeanwhile):
            require_match(outdated, shape)


def test_an_account_that_was_changed_meanwhile_is_not_overwritten(world: World) -> None:
    world.add_user("quantri", Role.ADMIN, "Lê Thu Hà")
    client, csrf = world.reader("quantri")
    with world.database.transaction() as session:
        user = AccountRepository(session).find_user("thanhtra")
    assert user is not None
    path, seen = f"/api/v1/users/{user.user_id}", client.get(f"/api/v1/users/{user.user_id}").headers["ETag"]
    headers = {"X-CSRF-Token": csrf, "If-Match": seen}
    assert 200 == client.patch(path, json={"agency": "UBND tỉnh"}, headers=headers).status_code
    refused = client.patch(path, json={"agency": "UBND phường"}, headers=headers)
    assert (412, "/problems/changed-meanwhile") == (refused.status_code, refused.json()["type"])
    assert "UBND tỉnh" == client.get(path).json()["agency"]


PROBLEMS = [
    ("GET", "/api/v1/nothing-here", 404, "/problems/missing", "Not found"),
    ("GET", "/api/nothing", 404, "/problems/missing", "Not found"),
    ("PATCH", "/api/v1/session", 405, "/problems/method-unknown", "This address cannot be used that way"),
    ("GET", "/api/v1/session", 401, "/problems/not-signed-in", "Please sign in"),
]


@pytest.mark.parametrize(("method", "path", "status", "uri", "title"), PROBLEMS)
def test_a_problem_says_its_type_its_address_and_a_title_in_the_language_that_is_accepted(
    world: World, method: str, path: str, status: int, uri: str, title: str
) -> None:
    accepted = {"Accept-Language": "fr, en-GB;q=0.8, vi;q=0.2"}
    answer = world.browser().request(method, f"{path}?who=hanh", headers=accepted)
    assert (status, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert (uri, title, path) == tuple(answer.json()[name] for name in ("type", "title", "instance"))
    assert "en" == answer.headers["content-language"]


def test_a_wrong_method_is_told_the_right_ones(world: World) -> None:
    assert {"GET", "DELETE"} & set(world.browser().put("/api/v1/session").headers["Allow"].split(", "))


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en", "en"),
        ("vi, en;q=0.9", "vi"),
        ("en;q=0.1, vi;q=0.2", "vi"),
        ("de", "vi"),
        ("", "vi"),
        ("en;q=x, ;", "vi"),
        ("en;q=0", "vi"),
    ],
)
def test_programs_are_answered_in_the_first_language_they_accept(world: World, accepted: str, language: str) -> None:
    answer = world.browser().get("/api/v1/session", headers={"Accept-Language": accepted})
    assert language == answer.headers["content-language"]


def test_a_browser_that_is_signed_in_gets_problems_in_the_language_of_its_pages(world: World) -> None:
    client, _ = world.reader()
    assert "vi" == client.get("/api/v1/x", headers={"Accept-Language": "en"}).headers["content-language"]
    client.get("/language/en")
    assert "en" == client.get("/api/v1/x", headers={"Accept-Language": "vi"}).headers["content-language"]
