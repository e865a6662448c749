"""When somebody wants to be left alone: what falls in that time waits for its end. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times from ``start``, included, to ``end``, not included; past midnight where the end is the earlier one.

    Raises:
        ValueError: Both are the same: that would be no time at all, or all of it.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError(f"wanted a start and another end, got {self.start:%H:%M} twice")

    def is_within(self, at: time) -> bool:
        """Tell whether a local time is quiet."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def quiet_hours(start: str, end: str) -> QuietHours | None:
    """Read quiet hours as they are stored, ``HH:MM``; None where there are none. Raises `ValueError`."""
    if not start and not end:
        return None
    return QuietHours(_minute(start), _minute(end))


def send_at(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """Return when something that is to be told at ``at`` may be sent, aware UTC."""
    local = at.astimezone(zone)
    if quiet is None or not quiet.is_within(local.time()):
        return at.astimezone(UTC)
    day = local.date() + timedelta(days=1 if quiet.end <= local.time() else 0)
    return datetime.combine(day, quiet.end, tzinfo=zone).replace(fold=local.fold).astimezone(UTC)


def _minute(text: str) -> time:
    """Read ``HH:MM`` and nothing else that `time.fromisoformat` takes."""
    found = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  # a time of day has no zone
    if len(text) != len("HH:MM"):
        raise ValueError(f"wanted a time such as 22:00, got {text!r}")
    return found
