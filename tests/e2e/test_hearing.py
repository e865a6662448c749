"""A hearing in a real browser: confirmed by two, answered with a file, concluded, appealed, decided by another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.db.redacted import RedactedRepository
from service.evidence.journal import RowKind
from service.hearing.copies import MODE
from service.hearing.stages import Outcome, Stage
from tests.e2e.browsers import needs_chromium, page_of, playwright_api, signed_in
from tests.e2e.servers import serving
from tests.hearing_world import HearingWorld, make_world

pytestmark = needs_chromium
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[HearingWorld]:
    world = make_world(tmp_path)
    yield world
    world.close()


def conclude(page: playwright_api.Page, address: str, case_id: str, outcome: str, button: str) -> None:
    page.goto(f"{address}/cases/{case_id}")
    page.get_by_label(outcome, exact=True).check()
    page.locator(".act", has=page.get_by_label(outcome, exact=True)).locator("textarea").fill("Đã xem xét giải trình.")
    page.get_by_role("button", name=button).click()
    page.get_by_text("Đã lưu:").wait_for()


def test_a_flag_confirmed_by_two_is_heard_answered_concluded_appealed_and_decided_by_another(
    chromium: playwright_api.Browser, world: HearingWorld, tmp_path: Path
) -> None:
    event_id = world.add_confirmed(with_clip=True)
    with serving(world) as address, page_of(chromium, width_px=390) as person:
        with signed_in(chromium, world, address, "thanhtra") as inspector:
            inspector.goto(f"{address}/flags/{event_id}")
            inspector.get_by_role("link", name="Mở hồ sơ giải trình").click()
            inspector.locator("#officer").select_option("hanh")
            inspector.get_by_role("button", name="Mở hồ sơ giải trình").click()
            link, pin = inspector.locator("#link").inner_text(), inspector.locator("#pin").inner_text()
            with inspector.expect_download() as saved:
                inspector.get_by_role("button", name="Lưu thông báo (PDF)").click()
            assert b"%PDF-" == Path(saved.value.path()).read_bytes()[:5]
            inspector.get_by_role("link", name="Đến hồ sơ giải trình").click()
            inspector.wait_for_url(lambda url: not url.endswith("/cases/new"))
            case_id = inspector.url.rpartition("/")[2]
            assert pin not in inspector.content()

        person.goto(link)
        person.get_by_label("Mã số (8 chữ số)").fill(pin)
        person.get_by_role("button", name="Mở trang của tôi").click()
        person.wait_for_url("**/answer")
        for _ in range(60):
            if person.locator("video").count():
                break
            person.wait_for_timeout(1000)
            person.reload()
        assert re.fullmatch(r"/answer/evidence/clip", str(person.locator("video").get_attribute("src")))
        paper = tmp_path / "Giấy đi đường.pdf"
        paper.write_bytes(PDF)
        person.locator("textarea").fill("Tôi đi lấy hồ sơ cho công dân.")
        person.locator("#files").set_input_files(paper)
        person.get_by_label("Tôi đã giải trình xong: có thể kết luận trước thời hạn").check()
        person.get_by_role("button", name="Gửi giải trình").click()
        person.get_by_text("đã được lưu và chuyển đến đoàn thanh tra").wait_for()

        with signed_in(chromium, world, address, "truongdoan") as leader:
            leader.goto(f"{address}/cases/{case_id}")
            with leader.expect_download() as saved:
                leader.get_by_role("link", name="Giấy đi đường.pdf").click()
            assert PDF == Path(saved.value.path()).read_bytes()
            conclude(leader, address, case_id, "Có vi phạm", "Kết luận")

        person.reload()
        person.locator("textarea").fill("Tôi không đồng ý.")
        person.get_by_role("button", name="Gửi khiếu nại").click()
        person.get_by_text("Khiếu nại của ông/bà đã được lưu").wait_for()

        with signed_in(chromium, world, address, "truongdoan") as leader:
            leader.goto(f"{address}/cases/{case_id}")
            assert 0 == leader.get_by_role("button", name="Giải quyết khiếu nại").count()
        with signed_in(chromium, world, address, "pho") as other:
            conclude(other, address, case_id, "Không vi phạm", "Giải quyết khiếu nại")
        person.reload()
        person.get_by_text("Không vi phạm").first.wait_for()

    assert (Stage.CLOSED, Outcome.NOT_UPHELD) == (world.case(case_id).stage, world.case(case_id).outcome)
    with world.database.transaction() as session:
        (copy,) = RedactedRepository(session).copies_of(event_id)
    views = world.told(RowKind.EVIDENCE_VIEWED)
    seen = [facts for facts in views if facts["user"] == "person"]
    assert {(f"clip.{MODE}", copy.sha256)} == {(facts["kind"], facts["sha256"]) for facts in seen}


@pytest.mark.parametrize("width_px", [1440, 390])
def test_the_pages_of_hearings_are_accessible_and_fit_the_screen(
    chromium: playwright_api.Browser, world: HearingWorld, width_px: int
) -> None:
    axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    opened = world.open(world.add_confirmed())
    waiting = world.add_confirmed("smoking")
    with serving(world) as address:
        with signed_in(chromium, world, address, "thanhtra") as inspector:
            inspector.set_viewport_size({"width": width_px, "height": 900})
            for path in ("/cases", f"/cases/{opened['case_id']}", f"/cases/new?event={waiting}"):
                inspector.goto(address + path)
                check_page(axe_api, inspector)
        with page_of(chromium, width_px=width_px) as person:
            person.goto(f"{address}/answer?link={opened['link'].rpartition('=')[2]}")
            check_page(axe_api, person)
            person.locator("#pin").fill(opened["pin"])
            person.get_by_role("button", name="Mở trang của tôi").click()
            person.wait_for_url("**/answer")
            check_page(axe_api, person)


def check_page(axe_api: object, page: playwright_api.Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = axe_api.Axe().run(page).response["violations"]  # type: ignore[attr-defined]
        assert [] == [(one["id"], [node["target"] for node in one["nodes"]]) for one in found], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url
