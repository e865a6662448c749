"""Draw figures as SVG, light and dark, wide and narrow: flags by day and hour, and how often they are right.

Colours are those of Okabe and Ito, and everything differs in shape or place too. The tables under the drawings say the
same in figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from html import escape
from textwrap import wrap
from typing import Any

from service.api.problems import N_
from service.attendance.plot_look import Scheme
from service.attendance.words import Words
from service.statistics.figures import Figures, Tally
from service.web.labels import rule_words
from service.web.statistics_tables import OF_DECIDED, hour_words

ROWS_AT_MOST = 30
"""Rows of one drawing: more stand in the table."""
DAYS_LABELLED = 40
BAR_AT_MOST_PX = 44
FEW_FLAGS = 4
"""At most so many on an axis would be divided into halves."""
LABEL_AT_LEAST_PX = 15
LETTER_PX, TITLE_LETTER_PX = 6.6, 8.2
"""Width of a letter of a label and of a title, on the wide side: readers' fonts differ."""


class Width(StrEnum):
    """How wide a drawing is: for a phone, for a small window, for a desk."""

    NARROW = "narrow"
    MIDDLE = "middle"
    WIDE = "wide"


_WIDTHS_PX = {Width.NARROW: 340, Width.MIDDLE: 760, Width.WIDE: 1240}


@dataclass(frozen=True, slots=True)
class _Ink:
    ground: str
    text: str
    soft: str
    grid: str
    breach: str
    no_breach: str
    other: str
    inner: str
    outer: str


_INKS = {
    Scheme.LIGHT: _Ink(
        "#fffefc", "#211d1a", "#625a52", "#e3ded5", "#b8501a", "#0072b2", "#9a9087", "#00735a", "#a0457e"
    ),
    Scheme.DARK: _Ink(
        "#1f1c1a", "#efeae4", "#b3a99f", "#3d3733", "#f08a4b", "#63b3e6", "#857b72", "#4cc9a5", "#e39cc6"
    ),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a drawing is set; the family of its letters is one that the reader of the SVG has."""

    scheme: Scheme = Scheme.LIGHT
    width: Width = Width.WIDE
    font: str = "system-ui, sans-serif"

    @property
    def ink(self) -> _Ink:
        """Its colours."""
        return _INKS[self.scheme]

    @property
    def width_px(self) -> int:
        """The whole of it, from edge to edge."""
        return _WIDTHS_PX[self.width]

    @property
    def is_narrow(self) -> bool:
        """Whether words stand above what they name, not beside it."""
        return self.width is Width.NARROW

    def lines(self, text: str, size_px: float = LETTER_PX) -> list[str]:
        """Break a text where the drawing ends."""
        return wrap(text, int((self.width_px - 26) / size_px))


def days_svg(figures: Figures, words: Words, look: Look, *, days: tuple[date, date]) -> str:
    """Draw flags by day and what they came to, days without flags too; by month where there are many days."""
    first, last = days
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if len(every) > DAYS_LABELLED:
        months = dict.fromkeys(day.replace(day=1) for day in every)
        rows = {f"{month:%m/%Y}": figures.by_month.get(month, Tally()) for month in months}
        return _stacked(rows, words.speak(N_("Flags by month")), words, look)
    rows = {f"{words.weekday(day)} {day:%d/%m}": figures.by_day.get(day, Tally()) for day in every}
    return _stacked(rows, words.speak(N_("Flags by day")), words, look)


def hours_svg(figures: Figures, words: Words, look: Look) -> str:
    """Draw flags by the hour of the day."""
    hours = range(min(figures.by_hour), max(figures.by_hour) + 1) if figures.by_hour else range(0)
    rows = {hour_words(hour): figures.by_hour.get(hour, Tally()) for hour in hours}
    return _stacked(rows, words.speak(N_("Flags by hour of the day")), words, look)


def _stacked(rows: Mapping[str, Tally], title: str, words: Words, look: Look) -> str:
    # importing Altair takes a second, and only some pages are drawn
    import altair as alt

    kinds = (N_("Seen as a breach"), N_("Seen as no breach"), N_("Cannot tell, or not decided yet"))
    names = [words.speak(kind) for kind in kinds]
    values = [
        {"key": key, "kind": name, "order": order, "count": count, "said": f"{key}, {name}: {words.number(count)}"}
        for key, tally in rows.items()
        for order, (name, count) in enumerate(zip(names, _split(tally), strict=True))
        if count
    ]
    ink, order = look.ink, list(rows)
    room_px = (look.width_px - 80) / max(1, len(order))
    chart = (
        alt.Chart({"values": values})
        .mark_bar(stroke=ink.ground, strokeWidth=1, size=min(BAR_AT_MOST_PX, 0.9 * room_px))
        .encode(
            x=alt.X("key:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=_label_axis(order, room_px)),
            y=alt.Y("count:Q", title=words.speak(N_("flags")), axis=_count_axis(rows)),
            color=alt.Color(
                "kind:N", sort=names, title=None,
                scale=alt.Scale(domain=names, range=[ink.breach, ink.no_breach, ink.other]),
            ),
            order=alt.Order("order:Q"),
            description="said:N",
        )
        .properties(height=210, title=title_of(title, look))
    )  # fmt: skip
    return to_svg(chart, look, title)


def _split(tally: Tally) -> tuple[int, int, int]:
    return tally.breach, tally.no_breach, tally.cannot_tell + tally.disputed + tally.waiting


def _count_axis(rows: Mapping[str, Tally]) -> Any:
    """Return an axis of whole numbers: of few flags each once, as halves between them would be rounded."""
    import altair as alt

    most = max((sum(_split(tally)) for tally in rows.values()), default=0)
    return alt.Axis(format="d", values=list(range(most + 1))) if most <= FEW_FLAGS else alt.Axis(format="d")


def _label_axis(order: Sequence[str], room_px: float) -> Any:
    """Return an axis of words: upright where they fit, else leaning, and of very many only some."""
    import altair as alt

    is_crowded = max(map(len, order), default=0) * LETTER_PX > room_px
    shown = list(order)[:: math.ceil(LABEL_AT_LEAST_PX / room_px)]
    return alt.Axis(labelAngle=-60 if is_crowded else 0, labelOverlap=False, grid=False, values=shown)


def rules_svg(figures: Figures, words: Words, look: Look) -> str:
    """Draw how often flags of each rule were seen as breaches, with the 95 % interval."""
    rows = {words.speak(rule_words(rule).name): tally for rule, tally in figures.by_rule.items()}
    return _shares(rows, words.speak(N_("Share seen as a breach, by rule")), words, look)


def cameras_svg(figures: Figures, names: Mapping[str, str], words: Words, look: Look) -> str:
    """Draw how often flags of each camera were seen as breaches; of many cameras those with most flags."""
    most = sorted(figures.by_camera.items(), key=lambda item: -item[1].flags)[:ROWS_AT_MOST]
    rows = {names.get(camera, camera): tally for camera, tally in most}
    return _shares(rows, words.speak(N_("Share seen as a breach, by camera")), words, look)


def _shares(rows: Mapping[str, Tally], title: str, words: Words, look: Look) -> str:
    import altair as alt

    told, few = _told_and_few(rows, words)
    ink, order = look.ink, list(rows)
    axis = alt.Axis(labels=not look.is_narrow, ticks=not look.is_narrow, labelLimit=260, grid=False)
    y = alt.Y("name:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=axis)
    ticks = alt.Axis(values=list(range(0, 101, 25 if look.is_narrow else 10)))
    x = alt.X("low:Q", scale=alt.Scale(domain=[0, 100]), title="%", axis=ticks)
    shares = alt.Chart({"values": told}).encode(y=y)
    bars = shares.mark_rule(color=ink.soft, strokeWidth=3, aria=False).encode(x=x, x2="high:Q")
    points = shares.mark_point(filled=True, size=110, color=ink.breach, opacity=1)
    small = alt.Chart({"values": few}).encode(y=y)  # the whole width: the share may be anything
    parts = [
        bars,
        points.encode(x=alt.X("share:Q"), description="said:N"),
        small.mark_bar(color=ink.grid, size=18, aria=False).encode(x=x, x2="high:Q"),
        small.mark_text(color=ink.text, fontSize=11.5).encode(x=alt.datum(50), text="text:N"),
    ]
    if look.is_narrow:
        above = alt.Chart({"values": [{"name": name} for name in order]}).encode(y=y, x=alt.datum(0), text="name:N")
        written = above.mark_text(align="left", dx=4, dy=-17, color=ink.text, fontSize=12, limit=290, aria=False)
        halo = above.mark_text(
            align="left", dx=4, dy=-17, fontSize=12, limit=290, aria=False, stroke=ink.ground, strokeWidth=5
        )  # else the lines behind strike names through
        parts += [halo, written]
    height = alt.Step(52 if look.is_narrow else 30)
    heading = title_of(title, look, words.speak(OF_DECIDED))
    return to_svg(alt.layer(*parts).properties(height=height, title=heading), look, title)


def _told_and_few(rows: Mapping[str, Tally], words: Words) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    told: list[dict[str, object]] = []
    few: list[dict[str, object]] = []
    for name, tally in rows.items():
        share, interval = tally.precision.value, tally.precision.interval
        if share is None or interval is None:
            counts = {"part": words.number(tally.precision.part), "whole": words.number(tally.precision.whole)}
            text = words.speak(N_("too few: %(part)s of %(whole)s")) % counts
            few.append({"name": name, "low": 0, "high": 100, "text": text})
            continue
        low, high = interval
        said = f"{name}: {words.share(share)} ({words.share(low)} – {words.share(high)})"
        told.append({"name": name, "share": 100 * share, "low": 100 * low, "high": 100 * high, "said": said})
    return told, few


def title_of(title: str, look: Look, note: str = "") -> Any:
    """Return what stands above a drawing, broken where the drawing ends."""
    import altair as alt

    text = look.lines(title, TITLE_LETTER_PX)
    return alt.TitleParams(text=text, subtitle=look.lines(note)) if note else alt.TitleParams(text=text)


def to_svg(chart: Any, look: Look, description: str) -> str:
    """Return a chart as an SVG of the look's width."""
    import vl_convert

    ink = look.ink
    # readers set the letters in fonts of their own, which may be wider than those that the drawing was measured with
    padding = {"left": 8 if look.is_narrow else 34, "right": 14, "top": 8, "bottom": 8}
    fitted = {"type": "fit-x", "contains": "padding"}
    chart = chart.properties(width=look.width_px, background=ink.ground, padding=padding, autosize=fitted)
    chart = chart.configure(font=look.font).configure_axis(
        labelFontSize=11, titleFontSize=11.5, gridColor=ink.grid, domainColor=ink.grid, tickColor=ink.grid,
        labelColor=ink.text, titleColor=ink.soft, titleFontWeight="normal",
    )  # fmt: skip
    chart = chart.configure_title(
        anchor="start", frame="bounds", fontSize=14, color=ink.text, offset=10,
        subtitleColor=ink.soft, subtitleFontSize=11.5, subtitlePadding=4,
    )  # fmt: skip
    chart = chart.configure_legend(
        orient="top", labelFontSize=11.5, labelColor=ink.text, title=None, labelLimit=400,
        columns=1 if look.is_narrow else 0, columnPadding=36, rowPadding=4,
    )  # fmt: skip
    chart = chart.configure_view(stroke=ink.grid)
    drawn = str(vl_convert.vegalite_to_svg(chart.to_dict()))
    return drawn.replace(">", f"><title>{escape(description)}</title>", 1)
