"""Write frames as H.264 that browsers play and that can be cut at every tenth frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from numpy.typing import NDArray

KEYFRAME_EVERY = 10


class Clip:
    """A video file that grows by one frame at a time; complete once closed, moved to its name only then."""

    def __init__(self, path: Path, *, rate_fps: int, crf: int) -> None:
        self.path, self.partial = path, path.with_suffix(".partial.mp4")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.container = av.open(str(self.partial), "w", format="mp4", options={"movflags": "+faststart"})
        self.stream = self.container.add_stream("libx264", rate=rate_fps)
        self.stream.pix_fmt, self.stream.gop_size = "yuv420p", KEYFRAME_EVERY
        self.stream.time_base = Fraction(1, rate_fps)
        self.stream.options = {
            "crf": str(crf),
            "preset": "medium",
            "x264-params": f"keyint={KEYFRAME_EVERY}:min-keyint={KEYFRAME_EVERY}:scenecut=0:threads=1",
        }

    def __enter__(self) -> Clip:
        return self

    def add(self, image: NDArray[np.uint8]) -> None:
        """Append one RGB frame."""
        if self.stream.width != image.shape[1]:
            self.stream.width, self.stream.height = image.shape[1], image.shape[0]
        for packet in self.stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")):
            self.container.mux(packet)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for packet in self.stream.encode():
                self.container.mux(packet)
        self.container.close()
        if kind is None:
            self.partial.replace(self.path)
        else:
            self.partial.unlink(missing_ok=True)
