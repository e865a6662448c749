"""The pages of attendance: what they show and in which words; nobody is accused where nobody could see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.attendance.facts import LeaveKind, Punch
from service.attendance.imported import Checked, Importable, RowFault
from service.attendance.imports.results import ImportContext
from service.db.corrections import CorrectionRepository
from service.web.words import LANGUAGES
from tests.attendance_world import ABSENT, LATE, SITE, UNSEEN, AttendanceWorld, at
from tests.test_service_web_pages import HOSTILE, Outline

PDF = b"%PDF-1.7 b\xc3\xa0n giao"
MONTH_PAGE = "/attendance?month=2025-10"
OFFICER_PAGE = "/attendance/officers/hanh?month=2025-10"
PAGES = (
    MONTH_PAGE,
    "/attendance/day?day=2025-10-07",
    OFFICER_PAGE,
    "/attendance/corrections?month=2025-10",
    "/attendance/leave?month=2025-10",
    "/attendance/cover?month=2025-10",
    "/attendance/punches?month=2025-10",
    "/attendance/periods",
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AttendanceWorld]:
    world = AttendanceWorld(tmp_path)
    yield world
    world.database.close()


class Visitor:
    """Somebody's browser without scripts."""

    def __init__(self, world: AttendanceWorld, login: str = "thuky", language: str = "vi") -> None:
        self.client, self.csrf = world.reader(login)
        self.client.cookies.set("congvu_language", language)

    def see(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert status == answer.status_code, answer.text
        return str(answer.text)

    def send(self, path: str, status: int = 200, files: Any = None, **fields: str) -> str:
        answer = self.client.post(path, data={"csrf_token": self.csrf, **fields}, files=files)
        assert status == answer.status_code, answer.text
        return str(answer.text)

    def ask(self, status: int = 200, files: Any = None, **changes: str) -> str:
        fields = {
            "day": ABSENT.isoformat(), "start": "07:30", "end": "11:30", "kind": "present",
            "reason": "Nhận hồ sơ tại kho lưu trữ", "asked_for": "Nguyễn Thị Hạnh", "request_id": "mot-de-nghi-1",
            "document": "Giấy xác nhận 12",
        }  # fmt: skip
        return self.send("/attendance/officers/hanh/corrections", status, files, **(fields | changes))


def cells_of(html: str, name: str) -> list[tuple[str, str]]:
    """Class and sign of each day of an officer's row."""
    row = re.search(rf">{name}</a></th>(.*?)</tr>", html, re.DOTALL)
    assert row is not None
    return re.findall(r'<td class="(m-[^"]*)">([^<]*)</td>', row[1])


def test_the_timesheet_tells_absent_from_unseen(world: AttendanceWorld) -> None:
    html = Visitor(world).see(MONTH_PAGE)
    cells = cells_of(html, "Nguyễn Thị Hạnh")
    assert 31 == len(cells)
    by_day = {day: cells[day.day - 1] for day in (LATE, ABSENT, UNSEEN)}
    assert {LATE: ("m-work", "+"), ABSENT: ("m-absent", "V"), UNSEEN: ("m-unseen", "?")} == by_day
    assert ("m-off", "") == cells[3]  # a Saturday
    for words in ("Bảng chấm công 10/2025", "Bộ phận một cửa", "Văn phòng", "Đây không phải là vắng mặt", "Độ phủ"):
        assert words in html


def test_every_sum_stands_beside_its_coverage(world: AttendanceWorld) -> None:
    html = Visitor(world).see(MONTH_PAGE)
    row = re.search(r">Nguyễn Thị Hạnh</a></th>(.*?)</tr>", html, re.DOTALL)
    assert row is not None
    sums = [re.sub(r"\s+", " ", text) for text in re.findall(r'<td class="sum[^"]*">([^<]*)</td>', row[1])]
    assert ["157:00", "1 · 0:30", "–", "–", "1 ngày", "7:30", "96&nbsp;%"] == sums


def test_filters_narrow_the_sheet_and_nonsense_is_left_out(world: AttendanceWorld) -> None:
    visitor = Visitor(world)
    html = visitor.see(MONTH_PAGE + "&unit=V%C4%83n+ph%C3%B2ng")
    assert ">Lê Thị Mai</a>" in html and ">Nguyễn Thị Hạnh</a>" not in html
    html = visitor.see("/attendance?from=2025-10-06&to=2025-10-08")
    assert 3 == len(cells_of(html, "Nguyễn Thị Hạnh"))
    html = visitor.see("/attendance?unit=x&site=y&agency=z&month=2025-13&from=a&to=b&page=-3")
    assert 31 == len(cells_of(html, "Nguyễn Thị Hạnh"))


def test_the_address_that_days_had_before_still_leads_to_the_day(world: AttendanceWorld) -> None:
    answer = Visitor(world).client.get("/attendance?day=2025-10-07", follow_redirects=False)
    assert (303, "/attendance/day?day=2025-10-07") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize(
    ("form", "begins"), [("xlsx", b"PK"), ("pdf", b"%PDF"), ("csv", "\ufeff".encode()), ("json", b"{")]
)
def test_the_sheet_is_saved_as_it_is_shown(world: AttendanceWorld, form: str, begins: bytes) -> None:
    answer = Visitor(world).client.get(f"/attendance/report.{form}?month=2025-10")
    assert 200 == answer.status_code
    assert answer.content.startswith(begins)
    assert f'attachment; filename="cham-cong-2025-10-01-2025-10-31.{form}"' == answer.headers["content-disposition"]


def test_the_plots_are_drawn_with_words(world: AttendanceWorld) -> None:
    client = Visitor(world).client
    for plot in ("trend.svg", "hours.svg"):
        for look in ("", "&scheme=dark", "&narrow=1", "&narrow=1&scheme=dark"):
            answer = client.get(f"/attendance/plots/{plot}?month=2025-10{look}")
            assert (200, "image/svg+xml") == (answer.status_code, answer.headers["content-type"])
            assert "<svg" in answer.text and 'fill="#FFFFFF" width' not in answer.text
            assert ("#efeae4" in answer.text.lower()) == ("dark" in look)
    assert 404 == client.get("/attendance/plots/hours.svg?month=2025-10&part=99").status_code


def test_a_correction_is_asked_for_with_its_document_and_decided_by_somebody_else(world: AttendanceWorld) -> None:
    clerk, head = Visitor(world), Visitor(world, "truong")
    html = clerk.ask(files={"document_copy": ("giấy.pdf", PDF, "application/pdf")})
    for words in ("Chờ duyệt", "Nhận hồ sơ tại kho lưu trữ", "Nếu duyệt điều chỉnh này", "người khác sẽ duyệt"):
        assert words in html
    assert 'value="approve"' not in html
    assert re.search(r"Văn bản: [^<]+\. <a [^>]+ download>", html), "a space between the document and its copy"
    seen = 'Độ phủ quan sát <span class="number">100&nbsp;%</span>'
    assert re.search(rf"khi lập đề nghị: Giờ đến không thấy · [^<]+ 7 giờ 30 phút · {seen}", html)
    assert re.search(r"Thời gian vắng mặt</th><td>7 giờ 30 phút\s*</td><td [^>]*>3 giờ 30 phút", html)
    copy = head.client.get("/attendance/corrections/1/document")
    assert (PDF, "application/pdf") == (copy.content, copy.headers["content-type"])
    assert copy.headers["content-disposition"].startswith("attachment")

    assert 'value="approve"' in head.see("/attendance/corrections")
    html = head.send("/attendance/corrections/1", decision="approve", note="đã đối chiếu")
    assert "Đã duyệt" in head.see("/attendance/corrections?month=2025-10") and "bảng chấm công tính theo" in html
    html = clerk.see(OFFICER_PAGE)
    assert "Giá trị theo camera và sau điều chỉnh" in html and "đã đối chiếu" in html
    day = cells_of(clerk.see(MONTH_PAGE), "Nguyễn Thị Hạnh")[ABSENT.day - 1]
    assert day[0].endswith("m-fixed") and "½" in day[1]


def test_who_asked_cannot_decide_even_by_a_forged_form(world: AttendanceWorld) -> None:
    clerk = Visitor(world)
    clerk.ask()
    assert "somebody other" in clerk.send("/attendance/corrections/1", 409, decision="approve")
    with world.database.transaction() as session:
        assert None is CorrectionRepository(session).correction(1).approved


def test_a_refusal_without_a_reason_is_not_taken(world: AttendanceWorld) -> None:
    Visitor(world).ask()
    head = Visitor(world, "truong")
    head.send("/attendance/corrections/1", 409, decision="refuse", note="  ")
    assert "lý do được lưu kèm" in head.send(
        "/attendance/corrections/1", decision="refuse", note="giấy không khớp ngày"
    )


@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"<html>", b"%PDF-" + b"x" * 1_000_000])
def test_a_document_of_another_kind_or_too_large_is_refused_and_nothing_is_asked(
    world: AttendanceWorld, content: bytes
) -> None:
    visitor = Visitor(world)
    assert "PDF, PNG" in visitor.ask(422, files={"document_copy": ("giấy.pdf", content, "application/pdf")})
    assert "0 đề nghị" in visitor.see("/attendance/corrections")


def test_leave_and_cover_are_entered_and_taken_back(world: AttendanceWorld) -> None:
    visitor = Visitor(world)
    html = visitor.send(
        "/attendance/leave", officer="hanh", kind="annual", first="2025-10-07", last="2025-10-07", document="Đơn 45"
    )
    assert "nghỉ phép năm" in html and "Đơn 45" in html and "Đã nhập" in html
    assert ("m-leave", "P") == cells_of(visitor.see(MONTH_PAGE), "Nguyễn Thị Hạnh")[ABSENT.day - 1]
    assert "Đã rút lại" in visitor.send("/attendance/leave/1/withdrawal", month="2025-10")
    assert ("m-absent", "V") == cells_of(visitor.see(MONTH_PAGE), "Nguyễn Thị Hạnh")[ABSENT.day - 1]
    cover = {"officer": "hanh", "desk": "cam-quay/ban-2", "day": "2025-10-07", "start": "07:00", "end": "18:00"}
    assert "Bàn 2" in visitor.send("/attendance/cover", **cover)
    assert ("m-work", "+") == cells_of(visitor.see(MONTH_PAGE), "Nguyễn Thị Hạnh")[ABSENT.day - 1]
    visitor.send("/attendance/cover/1/withdrawal", month="2025-10")
    visitor.send("/attendance/cover/1/withdrawal", 409, month="2025-10")


def test_closing_shows_what_is_open_and_later_changes_beside_the_seal(world: AttendanceWorld) -> None:
    clerk, head = Visitor(world), Visitor(world, "truong")
    clerk.ask()
    html = head.see(f"/attendance/periods/close?site={SITE}&month=2025-10")
    assert "1 đề nghị điều chỉnh đang chờ duyệt" in html
    assert "corrections?site=trung-tam&amp;from=2025-10-01&amp;to=2025-10-31" in html
    assert re.search(r'chip-none">3</span> ngày công không camera nào nhìn thấy', html)
    closed = {"site": SITE, "first": "2025-10-01", "last": "2025-10-31"}
    html = head.send("/attendance/periods", **closed)
    assert "Đã chốt và niêm phong" in html and re.search(r"<code>[0-9a-f]{64}</code>", html)
    assert "số liệu hiện nay đúng như khi niêm phong" in html
    html = head.see(f"/attendance/periods/close?site={SITE}&month=2025-10")
    assert "Không chốt được cả tháng vì đã có ngày được chốt." in html and "Về danh sách kỳ công</a>" in html
    assert "Có thể chốt những ngày còn lại" not in html, "none is left"
    head.send("/attendance/periods", 409, **closed)
    head.send("/attendance/corrections/1", decision="approve")
    html = head.see("/attendance/periods/1")
    assert re.search(r"Thời gian vắng mặt</th><td>7 giờ 30 phút\s*</td><td [^>]*>3 giờ 30 phút", html)


def test_a_month_that_is_not_over_offers_no_closing(world: AttendanceWorld) -> None:
    world.clock.at = at(LATE, 12)
    html = Visitor(world, "truong").see(f"/attendance/periods/close?site={SITE}&month=2025-10")
    assert "Tháng chưa kết thúc" in html and "Về danh sách kỳ công</a>" in html and 'name="last"' not in html


@pytest.mark.parametrize("login", ["thanhtra"])
def test_who_only_reads_sees_everything_and_no_form(world: AttendanceWorld, login: str) -> None:
    Visitor(world).ask()
    reader = Visitor(world, login)
    for path in PAGES:
        posts = [form for form in Outline(reader.see(path)).of("form") if form.get("method") == "post"]
        assert ["/sign-out"] == [form["action"] for form in posts], path
    reader.ask(403, request_id="mot-de-nghi-2")
    reader.see("/attendance/periods/close", 403)


def test_a_form_without_its_token_is_refused(world: AttendanceWorld) -> None:
    client = Visitor(world).client
    for path in ("leave", "cover", "periods", "corrections/1", "officers/hanh/corrections", "leave/1/withdrawal"):
        assert client.post(f"/attendance/{path}", data={"csrf_token": "falsch"}).status_code in (403, 422), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_speaks_both_languages_and_hostile_text_stays_text(world: AttendanceWorld, language: str) -> None:
    world.add_leave("binh", LeaveKind.MEETING, [LATE])
    visitor = Visitor(world, language=language)
    visitor.ask(reason=HOSTILE, document=HOSTILE, asked_for=HOSTILE[:40])
    for path in PAGES:
        html = visitor.see(path)
        assert f'<html lang="{language}">' in html
        outline = Outline(html)
        assert not [script for script in outline.of("script") if not str(script.get("src", "")).startswith("/static/")]
        assert not [tag for tag, attrs in outline.tags if "style" in attrs or any(a.startswith("on") for a in attrs)]


def read_stamps(_name: str, content: bytes, known: ImportContext) -> Checked:
    """Reads lines of an officer's id; enough for the page, which knows nothing of files."""
    lines = list(enumerate(content.decode().split(), start=1))
    good = tuple(Punch(who, at(LATE, 7, n), source="giờ.dat") for n, who in lines if who in known.officers)
    return Checked(good, tuple(RowFault(n, f"no officer {who}") for n, who in lines if who not in known.officers))


def test_a_file_with_a_fault_is_not_imported_unless_the_good_rows_were_asked_for(world: AttendanceWorld) -> None:
    visitor = Visitor(world)
    assert "/attendance/punches/import" not in visitor.see("/attendance/punches")
    world.readers[Importable.PUNCHES] = read_stamps
    assert "/attendance/punches/import" in visitor.see("/attendance/punches")

    def send(text: str, status: int, **fields: str) -> str:
        return visitor.send("/attendance/punches/import", status, {"file": ("giờ.dat", text.encode())}, **fields)

    html = send("hanh <b>ai</b> binh", 422)
    for words in ("Chưa nhập gì", "2 dòng hợp lệ", "tìm thấy 1 lỗi", "Dòng 2", "no officer &lt;b&gt;ai&lt;/b&gt;"):
        assert words in html
    assert "Không có lượt chấm nào" in visitor.see("/attendance/punches?month=2025-10")
    assert "Đã nhập các dòng hợp lệ" in send("hanh ai binh", 200, only_good="yes")
    assert "2 lượt chấm trong tháng" in visitor.see("/attendance/punches?month=2025-10")
    assert "Đã nhập 1 dòng" in send("hanh", 200)
    Visitor(world, "thanhtra").send("/attendance/punches/import", 403, {"file": ("x", b"hanh")})


def test_an_officer_or_document_that_is_not_there_is_not_found(world: AttendanceWorld) -> None:
    visitor = Visitor(world)
    for path in ("officers/nobody", "corrections/99/document", "periods/99"):
        visitor.see(f"/attendance/{path}", 404)
