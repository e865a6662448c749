"""One live camera as the service watches it: real link, rules, recorder and database. Only the nets are made.

The scene is a bright figure at a desk, so that a grey or smeared picture, were it judged, would be an absence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import cv2
import numpy as np

from calibration.scene import Area, Desk, Scene
from service.api.auth import work_in
from service.api.camera_states import CameraState, camera_state
from service.api.context import WebContext
from service.attendance.day_table import AttendanceDay
from service.attendance.gathering import gather
from service.attendance.people import Asked
from service.db.calibration import CalibrationRepository
from service.db.records import FaultRecord, GapRecord
from service.db.repository import EventFilter, EventRepository
from service.db.sites import SiteRepository
from service.parts import Parts, open_parts
from service.reporting import open_sources
from service.settings import Settings
from service.site import load_site
from service.watching import pen_of, register_site
from service.workers.away import AwayLog
from service.workers.camera import CameraThread
from service.workers.recorder import Recorder
from tests.stories import s
from tests.test_vision_pipeline import Persons
from vision.capture.rtsp import LiveParams, RtspSource
from vision.capture.source import Source
from vision.clock import SystemClock
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import LEFT_POST, PRESENCE, Rule, Rulebook
from vision.rules.sustained import SustainedParams
from vision.types import Answer, CameraId, Detections, Frame, Image, Question, RunId, Tracks

CAMERA, RUN = CameraId("door"), RunId("run")
SIZE_PX = (320, 240)
RATE_FPS = 10
FIGURE_PX = (40, 60, 110, 200)
STILL_PX = 150
"""Left of here the scene never changes."""
SMEARED_LEAST = 45
"""A block of 8 x 8 pixels that is off by this much from the true scene was not decoded right; coding costs up to 15."""

SITE = """\
schema = 1
[site]
id = "s"
name = "S"
agency = "A"
timezone = "UTC"
[hours]
intervals = ["00:00-23:59"]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
left_post_minutes = 0.1
[hours.holidays]
country = ""
[[officers]]
id = "an"
name = "An"
[[cameras]]
id = "door"
name = "Door"
source = "rtsp://127.0.0.1/main"
[[cameras.desks]]
id = "desk"
name = "Desk"
officers = ["an"]
area = [[0.0, 0.1], [0.5, 0.1], [0.5, 0.99], [0.0, 0.99]]
"""


def scene_picture(index: int) -> Image:
    """A room with a bright figure at a desk; on its right something moves."""
    coarse = np.random.default_rng(3).integers(40, 110, (15, 20, 3)).astype(np.uint8)
    image = np.asarray(cv2.resize(coarse, SIZE_PX, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    left, top, right, bottom = FIGURE_PX
    cv2.rectangle(image, (left, top), (right, bottom), (220, 220, 220), -1)
    x = 170 + (index * 6) % 100
    cv2.rectangle(image, (x, 60), (x + 40, 200), (20 + index * 7 % 200, 60, 180), -1)
    return image


CODECS = {
    "h264": ("libx264", "yuv420p", {"g": "10", "preset": "ultrafast", "tune": "zerolatency", "threads": "1"}),
    "h265": ("libx265", "yuv420p", {"preset": "ultrafast", "x265-params": "keyint=10:bframes=0:log-level=0:pools=1"}),
    "mjpeg": ("mjpeg", "yuvj420p", {"huffman": "default"}),
}


def write_scene(path: Path, codec: str, *, lasts_s: float = 60, size_px: tuple[int, int] = SIZE_PX) -> Path:
    """Write the scene in one of `CODECS`."""
    name, layout, options = CODECS[codec]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(name, rate=RATE_FPS)
        stream.width, stream.height = size_px
        stream.pix_fmt, stream.bit_rate, stream.options = layout, 2_000_000, options
        for i in range(round(lasts_s * RATE_FPS)):
            frame = av.VideoFrame.from_ndarray(np.asarray(cv2.resize(scene_picture(i), size_px)), format="bgr24")
            frame.pts, frame.time_base = i, Fraction(1, RATE_FPS)
            container.mux(stream.encode(frame.reformat(format=layout)))
        container.mux(stream.encode(None))
    return path


def write_changing_scene(path: Path, *, after_s: float, lasts_s: float) -> Path:
    """Write the scene as an MPEG-TS whose picture is twice as large from a moment on."""
    width, height = SIZE_PX
    with av.open(str(path), "w", format="mpegts") as container:
        carrier = container.add_mux_stream("h264", rate=RATE_FPS, width=width, height=height)
        begins_s = 0.0
        for size_px, part_s in ((SIZE_PX, after_s), ((2 * width, 2 * height), lasts_s - after_s)):
            part = write_scene(path.with_name("part.ts"), "h264", lasts_s=part_s, size_px=size_px)
            with av.open(str(part)) as written:
                first: int | None = None
                for packet in written.demux(video=0):
                    if packet.dts is None or packet.pts is None:
                        continue
                    first = packet.dts if first is None else first
                    shift = round(begins_s * 90_000) - first
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, carrier
                    container.mux(packet)
            begins_s += part_s
    return path


@dataclass
class Figure(Persons):
    """Finds the figure where the desk's pixels are bright, and remembers how wrong the worst picture was."""

    boxes: Sequence[tuple[float, float, float, float]] = ()
    worst: float = 0.0
    looked: int = 0
    widths_px: set[int] = field(default_factory=set)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Look at one frame."""
        image = np.asarray(cv2.resize(frames[0].image, SIZE_PX, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        self.looked += 1
        self.widths_px.add(frames[0].size_px[0])
        off = cv2.absdiff(image, scene_picture(0))[:, : STILL_PX // 8 * 8].mean(axis=2)
        self.worst = max(self.worst, float(off.reshape(30, 8, -1, 8).mean(axis=(1, 3)).max()))
        left, top, right, bottom = FIGURE_PX
        is_there = image[top:bottom, left:right].mean() > 180
        width_by = frames[0].size_px[0] / SIZE_PX[0]
        box = (left * width_by, top * width_by, right * width_by, bottom * width_by)
        return Persons([box] if is_there else []).detect(frames)

    def update(self, detections: Detections) -> Tracks:
        """Number those who were found in order."""
        return Tracks(RUN, detections, np.arange(len(detections), dtype=np.int64))


class ShiftedClock:
    """The computer's clock, with time that has passed at once."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._clock = SystemClock()

    def now(self) -> datetime:
        """Return the present moment."""
        return self._clock.now() + self.ahead


@dataclass
class Outcome:
    """What is stored of a camera, and how wrong the worst picture was that was judged."""

    gaps: list[GapRecord]
    away: list[FaultRecord]
    rules: list[str]
    days: list[AttendanceDay]
    """Yesterday and today: an outage may last over midnight."""
    worst: float
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)
    """The gaps, those that touch joined."""


@dataclass
class WatchedCamera:
    """A camera that is being watched."""

    parts: Parts
    clock: ShiftedClock
    figure: Figure
    thread: CameraThread

    def wait_for_pictures(self, count: int = 15) -> None:
        """Wait until so many more have been looked at."""
        until = self.figure.looked + count
        wait_for(lambda: self.figure.looked >= until)

    def state(self) -> CameraState:
        """Return how the pages and the API show the camera now."""
        parts = self.parts
        with work_in(WebContext(parts.database, parts.store, self.clock, pen_of(parts))) as work:
            return camera_state(work, CAMERA)

    def wait_until_away(self) -> float:
        """Return how many seconds after its last picture the camera is shown as away.

        Those in which the computer stood still are left out: nobody could know anything then.
        """
        still_s, deadline = 0.0, time.monotonic() + 60
        while not (state := self.state()).is_away:
            asleep_at = time.monotonic()
            assert asleep_at < deadline, "waited too long"
            time.sleep(0.05)
            still_s += max(0.0, time.monotonic() - asleep_at - 0.5)
        assert state.since is not None
        return (self.clock.now() - state.since).total_seconds() - still_s

    def stop(self) -> Outcome:
        """Stop watching; return what is stored."""
        self.thread.stop()
        self.thread.join(30)
        assert not self.thread.is_alive()
        now = self.clock.now()
        begun, until = now - timedelta(days=2), now + timedelta(days=1)
        with self.parts.database.transaction() as session:
            sites = SiteRepository(session)
            gaps = sorted(sites.gaps([CAMERA], begun, until), key=lambda gap: gap.start)
            events = EventRepository(session).find(EventFilter())
            faults = CalibrationRepository(session).faults([CAMERA], begun, until)
        with open_sources(self.parts.database) as sources:
            table = gather(sources, Asked((now - timedelta(days=1)).date(), now.date()), made_at=now).table
            days = [table.day(row, ZoneInfo("UTC")) for row in range(table.rows)]
        outcome = Outcome(
            [gap for gap in gaps if not gap.place_id],
            [fault for fault in faults if fault.kind == "away"],
            [event.rule_id for event in events],
            days,
            self.figure.worst,
        )
        for gap in outcome.gaps:
            if outcome.outages and gap.start <= outcome.outages[-1][1]:
                outcome.outages[-1] = (outcome.outages[-1][0], max(gap.end, outcome.outages[-1][1]))
            else:
                outcome.outages.append((gap.start, gap.end))
        return outcome


@contextmanager
def watched_camera(folder: Path, address: str, *, transport: str = "tcp") -> Iterator[WatchedCamera]:
    """Watch a camera for as long as the block runs."""
    site_path = folder / "site.toml"
    site_path.write_text(SITE, encoding="utf-8")
    parts, clock, figure = open_parts(Settings(data_dir=folder / "data")), ShiftedClock(), Figure()
    register_site(parts, load_site(site_path))
    params = LiveParams(transport=transport, back_off=(s(0.3), s(1)))

    def make() -> tuple[Source, Pipeline, Recorder]:
        pen = pen_of(parts)
        source = RtspSource(CAMERA, RUN, address, clock=clock, params=params)
        recorder = Recorder(parts.database, parts.store, source.ring, pen, camera_id=CAMERA, run_id=RUN)
        return source, _pipeline(figure), recorder

    thread = CameraThread(CAMERA, make, away=AwayLog(parts.database, clock, CAMERA))
    thread.start()
    try:
        yield WatchedCamera(parts, clock, figure, thread)
    finally:
        thread.stop()
        thread.join(30)
        parts.database.close()


def _pipeline(figure: Figure) -> Pipeline:
    seen, left = SustainedParams(s(1), s(1), s(10)), SustainedParams(s(2), s(1), s(10))
    rules = [
        Rule(PRESENCE, Question.PRESENCE, Answer.YES, seen),
        Rule(LEFT_POST, Question.PRESENCE, Answer.NO, left, after_visit=True),
    ]
    return Pipeline(
        Scene(CAMERA, (Desk("desk", "Desk", Area.rectangle(0, 0.1, 0.5, 0.99), ("an",)),)),
        detector=figure,
        tracker=figure,
        looker=None,
        rulebook=Rulebook(rules),
        judgement=Judgement(),
    )


def wait_for(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
