"""A real Chromium and whoever sits at it, for tests and for the programs that take pictures and measure."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 60_000
playwright_api.expect.set_options(timeout=PATIENCE_MS)

needs_chromium = [
    pytest.mark.e2e,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium here: install Debian's package `chromium`"),
]


class MakesLinks(Protocol):
    """A world whose people sign in by one-time links."""

    def make_link(self, login: str) -> str: ...


@contextmanager
def started() -> Iterator[playwright_api.Browser]:
    """Start the browser."""
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def page_of(
    browser: playwright_api.Browser, *, width_px: int = 1280, height_px: int = 900, **settings: Any
) -> Iterator[playwright_api.Page]:
    """Sit somebody down at a computer of their own; at the end nothing may have been blocked or thrown.

    Args:
        settings: What else playwright's context is made with.
    """
    context = browser.new_context(viewport={"width": width_px, "height": height_px}, **settings)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    context.close()
    assert [] == faults


@contextmanager
def signed_in(
    browser: playwright_api.Browser, world: MakesLinks, address: str, login: str = "thanhtra", **settings: Any
) -> Iterator[playwright_api.Page]:
    """Sit somebody down who signs in first.

    Args:
        settings: As of `page_of`.
    """
    with page_of(browser, **settings) as page:
        sign_in(page, world, address, login)
        yield page


def sign_in(page: playwright_api.Page, world: MakesLinks, address: str, login: str = "thanhtra") -> None:
    """Sign in by a one-time link, and wait for the first page."""
    page.goto(f"{address}/sign-in/once?token={world.make_link(login)}")
    page.get_by_role("button", name="Đăng nhập ngay").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def wait_for(page: playwright_api.Page, is_so: Callable[[], object], what: str) -> None:
    """Ask again and again, and let the browser go on meanwhile."""
    for _ in range(PATIENCE_MS // 100):
        if is_so():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never came true: {what}")


def wait_until(page: playwright_api.Page, condition: str) -> None:
    """Wait for a condition in the page; playwright's own waiting evaluates text there, which our policy forbids."""
    wait_for(page, lambda: page.evaluate(condition), condition)
