"""What tests in a browser share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser, for one module at a time: while playwright runs, nothing else can run asyncio in this thread."""
    from tests.e2e.browsers import started  # skips where there is no playwright; only here that is allowed

    with started() as browser:
        yield browser
