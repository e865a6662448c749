"""A source whose pictures are blacked out where nobody may look, before anything else sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from calibration.scene import Area
from vision.capture.passed_on import PassedOn
from vision.capture.pictures import MaskedPixels
from vision.capture.source import Source
from vision.types import Frame, Gap


class MaskedSource(PassedOn):
    """Passes a source on with its masks painted black.

    The ring still holds what the camera sent, in memory alone: whoever cuts evidence from it paints the same areas.
    """

    def __init__(self, source: Source, areas: Sequence[Area]) -> None:
        super().__init__(source)
        self._areas = tuple(areas)

    def items(self) -> Iterator[Frame | Gap]:
        """Yield gaps as they are and frames blacked out. Raises `CaptureError`."""
        for item in self._source.items():
            if isinstance(item, Gap):
                yield item
                continue
            detail = None if item.detail is None else MaskedPixels(item.detail, self._areas)
            yield replace(item, pixels=MaskedPixels(item.pixels, self._areas), detail=detail)
