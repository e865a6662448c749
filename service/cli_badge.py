"""The commands `congvu badge ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from service.badges.sheet import CodeKind, cards_of, sheet_pdf
from service.site import load_site
from service.whole_file import write_bytes

badge_app = typer.Typer(help="Badges with a printed code.", no_args_is_help=True)
stderr = Console(stderr=True, soft_wrap=True)


@badge_app.callback()
def badge() -> None:
    """Badges with a printed code that a camera at an entrance line reads."""


@badge_app.command("print")
def print_badges(
    site: Annotated[Path, typer.Option(help="Site file.")],
    out: Annotated[Path, typer.Option(help="PDF to write.")],
    officer: Annotated[list[str] | None, typer.Option(help="Only this officer, by id; may be given again.")] = None,
    code: Annotated[CodeKind, typer.Option(help="Which code; aruco is read from three times as far as qr.")] = (
        CodeKind.BOTH
    ),
) -> None:
    """Write a sheet of badges, ten on a page of A4, to print at full size and cut along the marks."""
    cards = cards_of(load_site(site), officer or [], code)
    write_bytes(out, sheet_pdf(cards))
    stderr.print(f"{out}: {len(cards)} badges")
