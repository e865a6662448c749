"""Measure how well people are hidden in a recording, and what it costs. Nothing is kept.

    python -m service.redaction.measuring VIDEO [--mode everyone|all_but_subject] [--subject-at SECONDS]
        [--faces CENTERFACE.onnx] [--out REDACTED.mp4] [--json]

Exit code 1 where less than 99.5 % of the frames are clean.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from models.catalog import ModelEntry, load_catalog
from models.evaluate.errors import EvaluationInvalid
from models.evaluate.person_truth import read_person_frames
from models.evaluate.redaction import (
    CenterFace,
    Seen,
    Verdict,
    follow_subject,
    judge,
    judged_heads_px,
    mask_of,
    shares_covered,
)
from service.errors import NotRedactable, ServiceError
from service.redaction.clip import START, Plan, Redaction, pictures, redact_clip
from service.redaction.finding import load_finder
from service.redaction.modes import Mode, SubjectSight
from vision.capture.pictures import BgrPixels, to_image
from vision.detection.openvino import OpenVinoDetector
from vision.types import CameraId, FloatArray, Frame, Image, RunId

JUDGES_PX = (640, 1280)
JUDGE_SCORE = 0.25
"""Ultralytics' default: what a judge says below it is doubtful."""
JUDGE_IOU = 0.7
SUREST = f"persons_{JUDGES_PX[-1]}"
"""The judge that says where the subject is."""
FACES = "faces"
JSON_SCHEMA = 1
CLEAN_LEAST = 0.995
NOBODY = np.zeros((0, 4), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured.

    Attributes:
        video: A recording, H.264 or H.265 in MP4.
        mode: Who stays visible: nobody, or all but the subject.
        subject_at_s: When the subject is taken: the person whom the judge is surest of; None for the middle.
        faces: ONNX file of the face net; None to judge heads by bodies alone.
        out: Where the redacted clip is kept to be looked at; None to throw it away.
    """

    video: Path
    mode: Mode = Mode.EVERYONE
    subject_at_s: float | None = None
    faces: Path | None = None
    out: Path | None = None


class Judges:
    """The stock net for persons at two sizes, and a face net where there is one."""

    def __init__(self, entry: ModelEntry, faces: CenterFace | None) -> None:
        self._faces = faces
        self._persons = {
            side_px: OpenVinoDetector(
                replace(entry, input_px=(side_px, side_px)),
                score_min=JUDGE_SCORE,
                iou_max=JUDGE_IOU,
                keep_classes=["person"],
            )
            for side_px in JUDGES_PX
        }

    @property
    def names(self) -> tuple[str, ...]:
        """What each judge is called."""
        bodies = tuple(f"persons_{side_px}" for side_px in JUDGES_PX)
        return bodies if self._faces is None else (*bodies, FACES)

    def look(self, image: Image) -> dict[str, FloatArray]:
        """Return what each judge sees in a picture, (N, 4) boxes, surest first."""
        frame = Frame(CameraId("judged"), RunId("judged"), 0, START, BgrPixels(image))
        seen = {f"persons_{side_px}": net.detect([frame])[0].xyxy_px for side_px, net in self._persons.items()}
        return seen | self.faces(image)

    def faces(self, image: Image) -> dict[str, FloatArray]:
        """Return the faces alone."""
        return {} if self._faces is None else {FACES: self._faces.faces_px(image)}


def evaluate_redaction(asked: Asked) -> dict[str, Any]:
    """Redact a recording and let the judges look at it; returns JSON values.

    Raises:
        NotRedactable: The recording cannot be read, or nobody is in it at the subject's moment.
        EvaluationInvalid: The face net is missing.
    """
    judges = Judges(load_catalog()["person"], None if asked.faces is None else CenterFace(asked.faces))
    content = _content(asked.video)
    before = [judges.look(image) for image, _ in pictures_of(content)]
    times_s = [at_s for _, at_s in pictures_of(content)]
    redaction, truth = _redaction(asked, [seen[SUREST] for seen in before], times_s)
    finder = load_finder()
    began_s = perf_counter()
    made = redact_clip(content, redaction, finder)
    took_s = perf_counter() - began_s
    if asked.out is not None:
        asked.out.write_bytes(made.content)
    after = [judges.faces(image) for image, _ in pictures_of(made.content)]
    frames = [
        {
            name: judge(_seen(name, seen[name], found), mask_of(areas, made.plan.size_px), subject)
            for name in judges.names
        }
        for seen, found, areas, subject in zip(before, after, made.plan.areas_px, truth, strict=True)
    ]
    return {
        "schema": JSON_SCHEMA,
        "mode": asked.mode.value,
        "frames": len(frames),
        "clean_share": float(np.mean([all(v.is_clean for v in frame.values()) for frame in frames])),
        "judges": {name: _judged([frame[name] for frame in frames]) for name in judges.names},
        "painted_share": float(np.mean([mask_of(areas, made.plan.size_px).mean() for areas in made.plan.areas_px])),
        "labelled": _labelled(asked, made.plan),
        "subject": _subject(made.plan, truth),
        "seconds_per_clip_second": took_s / max(times_s[-1], 1e-3),
    }


def pictures_of(content: bytes) -> Iterator[tuple[Image, float]]:
    """Yield each picture of a clip and when it is shown, seconds after the first."""
    for picture, at_s, _ in pictures(content):
        yield to_image(picture), at_s


def _content(video: Path) -> bytes:
    try:
        return video.read_bytes()
    except OSError as error:
        raise NotRedactable(f"{video}: {error.strerror}; wanted a recording") from None


def _redaction(
    asked: Asked, persons_px: Sequence[FloatArray], times_s: Sequence[float]
) -> tuple[Redaction, list[FloatArray | None]]:
    """What is asked of the redaction, and where the subject really is."""
    if asked.mode is Mode.EVERYONE:
        return Redaction(), [None] * len(times_s)
    wanted_s = times_s[-1] / 2 if asked.subject_at_s is None else asked.subject_at_s
    start = min(range(len(times_s)), key=lambda f: abs(times_s[f] - wanted_s))
    if not len(persons_px[start]):
        raise NotRedactable(f"nobody is seen at {times_s[start]:.1f} s: give a moment at which the subject is there")
    box_px = persons_px[start][0]
    left, top, right, bottom = (float(v) for v in box_px)
    subject = SubjectSight(times_s[start], (left, top, right, bottom))
    return Redaction(asked.mode, subject=subject), follow_subject(persons_px, times_s, start=start, box_px=box_px)


def _seen(name: str, found_px: FloatArray, after: Mapping[str, FloatArray]) -> Seen:
    return Seen(NOBODY, found_px, after[FACES]) if name == FACES else Seen(found_px, NOBODY, NOBODY)


def _judged(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    sums = {field.name: sum(getattr(verdict, field.name) for verdict in verdicts) for field in fields(Verdict)}
    unclean = [f for f, verdict in enumerate(verdicts) if not verdict.is_clean]
    return sums | {"clean_share": 1.0 - len(unclean) / max(len(verdicts), 1), "unclean_frames": unclean}


def _labelled(asked: Asked, plan: Plan) -> dict[str, int] | None:
    """How many heads of hand-labelled persons are visible; None where the clip has no labels or a subject."""
    frames = [truth for truth in read_person_frames() if truth.clip == asked.video.stem]
    if asked.mode is not Mode.EVERYONE or not frames:
        return None
    verdicts = [
        judge(
            Seen(truth.person_px.astype(np.float32), NOBODY, NOBODY), mask_of(plan.areas_px[truth.frame], plan.size_px)
        )
        for truth in frames
    ]
    return {
        "frames": len(frames),
        "heads": sum(verdict.heads for verdict in verdicts),
        "heads_visible": sum(verdict.heads_visible for verdict in verdicts),
    }


def _subject(plan: Plan, truth: Sequence[FloatArray | None]) -> dict[str, int]:
    """In how many frames the subject is there, stays visible, and somebody else does in its stead."""
    there = [f for f, box in enumerate(truth) if box is not None]
    shown = [f for f in there if _is_shown(plan, f, truth[f])]
    return {"frames_there": len(there), "frames_visible": len(shown)}


def _is_shown(plan: Plan, f: int, box_px: FloatArray | None) -> bool:
    """Whether most of the subject's head is visible."""
    if box_px is None:
        return False
    covered = shares_covered(judged_heads_px(box_px[None]), mask_of(plan.areas_px[f], plan.size_px))
    return bool(covered[0] < 0.5)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one recording; returns the exit code."""
    parser = argparse.ArgumentParser(description="How well people are hidden in a recording, and what it costs.")
    parser.add_argument("video", type=Path)
    parser.add_argument("--mode", type=Mode, choices=[Mode.EVERYONE, Mode.ALL_BUT_SUBJECT], default=Mode.EVERYONE)
    parser.add_argument("--subject-at", type=float, help="seconds; the middle where not given")
    parser.add_argument("--faces", type=Path, help="the face net CenterFace as ONNX")
    parser.add_argument("--out", type=Path, help="keep the redacted clip here")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        told = evaluate_redaction(Asked(given.video, given.mode, given.subject_at, given.faces, given.out))
    except (ServiceError, EvaluationInvalid) as error:
        print(error, file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps(told, indent=2))
    else:
        _print(told)
    return 0 if told["clean_share"] >= CLEAN_LEAST else 1


def _print(told: dict[str, Any]) -> None:
    print(f"clean frames: {told['clean_share']:.2%} of {told['frames']}; painted: {told['painted_share']:.1%}")
    for name, judged in told["judges"].items():
        print(f"{name}: {judged['clean_share']:.2%} clean, {judged}")
    print(f"hand-labelled: {told['labelled']}; subject: {told['subject']}")
    print(f"cost: {told['seconds_per_clip_second']:.2f} s per clip second")


if __name__ == "__main__":
    sys.exit(main())
