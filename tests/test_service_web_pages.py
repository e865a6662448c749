"""The pages: what they show, in which words, and that hostile text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import text

from service.db.records import EvidenceKind, Role
from service.db.repository import EventRepository
from tests.web_world import MONDAY, World, make_event
from vision.types import Answer, Observation, Question

HOSTILE = '<script>alert(1)</script>"\' onmouseover="x'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


class Outline(HTMLParser):
    """Collects what a browser would act upon."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_queue_shows_a_flag_in_words(world: World) -> None:
    event = world.add_event("badge_missing", evidence={EvidenceKind.SNAPSHOT: b"jpeg"})
    world.add_event("presence")
    html = world.reader()[0].get("/flags").text
    for words in ("1 phát hiện đang chờ nhận định", "Không thấy đeo thẻ", "Bàn 1", "Camera quầy", "08:00 20/10/2025"):
        assert words in html
    assert "Tín hiệu mạnh" in html and "0,91" in html and "12 phút" in html
    assert f"/api/v1/evidence/{event}/snapshot" in html
    assert html.count('<li class="card">') == 1


def test_an_empty_queue_says_what_to_do(world: World) -> None:
    client, _ = world.reader()
    assert "Không còn việc nào đang chờ" in client.get("/flags").text
    assert "Không có phát hiện nào khớp bộ lọc" in client.get("/flags?rule=smoking").text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("mine", "Chưa có phát hiện nào được giao cho bạn"),
        ("disputed", "Không có phát hiện nào mà hai người nhận định khác nhau"),
    ],
)
def test_an_empty_list_says_what_it_would_hold_and_its_lead_counts_it(world: World, state: str, words: str) -> None:
    world.add_event()
    world.add_user("doan", Role.TEAM_LEADER, "Phạm Trưởng Đoàn")
    client, _ = world.reader("doan")
    page = client.get(f"/flags?state={state}").text
    assert words in page and "Danh sách chưa có phát hiện nào." in page and "khớp bộ lọc" not in page
    assert "Danh sách có 1 phát hiện." in client.get("/flags?rule=left_post").text


def test_filters_that_make_no_sense_are_left_out(world: World) -> None:
    event = world.add_event()
    query = "rule=presence&state=guilty&day=yesterday&page=-7&camera="
    assert f"/flags/{event}" in world.reader()[0].get(f"/flags?{query}").text


def test_a_long_queue_has_pages(world: World) -> None:
    for i in range(30):
        world.add_event("left_post", MONDAY + timedelta(minutes=i))
    client, _ = world.reader()
    assert 24 == client.get("/flags").text.count('<li class="card">')
    assert 6 == client.get("/flags?page=2").text.count('<li class="card">')
    assert "Trang 2/2" in client.get("/flags?page=999").text


def test_a_flag_shows_its_clip_its_facts_and_its_other_side(world: World) -> None:
    event = world.add_event("badge_missing", evidence={EvidenceKind.CLIP: b"mp4", EvidenceKind.SNAPSHOT: b"jpeg"})
    html = world.reader()[0].get(f"/flags/{event}").text
    (video,) = Outline(html).of("video")
    assert {"autoplay", "muted", "loop", "controls", "playsinline"} <= set(video)
    assert f"/api/v1/evidence/{event}/snapshot" == video["poster"]
    for words in (
        "Đây là phát hiện, chưa phải kết luận",
        "Người được phân công tại bàn",
        "Nguyễn Thị Hạnh",
        "không biết ai đã ở đó",
        "Quyết định 129/2007/QĐ-TTg",
        "Khi nào không phải là vi phạm",
        "abababababab",
        "Sự việc đã chấm dứt",
        "0,60",
        "Không xác định được: quay lưng",
    ):
        assert words in html


def test_the_time_under_the_picture_is_that_of_the_picture(world: World) -> None:
    event = world.add_event("badge_missing", evidence={EvidenceKind.SNAPSHOT: b"jpeg"})
    html = world.reader()[0].get(f"/flags/{event}").text
    assert "Chụp lúc 08:00:00." in html  # the world's events are strongest two seconds later
    assert "Ảnh chụp</h2>" in html and "Hình chụp" not in html and "rõ nhất" not in html


def test_puffs_are_drawn_and_read_beside_the_answers(world: World) -> None:
    smoking = make_event("smoking", MONDAY, lasts=timedelta(minutes=1), place="desk", score=0.9)
    up, down = (
        Observation(smoking.subject, MONDAY + timedelta(seconds=s), Question.HAND_AT_MOUTH, answer, 0.8)
        for s, answer in ((1.5, Answer.YES), (4.5, Answer.NO))
    )
    with world.database.transaction() as session:
        EventRepository(session).upsert(replace(smoking, trace=(*smoking.trace, up, down)))
    html = world.reader()[0].get(f"/flags/{smoking.event_id}").text
    assert 2 == html.count("Tay gần miệng trong vài giây")  # in the legend and in the table
    assert 2 == html.count('class="hand-at-mouth"')
    assert "Tay gần miệng" not in world.reader()[0].get(f"/flags/{world.add_event('badge_missing')}").text


def test_a_visit_is_shown_without_a_form_for_verdicts(world: World) -> None:
    html = world.reader()[0].get(f"/flags/{world.add_event('presence')}").text
    assert 'id="verdict"' not in html and "Lượt có mặt không phải là phát hiện" in html


def test_a_flag_without_evidence_or_end_can_still_be_judged(world: World) -> None:
    event = world.add_event("left_post", lasts=None, place="nowhere")
    html = world.reader()[0].get(f"/flags/{event}").text
    assert "Đoạn ghi hình chưa sẵn sàng" in html and "Sự việc đang tiếp diễn" in html
    assert "Tệp cấu hình chưa phân công ai" in html


def test_a_long_flag_offers_beginning_and_end(world: World) -> None:
    event = world.add_event(evidence={EvidenceKind.CLIP_START: b"a", EvidenceKind.CLIP_END: b"b"})
    html = world.reader()[0].get(f"/flags/{event}").text
    assert 2 == len([a for a in Outline(html).of("button") if "data-clip" in a])


def test_next_and_previous_keep_to_the_filters(world: World) -> None:
    first, second, third = (world.add_event("smoking", MONDAY + timedelta(hours=i)) for i in range(3))
    world.add_event("left_post", MONDAY + timedelta(minutes=90))
    links = {
        a.get("rel"): a["href"] for a in Outline(world.reader()[0].get(f"/flags/{second}?rule=smoking").text).of("a")
    }
    assert f"/flags/{third}?rule=smoking" == links["prev"]
    assert f"/flags/{first}?rule=smoking" == links["next"]


def test_a_verdict_by_the_plain_form_leads_to_the_next_open_flag(world: World) -> None:
    older, newer = world.add_event("smoking", MONDAY), world.add_event("smoking", MONDAY + timedelta(hours=1))
    client, csrf = world.reader()
    form = {
        "csrf_token": csrf,
        "verdict": "no_breach",
        "reason": "not_tobacco",
        "note": "bút",
        "request_id": "request-1",
    }
    answer = client.post(f"/flags/{newer}/verdict", data=form, follow_redirects=False)
    assert (303, f"/flags/{older}") == (answer.status_code, answer.headers["location"])
    html = client.get(f"/flags/{newer}").text
    assert "Không phải thuốc lá" in html and "bút" in html and "Trần Văn Minh" in html
    answer = client.post(f"/flags/{older}/verdict", data={**form, "request_id": "request-2"}, follow_redirects=False)
    assert "/flags?decided=1" == answer.headers["location"]
    assert "Đã lưu nhận định" in client.get("/flags?decided=1").text


def test_a_plain_form_that_makes_no_sense_is_refused(world: World) -> None:
    event = world.add_event()
    client, csrf = world.reader()
    answer = client.post(f"/flags/{event}/verdict", data={"csrf_token": csrf, "verdict": "guilty", "request_id": "x"})
    assert 422 == answer.status_code
    assert "giá trị không hợp lệ" in answer.text


def test_attendance_says_no_data_where_nobody_could_see(world: World) -> None:
    world.add_run(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=2))
    world.add_event("presence", MONDAY, lasts=timedelta(hours=1))
    html = world.reader()[0].get("/attendance/day").text
    for words in (
        "Thứ Hai, 20/10/2025",
        "Nguyễn Thị Hạnh",
        "08:00",
        "Đi muộn",
        "Không có dữ liệu",
        "Chưa đến: 07:30 – 08:00",
    ):
        assert words in html
    assert "Về sớm" not in html
    svg = html[html.index('<svg class="timeline"') :]
    assert "url(#hatch)" in svg and 'class="day-absent"' in svg and 'class="day-present"' in svg


def test_attendance_of_a_day_nobody_saw_accuses_nobody(world: World) -> None:
    html = world.reader()[0].get("/attendance?day=2025-10-22").text
    assert "Đi muộn" not in html and "Về sớm" not in html and "Không có dữ liệu" in html


def test_where_nobody_could_see_an_arrival_it_is_not_called_unseen(world: World) -> None:
    world.add_run(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=5))
    world.add_event("left_post", MONDAY)
    html = world.reader()[0].get("/attendance/day?day=2025-10-20").text
    assert "Không có dữ liệu</span>" in html and "không thấy" not in html


def test_a_day_off_is_named(world: World) -> None:
    client, _ = world.reader()
    assert "không phải ngày làm việc" in client.get("/attendance?day=2025-10-19").text


@pytest.mark.parametrize("path", ["/flags", "/attendance"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "nonsense"])
def test_a_day_that_cannot_be_shown_is_named_beside_the_form(world: World, path: str, day: str) -> None:
    client, _ = world.reader()
    answer = client.get(path, params={"day": day})
    assert 200 == answer.status_code
    assert "hãy chọn ngày từ 01/01/2000 đến 31/12/2100" in answer.text
    fields = [attrs for attrs in Outline(answer.text).of("input") if attrs.get("type") == "date"]
    assert {("2000-01-01", "2100-12-31")} == {(field["min"], field["max"]) for field in fields}


def test_no_arrow_leads_beyond_the_first_and_the_last_day(world: World) -> None:
    client, _ = world.reader()
    for day, wanted in (("2000-01-01", {"next"}), ("2100-12-31", {"prev"}), ("2025-10-19", {"prev", "next"})):
        html = client.get(f"/attendance?day={day}").text
        assert "hãy chọn ngày từ" not in html
        assert wanted == {attrs.get("rel") for attrs in Outline(html).of("a")} & {"prev", "next"}


def test_pages_work_before_anything_is_set_up(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add_user()
    client, _ = world.reader()
    for path in ("/flags", "/attendance", "/cameras"):
        assert 200 == client.get(path).status_code
    world.database.close()


def test_cameras_show_when_they_were_last_seen_working(world: World) -> None:
    client, _ = world.reader()
    assert "chưa có" in client.get("/cameras").text
    world.add_run(MONDAY, MONDAY + timedelta(hours=1))
    html = client.get("/cameras").text
    assert "09:00:00 20/10/2025" in html and "1.000" in html


def test_hostile_names_and_notes_stay_text(world: World) -> None:
    world.add_site(camera_name=HOSTILE, officer=HOSTILE, desk=HOSTILE)
    world.add_user("qt", Role.ADMIN, HOSTILE)
    event = world.add_event("badge_missing", evidence={EvidenceKind.CLIP: b"mp4"})
    client, csrf = world.reader("qt")
    body = {"verdict": "breach", "note": HOSTILE, "request_id": "request-1"}
    assert 201 == client.post(f"/api/v1/events/{event}/reviews", json=body, headers={"X-CSRF-Token": csrf}).status_code
    paths = (f"/flags/{event}", "/flags?state=all", "/attendance", "/cameras", "/flags?camera=" + "%22%3E%3Cscript%3E")
    for path in paths:
        html = client.get(path).text
        outline = Outline(html)
        assert "<script>alert" not in html
        assert not [attrs for _, attrs in outline.tags if any(name.startswith("on") for name in attrs)], path
        assert all(str(attrs.get("src", "")).startswith("/static/") for attrs in outline.of("script"))


def test_no_page_has_inline_script_or_style(world: World) -> None:
    event = world.add_event(evidence={EvidenceKind.CLIP: b"mp4", EvidenceKind.SNAPSHOT: b"jpeg"})
    client, _ = world.reader()
    for path in ("/flags", f"/flags/{event}", "/attendance", "/cameras", "/nowhere"):
        html = client.get(path).text
        assert "<style" not in html and not re.search(r"\sstyle=", html)
        for attrs in Outline(html).of("script"):
            assert attrs.get("src")
        assert "http://" not in html.replace("http://www.w3.org", "") and "https://" not in html


def test_every_control_has_a_label(world: World) -> None:
    event = world.add_event(evidence={EvidenceKind.CLIP: b"mp4", EvidenceKind.SNAPSHOT: b"jpeg"})
    client, _ = world.reader()
    for path in ("/flags", f"/flags/{event}", "/attendance"):
        outline = Outline(client.get(path).text)
        labelled = {attrs.get("for") for attrs in outline.of("label")}
        controls = outline.of("input") + outline.of("select") + outline.of("textarea")
        assert [] == [c for c in controls if c.get("type") != "hidden" and c.get("id") not in labelled], path
        assert [] == [attrs for attrs in outline.of("img") if "alt" not in attrs]


def test_the_language_can_be_chosen_and_is_kept(world: World) -> None:
    client, _ = world.reader()
    assert 'lang="vi"' in client.get("/flags").text
    html = client.get("/language/en?next=/flags").text
    assert '<html lang="en"' in html and "No flag is waiting" in html
    assert '<html lang="en"' in client.get("/language/xx?next=/cameras").text


def test_a_flag_tells_what_was_deleted_and_what_is_missing(world: World) -> None:
    event = world.add_event("smoking", evidence={EvidenceKind.CLIP: b"clip", EvidenceKind.SNAPSHOT: b"jpeg"})
    with world.database.transaction() as session:
        session.execute(
            text("UPDATE evidence SET deleted_at = :at, deleted_basis = 'Nội quy' WHERE kind = 'clip'"),
            {"at": "2025-10-21 03:00:00.000000"},
        )
        session.execute(
            text("UPDATE evidence SET missing_at = :at WHERE kind = 'snapshot'"), {"at": "2025-10-21 03:00:00.000000"}
        )
    page = world.reader()[0].get(f"/flags/{event}").text
    assert "Nội quy" in page and "21/10/2025" in page
    assert "không còn trong kho" in page
