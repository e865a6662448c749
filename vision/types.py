"""The values that flow from stage to stage: frozen, checked when they are made, arrays read-only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

import numpy as np
from numpy.typing import NDArray

from vision.errors import InvalidFact

CameraId = NewType("CameraId", str)
RunId = NewType("RunId", str)
"""One uninterrupted working of one source: a recording's content, or a live session."""
PlaceId = NewType("PlaceId", str)
"""A desk or a zone of the scene."""
RuleId = NewType("RuleId", str)

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
Image = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels of the original frame."""


class Answer(StrEnum):
    """What an observation says. ``UNKNOWN`` is not ``NO``."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Question(StrEnum):
    """What is asked of the picture."""

    PRESENCE = "presence"
    BADGE = "badge"
    SMOKING = "smoking"
    HAND_AT_MOUTH = "hand_at_mouth"
    """A cue of smoking, drinking and biting nails alike: never a rule of its own."""
    ALCOHOL = "alcohol"
    """Is a bottle or a can in a hand or at the mouth? What is in it the picture does not tell."""
    COMPANY = "company"
    """Are there two or more people at a desk?"""
    WAITING = "waiting"
    """Does somebody stand where citizens wait for a counter? Asked of the place, never of a person."""


class Why(StrEnum):
    """Why an answer is unknown."""

    TOO_FAR = "too_far"
    BACK_TURNED = "back_turned"
    COVERED = "covered"
    """By a hand, an arm, or somebody in front."""
    BEHIND_MONITOR = "behind_monitor"
    """Seated behind a monitor or a counter: the chest is cut off below, inside the picture."""
    OUT_OF_PICTURE = "out_of_picture"
    """The picture's edge cuts off what had to be seen."""
    BLURRED = "blurred"
    DARK = "dark"
    UNSURE = "unsure"
    NOT_VISIBLE = "not_visible"
    NO_PICTURE = "no_picture"
    FROZEN = "frozen"
    """The stream goes on, the picture stands still."""
    MOVED = "moved"
    """The camera looks elsewhere than its scene was drawn for."""


class Direction(StrEnum):
    """Which way somebody crossed an entrance line."""

    IN = "in"
    OUT = "out"


class FaultKind(StrEnum):
    """What can be wrong with a camera that should be watched."""

    COVERED = "covered"
    """One even colour, or next to nothing left of what stood in the reference picture."""
    DARK = "dark"
    BLURRED = "blurred"
    FROZEN = "frozen"
    MOVED = "moved"
    TIME_DRIFT = "time_drift"
    """The stream's clock jumps against ours, or runs away from it."""
    AWAY = "away"
    """No stream at all: the camera does not answer, or refuses the user name or password."""


class GapReason(StrEnum):
    """Why there are no frames."""

    STREAM_LOST = "stream_lost"
    TIMESTAMP_JUMP = "timestamp_jump"
    RESTARTED = "restarted"
    """What watched the camera fell, and was started again."""
    OVERLOADED = "overloaded"
    """The camera sent pictures; this computer was too slow to look at them."""
    NOT_JUDGED = "not_judged"
    """The camera worked, but nothing could be said of one desk."""
    COVERED = "covered"
    DARK = "dark"
    BLURRED = "blurred"
    FROZEN = "frozen"
    MOVED = "moved"


class EndReason(StrEnum):
    """Why an event ended."""

    CEASED = "ceased"
    """What was seen stopped being so."""
    INTERRUPTED = "interrupted"
    """The camera stopped sending; the event ends at its last evidence."""
    LOST_SIGHT = "lost_sight"
    """The subject could no longer be seen or judged; the event ends at its last evidence."""
    RECORDING_ENDED = "recording_ended"
    """It was still so when the recording ended."""


def check_aware(name: str, moment: datetime) -> None:
    """Raise `InvalidFact` unless ``moment`` knows its time zone."""
    if moment.utcoffset() is None:
        raise InvalidFact(f"{name}: wanted an aware time, got {moment!r}")


def check_array(name: str, array: NDArray[np.generic], shape: tuple[int | None, ...], kind: type) -> None:
    """Raise `InvalidFact` unless an array has this shape (None: any length) and type; make it read-only."""
    fits = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=False)
    )
    if not fits or array.dtype != kind:
        raise InvalidFact(f"{name}: wanted {shape} {np.dtype(kind)}, got {array.shape} {array.dtype}")
    array.setflags(write=False)


class Pixels(Protocol):
    """The pixels of one picture, converted only when somebody looks at them: most pictures nobody does."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    def bgr(self) -> Image:
        """Return uint8 (H, W, 3) BGR, read-only; the same array each time."""
        ...

    def luma(self, width_px: int) -> Image:
        """Return the brightness, uint8 (h, w), 0..255, scaled down by areas to at most this width."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one camera.

    Attributes:
        index: Number of the frame within its run, from 0.
        captured_at: Time of capture, aware UTC, from the stream's own timestamps.
        detail: The same view in more pixels, where the camera has a larger stream. Looking at it may raise
            `CaptureError`; then it is as if there were none.
    """

    camera_id: CameraId
    run_id: RunId
    index: int
    captured_at: datetime
    pixels: Pixels
    detail: Pixels | None = None

    def __post_init__(self) -> None:
        check_aware("Frame.captured_at", self.captured_at)

    @property
    def image(self) -> Image:
        """uint8 (H, W, 3) BGR, read-only."""
        return self.pixels.bgr()

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.size_px


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time in which the camera saw nothing. It stands in the stream like a frame."""

    camera_id: CameraId
    run_id: RunId
    start: datetime
    end: datetime
    reason: GapReason

    def __post_init__(self) -> None:
        check_aware("Gap.start", self.start)
        check_aware("Gap.end", self.end)
        if self.end < self.start:
            raise InvalidFact(f"Gap: ends at {self.end} before it starts at {self.start}")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a camera, told when it opens and once more, with its end, when it is over.

    Attributes:
        started_at: When it began, which is before it was recognised.
        ended_at: None while it goes on.
        detail: What was measured, in English, for the history and the log.
    """

    camera_id: CameraId
    run_id: RunId
    kind: FaultKind
    started_at: datetime
    ended_at: datetime | None
    detail: str

    def __post_init__(self) -> None:
        check_aware("Fault.started_at", self.started_at)
        if self.ended_at is not None:
            check_aware("Fault.ended_at", self.ended_at)
            if self.ended_at < self.started_at:
                raise InvalidFact(f"Fault: ends at {self.ended_at} before it starts at {self.started_at}")


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What a detector saw in one frame, without the pixels.

    Attributes:
        xyxy_px: float32 (N, 4), left top right bottom, pixels of the original frame.
        score: float32 (N,), 0..1, uncalibrated confidence of the detector.
        class_id: int64 (N,), index into the classes of the model's catalogue entry.
    """

    camera_id: CameraId
    captured_at: datetime
    xyxy_px: FloatArray
    score: FloatArray
    class_id: IntArray

    def __post_init__(self) -> None:
        check_aware("Detections.captured_at", self.captured_at)
        n = len(self.score)
        check_array("Detections.xyxy_px", self.xyxy_px, (n, 4), np.float32)
        check_array("Detections.score", self.score, (n,), np.float32)
        check_array("Detections.class_id", self.class_id, (n,), np.int64)

    def __len__(self) -> int:
        return len(self.score)

    def of_class(self, class_id: int) -> Detections:
        """Return only the detections of one class."""
        return self.only(self.class_id == class_id)

    def only(self, keep: NDArray[np.bool_]) -> Detections:
        """Return the detections that are marked; bool (N,)."""
        return Detections(self.camera_id, self.captured_at, self.xyxy_px[keep], self.score[keep], self.class_id[keep])


@dataclass(frozen=True, slots=True)
class TrackKey:
    """A tracked person. A bare number never leaves tracking: two cameras both have a number 1."""

    camera_id: CameraId
    run_id: RunId
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Detections of one frame with the number of their track.

    Attributes:
        number: int64 (N,), the track of each detection, -1 where none is established yet.
    """

    run_id: RunId
    detections: Detections
    number: IntArray

    def __post_init__(self) -> None:
        check_array("Tracks.number", self.number, (len(self.detections),), np.int64)

    def __len__(self) -> int:
        return len(self.number)

    def key(self, i: int) -> TrackKey:
        """Return the key of the i-th track; raises `InvalidFact` where none is established."""
        if self.number[i] < 0:
            raise InvalidFact(f"Tracks: detection {i} belongs to no track yet")
        return TrackKey(self.detections.camera_id, self.run_id, int(self.number[i]))

    def box(self, i: int) -> Box:
        """Return the i-th box, pixels."""
        x1, y1, x2, y2 = (float(v) for v in self.detections.xyxy_px[i])
        return x1, y1, x2, y2


@dataclass(frozen=True, slots=True)
class BadgeRead:
    """A printed badge code was read on somebody who crossed an entrance line. The code says whose badge, not who.

    Attributes:
        code: What the printed code stands for, as those who configured the codes have it.
        at: When the line was crossed.
    """

    track: TrackKey
    code: str
    line_id: PlaceId
    at: datetime
    direction: Direction

    def __post_init__(self) -> None:
        check_aware("BadgeRead.at", self.at)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A close look at one person: what the nets for person crops saw.

    Attributes:
        person_px: The person's box in the original frame.
        keypoints_px: float32 (17, 3): x, y in pixels of the original frame, confidence 0..1; COCO order.
        items: Things seen on the person, boxes in pixels of the original frame.
        luma_mean: Mean brightness of the crop, 0..255.
        sharpness: Variance of the Laplacian of the crop at the net's input size.
        frame_size_px: Width and height of the original frame; None where it is not known what the picture's edge cuts.
        sharper: How many pixels the look had across one of the frame; above 1 where it looked at the frame's detail.
        vessels: Bottles, cans and glasses near the person, boxes in pixels of the original frame; None where nobody
            looked for them.
    """

    track: TrackKey
    at: datetime
    person_px: Box
    keypoints_px: FloatArray
    items: Detections
    luma_mean: float
    sharpness: float
    frame_size_px: tuple[int, int] | None = None
    sharper: float = 1.0
    vessels: Detections | None = None

    def __post_init__(self) -> None:
        check_array("Look.keypoints_px", self.keypoints_px, (17, 3), np.float32)
        if self.frame_size_px is not None and min(self.frame_size_px) <= 0:
            raise InvalidFact(f"Look.frame_size_px: wanted width and height above 0, got {self.frame_size_px}")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what an observation is about: a place (desk, zone), or a tracked person in a zone.

    A person at a desk is named by the desk: identity is the workstation, never the face.
    """

    camera_id: CameraId
    run_id: RunId
    place_id: PlaceId
    track_number: int | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One answer to one question about one subject at one time.

    Attributes:
        score: How strongly the picture speaks for the answer, 0..1; 0 where unknown.
        box_px: Where in the frame, if anywhere.
        why: Why unknown; None for yes and no.
    """

    subject: Subject
    at: datetime
    question: Question
    answer: Answer
    score: float
    box_px: Box | None = None
    why: Why | None = None

    def __post_init__(self) -> None:
        if (self.answer is Answer.UNKNOWN) != (self.why is not None):
            raise InvalidFact(f"Observation: {self.answer} with why={self.why}: only the unknown has a reason")
        if not 0.0 <= self.score <= 1.0:
            raise InvalidFact(f"Observation: wanted a score of 0..1, got {self.score}")


EVENT_NAMESPACE = uuid.UUID("7d1f8a52-6c0f-5d0e-9a3c-0f5d2b7c9e11")


def make_event_id(rule_id: RuleId, subject: Subject, started_at: datetime) -> uuid.UUID:
    """Name an event by what it is, so that replay and delivery twice become updates of one row."""
    who = "" if subject.track_number is None else str(subject.track_number)
    parts = (rule_id, subject.camera_id, subject.run_id, subject.place_id, who, started_at.isoformat())
    return uuid.uuid5(EVENT_NAMESPACE, "\x1f".join(parts))


@dataclass(frozen=True, slots=True)
class Event:
    """A possible breach or a visit, from its start to its end. A flag is never a finding.

    Attributes:
        ended_at: None while it goes on.
        peak_score: The strongest score seen, 0..1, at ``peak_at`` and in ``box_px``.
        threshold: The score above which a single look counted.
        model_sha256: Weights that saw it; empty for rules that no crop net takes part in.
        trace: The answers that it rests on, thinned, oldest first.
    """

    rule_id: RuleId
    subject: Subject
    started_at: datetime
    peak_score: float
    peak_at: datetime
    threshold: float
    model_sha256: str
    box_px: Box | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    trace: tuple[Observation, ...] = ()
    event_id: uuid.UUID = field(init=False)

    def __post_init__(self) -> None:
        check_aware("Event.started_at", self.started_at)
        if (self.ended_at is None) != (self.end_reason is None):
            raise InvalidFact("Event: an end needs a reason, and a reason an end")
        if self.ended_at is not None and self.ended_at < self.started_at:
            raise InvalidFact(f"Event: ends at {self.ended_at} before it starts at {self.started_at}")
        object.__setattr__(self, "event_id", make_event_id(self.rule_id, self.subject, self.started_at))
