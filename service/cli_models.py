"""`congvu models`: which nets there are, and whether their files are the ones that the catalogue names."""

from __future__ import annotations

import typer
from rich.console import Console

from models.catalog import ModelEntry, load_catalog

models_app = typer.Typer(help="The nets.", no_args_is_help=True)

SHOWN_CLASSES = 8
"""More names than this are only counted."""


@models_app.command("list")
def models_list() -> None:
    """List the nets: task, classes, input, size of the files, licence and card."""
    for entry in load_catalog().values():
        print("\n".join([entry.name, *(f"  {name:8} {value}" for name, value in _facts(entry).items())]))


@models_app.command("verify")
def models_verify() -> None:
    """Compare every file of the nets with the sum in the catalogue; exit 1 and every fault listed."""
    stderr = Console(stderr=True, soft_wrap=True)
    good = True
    for entry in load_catalog().values():
        faults = list(entry.faults(with_checkpoint=True))
        if not entry.card.is_file():
            faults.append(f"net {entry.name!r}: {entry.card} is missing; install Công Vụ again")
        for fault in faults:
            stderr.print(fault, markup=False, highlight=False)
        if not faults:
            stderr.print(f"{entry.name}: good")
        good = good and not faults
    if not good:
        raise typer.Exit(1)


def _facts(entry: ModelEntry) -> dict[str, str]:
    shown = ", ".join(entry.classes[:SHOWN_CLASSES]) + (", …" if len(entry.classes) > SHOWN_CLASSES else "")
    files = {"graph": entry.graph, "weights": entry.weights, "checkpoint": entry.checkpoint}
    if entry.int8 is not None:
        files |= {"INT8 graph": entry.int8.graph, "INT8 weights": entry.int8.weights}
    sizes = [
        f"{name} {path.stat().st_size / 1e6:.1f} MB" if path.is_file() else f"{name} is missing"
        for name, path in files.items()
    ]
    return {
        "task": entry.task,
        "classes": f"{len(entry.classes)}: {shown}",
        "input": f"{entry.input_px[1]} x {entry.input_px[0]} px",
        "size": ", ".join(sizes),
        "licence": entry.licence,
        "card": str(entry.card) if entry.card.is_file() else f"{entry.card} is missing",
    }
