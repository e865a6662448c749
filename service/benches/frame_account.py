"""What became of all frames of some cameras, by the system's own account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.benches.clips import RATE_FPS, Clip
from service.db.records import RunRecord
from service.db.sites import SiteRepository
from service.parts import Parts
from vision.types import GapReason

GLANCES = ("look", "hold", "skip")
RUN_OVER = re.compile(r"run over\s+(.*)")


def account_of(parts: Parts, chosen: Mapping[str, Clip], since: datetime, log: str) -> dict[str, Any]:
    """Return JSON values: for each camera, and in all.

    Args:
        log: What `congvu run` said; there stands what was looked at.
    """
    runs = runs_of(parts, chosen, since)
    with parts.database.transaction() as session:
        gaps = SiteRepository(session).gaps(list(chosen), since, parts.clock.now())
    glances: dict[str, dict[str, int]] = {camera: dict.fromkeys(GLANCES, 0) for camera in chosen}
    for told in RUN_OVER.findall(log):
        words = dict(re.findall(r"(\w+)=(\S+)", told))
        for name in GLANCES:
            if words.get("camera") in glances:
                glances[words["camera"]][name] += int(words.get(name, 0))
    per_camera = {}
    for camera, clip in chosen.items():
        mine = [run for run in runs if run.camera_id == camera]
        lost = [gap for gap in gaps if gap.camera_id == camera and not gap.place_id]
        elsewhere_s = sum((g.end - g.start).total_seconds() for g in lost if g.reason != GapReason.OVERLOADED)
        per_camera[camera] = {
            "clip": clip.name,
            "frames": sum(run.frames for run in mine),
            "dropped": sum(run.dropped_frames for run in mine),
            "unreported": max(0, sum(map(_wanted, mine)) - round(elsewhere_s * RATE_FPS) - sum(map(_told, mine))),
            **glances[camera],
            "gaps": [f"{gap.reason} {(gap.end - gap.start).total_seconds():.1f} s" for gap in lost],
        }
    names = ("frames", "dropped", "unreported", *GLANCES)
    totals = {name: sum(int(row[name]) for row in per_camera.values()) for name in names}  # type: ignore[call-overload]
    return {"frames": totals, "per_camera": per_camera}


def _wanted(run: RunRecord) -> int:
    """How many pictures the stream held while the run lasted."""
    return round((run.last_at - run.started_at).total_seconds() * RATE_FPS) + 1


def _told(run: RunRecord) -> int:
    return run.frames + run.dropped_frames


def runs_of(parts: Parts, chosen: Mapping[str, Clip], since: datetime) -> list[RunRecord]:
    """Return what the cameras have stored of their runs so far."""
    with parts.database.transaction() as session:
        return SiteRepository(session).runs(list(chosen), since, parts.clock.now())
