"""Leave, cover, punches and badge reads: stored once, withdrawn but never overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.facts import (
    BadgeRead,
    Cover,
    Direction,
    Leave,
    LeaveKind,
    Punch,
)
from service.attendance.intervals import Interval
from service.db.attendance_tables import (
    BadgeReadRow,
    CoverRow,
    LeaveRow,
    PunchRow,
)
from service.db.reached import by_officer
from service.errors import NotFound, Refused
from service.rights import EVERYTHING, Reach


class AttendanceRepository:
    """Attendance's facts within one transaction, as far as somebody's reach goes: of others' there are none."""

    def __init__(self, session: Session, reach: Reach = EVERYTHING) -> None:
        self._session = session
        self._reach = reach

    def whole(self) -> AttendanceRepository:
        """Return the same without limits: at whose desk an officer sits, the leave and cover of others say too."""
        return AttendanceRepository(self._session)

    def add_leave(self, leave: Leave, *, by: int | None, at: datetime) -> int:
        """Store leave; the same one again changes nothing. Returns its number."""
        same = select(LeaveRow.leave_id).where(
            LeaveRow.officer_id == leave.officer_id,
            LeaveRow.kind == leave.kind,
            LeaveRow.start == leave.span.start,
            LeaveRow.end == leave.span.end,
            LeaveRow.withdrawn_at.is_(None),
        )
        known = self._session.scalar(same)
        if known is not None:
            return known
        row = LeaveRow(
            officer_id=leave.officer_id,
            kind=leave.kind,
            start=leave.span.start,
            end=leave.span.end,
            document=leave.document,
            note=leave.note,
            source=leave.source,
            entered_by=by,
            entered_at=at,
        )
        self._session.add(row)
        self._session.flush()
        return row.leave_id

    def leaves(self, officer_ids: Sequence[str] | None, since: datetime, until: datetime) -> list[Leave]:
        """Return the leave in force that overlaps [since, until), in the order of entering; None: of everybody."""
        query = select(LeaveRow).where(LeaveRow.withdrawn_at.is_(None), LeaveRow.start < until, LeaveRow.end > since)
        query = query.where(*by_officer(self._reach, LeaveRow.officer_id))
        if officer_ids is not None:
            query = query.where(LeaveRow.officer_id.in_(officer_ids))
        return [_leave(row) for row in self._session.scalars(query.order_by(LeaveRow.leave_id))]

    def withdraw_leave(self, leave_id: int, *, by: int, at: datetime) -> None:
        """Take leave back; it stays on record. Raises `NotFound`, or `Refused` where that was done before."""
        query = select(LeaveRow).where(LeaveRow.leave_id == leave_id, *by_officer(self._reach, LeaveRow.officer_id))
        row = self._session.scalars(query).one_or_none()
        if row is None:
            raise NotFound(f"no leave {leave_id}")
        _withdraw(row, by, at)

    def add_cover(self, cover: Cover, *, by: int | None, at: datetime) -> int:
        """Store cover; the same one again changes nothing. Returns its number."""
        same = select(CoverRow.cover_id).where(
            CoverRow.officer_id == cover.officer_id,
            CoverRow.camera_id == cover.camera_id,
            CoverRow.place_id == cover.desk_id,
            CoverRow.start == cover.span.start,
            CoverRow.end == cover.span.end,
            CoverRow.withdrawn_at.is_(None),
        )
        known = self._session.scalar(same)
        if known is not None:
            return known
        row = CoverRow(
            officer_id=cover.officer_id,
            camera_id=cover.camera_id,
            place_id=cover.desk_id,
            start=cover.span.start,
            end=cover.span.end,
            note=cover.note,
            source=cover.source,
            entered_by=by,
            entered_at=at,
        )
        self._session.add(row)
        self._session.flush()
        return row.cover_id

    def covers(self, since: datetime, until: datetime) -> list[Cover]:
        """Return the cover in force that overlaps [since, until), in the order of entering."""
        query = select(CoverRow).where(CoverRow.withdrawn_at.is_(None), CoverRow.start < until, CoverRow.end > since)
        query = query.where(*by_officer(self._reach, CoverRow.officer_id))
        return [_cover(row) for row in self._session.scalars(query.order_by(CoverRow.cover_id))]

    def withdraw_cover(self, cover_id: int, *, by: int, at: datetime) -> None:
        """Take cover back; it stays on record. Raises `NotFound`, or `Refused` where that was done before."""
        query = select(CoverRow).where(CoverRow.cover_id == cover_id, *by_officer(self._reach, CoverRow.officer_id))
        row = self._session.scalars(query).one_or_none()
        if row is None:
            raise NotFound(f"no cover {cover_id}")
        _withdraw(row, by, at)

    def add_punches(self, punches: Sequence[Punch], *, at: datetime) -> int:
        """Store stamps; those that are known change nothing. Returns how many were new."""
        new = 0
        for punch in punches:
            if self._session.get(PunchRow, (punch.officer_id, punch.at, punch.device)) is None:
                new += 1
                self._session.add(
                    PunchRow(
                        officer_id=punch.officer_id,
                        at=punch.at,
                        device=punch.device,
                        direction=punch.direction,
                        source=punch.source,
                        imported_at=at,
                    )
                )
                self._session.flush()
        return new

    def punches(self, officer_ids: Sequence[str] | None, since: datetime, until: datetime) -> list[Punch]:
        """Return the stamps within [since, until), oldest first; None: of everybody."""
        query = select(PunchRow).where(PunchRow.at >= since, PunchRow.at < until)
        query = query.where(*by_officer(self._reach, PunchRow.officer_id))
        if officer_ids is not None:
            query = query.where(PunchRow.officer_id.in_(officer_ids))
        rows = self._session.scalars(query.order_by(PunchRow.at, PunchRow.officer_id))
        return [Punch(row.officer_id, row.at, Direction(row.direction), row.device, row.source) for row in rows]

    def add_badge_read(self, read: BadgeRead) -> None:
        """Store a badge's read; the same one again changes nothing."""
        self._session.merge(
            BadgeReadRow(
                officer_id=read.officer_id,
                camera_id=read.camera_id,
                at=read.at,
                line_id=read.line_id,
                direction=read.direction,
            )
        )

    def badge_reads(self, officer_ids: Sequence[str] | None, since: datetime, until: datetime) -> list[BadgeRead]:
        """Return the reads within [since, until), oldest first; None: of everybody."""
        query = select(BadgeReadRow).where(BadgeReadRow.at >= since, BadgeReadRow.at < until)
        query = query.where(*by_officer(self._reach, BadgeReadRow.officer_id))
        if officer_ids is not None:
            query = query.where(BadgeReadRow.officer_id.in_(officer_ids))
        rows = self._session.scalars(query.order_by(BadgeReadRow.at, BadgeReadRow.officer_id))
        return [BadgeRead(r.officer_id, r.camera_id, r.line_id, r.at, Direction(r.direction)) for r in rows]


def _withdraw(row: LeaveRow | CoverRow, by: int, at: datetime) -> None:
    if row.withdrawn_at is not None:
        raise Refused("it was withdrawn before")
    row.withdrawn_by, row.withdrawn_at = by, at


def _leave(row: LeaveRow) -> Leave:
    span = Interval(row.start, row.end)
    return Leave(row.officer_id, LeaveKind(row.kind), span, row.document, row.note, row.source, row.leave_id)


def _cover(row: CoverRow) -> Cover:
    span = Interval(row.start, row.end)
    return Cover(row.camera_id, row.place_id, row.officer_id, span, row.note, row.source, row.cover_id)
