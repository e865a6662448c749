"""Let time do its part in hearings: a deadline that passed counts though nobody looks."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.api.auth import work_in
from service.api.case_reading import settle_all
from service.api.context import WebContext

LOOKS_EVERY = timedelta(minutes=10)


class HearingKeeper:
    """Stores the steps that time alone takes: no response, nothing more to come, closed."""

    def __init__(self, context: WebContext) -> None:
        self._context = context

    def run_once(self, now: datetime) -> int:
        """Look through the hearings whose time is over; return how many there were."""
        with work_in(self._context) as work:
            return settle_all(work)
