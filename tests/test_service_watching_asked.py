"""What a site file asks of the pictures, beside the usual: bottles and cans in hands, and looks in more pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from service.errors import ServiceError, SiteInvalid
from service.nets import Nets, Vessels
from service.registering import judging_of
from service.site import parse_site
from service.site_tables import Site
from service.wiring import build_pipeline
from tests.looks import PERSON, front, look
from tests.nets import ToldDetector, ToldLooker, detections, entry
from tests.stories import CAMERA, RUN, at, picture
from vision.capture.pictures import BgrPixels
from vision.types import Box, Event, Frame, Look, Question, TrackKey

CENTRE = """
schema = 1
[site]
id = "trung-tam"
name = "Trung tâm"
agency = "UBND tỉnh"
[[officers]]
id = "hanh"
name = "Hạnh"
[[cameras]]
id = "camera"
name = "Camera"
source = "rtsp://camera.test/1"
desks = [{ id = "ban-1", name = "Bàn 1", officers = ["hanh"], area = [[0, 0], [1, 0], [1, 1], [0, 1]] }]
"""
ON = "[rules.alcohol_seen]\nenabled = true\n"
CROP = entry("crop", ("card", "lanyard", "cigarette"), yes_score={"card": 0.6, "lanyard": 0.6, "cigarette": 0.6})
VESSEL = replace(
    entry("vessel", ("bottle", "can", "glass"), yes_score={"bottle": 0.7, "can": 0.6, "glass": 0.6}),
    floor_px={"can_width": 8.0},
)
IN_HAND: Box = (255, 340, 285, 400)


@dataclass
class Drinkers:
    """Sees a can in everybody's hand, of this score."""

    score: float

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        seen = detections(frame, [(1, self.score, IN_HAND)])
        return [
            replace(
                look(points=front(), person=box, frame=frame.size_px), track=key, at=frame.captured_at, vessels=seen
            )
            for key, box in persons
        ]


def nets_with(vessels: Vessels | None) -> Nets:
    person = ToldDetector(("person",), [(0, 0.9, PERSON)])
    return Nets(person, ToldLooker([], front()), CROP, CROP, vessels=vessels)


def watched(site: Site, nets: Nets, *, seconds: int = 30) -> tuple[list[Event], set[Question]]:
    """Watch one person at the desk, two pictures a second; every picture shows something new."""
    pipeline = build_pipeline(site.cameras[0], site, nets, RUN)
    events: dict[str, Event] = {}
    asked: set[Question] = set()
    for i in range(2 * seconds):
        image = picture(i, width_px=640, height_px=480)
        step = pipeline.advance(Frame(CAMERA, RUN, i, at(i / 2), BgrPixels(image)))
        asked |= {observation.question for observation in step.observations}
        events |= {str(event.event_id): event for event in step.events}
    events |= {str(event.event_id): event for event in pipeline.finish().events}
    return [event for event in events.values() if event.rule_id == "alcohol_seen"], asked


def site_of(tmp_path: Path, text: str) -> Site:
    return parse_site(text, tmp_path / "site.toml")


@pytest.mark.parametrize(("score", "flagged"), [(0.8, 1), (0.4, 0)])
def test_a_can_in_a_hand_again_and_again_is_one_event(tmp_path: Path, score: float, flagged: int) -> None:
    events, asked = watched(site_of(tmp_path, CENTRE + ON), nets_with(Vessels(VESSEL, lambda: Drinkers(score))))
    assert Question.ALCOHOL in asked
    assert flagged == len(events)
    for event in events:
        assert (VESSEL.weights_sha256, 0.6) == (event.model_sha256, event.threshold)
        assert event.peak_score == pytest.approx(score)
        assert event.box_px == IN_HAND


def test_one_look_at_a_can_is_no_event(tmp_path: Path) -> None:
    events, _ = watched(site_of(tmp_path, CENTRE + ON), nets_with(Vessels(VESSEL, lambda: Drinkers(0.99))), seconds=2)
    assert [] == events


def test_a_site_that_does_not_ask_loads_no_net_and_is_asked_nothing(tmp_path: Path) -> None:
    def never() -> Drinkers:
        raise AssertionError("the net was loaded")

    site = site_of(tmp_path, CENTRE)
    events, asked = watched(site, nets_with(Vessels(VESSEL, never)))
    assert ([], False) == (events, Question.ALCOHOL in asked)
    assert "alcohol_seen" not in {trust.rule_id for trust in judging_of(site)}
    assert "alcohol_seen" in {trust.rule_id for trust in judging_of(site_of(tmp_path, CENTRE + ON))}


@pytest.mark.parametrize(("line", "asked_px"), [("", 640), ("look_px = 800\n", 800), ("look_px = 1280\n", 1280)])
def test_the_camera_is_looked_at_in_as_many_pixels_as_the_site_file_says(
    tmp_path: Path, line: str, asked_px: int
) -> None:
    asked: list[int] = []

    def wider(long_px: int) -> ToldDetector:
        asked.append(long_px)
        return ToldDetector(("person",), [])

    site = site_of(tmp_path, CENTRE.replace("desks =", line + "desks ="))
    build_pipeline(site.cameras[0], site, replace(nets_with(None), wider=wider), RUN)
    assert [asked_px] == asked


def test_another_number_of_pixels_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(SiteInvalid, match=r"look_px.*640, 800, 960 or 1280"):
        site_of(tmp_path, CENTRE.replace("desks =", "look_px = 700\ndesks ="))


def test_a_site_that_asks_where_there_is_no_net_is_told_so(tmp_path: Path) -> None:
    site = site_of(tmp_path, CENTRE + ON)
    with pytest.raises(ServiceError, match=r"rules\.alcohol_seen"):
        build_pipeline(site.cameras[0], site, nets_with(None), RUN)
