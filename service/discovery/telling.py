"""Tell what was found: as rows, as JSON, and as a piece of a site file ready to paste. Passwords appear in none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import tomlkit

from service.discovery.found import CameraState, FoundCamera, FoundStream

CLOCK_OFF_MOST = timedelta(seconds=2)
"""More is worth setting the camera's clock, or naming it a time server."""

COLUMNS = ("address", "maker", "model", "streams", "clock", "state")

_PASSWORDS = "# Set the passwords in the environment. In them write % @ : / ? # as %25 %40 %3A %2F %3F %23.\n"


def rows(cameras: Sequence[FoundCamera]) -> list[tuple[str, ...]]:
    """Return a row of words for each device, in the order of `COLUMNS`."""
    return [
        (
            camera.host,
            camera.maker,
            camera.model,
            "\n".join(
                f"{'main' if rank == 0 else 'sub'}: {stream_words(stream)}"
                for streams in camera.by_source().values()
                for rank, stream in enumerate(streams)
            ),
            clock_words(camera.clock_off),
            _state_words(camera),
        )
        for camera in cameras
    ]


def _state_words(camera: FoundCamera) -> str:
    if camera.state is not CameraState.OPEN:
        return str(camera.state)
    return "good" if camera.streams else "no streams"


def stream_words(stream: FoundStream) -> str:
    """Say what a stream is, such as ``1920x1080 H264 25 fps``."""
    size = "" if stream.size_px is None else f"{stream.size_px[0]}x{stream.size_px[1]}"
    rate = "" if stream.rate_fps is None else f"{stream.rate_fps} fps"
    elsewhere = f"(calls itself {stream.address.named_host})" if stream.address.named_host else ""
    return " ".join(part for part in (size, stream.codec, rate, elsewhere) if part)


def clock_words(off: timedelta | None) -> str:
    """Say how far a camera's clock is off."""
    if off is None:
        return "not told"
    seconds = off.total_seconds()
    if abs(off) <= CLOCK_OFF_MOST:
        return "right"
    amount = f"{abs(seconds):.0f} s" if abs(seconds) < 600 else f"{abs(seconds) / 3600:.1f} h"
    return f"{amount} {'fast' if seconds > 0 else 'slow'}"


def troubles(cameras: Sequence[FoundCamera]) -> list[str]:
    """Say of each device, by its address, what went wrong with it."""
    return [f"{camera.host}: {camera.trouble}" for camera in cameras if camera.trouble]


def as_json(cameras: Sequence[FoundCamera], user: str) -> dict[str, Any]:
    """Return what was found, for ``--json``; in addresses ``${CAMERA_n_PASSWORD}`` stands for the password."""
    names = _secret_names(cameras)
    return {
        "schema": 1,
        "cameras": [
            {
                "address": camera.host,
                "state": camera.state.name.lower(),
                "maker": camera.maker,
                "model": camera.model,
                "firmware": camera.firmware,
                "clock_off_s": None if camera.clock_off is None else round(camera.clock_off.total_seconds(), 1),
                "trouble": camera.trouble,
                "streams": [
                    {
                        "source": stream.address.source(user, names[camera.host, stream.video_source]),
                        "profile": stream.profile,
                        "video_source": stream.video_source,
                        "is_main": rank == 0,
                        "codec": stream.codec,
                        "size_px": stream.size_px,
                        "rate_fps": stream.rate_fps,
                        "named_host": stream.address.named_host,
                    }
                    for streams in camera.by_source().values()
                    for rank, stream in enumerate(streams)
                ],
            }
            for camera in cameras
        ],
    }


def snippet(cameras: Sequence[FoundCamera], user: str) -> str:
    """Return tables of cameras for a site file; empty where no camera told a stream."""
    names = _secret_names(cameras)
    tables = [
        _table(number, camera, streams, user, names[camera.host, source])
        for number, (camera, source, streams) in enumerate(_pictures(cameras), 1)
    ]
    return (_PASSWORDS if user and tables else "") + "\n".join(tables)


def _pictures(cameras: Sequence[FoundCamera]) -> list[tuple[FoundCamera, str, list[FoundStream]]]:
    """Return each picture that can be watched: a recorder has several."""
    return [(camera, source, streams) for camera in cameras for source, streams in camera.by_source().items()]


def _secret_names(cameras: Sequence[FoundCamera]) -> dict[tuple[str, str], str]:
    return {
        (camera.host, source): f"${{CAMERA_{number}_PASSWORD}}"
        for number, (camera, source, _) in enumerate(_pictures(cameras), 1)
    }


def _table(number: int, camera: FoundCamera, streams: Sequence[FoundStream], user: str, secret: str) -> str:
    name = " ".join(part for part in (camera.maker, camera.model, f"({camera.host})") if part)
    main, *others = streams
    lines = [
        "[[cameras]]",
        f'id = "camera-{number}"',
        f"name = {tomlkit.item(name).as_string()}",
        f"source = {tomlkit.item(main.address.source(user, secret)).as_string()}  # {stream_words(main)}",
        *(f"# instead: {other.address.source(user, secret)}  # {stream_words(other)}" for other in others),
    ]
    return "\n".join(lines) + "\n"
