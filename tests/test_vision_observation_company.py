"""Two at one desk, and citizens who wait: from boxes to events, with the real rules of a site file."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from calibration.scene import Area, CounterGroup, Desk, Scene, SceneInvalid, Zone, ZoneKind
from service.site_rule_tables import CompanyTable, RulesTable
from service.site_rules import build_rules
from tests.looks import BADGE, SMOKE
from tests.nets import ToldLooker, detections
from tests.stories import CAMERA, RUN, at, picture, seconds_of
from vision.capture.pictures import BgrPixels
from vision.health.monitor import HealthMonitor
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import Counter, Rulebook
from vision.tracking.bytetrack import ByteTrack, ByteTrackParams
from vision.types import Answer, Box, Detections, Event, Frame, Gap, GapReason, Observation, PlaceId, Question, Why

SIZE_PX = (640, 480)
OFFICER: Box = (60, 60, 140, 220)
COLLEAGUE: Box = (150, 70, 230, 225)
IN_FRONT: Box = (50, 40, 160, 330)
"""Stands between the camera and the desk, with the feet in neither zone."""
CITIZEN: Box = (420, 200, 500, 460)
LEANING: Box = (140, 40, 220, 270)
"""A citizen with the feet in the public zone who leans over the desk."""

DESK = Desk("ban-1", "Bàn 1", Area.rectangle(0.0, 0.0, 0.45, 0.38), ("an",))
LOBBY = Zone("sanh", "Sảnh", ZoneKind.PUBLIC, Area.rectangle(0.0, 0.5, 1.0, 0.62))
QUEUE = Zone("cho", "Chỗ chờ", ZoneKind.PUBLIC, Area.rectangle(0.5, 0.7, 1.0, 1.0))
COUNTER = CounterGroup("quay", "Quầy", ("ban-1",), "cho")
SCENE = Scene(CAMERA, desks=(DESK,), zones=(LOBBY, QUEUE), counters=(COUNTER,))
TABLES = RulesTable(two_at_desk=CompanyTable(enabled=True))
Seconds = tuple[str, float | None, float | None, str | None]


class Told:
    """A detector that sees, in each frame, the boxes of the stretch of time that it falls into."""

    classes = ("person",)

    def __init__(self, story: Sequence[tuple[float, Sequence[Box]]]) -> None:
        self._story = story

    def boxes(self, seconds: float) -> Sequence[Box]:
        return next(boxes for until, boxes in self._story if seconds < until)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        found = [self.boxes((frame.captured_at - at(0)).total_seconds()) for frame in frames]
        return [detections(frame, [(0, 0.9, box) for box in boxes]) for frame, boxes in zip(frames, found, strict=True)]


def pipeline_of(
    story: Sequence[tuple[float, Sequence[Box]]], *, scene: Scene = SCENE, company: bool = True,
    looker: ToldLooker | None = None, health: HealthMonitor | None = None,
) -> Pipeline:  # fmt: skip
    return Pipeline(
        scene,
        detector=Told(story),
        tracker=ByteTrack(RUN, ByteTrackParams()),
        looker=looker,
        rulebook=Rulebook(
            build_rules(TABLES, BADGE, SMOKE, person_sha256="person", crop_sha256="crop"),
            [Counter(PlaceId("quay"), (PlaceId("ban-1"),))],
        ),
        judgement=Judgement(company=company, badge=BADGE if looker else None, smoking=SMOKE if looker else None),
        health=health,
    )


IMAGE = picture(0, width_px=SIZE_PX[0], height_px=SIZE_PX[1])


def shown(boxes: Sequence[Box]) -> BgrPixels:
    """A picture of the persons: in one that shows what the last one showed nobody is looked for."""
    image = IMAGE.copy()
    for x1, y1, x2, y2 in boxes:
        cv2.rectangle(image, (int(x1), int(y1)), (int(x2), int(y2)), (30, 60, 120), -1)
    return BgrPixels(image)


def play(
    story: Sequence[tuple[float, Sequence[Box]]], *, gap: tuple[float, float] | None = None
) -> tuple[list[Event], list[Observation]]:
    """Return the latest state of every noted event, in the order of opening, and all answers."""
    pipeline, told, answers = pipeline_of(story), Told(story), []
    latest: dict[object, Event] = {}
    for i in range(int(story[-1][0] * 2)):
        seconds = i / 2
        if gap is not None and gap[0] <= seconds < gap[1]:
            if seconds == gap[0]:
                lost = Gap(CAMERA, RUN, at(gap[0]), at(gap[1]), GapReason.STREAM_LOST)
                latest |= {event.event_id: event for event in pipeline.advance(lost).events}
            continue
        step = pipeline.advance(Frame(CAMERA, RUN, i, at(seconds), shown(told.boxes(seconds))))
        answers += step.observations
        latest |= {event.event_id: event for event in step.events}
    latest |= {event.event_id: event for event in pipeline.finish().events}
    return [event for event in latest.values() if event.rule_id in ("two_at_desk", "citizens_waiting")], answers


def tell(events: Sequence[Event]) -> list[Seconds]:
    return [(e.rule_id, seconds_of(e.started_at), seconds_of(e.ended_at), e.end_reason) for e in events]


def asked(answers: Sequence[Observation], question: Question) -> list[tuple[Answer, Why | None]]:
    return [(o.answer, o.why) for o in answers if o.question is question]


def test_two_at_a_desk_for_a_minute_are_noted_from_their_first_moment() -> None:
    events, _ = play([(10, [OFFICER]), (90, [OFFICER, COLLEAGUE]), (110, [OFFICER])])
    assert [("two_at_desk", 10, 89.5, "ceased")] == tell(events)
    (event,) = events
    assert (60, 60, 230, 225) == event.box_px
    assert "ban-1" == event.subject.place_id
    assert event.subject.track_number is None


def test_a_colleague_who_looks_in_for_half_a_minute_is_not_noted() -> None:
    assert [] == play([(10, [OFFICER]), (40, [OFFICER, COLLEAGUE]), (110, [OFFICER])])[0]


def test_a_citizen_who_leans_over_the_desk_is_no_company() -> None:
    assert [] == play([(120, [OFFICER, LEANING])])[0]


def test_while_the_desk_is_covered_nobody_knows_how_many_are_there() -> None:
    _, answers = play([(5, [OFFICER, COLLEAGUE]), (10, [IN_FRONT])])
    assert [(Answer.YES, None)] * 10 + [(Answer.UNKNOWN, Why.COVERED)] * 10 == asked(answers, Question.COMPANY)


def test_a_desk_covered_for_a_moment_does_not_part_two_people() -> None:
    events, _ = play([(40, [OFFICER, COLLEAGUE]), (43, [IN_FRONT]), (90, [OFFICER, COLLEAGUE])])
    assert [("two_at_desk", 0, 89.5, "recording_ended")] == tell(events)


def test_a_dead_camera_ends_it_at_its_last_evidence() -> None:
    events, _ = play([(200, [OFFICER, COLLEAGUE])], gap=(80, 100))
    assert [("two_at_desk", 0, 79.5, "interrupted"), ("two_at_desk", 100, 199.5, "recording_ended")] == tell(events)


def test_of_two_at_a_desk_nothing_is_asked_unless_the_site_wants_it() -> None:
    step = pipeline_of([(10, [OFFICER, COLLEAGUE])], company=False).advance(
        Frame(CAMERA, RUN, 0, at(0), BgrPixels(IMAGE))
    )
    assert [] == asked(step.observations, Question.COMPANY)


def test_citizens_who_wait_are_an_event_of_the_counter_without_person_box_or_look() -> None:
    looker = ToldLooker([], np.zeros((17, 3), np.float32))
    pipeline = pipeline_of([(30, [CITIZEN])], looker=looker)
    events = [e for i in range(60) for e in pipeline.advance(Frame(CAMERA, RUN, i, at(i / 2), BgrPixels(IMAGE))).events]
    (event,) = events
    assert ("citizens_waiting", "quay", None, None) == (
        event.rule_id, event.subject.place_id, event.subject.track_number, event.box_px,
    )  # fmt: skip
    assert [] == [o.box_px for o in event.trace if o.box_px is not None]
    assert [] == looker.looked_at


def test_citizens_wait_from_the_first_to_the_last_who_stands_there() -> None:
    second: Box = (520, 220, 600, 470)
    events, _ = play([(5, []), (15, [CITIZEN]), (30, [CITIZEN, second]), (40, [second]), (60, [])])
    assert [("citizens_waiting", 5, 39.5, "ceased")] == tell(events)


def test_who_walks_through_does_not_wait() -> None:
    assert [] == play([(5, []), (12, [CITIZEN]), (40, [])])[0]


def test_who_stands_in_another_public_zone_does_not_wait_for_this_counter() -> None:
    assert [] == play([(40, [LEANING])])[0]


def test_before_a_covered_lens_both_are_unknown() -> None:
    black = np.zeros((SIZE_PX[1], SIZE_PX[0], 3), np.uint8)
    pipeline = pipeline_of([(60, [OFFICER])], health=HealthMonitor(CAMERA, RUN))
    steps = [pipeline.advance(Frame(CAMERA, RUN, i, at(i / 2), BgrPixels(black))) for i in range(60)]
    last = steps[-1].observations
    assert {(Answer.UNKNOWN, Why.NO_PICTURE), (Answer.UNKNOWN, Why.DARK)} >= {
        (o.answer, o.why) for o in last if o.question in (Question.COMPANY, Question.WAITING)
    }
    assert {Question.PRESENCE, Question.COMPANY, Question.WAITING} == {o.question for o in last}


@pytest.mark.parametrize("zone", ["nowhere", "hop", "ban-1"])
def test_citizens_wait_in_a_public_zone_of_the_same_camera(zone: str) -> None:
    meeting = Zone("hop", "Phòng họp", ZoneKind.NO_SMOKING, Area.rectangle(0.5, 0.0, 0.9, 0.4))
    with pytest.raises(SceneInvalid, match=r"waiting_zone .* no zone of kind public .* sanh, cho"):
        Scene(CAMERA, (DESK,), (LOBBY, QUEUE, meeting), (CounterGroup("quay", "Quầy", ("ban-1",), zone),))
