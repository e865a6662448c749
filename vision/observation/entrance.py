"""Whose badge crossed an entrance line: codes read on somebody near it, counted until the crossing is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calibration.scene import Line
from vision.observation.badge_code import CodeReader, agreed
from vision.observation.crossing import UNSEEN, Crossing, Foot, LinePx, Walk, step
from vision.types import BadgeRead, Box, Frame, Image, PlaceId, TrackKey, Tracks

CHEST_TO_KNEE = (0.1, 0.8)
"""Part of a person's height, from the top, in which a badge hangs: from below the chin to a hand that carries it."""


@dataclass(frozen=True, slots=True)
class EntranceParams:
    """What is read, where, and how often.

    Attributes:
        known: What each legible text stands for, such as an officer's id. Other texts are passed over: strangers'
            codes are nobody's business, and what is misread is next to never a text that is known.
        reads_least: So many reads must agree, and be two thirds of all.
        read_every: Time between two reads of one person.
        near_heights: Who is within this many of their own heights of a line is read.
        margin_heights: Who is within this many of their own heights of a line is on neither side of it.
        remembered: Older reads count no more: trackers mix people up.
        settle_after: After a crossing reads are awaited for this long.
        forget_after: Who is not seen for this long is forgotten.
    """

    known: Mapping[str, str]
    reads_least: int = 2
    read_every: timedelta = timedelta(milliseconds=200)
    near_heights: float = 1.0
    margin_heights: float = 0.05
    remembered: timedelta = timedelta(seconds=10)
    settle_after: timedelta = timedelta(seconds=2)
    forget_after: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Read:
    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class _Pending:
    """A crossing that waits for reads."""

    line_id: PlaceId
    crossing: Crossing
    due_at: datetime


@dataclass(slots=True)
class _Person:
    """What is known of one track."""

    seen_at: datetime
    next_read: datetime
    walks: dict[PlaceId, Walk] = field(default_factory=dict)
    reads: list[_Read] = field(default_factory=list)
    pending: list[_Pending] = field(default_factory=list)


class Entrance:
    """The entrance lines of one run of one camera. Timed by the frames."""

    def __init__(self, lines: tuple[Line, ...], reader: CodeReader, params: EntranceParams) -> None:
        self._lines = lines
        self._reader = reader
        self._params = params
        self._persons: dict[TrackKey, _Person] = {}

    def advance(self, frame: Frame, tracks: Tracks) -> list[BadgeRead]:
        """Take the persons of one frame; return the reads whose crossing is settled."""
        lines = [(PlaceId(line.line_id), _in_pixels(line, frame.size_px)) for line in self._lines]
        for i in range(len(tracks)):
            if tracks.number[i] >= 0:
                self._follow(tracks.key(i), tracks.box(i), frame, lines)
        return self._settle(frame.captured_at)

    def finish(self) -> list[BadgeRead]:
        """The stream is over: settle every crossing by what was read."""
        told = [read for key, person in self._persons.items() for read in self._tell(key, person, person.pending)]
        self._persons.clear()
        return told

    def _follow(self, key: TrackKey, box: Box, frame: Frame, lines: list[tuple[PlaceId, LinePx]]) -> None:
        at, params = frame.captured_at, self._params
        height = box[3] - box[1]
        foot = Foot(at, ((box[0] + box[2]) / 2, box[3]), params.margin_heights * height)
        person = self._persons.setdefault(key, _Person(at, at))
        person.seen_at = at
        for line_id, line in lines:
            person.walks[line_id], crossing = step(person.walks.get(line_id, UNSEEN), foot, line)
            if crossing is not None:
                person.pending.append(_Pending(line_id, crossing, at + params.settle_after))
        is_near = any(line.distance_px(foot.point_px) <= params.near_heights * height for _, line in lines)
        if is_near and at >= person.next_read:
            # a tenth of the interval forgives timestamps that were rounded
            person.next_read = at + params.read_every * 0.9
            person.reads = [read for read in person.reads if at - read.at <= params.remembered]
            person.reads += [_Read(at, code) for code in self._codes_on(box, frame.image)]

    def _codes_on(self, box: Box, image: Image) -> set[str]:
        """Return what is printed on one person: each code once, in however many ways it is printed."""
        texts = self._reader.read(_torso(box, image))
        return {self._params.known[text] for text in texts if text in self._params.known}

    def _settle(self, at: datetime) -> list[BadgeRead]:
        told = []
        for key, person in list(self._persons.items()):
            is_gone = at - person.seen_at > self._params.forget_after
            due = [pending for pending in person.pending if is_gone or at >= pending.due_at]
            told += self._tell(key, person, due)
            person.pending = [pending for pending in person.pending if pending not in due]
            if is_gone:
                del self._persons[key]
        return told

    def _tell(self, key: TrackKey, person: _Person, settled: list[_Pending]) -> list[BadgeRead]:
        told = []
        for pending in settled:
            since = pending.crossing.at - self._params.remembered
            code = agreed(
                Counter(read.code for read in person.reads if since <= read.at <= pending.due_at),
                least=self._params.reads_least,
            )
            if code is not None:
                crossing = pending.crossing
                told.append(BadgeRead(key, code, pending.line_id, crossing.at, crossing.direction))
        return told


def _in_pixels(line: Line, size_px: tuple[int, int]) -> LinePx:
    width, height = size_px
    return LinePx((line.start[0] * width, line.start[1] * height), (line.end[0] * width, line.end[1] * height))


def _torso(box: Box, image: Image) -> Image:
    """Cut out where a badge hangs; empty where the box lies outside the picture."""
    left, top, right, bottom = box
    first, last = (top + share * (bottom - top) for share in CHEST_TO_KNEE)
    height, width = image.shape[:2]
    x0, x1 = (int(min(max(x, 0), width)) for x in (left, right + 1))
    y0, y1 = (int(min(max(y, 0), height)) for y in (first, last + 1))
    return image[y0:y1, x0:x1]
