"""Badges: what stands in their codes, the printed sheet read back, and what the site file may say of them."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from service.badges.codes import badge_codes, check_of, known_codes, qr_text, token_of
from service.badges.pictures import marker_modules, qr_modules, to_svg
from service.badges.sheet import CodeKind, cards_of, sheet_pdf, sheet_pictures
from service.cli_badge import badge_app
from service.errors import SiteInvalid
from service.site import load_site
from service.site_tables import OfficerTable, Site
from vision.observation.badge_code import MARKERS, OpenCvCodeReader, marker_text

SITE = """schema = 1

[site]
id = "trung-tam"
name = "Trung tâm Phục vụ hành chính công"
agency = "UBND tỉnh Quảng Ninh"

[[officers]]
id = "hanh"
name = "Nguyễn Thị Hồng Hạnh"
unit = "Bộ phận Tiếp nhận và Trả kết quả"
badge_code = 17

[[officers]]
id = "dung"
name = "Lê Quang Dũng"
badge_code = 512

[[officers]]
id = "mai"
name = "Đặng Vũ Thị Quỳnh Phương Mai"

[[cameras]]
id = "cua"
name = "Cửa vào"
source = "0"
"""

ids = st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,62}\Z")


@pytest.fixture
def site_path(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


@pytest.fixture
def site(site_path: Path) -> Site:
    return load_site(site_path)


@given(ids)
def test_a_code_is_short_the_same_each_time_and_holds_its_own_check(officer_id: str) -> None:
    version, token, check = qr_text(officer_id).split(":")
    assert ("CV1", 7, 4) == (version, len(token), len(check))
    assert base64.b32encode(zlib.crc32(token.encode()).to_bytes(4, "big"))[:4].decode() == check
    assert qr_text(officer_id) == qr_text(officer_id)


@given(ids, st.integers(0, 6), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_token_with_one_wrong_letter_fails_its_check(officer_id: str, place: int, letter: str) -> None:
    token = token_of(officer_id)
    wrong = token[:place] + letter + token[place + 1 :]
    assert (wrong == token) == (check_of(wrong) == check_of(token))


def test_no_name_stands_in_a_code() -> None:
    assert "HANH" not in qr_text("hanh")
    assert qr_text("hanh") != qr_text("hanh2")


def test_a_code_fits_the_smallest_qr_code() -> None:
    assert (21, 21) == qr_modules(qr_text("nguyen-thi-hong-hanh-0123456789")).shape


def test_ten_thousand_officers_have_as_many_codes() -> None:
    officers = [OfficerTable(id=f"cb-{i}", name="A") for i in range(10_000)]
    assert 10_000 == len({code.qr for code in badge_codes(officers)})


def test_both_codes_of_an_officer_stand_for_them(site: Site) -> None:
    known = known_codes(site.officers)
    assert {"hanh": 2, "dung": 2, "mai": 1} == {
        officer: list(known.values()).count(officer) for officer in known.values()
    }
    assert "hanh" == known[marker_text(17)] == known[qr_text("hanh")]


def test_a_drawing_has_every_module_and_no_other() -> None:
    modules = marker_modules(17)
    drawn = np.zeros_like(modules)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)", to_svg(modules)):
        drawn[int(y), int(x) : int(x) + int(width)] = True
    assert (modules == drawn).all()


def printed(site: Site, officers: list[str], kind: CodeKind) -> list[list[str]]:
    """Read the printed sheet back, card by card."""
    (page,) = sheet_pictures(cards_of(site, officers, kind), dots_per_inch=100)
    image = np.asarray(cv2.imdecode(np.frombuffer(page, np.uint8), 1))
    per_mm, reader, texts = image.shape[1] / 210, OpenCvCodeReader(), []
    for i in range(len(officers)):
        x, y = 18 + (i % 2) * 88, 9.5 + (i // 2) * 56
        x0, y0, x1, y1 = (round(v * per_mm) for v in (x, y, x + 86, y + 54))
        texts.append(sorted(reader.read(np.ascontiguousarray(image[y0:y1, x0:x1]))))
    return texts


def test_every_card_of_a_printed_sheet_is_read_back(site: Site) -> None:
    wanted = [sorted([qr_text("hanh"), marker_text(17)]), sorted([qr_text("dung"), marker_text(512)])]
    assert wanted == printed(site, ["hanh", "dung"], CodeKind.BOTH)
    assert [[marker_text(17)], [marker_text(512)]] == printed(site, ["hanh", "dung"], CodeKind.ARUCO)
    assert [[qr_text(o)] for o in ("hanh", "dung", "mai")] == printed(site, ["hanh", "dung", "mai"], CodeKind.QR)


def test_the_same_cards_make_the_same_bytes(site: Site) -> None:
    cards = cards_of(site, [], CodeKind.QR)
    assert sheet_pdf(cards) == sheet_pdf(cards)


def test_eleven_cards_need_a_second_page(site: Site) -> None:
    cards = cards_of(site, ["hanh"], CodeKind.QR) * 11
    assert 2 == len(sheet_pictures(cards, dots_per_inch=20))


def test_a_name_is_text_and_never_markup(site: Site) -> None:
    odd = site.officers[0].model_copy(update={"name": '#panic() $x$ *a* "b" \\ //', "unit": "#[]"})
    cards = cards_of(site.model_copy(update={"officers": (odd,)}), [], CodeKind.BOTH)
    assert sheet_pdf(cards).startswith(b"%PDF")


def test_the_command_writes_a_sheet(site_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "the.pdf"
    told = CliRunner().invoke(badge_app, ["print", "--site", str(site_path), "--out", str(out), "--code", "qr"])
    assert 0 == told.exit_code, told.output
    assert out.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("officers", "kind", "message"),
    [
        ([], CodeKind.BOTH, "without badge_code: mai; .* 0 to 999, or print --code qr"),
        (["hanh", "ai-do"], CodeKind.QR, "no officer ai-do"),
    ],
)
def test_what_cannot_be_printed_is_told(site: Site, officers: list[str], kind: CodeKind, message: str) -> None:
    with pytest.raises(SiteInvalid, match=message):
        cards_of(site, officers, kind)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("badge_code = 512", "badge_code = 17", 17, "'hanh' and 'dung' both have badge_code 17"),
        ("badge_code = 512", f"badge_code = {MARKERS}", 17, "less than or equal to 999"),
        ("badge_code = 512", "badge_code = -1", 17, "greater than or equal to 0"),
        ('source = "0"', 'source = "0"\n[rules.badge_code]\nreads_least = 1', 28, "greater than or equal to 2"),
    ],
)
def test_each_fault_of_the_site_file_is_named(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace(old, new), encoding="utf-8")
    with pytest.raises(SiteInvalid) as caught:
        load_site(path)
    assert f"site.toml:{line}: " in str(caught.value)
    assert message in str(caught.value)
