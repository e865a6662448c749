"""Watch over one camera: measure its pictures now and then, and tell its faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import cv2
import numpy as np

from calibration.scene import PictureShape
from vision.health.faults import Durations, FaultTracker
from vision.health.reference import FINE_PX, Reference, texture_of
from vision.health.signs import Finding, Marks, PictureMeasures, Sign, read_signs
from vision.health.stillness import Stillness
from vision.types import CameraId, Fault, FaultKind, Frame, Image, RunId

STILL_PX = 320
"""Width at which standing still is measured."""

REFERENCE_LUMA_MIN = 30.0
"""A picture darker than this on average is no good reference."""

OTHERWISE_LEVELS = 6.0
"""Mean difference, 0..255 at 64 x 36, from which a picture looks otherwise than the one that was measured last."""


@dataclass(frozen=True, slots=True)
class HealthParams:
    """How often a camera is looked at, and what counts.

    Attributes:
        glance_every: Time between two glances, at which standing still and great changes are noticed; and between two
            measured pictures while something is amiss.
        measure_every: Time between two measured pictures while all is well.
    """

    glance_every: timedelta = timedelta(milliseconds=500)
    measure_every: timedelta = timedelta(seconds=4)
    marks: Marks = field(default_factory=Marks)
    durations: Durations = field(default_factory=Durations)


class HealthMonitor:
    """The health of one camera in one run."""

    def __init__(
        self,
        camera_id: CameraId,
        run_id: RunId,
        reference: Image | None = None,
        params: HealthParams | None = None,
        *,
        drawn_on: PictureShape | None = None,
    ) -> None:
        """Start without faults.

        Args:
            reference: The picture that the scene was drawn on, uint8 (H, W, 3) BGR; without one the first good
                picture becomes it.
            drawn_on: The picture that the scene was drawn on: one of other sides shows something else at each place.
        """
        self._drawn_on = drawn_on
        self._params = params or HealthParams()
        self._tracker = FaultTracker(camera_id, run_id, self._params.durations)
        self._stillness = Stillness()
        self._reference = None if reference is None else Reference(reference)
        self._next_glance: datetime | None = None
        self._measured: tuple[datetime, Image] | None = None

    @property
    def reference(self) -> Image | None:
        """The reference picture in use; None while there has been no good picture."""
        return None if self._reference is None else self._reference.image

    @property
    def blinding(self) -> frozenset[FaultKind]:
        """The faults under which nothing may be judged now, suspected ones among them."""
        return self._tracker.blinding

    def adopt(self, reference: Image) -> None:
        """Take a new reference picture: somebody has said that the view is right now."""
        self._reference = Reference(reference)
        self._measured = None

    def advance(self, frame: Frame) -> list[Fault]:
        """Look at a frame, where it is time to; return the faults that it opens or ends."""
        if self._next_glance is not None and frame.captured_at < self._next_glance:
            return []
        # a tenth of the interval forgives timestamps that were rounded
        self._next_glance = frame.captured_at + self._params.glance_every * 0.9
        coarse = frame.pixels.luma(STILL_PX)
        still_for = self._stillness.measure(coarse, frame.captured_at)
        tiny = np.asarray(cv2.resize(coarse, (64, 36), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        if not self._is_due(tiny, still_for, frame.captured_at):
            return []
        self._measured = (frame.captured_at, tiny)
        measures = self.measure(frame, still_for)
        findings = {**read_signs(measures, self._params.marks), **self._misshapen(frame)}
        is_clear = findings[FaultKind.COVERED].sign is Sign.NORMAL and measures.luma_mean >= REFERENCE_LUMA_MIN
        if self._reference is None and is_clear:
            self._reference = Reference(frame.image)
        return self._tracker.advance(findings, frame.captured_at)

    def _is_due(self, tiny: Image, still_for: timedelta, at: datetime) -> bool:
        """Tell whether a picture is measured in full: something is amiss, it looks otherwise, or it is time."""
        if self._measured is None or not self._tracker.is_calm or still_for >= self._params.marks.still:
            return True
        measured_at, then = self._measured
        if self._reference is None or at - measured_at >= self._params.measure_every * 0.9:
            return True
        return cv2.mean(cv2.absdiff(tiny, then))[0] >= OTHERWISE_LEVELS

    def _misshapen(self, frame: Frame) -> dict[FaultKind, Finding]:
        """Tell a picture of other sides than the scene was drawn on: a camera set to another aspect has moved."""
        drawn, (width_px, height_px) = self._drawn_on, frame.size_px
        if drawn is None or drawn.fits(width_px, height_px):
            return {}
        told = f"picture of {width_px} x {height_px}, scene drawn on {drawn.width_px} x {drawn.height_px}"
        return {FaultKind.MOVED: Finding(Sign.FAULTY, frame.captured_at, told)}

    def measure(self, frame: Frame, still_for: timedelta = timedelta()) -> PictureMeasures:
        """Measure one frame against the reference.

        Args:
            still_for: How old a picture is that this one cannot be told from.
        """
        luma = frame.pixels.luma(FINE_PX)
        reference = self._reference
        if reference is not None:
            luma = reference.fit(luma)
        seen = _unmasked(luma, reference)
        if reference is None or not reference.is_telling:
            return PictureMeasures(frame.captured_at, float(seen.mean()), float(seen.std()), still_for=still_for)
        texture = texture_of(luma)
        return PictureMeasures(
            at=frame.captured_at,
            luma_mean=float(seen.mean()),
            contrast=float(seen.std()),
            texture=reference.texture_left(texture),
            sharpness=reference.sharpness(texture),
            likeness=reference.likeness(luma),
            still_for=still_for,
            view=reference.view(luma, texture, in_place=self._params.marks.in_place),
        )

    def note_gap(self) -> None:
        """Nothing was seen for a while: that alone neither opens nor ends a fault."""
        self._tracker.interrupt()
        self._stillness.forget()

    def finish(self, at: datetime) -> list[Fault]:
        """The run is over: end what is open at its last picture."""
        return self._tracker.finish(at)


def _unmasked(luma: Image, reference: Reference | None) -> Image:
    """Return the picture at 64 x 36, (N,) uint8, without what is exactly black now and in the reference: masks."""
    small = np.asarray(cv2.resize(luma, (64, 36), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if reference is None:
        return small.ravel()
    seen = small[(small > 0) | ~reference.masked]
    return seen if seen.size else small.ravel()
