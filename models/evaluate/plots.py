"""Draw an evaluation as SVG: precision over recall, and how persons were answered."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from models.evaluate.detect import Result
from models.evaluate.errors import EvaluationInvalid
from models.evaluate.ranking import Ranking

POINTS_AT_MOST = 400
"""A curve of more points looks the same and makes a larger file."""


def write_plots(result: Result, folder: Path) -> list[Path]:
    """Write ``precision-recall.svg`` and, where persons were asked about, ``persons.svg``.

    Raises:
        EvaluationInvalid: The folder cannot be written.
    """
    charts = {"precision-recall.svg": _precision_recall(result)}
    if result.persons is not None:
        charts["persons.svg"] = _persons(result)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, chart in charts.items():
            chart.save(folder / name, format="svg")
            written.append(folder / name)
    except OSError as error:
        raise EvaluationInvalid([f"{folder}: cannot be written: {error.strerror}"]) from None
    return written


def curve(ranking: Ranking) -> list[dict[str, float]]:
    """Points of precision over recall at IoU .5, from the strongest box on; none without truth."""
    count = int(ranking.true.sum())
    if count == 0 or not len(ranking.score):
        return []
    right = ranking.is_hit[:, 0].cumsum()
    shown = np.unique(np.linspace(0, len(right) - 1, POINTS_AT_MOST).round().astype(int))
    return [
        {"recall": float(right[i] / count), "precision": float(right[i] / (i + 1)), "score": float(ranking.score[i])}
        for i in shown
    ]


def _precision_recall(result: Result) -> Any:
    # importing Altair takes a second, and only a few evaluations are drawn
    import altair as alt

    lines: list[dict[str, Any]] = []
    dots: list[dict[str, Any]] = []
    for each in result.classes:
        if each.ranking is None or each.figures is None:
            continue
        lines += [{"class": each.name, "order": i, **point} for i, point in enumerate(curve(each.ranking))]
        if math.isfinite(each.figures.p) and math.isfinite(each.figures.r):
            dots.append({"class": each.name, "recall": each.figures.r, "precision": each.figures.p})
    x = alt.X("recall:Q", scale=alt.Scale(domain=[0, 1]), title="recall")
    y = alt.Y("precision:Q", scale=alt.Scale(domain=[0, 1]), title="precision")
    colour = alt.Color("class:N", title=None, sort=[each.name for each in result.classes])
    line = alt.Chart(_values(lines)).mark_line().encode(x, y, colour, order="order:Q")
    dot = alt.Chart(_values(dots)).mark_point(size=80, filled=True).encode(x, y, colour)
    title = f"{result.names.task}: precision over recall, IoU .5; the dot is the operating score"
    return alt.layer(line, dot).properties(width=420, height=320, title=title)


def _persons(result: Result) -> Any:
    import altair as alt

    figures = result.persons
    assert figures is not None
    bars: list[dict[str, Any]] = []
    for name, share in figures.shares.items():
        if share is not None:
            low, high = figures.intervals[name] or (share, share)
            bars.append({"figure": name.replace("_", " "), "share": share, "low": low, "high": high})
    y = alt.Y("figure:N", title=None, sort=[str(bar["figure"]) for bar in bars])
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(_values(bars))
    bar = base.mark_bar(color="#9db8d2").encode(alt.X("share:Q", scale=scale, title="share"), y)
    whisker = base.mark_rule(strokeWidth=2).encode(alt.X("low:Q", scale=scale), alt.X2("high:Q"), y)
    title = f"{result.names.task}: answers to {figures.looks} persons, with 95 % intervals"
    return alt.layer(bar, whisker).properties(width=420, height=180, title=title)


def _values(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.InlineData(values=rows)
