"""Every page can be used by everybody: WCAG 2.2 AA as far as a program can tell: both languages, day and night."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from tests.e2e.browsers import needs_chromium, playwright_api
from tests.e2e.every_page import Scheme, opened, pages_of
from tests.e2e.pages_world import PagesWorld
from tests.e2e.servers import serving
from tests.rights_matrix import MATRIX

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
pytestmark = needs_chromium
WHOLE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
WAYS: tuple[tuple[str, Scheme, dict[str, Any]], ...] = (
    ("vi", "light", WHOLE),
    ("en", "light", WHOLE),
    ("vi", "dark", COLOURS),  # by night the colours are others, and nothing else is
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> PagesWorld:
    return PagesWorld(tmp_path_factory.mktemp("access"))


@pytest.fixture(scope="module")
def address(world: PagesWorld) -> Iterator[str]:
    with serving(world) as address:
        yield address


@pytest.mark.timeout(1200)  # every page three times: six minutes where the computer is busy
def test_every_page_is_without_violations(chromium: playwright_api.Browser, world: PagesWorld, address: str) -> None:
    """All at once, so that one run tells of every page."""
    found = []
    for shown, (language, scheme, options) in product(pages_of(world), WAYS):
        with opened(chromium, world, address, shown, language=language, scheme=scheme) as page:
            violations = axe.Axe().run(page, options=options).response["violations"]
        found += [
            f"{shown.name} {language} {scheme}: {v['help']} at {[node['target'] for node in v['nodes']][:3]}"
            for v in violations
        ]
    assert "" == "\n".join(found)


PASSING = {
    "/",
    "/healthz",
    "/sign-in/code",
    "/sign-in/second-factor",
    "/sign-in/oidc",
    "/sign-in/oidc/back",
    "/wall/now",
}
"""Lead elsewhere, are no whole page, or are a step of signing in that a test of its own walks through."""


def test_every_page_of_the_application_is_among_them(world: PagesWorld) -> None:
    files = (".jpg", ".svg", "{form}", "/document", "{language}", "{path}", "{attachment_id}", "{kind}")
    templates = {row.path for row in MATRIX if row.method == "GET" and not row.path.startswith("/api/")}
    pages = {template for template in templates - PASSING if not template.endswith(files)}
    shown = {page.path.partition("?")[0] for page in pages_of(world)}
    assert set() == {template for template in pages if not any(_fits(template, path) for path in shown)}


def _fits(template: str, path: str) -> bool:
    parts, wanted = path.split("/"), template.split("/")
    return len(parts) == len(wanted) and all(w.startswith("{") or w == p for w, p in zip(wanted, parts, strict=True))
