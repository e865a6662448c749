"""Watch many cameras with the real service, as an operator would, and count what it takes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import mean
from typing import IO, Any

import numpy as np
from rich.console import Console

from service.benches.centre import STORIES, write_site
from service.benches.clips import Clip, own_clips, repeat, sample_clips
from service.benches.frame_account import account_of, runs_of
from service.benches.happenings import Due, delays_s, due_flags
from service.benches.over_time import Sample, every_s, sample_of, told_of
from service.benches.processes import Taken, family
from service.benches.streams import Streams, free_port, need_streams, streaming
from service.benches.watcher import Watcher, sign_in
from service.errors import ServiceError
from service.parts import Parts, open_parts
from service.settings import Settings

JSON_SCHEMA = 1
CONGVU = (sys.executable, "-c", "from service.entry import main; main()")
STARTS_WITHIN_S = 120.0
STARTS_WITHIN_EACH_S = 6.0
"""So long all cameras may take until each has sent a picture; the second for each camera."""
SETTLES_S = 15.0
"""Left out before anything is counted: nets are loaded, scenes are new."""
LATE_S = 10.0
"""Flags that open in the last seconds of the window are not wanted; after it those still to come have so long."""
STOPS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class CamerasAsked:
    """What is watched for how long.

    Attributes:
        clips: The user's own; the sample centre's where there are none.
    """

    count: int
    seconds: float = 60.0
    clips: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """What is on.

    Attributes:
        chosen: The clip of each camera.
        passes: Length of one pass, by the name of the clip.
    """

    chosen: Mapping[str, Clip]
    passes: Mapping[str, timedelta]
    streams: Streams


@dataclass(frozen=True, slots=True)
class Counted:
    """What the window showed.

    Attributes:
        cpu_s: By role.
        memory_mb: By role; of cameras a list.
    """

    wall_s: float
    cpu_s: Mapping[str, float]
    memory_mb: Mapping[str, float]
    camera_mb: Sequence[float]
    samples: Sequence[Sample]
    delays_s: Sequence[float]
    missed: Sequence[Due]


def measure_cameras(asked: CamerasAsked, console: Console) -> dict[str, Any]:
    """Measure; returns JSON values.

    Raises:
        BackendMissing: GStreamer's RTSP server is not installed.
        ServiceError: The service did not start, or the cameras did not.
    """
    need_streams()
    with tempfile.TemporaryDirectory(prefix="congvu-bench-") as name:
        folder = Path(name)
        clips = own_clips(asked.clips, folder) if asked.clips else sample_clips(folder)
        chosen = {f"cam-{i + 1:02d}": clips[i % len(clips)] for i in range(asked.count)}
        starts_s = STARTS_WITHIN_S + asked.count * STARTS_WITHIN_EACH_S
        length = timedelta(seconds=starts_s + SETTLES_S + asked.seconds + LATE_S + STOPS_WITHIN_S)
        looped = {clip.name: folder / f"{clip.name}-looped.mp4" for clip in clips}
        passes = {clip.name: repeat(clip.path, looped[clip.name], length) for clip in set(chosen.values())}
        with streaming({camera: looped[clip.name] for camera, clip in chosen.items()}) as streams:
            return _watch(asked, Played(chosen, passes, streams), folder, console)


def _watch(asked: CamerasAsked, played: Played, folder: Path, console: Console) -> dict[str, Any]:
    chosen = played.chosen
    site, data, log = folder / "site.toml", folder / "data", folder / "run.log"
    write_site(site, chosen, played.streams)
    # everything is given, so that no variable of the environment leads into the operator's own store
    parts = open_parts(Settings(data_dir=data, database_url=""))
    since, load = parts.clock.now(), os.getloadavg()[0]
    try:
        port, cookie = free_port(), sign_in(parts)
        with (
            log.open("w+", encoding="utf-8") as said,
            _started(said, "serve", "--port", str(port), "--data", str(data)) as pages,
            _started(said, "run", "--site", str(site), "--data", str(data)) as run,
            closing(Watcher(port, cookie, parts.clock)) as watcher,
        ):
            watcher.wait_for_answer(time.monotonic() + STARTS_WITHIN_S)
            _wait_for_pictures(parts, chosen, run, log=log, console=console)
            time.sleep(SETTLES_S)
            dropped_before = sum(run.dropped_frames for run in runs_of(parts, chosen, since))
            console.print(f"{asked.count} cameras are watched; counting for {asked.seconds:g} s")
            counted = _count(asked.seconds, played, watcher, (run.pid, pages.pid))
            _stop(run)
        return {
            "schema": JSON_SCHEMA,
            "cameras": asked.count,
            "cores": os.cpu_count(),
            "load_before": round(load, 2),
            "seconds": round(counted.wall_s, 1),
            **_costs(counted),
            "latency_s": _latency(counted),
            "over_time": told_of(counted.samples),
            "dropped_at_start": dropped_before,
            **account_of(parts, chosen, since, log.read_text(encoding="utf-8")),
        }
    finally:
        parts.database.close()


@contextmanager
def _started(said: IO[str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CONGVU_")}
    process = subprocess.Popen(
        [*CONGVU, *arguments], stdout=said, stderr=said, text=True, env={**kept, "NO_COLOR": "1"}
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for_pictures(
    parts: Parts, chosen: Mapping[str, Clip], run: subprocess.Popen[str], *, log: Path, console: Console
) -> None:
    ends_s = time.monotonic() + STARTS_WITHIN_S + STARTS_WITHIN_EACH_S * len(chosen)
    since, seen = parts.clock.now() - timedelta(hours=1), 0
    while seen < len(chosen):
        if run.poll() is not None or time.monotonic() > ends_s:
            last = log.read_text(encoding="utf-8").strip().splitlines()[-5:]
            raise ServiceError("\n".join((f"{seen} of {len(chosen)} cameras sent pictures; `congvu run` said:", *last)))
        time.sleep(1)
        watched = {each.camera_id for each in runs_of(parts, chosen, since)}
        if len(watched) > seen:
            seen = len(watched)
            console.print(f"{seen} of {len(chosen)} cameras send pictures")


def _count(seconds: float, played: Played, watcher: Watcher, roots: tuple[int, int]) -> Counted:
    """Count over a window, while asking for flags again and again."""
    run, pages = roots
    before, began_s = (family([run]), family([pages])), time.monotonic()
    ends_s = began_s + seconds
    samples = []
    while (now_s := time.monotonic()) < ends_s:
        watcher.look_until(min(ends_s, now_s + every_s(seconds)))
        samples.append(sample_of(family([run, pages]), played.chosen, time.monotonic() - began_s))
    after, took_s = (family([run]), family([pages])), time.monotonic() - began_s
    watcher.look_until(ends_s + LATE_S)
    delays, missed = delays_s(_due(played, (began_s, ends_s - LATE_S)), watcher.flags)
    cpu: dict[str, float] = {}
    memory: dict[str, float] = {}
    for first, last, own in ((before[0], after[0], run), (before[1], after[1], pages)):
        known = {each.pid: each.cpu_s for each in first}
        for each in last:
            role = "pages" if own == pages else _role(each, own, played.chosen)
            cpu[role] = cpu.get(role, 0.0) + each.cpu_s - known.get(each.pid, 0.0)
            memory[role] = memory.get(role, 0.0) + each.memory_mb
    camera_mb = [each.memory_mb for each in after[0] if each.name in played.chosen]
    return Counted(took_s, cpu, memory, camera_mb, samples, delays, missed)


def _due(played: Played, window_s: tuple[float, float]) -> list[Due]:
    due: list[Due] = []
    for camera, clip in played.chosen.items():
        stories, pass_s = STORIES.get(clip.name, ()), played.passes[clip.name].total_seconds()
        due += due_flags(camera, stories, played.streams.plays(camera), pass_s=pass_s, window_s=window_s)
    return due


def _role(taken: Taken, run: int, chosen: Mapping[str, Clip]) -> str:
    if taken.name in chosen:
        return "cameras"
    return "engine" if taken.name == "engine" and taken.pid != run else "supervisor"


def _costs(counted: Counted) -> dict[str, Any]:
    percent = {role: round(100 * cpu_s / counted.wall_s, 1) for role, cpu_s in sorted(counted.cpu_s.items())}
    memory = {role: round(mb, 1) for role, mb in sorted(counted.memory_mb.items())}
    return {
        "cpu_percent": {"all": round(sum(percent.values()), 1), **percent},
        "memory_mb": {
            "all": round(sum(memory.values()), 1),
            "base": round(sum(mb for role, mb in memory.items() if role != "cameras"), 1),
            "per_camera": round(mean(counted.camera_mb), 1) if counted.camera_mb else None,
            "largest_camera": round(max(counted.camera_mb), 1) if counted.camera_mb else None,
            **memory,
        },
    }


def _latency(counted: Counted) -> dict[str, Any]:
    shares = {"p50": 50, "p95": 95, "max": 100}
    delays = counted.delays_s
    return {
        "flags": len(delays),
        "missed": len(counted.missed),
        **{name: round(float(np.percentile(delays, at)), 2) if delays else None for name, at in shares.items()},
    }
