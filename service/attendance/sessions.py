"""Working time session by session: what lies within each, and what is known of its first and last moments. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from service.attendance.intervals import MICROSECOND
from service.attendance.spans import IntArray, Spans, first_and_last, pairs, total_us

NEAR = timedelta(minutes=30)
"""Who was seen this shortly before a session had come; who is seen this shortly after it had not gone."""
FOREVER = int(np.iinfo(np.int64).max)
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """Intervals of working time, numbered by row and time.

    Attributes:
        spans: By row; they may touch, not overlap.
        is_open: bool (N,), the session is not over yet: only its beginning is known.
    """

    spans: Spans
    is_open: Flags

    def __len__(self) -> int:
        return len(self.spans)

    @property
    def row(self) -> IntArray:
        """Whose each session is."""
        return self.spans.row

    @property
    def whole(self) -> Spans:
        """All of each session, by number of session."""
        return Spans(np.arange(len(self)), self.spans.start_us, self.spans.end_us)

    def cut(self, spans: Spans) -> tuple[Spans, IntArray]:
        """Return what lies within sessions, by number of session, and the number of the stretch it comes from."""
        source, session = pairs(spans, self.spans)
        start = np.maximum(spans.start_us[source], self.spans.start_us[session])
        return Spans(session, start, np.minimum(spans.end_us[source], self.spans.end_us[session])), source

    def rows_of(self, spans: Spans) -> Spans:
        """Return stretches of sessions as stretches of rows."""
        return Spans(self.row[spans.row], spans.start_us, spans.end_us)


def sessions_of(shifts: Spans, until_us: int) -> Sessions:
    """Number the sessions; those that begin later than ``until_us`` are left out, one that goes on is cut there."""
    begun = shifts.take(shifts.start_us < until_us)
    begun = begun.take(np.lexsort((begun.start_us, begun.row)))
    cut = Spans(begun.row, begun.start_us, np.minimum(begun.end_us, until_us))
    return Sessions(cut, begun.end_us > until_us)


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Of each session: its first and last required moment, and what is known of coming and going.

    Attributes:
        first_us, last_us: int64; the session's own where nothing of it is required.
        arrived_us: int64, when the first sight between these two begins; `FOREVER` where there is none.
        gone_us: int64, when the last one ends; -`FOREVER` where there is none.
        is_asked: bool, more is required than the graces forgive: who keeps both may stay away from the rest.
        has_presence: bool, seen at the post within the session, in leave too.
        came_before, stayed_after: bool, seen shortly before the first, shortly after the last required moment.
    """

    first_us: IntArray
    last_us: IntArray
    arrived_us: IntArray
    gone_us: IntArray
    is_asked: Flags
    has_presence: Flags
    came_before: Flags
    stayed_after: Flags


def edges_of(sessions: Sessions, required: Spans, in_session: Spans, present: Spans, graces: timedelta) -> Edges:
    """Find the edges of sessions.

    Args:
        required, in_session: What is required, what was seen, by session, canonical.
        present: All that was seen, by row, canonical.
        graces: Both together.
    """
    count, near = len(sessions), NEAR // MICROSECOND
    first, last = sessions.spans.start_us.copy(), sessions.spans.end_us.copy()
    which, begin, end = first_and_last(required)
    first[which], last[which] = begin, end
    arrived, gone = np.full(count, FOREVER), np.full(count, -FOREVER)
    source, found = pairs(Spans(np.arange(count), first, last), in_session)
    which, begin, end = first_and_last(Spans(source, in_session.start_us[found], in_session.end_us[found]))
    arrived[which], gone[which] = begin, end
    return Edges(
        first,
        last,
        arrived,
        gone,
        total_us(required, count) > graces // MICROSECOND,
        np.bincount(in_session.row, minlength=count) > 0,
        _is_seen(Spans(sessions.row, first - near, first), present),
        _is_seen(Spans(sessions.row, last, last + near), present),
    )


def _is_seen(spans: Spans, present: Spans) -> Flags:
    found = np.zeros(len(spans), np.bool_)
    found[pairs(spans, present)[0]] = True
    return found
