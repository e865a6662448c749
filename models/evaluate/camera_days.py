"""Make days of a fixed camera from a short clip: daylight, lamps, exposure, noise, glare, sag, and real H.264.

A clip of a fixed camera gives the room and the people. The rest is added to each picture in linear order: light of
the window and of two lamps (each falls on its own side), an infrared night, a screen that changes, the mount that
sags, automatic exposure, the sensor's noise, and at last an encoder and a decoder. In brightness alone:
nothing else is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Image

SIZE_PX = (640, 360)
MEAN_WANTED = 115.0
"""Where automatic exposure brings the mean brightness, where it can."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """One setting of x264.

    Attributes:
        key_every: Pictures from key frame to key frame.
        bit_rate: Bits a second at the simulated rate; None for constant quality.
    """

    key_every: int = 20
    crf: int = 25
    bit_rate: int | None = None
    preset: str = "ultrafast"


ENCODERS = (Encoder(), Encoder(10, 32), Encoder(4, 23), Encoder(8, bit_rate=100_000), Encoder(20, 28))
"""Key frames 2 to 10 s apart, where two pictures a second are sent."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What differs from one simulated day to another.

    Attributes:
        noise_levels: Standard deviation of the sensor's noise by day, 0..255.
        sag_share: How far the mount sags in a day, as a share of the width.
        lamps: Share of the day at which each lamp is switched on and off.
        quiet: Shares of the day without anybody: the clip stands still, the rest goes on.
    """

    seed: int = 1
    noise_levels: float = 1.2
    sag_share: float = 0.008
    lamps: tuple[tuple[float, float], ...] = ((0.28, 0.75), (0.32, 0.71))
    quiet: tuple[tuple[float, float], ...] = ((0.0, 0.29), (0.48, 0.55), (0.78, 1.0))
    encoder: Encoder = field(default_factory=Encoder)


def load_clip(path: Path, *, every_s: float) -> list[Image]:
    """Return pictures of a clip, uint8 (360, 640) luma, so many seconds apart."""
    pictures: list[Image] = []
    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            if picture.time is not None and picture.time >= len(pictures) * every_s:
                image = cv2.resize(picture.to_ndarray(format="gray"), SIZE_PX, interpolation=cv2.INTER_AREA)
                pictures.append(np.asarray(image, dtype=np.uint8))
    return pictures


class Day:
    """One simulated day of one camera, before encoding."""

    def __init__(self, clip: Sequence[Image], weather: Weather) -> None:
        self._clip = clip
        self._weather = weather
        self._rng = np.random.default_rng(weather.seed)
        width, height = SIZE_PX
        across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
        fields = (0.4 + 0.6 * across, 1.1 - 0.6 * across, 0.6 + 0.5 * down)
        self._window, self._lamps = _field(fields[0]), (_field(fields[1]), _field(fields[2]))
        self._infrared = _field(1.15 - 0.8 * np.hypot(across - 0.5, down - 0.5))
        self._noise = [self._rng.normal(0, 1, (height, width)).astype(np.float32) for _ in range(24)]
        self._gain = 1.0
        self._screen = (int(width * 0.62), int(height * 0.45), 70, 45)
        self._screen_light = 0.0

    def picture(self, step: int, share: float) -> Image:
        """Return one picture, uint8 (360, 640).

        Args:
            step: Its number, by which the clip is played, over and over.
            share: How much of the day is over, 0..1; midnight is 0.
        """
        is_quiet = any(start <= share < end for start, end in self._weather.quiet)
        base = self._clip[0 if is_quiet else step % len(self._clip)].astype(np.float32)
        daylight = max(0.0, float(np.sin((share - 0.25) * 2 * np.pi)))
        # clouds: the light wavers within seconds to minutes
        daylight *= 0.8 + 0.2 * float(np.sin(step / 7.0) * np.sin(step / 61.0))
        lamps = [on <= share < off for on, off in self._weather.lamps]
        is_night = daylight < 0.02 and not any(lamps)
        if is_night:
            lit = 0.5 * base * self._infrared
        else:
            light = self._window * daylight
            for lamp, is_on in zip(self._lamps, lamps, strict=True):
                light = light + lamp * (0.7 if is_on else 0.0)
            lit = base * light
        return self._expose(self._sag(self._glare(lit, step, is_night), share), is_night)

    def _glare(self, lit: NDArray[np.float32], step: int, is_night: bool) -> NDArray[np.float32]:
        if step % 9 == 0:
            self._screen_light = float(self._rng.uniform(0, 160))
        x, y, width, height = self._screen
        if not is_night:
            lit[y : y + height, x : x + width] += self._screen_light
        return lit

    def _sag(self, lit: NDArray[np.float32], share: float) -> NDArray[np.float32]:
        width, height = SIZE_PX
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 0.15 * share, 1.0)
        turn[1, 2] += self._weather.sag_share * share * width
        return np.asarray(cv2.warpAffine(lit, turn, SIZE_PX, borderMode=cv2.BORDER_REFLECT), dtype=np.float32)

    def _expose(self, lit: NDArray[np.float32], is_night: bool) -> Image:
        wanted = float(np.clip(MEAN_WANTED / max(1.0, float(lit.mean())), 0.3, 8.0))
        self._gain += 0.25 * (wanted - self._gain)
        noise = self._noise[int(self._rng.integers(len(self._noise)))]
        turned = self._noise[int(self._rng.integers(len(self._noise)))][::-1, ::-1]
        noise = (noise + turned) * np.float32(0.7)  # 24 x 24 patterns: none comes back within minutes
        levels = self._weather.noise_levels * (3.0 if is_night else 1.0) * max(1.0, self._gain**0.5)
        return np.asarray(np.clip(lit * self._gain + levels * noise + 0.5, 0, 255), dtype=np.uint8)


def _field(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return values.astype(np.float32)


class Link:
    """An encoder and a decoder: what a camera's picture looks like when it arrives. One picture may be held back."""

    def __init__(self, encoder: Encoder) -> None:
        context: Any = av.CodecContext.create("libx264", "w")
        context.width, context.height = SIZE_PX
        context.pix_fmt, context.time_base, context.framerate = "yuv420p", Fraction(1, 2), Fraction(2, 1)
        context.gop_size = encoder.key_every
        context.options = {"preset": encoder.preset, "tune": "zerolatency", "threads": "1", "scenecut": "0"}
        if encoder.bit_rate is None:
            context.options = {**context.options, "crf": str(encoder.crf)}
        else:
            context.bit_rate = encoder.bit_rate
        self._encoder = context
        self._decoder: Any = av.CodecContext.create("h264", "r")
        self._decoder.thread_count = 1
        self._sent = 0

    def pass_on(self, image: Image) -> Iterator[Image]:
        """Encode and decode one picture, uint8 (360, 640)."""
        width, height = SIZE_PX
        planes = np.concatenate([image, np.full((height // 2, width), 128, dtype=np.uint8)])
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = self._sent
        self._sent += 1
        for packet in self._encoder.encode(frame):
            for picture in self._decoder.decode(packet):
                yield np.asarray(picture.to_ndarray()[:height], dtype=np.uint8)
