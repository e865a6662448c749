"""The command `congvu`. JSON goes to stdout alone, everything else to stderr.

Exit codes: 0 done, 1 the answer is no or the input is bad, 2 wrong usage, 3 a needed part is missing.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models.catalog import CatalogInvalid
from service import accounts, commands
from service.api.account_rules import Account
from service.cli_attendance import attendance_app
from service.cli_badge import badge_app
from service.cli_bench import bench_app
from service.cli_calibrate import calibrate_app
from service.cli_cameras import cameras_app
from service.cli_eval import eval_app
from service.cli_evidence import evidence_app
from service.cli_journal import journal_app
from service.cli_models import models_app
from service.cli_options import AsJson, DataDir, settings_of
from service.cli_report import report_app
from service.cli_running import log_to_stderr, run_app
from service.db.records import Role
from service.site import load_site, site_warnings
from service.site_tables import is_live
from service.wiring import open_parts, register_site

app = typer.Typer(
    name="congvu",
    help="Watch the cameras of public service centres; every flag goes to a human inspector who decides.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
site_app = typer.Typer(help="Site files.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
user_app = typer.Typer(help="Who may sign in.", no_args_is_help=True)
for name, part in (
    ("site", site_app), ("db", db_app), ("user", user_app), ("models", models_app), ("report", report_app),
    ("eval", eval_app), ("calibrate", calibrate_app), ("cameras", cameras_app),
    ("bench", bench_app),
    ("badge", badge_app), ("attendance", attendance_app), ("evidence", evidence_app), ("journal", journal_app),
):  # fmt: skip
    app.add_typer(part, name=name)

stderr = Console(stderr=True)

Port = Annotated[int, typer.Option(min=1, max=65535)]


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="Analyse and stop; do not serve.")] = False,
    as_json: AsJson = False,
    port: Port = 8000,
    host: str = "127.0.0.1",
    source: Annotated[
        str | None, typer.Option(help="Your own camera instead of the sample centre: 0, rtsp://... or a file.")
    ] = None,
    data: DataDir = None,
) -> None:
    """Analyse the sample service centre with the real detectors, then serve the review pages."""
    settings = settings_of(data or settings_of(None).data_dir / "demo")
    if once and source is not None and is_live(source):
        raise typer.BadParameter("--once needs a recording: a camera never ends")
    if not once:
        commands.check_port(host, port)
    if source is not None and is_live(source):
        commands.demo_live(settings, source, host=host, port=port, console=stderr)
        return
    found = commands.demo_recordings(settings, source, console=stderr)
    _print(found, as_json)
    if not once:
        commands.serve_demo(settings, host=host, port=port, console=stderr)


@app.command()
def analyze(
    video: Annotated[Path, typer.Argument(help="A recording.")],
    site: Annotated[Path | None, typer.Option(help="Site file with the camera's scene.")] = None,
    camera: Annotated[str | None, typer.Option(help="Which camera of the site file recorded it.")] = None,
    desk: Annotated[
        list[str] | None, typer.Option(help="NAME=x0,y0,x1,y1: a rectangle in fractions; no site file needed.")
    ] = None,
    allow_gaps: Annotated[bool, typer.Option(help="Accept jumping timestamps; each becomes a gap.")] = False,
    as_json: AsJson = False,
    data: DataDir = None,
) -> None:
    """Analyse a recording, faster than real time, into the store."""
    if (site is None) == (not desk):
        raise typer.BadParameter("give either --site SITE.toml --camera ID, or --desk NAME=x0,y0,x1,y1")
    if site is not None:
        if camera is None:
            raise typer.BadParameter("--site needs --camera ID")
        chosen = commands.recorded_by(load_site(site), camera, video)
    else:
        chosen = commands.site_of_desks(video, desk or [])
    _print(commands.analyze_recordings(settings_of(data), chosen, Path(), stderr, allow_jumps=allow_gaps), as_json)


@app.command()
def run(
    site: Annotated[Path, typer.Option(help="Site file.")],
    data: DataDir = None,
) -> None:
    """Watch all live cameras of a site until stopped."""
    log_to_stderr(logging.INFO)
    commands.run_site(settings_of(data), load_site(site), site, console=stderr)


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: Port = 8000,
    site: Annotated[
        Path | None, typer.Option(help="Site file whose scenes may be drawn in the pages; else they are only shown.")
    ] = None,
    data: DataDir = None,
) -> None:
    """Serve the pages and the API, nothing else."""
    log_to_stderr(logging.INFO)
    commands.check_port(host, port)
    parts = open_parts(settings_of(data))
    if site is not None:
        register_site(parts, load_site(site))
    commands.serve(parts, host=host, port=port, site_path=site)


@app.command()
def doctor(data: DataDir = None) -> None:
    """Say whether everything that Công Vụ needs is here."""
    if not commands.doctor(settings_of(data), stderr):
        raise typer.Exit(1)


@site_app.command("check")
def site_check(site: Path) -> None:
    """Check a site file; list every fault."""
    checked = load_site(site)
    desks = sum(len(camera.desks) for camera in checked.cameras)
    for warning in site_warnings(checked):
        stderr.print(f"{site}: warning: {warning}")
    stderr.print(f"{site}: {len(checked.cameras)} cameras, {desks} desks, {len(checked.officers)} officers: good")


@db_app.command("upgrade")
def db_upgrade(data: DataDir = None) -> None:
    """Bring the database to this version."""
    open_parts(settings_of(data)).database.close()
    stderr.print("the database is of this version")


@user_app.command("add")
def user_add(
    login: str,
    name: Annotated[str, typer.Option(help="Name shown beside verdicts.")],
    role: Annotated[Role, typer.Option()] = Role.INSPECTOR,
    agency: Annotated[str, typer.Option(help="Agency whose affairs they see; all where left out.")] = "",
    unit: Annotated[str, typer.Option(help="Unit that a head of unit leads.")] = "",
    officer: Annotated[str, typer.Option(help="Officer, by id, whose record an officer reads.")] = "",
    email: Annotated[str, typer.Option(help="Where letters go, such as the one for a forgotten password.")] = "",
    link: Annotated[bool, typer.Option(help="Print a one-time sign-in link instead of asking for a password.")] = False,
    data: DataDir = None,
) -> None:
    """Add somebody who may sign in."""
    password = None if link else _ask_password()
    account = Account(name, role, agency, unit, officer or None, email)
    token = accounts.add_user(open_parts(settings_of(data)), login, account, password=password)
    stderr.print(f"user {login} added")
    if token is not None:
        _print_link(token)


@user_app.command("link")
def user_link(login: str, data: DataDir = None) -> None:
    """Print a one-time sign-in link, good for a day."""
    _print_link(accounts.link_user(open_parts(settings_of(data)), login))


@user_app.command("password")
def user_password(login: str, data: DataDir = None) -> None:
    """Ask for a new password; sessions, links and tokens of the user end."""
    parts = open_parts(settings_of(data))
    user = accounts.find_user(parts, login)  # before anybody is asked for a password
    accounts.set_password(parts, user, _ask_password())
    stderr.print(f"user {login} has a new password; sessions, links and tokens have ended")


@user_app.command("disable")
def user_disable(login: str, data: DataDir = None) -> None:
    """Take password, sessions and open links away; verdicts stay on record under the user's name."""
    accounts.disable_user(open_parts(settings_of(data)), login)
    stderr.print(f"user {login} can no longer sign in")


@user_app.command("enable")
def user_enable(login: str, data: DataDir = None) -> None:
    """Let somebody in again who was disabled; print a one-time sign-in link."""
    token = accounts.enable_user(open_parts(settings_of(data)), login)
    stderr.print(f"user {login} is let in again")
    _print_link(token)


@user_app.command("reset-factor")
def user_reset_factor(login: str, data: DataDir = None) -> None:
    """Switch the second factor off for somebody whose telephone is lost, and end their sessions and tokens."""
    accounts.reset_factor(open_parts(settings_of(data)), login)
    stderr.print(f"user {login} signs in without a second factor from now on")


def _ask_password() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _print_link(token: str) -> None:
    print(f"/sign-in/once?token={token}")


def _print(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    table = Table("camera", "rule", "subject", "from s", "to s", "score")
    for event in found["events"]:
        end = "" if event["end_s"] is None else f"{event['end_s']:.1f}"
        table.add_row(
            event["camera"], event["rule"], event["subject"], f"{event['start_s']:.1f}", end, f"{event['score']:.2f}"
        )
    stderr.print(table)


def main() -> None:
    """Run the command; turn known errors into a message and an exit code."""
    run_app(app, CatalogInvalid)
