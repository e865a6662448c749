"""Where the persons are on 80 frames of three clips, and the frames themselves.

``labels/person_frames.csv`` holds one row per box: clip, frame (index from 0), kind, left, top, right, bottom in pixels
of the clip. A frame without persons has one row of kind ``none`` and no box. Kinds:

- ``person``: all that is visible of somebody and hangs together, also behind clear glass. Feet that are seen apart,
  under the desk that hides the rest, are left out: with them, a box around all of somebody above the desk would be
  half of the labelled one, and finding the person would count as missing it;
- ``unclear``: a region where persons cannot be told apart (crowds behind glass, reflections, a pram). What is found
  there and is no labelled person counts neither as right nor as wrong.

The labels were drawn by hand on enlarged frames. Nothing may be tuned on them.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np

from models.evaluate.errors import EvaluationInvalid
from models.evaluate.matching import Floats
from vision.capture.pictures import to_image
from vision.types import Image

LABELS = Path(__file__).resolve().parent / "labels" / "person_frames.csv"
COLUMNS = ("clip", "frame", "kind", "x1", "y1", "x2", "y2")
PERSON, UNCLEAR, NONE = "person", "unclear", "none"


@dataclass(frozen=True, slots=True)
class Clip:
    """What a clip must be for the labels to fit it: width and height in pixels, number of pictures."""

    width_px: int
    height_px: int
    frames: int


CLIPS: Mapping[str, Clip] = MappingProxyType(
    {
        "classroom": Clip(640, 352, 219),
        "one-by-one-person-detection": Clip(768, 432, 1394),
        "people": Clip(640, 360, 447),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class FrameTruth:
    """What is on one frame.

    Attributes:
        frame: Index of the picture in the clip, from 0.
        person_px: (N, 4), left top right bottom, pixels of the clip.
        unclear_px: (M, 4), regions that are not judged.
    """

    clip: str
    frame: int
    person_px: Floats
    unclear_px: Floats


@dataclass(frozen=True, slots=True)
class _Row:
    clip: str
    frame: int
    kind: str
    box_px: tuple[float, float, float, float] | None


def read_person_frames(path: Path = LABELS, clips: Mapping[str, Clip] = CLIPS) -> list[FrameTruth]:
    """Read the labels, by clip and frame.

    Raises:
        EvaluationInvalid: The file is missing or a row is wrong. All faults are listed, with their lines.
    """
    rows: list[_Row] = []
    faults: list[str] = []
    for line, cells in _cells(path):
        try:
            row = _row(cells, clips)
            if rows and (row.clip, row.frame) < (rows[-1].clip, rows[-1].frame):
                raise ValueError(f"stands after {rows[-1].clip} {rows[-1].frame}; wanted clips and frames in order")
            rows.append(row)
        except ValueError as error:
            faults.append(f"{path}:{line}: {error}")
    frames: dict[tuple[str, int], list[_Row]] = defaultdict(list)
    for row in rows:
        frames[row.clip, row.frame].append(row)
    faults += [
        f"{path}: {clip} {frame}: has boxes, and a row that says there are none"
        for (clip, frame), some in frames.items()
        if len(some) > 1 and any(row.kind == NONE for row in some)
    ]
    if faults:
        raise EvaluationInvalid(faults)
    return [
        FrameTruth(clip, frame, _boxes(some, PERSON), _boxes(some, UNCLEAR)) for (clip, frame), some in frames.items()
    ]


def _cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.reader(file)
            header = next(table, [])
            if tuple(header) != COLUMNS:
                raise EvaluationInvalid([f"{path}:1: wanted the columns {','.join(COLUMNS)}, got {','.join(header)}"])
            for cells in table:
                yield table.line_num, cells
    except FileNotFoundError:
        raise EvaluationInvalid([f"{path}: no such file of labels"]) from None


def _row(cells: list[str], clips: Mapping[str, Clip]) -> _Row:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"wanted {len(COLUMNS)} cells, got {len(cells)}")
    clip, frame_text, kind, *box_texts = cells
    if clip not in clips:
        raise ValueError(f"unknown clip {clip!r}; known: {', '.join(clips)}")
    if not frame_text.isdecimal() or int(frame_text) >= clips[clip].frames:
        raise ValueError(f"wanted a frame of 0..{clips[clip].frames - 1}, got {frame_text!r}")
    if kind not in (PERSON, UNCLEAR, NONE):
        raise ValueError(f"unknown kind {kind!r}; wanted {PERSON}, {UNCLEAR} or {NONE}")
    if kind == NONE:
        if any(box_texts):
            raise ValueError(f"kind {NONE} has no box, got {','.join(box_texts)}")
        return _Row(clip, int(frame_text), kind, None)
    return _Row(clip, int(frame_text), kind, _box(box_texts, clips[clip]))


def _box(texts: list[str], clip: Clip) -> tuple[float, float, float, float]:
    try:
        left, top, right, bottom = (float(text) for text in texts)
    except ValueError:
        raise ValueError(f"wanted a box of four numbers, got {','.join(texts)!r}") from None
    if not (0 <= left < right <= clip.width_px and 0 <= top < bottom <= clip.height_px):
        raise ValueError(f"wanted a box inside {clip.width_px}x{clip.height_px}, got {','.join(texts)}")
    return left, top, right, bottom


def _boxes(rows: list[_Row], kind: str) -> Floats:
    return np.array([row.box_px for row in rows if row.kind == kind], np.float64).reshape(-1, 4)


def pictures(
    videos: Path, truths: list[FrameTruth], clips: Mapping[str, Clip] = CLIPS
) -> Iterator[tuple[FrameTruth, Image]]:
    """Decode the labelled frames, (H, W, 3) BGR, clip by clip.

    Raises:
        EvaluationInvalid: A clip is missing, cannot be read, has another size, or ends before a labelled frame.
    """
    for name in dict.fromkeys(truth.clip for truth in truths):
        path = videos / f"{name}.mp4"
        if not path.is_file():
            raise EvaluationInvalid([f"{path}: no such clip; --videos names the folder that holds the three clips"])
        yield from _of_clip(path, clips[name], {truth.frame: truth for truth in truths if truth.clip == name})


def _of_clip(path: Path, size: Clip, wanted: dict[int, FrameTruth]) -> Iterator[tuple[FrameTruth, Image]]:
    last = max(wanted)
    index = -1
    try:
        with av.open(str(path)) as container:
            for index, picture in enumerate(container.decode(video=0)):
                if (picture.width, picture.height) != (size.width_px, size.height_px):
                    got = f"{picture.width}x{picture.height}"
                    raise EvaluationInvalid([f"{path}: wanted {size.width_px}x{size.height_px} pixels, got {got}"])
                if index in wanted:
                    yield wanted[index], to_image(picture)
                if index == last:
                    return
    except av.error.FFmpegError as error:
        raise EvaluationInvalid([f"{path}: is not a video that can be read ({error.strerror})"]) from None
    raise EvaluationInvalid([f"{path}: has {index + 1} pictures, but picture {last} is labelled"])
