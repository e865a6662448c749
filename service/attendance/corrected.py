"""Lay approved corrections over what was seen. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import numpy as np

from service.attendance.days import DayInputs
from service.attendance.facts import LEAVE_KINDS, Correction, CorrectionKind
from service.attendance.intervals import Interval
from service.attendance.intervals import subtract as without
from service.attendance.intervals import union as together
from service.attendance.spans import Spans, from_intervals, joined, subtract


def with_corrections(inputs: DayInputs, changes: Iterable[tuple[int, Correction]]) -> DayInputs:
    """Return the inputs as they are after corrections; of two that contradict each other the later one counts.

    Args:
        changes: Each with its row, in the order in which they were asked for; the caller leaves out what nobody has
            approved.

    Raises:
        ValueError: A correction excuses without saying by what kind of leave.
    """
    there: dict[int, list[Interval]] = defaultdict(list)
    not_there: dict[int, list[Interval]] = defaultdict(list)
    excused: list[tuple[int, Correction]] = []
    for row, correction in changes:
        if correction.kind is CorrectionKind.EXCUSED:
            if correction.leave_kind is None:
                raise ValueError(f"correction {correction.correction_id}: wanted the kind of leave that excuses")
            excused.append((row, correction))
            continue
        is_there = correction.kind is CorrectionKind.PRESENT
        yes, no = (there, not_there) if is_there else (not_there, there)
        yes[row] = together([*yes[row], correction.span], timedelta())
        no[row] = without(no[row], [correction.span])
    removed, added = _spans(not_there), _spans(there)
    # whoever else was seen stays untouched, to the byte
    is_changed = np.zeros(inputs.rows, np.bool_)
    is_changed[removed.row] = True
    concerned = is_changed[inputs.present.row]
    kept = inputs.present.take(~concerned)
    # the later entry of two that excuse the same time counts, so the latest goes first
    excused.reverse()
    leave = [Spans(np.full(1, row), s.start_us, s.end_us) for row, c in excused for s in [from_intervals([[c.span]])]]
    kinds = [LEAVE_KINDS.index(c.leave_kind) for _, c in excused if c.leave_kind is not None]
    return replace(
        inputs,
        present=joined([kept, subtract(inputs.present.take(concerned), removed), added]),
        # whoever says that nobody was there has seen the post
        seen=joined([inputs.seen, removed]),
        leave=joined([*leave, inputs.leave]),
        leave_kind=np.concatenate([np.array(kinds, np.int64), inputs.leave_kind]),
    )


def _spans(of_rows: dict[int, list[Interval]]) -> Spans:
    rows = sorted(of_rows)
    found = from_intervals([of_rows[row] for row in rows])
    return Spans(np.array(rows, np.int64)[found.row], found.start_us, found.end_us)
