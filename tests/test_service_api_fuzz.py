"""Whatever the API is asked, it answers as it is described; the long run is ``python -m tests.api_fuzz``."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tests.api_fuzz import fuzz


@pytest.mark.timeout(900)
def test_every_operation_answers_as_it_is_described_whatever_it_is_asked(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # schemathesis warns of what it cannot negate
        found = fuzz(tmp_path, requests=300, seed=20251020)
    assert {} == found.faults
    assert found.requests >= 300
    assert {200, 201, 403, 404, 422} <= found.statuses.keys()
