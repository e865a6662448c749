"""Draw what the simulation of thresholds counted, as one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calibration.simulate_thresholds import Case

PAGE = "thresholds.svg"


def write_page(cases: Sequence[Case], at_300: Sequence[Case], folder: Path) -> Path:
    """Write the page; returns its path. Raises `OSError` where the folder cannot be written."""
    import altair as alt

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PAGE
    alt.hconcat(_precision(cases), _kept(at_300)).save(path, format="svg")
    return path


def _precision(cases: Sequence[Case]) -> Any:
    import altair as alt

    rows = [
        {
            "verdicts": case.verdicts,
            "precision": case.precision,
            "camera": "with a sticker" if case.camera.has_sticker else "higher is better",
        }
        for case in cases
        if case.is_earned
    ]
    dots = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(size=18, opacity=0.5)
        .encode(
            alt.X("verdicts:Q", scale=alt.Scale(type="log", nice=False)),
            alt.Y("precision:Q", scale=alt.Scale(zero=False), title="true precision above the earned threshold"),
            alt.Color("camera:N", title=None),
        )
    )
    target = alt.Chart(alt.InlineData(values=[{"target": 0.9}])).mark_rule(color="#a33").encode(alt.Y("target:Q"))
    title = f"{len(rows)} of {len(cases)} cameras earned a threshold; the line is the target"
    return alt.layer(dots, target).properties(width=420, height=320, title=title)


def _kept(cases: Sequence[Case]) -> Any:
    import altair as alt

    rows = [
        {"auc": case.auc, "kept": case.kept / case.oracle, "base": case.camera.base}
        for case in cases
        if case.oracle > 0.02
    ]
    dots = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(size=18, opacity=0.5)
        .encode(
            alt.X("auc:Q", scale=alt.Scale(zero=False), title="how well scores separate (AUC)"),
            alt.Y("kept:Q", title="true flags kept, of the oracle's"),
            alt.Color("base:Q", title="base precision"),
        )
    )
    tenth = alt.Chart(alt.InlineData(values=[{"tenth": 0.9}])).mark_rule(color="#a33").encode(alt.Y("tenth:Q"))
    return alt.layer(dots, tenth).properties(width=420, height=320, title="300 verdicts; the line is a tenth less")
