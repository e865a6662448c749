"""A made-up province's queue in a real database, and how long its pages and lists take.

    python -m samples.queue --database sqlite:////tmp/queue.db --events 1000000 --pages 40
    python -m samples.queue --database postgresql+psycopg://... --events 1000000 --shape waiting --kept

The database is filled unless ``--kept``: with visits, flags, verdicts, claims and evidence of 60 days. Exit code 1
where 95 of 100 pages or lists take longer than ``--page-ms`` or ``--list-ms``.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from samples.queue_fill import SHAPES, fill
from samples.queue_pages import Measured, measure
from service.db.session import Database


@dataclass(frozen=True, slots=True)
class Limits:
    """What 95 of 100 may take, milliseconds."""

    page_ms: float
    list_ms: float

    def is_kept(self, one: Measured) -> bool:
        """Tell whether it was quick enough."""
        return one.p95_ms <= (self.page_ms if one.kind == "page" else self.list_ms)


def main() -> int:
    """Fill, measure, print."""
    asked = _read_arguments()
    limits = Limits(asked.page_ms, asked.list_ms)
    database = Database(asked.database)
    database.upgrade()
    try:
        with Progress(console=Console(stderr=True)) as progress:
            if not asked.kept:
                fill(database, asked.events, SHAPES[asked.shape], seed=asked.seed, progress=progress)
            found = measure(database, asked.pages, progress) if asked.pages else []
    finally:
        database.close()
    if asked.json:
        print(json.dumps([asdict(one) for one in found]))
    else:
        Console(width=120).print(_table(found, limits))
    return 0 if all(limits.is_kept(one) for one in found) else 1


def _table(found: list[Measured], limits: Limits) -> Table:
    table = Table("what", "reader", "asked", "median ms", "p95 ms", "slowest ms", "CPU ms", "")
    for one in found:
        times = (f"{value:.1f}" for value in (one.median_ms, one.p95_ms, one.slowest_ms, one.cpu_ms))
        table.add_row(one.kind, one.reader, one.asked or "nothing", *times, "" if limits.is_kept(one) else "too slow")
    return table


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--database", required=True, help="address of an empty database, or with --kept of a filled one"
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument(
        "--shape", choices=tuple(SHAPES), default="usual", help="usual: three in ten are flags; waiting: all"
    )
    parser.add_argument("--kept", action="store_true", help="measure what is there, make nothing")
    parser.add_argument("--pages", type=int, default=40, help="how often each page and list is asked for")
    parser.add_argument("--page-ms", type=float, default=150.0)
    parser.add_argument("--list-ms", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
