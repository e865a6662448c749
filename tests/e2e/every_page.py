"""Every page of the service as its usual reader sees it: to be checked by a program, and to be looked at by people.

    python -m tests.e2e.every_page FOLDER [--only PART]

takes pictures of all, at 1440 and 390 px, in both languages, by day and by night.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from rich.console import Console
from rich.progress import track

from service.api.answers import ANSWER_COOKIE
from service.db.records import Role
from tests.e2e.browsers import playwright_api, started
from tests.e2e.pages_world import PagesWorld
from tests.e2e.servers import serving
from tests.rights_world import EVERYWHERE, A

Scheme = Literal["light", "dark"]
WIDTHS_PX = (1440, 390)
LANGUAGES = ("vi", "en")
LOCALES = {"vi": "vi-VN", "en": "en-GB"}
"""A reader's browser speaks their language too: fields of dates are in its words."""
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
STEP_PX = 600
PATIENCE_MS = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One page and who opens it.

    Attributes:
        role: None: somebody who is not signed in.
        person: How far the hearing is whose personal page this is; empty: it is none.
    """

    name: str
    path: str
    role: Role | None = Role.INSPECTOR
    agency: str = EVERYWHERE
    person: str = ""


def pages_of(world: PagesWorld) -> list[Shown]:
    """Return every page, with something on it."""
    one = world.things[A, 1]
    camera, officer, event = quote(one.camera_id), quote(one.officer_id), one.event_id
    attendance = [
        Shown("attendance", f"/attendance?site={one.site_id}&month=2025-10", Role.CLERK),
        Shown("attendance-province", "/attendance?agency=*&month=2025-10", Role.CLERK),
        Shown("attendance-day", f"/attendance/day?site={one.site_id}&day=2025-10-06", Role.CLERK),
        Shown("attendance-crosscheck", f"/attendance/crosscheck?site={one.site_id}&month=2025-10", Role.CLERK),
        Shown("attendance-officer", f"/attendance/officers/{officer}?month=2025-10", Role.CLERK),
        Shown("attendance-corrections", "/attendance/corrections", Role.CLERK),
        Shown("attendance-leave", "/attendance/leave?month=2025-10", Role.CLERK),
        Shown("attendance-cover", "/attendance/cover?month=2025-10", Role.CLERK),
        Shown("attendance-punches", "/attendance/punches?month=2025-10", Role.CLERK),
        Shown("attendance-periods", "/attendance/periods", Role.CLERK),
        Shown("attendance-period", f"/attendance/periods/{one.period_id}", Role.CLERK),
        Shown("attendance-close", f"/attendance/periods/close?site={one.site_id}&month=2025-10", Role.CLERK),
        Shown("attendance-own", f"/attendance/officers/{officer}?month=2025-10", Role.OFFICER, A),
    ]
    cameras = [
        Shown("cameras", "/cameras"),
        Shown("wall", "/wall"),
        Shown("camera", f"/cameras/{camera}"),
        Shown("scene", f"/cameras/{camera}/scene", Role.ADMIN),
    ]
    accounts = [
        Shown("sign-in", "/sign-in", None),
        Shown("sign-in-once", f"/sign-in/once?token={world.sign_in_token}", None),
        Shown("sign-in-once-used", "/sign-in/once?token=none", None),
        Shown("sign-in-forgotten", "/sign-in/forgotten", None),
        Shown("sign-in-reset", f"/sign-in/reset?token={world.reset_token}", None),
        Shown("sign-in-reset-used", "/sign-in/reset?token=none", None),
        Shown("account", "/account"),
        Shown("account-second-factor", "/account/second-factor"),
        Shown("account-notifications", "/account/notifications"),
        Shown("users", "/users", Role.ADMIN),
        Shown("users-new", "/users/new", Role.ADMIN),
        Shown("user", f"/users/{one.user_id}", Role.ADMIN),
    ]
    flags = [
        Shown("flags", "/flags"),
        Shown("flags-none", "/flags?state=mine"),
        Shown("flags-alcohol", "/flags?rule=alcohol_seen"),
        Shown("flags-of-a-leader", "/flags", Role.TEAM_LEADER),
        Shown("flag", f"/flags/{event}"),
        Shown("flag-alcohol", f"/flags/{world.alcohol_id}"),
        Shown("flag-of-an-auditor", f"/flags/{event}", Role.AUDITOR),
        Shown("flag-confirmed", f"/flags/{one.heard_id}"),
        Shown("cases", "/cases"),
        Shown("cases-own", "/cases", Role.OFFICER, A),
        Shown("case", f"/cases/{one.case_id}"),
        Shown("case-own", f"/cases/{one.case_id}", Role.OFFICER, A),
        *(Shown(f"case-{far}", f"/cases/{case_id}") for far, case_id in world.cases.items()),
        Shown("case-new", f"/cases/new?event={world.unheard_id}"),
        Shown("answer", "/answer", None),
        *(Shown(f"answer-{far}", "/answer", None, person=far) for far in world.people),
        Shown("statistics", "/statistics?month=2025-10"),
        Shown("statistics-alcohol", "/statistics?month=2025-10&rule=alcohol_seen"),
        Shown("statistics-none", "/statistics?month=2024-01"),
        Shown("statistics-inspectors", "/statistics/inspectors?month=2025-10", Role.TEAM_LEADER),
    ]
    others = [
        Shown("quarantine", "/quarantine", Role.ADMIN),
        Shown("journal", "/journal", Role.AUDITOR),
        Shown("journal-checked", "/journal?check=1", Role.AUDITOR),
        Shown("journal-of-an-admin", "/journal?kind=account_changed", Role.ADMIN),
        Shown("journal-none", "/journal?kind=key_lost", Role.AUDITOR),
        Shown("journal-row", "/journal/1", Role.AUDITOR),
        Shown("not-found", "/flags/nope"),
        Shown("not-allowed", "/quarantine", Role.INSPECTOR),
    ]
    return [*accounts, *flags, *cameras, *attendance, *others]


@contextmanager
def opened(
    browser: playwright_api.Browser,
    world: PagesWorld,
    address: str,
    shown: Shown,
    *,
    language: str = "vi",
    width_px: int = 1440,
    scheme: Scheme = "light",
) -> Iterator[playwright_api.Page]:
    """Open one page, signed in as its reader."""
    context = browser.new_context(
        viewport={"width": width_px, "height": 900}, color_scheme=scheme, locale=LOCALES[language]
    )
    cookies: list[dict[str, Any]] = [{"name": "congvu_language", "value": language, "url": address}]
    if shown.role is not None:
        client, _ = world.reader(shown.role, shown.agency)
        cookies.append({"name": "congvu_session", "value": client.cookies["congvu_session"], "url": address})
    if shown.person:
        cookies.append({"name": ANSWER_COOKIE, "value": world.people[shown.person], "url": address + "/answer"})
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address + shown.path, wait_until="load")
    page.locator("h1").first.wait_for()
    if page.locator("#scene").count():
        page.locator("#scene[data-ready]").wait_for()  # until then the editor is an empty frame
    yield page
    context.close()


def load_all(page: playwright_api.Page) -> None:
    """Pass by everything once: pictures further down are only fetched then."""
    for top_px in range(0, page.evaluate("document.documentElement.scrollHeight"), STEP_PX):
        page.evaluate("top => window.scrollTo({ top, behavior: 'instant' })", top_px)
        page.wait_for_timeout(50)
    page.evaluate("window.scrollTo({ top: 0, behavior: 'instant' })")
    # asked again and again: a page's policy forbids the waiting of playwright's own
    for _ in range(PATIENCE_MS // 100):
        if page.evaluate("Array.from(document.images).every(image => image.complete)"):
            return
        page.wait_for_timeout(100)
    raise TimeoutError(f"{page.url}: pictures are still missing after {PATIENCE_MS} ms")


def main() -> None:
    """Take pictures of every page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="pages whose name begins so")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, started() as browser:
        world = PagesWorld(Path(folder))
        wanted = [shown for shown in pages_of(world) if shown.name.startswith(asked.only)]
        ways = list(product(wanted, WIDTHS_PX, LANGUAGES, SCHEMES))
        with serving(world) as address:
            for shown, width_px, language, scheme in track(ways, console=Console(stderr=True)):
                with opened(
                    browser, world, address, shown, language=language, width_px=width_px, scheme=scheme
                ) as page:
                    load_all(page)
                    name = f"{shown.name}-{width_px}-{language}-{scheme}.png"
                    page.screenshot(path=asked.folder / name, full_page=True)


if __name__ == "__main__":
    main()
