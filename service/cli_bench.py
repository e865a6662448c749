"""`congvu bench`: what watching costs on this computer."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from service.cli_options import AsJson
from service.errors import ServiceError

bench_app = typer.Typer(help="What watching costs on this computer.", no_args_is_help=True)
stderr = Console(stderr=True, soft_wrap=True)

Plot = Annotated[Path | None, typer.Option(help="SVG to draw the figures into.")]


class Against(StrEnum):
    """With whom the pipeline is compared."""

    ULTRALYTICS = "ultralytics"


@bench_app.command("pipeline")
def bench_pipeline(
    video: Annotated[Path, typer.Argument(help="A recording.")],
    site: Annotated[Path | None, typer.Option(help="Site file with the camera's scene.")] = None,
    camera: Annotated[str | None, typer.Option(help="Which camera of the site file recorded it.")] = None,
    desk: Annotated[
        list[str] | None, typer.Option(help="NAME=x0,y0,x1,y1, in fractions; without any the whole picture is one.")
    ] = None,
    against: Annotated[Against | None, typer.Option(help="Compare with its track(), of PyTorch and OpenVINO.")] = None,
    every_frame: Annotated[bool, typer.Option(help="Compare with looking at every frame.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Passes of each, in turns; the median counts.")] = 3,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Measure the computing time of a recording, beside decoding it alone and beside others. Nothing is stored."""
    from service import commands
    from service.benches.drawn import draw_stages
    from service.benches.footage import Footage
    from service.benches.pipeline import PipelineAsked, measure_pipeline
    from service.site import load_site

    if site is not None and (camera is None or desk):
        raise typer.BadParameter("--site needs --camera ID, and no --desk")
    if site is not None and camera is not None:
        chosen = commands.recorded_by(load_site(site), camera, video)
    else:
        chosen = commands.site_of_desks(video, desk or ["picture=0,0,1,1"])
    asked = PipelineAsked(Footage.of(chosen), rounds, against is not None, every_frame)
    told = measure_pipeline(asked, stderr)
    if plot is not None:
        draw_stages(told, plot)
    _print(told, as_json)


@bench_app.command("clip")
def bench_clip(
    video: Annotated[Path | None, typer.Argument(help="A recording of 30 s or more; a sample without one.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Passes of each, in turns; the median counts.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Measure cutting a clip of 20 s from a camera's own packets, beside encoding it again."""
    from service.benches.clip import measure_clip
    from service.benches.clips import SAMPLES

    _print(measure_clip(video or SAMPLES / "clips" / "counter.mp4", rounds=rounds, told=stderr.print), as_json)


@bench_app.command("cameras")
def bench_cameras(
    count: Annotated[int | None, typer.Argument(min=1, max=99, help="How many cameras.")] = None,
    sweep: Annotated[str | None, typer.Option(help="Several numbers, one after the other: 1,2,4,8.")] = None,
    clips: Annotated[
        list[Path] | None, typer.Option(help="A clip that a camera plays over and over; may be given again.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=20, help="How long is counted.")] = 60.0,
    plot: Annotated[Path | None, typer.Option(help="SVG: cost over cameras, or of one number over the time.")] = None,
    as_json: AsJson = False,
) -> None:
    """Watch streams of recordings with the real service: computing time, memory, and how soon flags are seen."""
    from service.benches.cameras import CamerasAsked, measure_cameras
    from service.benches.drawn import draw_over_time, draw_sweep

    if (count is None) == (sweep is None):
        raise typer.BadParameter("give either a number of cameras, or --sweep N,N,...")
    if count is not None:
        told = measure_cameras(CamerasAsked(count, seconds, tuple(clips or ())), stderr)
        if plot is not None:
            draw_over_time(told, plot)
        _print(told, as_json)
        return
    measured, failed = [], None
    for number in _numbers(sweep or ""):
        try:
            measured.append(measure_cameras(CamerasAsked(number, seconds, tuple(clips or ())), stderr))
        except ServiceError as error:
            if not measured:
                raise
            failed = error  # what was measured so far is told all the same
            break
    if plot is not None:
        draw_sweep(measured, plot)
    _print({"schema": 1, "sweep": measured}, as_json)
    if failed is not None:
        raise failed


def _numbers(text: str) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or not all(1 <= number <= 99 for number in numbers):
        raise typer.BadParameter(f"--sweep {text!r}: wanted numbers of cameras from 1 to 99, such as 1,2,4,8")
    return numbers


def _print(told: dict[str, Any], as_json: bool) -> None:
    """Print JSON on stdout, or the single figures on stderr."""
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False))
        return
    table = Table("figure", "value")
    for name, value in told.items():
        if isinstance(value, dict):
            for key, part in value.items():
                table.add_row(f"{name}: {key}", json.dumps(part))
        elif not isinstance(value, list):
            table.add_row(name, str(value))
    stderr.print(table)
