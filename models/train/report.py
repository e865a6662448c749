"""Print the figures of the crop net as Markdown tables, for its card."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from models.train.evaluate import FIGURES, NAMES

SHARES = ("decided", "yes_precision", "yes_recall", "no_precision", "no_recall")


def cell(value: float | None, interval: list[float] | None) -> str:
    """A figure with its 95 % interval."""
    if value is None:
        return "–"
    return f"{value:.3f}" if interval is None else f"{value:.3f} ({interval[0]:.3f}–{interval[1]:.3f})"


def box_rows(written: dict[str, Any]) -> list[str]:
    """One row for every class that a source shows."""
    rows = ["| source | class | n | P | R | AP50 (95 %) | AP50-95 |", "|---|---|---|---|---|---|---|"]
    for source, figures in written.items():
        for name in NAMES:
            of = figures[name]
            if not of["n"]:
                rows.append(f"| {source} | {name} | 0 | false yes in {of['looks_with_false_yes']} looks | | | |")
                continue
            p, r, ap, ap95 = (
                cell(of[key], of["intervals"][key] if key == "ap50" else None) for key in ("p", "r", "ap50", "ap50_95")
            )
            rows.append(f"| {source} | {name} | {of['n']} | {p} | {r} | {ap} | {ap95} |")
    return rows


def answer_rows(written: dict[str, Any]) -> list[str]:
    """One row for every source that was asked."""
    rows = [
        "| source | looks | decided | yes precision | yes recall | no precision | no recall | false accusations |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for source, of in written.items():
        if not of["looks"]:
            continue
        cells = " | ".join(cell(of[name], of["intervals"][name]) for name in SHARES)
        rows.append(f"| {source} | {of['looks']} | {cells} | {of['false_alarms']} of {of['accusable']} |")
    return rows


def size_rows(name: str, table: list[list[float]]) -> list[str]:
    """Share still found by size."""
    sizes = " | ".join(f"{size:g}" for size, _, _ in table)
    found = " | ".join(f"{found:.2f} ({looks:g})" for _, found, looks in table)
    return [f"| {name} | {sizes} |", "|---" * (len(table) + 1) + "|", f"| still found (looks) | {found} |"]


def main() -> None:
    """Print what the figures file holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=Path, default=FIGURES)
    written = json.loads(parser.parse_args().figures.read_text())
    print("\n".join(["**Boxes**", "", *box_rows(written["boxes"])]))
    net = written["reliability"]["net"]
    low, _, high = net["ece_by_chance"]
    print(
        f"\nExpected calibration error of the net, all classes: {net['ece']:.3f} on {net['looks']} scores; "
        f"a perfect net would show {low:.3f} to {high:.3f}."
    )
    for question in ("badge", "smoking"):
        found = written["reliability"][question]
        low, _, high = found["ece_by_chance"]
        by_chance = f"a perfect net would show {low:.3f} to {high:.3f} on these {found['looks']} looks"
        print(
            "\n".join(["", f"**Answers: {question}** (expected calibration error {found['ece']:.3f}; {by_chance})", ""])
        )
        print("\n".join(answer_rows(written[question])))
    for name, table in written["recall_by_size"].items():
        print("\n".join(["", *size_rows(name, table)]))


if __name__ == "__main__":
    main()
