"""What each stretch away from the post is called: for the officer wherever the pictures leave it open. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from service.attendance.day_table import AwayKind
from service.attendance.intervals import MICROSECOND
from service.attendance.sessions import Edges, Flags
from service.attendance.spans import IntArray, Spans, joined, pairs, runs_of, union

NOT_WORTH_A_LINE = -1


@dataclass(frozen=True, slots=True)
class DayRules:
    """When something is worth a line.

    Attributes:
        grace_in, grace_out: Arriving or leaving this much off the session is in time.
        left_post_after: Shorter absences from the post are not listed.
        merge_within: Two sights with less than this between them are one.
        hidden_stay_max: A hole without data of at most this length cannot hide a stay at the post.
    """

    grace_in: timedelta = timedelta(minutes=5)
    grace_out: timedelta = timedelta(minutes=5)
    left_post_after: timedelta = timedelta(minutes=10)
    merge_within: timedelta = timedelta(seconds=3)
    hidden_stay_max: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Away stretches by session.

    Attributes:
        away, kind: The stretches that are worth a line, and what each is.
        left: int64, number of times that the post was left, by session.
        is_late, is_early, is_absent: bool, by session.
    """

    away: Spans
    kind: IntArray
    left: IntArray
    is_late: Flags
    is_early: Flags
    is_absent: Flags


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Away stretches with nothing but short holes of no data between and beside them.

    Attributes:
        spans: By session, canonical, with their holes.
        of_gone: int64, the number of the block that each away stretch lies in.
        away_from_us, away_to_us: The first moment and the last at which the empty post was seen: the holes beside
            them may hide a coming or a going.
    """

    spans: Spans
    of_gone: IntArray
    away_from_us: IntArray
    away_to_us: IntArray


def name_away(gone: Spans, no_data: Spans, edges: Edges, is_open: Flags, rules: DayRules) -> Named:
    """Say what each away stretch is.

    Args:
        gone: The post was seen without the officer; ``no_data``: it was not seen; both within required time, by
            session, canonical.
        is_open: bool, by session: it is not over yet.
    """
    count = len(edges.first_us)
    is_short = no_data.end_us - no_data.start_us <= rules.hidden_stay_max // MICROSECOND
    is_hidden = np.bincount(no_data.row[~is_short], minlength=count) > 0
    is_absent = edges.is_asked & ~is_hidden & ~edges.has_presence & ~is_open
    is_absent &= np.bincount(gone.row, minlength=count) > 0
    blocks = _blocks(gone, no_data.take(is_short))
    session = blocks.spans.row
    kind = _kinds(blocks, edges, is_open, rules)
    kind[~edges.is_asked[session] & ~edges.has_presence[session]] = NOT_WORTH_A_LINE
    kind[is_absent[session]] = AwayKind.ABSENT
    kind_of_gone = kind[blocks.of_gone]
    told = kind_of_gone != NOT_WORTH_A_LINE
    times = {each: np.bincount(session[kind == each], minlength=count) for each in AwayKind}
    return Named(
        away=gone.take(told),
        kind=kind_of_gone[told],
        left=times[AwayKind.LEFT],
        is_late=times[AwayKind.LATE] > 0,
        is_early=times[AwayKind.EARLY] > 0,
        is_absent=is_absent,
    )


def _blocks(gone: Spans, holes: Spans) -> _Blocks:
    spans = union(joined([gone, holes])) if len(holes) else gone
    within = pairs(gone, spans)[1]
    begin, end = runs_of(within)
    # a hole that touches no away stretch is no block
    numbers = np.zeros(len(gone), np.int64)
    numbers[begin[1:]] = 1
    return _Blocks(spans.take(within[begin]), np.cumsum(numbers), gone.start_us[begin], gone.end_us[end - 1])


def _kinds(blocks: _Blocks, edges: Edges, is_open: Flags, rules: DayRules) -> IntArray:
    """Name blocks by where they lie; what no sight separates from a session's edge is judged by the grace there.

    A gap in the data only ever shortens a block, or tears it off the arrival; it must not become worse by that. So a
    block that ends within the grace is nothing even where it does not reach from the first moment to the arrival.
    """
    session = blocks.spans.row
    first, last = edges.first_us[session], edges.last_us[session]
    arrived, gone = edges.arrived_us[session], edges.gone_us[session]
    not_yet = ~edges.came_before[session] & (blocks.spans.end_us <= arrived)
    no_more = ~edges.stayed_after[session] & (blocks.spans.start_us >= gone) & ~is_open[session]
    in_grace_in = blocks.away_to_us <= first + rules.grace_in // MICROSECOND
    in_grace_out = blocks.away_from_us >= last - rules.grace_out // MICROSECOND
    comes = not_yet & (blocks.spans.start_us == first) & (blocks.spans.end_us == arrived)
    goes = no_more & (blocks.spans.end_us == last) & (blocks.spans.start_us == gone)
    is_long = blocks.away_to_us - blocks.away_from_us >= rules.left_post_after // MICROSECOND
    kind = np.where(is_long, int(AwayKind.LEFT), NOT_WORTH_A_LINE)
    kind[not_yet & in_grace_in | no_more & in_grace_out] = NOT_WORTH_A_LINE
    kind[comes & ~in_grace_in] = AwayKind.LATE
    kind[goes & ~in_grace_out] = AwayKind.EARLY
    return kind
