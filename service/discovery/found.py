"""What was found out about cameras on the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from service.discovery.stream_address import StreamAddress


class CameraState(StrEnum):
    """How far a device let us ask it."""

    OPEN = "open"
    """It told its streams."""
    NEEDS_PASSWORD = "needs user and password"
    WRONG_PASSWORD = "wrong user or password"
    SILENT = "does not answer"
    STRANGE = "answers strangely"


@dataclass(frozen=True, slots=True)
class Credentials:
    """As whom cameras are asked."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Announced:
    """A device that answered, or that somebody named.

    Attributes:
        host: The address that the answer came from.
        service_url: Where it is asked further; always at ``host``.
        maker, model: As it says of itself to everybody; empty where it does not.
    """

    host: str
    service_url: str
    maker: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class FoundStream:
    """One stream of a camera.

    Attributes:
        video_source: Which of the device's pictures it shows; a recorder has one for each of its cameras.
        size_px: Width and height; None where the device does not say.
        codec: As ONVIF calls it, such as H264; empty where the device does not say.
    """

    profile: str
    video_source: str
    address: StreamAddress
    codec: str
    size_px: tuple[int, int] | None
    rate_fps: int | None

    @property
    def pixels(self) -> int:
        """Pixels of a picture, 0 where not known."""
        return 0 if self.size_px is None else self.size_px[0] * self.size_px[1]


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """One device.

    Attributes:
        clock_off: How far its clock is ahead of ours; None where it does not say.
        streams: By video source, the largest picture first.
        trouble: Why there are no streams, or why not all; empty where nothing is wrong.
    """

    host: str
    state: CameraState
    maker: str = ""
    model: str = ""
    firmware: str = ""
    clock_off: timedelta | None = None
    streams: tuple[FoundStream, ...] = ()
    trouble: str = ""

    def by_source(self) -> dict[str, list[FoundStream]]:
        """Return the streams of each video source, the largest picture first."""
        grouped: dict[str, list[FoundStream]] = {}
        for stream in self.streams:
            grouped.setdefault(stream.video_source, []).append(stream)
        return grouped
