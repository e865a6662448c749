"""From what is stored to a report: whose desk was whose when, and what the cameras could see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from service.attendance.month import Report
from service.db.attendance import AttendanceRepository
from service.db.corrections import CorrectionRepository
from service.db.sites import SiteRepository
from service.db.visits import VisitRepository


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the facts are, within one transaction."""

    sites: SiteRepository
    visits: VisitRepository
    attendance: AttendanceRepository
    corrections: CorrectionRepository


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose attendance is wanted, and of which days; None means any.

    Attributes:
        first, last: Both included.
    """

    first: date
    last: date
    site_id: str | None = None
    agency: str | None = None
    unit: str | None = None
    officer_ids: tuple[str, ...] | None = None


def gather(
    sources: Sources, asked: Asked, *, made_at: datetime, advance: Callable[[int], None] | None = None
) -> Report:
    """Derive the attendance that is asked for.

    Args:
        made_at: Written into the report.
        advance: Told how many officers more are done, for a progress bar.

    Raises:
        NotFound: There is no such site, agency, unit or officer; the message names those there are.
    """
    raise NotImplementedError
