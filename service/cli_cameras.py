"""`congvu cameras`: find cameras on the network, and try those of a site file."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.catalog import load_catalog
from service.cli_options import AsJson
from service.errors import ServiceError
from service.site import load_site
from vision.clock import SystemClock

if TYPE_CHECKING:
    from service.discovery.found import Credentials, FoundCamera

cameras_app = typer.Typer(help="Cameras on the network, and those of a site file.", no_args_is_help=True)
stderr = Console(stderr=True, soft_wrap=True)

NONE_FOUND = (
    "no camera answered. Is this computer in the same network as the cameras, and does the switch let multicast pass "
    "(239.255.255.250, UDP port 3702)? Is ONVIF switched on in the cameras? With several networks name this computer's "
    "address in theirs: --interface ADDRESS. Or ask one camera: --address HOST"
)


@cameras_app.command("discover")
def discover(
    timeout: Annotated[float, typer.Option(help="Seconds to wait for answers.", min=0.5, max=60)] = 5.0,
    user: Annotated[str, typer.Option(help="User of the cameras; best one that may only watch.")] = "",
    password_env: Annotated[
        str | None, typer.Option(help="Environment variable that holds the password; else you are asked for it.")
    ] = None,
    interface: Annotated[
        str | None, typer.Option(help="This computer's address in the cameras' network; else all networks are asked.")
    ] = None,
    address: Annotated[
        list[str] | None, typer.Option(help="HOST or HOST:PORT of a camera to ask directly; may be given again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find ONVIF cameras and their streams. Exit code 1 where there are none."""
    from service.discovery import looking, telling  # loaded only where it is needed
    from service.discovery.errors import InterfaceUnknown

    search = looking.Search(
        wait=timedelta(seconds=timeout),
        interface=interface,
        named=tuple(_host_of(text) for text in address or ()),
        credentials=_credentials(user, password_env),
    )
    try:
        found = looking.find_cameras(search, SystemClock(), _tell)
    except InterfaceUnknown as error:
        raise typer.BadParameter(f"--interface: {error}") from None
    if as_json:
        print(json.dumps(telling.as_json(found, user), ensure_ascii=False, indent=2))
    elif found:
        stderr.print(_table(telling.COLUMNS, telling.rows(found)))
        for trouble in telling.troubles(found):
            _tell(trouble)
        print(telling.snippet(found, user), end="")
    if not _any_answered(found):
        _tell(NONE_FOUND)
        raise typer.Exit(1)


@cameras_app.command("check")
def check(
    site: Annotated[Path, typer.Option(help="Site file.")],
    seconds: Annotated[float, typer.Option(help="How long each stream is watched.", min=2, max=120)] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Try every live camera of a site file. Exit code 1 where one cannot be watched, or not judged."""
    from service.discovery import checking

    live = [camera for camera in load_site(site).cameras if camera.is_live]
    if not live:
        raise ServiceError(f"{site}: has no live camera to try")
    crop = load_catalog()["crop"]
    watch = timedelta(seconds=seconds)
    _tell(f"watching {len(live)} cameras for {seconds:g} s each, {checking.AT_ONCE} at a time")
    checks = checking.check_cameras(live, site, crop=crop, clock=SystemClock(), watch=watch, tell=_tell)
    if as_json:
        print(json.dumps(checking.checks_json(checks), ensure_ascii=False, indent=2))
    else:
        stderr.print(_table(checking.COLUMNS, [checking.check_row(one) for one in checks]))
        for one in checks:
            for kind, words in (("fault", one.faults), ("warning", one.warnings)):
                for said in words:
                    _tell(f"{one.camera_id}: {kind}: {said}")
    if not all(one.is_good for one in checks):
        raise typer.Exit(1)


def _any_answered(found: list[FoundCamera]) -> bool:
    from service.discovery.found import CameraState

    return any(camera.state is not CameraState.SILENT for camera in found)


def _credentials(user: str, password_env: str | None) -> Credentials | None:
    from service.discovery.found import Credentials

    if not user:
        if password_env is not None:
            raise typer.BadParameter("--password-env needs --user")
        return None
    if password_env is None:
        return Credentials(user, str(typer.prompt("Password of the cameras", hide_input=True, err=True)))
    password = os.environ.get(password_env)
    if password is None:
        raise typer.BadParameter(f"--password-env: the environment variable {password_env} is not set")
    return Credentials(user, password)


def _host_of(text: str) -> tuple[str, int | None]:
    wanted = "wanted HOST or HOST:PORT, such as 192.168.1.20 or camera.local:8080"
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise typer.BadParameter(f"--address {text!r}: {wanted}") from None
    if host is None or "@" in text:  # never with the text itself: what stands before the @ is a password
        raise typer.BadParameter(f"--address: {wanted}; the user is given by --user")
    if parts.path or parts.query or parts.fragment or not all(c.isalnum() or c in ".-:_" for c in host):
        raise typer.BadParameter(f"--address {text!r}: {wanted}")
    return host, port


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # what a camera says is text, never markup
    return table


def _tell(words: str) -> None:
    stderr.print(words, markup=False, highlight=False)
