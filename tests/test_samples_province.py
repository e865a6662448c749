"""The command that measures the page of one agency, on a small agency with a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from samples.province_page import PageCost, page_cost
from tests.attendance_world import FIRST, NOW, OFFICERS, AttendanceWorld


def test_pages_are_asked_for_and_measured(tmp_path: Path) -> None:
    world = AttendanceWorld(tmp_path)
    cost = page_cost(world.database, f"{FIRST:%Y-%m}", officers=len(OFFICERS), pages=3, at=NOW)
    assert (3, 3) == (cost.officers, cost.pages)
    assert 0 < cost.median_ms <= cost.p95_ms <= cost.slowest_ms


@pytest.mark.parametrize(("p95_ms", "is_too_slow"), [(200.0, False), (200.1, True)])
def test_pages_are_too_slow_above_200_ms_at_the_95th_percentile(p95_ms: float, is_too_slow: bool) -> None:
    cost = PageCost(10_000, 40, median_ms=100.0, p95_ms=p95_ms, slowest_ms=900.0)
    assert is_too_slow == cost.is_too_slow
