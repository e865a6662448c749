"""Draw a report as SVG: lateness and absence by day, desks by the hour. The same drawings in pages and in print.

Colours are those of Okabe and Ito, and everything differs in shape or brightness too: for every kind of colour
blindness, and on paper without colours. What nobody could see is hatched, never coloured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from service.attendance.figures import Grouping
from service.attendance.hours_seen import HourShares, hour_shares
from service.attendance.month import Report
from service.attendance.plot_look import Look, svg_of
from service.attendance.words import N_, Words

SEEN, HATCH = "#56B4E9", "#8C8C8C"
DARK_BELOW = 0.3
"""Cells with a smaller share are dark: their numbers are white."""
DAYS_LABELLED = 62
ROWS_AT_MOST = 28
"""Rows of one drawing: more do not fit on a page."""

_SERIES = (N_("Late"), N_("Left early"), N_("Absent for a session or more"))
TREND_TITLE = N_("Late, left early, absent: officers by day")
TREND_NOTES = (N_("Only what the cameras could see is counted; below, how much of the required time they saw."),)
HEAT_TITLE = N_("Desks by the hour: share attended of the time that could be seen")
HEAT_NOTES = (
    N_("Large: share attended (dark: seldom). Small: coverage, how much of the required time was seen."),
    N_("Hatched: no data, nobody could see whether somebody was there. Blank: no working hours."),
)


def trend_svg(report: Report, words: Words, look: Look | None = None) -> str:
    """Draw by day how many officers were late, left early, were absent; below, how much the cameras saw."""
    # importing Altair takes a second, and only some reports are drawn
    import altair as alt

    look, speak = look or Look(), words.speak
    names, ink = [speak(name) for name in _SERIES], look.ink
    days = _days(report, words, look)
    order = [day["day"] for day in days]
    counts = [
        {"day": day["day"], "series": name, "count": day[key], "said": f"{day['day']}, {name}: {day[key]}"}
        for day in days
        for name, key in zip(names, ("late", "early", "absent"), strict=True)
    ]
    x = alt.X("day:N", sort=order, axis=_day_axis(alt, look, is_labelled=False))
    base = alt.Chart({"values": counts})
    series = {
        "color": alt.Color(
            "series:N", sort=names, scale=alt.Scale(domain=names, range=[ink.late, ink.early, ink.absent]), title=None
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
    below = _coverage_bars(alt, days, words, look).properties(width=look.width_px, height=90 if look.is_titled else 110)
    chart = _titled(alt, alt.vconcat(above, below, spacing=6), look, [speak(TREND_TITLE), *map(speak, TREND_NOTES)])
    return svg_of(chart, look, speak(TREND_TITLE))


def heat_svg(shares: HourShares, words: Words, look: Look | None = None) -> str:
    """Draw which share of the time that could be seen each desk was attended, by the hour of the day."""
    import altair as alt

    look, speak = look or Look(), words.speak
    ink = look.ink
    cells = _cells(shares, words, look)
    hours = [_hour(hour, look) for hour in shares.hours]
    width = min((look.width_px - look.labels_px * (not look.is_titled)) / max(len(hours), 1), 80)
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
        axis=alt.Axis(labelLimit=look.labels_px),
    )
    base = alt.Chart({"values": cells}).encode(x=x, y=y)
    is_seen, is_unseen = "datum.kind == 'seen'", "datum.kind == 'no_data'"
    colour = alt.Color(
        "share:Q",
        scale=alt.Scale(domain=[0, 0.25, 0.5, 0.75, 1], range=["#08306b", "#2171b5", "#6baed6", "#c6dbef", "#f7fbff"]),
        legend=None,
    )
    large = 9.5 if look.is_narrow else 11
    on_cell = alt.when(f"datum.share < {DARK_BELOW}").then(alt.value("#FFFFFF")).otherwise(alt.value("#1A1A1A"))
    layers = (
        base.transform_filter(is_seen)
        .mark_rect(stroke=ink.frame, strokeWidth=0.6)
        .encode(color=colour, description="said:N")
        + base.transform_filter(is_unseen)
        .mark_rect(fill=ink.blank, stroke=ink.frame, strokeWidth=0.6)
        .encode(description="said:N")
        + base.transform_filter(is_unseen).mark_text(
            text="╱ ╱" if look.is_narrow else "╱ ╱ ╱ ╱", color=HATCH, fontSize=15, aria=False
        )
        + base.transform_filter(is_seen)
        .mark_text(dy=-5, fontSize=large, fontWeight="bold", aria=False)
        .encode(text="share_text:N", color=on_cell)
        + base.transform_filter(is_seen)
        .mark_text(dy=8, fontSize=8.5, aria=False)
        .encode(text="coverage_text:N", color=on_cell)
    )
    sized = layers.properties(width=width * max(len(hours), 1), height=alt.Step(32 if look.is_titled else 38))
    return svg_of(_titled(alt, sized, look, [speak(HEAT_TITLE), *map(speak, HEAT_NOTES)]), look, speak(HEAT_TITLE))


def _titled(alt: Any, chart: Any, look: Look, lines: Sequence[str]) -> Any:
    if not look.is_titled:
        return chart
    return chart.properties(title=alt.Title(lines[0], subtitle=list(lines[1:])))


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


def _days(report: Report, words: Words, look: Look) -> list[dict[str, Any]]:
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
        weekday = "" if look.is_narrow else f"{words.weekday(day)} "
        label = day.strftime("%d/%m/%Y") if is_long else f"{weekday}{day:%d/%m}"
        coverage = 1 - float(no_data[n] / required[n]) if required[n] else None
        seen = coverage is not None and coverage > 0
        counts = {"late": late[n], "early": early[n], "absent": absent[n]}
        days.append({"day": label, "coverage": coverage, **{k: v if seen else None for k, v in counts.items()}})
    return days


def _coverage_bars(alt: Any, days: list[dict[str, Any]], words: Words, look: Look) -> Any:
    order = [day["day"] for day in days]
    bars = [
        {"day": day["day"], "seen": 100 * share, "said": words.share(share), "text": _short_of_all(share)}
        for day in days
        if (share := day["coverage"]) is not None
    ]
    is_long = len(days) > DAYS_LABELLED
    axis = _day_axis(alt, look, is_labelled=True, is_long=is_long)
    x = alt.X("day:N", sort=order, scale=alt.Scale(domain=order), axis=axis)
    y = alt.Y(
        "seen:Q",
        title=words.speak(N_("coverage, %")),
        scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(values=[0, 50, 100]),
    )
    base = alt.Chart({"values": bars}).encode(x=x)
    drawn = base.mark_bar(color=SEEN, stroke="#2F6F94", strokeWidth=0.6).encode(y=y, description="said:N")
    if is_long or look.is_narrow:
        return drawn
    small = base.mark_text(dy=-5, fontSize=look.letters_px - 2, color=look.ink.text, aria=False)
    return drawn + small.encode(y=y, text="text:N")


def _short_of_all(share: float) -> str:
    """Return what stands above a bar: nothing above a full one, for the numbers of a month would run together."""
    return "" if share == 1 else f"{min(max(round(100 * share), share > 0), 99):d}"


def _day_axis(alt: Any, look: Look, *, is_labelled: bool, is_long: bool = False) -> Any:
    overlap = "greedy" if is_long or look.is_narrow else False
    return alt.Axis(labelAngle=-60, labels=is_labelled, ticks=is_labelled, title=None, labelOverlap=overlap)


def _cells(shares: HourShares, words: Words, look: Look) -> list[dict[str, Any]]:
    share, coverage = shares.share, shares.coverage
    cells: list[dict[str, Any]] = []
    for row, label in enumerate(shares.labels):
        for column, hour in enumerate(shares.hours):
            if math.isnan(coverage[row, column]):
                continue
            name = f"{label}, {_hour(hour, Look())}: "
            cell: dict[str, Any] = {"label": label, "hour": _hour(hour, look), "kind": "no_data"}
            cell["said"] = name + words.speak(N_("no data"))
            if not np.isnan(share[row, column]):
                seen, attended = float(coverage[row, column]), float(share[row, column])
                told, covered = words.share(attended), words.share(seen)
                long = words.speak(N_("seen %(share)s")) % {"share": covered}
                cell |= {"kind": "seen", "share": attended, "said": f"{name}{told}, {long}"}
                cell["share_text"] = told.removesuffix(" %") if look.is_narrow else told
                short = covered.removesuffix(" %") if look.is_narrow else covered
                cell["coverage_text"] = long if look.is_titled else short
            cells.append(cell)
    return cells


def _hour(hour: int, look: Look) -> str:
    return f"{hour:02d}" if look.is_narrow else f"{hour:02d}–{(hour + 1) % 24 or 24:02d}"
