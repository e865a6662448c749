"""Draw what an evaluation wrote as SVG, for the cards: ``python -m models.train.plots crop``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from models.train.fetch import WEIGHTS_DIR

CARDS = WEIGHTS_DIR.parent / "cards"
SIDE_PX = 260


def reliability_plot(figures: dict[str, Any]) -> Any:
    """What was said against how often it was so, one panel a question; the dot's area is the number of looks."""
    import altair as alt

    panels = []
    for question, found in figures["reliability"].items():
        rows = [{"said": said, "was so": so, "looks": count} for said, so, count in found["bins"]]
        dots = (
            alt.Chart(alt.InlineData(values=rows))
            .mark_circle()
            .encode(
                x=alt.X("said:Q", title="probability said", scale=alt.Scale(domain=[0, 1])),
                y=alt.Y("was so:Q", title="share that was so", scale=alt.Scale(domain=[0, 1])),
                size=alt.Size("looks:Q", legend=alt.Legend(title="looks")),
            )
        )
        ends = alt.InlineData(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}])
        line = alt.Chart(ends).mark_line(strokeDash=[4, 4], color="#888").encode(x="x:Q", y="y:Q")
        title = f"{question}: expected calibration error {found['ece']:.3f}, {found['looks']} looks"
        panels.append((line + dots).properties(width=SIDE_PX, height=SIDE_PX, title=title))
    return alt.hconcat(*panels)


def curve_plot(figures: dict[str, Any]) -> Any:
    """Precision over recall at IoU .5 on all real validation looks."""
    import altair as alt

    rows = [
        {"class": name, "recall": recall, "precision": precision}
        for name, points in figures["pr"].items()
        for recall, precision in points
    ]
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line()
        .encode(
            x=alt.X("recall:Q", scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("precision:Q", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("class:N"),
            order="recall:Q",
        )
        .properties(width=2 * SIDE_PX, height=SIDE_PX, title="precision over recall at IoU .5, validation looks")
    )


def floor_plot(figures: dict[str, Any]) -> Any:
    """Share still found against size in pixels of the original picture, with the floor."""
    import altair as alt

    names = {"card_width_px": "card_width", "cigarette_length_px": "cigarette_length", "can_width_px": "can_width"}
    panels = []
    for name, table in figures["recall_by_size"].items():
        rows = [{"px": size, "found": found, "looks": looks} for size, found, looks in table if found == found]
        line = (
            alt.Chart(alt.InlineData(values=rows))
            .mark_line(point=True)
            .encode(
                x=alt.X("px:Q", title=f"{name.replace('_', ' ')}"),
                y=alt.Y("found:Q", title="share still found", scale=alt.Scale(domain=[0, 1])),
            )
        )
        floor = figures["operating_points"]["floor_px"][names[name]]
        rule = (
            alt.Chart(alt.InlineData(values=[{"px": floor}]))
            .mark_rule(strokeDash=[4, 4], color="#b00")
            .encode(x="px:Q")
        )
        panels.append((line + rule).properties(width=SIDE_PX, height=SIDE_PX, title=f"floor: {floor:g} px"))
    return alt.hconcat(*panels)


PLOTS = {"reliability": reliability_plot, "pr": curve_plot, "recall_by_size": floor_plot}
"""What a figures file may hold, and how it is drawn."""


def write(name: str, cards: Path = CARDS) -> list[Path]:
    """Draw all that a net's figures file holds; returns the files."""
    figures = json.loads((cards / f"{name}.figures.json").read_text(encoding="utf-8"))
    folder = cards / "plots"
    folder.mkdir(exist_ok=True)
    written = []
    for part, draw in PLOTS.items():
        if part in figures:
            target = folder / f"{name}-{part.replace('_', '-')}.svg"
            draw(figures).save(target, format="svg")
            written.append(target)
    return written


def main() -> None:
    """Draw the plots of one net."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="net whose figures lie beside its card")
    for path in write(parser.parse_args().name):
        print(path)


if __name__ == "__main__":
    main()
