"""What is noted and is no flag: badges read at the door, citizens who wait, two at a desk; clip to database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from calibration.scene import Scene
from service.api.selection import Selection, State, main_zone
from service.attendance.facts import BadgeRead, Direction
from service.badges.codes import known_codes, qr_text
from service.badges.pictures import marker_modules, qr_modules
from service.db.attendance import AttendanceRepository
from service.db.records import OfficerRecord, Queue, SiteRecord
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.evidence.local import LocalStore
from service.evidence.plan import Plan, plan_event
from service.judging.policy import QueuePolicy
from service.scenes import save_scene
from service.site import load_site, parse_site
from service.site_tables import OfficerTable, Site
from service.web.labels import NOTED
from service.web.words import translations
from service.wiring import Nets, build_pipeline
from service.workers.camera import watch
from service.workers.recorder import CameraSetup, Recorder
from service.workers.setup import SetupWatch
from tests.badges import SIZE_PX, code_picture, put_person, room
from tests.nets import ToldDetector, ToldLooker, entry
from tests.pens import pen_in
from tests.stories import CAMERA, DESK, RUN, at
from tests.test_vision_observation_badge_code import DOOR, Drawn, film
from tests.web_world import MONDAY, World, make_event
from vision.capture.file import FileSource, probe
from vision.capture.packets import PacketRing
from vision.capture.pictures import BgrPixels
from vision.observation.entrance import EntranceParams
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import Rulebook
from vision.tracking.bytetrack import ByteTrack, ByteTrackParams
from vision.types import EndReason, Event, Frame, Image, PlaceId, Question, RuleId, Subject

OFFICERS = (OfficerTable(id="hanh", name="Hạnh", badge_code=17), OfficerTable(id="dung", name="Dũng"))
SITE = SiteRecord("s", "S", "A", "Asia/Ho_Chi_Minh", "", "", ("07:30-11:30",), (0, 1, 2, 3, 4), 5)
RECORDED_AT = datetime(2026, 11, 23, 0, 20, tzinfo=UTC)
RATE_FPS = 5

WAITING = Event(
    RuleId("citizens_waiting"), Subject(CAMERA, RUN, PlaceId("counter")), at(10), 0.6, at(12), 0.0, "ab" * 32,
    ended_at=at(20), end_reason=EndReason.CEASED,
)  # fmt: skip
TWO = replace(WAITING, rule_id=RuleId("two_at_desk"), subject=Subject(CAMERA, RUN, DESK))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    database.upgrade()
    with database.transaction() as session:
        SiteRepository(session).register(
            SITE,
            cameras=[(CAMERA, "Cửa")],
            officers=[OfficerRecord(officer.id, officer.name, "") for officer in OFFICERS],
            places=[],
        )
    yield database
    database.close()


def write_door(path: Path, feet: Sequence[Sequence[tuple[float, float]]], badges: Sequence[Image]) -> Path:
    """Write a clip of people with badges, H.264 as cameras send it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_FPS)
        (stream.width, stream.height), stream.pix_fmt = SIZE_PX, "yuv420p"
        stream.options = {"g": "10", "threads": "1", "preset": "ultrafast", "crf": "24"}
        for i, standing in enumerate(feet):
            image = room()
            for foot, badge in zip(standing, badges, strict=True):
                put_person(image, foot, badge)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            frame.pts, frame.time_base = i, Fraction(1, RATE_FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def watch_door(database: Database, folder: Path, clip: Path, feet: Sequence[Sequence[tuple[float, float]]]) -> None:
    source = FileSource(CAMERA, probe(clip), recorded_at=RECORDED_AT)
    pipeline = Pipeline(
        Scene(CAMERA, lines=(DOOR,)),
        detector=Drawn(feet),
        tracker=ByteTrack(source.run_id, ByteTrackParams()),
        looker=None,
        rulebook=Rulebook(()),
        judgement=Judgement(codes=EntranceParams(known_codes(OFFICERS))),
    )
    recorder = Recorder(
        database, LocalStore(folder / "evidence"), source.ring, pen_in(folder, database),
        camera_id=CAMERA, run_id=source.run_id,
    )  # fmt: skip
    watch(source, pipeline, recorder)


def test_two_officers_pass_the_door_and_a_second_analysis_changes_nothing(database: Database, tmp_path: Path) -> None:
    down = [260.0 + 12.0 * i for i in range(20)]
    feet = [[(420.0, y), (560.0, back)] for y, back in zip(down, down[::-1], strict=True)]
    badges = [code_picture(marker_modules(17), 30), code_picture(qr_modules(qr_text("dung")), 68)]
    clip = write_door(tmp_path / "door.mp4", feet, badges)
    for _ in range(2):
        watch_door(database, tmp_path, clip, feet)
    with database.transaction() as session:
        reads = AttendanceRepository(session).badge_reads(None, RECORDED_AT, RECORDED_AT + timedelta(minutes=1))
    assert {
        ("hanh", CAMERA, "door", Direction.IN),
        ("dung", CAMERA, "door", Direction.OUT),
    } == {(read.officer_id, read.camera_id, read.line_id, read.direction) for read in reads}
    assert 2 == len(reads)
    truth = {"hanh": (378 - 260) / 12 / RATE_FPS, "dung": (488 - 378) / 12 / RATE_FPS}
    assert all(abs(seconds_in(read) - truth[read.officer_id]) < 0.05 for read in reads)


def seconds_in(read: BadgeRead) -> float:
    return (read.at - RECORDED_AT).total_seconds()


def deliver(database: Database, folder: Path, *events: Event, policy: QueuePolicy | None) -> None:
    """Deliver events twice, as a replay does."""
    for _ in range(2):
        recorder = Recorder(
            database, LocalStore(folder / "evidence"), PacketRing(), pen_in(folder, database),
            camera_id=CAMERA, run_id=RUN, setup=CameraSetup(policy=policy),
        )  # fmt: skip
        recorder.note_events(events, at(70))
        recorder.finish()


@pytest.mark.parametrize("policy", [None, QueuePolicy(())], ids=["no policy", "policy"])
def test_what_is_noted_is_on_record_and_in_nobody_s_queue(
    database: Database, tmp_path: Path, policy: QueuePolicy | None
) -> None:
    deliver(database, tmp_path, WAITING, TWO, policy=policy)
    with database.transaction() as session:
        repository = EventRepository(session)
        kept = repository.find(EventFilter())
        asked = [
            repository.count(Selection(rule, state=State.ALL).to_filter(main_zone([SITE])))
            for rule in (None, "citizens_waiting", "two_at_desk")
        ]
    assert {("citizens_waiting", Queue.NOTED), ("two_at_desk", Queue.NOTED)} == {(e.rule_id, e.queue) for e in kept}
    assert [0, 0, 0] == asked


def test_of_citizens_no_clip_and_no_picture_is_planned() -> None:
    opened = replace(WAITING, ended_at=None, end_reason=None)
    assert Plan() == plan_event(plan_event(Plan(), opened, at(20)), WAITING, at(30))


def test_two_at_a_desk_have_evidence_like_other_events() -> None:
    assert ["clip"] == [cut.kind for cut in plan_event(Plan(), TWO, at(30)).waiting]


@pytest.mark.parametrize("rule", ["citizens_waiting", "two_at_desk"])
def test_the_interface_lists_what_is_noted_nowhere_and_takes_no_verdict_on_it(tmp_path: Path, rule: str) -> None:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    noted = make_event(rule, MONDAY, lasts=timedelta(minutes=12), place="ban-1", score=0.9)
    with world.database.transaction() as session:
        EventRepository(session).upsert(noted, queue=Queue.NOTED)
    client, token = world.reader()
    for query in ("", "?state=all", f"?rule={rule}&state=all"):
        assert 0 == client.get(f"/api/v1/events{query}").json()["total"]
    answer = client.post(
        f"/api/v1/events/{noted.event_id}/reviews",
        json={"verdict": "breach", "reason": "unstated", "note": "", "request_id": "request-1"},
        headers={"X-CSRF-Token": token},
    )
    assert 409 == answer.status_code, answer.text
    page = client.get(f"/flags/{noted.event_id}").text
    assert NOTED[rule].summary in english(page)


def english(page: str) -> str:
    """Turn the Vietnamese words of a page into the messages that they stand for."""
    for words in NOTED.values():
        page = page.replace(translations("vi").gettext(words.summary), words.summary)
    return page


CENTRE = """schema = 1
[site]
id = "trung-tam"
name = "Trung tâm"
agency = "UBND tỉnh"
[[officers]]
id = "hanh"
name = "Hạnh"
badge_code = 17
[[cameras]]
id = "camera"
name = "Camera"
source = "rtsp://camera.test/1"
desks = [{ id = "ban-1", name = "Bàn 1", officers = ["hanh"], area = [[0, 0], [0.5, 0], [0.5, 0.4], [0, 0.4]] }]
zones = [{ id = "cho", name = "Chỗ chờ", kind = "public", area = [[0, 0.7], [1, 0.7], [1, 1], [0, 1]] }]
lines = [{ id = "door", name = "Cửa", start = [0.35, 0.7], end = [0.65, 0.7] }]
counters = [{ id = "quay", name = "Quầy", desks = ["ban-1"] }]
"""
WAITED_FOR = CENTRE.replace('desks = ["ban-1"] }', 'desks = ["ban-1"], waiting_zone = "cho" }')
READ = "[rules.badge_code]\nenabled = true\n"


def questions(site: Site) -> set[Question]:
    """What is asked of one picture."""
    nets = Nets(ToldDetector(("person",), []), ToldLooker([], np.zeros((17, 3), np.float32)), ENTRY, ENTRY)
    step = build_pipeline(site.cameras[0], site, nets, RUN).advance(Frame(CAMERA, RUN, 0, at(0), BgrPixels(room())))
    return {observation.question for observation in step.observations}


ENTRY = entry("crop", ("card", "lanyard", "cigarette"), yes_score={"card": 0.6, "lanyard": 0.6, "cigarette": 0.6})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (CENTRE, {Question.PRESENCE}),
        (WAITED_FOR, {Question.PRESENCE, Question.WAITING}),
        (CENTRE + "[rules.two_at_desk]\nenabled = true\n", {Question.PRESENCE, Question.COMPANY}),
    ],
    ids=["nothing", "a waiting zone", "two at a desk"],
)
def test_only_what_the_site_file_wants_is_asked(tmp_path: Path, text: str, wanted: set[Question]) -> None:
    assert wanted == questions(parse_site(text, tmp_path / "site.toml"))


@pytest.mark.parametrize(("rules", "reads"), [(READ, [("hanh", "door", "in")]), ("", [])], ids=["on", "off"])
def test_badges_are_read_where_the_site_file_says_so(
    tmp_path: Path, rules: str, reads: list[tuple[str, str, str]]
) -> None:
    site = parse_site(CENTRE + rules, tmp_path / "site.toml")
    feet = [[(480.0, 260.0 + 12.0 * i)] for i in range(20)]
    nets = Nets(Drawn(feet), ToldLooker([], np.zeros((17, 3), np.float32)), ENTRY, ENTRY)
    pipeline = build_pipeline(site.cameras[0], site, nets, RUN)
    frames = film(feet, [[code_picture(marker_modules(17), 30)]] * 20)
    told = [read for frame in frames for read in pipeline.advance(frame).badge_reads]
    told += pipeline.finish().badge_reads
    assert reads == [(read.code, read.line_id, str(read.direction)) for read in told]


@pytest.mark.parametrize(("rules", "is_current"), [(READ, False), ("", True)], ids=["read", "not read"])
def test_another_number_on_a_badge_is_taken_in_where_badges_are_read(
    database: Database, tmp_path: Path, rules: str, is_current: bool
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(CENTRE + rules, encoding="utf-8")
    site = load_site(path)
    setup = SetupWatch(database, site, site.cameras[0], path)
    assert setup.is_current()
    path.write_text((CENTRE + rules).replace("badge_code = 17", "badge_code = 118"), encoding="utf-8")
    assert is_current is setup.is_current()


def test_the_scene_keeps_where_citizens_wait(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(WAITED_FOR, encoding="utf-8")
    scene = load_site(path).cameras[0]
    assert scene.counters == save_scene(path, "camera", scene).cameras[0].counters
    assert "cho" == load_site(path).cameras[0].counters[0].waiting_zone
