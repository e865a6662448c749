"""Draw figures as SVG, light and dark: flags by day and hour, how often they are right, inspectors in a funnel.

Colours are those of Okabe and Ito, and everything differs in shape or place too. The tables under the drawings say the
same in figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any

from service.api.problems import N_
from service.attendance.words import Words
from service.statistics.fairness import LIMITS, Comparison, Rated, funnel
from service.statistics.figures import Figures, Tally
from service.web.labels import rule_words
from service.web.statistics_tables import hour_words

ROWS_AT_MOST = 30
"""Rows of one drawing: more stand in the table."""
DAYS_LABELLED = 40
FUNNEL_POINTS = 60


class Scheme(StrEnum):
    """On light ground or dark."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class _Ink:
    ground: str
    text: str
    soft: str
    grid: str
    breach: str
    no_breach: str
    other: str
    line: str


_INKS = {
    Scheme.LIGHT: _Ink("#fffefc", "#211d1a", "#625a52", "#e3ded5", "#b8501a", "#0072b2", "#9a9087", "#8f1d21"),
    Scheme.DARK: _Ink("#1f1c1a", "#efeae4", "#b3a99f", "#3d3733", "#f08a4b", "#63b3e6", "#857b72", "#f2938f"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a drawing is set; the family of its letters is one that the reader of the SVG has."""

    scheme: Scheme = Scheme.LIGHT
    width_px: int = 680
    font: str = "system-ui, sans-serif"

    @property
    def ink(self) -> _Ink:
        """Its colours."""
        return _INKS[self.scheme]


def days_svg(figures: Figures, words: Words, look: Look) -> str:
    """Draw flags by day, and what they came to; by month where there are many days."""
    is_long = len(figures.by_day) > DAYS_LABELLED
    tallies = figures.by_month if is_long else figures.by_day
    rows = {f"{day:%m/%Y}" if is_long else f"{words.weekday(day)} {day:%d/%m}": t for day, t in tallies.items()}
    title = N_("Flags by month") if is_long else N_("Flags by day")
    return _stacked(rows, words.speak(title), words, look)


def hours_svg(figures: Figures, words: Words, look: Look) -> str:
    """Draw flags by the hour of the day."""
    hours = range(min(figures.by_hour), max(figures.by_hour) + 1) if figures.by_hour else range(0)
    rows = {hour_words(hour): figures.by_hour.get(hour, Tally()) for hour in hours}
    return _stacked(rows, words.speak(N_("Flags by hour of the day")), words, look)


def _stacked(rows: Mapping[str, Tally], title: str, words: Words, look: Look) -> str:
    # importing Altair takes a second, and only some pages are drawn
    import altair as alt

    names = [words.speak(n) for n in (N_("Breach"), N_("No breach"), N_("Cannot tell, or not decided yet"))]
    values = [
        {"key": key, "kind": name, "order": order, "count": count, "said": f"{key}, {name}: {words.number(count)}"}
        for key, tally in rows.items()
        for order, (name, count) in enumerate(zip(names, _split(tally), strict=True))
        if count
    ]
    ink, order = look.ink, list(rows)
    chart = (
        alt.Chart({"values": values})
        .mark_bar(stroke=ink.ground, strokeWidth=1)
        .encode(
            x=alt.X("key:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=_label_axis(alt, order)),
            y=alt.Y("count:Q", title=words.speak(N_("flags")), axis=alt.Axis(format="d", tickMinStep=1)),
            color=alt.Color(
                "kind:N", sort=names, title=None,
                scale=alt.Scale(domain=names, range=[ink.breach, ink.no_breach, ink.other]),
            ),
            order=alt.Order("order:Q"),
            description="said:N",
        )
        .properties(width=look.width_px, height=210, title=title)
    )  # fmt: skip
    return _svg(chart, look, title)


def _split(tally: Tally) -> tuple[int, int, int]:
    return tally.breach, tally.no_breach, tally.cannot_tell + tally.disputed + tally.waiting


def _label_axis(alt: Any, order: Sequence[str]) -> Any:
    is_crowded = len(order) > 12
    return alt.Axis(labelAngle=-60 if is_crowded else 0, labelOverlap=False, grid=False)


def rules_svg(figures: Figures, words: Words, look: Look) -> str:
    """Draw how often flags of each rule were breaches, with the 95 % interval."""
    rows = {words.speak(rule_words(rule).name): tally for rule, tally in figures.by_rule.items()}
    return _shares(rows, words.speak(N_("Share of decided flags that were breaches, by rule")), words, look)


def cameras_svg(figures: Figures, names: Mapping[str, str], words: Words, look: Look) -> str:
    """Draw how often flags of each camera were breaches; of many cameras those with most flags."""
    most = sorted(figures.by_camera.items(), key=lambda item: -item[1].flags)[:ROWS_AT_MOST]
    rows = {names.get(camera, camera): tally for camera, tally in most}
    return _shares(rows, words.speak(N_("Share of decided flags that were breaches, by camera")), words, look)


def _shares(rows: Mapping[str, Tally], title: str, words: Words, look: Look) -> str:
    import altair as alt

    values, few = [], []
    for name, tally in rows.items():
        share, interval = tally.precision.value, tally.precision.interval
        if share is None or interval is None:
            few.append(
                {"name": name, "text": words.speak(N_("too few: %(part)s of %(whole)s")) % _counts(tally, words)}
            )
            continue
        low, high = interval
        said = f"{name}: {words.share(share)} ({words.share(low)} – {words.share(high)})"
        values.append({"name": name, "share": 100 * share, "low": 100 * low, "high": 100 * high, "said": said})
    ink, order = look.ink, list(rows)
    y = alt.Y("name:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=alt.Axis(labelLimit=260))
    scale = alt.Scale(domain=[0, 100])
    base = alt.Chart({"values": values}).encode(y=y)
    bars = base.mark_rule(color=ink.no_breach, strokeWidth=3, aria=False).encode(
        x=alt.X("low:Q", scale=scale, title="%"), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=110, color=ink.breach, opacity=1).encode(
        x=alt.X("share:Q", scale=scale), description="said:N"
    )
    small = (
        alt.Chart({"values": few})
        .mark_text(align="left", color=ink.soft, fontSize=12)
        .encode(y=y, x=alt.datum(1), text="text:N")
    )
    chart = (bars + points + small).properties(width=look.width_px - 160, height=alt.Step(30), title=title)
    return _svg(chart, look, title)


def _counts(tally: Tally, words: Words) -> dict[str, str]:
    return {"part": words.number(tally.precision.part), "whole": words.number(tally.precision.whole)}


def funnel_svg(comparison: Comparison, labels: Mapping[str, str], words: Words, look: Look, *, title: str) -> str:
    """Draw rates against the number of looks, with the limits within which chance keeps them.

    Args:
        labels: Of the groups that are named; all others are dots without a name.
    """
    import altair as alt

    told = [(rated, rate) for rated in comparison.rated if (rate := rated.rate(comparison.common)) is not None]
    most = max([20, *(rated.looks for rated, _ in told)])
    points = [_point(rated, rate, labels, words) for rated, rate in told]
    ink = look.ink
    x_scale, y_scale = alt.Scale(domain=[0, most * 1.25], nice=False), alt.Scale(domain=[0, 100])
    x = alt.X("looks:Q", scale=x_scale, title=words.speak(N_("first looks that were compared")))
    y = alt.Y("rate:Q", scale=y_scale, title=words.speak(N_("breaches seen, % (as if all had the same mix)")))
    limits = alt.Chart({"values": _limits(comparison.common, most, words)}).encode(
        x=x, y=y, detail="side:N",
        strokeDash=alt.StrokeDash("limit:N", title=None, scale=alt.Scale(range=[[6, 3], [2, 3]])),
    )  # fmt: skip
    common = alt.Chart({"values": [{"rate": 100 * comparison.common}]}).mark_rule(color=ink.soft).encode(y=y)
    dots = alt.Chart({"values": points}).encode(x=x, y=y)
    marks = dots.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.condition("datum.apart", alt.value(ink.breach), alt.value(ink.no_breach)),
        shape=alt.condition("datum.apart", alt.value("diamond"), alt.value("circle")),
        description="said:N",
    )
    names = dots.transform_filter("datum.name !== ''").mark_text(dy=-11, fontSize=11, color=ink.text, aria=False)
    chart = common + limits.mark_line(color=ink.line, aria=False) + marks + names.encode(text="name:N")
    return _svg(chart.properties(width=look.width_px, height=300, title=title), look, title)


def _point(rated: Rated, rate: float, labels: Mapping[str, str], words: Words) -> dict[str, object]:
    name = labels.get(rated.group, "")
    said = f"{name}: {words.share(rate)}, n = {words.number(rated.looks)}"
    return {"looks": rated.looks, "rate": 100 * rate, "name": name, "apart": rated.is_apart, "said": said}


def _limits(common: float, most: int, words: Words) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    step = max(1, most // FUNNEL_POINTS)
    for confidence in LIMITS:
        name = words.speak(N_("%(share)s %% limits")) % {
            "share": words.number(100 * confidence, 0 if confidence == 0.95 else 1)
        }
        for looks in range(5, most + step, step):
            for side, bound in zip(("low", "high"), funnel(looks, common, confidence), strict=True):
                found.append({"looks": looks, "rate": 100 * bound, "limit": name, "side": f"{confidence} {side}"})
    return found


def _svg(chart: Any, look: Look, description: str) -> str:
    import vl_convert

    ink = look.ink
    # readers set the letters in fonts of their own, which may be wider than those that the drawing was measured with
    padding = {"left": 34, "right": 12, "top": 8, "bottom": 8}
    chart = chart.properties(background=ink.ground, padding=padding).configure(font=look.font)
    chart = chart.configure_axis(
        labelFontSize=11, titleFontSize=11.5, gridColor=ink.grid, domainColor=ink.grid, tickColor=ink.grid,
        labelColor=ink.text, titleColor=ink.soft, titleFontWeight="normal",
    )  # fmt: skip
    chart = chart.configure_title(anchor="start", fontSize=14, color=ink.text)
    chart = chart.configure_legend(orient="top", labelFontSize=11.5, labelColor=ink.text, title=None, labelLimit=400)
    chart = chart.configure_view(stroke=ink.grid)
    drawn = str(vl_convert.vegalite_to_svg(chart.to_dict()))
    return drawn.replace(">", f"><title>{escape(description)}</title>", 1)
