"""Print the figures of the crop net as Markdown tables, for its card."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from models.train.evaluate import FIGURES, NAMES


def class_rows(source: str, figures: dict[str, Any]) -> list[str]:
    """One row for every class that a source shows."""
    rows = []
    for name in NAMES:
        of = figures[name]
        if of["n"]:
            low, high = of["ap50_low"], of["ap50_high"]
            ap50 = f"{of['ap50']:.3f} ({low:.3f}–{high:.3f})"
            rows.append(
                f"| {source} | {name} | {of['n']} | {of['p']:.3f} | {of['r']:.3f} | {ap50} | {of['ap50_95']:.3f} |"
            )
        else:
            rows.append(f"| {source} | {name} | 0 | false yes in {of['looks_with_false_yes']} looks | | | |")
    return rows


def person_row(source: str, figures: dict[str, Any]) -> str:
    """How looks at people are answered."""
    of = figures["persons"]
    badge = f"{of['wearing_yes']} yes, {of['wearing_no']} no of {of['wearing']}"
    bare = f"{of['bare_yes']} yes, {of['bare_no']} no of {of['bare']}"
    smoke = f"{of['smoking_yes']} of {of['smoking']} | {of['clear_yes']} of {of['clear']}"
    return f"| {source} | {badge} | {bare} | {smoke} |"


def tables(written: dict[str, Any], part: str) -> str:
    """Both tables of ``validation`` or ``test``."""
    lines = ["| source | class | n | P | R | AP50 (95 %) | AP50-95 |", "|---|---|---|---|---|---|---|"]
    for source, figures in written[part].items():
        lines += class_rows(source, figures)
    lines += ["", "| source | wearing a badge | no badge | smoking, yes | not smoking, yes |", "|---|---|---|---|---|"]
    lines += [person_row(source, figures) for source, figures in written[part].items()]
    return "\n".join(lines)


def main() -> None:
    """Print what the figures file holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=Path, default=FIGURES)
    written = json.loads(parser.parse_args().figures.read_text())
    for part in ("validation", "test"):
        if part in written:
            print(f"\n**{part.capitalize()}**\n\n{tables(written, part)}")
    for name, table in written["recall_by_size"].items():
        print(f"\n| {name} | found | looks |\n|---|---|---|")
        print("\n".join(f"| {size} | {found:.2f} | {looks} |" for size, found, looks in table))


if __name__ == "__main__":
    main()
