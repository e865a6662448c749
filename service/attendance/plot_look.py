"""How the drawings of a report are set: in print with their titles, in pages by day and by night, wide and narrow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape
from typing import Any

DEFAULT_FONT = "sans-serif"
PAGE_FONT = "system-ui, sans-serif"


class Scheme(StrEnum):
    """On light ground or dark."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours; those of kinds are of Okabe and Ito, on dark ground their lighter neighbours."""

    late: str
    early: str
    absent: str
    text: str
    soft: str
    grid: str
    frame: str
    blank: str


INKS = {
    Scheme.LIGHT: Ink("#D55E00", "#0072B2", "#000000", "#1A1A1A", "#404040", "#E3E3E3", "#9E9E9E", "#FFFFFF"),
    Scheme.DARK: Ink("#F08A4B", "#63B3E6", "#EFEAE4", "#EFEAE4", "#B3A99F", "#3D3733", "#6B635B", "#1F1C1A"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a drawing is set.

    Attributes:
        width_px: Of the plotting area.
        font: Family of its letters; one that the reader of the SVG has.
        letters_px: Height of the letters of axes; the others are set after it.
        labels_px: Room for the names of desks beside the hours.
        is_titled: Title and ground are part of the drawing; else they are the page's.
        is_narrow: For a telephone: fewer labels, numbers without units.
    """

    width_px: int = 760
    font: str = DEFAULT_FONT
    letters_px: float = 9.5
    labels_px: int = 240
    scheme: Scheme = Scheme.LIGHT
    is_titled: bool = True
    is_narrow: bool = False

    @property
    def ink(self) -> Ink:
        """Its colours."""
        return INKS[self.scheme]


PAGE = Look(width_px=590, font=PAGE_FONT, letters_px=12, labels_px=130, is_titled=False)
NARROW = replace(PAGE, width_px=270, letters_px=11, labels_px=60, is_narrow=True)


def page_look(scheme: Scheme, *, is_narrow: bool) -> Look:
    """Return how a drawing is set in a page."""
    return replace(NARROW if is_narrow else PAGE, scheme=scheme)


def svg_of(chart: Any, look: Look, description: str) -> str:
    """Return a chart as SVG, with its name for who cannot see it."""
    import vl_convert

    ink, letters = look.ink, look.letters_px
    chart = chart.properties(background="#FFFFFF" if look.is_titled else "transparent").configure(font=look.font)
    if not look.is_titled:
        # readers set the letters in fonts of their own, which may be wider than those that it was measured with
        chart = chart.properties(padding={"left": 10, "right": 6, "top": 4, "bottom": 6})
    chart = chart.configure_axis(
        labelFontSize=letters, titleFontSize=letters + 0.5, gridColor=ink.grid, labelColor=ink.text,
        titleColor=ink.text, titleFontWeight="bold" if look.is_titled else "normal", domainColor=ink.frame,
        tickColor=ink.frame,
    )  # fmt: skip
    chart = chart.configure_title(anchor="start", fontSize=14, subtitleFontSize=10.5, subtitleColor=ink.soft)
    chart = chart.configure_legend(
        orient="top", direction="vertical" if look.is_narrow else "horizontal", labelFontSize=letters + 1.5,
        labelColor=ink.text, symbolSize=90, title=None, labelLimit=400, symbolStrokeWidth=0,
    )  # fmt: skip
    chart = chart.configure_view(stroke="#BDBDBD" if look.is_titled else ink.grid)
    drawn = str(vl_convert.vegalite_to_svg(chart.to_dict()))
    return drawn.replace(">", f"><title>{escape(description)}</title>", 1)
