"""Recordings for streams: a clip over and over, and an empty stretch of one, in which nothing moves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vision.types import Image

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SIZE_PX = (1280, 720)
RATE_FPS = 10
QUIET_FRAMES = 20
"""The hall of the sample centre is empty for so many pictures before the first person comes."""
QUIET_LASTS = timedelta(seconds=60)
NOISE_LEVELS = 1.0
"""Standard deviation of a sensor's noise in good light, levels of 0..255. With 2 a clip would be 4 Mbit/s."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What a stream plays over and over.

    Attributes:
        scene: Camera of the sample site whose scene it shows; None where nobody knows: the whole picture is one desk.
        is_quiet: Nothing happens in it.
    """

    name: str
    path: Path
    scene: str | None = None
    is_quiet: bool = False


def sample_clips(folder: Path) -> list[Clip]:
    """Return the sample centre's three clips, with a quiet one after each. ``folder`` is for what has to be made."""
    quiet = Clip("quiet", make_quiet(SAMPLES / "clips" / "entrance.mp4", folder / "quiet.mp4"), "entrance", True)
    return [
        each
        for name in ("counter", "entrance", "office")
        for each in (Clip(name, SAMPLES / "clips" / f"{name}.mp4", name), quiet)
    ]


def own_clips(paths: Sequence[Path], folder: Path) -> list[Clip]:
    """Return the user's own clips, each made `SIZE_PX` and `RATE_FPS`; a sample clip keeps its scene."""
    clips = []
    for i, path in enumerate(paths):
        is_sample = path.resolve().parent == SAMPLES / "clips" and path.stem in ("counter", "entrance", "office")
        if is_sample:
            clips.append(Clip(path.stem, path, path.stem))
        else:
            clips.append(Clip(f"own-{i + 1}-{path.stem}", encode(path, folder / f"own-{i + 1}.mp4")))
    return clips


def make_quiet(path: Path, target: Path) -> Path:
    """Encode the first `QUIET_FRAMES` of a clip forth and back, so that no picture jumps, for `QUIET_LASTS`.

    A sensor's noise is added: without any, the camera would be taken for one whose picture stands still.
    """
    rng = np.random.default_rng(1)
    with av.open(str(path)) as container:
        pictures = [picture.to_ndarray(format="yuv420p") for picture in islice(container.decode(video=0), QUIET_FRAMES)]
    there_and_back = [*pictures, *reversed(pictures)]
    count = round(QUIET_LASTS.total_seconds() * RATE_FPS)
    return _encode((_noisy(there_and_back[i % len(there_and_back)], rng) for i in range(count)), target)


def _noisy(planes: NDArray[Any], rng: np.random.Generator) -> Image:
    """Add noise to the brightness of a picture, uint8 (H * 3 / 2, W)."""
    luma_rows = planes.shape[0] * 2 // 3
    noisy = planes.astype(np.float32)
    noisy[:luma_rows] += rng.standard_normal((luma_rows, planes.shape[1]), dtype=np.float32) * NOISE_LEVELS
    return noisy.round().clip(0, 255).astype(np.uint8)


def encode(path: Path, target: Path) -> Path:
    """Encode a whole clip at `SIZE_PX` and `RATE_FPS`."""
    with av.open(str(path)) as container:
        return _encode(_at_rate(container.decode(video=0)), target)


def _at_rate(pictures: Iterable[av.VideoFrame]) -> Iterator[Image]:
    number = 0
    for picture in pictures:
        planes = picture.reformat(width=SIZE_PX[0], height=SIZE_PX[1], format="yuv420p").to_ndarray()
        while picture.time is not None and picture.time >= number / RATE_FPS:
            yield np.asarray(planes, dtype=np.uint8)
            number += 1


def _encode(pictures: Iterable[Image], target: Path) -> Path:
    """Encode pictures of `SIZE_PX`, uint8 (H * 3 / 2, W) as decoders give them."""
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_FPS)
        (stream.width, stream.height), stream.pix_fmt = SIZE_PX, "yuv420p"
        # as cameras send it: a key frame every two seconds, no picture that waits for a later one
        stream.options = {"crf": "23", "preset": "veryfast", "tune": "zerolatency", "g": str(2 * RATE_FPS)}
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, RATE_FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target


def repeat(path: Path, target: Path, lasts: timedelta) -> timedelta:
    """Write a clip over and over, packet by packet, until it lasts that long. Returns the length of one pass."""
    with av.open(str(path)) as source, av.open(str(target), "w") as written:
        stream = source.streams.video[0]
        out = written.add_stream_from_template(stream)
        packets = [packet for packet in source.demux(stream) if packet.size and packet.dts is not None]
        base = Fraction(stream.time_base or Fraction(1, 1000))
        step = Fraction(1) / Fraction(stream.average_rate or RATE_FPS)
        pass_s = len(packets) * step
        shift, origin = round(pass_s / base), packets[0].dts or 0
        kept = [(bytes(p), p.pts or 0, (p.dts or 0) - origin, p.is_keyframe) for p in packets]
        for number in range(math.ceil(lasts.total_seconds() / float(pass_s))):
            for content, pts, dts, is_keyframe in kept:
                copy: av.Packet[Any] = av.Packet(content)
                copy.stream, copy.time_base, copy.is_keyframe = out, base, is_keyframe
                copy.pts, copy.dts = pts - origin + number * shift, dts + number * shift
                written.mux(copy)
    return timedelta(seconds=float(pass_s))
