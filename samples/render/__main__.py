"""Render the sample clips and their truth: ``python -m samples.render [--camera NAME] [--out DIR] [--preview]``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from samples.render import truth
from samples.render.encode import Clip
from samples.render.footage import RATE_FPS, Footage
from samples.render.stories import STORIES
from samples.render.story import Story

SAMPLES = Path(__file__).resolve().parents[1]
PREVIEW_EVERY = 5


def render(story: Story, out: Path, *, every: int, crf: int, progress: Progress) -> None:
    """Draw a story into ``out/clips`` and ``out/truth``; ``every`` > 1 repeats each drawn frame."""
    frames = round(story.duration_s * RATE_FPS)
    task = progress.add_task(story.camera, total=frames)
    footage, log = Footage(story), truth.Log()
    with Clip(out / "clips" / f"{story.camera}.mp4", rate_fps=RATE_FPS, crf=crf) as clip:
        shot = None
        for frame in range(frames):
            if shot is None or frame % every == 0:
                shot = footage.shoot(frame)
            clip.add(np.asarray(shot.image))
            log.add(story, shot)
            progress.advance(task)
    truth.write(story, log, out / "truth")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m samples.render", description=__doc__)
    parser.add_argument("--camera", choices=list(STORIES), help="only this camera")
    parser.add_argument(
        "--out", type=Path, default=SAMPLES, help="folder that gets clips/ and truth/ (default: samples/)"
    )
    parser.add_argument("--preview", action="store_true", help=f"draw every {PREVIEW_EVERY}th frame only")
    parser.add_argument("--crf", type=int, default=29, help="x264 quality, smaller is better and larger")
    options = parser.parse_args()
    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        for name in [options.camera] if options.camera else list(STORIES):
            render(
                STORIES[name],
                options.out,
                every=PREVIEW_EVERY if options.preview else 1,
                crf=options.crf,
                progress=progress,
            )


if __name__ == "__main__":
    main()
