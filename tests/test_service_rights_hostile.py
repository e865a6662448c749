"""Hostile input: addresses that try to leave the store, and texts that try to become part of a page or a header."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from service.db.records import Role
from tests.rights_calls import call_of
from tests.rights_matrix import LIVE, MATRIX, About, Row
from tests.rights_world import EVERYWHERE, A, RightsWorld, Things, mark

HARM = "'\"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\r\nX-Evil: 1"
"""Ends attributes and elements, begins a script, is a template, and would be another header."""
OUTSIDE = (
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5cwindows",
    "%252e%252e%252fetc",
    "%00",
    "snapshot%00.jpg",
    "stills%2fzqb-cam.jpg",
    "x" * 5000,
    "%c0%ae%c0%ae%2f",
    "%F0%9F%98%80",
    "'%20OR%201=1--",
    "%0d%0aX-Evil:%201",
)
READS = [row for row in MATRIX if not row.is_change and row.key != LIVE]
IN_PATH = [row for row in READS if row.about in (About.AGENCY, About.UNIT, About.SITE, About.CASE) and "{" in row.path]


def harmful(word: str) -> str:
    """Every name that a site file or a person may give."""
    return f"{word}{HARM}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RightsWorld:
    return RightsWorld(tmp_path_factory.mktemp("hostile"), named=harmful)


@pytest.fixture
def world(made: RightsWorld) -> Iterator[RightsWorld]:
    yield made
    made.restore()


@pytest.mark.parametrize("row", IN_PATH, ids=lambda row: row.key)
def test_an_address_that_tries_to_leave_its_place_finds_nothing(world: RightsWorld, row: Row) -> None:
    client, _ = world.reader(Role.TEAM_LEADER if "cases" in row.path else Role.ADMIN, EVERYWHERE)
    held = {name: getattr(world.things[A, 1], name) for name in Things.__dataclass_fields__}
    names = re.findall(r"{(\w+)}", row.path)
    others = {"kind": "snapshot", "number": 1, "asked": "card", "attachment_id": 1}
    for attempt in OUTSIDE:
        for name in names:
            answer = client.get(row.path.format(**(held | others | {name: attempt})))
            if answer.status_code == 307:  # a slash at the end is taken off
                assert answer.headers["location"].startswith("http://centre.test/")
                continue
            assert answer.status_code in (303, 404, 405, 422), (row.key, name, attempt[:40])
            assert "root:" not in answer.text
            assert "x-evil" not in answer.headers


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_text_that_anybody_entered_becomes_part_of_a_page(world: RightsWorld, language: str) -> None:
    fetched = 0
    for role in (Role.ADMIN, Role.TEAM_LEADER, Role.OFFICER):
        client, token = world.reader(role, A)
        client.cookies.set("congvu_language", language)
        for row in READS:
            answer = call_of(world, row, world.things[A, 1]).send(client, token)
            assert "x-evil" not in answer.headers, row.key
            assert "\n" not in answer.headers.get("content-disposition", "")
            kind = answer.headers.get("content-type", "")
            if "html" in kind or "svg" in kind:
                fetched += 1
                assert "<script>alert" not in answer.text, row.key
                assert "<img src=x" not in answer.text, row.key
                assert "49\r\nX-Evil" not in answer.text, row.key  # a name is not a template
    assert fetched > 40


def test_the_pages_hold_the_hostile_texts_so_that_the_test_above_can_fail(world: RightsWorld) -> None:
    client, _ = world.reader(Role.ADMIN, A)
    for path in ("/attendance/corrections", "/attendance/leave", "/attendance/cover", "/attendance/punches"):
        text = client.get(f"{path}?month=2025-10").text
        assert "&lt;script&gt;alert(1)" in text, path
    for path in ("/flags?state=all", "/cameras", f"/cameras/{mark(A, '-cam')}/scene"):
        assert "&lt;script&gt;alert(1)" in client.get(path).text, path


def test_a_hostile_search_is_repeated_as_text(world: RightsWorld) -> None:
    client, _ = world.reader(Role.ADMIN, A)
    for path in ("/flags", "/attendance", "/attendance/day", "/attendance/punches", "/attendance/crosscheck", "/users"):
        for name in ("q", "camera", "agency", "unit", "site", "officer", "month", "day", "page", "rule", "state"):
            answer = client.get(path, params={name: HARM})
            assert "<script>alert" not in answer.text, (path, name)
            assert "x-evil" not in answer.headers


def test_a_download_is_named_by_its_days_alone(world: RightsWorld) -> None:
    client, _ = world.reader(Role.ADMIN, A)
    for form in ("csv", "xlsx", "pdf", "json"):
        answer = client.get(f"/attendance/report.{form}?month=2025-10")
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9_.-]+"', answer.headers["content-disposition"])
        assert answer.headers["x-content-type-options"] == "nosniff"
