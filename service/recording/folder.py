"""Where segments of continuous recordings lie: CAMERA/DAY/START.mp4, in UTC. Each is deleted when its time is over."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

NAME = "%Y%m%dT%H%M%S.%fZ"
ENDING = ".mp4"


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of a continuous recording.

    Attributes:
        started_at: When its first picture was captured.
    """

    path: Path
    started_at: datetime


def segment_path(folder: Path, started_at: datetime) -> Path:
    """Return where a segment of a camera lies.

    Args:
        folder: The camera's own.
        started_at: When its first picture was captured.
    """
    start = started_at.astimezone(UTC)
    return folder / f"{start:%Y-%m-%d}" / f"{start:{NAME}}{ENDING}"


def segments_in(folder: Path) -> list[Segment]:
    """Return the segments of a camera, the oldest first; files of other names are none."""
    found = []
    for path in folder.glob(f"*/*{ENDING}"):
        with contextlib.suppress(ValueError):
            found.append(Segment(path, datetime.strptime(path.stem, NAME).replace(tzinfo=UTC)))
    return sorted(found, key=lambda segment: segment.started_at)


def delete_older(folder: Path, keep: timedelta, now: datetime) -> int:
    """Delete what began longer ago than it is to be kept, and days that become empty. Returns how many files.

    Raises:
        OSError: Something cannot be deleted; what is older than it is gone.
    """
    deleted = 0
    for segment in segments_in(folder):
        if segment.started_at >= now - keep:
            break
        segment.path.unlink(missing_ok=True)
        deleted += 1
        with contextlib.suppress(OSError):
            segment.path.parent.rmdir()  # refused while anything is in it
    return deleted
