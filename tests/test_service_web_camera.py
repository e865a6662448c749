"""The page of a camera: how it is, what it went through, what can be read, and how far each rule is trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.api.rule_trust import PLOT_HEIGHT, WINDOW, precision_plot
from service.db.calibration import CalibrationRepository
from service.db.records import (
    FaultRecord,
    GapRecord,
    OfficerRecord,
    PlaceRecord,
    Queue,
    Role,
    RuleMode,
    RuleTrust,
    RunRecord,
    SiteRecord,
    Verdict,
)
from service.db.sites import SiteRepository
from service.site import scene_from
from service.site_tables import SceneTables
from service.web.health_timeline import Span, history_of, troubles_of
from service.web.legibility import legibility_of
from service.web.outlines import draw_scene, scene_of_version
from tests.camera_world import NOW, CameraWorld, a_scene
from tests.shown import alarms_shown
from tests.test_service_web_pages import HOSTILE, Outline
from tests.web_world import CAMERA, MONDAY, RUN
from vision.types import CameraId, Gap, GapReason, RunId

PAGE = f"/cameras/{CAMERA}"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOBODY_ABSENT = "Không ai bị coi là vắng mặt trong thời gian này"
B, N, C = Verdict.BREACH, Verdict.NO_BREACH, Verdict.CANNOT_TELL


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CameraWorld]:
    world = CameraWorld(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


def page(world: CameraWorld, path: str = PAGE, login: str = "thanhtra") -> str:
    answer = world.kept_reader(login)[0].get(path)
    assert 200 == answer.status_code
    return answer.text


def judge_rules(world: CameraWorld) -> None:
    """Let the site say how far it trusts its rules."""
    with world.database.transaction() as session:
        SiteRepository(session).register(
            SiteRecord(
                "trung-tam", "Trung tâm", "UBND", "Asia/Ho_Chi_Minh", "", "", ("07:30-11:30",), (0,), 5,
                judging=(RuleTrust("badge_missing", 0.9, 0.7, 0.05), RuleTrust("smoking", 0.9, 0.7, 0.05)),
            ),
            cameras=[(CAMERA, "Camera quầy")],
            officers=[OfficerRecord("hanh", "Nguyễn Thị Hạnh", "")],
            places=[PlaceRecord(CAMERA, "ban-1", "Bàn 1", "desk", ("hanh",))],
        )  # fmt: skip


# how it is


def test_a_camera_that_works_says_so_and_no_alarm_is_open(world: CameraWorld) -> None:
    world.add_working_run()
    html = page(world, "/cameras")
    assert "Hoạt động tốt" in html and "Hiện không có cảnh báo nào" in html
    assert 0 == alarms_shown(html)
    assert NOBODY_ABSENT not in page(world)


def test_a_covered_camera_is_an_alarm_on_every_page_and_accuses_nobody(world: CameraWorld) -> None:
    world.add_working_run()
    world.add_fault("covered", NOW - timedelta(minutes=10))
    for path in ("/cameras", "/flags", "/attendance", PAGE):
        assert 1 == alarms_shown(page(world, path))
    html = page(world)
    assert "Camera bị che" in html and "16:50 20/10/2025" in html and "10 phút" in html
    assert NOBODY_ABSENT in html
    assert "Khung hình nay đã đúng" not in html


def test_a_clock_that_is_off_blinds_nobody(world: CameraWorld) -> None:
    world.add_working_run()
    world.add_scene(a_scene())
    world.add_fault("time_drift", NOW - timedelta(minutes=10))
    html = page(world)
    assert "Đồng hồ bị lệch" in html and NOBODY_ABSENT not in html
    assert "Ghi nhận tại 2 bàn." in html


def test_a_watched_camera_without_pictures_is_an_alarm_and_one_that_is_not_watched_is_none(world: CameraWorld) -> None:
    with world.database.transaction() as session:
        sites = SiteRepository(session)
        sites.store_run(RunRecord(CAMERA, RUN, MONDAY, NOW - timedelta(minutes=5), 10, 0, False))
    html = page(world)
    assert "Mất hình từ 16:55 20/10/2025" in re.sub(r"<[^>]+>", "", html) and NOBODY_ABSENT in html
    assert 1 == alarms_shown(html) and 'title="Có 1 cảnh báo chưa kết thúc."' in html
    with world.database.transaction() as session:
        SiteRepository(session).abandon_runs([CAMERA])
    html = page(world)
    assert "Không theo dõi" in html and 0 == alarms_shown(html)


def test_an_alarm_does_not_outlive_the_run_that_crashed(world: CameraWorld) -> None:
    world.add_working_run()
    world.add_fault("dark", NOW - timedelta(minutes=10))
    assert 1 == alarms_shown(page(world))
    with world.database.transaction() as session:
        SiteRepository(session).abandon_runs([CAMERA])
        (fault,) = CalibrationRepository(session).faults([CAMERA], MONDAY, NOW + timedelta(seconds=1))
    assert NOW == fault.ended_at
    assert 0 == alarms_shown(page(world))


def test_cameras_with_trouble_come_first(world: CameraWorld) -> None:
    with world.database.transaction() as session:
        sites = SiteRepository(session)
        sites.register(sites.site("trung-tam"), cameras=[("a", "An"), ("z", "Yên")], officers=[], places=[])
        for camera in ("a", "z", CAMERA):
            sites.store_run(RunRecord(camera, RUN, MONDAY, NOW, 10, 0, False))
        CalibrationRepository(session).store_fault(FaultRecord("z", RUN, "dark", NOW - timedelta(minutes=1), None))
    found = re.findall(r'<h2><a href="/cameras/([^"]+)"', page(world, "/cameras"))
    assert ["z", "a", CAMERA] == found


def test_an_unknown_camera_is_not_found(world: CameraWorld) -> None:
    assert 404 == world.kept_reader()[0].get("/cameras/nowhere").status_code


def test_a_camera_that_is_new_has_a_page(world: CameraWorld) -> None:
    html = page(world)
    assert "Chưa vẽ gì trên hình này" in html and "sàn trong hình của camera này chưa có mốc" in html
    assert "Camera không được theo dõi trong thời gian này" in html


# the view


def test_the_view_is_confirmed_once_however_often_the_form_is_sent(world: CameraWorld) -> None:
    world.add_working_run()
    world.add_fault("moved", NOW - timedelta(minutes=10))
    still = world.add_still()
    client, csrf = world.kept_reader()
    assert f'action="{PAGE}/view"' in client.get(PAGE).text
    for _ in range(2):
        answer = client.post(f"{PAGE}/view", data={"csrf_token": csrf, "reference": "0"}, follow_redirects=False)
        assert (303, f"{PAGE}?done=view") == (answer.status_code, answer.headers["location"])
    with world.database.transaction() as session:
        reference = CalibrationRepository(session).reference(CAMERA)
    assert reference is not None
    assert (1, "Trần Văn Minh", NOW) == (reference.number, reference.confirmed_by, reference.taken_at)
    with world.store.open(reference.key) as file:
        assert still == file.read()
    assert "Trần Văn Minh xác nhận" in client.get(f"{PAGE}?done=view").text


def test_who_only_reads_cannot_confirm_a_view(world: CameraWorld) -> None:
    world.add_user("kiemtoan", Role.AUDITOR)
    world.add_fault("moved", NOW - timedelta(minutes=10))
    world.add_still()
    client, csrf = world.kept_reader("kiemtoan")
    assert "/view" not in client.get(PAGE).text
    assert 403 == client.post(f"{PAGE}/view", data={"csrf_token": csrf, "reference": "0"}).status_code
    assert 403 == world.kept_reader()[0].post(f"{PAGE}/view", data={"reference": "0"}).status_code


def test_outlines_lie_where_they_were_drawn() -> None:
    drawn = draw_scene(scene_of_version(_version(a_scene())))
    assert 720 == drawn.height
    by_id = {outline.place_id: outline for outline in drawn.outlines}
    assert "128.0,324.0 512.0,324.0 512.0,648.0 128.0,648.0" == by_id["ban-1"].points
    assert ("line", "960.0,216.0 1216.0,216.0") == (by_id["cua"].kind, by_id["cua"].points)
    assert ("desk", "public", "no_smoking", "line", "mask") == drawn.kinds


def _version(tables: SceneTables) -> object:
    from service.db.records import SceneVersion
    from service.scenes import scene_json

    return SceneVersion(CAMERA, 1, "", scene_json(tables), MONDAY, None, "")


# its history


def test_history_tells_gaps_from_faults_and_counts_what_could_be_trusted() -> None:
    run = RunRecord(CAMERA, RUN, NOW - timedelta(hours=10), NOW, 10, 0, False)
    faults = [
        FaultRecord(CAMERA, RUN, "frozen", NOW - timedelta(hours=2), NOW - timedelta(hours=1)),
        FaultRecord(CAMERA, RUN, "time_drift", NOW - timedelta(hours=4), None),
    ]
    gaps = [
        GapRecord(CAMERA, RUN, "", NOW - timedelta(hours=6), NOW - timedelta(hours=5), "stream_lost"),
        GapRecord(CAMERA, RUN, "", NOW - timedelta(hours=2), NOW - timedelta(hours=1), "frozen"),
        GapRecord(CAMERA, RUN, "ban-1", NOW - timedelta(hours=8), NOW - timedelta(hours=7), "not_judged"),
    ]
    troubles = troubles_of(faults, gaps)
    assert ["frozen", "time_drift", "stream_lost"] == [trouble.kind for trouble in troubles]
    history = history_of([run], troubles, until=NOW, span=Span.DAY, zone=ZONE)
    assert timedelta(hours=10) == history.watched
    assert 0.8 == pytest.approx(history.trusted_share)
    lanes = {lane.kind: [(bar.kind, bar.x, bar.width) for bar in lane.bars] for lane in history.lanes}
    assert ["picture", "frozen", "time_drift"] == list(lanes)
    assert [("fault", 91.667, 4.166)] == lanes["frozen"]
    assert [("fault", 83.333, 16.667)] == lanes["time_drift"]
    assert {"works", "gap"} == {kind for kind, _, _ in lanes["picture"]}


def test_a_month_of_gaps_stays_a_small_drawing() -> None:
    run = RunRecord(CAMERA, RUN, NOW - timedelta(days=30), NOW, 10, 0, False)
    gaps = [
        GapRecord(CAMERA, RUN, "", at, at + timedelta(seconds=9), "stream_lost")
        for at in (NOW - timedelta(minutes=7 * i) for i in range(1, 6000))
    ]
    history = history_of([run], troubles_of([], gaps), until=NOW, span=Span.MONTH, zone=ZONE)
    assert sum(len(lane.bars) for lane in history.lanes) < 1300
    assert 5999 == len(history.troubles)


def test_marks_of_time_are_round_in_the_reader_s_zone() -> None:
    until = datetime(2025, 10, 20, 9, 59, tzinfo=UTC)
    for span, wanted in ((Span.DAY, 8), (Span.WEEK, 7), (Span.MONTH, 6)):
        ticks = history_of([], [], until=until, span=span, zone=ZONE).ticks
        assert wanted == len(ticks)
        assert all(tick.at.astimezone(ZONE).minute == 0 for tick in ticks)


def test_faults_are_listed_in_pages(world: CameraWorld) -> None:
    world.add_working_run()
    for i in range(1, 30):
        world.add_fault("blurred", NOW - timedelta(minutes=20 * i), NOW - timedelta(minutes=20 * i - 5), "ratio 0.2")
    html = page(world)
    assert 12 == html.count("<tr><td>Hình bị mờ") and "Trang 1/3" in html
    assert 5 == page(world, f"{PAGE}?page=3").count("<tr><td>Hình bị mờ")
    assert "Trang 3/3" in page(world, f"{PAGE}?page=999&span=nonsense")


def test_a_camera_that_stopped_long_ago_shows_its_last_day(world: CameraWorld) -> None:
    last = NOW - timedelta(days=5)
    world.add_run(last - timedelta(hours=3), last, gap=(last - timedelta(hours=2), last - timedelta(hours=1)))
    html = page(world)
    assert "Tính đến hình cuối cùng, 17:00 15/10/2025" in html and "Mất hình: mất kết nối" in html


# what can be read


def test_without_floor_marks_nothing_is_made_up(world: CameraWorld) -> None:
    world.add_scene(a_scene())
    html = page(world)
    assert "sàn trong hình của camera này chưa có mốc" in html and f'href="{PAGE}/scene"' in html
    assert "legible-card" not in html
    assert 404 == world.kept_reader()[0].get(f"{PAGE}/legible-card.jpg").status_code


def test_with_floor_marks_each_desk_gets_its_advice(world: CameraWorld) -> None:
    world.add_scene(a_scene(with_floor=True))
    world.add_still(width_px=640, height_px=360)
    html = re.sub(r"\s+", " ", page(world))
    assert "Tính trên hình cỡ 640 × 360 px" in html
    # the scene was drawn on twice the pixels: the main stream has them
    assert re.search(r"Bàn 1</strong>: đọc được|Bàn 1</strong>: đưa camera lại gần thêm \d+,\d m hoặc", html)
    assert re.search(r"Bàn 2</strong>: đưa camera lại gần thêm \d+,\d m hoặc .*?hiện \d+ px, cần \d+ px", html)
    picture = world.kept_reader()[0].get(f"{PAGE}/legible-card.jpg")
    assert (200, "image/jpeg") == (picture.status_code, picture.headers["content-type"])
    assert "no-store" == picture.headers["cache-control"]


def test_marks_that_do_not_fit_are_named(world: CameraWorld) -> None:
    drawn = a_scene(with_floor=True).model_dump()
    drawn["floor"]["points"][4]["floor_m"] = (2.5, 6.5)
    scene = scene_of_version(_version(SceneTables.model_validate(drawn)))
    found = legibility_of(scene, None)
    assert ((), "PointsContradict", (5,)) == (found.maps, found.fault, found.marks)
    world.add_scene(SceneTables.model_validate(drawn))
    assert "Các mốc sàn liên quan: 5." in page(world)


def test_a_still_of_another_shape_makes_no_map(world: CameraWorld) -> None:
    world.add_scene(a_scene(with_floor=True))
    world.add_still(width_px=480, height_px=360)
    assert "Mốc sàn được đặt trên hình có tỷ lệ khác" in page(world)
    assert 404 == world.kept_reader()[0].get(f"{PAGE}/legible-card.jpg").status_code


# trust in rules


def test_no_verdict_gives_no_number(world: CameraWorld) -> None:
    judge_rules(world)
    html = page(world)
    assert "chưa có nhận định" in html and "cần thêm ít nhất 29 nhận định" in html
    assert "tin cậy 95" not in html


def test_verdicts_become_a_share_with_its_interval(world: CameraWorld) -> None:
    judge_rules(world)
    events = world.add_verdicts("badge_missing", [B] * 9 + [N] + [C])
    for login in ("khac", "khac-nua"):  # two say so, two say otherwise
        world.add_user(login, Role.INSPECTOR, "Phạm Khác")
        world.judge(events[0], N, at=NOW, login=login)
    html = page(world)
    card = html[html.index('id="rule-badge_missing"') : html.index('id="rule-smoking"')]
    assert "89&nbsp;%" in card and "52&nbsp;%" in card  # 8 of 9: exact interval .518 to .997
    assert "vi phạm: 8, không vi phạm: 1" in card
    assert "1 chưa đủ căn cứ" in card and "1 có ý kiến trái ngược" in card


def test_a_suspended_rule_says_since_when_and_why_here_and_in_the_queue(world: CameraWorld) -> None:
    judge_rules(world)
    world.add_state("smoking", RuleMode.SUSPENDED, NOW - timedelta(hours=1), cause="fell_below_floor")
    html = page(world)
    assert html.index('id="rule-smoking"') < html.index('id="rule-badge_missing"')
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))
    assert "Tạm ngừng từ 16:00 20/10/2025: Quá nhiều phát hiện của quy tắc này" in words
    for query, is_named in (("", True), ("?rule=smoking", True), ("?rule=left_post", False), ("?camera=other", False)):
        assert is_named == ("Các quy tắc sau đang tạm ngừng báo phát hiện" in page(world, f"/flags{query}"))
    assert f"{PAGE}#rule-smoking" in page(world, "/flags")


def test_an_administrator_suspends_and_lifts_with_a_note(world: CameraWorld) -> None:
    world.add_user("qt", Role.ADMIN)
    client, csrf = world.kept_reader("qt")
    address = f"{PAGE}/rules/smoking"

    def send(mode: str, note: str) -> int:
        form = {"csrf_token": csrf, "mode": mode, "note": note}
        return client.post(address, data=form, follow_redirects=False).status_code

    assert 422 == send("suspended", "  ")
    assert 303 == send("suspended", "Có khách quay phim")
    assert 303 == send("suspended", "gửi lại")
    world.clock.at += timedelta(minutes=1)
    assert 303 == send("active", "Quay xong")
    with world.database.transaction() as session:
        history = CalibrationRepository(session).rule_history(CAMERA, "smoking")
    assert [("suspended", "suspended_by_hand", "Có khách quay phim"), ("active", "lifted_by_hand", "Quay xong")] == [
        (str(state.mode), state.cause, state.note) for state in history
    ]
    assert [world.user_id("qt")] * 2 == [state.user_id for state in history]
    assert not any(state.earned for state in history)
    assert "Có khách quay phim" in page(world)
    assert (
        404
        == client.post(f"{PAGE}/rules/presence", data={"csrf_token": csrf, "mode": "active", "note": "x"}).status_code
    )
    assert 422 == client.post(address, data={"csrf_token": csrf, "mode": "off", "note": "x"}).status_code


def test_an_inspector_cannot_suspend_a_rule(world: CameraWorld) -> None:
    client, csrf = world.kept_reader()
    assert "Tạm ngừng thủ công" not in client.get(PAGE).text
    form = {"csrf_token": csrf, "mode": "suspended", "note": "x"}
    answer = client.post(f"{PAGE}/rules/smoking", data=form)
    assert 403 == answer.status_code and "Chỉ quản trị viên" in answer.text


def test_the_plot_follows_the_last_fifty_verdicts() -> None:
    assert precision_plot([True] * 4) is None
    plot = precision_plot([True] * WINDOW + [False] * WINDOW)
    assert plot is not None
    points = [float(point.split(",")[1]) for point in plot.line.split()]
    assert 0.0 == points[0] and PLOT_HEIGHT == points[-1]
    assert points == sorted(points)
    assert (5, 100, 0.0, 96) == (plot.first, plot.last, plot.latest, len(plot.answers))
    assert plot.y_of(1.0) < plot.y_of(0.9) < plot.y_of(0.7)


# random checks


def test_a_random_check_accuses_nobody(world: CameraWorld) -> None:
    visit = world.add_event("presence")
    world.add_check(visit, "badge_missing")
    queue = page(world, "/flags")
    assert "Kiểm tra ngẫu nhiên: Có ai đang làm việc mà không đeo thẻ không?" in queue
    assert "hệ thống không báo gì" in queue and 'class="strength' not in queue
    html = page(world, f"/flags/{visit}")
    assert "không ai bị quy lỗi" in html and "Có thấy vi phạm" in html and "Không thấy gì như vậy" in html
    for words in ("Nguyễn Thị Hạnh", "Đây là phát hiện", "Tín hiệu", 'id="trace"', "Hệ thống nhầm"):
        assert words not in html


def test_reasons_fit_the_rule_that_is_checked(world: CameraWorld) -> None:
    visit = world.add_event("presence")
    world.add_check(visit, "badge_missing")
    world.add_user("nguoi-thu-hai", name="Người thứ hai")

    def review(reason: str, verdict: str = "no_breach", login: str = "thanhtra") -> int:
        client, csrf = world.kept_reader(login)
        body = {"verdict": verdict, "reason": reason, "request_id": f"request-{reason.replace('_', '-')}"}
        answer = client.post(f"/api/v1/events/{visit}/reviews", json=body, headers={"X-CSRF-Token": csrf})
        return answer.status_code

    assert 422 == review("not_tobacco")
    assert 422 == review("system_mistake")
    assert 201 == review("badge_is_seen")
    assert 201 == review("seen_clearly", "breach")
    assert 201 == review("seen_clearly", "breach", "nguoi-thu-hai")
    assert "Hai người cùng xác nhận, chưa kết luận" in page(world, "/flags?state=reviewed")


def test_a_held_back_event_that_was_drawn_shows_no_drawing_of_the_system(world: CameraWorld) -> None:
    from service.db.records import EvidenceKind

    pictures = {EvidenceKind.SNAPSHOT: b"a", EvidenceKind.SNAPSHOT_ANNOTATED: b"b"}
    flagged = world.add_event("smoking", evidence=pictures)
    assert "snapshot_annotated" in page(world, f"/flags/{flagged}")
    event = world.add_event("smoking", MONDAY + timedelta(hours=1), evidence=pictures, queue=Queue.HELD)
    world.add_check(event, "smoking")
    world.judge(flagged, Verdict.NO_BREACH, at=MONDAY)
    assert "/snapshot_annotated" not in page(world, "/flags")
    html = page(world, f"/flags/{event}")
    assert "Có ai đang hút thuốc không?" in html
    assert '<img class="with-drawing"' not in html


# the page itself


def test_hostile_names_details_and_notes_stay_text(world: CameraWorld) -> None:
    world.add_site(camera_name=HOSTILE)
    world.add_user("qt", Role.ADMIN)
    world.add_working_run()
    world.add_fault("moved", NOW - timedelta(minutes=1), detail=HOSTILE)
    world.add_still()
    drawn = a_scene(with_floor=True).model_dump()
    drawn["desks"][0]["name"] = HOSTILE
    world.add_scene(SceneTables.model_validate(drawn))
    client, csrf = world.kept_reader("qt")
    client.post(f"{PAGE}/rules/smoking", data={"csrf_token": csrf, "mode": "suspended", "note": HOSTILE})
    for path in (PAGE, "/cameras", "/flags"):
        html = client.get(path).text
        assert "<script>alert" not in html and "<style" not in html and not re.search(r"\sstyle=", html)
        outline = Outline(html)
        assert not [attrs for _, attrs in outline.tags if any(name.startswith("on") for name in attrs)], path
        labelled = {attrs.get("for") for attrs in outline.of("label")}
        controls = outline.of("input") + outline.of("textarea")
        assert [] == [c for c in controls if c.get("type") != "hidden" and c.get("id") not in labelled]
        assert [] == [attrs for attrs in outline.of("img") if "alt" not in attrs]


def test_the_page_needs_a_session(world: CameraWorld) -> None:
    answer = world.browser().get(PAGE, follow_redirects=False)
    assert (303, "/sign-in?next=%2Fcameras%2Fcam-quay") == (answer.status_code, answer.headers["location"])
    assert 303 == world.browser().get(f"{PAGE}/legible-card.jpg", follow_redirects=False).status_code


def test_a_gap_of_the_whole_camera_is_in_its_history(world: CameraWorld) -> None:
    world.add_working_run()
    with world.database.transaction() as session:
        gap = Gap(
            CameraId(CAMERA), RunId(RUN), NOW - timedelta(hours=2), NOW - timedelta(hours=1), GapReason.TIMESTAMP_JUMP
        )
        SiteRepository(session).store_gap(gap)
    assert "Mất hình: giờ trong luồng bị nhảy" in page(world)


def test_only_whoever_may_draw_is_asked_to(world: CameraWorld) -> None:
    world.add_user("qt", Role.ADMIN)
    pages = [world.kept_reader(login)[0].get(PAGE).text for login in ("thanhtra", "qt")]
    assert [False, True] == ["Vẽ sơ đồ" in text for text in pages]
    assert f'href="{PAGE}/scene">Vùng quan sát của camera</a>' in pages[0]


def test_names_of_the_right_half_run_leftwards() -> None:
    outlines = {outline.place_id: outline for outline in draw_scene(scene_from(CAMERA, a_scene())).outlines}
    assert ("start", 136.0) == (outlines["ban-1"].label_anchor, outlines["ban-1"].label_at[0])
    assert ("end", 1272.0) == (outlines["cong-dan"].label_anchor, outlines["cong-dan"].label_at[0])
