"""User names and passwords of cameras: from the environment, or from a file that only its owner may read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from service.errors import SiteInvalid

FILE_VARIABLE = "CONGVU_SECRETS_FILE"


def camera_secret(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return a secret by its name; None where there is none. The environment's own word counts first.

    Raises:
        SiteInvalid: The file of secrets cannot be used. The message shows nothing of what it holds.
    """
    found = environment.get(name)
    path = environment.get(FILE_VARIABLE)
    if found is not None or not path:
        return found
    return read_secrets(Path(path)).get(name)


def read_secrets(path: Path) -> dict[str, str]:
    """Read lines of ``NAME=VALUE``; empty ones and those that begin with # say nothing. Raises `SiteInvalid`."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            lines = [] if mode & 0o077 else file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise SiteInvalid([f"{path}: secrets of cameras: {reason}"]) from None
    if mode & 0o077:
        raise SiteInvalid([f"{path}: others may read these secrets (mode {mode:04o}); run: chmod 600 {path}"])
    found = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise SiteInvalid([f"{path}:{number}: wanted NAME=VALUE"])
        found[name.strip()] = value.strip()
    return found
