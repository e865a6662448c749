"""Compare what our pipeline takes for a recording with decoding alone, and with others: in turns, on one machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console

from service.benches.footage import (
    EVERY_FRAME_CADENCE,
    Footage,
    Seen,
    decode_alone,
    load_nets_as_served,
    look_through,
    stages_of,
    warm_up,
)
from service.benches.rivals import ultralytics_rivals
from service.benches.stages import StageClock
from service.wiring import check_nets
from vision.attention.pace import Glance
from vision.rules.rulebook import PRESENCE
from vision.types import Event

JSON_SCHEMA = 1
OURS, DECODE, EVERY_FRAME = "ours", "decode", "every_frame"
Pass = Callable[[], float]
"""Goes over the recording once; returns computing seconds."""


@dataclass(frozen=True, slots=True)
class PipelineAsked:
    """What is measured.

    Attributes:
        rounds: How often each goes over the recording, in turns; the median counts.
        with_ultralytics: Compare with ultralytics' `track()`.
        with_every_frame: Compare with our own pipeline when it looks at every frame.
    """

    footage: Footage
    rounds: int = 3
    with_ultralytics: bool = False
    with_every_frame: bool = False


def measure_pipeline(asked: PipelineAsked, console: Console) -> dict[str, Any]:
    """Measure; returns JSON values.

    Raises:
        CaptureError: The recording is broken.
        BackendMissing: ultralytics is not installed.
    """
    check_nets()
    footage, nets = asked.footage, load_nets_as_served()
    warm_up(footage, nets)
    passes = [look_through(footage, nets)]  # not counted: what it finds is what every pass finds
    runners: dict[str, Pass] = {
        OURS: lambda: _kept(passes, look_through(footage, nets)).cpu_s,
        DECODE: lambda: decode_alone(footage.recording.path),
    }
    with ExitStack() as stack:
        if asked.with_every_frame:
            runners[EVERY_FRAME] = lambda: look_through(footage, nets, EVERY_FRAME_CADENCE).cpu_s
        if asked.with_ultralytics:
            console.print("loading ultralytics, twice")
            rivals = stack.enter_context(ultralytics_rivals(footage.recording.path))
            runners.update({name: rival.cpu_s for name, rival in rivals.items()})
        taken = in_turns(runners, rounds=asked.rounds, told=console.print)
        console.print("once more, for each stage")
        clock = stages_of(footage, nets)
    return {**_told(asked, taken, passes[-1], _decoded(footage, clock)), "stages": _stages(clock, passes[-1].frames)}


def _kept(passes: list[Seen], seen: Seen) -> Seen:
    passes.append(seen)
    return seen


def in_turns(runners: Mapping[str, Pass], *, rounds: int, told: Callable[[str], None]) -> dict[str, list[float]]:
    """Run each once a round: what slows this computer down for a while slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(1, rounds + 1):
        for name, run in runners.items():
            taken[name].append(run())
            told(f"round {number} of {rounds}: {name} {taken[name][-1]:.1f} s of computing")
    return taken


def _decoded(footage: Footage, clock: StageClock) -> int:
    """How many pictures were decoded: all, or those that somebody asked for and those before them in their groups."""
    frames = footage.recording.frames
    # at the end of a group the decoder is asked once more for what it still holds
    return min(clock.calls.get("decode", 0), frames) if footage.recording.has_groups else frames


def _told(asked: PipelineAsked, taken: Mapping[str, list[float]], seen: Seen, decoded: int) -> dict[str, Any]:
    ms = {name: median(times_s) * 1000 / seen.frames for name, times_s in taken.items()}
    others = [name for name in taken if name not in (OURS, DECODE)]
    return {
        "schema": JSON_SCHEMA,
        "video": asked.footage.recording.path.name,
        "rounds": asked.rounds,
        "cores": os.cpu_count(),
        "cpu_ms_per_frame": round(ms[OURS], 3),
        "decode_cpu_ms_per_frame": round(ms[DECODE], 3),
        "ratio_to_decode": round(ms[OURS] / ms[DECODE], 3),
        "against": {name: round(ms[OURS] / ms[name], 4) for name in others},
        "cpu_ms_per_frame_of": {name: round(ms[name], 3) for name in others},
        "all_cpu_ms_per_frame": {name: [round(s * 1000 / seen.frames, 3) for s in taken[name]] for name in taken},
        "frames": {
            "all": seen.frames,
            "decoded": decoded,
            "looked_at": seen.glances.get(Glance.LOOK, 0),
            "held": seen.glances.get(Glance.HOLD, 0),
            "skipped": seen.glances.get(Glance.SKIP, 0),
        },
        "visits": sum(event.rule_id == PRESENCE for event in seen.events),
        "events": [event_in_seconds(asked.footage, event) for event in seen.events],
    }


def event_in_seconds(footage: Footage, event: Event) -> dict[str, Any]:
    """Return an event that has ended, with times in seconds from the recording's start."""
    start = footage.camera.recorded_at or footage.recording.recorded_at
    ended_at = event.ended_at or event.started_at
    return {
        "rule": event.rule_id,
        "place": event.subject.place_id,
        "start_s": round((event.started_at - start).total_seconds(), 3),
        "end_s": round((ended_at - start).total_seconds(), 3),
    }


def _stages(clock: StageClock, frames: int) -> dict[str, Any]:
    return {
        stage: {"cpu_ms_per_frame": round(clock.cpu_s.get(stage, 0.0) * 1000 / frames, 4), "calls": calls}
        for stage, calls in clock.calls.items()
    }
