"""`congvu eval`: how good the nets and the events are, on material whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from rich.console import Console
from rich.table import Table

from models.evaluate.concepts import Task, read_class_names
from models.evaluate.errors import EvaluationInvalid
from models.evaluate.persons import SHARES
from models.evaluate.plots import write_plots
from models.evaluate.report import detect_report
from service.errors import ServiceError
from service.site_tables import LOOK_PX, LookPx

eval_app = typer.Typer(help="Measure the nets and the events on material whose truth is known.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


@eval_app.command("detect")
def detect(
    task: Annotated[Task, typer.Option(help="What is looked for.")],
    images: Annotated[Path, typer.Option(help="Folder of pictures, with its sub-folders.")],
    labels: Annotated[Path, typer.Option(help="Folder of YOLO labels: one .txt of the same stem per picture.")],
    classes: Annotated[str, typer.Option(help="Names of the class ids in the labels, in order: a,b,c.")],
    as_json: AsJson = False,
    look_px: Annotated[int, typer.Option(help="Pixels of the longer side of the look at a whole picture.")] = LOOK_PX,
    wholes: Annotated[
        bool, typer.Option(help="Where nobody is found, look at the whole picture as if it were one person.")
    ] = True,
    plots: Annotated[Path | None, typer.Option(help="Folder to draw the figures into, as SVG.")] = None,
) -> None:
    """Measure a task on labelled pictures, with the nets and the thresholds that the service runs."""
    from service.evaluation import Looking, evaluate_pictures

    if look_px not in get_args(LookPx):
        raise typer.BadParameter(f"--look-px: wanted {', '.join(map(str, get_args(LookPx)))}, got {look_px}")
    stderr = Console(stderr=True)
    try:
        names = read_class_names(task, classes)
        result, nets = evaluate_pictures(names, images, labels, console=stderr, how=Looking(look_px, wholes))
        for path in write_plots(result, plots) if plots is not None else []:
            stderr.print(f"{path} written")
    except EvaluationInvalid as error:
        raise ServiceError(str(error)) from None
    told = detect_report(result, nets)
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        _print_detect(told)


@eval_app.command("events")
def events(
    video: Annotated[Path, typer.Argument(help="A recording.")],
    site: Annotated[Path, typer.Option(help="Site file with the camera's scene and rules.")],
    truth: Annotated[Path, typer.Option(help="What really happened; docs/evaluation.md describes the file.")],
    camera: Annotated[str | None, typer.Option(help="Which camera of the site file recorded it.")] = None,
    tolerance_s: Annotated[float, typer.Option(min=0, help="How far a start may lie from the truth, seconds.")] = 3.0,
    allow_gaps: Annotated[bool, typer.Option(help="Accept jumping timestamps; each becomes a gap.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare what is found in a recording with what really happened. Nothing is stored."""
    from service.evaluation import EventsAsked, evaluate_events

    asked = EventsAsked(video, site, truth, camera, tolerance_s, allow_gaps)
    try:
        told = evaluate_events(asked, Console(stderr=True))
    except EvaluationInvalid as error:
        raise ServiceError(str(error)) from None
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        _print_events(told)


def _print_detect(told: dict[str, Any]) -> None:
    console = Console()
    table = Table(
        "class", "n", "score", "P", "R", "AP50", "AP50-95", title=f"{told['task']}: {told['images']} pictures"
    )
    for name, row in told["classes"].items():
        figures = [_with_interval(row[key], row["intervals"].get(key)) for key in ("p", "r", "ap50", "ap50_95")]
        table.add_row(name, str(row["n"]), _shown(row["score"]), *figures)
    console.print(table)
    persons = told["persons"]
    if persons["looks"]:
        table = Table("per person", "value", title=f"{persons['looks']} persons, {persons['left_out']} left out")
        for name in SHARES:
            table.add_row(name, _with_interval(persons[name], persons["intervals"][name]))
        for why, count in persons["unknown_reasons"].items():
            table.add_row(f"unknown: {why}", str(count))
        if persons["persons_found"] is not None:
            table.add_row("labelled persons found", f"{persons['persons_found']} of {persons['labelled']}")
        console.print(table)
    interval = told["false_alarms_per_image_interval"]
    console.print(f"false alarms per picture: {_with_interval(told['false_alarms_per_image'], interval)}")
    for key in ("unlabelled", "empty_boxes", "ignored_classes", "ignore_regions"):
        if told[key]:
            console.print(f"{key.replace('_', ' ')}: {told[key]}")


def _print_events(told: dict[str, Any]) -> None:
    console = Console()
    table = Table("rule", "truth", "found", "false", title=f"camera {told['camera']}, {told['camera_hours']:.3f} h")
    for rule, row in told["rules"].items():
        table.add_row(rule, str(row["truth"]), str(row["found"]), str(row["false"]))
    table.add_row("all", str(told["truth"]), str(told["found"]), str(told["false"]))
    console.print(table)
    console.print(f"error of starts and ends, s: median {_shown(told['median_error_s'])}, "
                  f"95 % within {_shown(told['p95_error_s'])}")  # fmt: skip
    for name in ("false_per_camera_hour", "false_flags_per_camera_hour"):
        console.print(f"{name.replace('_', ' ')}: {_with_interval(told[name], told[name + '_interval'])}")
    for kind in ("missed_events", "false_events"):
        for event in told[kind]:
            console.print(f"{kind[:-7]}: {event['rule']} {event['subject'] or ''} from {event['start_s']} s")
    if told["not_judged"]:
        console.print(f"the truth does not speak of: {told['not_judged']}")


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _with_interval(value: float | None, interval: list[float] | None) -> str:
    if value is None or interval is None:
        return _shown(value)
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"
