"""Sums over officers and days: what a unit's, an agency's or a province's attendance comes to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType

import numpy as np

from service.attendance.day_table import DayTable
from service.attendance.facts import LEAVE_KINDS, LeaveKind
from service.attendance.month import Report, ReportOfficer
from service.attendance.spans import IntArray

LENGTHS = (
    "planned", "required", "worked", "present", "outside", "late", "early", "left", "left_waiting", "left_untold",
    "absent", "no_data",
)  # fmt: skip
"""Figures that are lengths of time; a `DayTable` holds each as ``NAME_us``."""
COUNTS = ("late_count", "early_count", "left_count", "absent_days", "unknown_days", "required_days")


class Grouping(StrEnum):
    """Over whom figures are summed."""

    OFFICER = "officer"
    UNIT = "unit"
    AGENCY = "agency"
    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over some officers' days.

    Attributes:
        planned: Working time; ``required``: of it, the time in which there was no leave.
        worked: Seen at the post in working time, and leave that is work (duty trip, meeting, training).
        present: Seen at the post in working time; ``outside``: seen there at other times.
        late_count, early_count: Days with a late arrival, an early leaving; ``late``, ``early``: how long in all.
        left_count: How often the post was left; ``left``: how long in all.
        left_waiting: Of it, while citizens were seen waiting: at least so long; see ``is_waiting_told``.
        left_untold: Of it, while nobody can say whether anybody waited.
        absent_days: Days without any sight of the officer on which the cameras could have seen them all along.
        absent: Whole sessions of absence, those of other days too.
        no_data: Required time that no camera could see: nothing is said of it.
        unknown_days: Required days of which nobody can say whether the officer was there at all.
        required_days: Days on which the officer had to be there for some time.
        leave: By kind, only those that occur.
    """

    planned: timedelta
    required: timedelta
    worked: timedelta
    present: timedelta
    outside: timedelta
    late: timedelta
    early: timedelta
    left: timedelta
    left_waiting: timedelta
    left_untold: timedelta
    absent: timedelta
    no_data: timedelta
    late_count: int
    early_count: int
    left_count: int
    absent_days: int
    unknown_days: int
    required_days: int
    leave: Mapping[LeaveKind, timedelta]

    @property
    def coverage(self) -> float:
        """Share of the required time that cameras could see, 0..1; 1 where nothing was required."""
        return 1.0 - self.no_data / self.required if self.required else 1.0

    @property
    def is_waiting_told(self) -> bool:
        """Whether anything is known of citizens waiting while the post was left; so too where it was not left."""
        return self.left_untold < self.left or not self.left


@dataclass(frozen=True, slots=True)
class Group:
    """Some officers who stand together, and their figures.

    Attributes:
        label: Name of the officer, unit or agency; empty for the whole report.
        agency, unit: Where they belong; empty where the group is wider.
        officers: Their numbers in the report.
    """

    label: str
    agency: str
    unit: str
    officers: range
    figures: Figures


def figures_of(table: DayTable, rows: IntArray) -> Figures:
    """Sum any rows of a table.

    Args:
        rows: int64 (N,), numbers of rows.
    """
    sums = {name: column[rows].sum(axis=0)[None] for name, column in _columns(table).items()}
    return _figures(sums)[0]


def group(report: Report, by: Grouping, *, days: slice = slice(None), table: DayTable | None = None) -> list[Group]:
    """Sum a report over officers, units, agencies or all of it, in the report's order.

    Args:
        days: Which of the report's days; all by default.
        table: What to sum in place of the report's corrected table.
    """
    found = members(report.officers, by)
    if not found:
        return []
    starts = [first.start for _, first in found]
    shape = (len(report.officers), len(report.days))
    sums = {}
    for name, column in _columns(report.table if table is None else table).items():
        of_officers = column.reshape(*shape, *column.shape[1:])[:, days].sum(axis=1)
        sums[name] = np.add.reduceat(of_officers, starts, axis=0)
    return [Group(*names, officers, figures) for (names, officers), figures in zip(found, _figures(sums), strict=True)]


def members(officers: Sequence[ReportOfficer], by: Grouping) -> list[tuple[tuple[str, str, str], range]]:
    """Say who stands together: label, agency and unit of each group, and its officers' numbers."""
    if by is Grouping.OFFICER:
        return [((o.name, o.agency, o.unit), range(n, n + 1)) for n, o in enumerate(officers)]
    if by is Grouping.PROVINCE:
        return [(("", "", ""), range(len(officers)))] if officers else []
    found, first = [], 0
    for (agency, unit), together in groupby(officers, lambda o: (o.agency, o.unit if by is Grouping.UNIT else "")):
        size = sum(1 for _ in together)
        label = unit if by is Grouping.UNIT else agency
        found.append(((label, agency, unit), range(first, first + size)))
        first += size
    return found


def _columns(table: DayTable) -> dict[str, IntArray]:
    """Return int64 (rows,) per figure, and ``leave`` (rows, kinds)."""
    columns: dict[str, IntArray] = {name: getattr(table, f"{name}_us") for name in LENGTHS}
    is_required = table.required_us > 0
    flags = {
        "late_count": table.late_us > 0,
        "early_count": table.early_us > 0,
        "absent_days": table.is_absent == 1,
        "unknown_days": is_required & (table.is_absent == -1),
        "required_days": is_required,
    }
    columns |= {name: flag.astype(np.int64) for name, flag in flags.items()}
    return columns | {"left_count": table.left_count, "leave": table.leave_us}


def _figures(sums: Mapping[str, IntArray]) -> list[Figures]:
    lengths = [[timedelta(microseconds=us) for us in sums[name].tolist()] for name in LENGTHS]
    counts = [sums[name].tolist() for name in COUNTS]
    leaves = [
        MappingProxyType({k: timedelta(microseconds=us) for k, us in zip(LEAVE_KINDS, row, strict=True) if us})
        for row in sums["leave"].tolist()
    ]
    return [Figures(*figures) for figures in zip(*lengths, *counts, leaves, strict=True)]
