"""When a message that was not taken is tried again, and when trying ends. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=24)


def next_try(attempts: int, *, first_due_at: datetime, now: datetime) -> datetime | None:
    """Return when to try again after so many attempts in vain; None where trying ends.

    A minute, doubled each time, at most an hour; a day after it was due for the first time nobody waits for it.
    """
    wait = min(FIRST_WAIT * (1 << min(max(attempts - 1, 0), 16)), LONGEST_WAIT)
    return None if now - first_due_at >= GIVEN_UP_AFTER else now + wait
