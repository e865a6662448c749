"""Errors of the vision package.

VisionError
├── CaptureError
│   ├── SourceNotFound      the recording is not there
│   ├── SourceUnreadable    it is there, and is no video, or is broken
│   ├── SourceRefused       the camera does not accept the user name or password
│   └── SourceLost          the camera stopped answering; ``items()`` may be called again
├── DetectionError
│   ├── WeightsInvalid      the file does not have the sum that the catalogue states
│   └── BackendMissing      the library for this backend is not installed
└── InvalidFact             a value breaks what its type promises
"""

from __future__ import annotations


class VisionError(Exception):
    """Anything that went wrong between a camera and an event."""


class CaptureError(VisionError):
    """A source could not deliver frames."""


class SourceNotFound(CaptureError):
    """The recording does not exist. Nothing was opened."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: no such file. Check the path, or give a stream address such as rtsp://...")


class SourceUnreadable(CaptureError):
    """The file is no video or is broken. Items already yielded remain valid."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")


class SourceRefused(CaptureError):
    """The camera does not accept the user name or password. Trying again with the same ones is of no use."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id}: the camera refused the user name or password")


class SourceLost(CaptureError):
    """The camera stopped answering. The source stays usable; ``items()`` may be called again."""

    def __init__(self, camera_id: str, reason: str) -> None:
        # never the stream address: it holds a password
        super().__init__(f"camera {camera_id}: stream lost: {reason}")


class DetectionError(VisionError):
    """A net could not be used."""


class WeightsInvalid(DetectionError):
    """The weights are missing or are not the ones the catalogue names. Nothing was loaded."""


class BackendMissing(DetectionError):
    """A library that this backend needs is not installed. Nothing was loaded."""


class InvalidFact(VisionError, ValueError):
    """A value breaks what its type promises (shape, unit, order of times). Nothing was made."""
