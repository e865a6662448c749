"""The command that measures the queue, on a small queue with a real server."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from samples.queue_fill import RULE_SHARES, SHAPES, fill
from samples.queue_pages import QUESTIONS, REMOTE_QUESTIONS, measure
from service.db.records import FLAG_RULES
from service.db.session import Database


def test_every_rule_that_flags_has_its_share() -> None:
    assert set(FLAG_RULES) == set(RULE_SHARES)


def test_a_queue_is_made_and_its_pages_and_lists_are_measured(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/queue.db")
    database.upgrade()
    with Progress(console=Console(quiet=True)) as progress:
        fill(database, 2000, SHAPES["usual"], seed=3, progress=progress)
        found = measure(database, 1, progress)
    database.close()
    assert {"page", "list"} == {one.kind for one in found}
    assert 2 * (2 * len(QUESTIONS) + len(REMOTE_QUESTIONS)) == len(found)
    assert all(0 < one.median_ms <= one.p95_ms <= one.slowest_ms for one in found)
