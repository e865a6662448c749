"""Try every live camera of a site: can it be reached, and is its stream good for what we do with it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from models.catalog import ModelEntry
from service.discovery.fitting import shape_faults, size_warnings
from service.discovery.telling import CLOCK_OFF_MOST, clock_words
from service.errors import SiteInvalid
from service.site import scene_of
from service.site_tables import CameraTable
from service.streams import stream_of
from vision.capture.trial import StreamTrial, try_stream
from vision.clock import Clock
from vision.errors import CaptureError
from vision.types import CameraId

AT_ONCE = 2
"""Streams decoded at the same time: more would disturb one another's figures on a small computer."""

KEY_FRAME_GAP_MOST = timedelta(seconds=4)
"""Clips begin at key frames, and a lost link shows nothing until the next one."""

TIMELESS_MOST = 0.1
"""Share of packets without a timestamp: their time would be that of their arrival."""

DECODE_SHARE_MOST = 0.5
"""Of one core: a computer of two cores has to leave room for the nets and the other cameras."""


@dataclass(frozen=True, slots=True)
class CameraCheck:
    """What was found with one camera.

    Attributes:
        trial: None where its stream could not be watched.
        faults: Why it cannot be watched, or not judged.
        warnings: What makes it worse than it could be.
    """

    camera_id: str
    trial: StreamTrial | None
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether it can be watched and judged."""
        return not self.faults


def check_cameras(
    cameras: Sequence[CameraTable],
    site_path: Path,
    *,
    crop: ModelEntry,
    clock: Clock,
    watch: timedelta,
    tell: Callable[[str], None],
) -> list[CameraCheck]:
    """Watch each live camera for ``watch``, two at a time; ``tell`` is told in words which is done."""

    def check(camera: CameraTable) -> CameraCheck:
        done = check_camera(camera, site_path, crop=crop, clock=clock, watch=watch)
        tell(f"{camera.id}: {'good' if done.is_good else 'bad'}")
        return done

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(check, cameras))


def check_camera(
    camera: CameraTable, site_path: Path, *, crop: ModelEntry, clock: Clock, watch: timedelta
) -> CameraCheck:
    """Watch one live camera. Never raises a `CaptureError`: what went wrong is part of what was found."""
    try:
        address, params = stream_of(camera, site_path)
        trial = try_stream(CameraId(camera.id), address, params=params, clock=clock, watch=watch)
    except (CaptureError, SiteInvalid) as error:
        return CameraCheck(camera.id, None, (str(error).removeprefix(f"camera {camera.id}: "),))
    return CameraCheck(
        camera.id,
        trial,
        tuple(shape_faults(scene_of(camera), trial.size_px)),
        (*stream_warnings(trial), *size_warnings(camera, trial.size_px, crop)),
    )


def stream_warnings(trial: StreamTrial) -> list[str]:
    """Say what is not as it should be with a stream."""
    found = []
    if trial.key_frame_gap > KEY_FRAME_GAP_MOST:
        found.append(
            f"no key frame for {trial.key_frame_gap.total_seconds():.1f} s: set the camera's key frame interval "
            "(GOP, I-frame interval) to 1 or 2 s"
        )
    if trial.timeless > TIMELESS_MOST * trial.packets:
        found.append(f"{trial.timeless} of {trial.packets} pictures have no timestamp: they are timed by arrival")
    if trial.decode_share > DECODE_SHARE_MOST:
        advice = "choose H.264, " if trial.codec == "hevc" else "choose "
        found.append(
            f"decoding {trial.codec} takes {trial.decode_share:.0%} of a core: {advice}a smaller stream or fewer "
            "frames a second"
        )
    if trial.broken:
        found.append(f"{trial.broken} of {trial.packets} pictures came damaged: try transport tcp, or check the cable")
    if trial.clock_off is not None and abs(trial.clock_off) > CLOCK_OFF_MOST:
        found.append(f"the camera's clock is {clock_words(trial.clock_off)}: name it a time server")
    return found


COLUMNS = ("camera", "state", "codec", "picture", "fps", "key frame every", "kbit/s", "decoding", "clock")


def check_row(check: CameraCheck) -> tuple[str, ...]:
    """Return a camera's figures in words, in the order of `COLUMNS`."""
    state = "bad" if not check.is_good else "see below" if check.warnings else "good"
    trial = check.trial
    if trial is None:
        return (check.camera_id, state, *[""] * (len(COLUMNS) - 2))
    return (
        check.camera_id,
        state,
        trial.codec,
        f"{trial.size_px[0]}x{trial.size_px[1]}",
        f"{trial.rate_fps:.1f}",
        f"{trial.key_frame_gap.total_seconds():.1f} s",
        f"{trial.rate_kbps:.0f}",
        f"{trial.decode_share:.0%} of a core",
        clock_words(trial.clock_off),
    )


def checks_json(checks: Sequence[CameraCheck]) -> dict[str, Any]:
    """Return what was found, for ``--json``."""
    return {"schema": 1, "cameras": [_check_json(check) for check in checks]}


def _check_json(check: CameraCheck) -> dict[str, Any]:
    told: dict[str, Any] = {
        "camera": check.camera_id,
        "good": check.is_good,
        "faults": list(check.faults),
        "warnings": list(check.warnings),
        "stream": None,
    }
    if check.trial is not None:
        trial = check.trial
        told["stream"] = {
            "codec": trial.codec,
            "size_px": list(trial.size_px),
            "watched_s": round(trial.watched.total_seconds(), 2),
            "rate_fps": round(trial.rate_fps, 2),
            "key_frame_gap_s": round(trial.key_frame_gap.total_seconds(), 2),
            "rate_kbps": round(trial.rate_kbps, 1),
            "timeless": trial.timeless,
            "broken": trial.broken,
            "decode_share": round(trial.decode_share, 3),
            "clock_off_s": None if trial.clock_off is None else round(trial.clock_off.total_seconds(), 2),
        }
    return told
