"""Nobody can fill the server's memory: larger bodies are refused before they are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.api.bodies import LIMIT_BYTES
from tests.scene_world import SceneWorld
from tests.test_service_api_scenes import PATH, Drawer, scene


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SceneWorld]:
    world = SceneWorld(tmp_path)
    world.begin()
    yield world
    world.database.close()


def test_a_body_past_the_limit_is_refused_with_a_reason_and_the_usual_headers(world: SceneWorld) -> None:
    drawer = Drawer(world)
    headers = {"X-CSRF-Token": drawer.csrf}
    found = drawer.client.put(PATH, json={"note": "x" * LIMIT_BYTES}, headers=headers)
    assert (413, "application/problem+json") == (found.status_code, found.headers["content-type"])
    assert "Content-Security-Policy" in found.headers
    assert "1 MB" in found.json()["detail"]


def test_a_body_that_does_not_say_its_length_is_refused_too(world: SceneWorld) -> None:
    drawer = Drawer(world)

    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * (LIMIT_BYTES // 8)

    headers = {"X-CSRF-Token": drawer.csrf, "Content-Type": "application/json"}
    found = drawer.client.put(PATH, content=endless(), headers=headers)
    assert found.status_code in (400, 413)
    assert "application/problem+json" == found.headers["content-type"]


def test_pages_say_it_in_the_reader_s_language(world: SceneWorld) -> None:
    found = Drawer(world).client.post("/flags/x/verdict", content=b"x" * (LIMIT_BYTES + 1))
    assert 413 == found.status_code
    assert "quá lớn" in found.text


def test_ordinary_bodies_pass(world: SceneWorld) -> None:
    assert 200 == Drawer(world).check(scene()).status_code
