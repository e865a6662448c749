"""When desks were occupied and when they could be seen: millions of rows, read as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Integer, Select, String, and_, cast, column, func, or_, select, values
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from service.attendance.counters import CounterInForce, WatchedCounter
from service.attendance.intervals import microseconds
from service.db.attendance_tables import DeskRow, VisitRow
from service.db.tables import EventRow, GapRow, RunRow, SceneVersionRow

PRESENCE_RULE = "presence"
WAITING_RULE = "citizens_waiting"
LONGEST_VISIT = timedelta(days=7)
"""Visits that began longer ago than this are not looked for: a run of a camera that long without a single look away
from one desk is no officer at work."""
LONGEST_WAIT = timedelta(days=1)
"""Likewise for citizens who wait."""


@dataclass(frozen=True, slots=True, eq=False)
class DeskSpans:
    """Stretches of time at desks.

    Attributes:
        desk_id: int64 (N,), number of the desk.
        start_us, end_us: int64 (N,), microseconds since 1970 UTC; end > start.
    """

    desk_id: NDArray[np.int64]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]


class epoch_us(FunctionElement[int]):
    """Microseconds since 1970 UTC of a stored time, exactly."""

    type = BigInteger()
    inherit_cache = True


@compiles(epoch_us)
def _in_postgresql(element: epoch_us, compiler: SQLCompiler, **words: Any) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **words)}) * 1000000 AS BIGINT)"


@compiles(epoch_us, "sqlite")
def _in_sqlite(element: epoch_us, compiler: SQLCompiler, **words: Any) -> str:
    stored = compiler.process(element.clauses, **words)  # text, YYYY-MM-DD HH:MM:SS.ffffff in UTC
    return (
        f"(CAST(strftime('%s', substr({stored}, 1, 19)) AS INTEGER) * 1000000 + CAST(substr({stored}, 21) AS INTEGER))"
    )


class VisitRepository:
    """Desks and their visits within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def desk_id(self, camera_id: str, place_id: str) -> int:
        """Return a desk's number; give it one where it has none."""
        query = select(DeskRow.desk_id).where(DeskRow.camera_id == camera_id, DeskRow.place_id == place_id)
        known = self._session.scalar(query)
        if known is not None:
            return known
        row = DeskRow(camera_id=camera_id, place_id=place_id)
        self._session.add(row)
        self._session.flush()
        return row.desk_id

    def desk_ids(self, camera_ids: Sequence[str] | None = None) -> dict[tuple[str, str], int]:
        """Return the numbers of the desks of some cameras, or of all, by (camera, place)."""
        query = select(DeskRow.camera_id, DeskRow.place_id, DeskRow.desk_id)
        if camera_ids is not None:
            query = query.where(DeskRow.camera_id.in_(camera_ids))
        return {(camera, place): desk for camera, place, desk in self._session.execute(query)}

    def keep(self, camera_id: str, place_id: str, *, started_at: datetime, ended_at: datetime) -> None:
        """Store a visit that has ended; the same one again keeps its latest end. Empty ones are not kept."""
        if ended_at <= started_at:
            return
        desk_id, start = self.desk_id(camera_id, place_id), microseconds(started_at)
        row = self._session.get(VisitRow, (desk_id, start))
        if row is None:
            self._session.add(VisitRow(desk_id=desk_id, started_us=start, ended_us=microseconds(ended_at)))
        else:
            row.ended_us = microseconds(ended_at)

    def keep_ended(self, event_ids: Iterable[str]) -> None:
        """Store those of these events that are visits."""
        query = select(EventRow).where(EventRow.event_id.in_(list(event_ids)), EventRow.rule_id == PRESENCE_RULE)
        for row in self._session.scalars(query):
            if row.ended_at is not None:
                self.keep(row.camera_id, row.place_id, started_at=row.started_at, ended_at=row.ended_at)

    def visits(self, desk_ids: Sequence[int] | None, since: datetime, until: datetime) -> DeskSpans:
        """Return the visits that overlap [since, until), those that go on as far as their camera has seen.

        Args:
            desk_ids: Of these desks; None: of all.
        """
        query = select(cast(VisitRow.desk_id, BigInteger), VisitRow.started_us, VisitRow.ended_us).where(
            VisitRow.started_us >= microseconds(since - LONGEST_VISIT),
            VisitRow.started_us < microseconds(until),
            VisitRow.ended_us > microseconds(since),
        )
        ended = self._read(query if desk_ids is None else query.where(VisitRow.desk_id.in_(desk_ids)))
        return _joined(ended, self._open_visits(desk_ids, since, until))

    def _open_visits(self, desk_ids: Sequence[int] | None, since: datetime, until: datetime) -> DeskSpans:
        """A visit that goes on lasts as far as its camera has seen."""
        seen = func.coalesce(RunRow.last_at, EventRow.peak_at)
        at_desk = and_(DeskRow.camera_id == EventRow.camera_id, DeskRow.place_id == EventRow.place_id)
        in_run = and_(RunRow.camera_id == EventRow.camera_id, RunRow.run_id == EventRow.run_id)
        query = (
            _columns(EventRow.started_at, seen)
            .select_from(EventRow)
            .join(DeskRow, at_desk)
            .join(RunRow, in_run, isouter=True)
            .where(EventRow.rule_id == PRESENCE_RULE, EventRow.ended_at.is_(None), seen > EventRow.started_at)
            .where(EventRow.started_at < until, seen > since)
        )
        return self._read_of(desk_ids, query)

    def watched(self, desk_ids: Sequence[int] | None, since: datetime, until: datetime) -> DeskSpans:
        """Return when the cameras of desks ran, where that overlaps [since, until)."""
        query = (
            _columns(RunRow.started_at, RunRow.last_at)
            .select_from(RunRow)
            .join(DeskRow, DeskRow.camera_id == RunRow.camera_id)
            .where(RunRow.started_at < until, RunRow.last_at > since, RunRow.last_at > RunRow.started_at)
        )
        return self._read_of(desk_ids, query)

    def blind(self, desk_ids: Sequence[int] | None, since: datetime, until: datetime) -> DeskSpans:
        """Return when nothing could be said of desks though their cameras ran."""
        here = or_(GapRow.place_id == "", GapRow.place_id == DeskRow.place_id)
        query = (
            _columns(GapRow.start, GapRow.end)
            .select_from(GapRow)
            .join(DeskRow, and_(DeskRow.camera_id == GapRow.camera_id, here))
            .where(GapRow.start < until, GapRow.end > since, GapRow.end > GapRow.start)
        )
        if desk_ids is not None:  # else PostgreSQL reads the gaps of the whole province
            query = query.where(GapRow.camera_id.in_(select(DeskRow.camera_id).where(DeskRow.desk_id.in_(desk_ids))))
        return self._read_of(desk_ids, query)

    def counters(self, camera_ids: Sequence[str] | None) -> list[CounterInForce]:
        """Return the counters of some cameras' scenes, of every version, by camera and time; None: of all cameras."""
        query = select(SceneVersionRow.camera_id, SceneVersionRow.saved_at, SceneVersionRow.scene["counters"])
        if camera_ids is not None:
            query = query.where(SceneVersionRow.camera_id.in_(camera_ids))
        ordered = query.order_by(SceneVersionRow.camera_id, SceneVersionRow.number)
        versions = self._session.execute(ordered).all()
        found = []
        for n, (camera_id, saved_at, counters) in enumerate(versions):
            is_first = n == 0 or versions[n - 1][0] != camera_id
            is_last = n + 1 == len(versions) or versions[n + 1][0] != camera_id
            since, until = None if is_first else saved_at, None if is_last else versions[n + 1][1]
            found += [
                CounterInForce(camera_id, c["id"], tuple(c["desks"]), bool(c.get("waiting_zone")), since, until)
                for c in counters or ()
            ]
        return found

    def waited(self, counters: Sequence[WatchedCounter], since: datetime, until: datetime) -> DeskSpans:
        """Return when citizens waited at counters, where that overlaps [since, until); who still waits, as far as seen.

        Returns:
            Stretches by the numbers of the counters in place of desks.
        """
        if not counters:
            nothing = np.zeros(0, np.int64)
            return DeskSpans(nothing, nothing, nothing)
        names = (column("number", Integer), column("camera_id", String), column("place_id", String))
        numbers: dict[tuple[str, str], int] = {}
        asked_as = [numbers.setdefault((c.camera_id, c.counter_id), len(numbers)) for c in counters]
        rows = [(number, *key) for key, number in numbers.items()]
        asked = values(*names, name="asked", literal_binds=True).data(rows).cte()
        seen_to = func.coalesce(EventRow.ended_at, RunRow.last_at, EventRow.peak_at)
        at_counter = and_(asked.c.camera_id == EventRow.camera_id, asked.c.place_id == EventRow.place_id)
        in_run = and_(RunRow.camera_id == EventRow.camera_id, RunRow.run_id == EventRow.run_id)
        query = (
            select(cast(asked.c.number, BigInteger), epoch_us(EventRow.started_at), epoch_us(seen_to))
            .select_from(EventRow)
            .join(asked, at_counter)
            .join(RunRow, in_run, isouter=True)
            .where(EventRow.rule_id == WAITING_RULE, seen_to > EventRow.started_at, seen_to > since)
            .where(EventRow.started_at >= since - LONGEST_WAIT, EventRow.started_at < until)
        )
        return _spread(self._read(query), asked_as, [counter.number for counter in counters])

    def _read_of(self, desk_ids: Sequence[int] | None, query: Select[int, int, int]) -> DeskSpans:
        return self._read(query if desk_ids is None else query.where(DeskRow.desk_id.in_(desk_ids)))

    def _read(self, query: Select[int, int, int]) -> DeskSpans:
        """Read three columns of whole numbers."""
        connection = self._session.connection()
        sql = str(query.compile(connection.engine, compile_kwargs={"literal_binds": True}))
        driver: Any = connection.connection.driver_connection
        self._session.flush()
        if connection.dialect.name == "postgresql":
            return _packed(driver, sql)
        numbers = np.fromiter(chain.from_iterable(driver.execute(sql)), dtype=np.int64).reshape(-1, 3)
        return DeskSpans(numbers[:, 0].copy(), numbers[:, 1].copy(), numbers[:, 2].copy())


def _columns(start: Any, end: Any) -> Select[int, int, int]:
    return select(cast(DeskRow.desk_id, BigInteger), epoch_us(start), epoch_us(end))


def _packed(driver: Any, sql: str) -> DeskSpans:
    """Let PostgreSQL put the numbers of each desk into one value: a million rows in 0.6 s, by a cursor 3 s."""
    packed = (
        "SELECT string_agg(int8send(desk) || int8send(start_us) || int8send(end_us), ''::bytea) "
        f"FROM ({sql}) AS spans (desk, start_us, end_us) GROUP BY desk"
    )
    with driver.cursor(binary=True) as cursor:
        content = b"".join(value for (value,) in cursor.execute(packed))
    numbers = np.frombuffer(content, dtype=">i8").reshape(-1, 3)
    return DeskSpans(*(numbers[:, column].astype(np.int64) for column in range(3)))


def _joined(left: DeskSpans, right: DeskSpans) -> DeskSpans:
    if not len(right.desk_id):
        return left
    return DeskSpans(
        np.concatenate([left.desk_id, right.desk_id]),
        np.concatenate([left.start_us, right.start_us]),
        np.concatenate([left.end_us, right.end_us]),
    )


def _spread(found: DeskSpans, asked_as: Sequence[int], numbers: Sequence[int]) -> DeskSpans:
    """Give the stretches of one counter to each number that it was asked for as."""
    order = np.argsort(found.desk_id, kind="stable")
    first, last = (np.searchsorted(found.desk_id[order], asked_as, side) for side in ("left", "right"))
    count = last - first
    # rows first[i] .. last[i] of each in turn
    rows = order[np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)]
    return DeskSpans(np.repeat(np.array(numbers, np.int64), count), found.start_us[rows], found.end_us[rows])
