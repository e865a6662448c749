"""A clip of a sample room in which a fault begins and ends, for a real server to stream."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from tests.samples import SAMPLES
from vision.types import Image

Spoil = Callable[[Image], Image]
RATE_FPS = 10
SIZE_PX = (640, 360)


def write_faulty_clip(path: Path, spoil: Spoil | None, *, begins_s: float, ends_s: float, lasts_s: float) -> Path:
    """Write the counter of the samples as H.264, spoiled for a while; ``None`` freezes it: the encoder is fed on."""
    noise = np.random.default_rng(9)
    with av.open(str(SAMPLES / "clips" / "counter.mp4")) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=RATE_FPS)
        stream.width, stream.height = SIZE_PX
        stream.pix_fmt = "yuv420p"
        stream.options = {"g": "10", "preset": "ultrafast", "tune": "zerolatency", "threads": "1"}
        kept: Image | None = None
        for i, decoded in enumerate(source.decode(video=0)):
            at_s = i / 10
            if at_s >= lasts_s:
                break
            image = np.asarray(cv2.resize(decoded.to_ndarray(format="bgr24"), SIZE_PX), dtype=np.uint8)
            image = np.clip(image + noise.integers(-2, 3, image.shape, dtype=np.int16), 0, 255).astype(np.uint8)
            if begins_s <= at_s < ends_s:
                kept = image if kept is None else kept
                image = kept if spoil is None else spoil(image)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = i, Fraction(1, RATE_FPS)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path
