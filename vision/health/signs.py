"""What one picture says about each fault of a camera: faulty, normal, or no way to tell. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vision.errors import InvalidFact
from vision.types import FaultKind, check_aware


class Sign(StrEnum):
    """What one picture says of one fault."""

    FAULTY = "faulty"
    NORMAL = "normal"
    UNCLEAR = "unclear"
    """Between the two marks, or hidden by another fault: neither opens nor ends anything."""


@dataclass(frozen=True, slots=True)
class View:
    """How the picture lies against the reference picture.

    Attributes:
        displacement: Mean way that the picture's points have gone, as a share of the width; None where too few
            features of the reference were found again.
        agreement: Share of the reference's textured blocks that look the same at the very same place, 0..1.
    """

    displacement: float | None
    agreement: float


@dataclass(frozen=True, slots=True)
class PictureMeasures:
    """What was measured of one picture.

    Attributes:
        luma_mean: Mean brightness, 0..255.
        contrast: Standard deviation of the brightness at 64 x 36, 0..255.
        texture: Share of the reference's textured blocks that still hold texture, 0..1; None without a reference.
        sharpness: Fine against broad detail, as a ratio to the reference's; None without texture to tell by.
        likeness: Correlation of the coarse layout of light with the reference's, -1..1; None without a reference.
        still_for: How old a picture is that this one cannot be told from, with nothing else in between.
        view: None where it was not looked at this time.
    """

    at: datetime
    luma_mean: float
    contrast: float
    texture: float | None = None
    sharpness: float | None = None
    likeness: float | None = None
    still_for: timedelta = timedelta()
    view: View | None = None

    def __post_init__(self) -> None:
        check_aware("PictureMeasures.at", self.at)


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a measure turns faulty, and where it is normal again: (faulty, normal).

    The marks of brightness were there before (a covered lens against a white wall from one metre); all others were
    chosen on the tuning scenes of ``python -m models.evaluate.health`` and reported on others: ``docs/health.md``.

    Attributes:
        luma: Darker is dark, brighter is normal; 0..255.
        even: Contrast below which a lit picture is one even colour.
        even_dark: The same for a dark picture, where little contrast is left of anything.
        texture: Share of textured blocks left.
        likeness: Below this the light lies differently: covered rather than out of focus.
        sharpness: Ratio to the reference's sharpness.
        still: Standing still for this long is frozen.
        displacement: Share of the picture's width.
        agreement: Blocks in place, where features could not be found again.
        in_place: With so many blocks in place the camera has not moved, whatever the features say.
    """

    luma: tuple[float, float] = (12.0, 16.0)
    even: tuple[float, float] = (5.0, 7.0)
    even_dark: tuple[float, float] = (1.0, 1.5)
    texture: tuple[float, float] = (0.05, 0.15)
    likeness: float = 0.5
    sharpness: tuple[float, float] = (0.5, 0.6)
    still: timedelta = timedelta(seconds=10)
    displacement: tuple[float, float] = (0.025, 0.015)
    agreement: tuple[float, float] = (0.08, 0.25)
    in_place: float = 0.5

    def __post_init__(self) -> None:
        rising = {
            "luma": self.luma,
            "even": self.even,
            "even_dark": self.even_dark,
            "texture": self.texture,
            "sharpness": self.sharpness,
            "agreement": self.agreement,
        }
        for name, (faulty, normal) in rising.items():
            if not 0 <= faulty < normal:
                raise InvalidFact(f"Marks.{name}: wanted 0 <= faulty < normal, got {faulty} and {normal}")
        if not 0 < self.displacement[1] < self.displacement[0]:
            raise InvalidFact(f"Marks.displacement: wanted 0 < normal < faulty, got {self.displacement}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A sign, with what was measured and since when it has been so."""

    sign: Sign
    since: datetime
    detail: str = ""


def read_signs(measures: PictureMeasures, marks: Marks) -> Mapping[FaultKind, Finding]:
    """Tell what a picture says of each fault; a fault that was not looked at this time is left out.

    What cannot be seen through another fault is unclear: nobody can tell whether a black picture has moved.
    """
    covered, dark = _covered(measures, marks), _dark(measures, marks)
    is_lit = Sign.NORMAL is covered is dark
    blurred = _blurred(measures, marks) if is_lit else Sign.UNCLEAR
    is_still = measures.still_for >= marks.still
    frozen = Sign.FAULTY if is_still else Sign.NORMAL
    if Sign.FAULTY in (covered, dark):
        frozen = Sign.UNCLEAR  # black is still by nature
    if covered is Sign.FAULTY:
        dark = Sign.UNCLEAR
    findings = {
        FaultKind.COVERED: Finding(covered, measures.at, _told_light(measures)),
        FaultKind.DARK: Finding(dark, measures.at, f"mean brightness {measures.luma_mean:.0f} of 255"),
        FaultKind.BLURRED: Finding(
            blurred, measures.at, f"sharpness {(measures.sharpness or 0.0) * 100:.0f} % of the reference"
        ),
        FaultKind.FROZEN: Finding(
            frozen,
            measures.at - measures.still_for if is_still else measures.at,
            f"still for {measures.still_for.total_seconds():.0f} s when first noticed",
        ),
    }
    if measures.view is not None:
        moved = _moved(measures.view, marks) if is_lit and blurred is not Sign.FAULTY else Sign.UNCLEAR
        findings[FaultKind.MOVED] = Finding(moved, measures.at, _told_view(measures.view))
    return findings


def _covered(measures: PictureMeasures, marks: Marks) -> Sign:
    is_dark = measures.luma_mean < marks.luma[0]
    even = _below(measures.contrast, marks.even_dark if is_dark else marks.even)
    if even is Sign.FAULTY or is_dark or measures.texture is None or measures.likeness is None:
        return even
    if measures.likeness >= marks.likeness:
        return even  # the light lies as ever: at worst badly out of focus, which `_blurred` tells
    left = _below(measures.texture, marks.texture)
    if left is Sign.FAULTY:
        return left
    return Sign.UNCLEAR if Sign.UNCLEAR in (even, left) else Sign.NORMAL


def _blurred(measures: PictureMeasures, marks: Marks) -> Sign:
    """Where next to nothing is left of the texture, sharpness is a ratio of two noises and says nothing."""
    left = Sign.NORMAL if measures.texture is None else _below(measures.texture, marks.texture)
    sharp = _below(measures.sharpness, marks.sharpness)
    if Sign.FAULTY in (left, sharp):
        return Sign.FAULTY
    return Sign.UNCLEAR if Sign.UNCLEAR in (left, sharp) else Sign.NORMAL


def _dark(measures: PictureMeasures, marks: Marks) -> Sign:
    return _below(measures.luma_mean, marks.luma)


def _moved(view: View, marks: Marks) -> Sign:
    if view.agreement >= marks.in_place:
        return Sign.NORMAL
    if view.displacement is None:
        return _below(view.agreement, marks.agreement)
    faulty, normal = marks.displacement
    if view.displacement >= faulty:
        return Sign.FAULTY
    return Sign.NORMAL if view.displacement <= normal else Sign.UNCLEAR


def _below(value: float | None, mark: tuple[float, float]) -> Sign:
    if value is None:
        return Sign.UNCLEAR
    faulty, normal = mark
    if value < faulty:
        return Sign.FAULTY
    return Sign.NORMAL if value >= normal else Sign.UNCLEAR


def _told_light(measures: PictureMeasures) -> str:
    told = f"contrast {measures.contrast:.1f}, mean brightness {measures.luma_mean:.0f} of 255"
    return told if measures.texture is None else f"{told}, {measures.texture * 100:.0f} % of the texture left"


def _told_view(view: View) -> str:
    if view.displacement is None:
        return f"nothing of the reference picture found again ({view.agreement * 100:.0f} % in place)"
    return f"displaced by {view.displacement * 100:.1f} % of the width"
