"""How well a camera's faults are recognised, and how often one is told that is none.

    python -m models.evaluate.health [--hours 24] [--set report|tuning] [--clips FILE ...] [--json]

Marks are chosen on the ``tuning`` clips and weather; figures to be stated come from the ``report`` ones.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from models.evaluate.camera_days import ENCODERS, SIZE_PX, Day, Link, Weather, load_clip
from vision.capture.pictures import BgrPixels
from vision.health.faults import BLINDING
from vision.health.monitor import HealthMonitor
from vision.types import CameraId, FaultKind, Frame, Image, RunId

START = datetime(2026, 11, 23, tzinfo=UTC)
# not people.mp4: its camera turns slowly, 30 px of 640 in 15 s by the places of three things that stand still
CLIPS = {
    "tuning": ("samples/clips/entrance.mp4", "../shared/data/video/one-by-one-person-detection.mp4"),
    "report": (
        "samples/clips/counter.mp4",
        "samples/clips/office.mp4",
        "../shared/data/video/classroom.mp4",
        "../shared/data/video/bottle-detection.mp4",
    ),
}
SEED = {"tuning": 1, "report": 2}
ROOT = Path(__file__).resolve().parents[2]

Spoil = Callable[[Image], Image]


def moved(across: float = 0.0, down: float = 0.0, *, turn_deg: float = 0.0, zoom: float = 1.0) -> Spoil:
    """Return what turns a camera; shifts are shares of the width."""
    width, height = SIZE_PX
    motion = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, zoom)
    motion[:, 2] += (across * width, down * width)
    return lambda image: np.asarray(
        cv2.warpAffine(image, motion, SIZE_PX, borderMode=cv2.BORDER_REFLECT), dtype=np.uint8
    )


def blurred(sigma_px: float) -> Spoil:
    """Return what puts a lens out of focus, in pixels at 640."""
    return lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), dtype=np.uint8)


def _hand(image: Image) -> Image:
    soft = cv2.GaussianBlur(np.ascontiguousarray(image[::-1, ::-1]), (0, 0), 70.0)
    return np.asarray(soft * 0.5, dtype=np.uint8)


def _dim(share: float) -> Spoil:
    return lambda image: np.asarray(image * share, dtype=np.uint8)


INJECTED: dict[str, tuple[FaultKind, Spoil | None]] = {
    "covered, grey": (FaultKind.COVERED, lambda image: np.full_like(image, 118)),
    "covered, black": (FaultKind.COVERED, np.zeros_like),
    "covered, hand": (FaultKind.COVERED, _hand),
    "darkened to 5 %": (FaultKind.DARK, _dim(0.05)),
    "blurred, 3 px": (FaultKind.BLURRED, blurred(3.0)),
    "blurred, 8 px": (FaultKind.BLURRED, blurred(8.0)),
    "frozen": (FaultKind.FROZEN, None),
    "shifted by 3 %": (FaultKind.MOVED, moved(0.03)),
    "shifted by 5 %": (FaultKind.MOVED, moved(0.05)),
    "shifted down by 5 %": (FaultKind.MOVED, moved(0.0, 0.05)),
    "turned by 5 degrees": (FaultKind.MOVED, moved(turn_deg=5.0)),
    "zoomed by 10 %": (FaultKind.MOVED, moved(zoom=1.1)),
    "turned away": (FaultKind.MOVED, lambda image: np.ascontiguousarray(image[:, ::-1])),
}
"""None: the encoder is fed the same picture over and over."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A fault told by the monitor, seconds from the start."""

    scene: str
    kind: FaultKind
    told_s: float
    started_s: float
    detail: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One fault injected into one scene.

    Attributes:
        found_s, ended_s: From the injection, and from its end, to when it was told; None where it never was.
        started_off_s: How far the stated start is from the injection.
        others: Other faults that were told in the same time.
    """

    scene: str
    fault: str
    found_s: float | None
    ended_s: float | None
    started_off_s: float | None
    others: tuple[str, ...]


def normal_day(scene: str, clip: Sequence[Image], weather: Weather, *, hours: float, step_s: float) -> list[Alarm]:
    """Play a whole day's course of light within so many hours of stream time; return the false alarms."""
    monitor = HealthMonitor(CameraId(scene), RunId("day"))
    link, day = Link(weather.encoder), Day(clip, weather)
    alarms = []
    steps = round(hours * 3600 / step_s)
    # begins in the morning: a reference picture is taken when somebody sets the camera up
    for step in range(steps):
        share = (0.4 + step / steps) % 1.0
        for image in link.pass_on(day.picture(step, share)):
            at_s = step * step_s
            for fault in monitor.advance(_frame(scene, step, at_s, image)):
                if fault.ended_at is None:
                    alarms.append(Alarm(scene, fault.kind, at_s, _seconds(fault.started_at), fault.detail))
    return alarms


def inject(
    scene: str, clip: Sequence[Image], weather: Weather, *, fault: str, share: float = 0.45, lasts_s: float = 45.0
) -> Trial:
    """Let a fault begin after 20 s and end after ``lasts_s``.

    A picture a second; for a frozen one ten, since encoders settle by pictures.
    """
    kind, spoil = INJECTED[fault]
    monitor = HealthMonitor(CameraId(scene), RunId("trial"))
    link, day = Link(weather.encoder), Day(clip, weather)
    found: float | None = None
    ended: float | None = None
    off: float | None = None
    others = set()
    begins, ends = 20.0, 20.0 + lasts_s
    step_s = 0.1 if kind is FaultKind.FROZEN else 1.0
    kept: Image | None = None
    for step in range(round((ends + 30.0) / step_s)):
        at_s = step * step_s
        image = day.picture(step, share)
        if begins <= at_s < ends:
            kept = image if kept is None else kept
            image = kept if spoil is None else spoil(image)
        for arrived in link.pass_on(image):
            for told in monitor.advance(_frame(scene, step, at_s, arrived)):
                if told.kind is not kind:
                    others.add(str(told.kind))
                elif told.ended_at is None and found is None:
                    found, off = at_s - begins, _seconds(told.started_at) - begins
                elif told.ended_at is not None:
                    ended = at_s - ends
    return Trial(scene, fault, found, ended, off, tuple(sorted(others)))


def _frame(scene: str, index: int, at_s: float, image: Image) -> Frame:
    colour = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return Frame(CameraId(scene), RunId("day"), index, START + timedelta(seconds=at_s), BgrPixels(colour))


def _seconds(moment: datetime) -> float:
    return (moment - START).total_seconds()


def _scenes(paths: Sequence[Path], seed: int) -> Iterator[tuple[str, Path, Weather]]:
    for number, path in enumerate(paths):
        rng = np.random.default_rng(100 * seed + number)
        on, off = float(rng.uniform(0.26, 0.3)), float(rng.uniform(0.72, 0.78))
        weather = Weather(
            seed=100 * seed + number,
            noise_levels=float(rng.uniform(0.8, 2.0)),
            sag_share=float(rng.uniform(-0.009, 0.009)),
            lamps=((on, off), (on + 0.04, off - 0.05)),
            encoder=ENCODERS[(number + seed) % len(ENCODERS)],
        )
        yield path.stem, path, weather


def main(argv: Sequence[str] | None = None) -> int:
    """Run both parts and print the figures. Returns the exit code: 0, or 1 where no clip is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24.0, help="stream time in all, shared by the scenes")
    parser.add_argument("--step", type=float, default=4.0, help="seconds between two pictures of the normal days")
    parser.add_argument("--part", choices=("faults", "day", "both"), default="both")
    parser.add_argument("--set", choices=sorted(CLIPS), default="report")
    parser.add_argument("--clips", nargs="*", type=Path, help="clips of fixed cameras, instead of the set's")
    parser.add_argument("--seed", type=int, help="another weather than the set's own")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    paths = [p for p in (asked.clips or [ROOT / name for name in CLIPS[asked.set]]) if p.exists()]
    if not paths:
        print("no clip is there: give some with --clips", file=sys.stderr)
        return 1
    alarms: list[Alarm] = []
    trials: list[Trial] = []
    for scene, path, weather in _scenes(paths, SEED[asked.set] if asked.seed is None else asked.seed):
        clip = load_clip(path, every_s=0.5)
        if asked.part != "day":
            trials += [inject(scene, clip, weather, fault=fault) for fault in INJECTED]
            print(f"{scene}: faults injected", file=sys.stderr, flush=True)
        if asked.part != "faults":
            alarms += normal_day(scene, clip, weather, hours=asked.hours / len(paths), step_s=asked.step)
            print(f"{scene}: normal day over, {len(alarms)} false alarms so far", file=sys.stderr, flush=True)
    figures = summary(alarms, trials, hours=0.0 if asked.part == "faults" else asked.hours)
    print(json.dumps(figures, indent=1, ensure_ascii=False) if asked.json else told(figures, alarms, trials))
    return 0


def summary(alarms: Sequence[Alarm], trials: Sequence[Trial], *, hours: float) -> dict[str, object]:
    """Return the figures: false alarms by kind, and per injected fault how many were found and how soon."""
    counts = Counter(str(alarm.kind) for alarm in alarms)
    faults = {}
    for fault in INJECTED:
        mine = [trial for trial in trials if trial.fault == fault]
        found = [trial.found_s for trial in mine if trial.found_s is not None]
        ended = [trial.ended_s for trial in mine if trial.ended_s is not None]
        faults[fault] = {
            "trials": len(mine),
            "found": len(found),
            "found_s_median": median(found) if found else None,
            "found_s_worst": max(found, default=None),
            "ended": len(ended),
            "ended_s_worst": max(ended, default=None),
            "other_faults": sorted({other for trial in mine for other in trial.others}),
        }
    kinds = {str(kind): counts[str(kind)] for kind in FaultKind if kind in BLINDING}
    return {"hours": hours, "false_alarms": kinds, "faults": faults}


def told(figures: dict[str, object], alarms: Sequence[Alarm], trials: Sequence[Trial]) -> str:
    """Return the figures as text, with every false alarm and every trial that was not found or not ended."""
    lines = [f"{figures['hours']:g} h of normal footage: false alarms {figures['false_alarms']}"]
    lines += [f"  {a.scene} at {a.told_s:.0f} s: {a.kind}, {a.detail}" for a in alarms]
    faults = figures["faults"]
    assert isinstance(faults, dict)
    lines += [f"{name:22s} {figure}" for name, figure in faults.items() if figure["trials"]]
    lines += [f"  missed: {trial}" for trial in trials if trial.found_s is None or trial.ended_s is None]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
