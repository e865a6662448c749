"""Make a clip in which people are hidden: look at every frame first, then paint and encode."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import PictureType

from calibration.scene import Scene, ZoneKind
from service.errors import NotRedactable
from service.redaction.finding import PersonFinder
from service.redaction.following import Sights, covered_px, link
from service.redaction.modes import Mode, SubjectSight, frames_shown
from service.redaction.paint import Cover, painted_planes
from vision.capture.pictures import DecodedPixels
from vision.types import CameraId, FloatArray, Frame, RunId

Progress = Callable[[float], None]
"""Told again and again which share of the work is done, 0..1."""

LOOKING_SHARE = 0.9
"""Of the time, as measured; painting and encoding take the rest."""
START = datetime(2000, 1, 1, tzinfo=UTC)
"""Frames know a time of capture; here only the time since the clip's start matters."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is asked for.

    Attributes:
        mode: Who stays visible.
        cover: What is put over heads.
        subject: Where the subject was seen; None where there is none: then everybody is hidden.
        scene: The scene as it was when the clip was taken; wanted by the modes that ask where people were.
    """

    mode: Mode = Mode.EVERYONE
    cover: Cover = Cover.BLUR
    subject: SubjectSight | None = None
    scene: Scene | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is covered in each frame.

    Attributes:
        size_px: Width and height of the pictures.
        times_s: When each frame is shown.
        areas_px: For each frame float32 (K, 4): what is covered.
        shown_px: For each frame float32 (M, 4): the persons whom nobody meant to cover.
    """

    size_px: tuple[int, int]
    times_s: tuple[float, ...]
    areas_px: tuple[FloatArray, ...]
    shown_px: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RedactedClip:
    """A clip in which people are hidden.

    Attributes:
        content: MP4, H.264, no sound, nothing of the original's file but the painted pictures and their times.
        plan: What was covered in it.
    """

    content: bytes
    plan: Plan

    @property
    def shows_anybody(self) -> bool:
        """Tell whether somebody was meant to stay visible in some frame."""
        return any(len(shown) for shown in self.plan.shown_px)


def redact_clip(
    content: bytes, asked: Redaction, finder: PersonFinder, *, progress: Progress | None = None
) -> RedactedClip:
    """Hide people in a clip. The same clip and the same nets on the same kind of computer give the same bytes.

    The clip handed in is left as it was. Sound, subtitles, pictures of the cover and all notes in the file are left
    behind: each could name somebody.

    Raises:
        NotRedactable: The clip cannot be read to its end, or the scene that the mode needs is missing.
    """
    plan = plan_clip(content, asked, finder, progress=_part(progress, 0.0, LOOKING_SHARE))
    return RedactedClip(
        paint_clip(content, plan, asked.cover, progress=_part(progress, LOOKING_SHARE, 1.0 - LOOKING_SHARE)), plan
    )


def plan_clip(content: bytes, asked: Redaction, finder: PersonFinder, *, progress: Progress | None = None) -> Plan:
    """Look at every frame and say what is to be covered in it. Raises `NotRedactable`."""
    check_scene(asked)
    sights: list[Sights] = []
    size_px: tuple[int, int] | None = None
    for i, (picture, at_s, done) in enumerate(pictures(content)):
        if size_px not in (None, (picture.width, picture.height)):
            raise NotRedactable("the clip's pictures change their size: cut it anew, so that it holds pictures of one")
        size_px = picture.width, picture.height
        moment = START + timedelta(seconds=at_s)
        sights.append(finder.find(Frame(CameraId("clip"), RunId("clip"), i, moment, DecodedPixels(picture)), at_s))
        if progress is not None:
            progress(done)
    if size_px is None:
        raise NotRedactable("the clip holds no picture that can be read: is it a whole MP4 file?")
    return plan_of(sights, asked, size_px)


def check_scene(asked: Redaction) -> None:
    """Raise `NotRedactable` where the mode needs a scene that is not there."""
    scene = asked.scene
    kinds = set() if scene is None else {zone.kind for zone in scene.zones}
    is_staffed = scene is not None and (bool(scene.desks) or ZoneKind.STAFF in kinds)
    if asked.mode is Mode.STAFF_ONLY and not is_staffed:
        raise NotRedactable("staff only: wanted a scene with desks or staff zones, got none: draw them first")
    if asked.mode is Mode.CITIZENS_ALWAYS and ZoneKind.PUBLIC not in kinds:
        raise NotRedactable("citizens always: wanted a scene with a public zone, got none: draw one for this camera")


def plan_of(sights: Sequence[Sights], asked: Redaction, size_px: tuple[int, int]) -> Plan:
    """Say what is to be covered in each frame, from the persons found in all of them."""
    times_s = tuple(one.at_s for one in sights)
    tracks = link(sights, size_px)
    shown = frames_shown(asked.mode, tracks, times_s, scene=asked.scene, size_px=size_px, subject=asked.subject)
    areas: list[list[FloatArray]] = [[] for _ in times_s]
    visible: list[list[FloatArray]] = [[] for _ in times_s]
    for track, stays in zip(tracks, shown, strict=True):
        for f, area in covered_px(track, times_s, size_px).items():
            if f not in stays:
                areas[f].append(area)
        for f, person in zip(track.frames, track.persons_px, strict=True):
            if f in stays:
                visible[f].append(person)
    return Plan(size_px, times_s, tuple(map(_stacked, areas)), tuple(map(_stacked, visible)))


def paint_clip(content: bytes, plan: Plan, cover: Cover, *, progress: Progress | None = None) -> bytes:
    """Paint a plan over the clip that it was made for, and encode it. Raises `NotRedactable`."""
    rate, time_base = _pace(content)
    # the muxer opens its file a second time to put the index in front, so it needs a name
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        with av.open(file.name, "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=rate)
            # H.264 with 4:2:0 colour needs even sides
            stream.width, stream.height = (side // 2 * 2 for side in plan.size_px)
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = time_base
            # as evidence is encoded (service.evidence.cutter): without x264's macroblock tree, which reads memory
            # that it never wrote, and on one thread the same pictures give the same bytes
            stream.options = {"crf": "18", "preset": "veryfast", "threads": "1", "x264-params": "no-mbtree=1"}
            for frame in _painted(content, plan, cover, progress):
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return Path(file.name).read_bytes()


def _painted(content: bytes, plan: Plan, cover: Cover, progress: Progress | None) -> Iterator[av.VideoFrame]:
    width, height = (side // 2 * 2 for side in plan.size_px)
    painted = 0
    for picture, _, done in pictures(content):
        if painted == len(plan.areas_px):
            raise NotRedactable(f"the clip holds more pictures than the {painted} looked at: it is another clip")
        planes = np.asarray(picture.reformat(width=width, height=height, format="yuv420p").to_ndarray(), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(painted_planes(planes, plan.areas_px[painted], cover), format="yuv420p")
        frame.pts, frame.time_base, frame.pict_type = picture.pts, picture.time_base, PictureType.NONE
        painted += 1
        yield frame
        if progress is not None:
            progress(done)
    if painted != len(plan.areas_px):
        raise NotRedactable(
            f"the clip holds {painted} pictures, {len(plan.areas_px)} were looked at: it is another clip"
        )


def pictures(content: bytes) -> Iterator[tuple[av.VideoFrame, float, float]]:
    """Yield each picture in order of display, its time since the first in seconds, and the share of the clip read."""
    with _opened(content) as container:
        video = container.streams.video[0]
        first: float | None = None
        read = 0
        for packet in container.demux(video):
            read += packet.size > 0
            for picture in packet.decode():
                if picture.pts is None or picture.time_base is None:
                    raise NotRedactable("a picture of the clip has no time: cut the clip anew")
                at_s = float(picture.pts * picture.time_base)
                first = at_s if first is None else first
                yield picture, at_s - first, min(read / video.frames, 1.0) if video.frames else 0.0
        if read < video.frames:
            raise NotRedactable(f"the clip ends after {read} of its {video.frames} pictures: fetch the whole file")


@contextmanager
def _opened(content: bytes) -> Iterator[InputContainer]:
    """Open a clip; what the decoder says of a broken one becomes a `NotRedactable`."""
    try:
        with av.open(BytesIO(content), "r") as container:
            if not container.streams.video:
                raise NotRedactable("the file holds no moving picture: wanted an MP4 clip")
            yield container
    except av.FFmpegError as error:
        raise NotRedactable(f"the clip cannot be read: {error.strerror}: wanted a whole MP4 clip") from None


def _pace(content: bytes) -> tuple[Fraction, Fraction]:
    """Return a clip's rate and its unit of time."""
    with _opened(content) as container:
        video = container.streams.video[0]
        return Fraction(video.average_rate or 25), Fraction(video.time_base or Fraction(1, 90_000))


def _stacked(boxes_px: list[FloatArray]) -> FloatArray:
    return np.stack(boxes_px).astype(np.float32) if boxes_px else np.zeros((0, 4), dtype=np.float32)


def _part(progress: Progress | None, begin: float, share: float) -> Progress | None:
    """Return what tells of a part of the work as of the whole."""
    return None if progress is None else lambda done: progress(begin + share * done)
