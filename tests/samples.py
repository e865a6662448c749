"""The sample centre in tests: single frames with the boxes of the persons in them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import av
import tomlkit

from vision.capture.pictures import DecodedPixels
from vision.types import Box, CameraId, Frame, RunId

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@cache
def sample_frame(camera: str, *, seconds: float) -> tuple[Frame, tuple[Box, ...]]:
    """Return one frame of a sample clip, and the boxes of those persons of whom at least 60 % is visible."""
    with av.open(str(SAMPLES / "clips" / f"{camera}.mp4")) as container:
        for i, found in enumerate(container.decode(video=0)):
            if found.time is not None and found.time >= seconds - 1e-6:
                moment = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(seconds=seconds)
                frame = Frame(CameraId(camera), RunId("sample"), i, moment, DecodedPixels(found))
                return frame, _boxes(camera, i)
    raise LookupError(f"{camera}: no frame at {seconds} s")


def _boxes(camera: str, index: int) -> tuple[Box, ...]:
    truth = json.loads(gzip.decompress((SAMPLES / "truth" / f"{camera}.boxes.json.gz").read_bytes()))
    persons = [things["person"] for things in truth["frames"][index].values()]
    return tuple((x0, y0, x1, y1) for x0, y0, x1, y1, visible in persons if visible >= 0.5)


def site_of_any_shape(path: Path) -> Path:
    """Write the sample site without its measured floors and the size of its pictures, for clips of another shape."""
    document = tomlkit.parse((SAMPLES / "centre.toml").read_text(encoding="utf-8"))
    for camera in document["cameras"]:
        camera["source"] = str(SAMPLES / str(camera["source"]))
        for part in ("picture", "floor"):
            camera.pop(part, None)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    return path


def first_seconds(camera: str, seconds: float, path: Path) -> Path:
    """Copy the beginning of a sample clip, packet by packet."""
    with av.open(str(SAMPLES / "clips" / f"{camera}.mp4")) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size and packet.pts is not None and packet.time_base is not None:
                if packet.pts * packet.time_base >= seconds:
                    break
                packet.stream = stream
                target.mux(packet)
    return path
