"""`congvu calibrate`: what a camera can and cannot judge."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from calibration.board import Board, board_pdf, board_png, board_svg
from calibration.errors import CalibrationError
from calibration.homography import FloorFit
from calibration.legibility import Asked, advice_words
from calibration.people_heights import PeopleFit
from calibration.scene import PictureShape, SceneInvalid
from models.catalog import load_catalog
from service import cli_trust
from service.calibrating import floor as floors
from service.calibrating import health as healths
from service.calibrating import legible
from service.calibrating.asked import CameraAsked
from service.calibrating.drawn import draw_camera
from service.cli_options import AsJson
from service.errors import ServiceError
from service.whole_file import write_bytes

calibrate_app = typer.Typer(help="What a camera can and cannot judge.", no_args_is_help=True)
for command in (cli_trust.thresholds, cli_trust.alarms, cli_trust.view):
    calibrate_app.command()(command)

SitePath = Annotated[Path, typer.Argument(help="Site file.")]
CameraId = Annotated[str, typer.Option(help="Which camera of the site file.")]
Still = Annotated[
    Path | None, typer.Option("--picture", help="A still of the camera; else the first frame of its recording.")
]
Write = Annotated[bool, typer.Option("--write", help="Save into the site file; else it is only shown.")]

stderr = Console(stderr=True, soft_wrap=True)


@calibrate_app.command("floor")
def floor(
    site: SitePath,
    camera: CameraId,
    points: Annotated[
        Path | None, typer.Option(help="CSV of marks: x, y (fractions) or x_px, y_px; floor_x_m, floor_y_m.")
    ] = None,
    distances: Annotated[
        Path | None,
        typer.Option(help="CSV of from, to, metres, instead of floor_x_m and floor_y_m; marks have a name."),
    ] = None,
    from_people: Annotated[
        Path | None, typer.Option(help="A recording of this camera in which people walk through, instead of marks.")
    ] = None,
    picture: Still = None,
    write: Write = False,
) -> None:
    """Find where on the floor things are: from four or more marks, or by itself from people."""
    if (points is None) == (from_people is None):
        raise typer.BadParameter("give either --points MARKS.csv or --from-people RECORDING")
    if distances is not None and points is None:
        raise typer.BadParameter("--distances needs --points with the columns name and x, y")
    asked = CameraAsked(site, camera, picture)
    with _told():
        if from_people is not None:
            people = floors.floor_from_people(asked, from_people, stderr)
            fit = people.floor
            _print_people(people)
        else:
            assert points is not None
            fit = floors.floor_from_marks(asked, points, distances)
            _print_marks(fit)
        _print_pose(fit)
        if write:
            floors.save_floor(asked, fit.points, fit.homography.picture)
    stderr.print(f"{site}: saved" if write else "not saved; add --write to save it into the site file")


@calibrate_app.command("board")
def board(
    out: Annotated[Path, typer.Option(help="File to write: .pdf, .svg or .png.")],
    square_mm: Annotated[float, typer.Option(help="Side of a square, millimetres.")] = 36.0,
) -> None:
    """Write the board that a lens is measured with; print it on A4 without scaling and glue it to something flat."""
    ending = out.suffix.lower()
    if ending not in (".pdf", ".svg", ".png"):
        raise typer.BadParameter(f"--out {out}: wanted a name ending in .pdf, .svg or .png")
    try:
        made = Board(square_mm=square_mm)
    except ValueError as error:
        raise typer.BadParameter(f"--square-mm: {error}") from None
    drawn = board_png(made) if ending == ".png" else board_pdf(made) if ending == ".pdf" else board_svg(made).encode()
    write_bytes(out, drawn)
    stderr.print(
        f"{out}: {made.columns} x {made.rows} squares of {made.square_mm:g} mm; the ruler below is 100 mm long"
    )


@calibrate_app.command("lens")
def lens(
    pictures: Annotated[list[Path], typer.Argument(help="At least six pictures of the board, taken by this camera.")],
    site: Annotated[Path | None, typer.Option(help="Site file to save into.")] = None,
    camera: Annotated[str | None, typer.Option(help="Which camera of the site file.")] = None,
    write: Write = False,
) -> None:
    """Measure how the lens bends straight lines, from pictures of the printed board."""
    if write and (site is None or camera is None):
        raise typer.BadParameter("--write needs --site SITE.toml and --camera ID")
    with _told():
        fit = floors.lens_from(pictures)
        table = Table("picture", "error px")
        for path, error in zip(pictures, fit.board_error_px, strict=True):
            table.add_row(str(path), "board not seen" if error is None else f"{error:.2f}")
        stderr.print(table)
        bend = ", ".join(f"{k:.4f}" for k in (*fit.lens.radial, *fit.lens.tangential))
        stderr.print(
            f"focal length {fit.lens.focal:.4f} picture widths (± {fit.focal_sd:.1%}), "
            f"centre {fit.lens.centre[0]:.4f}, {fit.lens.centre[1]:.4f}, k1 k2 k3 p1 p2 {bend}, "
            f"error {fit.error_px:.2f} px"
        )
        if write and site is not None and camera is not None:
            floors.save_lens(CameraAsked(site, camera), fit.lens, fit.picture)
    stderr.print(f"{site}: saved" if write else "not saved; add --write to save it into the site file")


@calibrate_app.command("legibility")
def legibility(
    site: SitePath,
    camera: CameraId,
    picture: Still = None,
    out: Annotated[Path | None, typer.Option(help="Picture to write: the map over the still, .jpg or .png.")] = None,
    show: Annotated[Asked, typer.Option(help="What the map is of.")] = Asked.CARD,
    stream: Annotated[
        str | None, typer.Option(help="WIDTHxHEIGHT of the stream that is judged, if not the camera's picture.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say where a badge or a cigarette can be read at all, and what would make it so."""
    asked = CameraAsked(site, camera, picture)
    with _told():
        told = legible.tell_legibility(asked, load_catalog()["crop"], _size(stream))
        if out is not None:
            legible.write_overlay(told, asked, show, out)
            stderr.print(f"{out}: written")
    if as_json:
        print(json.dumps(legible.as_json(told), ensure_ascii=False, indent=2, allow_nan=False))
        return
    table = Table("place", "name", "what can be read")
    for place in told.places:
        words = f"{place.asked}: not judged" if place.advice is None else advice_words(place.advice)
        table.add_row(place.place_id, place.name, words)
    stderr.print(table)


@calibrate_app.command("scene")
def scene(
    site: SitePath,
    camera: CameraId,
    out: Annotated[Path, typer.Option(help="Picture to write: .jpg or .png.")],
    picture: Still = None,
) -> None:
    """Check what is drawn on a camera's picture, and draw it over a still."""
    with _told():
        found = draw_camera(CameraAsked(site, camera, picture), out)
    counts = (len(found.desks), len(found.zones), len(found.lines), len(found.masks), len(found.floor))
    stderr.print("{}: {} desks, {} zones, {} entrance lines, {} masks, {} floor marks: good".format(out, *counts))


@calibrate_app.command("health")
def health(
    recording: Annotated[Path, typer.Argument(help="Recording of the camera.")],
    reference: Annotated[
        Path | None, typer.Option(help="The picture to compare the view with; else the first good one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell when a camera was covered, dark, blurred, frozen or moved. Exit code 1 where it was."""
    watched = healths.health_of(recording, reference)
    found = healths.as_json(watched)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        table = Table("fault", "from s", "to s", "measured")
        for fault in found["faults"]:
            table.add_row(str(fault["kind"]), str(fault["start_s"]), str(fault["end_s"]), str(fault["detail"]))
        none = f"no fault found in {watched.lasts.total_seconds():.1f} s; most are told after 10 s, frozen after 19"
        stderr.print(table if found["faults"] else f"{recording}: {none}")
    if found["faults"]:
        raise typer.Exit(1)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn what calibration refuses into an error that the command tells."""
    try:
        yield
    except (CalibrationError, SceneInvalid) as error:
        raise ServiceError(str(error)) from None


def _size(text: str | None) -> PictureShape | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d{2,5})[xX](\d{2,5})", text)
    if match is None:
        raise typer.BadParameter(f"--stream {text!r}: wanted WIDTHxHEIGHT, such as 640x360")
    return PictureShape(int(match.group(1)), int(match.group(2)))


def _print_marks(fit: FloorFit) -> None:
    table = Table("mark", "x", "y", "floor x m", "floor y m", "error px", "error m")
    for i, (point, px, metres) in enumerate(zip(fit.points, fit.error_px, fit.error_m, strict=True)):
        worst = " *" if i == fit.worst else ""
        figures = (*point.at, *point.floor_m)
        table.add_row(f"{i + 1}{worst}", *(f"{v:.3f}" for v in figures), f"{px:.1f}", f"{metres:.3f}")
    stderr.print(table)


def _print_people(people: PeopleFit) -> None:
    stderr.print(
        f"{people.people} people, {people.boxes} of {people.boxes_seen} boxes fit. Places may be off by "
        f"{people.uncertainty:.0%} of their distance (95 % bound); focal length ± {people.focal_sd:.0%}, camera height "
        f"± {people.height_sd:.0%}. Marks on the floor are more exact: see docs/geometry.md"
    )


def _print_pose(fit: FloorFit) -> None:
    if fit.pose is None:
        stderr.print(
            "no camera with square pixels sees the marks so: places on the floor are known, sizes above it are not"
        )
        return
    focal = fit.pose.focal_px / fit.pose.picture.width_px
    stderr.print(
        f"camera {fit.pose.height_m:.2f} m above the floor, looking {fit.pose.tilt_deg:.1f} degrees down, turned by "
        f"{fit.pose.roll_deg:.1f}, focal length {focal:.2f} picture widths. Is that so? If not, measure again"
    )
