"""Options that several commands share, and the settings that they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from service.errors import ServiceError
from service.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Data folder; default CONGVU_DATA_DIR, else ./data; the demo's is the folder demo in it."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


def settings_of(data: Path | None) -> Settings:
    """Build the settings of one command. Raises `ServiceError` where a variable of the environment is wrong."""
    try:
        return Settings() if data is None else Settings(data_dir=data)
    except ValidationError as error:
        faults = [f"CONGVU_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise ServiceError("\n".join(faults)) from None
