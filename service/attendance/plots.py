"""Draw a report as SVG: lateness and absence by day, desks by the hour. The same drawings in pages and in print.

Colours are those of Okabe and Ito, and everything differs in shape or brightness too: for every kind of colour
blindness, and on paper without colours. What nobody could see is hatched, never coloured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from service.attendance.figures import Grouping
from service.attendance.hours_seen import HourShares, hour_shares
from service.attendance.month import Report
from service.attendance.words import N_, Words

LATE, EARLY, ABSENT = "#D55E00", "#0072B2", "#000000"
SEEN, HATCH = "#56B4E9", "#8C8C8C"
DARK_BELOW = 0.3
"""Cells with a smaller share are dark: their numbers are white."""
DAYS_LABELLED = 62
DEFAULT_FONT = "sans-serif"
ROWS_AT_MOST = 28
"""Rows of one drawing: more do not fit on a page."""

_SERIES = (N_("Late"), N_("Left early"), N_("Absent for a session or more"))


@dataclass(frozen=True, slots=True)
class Look:
    """How a drawing is set.

    Attributes:
        width_px: Of the plotting area.
        font: Family of its letters; one that the reader of the SVG has.
    """

    width_px: int = 760
    font: str = DEFAULT_FONT


def trend_svg(report: Report, words: Words, look: Look | None = None) -> str:
    """Draw by day how many officers were late, left early, were absent; below, how much the cameras saw."""
    # importing Altair takes a second, and only some reports are drawn
    import altair as alt

    look, speak = look or Look(), words.speak
    names = [speak(name) for name in _SERIES]
    days = _days(report, words)
    order = [day["day"] for day in days]
    counts = [
        {"day": day["day"], "series": name, "count": day[key], "said": f"{day['day']}, {name}: {day[key]}"}
        for day in days
        for name, key in zip(names, ("late", "early", "absent"), strict=True)
    ]
    x = alt.X("day:N", sort=order, axis=_day_axis(alt, is_labelled=False))
    base = alt.Chart({"values": counts})
    series = {
        "color": alt.Color(
            "series:N", sort=names, scale=alt.Scale(domain=names, range=[LATE, EARLY, ABSENT]), title=None
        ),
        "shape": alt.Shape(
            "series:N", sort=names, scale=alt.Scale(domain=names, range=["circle", "square", "triangle"]), title=None
        ),
        "strokeDash": alt.StrokeDash(
            "series:N", sort=names, scale=alt.Scale(domain=names, range=[[1, 0], [6, 3], [2, 2]]), title=None
        ),
    }
    most = max([1, *(row["count"] or 0 for row in counts)])
    # half an officer is no number of officers
    ticks: Any = list(range(most + 1)) if most <= 10 else alt.Undefined
    y = alt.Y(
        "count:Q",
        title=speak(N_("officers")),
        scale=alt.Scale(domain=[0, most]),
        axis=alt.Axis(values=ticks, format="d", grid=True),
    )
    lines = base.mark_line(strokeWidth=1.8, invalid="break-paths-filter-domains", aria=False).encode(
        x=x, y=y, color=series["color"], strokeDash=series["strokeDash"]
    )
    points = (
        base.transform_filter("datum.count !== null")
        .mark_point(size=42, filled=True, opacity=1)
        .encode(
            x=x,
            y=y,
            description="said:N",
            color=series["color"],
            shape=series["shape"],
            strokeDash=series["strokeDash"],
        )
    )
    above = (lines + points).properties(width=look.width_px, height=190)
    below = _coverage_bars(alt, days, order, words).properties(width=look.width_px, height=90)
    title = alt.Title(
        speak(N_("Late, left early, absent: officers by day")),
        subtitle=[
            speak(N_("Only what the cameras could see is counted; below, how much of the required time they saw."))
        ],
    )
    chart = alt.vconcat(above, below, spacing=6).properties(title=title)
    return _svg(chart, look, speak(N_("Late, left early, absent: officers by day")))


def heat_svg(shares: HourShares, words: Words, look: Look | None = None) -> str:
    """Draw which share of the time that could be seen each desk was attended, by the hour of the day."""
    import altair as alt

    look, speak = look or Look(), words.speak
    cells = _cells(shares, words)
    hours = [_hour(hour) for hour in shares.hours]
    width = min(look.width_px / max(len(hours), 1), 80)
    x = alt.X(
        "hour:N",
        sort=hours,
        scale=alt.Scale(domain=hours),
        title=speak(N_("hour of the day")),
        axis=alt.Axis(orient="top", labelAngle=0),
    )
    y = alt.Y(
        "label:N",
        sort=list(shares.labels),
        scale=alt.Scale(domain=list(shares.labels)),
        title=None,
        axis=alt.Axis(labelLimit=240),
    )
    base = alt.Chart({"values": cells}).encode(x=x, y=y)
    is_seen, is_unseen = "datum.kind == 'seen'", "datum.kind == 'no_data'"
    colour = alt.Color(
        "share:Q",
        scale=alt.Scale(domain=[0, 0.25, 0.5, 0.75, 1], range=["#08306b", "#2171b5", "#6baed6", "#c6dbef", "#f7fbff"]),
        legend=None,
    )
    ink = alt.when(f"datum.share < {DARK_BELOW}").then(alt.value("#FFFFFF")).otherwise(alt.value("#1A1A1A"))
    layers = (
        base.transform_filter(is_seen)
        .mark_rect(stroke="#9E9E9E", strokeWidth=0.6)
        .encode(color=colour, description="said:N")
        + base.transform_filter(is_unseen)
        .mark_rect(fill="#FFFFFF", stroke="#9E9E9E", strokeWidth=0.6)
        .encode(description="said:N")
        + base.transform_filter(is_unseen).mark_text(text="╱ ╱ ╱ ╱", color=HATCH, fontSize=15, aria=False)
        + base.transform_filter(is_seen)
        .mark_text(dy=-5, fontSize=11, fontWeight="bold", aria=False)
        .encode(text="share_text:N", color=ink)
        + base.transform_filter(is_seen)
        .mark_text(dy=8, fontSize=8.5, aria=False)
        .encode(text="coverage_text:N", color=ink)
    )
    title = alt.Title(
        speak(N_("Desks by the hour: share attended of the time that could be seen")),
        subtitle=[
            speak(N_("Large: share attended (dark: seldom). Small: coverage, how much of the required time was seen.")),
            speak(N_("Hatched: no data, nobody could see whether somebody was there. Blank: no working hours.")),
        ],
    )
    chart = layers.properties(title=title, width=width * max(len(hours), 1), height=alt.Step(32))
    return _svg(chart, look, speak(N_("Desks by the hour: share attended of the time that could be seen")))


def heat_svgs(report: Report, words: Words, look: Look | None = None) -> list[str]:
    """Draw a report's desks by the hour; units or agencies where there are too many, in several drawings if need be."""
    return [heat_svg(part, words, look) for part in _heat_parts(report)]


def heat_parts(report: Report) -> int:
    """Return how many drawings `heat_svgs` makes, without making them."""
    return len(_heat_parts(report))


def _heat_parts(report: Report) -> list[HourShares]:
    shares = hour_shares(report)
    for wider in (Grouping.UNIT, Grouping.AGENCY):
        if len(shares.labels) > ROWS_AT_MOST:
            shares = hour_shares(report, wider)
    return list(shares.parts(ROWS_AT_MOST)) if shares.hours else []


def _days(report: Report, words: Words) -> list[dict[str, Any]]:
    """Return what is drawn of each day; None where nobody had to be there."""
    table, shape = report.table, (len(report.officers), len(report.days))

    def counted(flags: Any) -> list[int]:
        found: list[int] = flags.reshape(shape).sum(axis=0).tolist()
        return found

    required, no_data = (column.reshape(shape).sum(axis=0) for column in (table.required_us, table.no_data_us))
    late, early, absent = (counted(c > 0) for c in (table.late_us, table.early_us, table.absent_us))
    is_long = len(report.days) > DAYS_LABELLED
    days = []
    for n, day in enumerate(report.days):
        label = day.strftime("%d/%m/%Y") if is_long else f"{words.weekday(day)} {day:%d/%m}"
        coverage = 1 - float(no_data[n] / required[n]) if required[n] else None
        seen = coverage is not None and coverage > 0
        counts = {"late": late[n], "early": early[n], "absent": absent[n]}
        days.append({"day": label, "coverage": coverage, **{k: v if seen else None for k, v in counts.items()}})
    return days


def _coverage_bars(alt: Any, days: list[dict[str, Any]], order: list[str], words: Words) -> Any:
    bars = [
        {"day": day["day"], "seen": 100 * day["coverage"], "text": words.share(day["coverage"])}
        for day in days
        if day["coverage"] is not None
    ]
    is_long = len(days) > DAYS_LABELLED
    x = alt.X(
        "day:N", sort=order, scale=alt.Scale(domain=order), axis=_day_axis(alt, is_labelled=True, is_long=is_long)
    )
    y = alt.Y(
        "seen:Q",
        title=words.speak(N_("coverage, %")),
        scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(values=[0, 50, 100]),
    )
    base = alt.Chart({"values": bars}).encode(x=x)
    drawn = base.mark_bar(color=SEEN, stroke="#2F6F94", strokeWidth=0.6).encode(y=y, description="text:N")
    if is_long:
        return drawn
    return drawn + base.mark_text(dy=-5, fontSize=7.5, color="#1A1A1A", aria=False).encode(y=y, text="text:N")


def _day_axis(alt: Any, *, is_labelled: bool, is_long: bool = False) -> Any:
    return alt.Axis(
        labelAngle=-60, labels=is_labelled, ticks=is_labelled, title=None, labelOverlap=is_long and "greedy"
    )


def _cells(shares: HourShares, words: Words) -> list[dict[str, Any]]:
    share, coverage = shares.share, shares.coverage
    cells: list[dict[str, Any]] = []
    for row, label in enumerate(shares.labels):
        for column, hour in enumerate(shares.hours):
            if math.isnan(coverage[row, column]):
                continue
            name = f"{label}, {_hour(hour)}: "
            cell: dict[str, Any] = {"label": label, "hour": _hour(hour), "kind": "no_data"}
            cell["said"] = name + words.speak(N_("no data"))
            if not np.isnan(share[row, column]):
                seen, attended = float(coverage[row, column]), float(share[row, column])
                cell |= {"kind": "seen", "share": attended, "share_text": words.share(attended)}
                cell["coverage_text"] = words.speak(N_("seen %(share)s")) % {"share": words.share(seen)}
                cell["said"] = f"{name}{cell['share_text']}, {cell['coverage_text']}"
            cells.append(cell)
    return cells


def _hour(hour: int) -> str:
    return f"{hour:02d}–{(hour + 1) % 24 or 24:02d}"


def _svg(chart: Any, look: Look, description: str) -> str:
    import vl_convert

    chart = chart.properties(background="#FFFFFF").configure(font=look.font)
    chart = chart.configure_axis(labelFontSize=9.5, titleFontSize=10, gridColor="#E3E3E3", labelColor="#1A1A1A")
    chart = chart.configure_title(anchor="start", fontSize=14, subtitleFontSize=10.5, subtitleColor="#404040")
    chart = chart.configure_legend(
        orient="top", labelFontSize=11, symbolSize=90, title=None, labelLimit=400, symbolStrokeWidth=0
    )
    chart = chart.configure_view(stroke="#BDBDBD")
    drawn = str(vl_convert.vegalite_to_svg(chart.to_dict()))
    return drawn.replace(">", f"><title>{escape(description)}</title>", 1)
