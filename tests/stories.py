"""Small stories for tests: times in seconds after a fixed start, clips of moving shapes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from vision.types import Answer, CameraId, Image, Observation, PlaceId, Question, RunId, Subject, Why

START = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
CAMERA, RUN, DESK = CameraId("camera"), RunId("run"), PlaceId("desk")
SUBJECT = Subject(CAMERA, RUN, DESK)


def at(seconds: float) -> datetime:
    """The moment ``seconds`` after the start."""
    return START + timedelta(seconds=seconds)


def seconds_of(moment: datetime | None) -> float | None:
    """How many seconds after the start a moment is."""
    return None if moment is None else (moment - START).total_seconds()


def s(seconds: float) -> timedelta:
    """A duration."""
    return timedelta(seconds=seconds)


def observation(
    seconds: float, answer: Answer, question: Question = Question.PRESENCE, *, subject: Subject = SUBJECT,
    score: float = 0.9,
) -> Observation:  # fmt: skip
    """One answer."""
    why = Why.NOT_VISIBLE if answer is UNKNOWN else None
    return Observation(subject, at(seconds), question, answer, 0.0 if why else score, why=why)


def picture(index: int, *, width_px: int = 320, height_px: int = 240) -> Image:
    """A grey picture with a white square that moves, and its number written in it."""
    image = np.full((height_px, width_px, 3), 90, dtype=np.uint8)
    x = (index * 4) % (width_px - 40)
    cv2.rectangle(image, (x, 80), (x + 40, 120), (255, 255, 255), -1)
    cv2.putText(image, str(index), (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 255, 255), 2)
    return image


def write_clip(
    path: Path, *, frames: int = 50, rate_fps: int = 10, ticks: Sequence[int] | None = None,
    options: dict[str, str] | None = None, container_format: str | None = None,
    codec: str = "libx264", pix_fmt: str = "yuv420p",
) -> Path:  # fmt: skip
    """Write a clip, H.264 unless told otherwise; ``ticks`` gives the time of each frame in units of 1/rate."""
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=rate_fps)
        stream.width, stream.height, stream.pix_fmt = 320, 240, pix_fmt
        stream.codec_context.time_base = Fraction(1, rate_fps)
        if codec == "libx264":
            stream.options = {"g": "10", "threads": "1", **(options or {})}
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(i), format="bgr24")
            frame.pts = i if ticks is None else ticks[i]
            frame.time_base = Fraction(1, rate_fps)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path
