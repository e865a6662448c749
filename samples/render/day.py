"""Render the working day: ``python -m samples.render.day [--camera NAME] [--out DIR]``.

Every second frame is drawn, at half the size: 5 frames a second of 640 x 360. What a camera did not send is not in its
clip: the timestamps jump, as in a recording of a stream that was lost.
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from rich.progress import Progress

from samples.render.day_stories import DAY_STORIES, LENGTH_S, OUTAGE_S
from samples.render.footage import RATE_FPS, Footage
from samples.render.story import Story
from samples.render.truth import Log

SAMPLES = Path(__file__).resolve().parents[1]
DRAWN_EVERY = 2
SIZE_PX = (640, 360)
KEYFRAME_EVERY = 25  # 5 s; every 2 s takes 1.65 times the bytes
STARTS_AT = "2026-11-23T07:29:50+07:00"
SESSIONS_S = ((10.0, 70.0), (130.0, 190.0))
LEFT_POST_S = 12.0
Span = tuple[float, float]


def render(story: Story, out: Path, progress: Progress, *, crf: int) -> None:
    """Draw one camera's day into ``out/clips/day-CAMERA.mp4`` and what it shows into ``out/truth``."""
    frames = range(0, round(story.duration_s * RATE_FPS), DRAWN_EVERY)
    task = progress.add_task(story.camera, total=len(frames))
    footage, log = Footage(story), Log()
    lost = OUTAGE_S.get(story.camera, (0.0, 0.0))
    path = out / "clips" / f"day-{story.camera}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.mp4")
    with av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE_FPS // DRAWN_EVERY)
        stream.width, stream.height = SIZE_PX
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, RATE_FPS)
        stream.options = {
            "crf": str(crf),
            "preset": "slow",
            "x264-params": f"keyint={KEYFRAME_EVERY}:min-keyint={KEYFRAME_EVERY}:scenecut=0:threads=1:bframes=0",
        }
        for frame in frames:
            shot = footage.shoot(frame)
            for _ in range(DRAWN_EVERY):
                log.add(story, shot)
            if not lost[0] <= frame / RATE_FPS < lost[1]:
                small = cv2.resize(np.asarray(shot.image), SIZE_PX, interpolation=cv2.INTER_AREA)
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(small), format="rgb24")
                picture.pts, picture.time_base = frame, Fraction(1, RATE_FPS)
                container.mux(stream.encode(picture))
            progress.advance(task)
        container.mux(stream.encode())
    partial.replace(path)
    visits = {role.desk: log.spans(log.in_area(role.name, story.areas[role.desk])) for role in story.roles if role.desk}
    write_truth(story.camera, visits, out / "truth")


def write_truth(camera: str, visits: dict[str, list[list[float]]], folder: Path) -> None:
    """Write ``day-CAMERA.json``: visits at each desk, the outage, and the figures that follow; all in seconds."""
    lost = OUTAGE_S.get(camera)
    found = {
        "schema": 1,
        "camera": camera,
        "starts_at": STARTS_AT,
        "duration_s": LENGTH_S,
        "sessions_s": SESSIONS_S,
        "outage_s": lost,
        "desks": {
            desk: {"visits_s": spans, "figures": figures_of([(a, b) for a, b in spans], lost)}
            for desk, spans in visits.items()
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"day-{camera}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def figures_of(visits: list[Span], lost: Span | None) -> dict[str, float]:
    """Say what a report has to say of one desk's officer; nobody knows what was in the outage."""
    seen = [part for visit in visits for part in _without(visit, lost)]
    coming, going = seen[0][0], seen[-1][1]
    return {
        "arrival_s": coming,
        "leaving_s": going,
        "late_s": round(max(coming - SESSIONS_S[0][0], 0.0), 1),
        "early_s": round(max(SESSIONS_S[-1][1] - going, 0.0), 1),
        "left_s": round(sum((end - begin for begin, end in _left(seen, lost)), start=0.0), 1),
        "no_data_s": 0.0 if lost is None else round(lost[1] - lost[0], 1),
        "worked_s": round(sum(_within(span, session) for span in seen for session in SESSIONS_S), 1),
    }


def _left(seen: list[Span], lost: Span | None) -> list[Span]:
    """Return when somebody was seen to be away from the desk between two visits of one session, for too long."""
    away = [
        (before[1], after[0])
        for session in SESSIONS_S
        for before, after in pairwise(seen)
        if session[0] < before[1] and after[0] < session[1]
    ]
    return [part for span in away for part in _without(span, lost) if part[1] - part[0] >= LEFT_POST_S]


def _without(span: Span, lost: Span | None) -> list[Span]:
    if lost is None:
        return [span]
    parts = ((span[0], min(span[1], lost[0])), (max(span[0], lost[1]), span[1]))
    return [part for part in parts if part[0] < part[1]]


def _within(span: Span, session: Span) -> float:
    return max(min(span[1], session[1]) - max(span[0], session[0]), 0.0)


def main() -> None:
    """Render one camera or both."""
    parser = argparse.ArgumentParser(prog="python -m samples.render.day", description=__doc__)
    parser.add_argument("--camera", choices=list(DAY_STORIES), help="only this camera")
    parser.add_argument("--out", type=Path, default=SAMPLES, help="folder that gets clips/ and truth/")
    parser.add_argument("--crf", type=int, default=30, help="x264 quality, smaller is better and larger")
    options = parser.parse_args()
    with Progress() as progress:
        for name in [options.camera] if options.camera else list(DAY_STORIES):
            render(DAY_STORIES[name], options.out, progress, crf=options.crf)


if __name__ == "__main__":
    main()
