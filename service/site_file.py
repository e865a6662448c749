"""The site file on disk: read in one go, replaced whole, with the rights and the line ends that it had."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from service.errors import SiteInvalid, StoreUnwritable


def read_content(site_path: Path) -> bytes:
    """Read the file. Raises `SiteInvalid`."""
    try:
        return site_path.read_bytes()
    except FileNotFoundError:
        raise SiteInvalid([f"{site_path}: no such site file"]) from None
    except OSError as error:
        raise SiteInvalid([f"{site_path}: cannot be read: {error.strerror}"]) from None


def text_of(content: bytes, site_path: Path) -> tuple[str, str]:
    """Return the text with plain line ends, and the line end of the file: some editors write two characters.

    Raises:
        SiteInvalid: It is not UTF-8.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise SiteInvalid([f"{site_path}: cannot be read: {error}"]) from None
    return text.replace("\r\n", "\n"), "\r\n" if "\r\n" in text else "\n"


def replace_content(site_path: Path, text: str) -> None:
    """Put another text in its place. Whoever could not read the file before still cannot: it may hold passwords.

    Args:
        site_path: The file itself; a link to it would be replaced by a file.

    Raises:
        StoreUnwritable: The file cannot be written; it is as it was.
    """
    part = site_path.with_name(site_path.name + ".part")
    try:
        part.unlink(missing_ok=True)  # of a process that died, or a link to some other file
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        _keep_rights(site_path, part)
        part.replace(site_path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise StoreUnwritable(f"{site_path}: cannot be written: {error.strerror}. Change its owner or rights") from None


def _keep_rights(old: Path, new: Path) -> None:
    owner = old.stat()
    with contextlib.suppress(OSError, AttributeError):  # only root may give files away; Windows has no such owners
        os.chown(new, owner.st_uid, owner.st_gid)
    shutil.copymode(old, new)
