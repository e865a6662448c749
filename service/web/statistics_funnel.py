"""Draw inspectors or units in a funnel: how often a breach was seen, against how much was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from service.api.problems import N_
from service.attendance.words import Words
from service.statistics.fairness import LIMITS, Comparison, Rated, funnel
from service.web.statistics_plots import LETTER_PX, Look, title_of, to_svg

FUNNEL_POINTS = 60
HEIGHT_PX = 320


def funnel_svg(comparison: Comparison, labels: Mapping[str, str], words: Words, look: Look, *, title: str) -> str:
    """Draw rates against the number of looks, with the limits within which chance keeps them.

    Args:
        comparison: One of which something can be told.
        labels: Of the groups that are named; all others are dots without a name.
    """
    import altair as alt

    assert comparison.common is not None
    told = [(rated, rate) for rated in comparison.rated if (rate := rated.rate(comparison.common)) is not None]
    most = max([20, *(rated.looks for rated, _ in told)])
    points = [_point(rated, rate, labels, words) for rated, rate in told]
    said = wrap(words.speak(N_("seen as a breach, % (as if all had the same mix)")), int(HEIGHT_PX / LETTER_PX))
    x_scale, y_scale = alt.Scale(domain=[0, most * 1.25], nice=False), alt.Scale(domain=[0, 100])
    x = alt.X("looks:Q", scale=x_scale, title=words.speak(N_("first looks that were compared")))
    y = alt.Y("rate:Q", scale=y_scale, title=said)
    ink = look.ink
    dots = alt.Chart({"values": points}).encode(x=x, y=y)
    marks = dots.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.condition("datum.apart", alt.value(ink.breach), alt.value(ink.no_breach)),
        shape=alt.condition("datum.apart", alt.value("diamond"), alt.value("circle")),
        description="said:N",
    )
    # names side by side need room; on a narrow one those are named whom it is about, and all in the table
    is_named = "datum.name !== ''" + (" && datum.apart" if look.is_narrow and len(labels) > 1 else "")
    names = dots.transform_filter(is_named).mark_text(dy=-11, fontSize=11, color=ink.text, aria=False)
    chart = _lines(comparison.common, most, words, look).encode(x=x, y=y) + marks + names.encode(text="name:N")
    return to_svg(chart.properties(height=HEIGHT_PX, title=title_of(title, look)), look, title)


def _point(rated: Rated, rate: float, labels: Mapping[str, str], words: Words) -> dict[str, object]:
    name = labels.get(rated.group, "")
    said = f"{name}: {words.share(rate)}, n = {words.number(rated.looks)}"
    return {"looks": rated.looks, "rate": 100 * rate, "name": name, "apart": rated.is_apart, "said": said}


def _lines(common: float, most: int, words: Words, look: Look) -> Any:
    """Return the common rate and the limits around it, each with its own colour and its own dashes."""
    import altair as alt

    shares = [words.number(100 * confidence, 0 if confidence == 0.95 else 1) for confidence in LIMITS]
    names = [words.speak(N_("%(share)s %% limits")) % {"share": share} for share in shares]
    mean = words.speak(N_("rate of all together"))
    values = [{"looks": looks, "rate": 100 * common, "line": mean, "side": "mean"} for looks in (0, most * 1.25)]
    step = max(1, most // FUNNEL_POINTS)
    for confidence, name in zip(LIMITS, names, strict=True):
        for looks in range(5, most + step, step):
            for side, bound in zip(("low", "high"), funnel(looks, common, confidence), strict=True):
                values.append({"looks": looks, "rate": 100 * bound, "line": name, "side": f"{confidence} {side}"})
    ink, domain = look.ink, [mean, *names]
    sample = alt.Legend(symbolType="stroke", symbolSize=900, symbolStrokeWidth=2, title=None)
    return (
        alt.Chart({"values": values})
        .mark_line(strokeWidth=2, aria=False)
        .encode(
            detail="side:N",
            color=alt.Color(
                "line:N", sort=domain, legend=sample,
                scale=alt.Scale(domain=domain, range=[ink.soft, ink.inner, ink.outer]),
            ),
            strokeDash=alt.StrokeDash(
                "line:N", sort=domain, legend=sample,
                scale=alt.Scale(domain=domain, range=[[1, 0], [8, 4], [2, 3]]),
            ),
        )
    )  # fmt: skip
