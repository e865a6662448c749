"""Sites, cameras, places, and when each camera could see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select, update
from sqlalchemy.orm import Session

from service.db.reached import by_camera, by_site, officers_within, sites_within
from service.db.records import (
    CameraRecord,
    GapRecord,
    KeptRule,
    OfficerRecord,
    PlaceRecord,
    RuleTrust,
    RunRecord,
    SiteRecord,
)
from service.db.tables import CameraRow, EventRow, FaultRow, GapRow, OfficerRow, PlaceRow, RunRow, SiteRow
from service.db.visits import VisitRepository
from service.errors import NotFound
from service.rights import EVERYTHING, Reach
from vision.types import EndReason, Gap


@dataclass(frozen=True, slots=True)
class NamedCamera:
    """A camera by name, and the time zone of its site."""

    camera_id: str
    name: str
    timezone: str


class SiteRepository:
    """Sites within one transaction, as far as somebody's reach goes: what lies outside does not exist here."""

    def __init__(self, session: Session, reach: Reach = EVERYTHING) -> None:
        self._session = session
        self._reach = reach

    @property
    def is_everything(self) -> bool:
        """Whether no reach limits it."""
        return self._reach == EVERYTHING

    def whole(self) -> SiteRepository:
        """Return the same without the limits of a unit or one officer: whose desk is whose, colleagues say too."""
        return SiteRepository(self._session, Reach(self._reach.agency)) if self._reach.is_narrow else self

    def register(
        self,
        site: SiteRecord,
        *,
        cameras: Iterable[tuple[str, str]],
        officers: Iterable[OfficerRecord],
        places: Iterable[PlaceRecord],
    ) -> None:
        """Store what a site file describes, or bring it up to date. Cameras are (id, name)."""
        hours = {"intervals": list(site.intervals), "days": list(site.days), "grace_minutes": site.grace_minutes}
        self._session.merge(
            SiteRow(
                site_id=site.site_id,
                name=site.name,
                agency=site.agency,
                timezone=site.timezone,
                notice=site.notice,
                lawful_basis=site.lawful_basis,
                hours=hours,
                judging={
                    trust.rule_id: [trust.precision_target, trust.precision_floor, trust.random_checks]
                    for trust in site.judging
                },
                hours_json=site.hours_json,
                retention=[list(astuple(kept)) for kept in site.retention],
            )
        )
        self._session.flush()
        for camera_id, name in cameras:
            self._session.merge(CameraRow(camera_id=camera_id, site_id=site.site_id, name=name))
        for officer in officers:
            self._session.merge(
                OfficerRow(
                    officer_id=officer.officer_id,
                    site_id=site.site_id,
                    name=officer.name,
                    unit=officer.unit,
                    hours_json=officer.hours_json,
                )
            )
        self._session.flush()
        for place in places:
            self._session.merge(
                PlaceRow(
                    camera_id=place.camera_id,
                    place_id=place.place_id,
                    name=place.name,
                    kind=place.kind,
                    officers=list(place.officers),
                )
            )
            if place.kind == "desk":
                VisitRepository(self._session).desk_id(place.camera_id, place.place_id)

    def sites(self, *, site_id: str | None = None, agency: str | None = None) -> list[SiteRecord]:
        """Return the sites by name: all, or only those of this id and of this agency."""
        query = select(SiteRow.__table__).order_by(SiteRow.name)  # no mapped objects: a province has hundreds of sites
        query = query.where(*sites_within(self._reach))
        if site_id is not None:
            query = query.where(SiteRow.site_id == site_id)
        if agency is not None:
            query = query.where(SiteRow.agency == agency)
        return [_site(row) for row in self._session.execute(query)]

    def site(self, site_id: str) -> SiteRecord:
        """Return one site; raises `NotFound`."""
        row = self._session.scalar(select(SiteRow).where(SiteRow.site_id == site_id, *sites_within(self._reach)))
        if row is None:
            raise NotFound(f"no site {site_id}")
        return _site(row)

    def site_of_camera(self, camera_id: str) -> SiteRecord | None:
        """Return the site of a camera; None where the camera is not known."""
        query = select(SiteRow).join(CameraRow, CameraRow.site_id == SiteRow.site_id)
        within = by_camera(self._reach, CameraRow.camera_id)
        row = self._session.scalars(query.where(CameraRow.camera_id == camera_id, *within)).first()
        return None if row is None else _site(row)

    def camera_names(self) -> list[NamedCamera]:
        """Return all cameras by id; how they work, `cameras` tells, from all their runs."""
        query = (
            select(CameraRow.camera_id, CameraRow.name, SiteRow.timezone)
            .join(SiteRow, SiteRow.site_id == CameraRow.site_id)
            .where(*by_camera(self._reach, CameraRow.camera_id))
            .order_by(CameraRow.camera_id)
        )
        return [NamedCamera(*row) for row in self._session.execute(query)]

    def cameras(self) -> list[CameraRecord]:
        """Return all cameras with their latest frame and the number of gaps."""
        runs = (
            select(RunRow.camera_id, func.max(RunRow.last_at).label("last_at"), func.sum(RunRow.frames).label("frames"))
            .group_by(RunRow.camera_id)
            .subquery()
        )
        whole = select(GapRow.camera_id, func.count().label("gaps")).where(GapRow.place_id == "")
        gaps = whole.group_by(GapRow.camera_id).subquery()
        query = (
            select(CameraRow, runs.c.last_at, runs.c.frames, gaps.c.gaps)
            .where(*by_camera(self._reach, CameraRow.camera_id))
            .join(runs, runs.c.camera_id == CameraRow.camera_id, isouter=True)
            .join(gaps, gaps.c.camera_id == CameraRow.camera_id, isouter=True)
            .order_by(CameraRow.camera_id)
        )
        return [
            CameraRecord(camera.camera_id, camera.site_id, camera.name, last_at, int(frames or 0), int(count or 0))
            for camera, last_at, frames, count in self._session.execute(query)
        ]

    def desks(self, site_id: str) -> list[PlaceRecord]:
        """Return the desks of a site."""
        query = (
            select(PlaceRow)
            .join(CameraRow, CameraRow.camera_id == PlaceRow.camera_id)
            .where(CameraRow.site_id == site_id, PlaceRow.kind == "desk", *by_site(self._reach, CameraRow.site_id))
            .order_by(PlaceRow.camera_id, PlaceRow.place_id)
        )
        return [
            PlaceRecord(row.camera_id, row.place_id, row.name, row.kind, tuple(row.officers))
            for row in self._session.scalars(query)
        ]

    def officers(self, site_id: str) -> list[OfficerRecord]:
        """Return the officers of a site."""
        query = select(OfficerRow).where(OfficerRow.site_id == site_id, *officers_within(self._reach))
        query = query.order_by(OfficerRow.officer_id)
        return [
            OfficerRecord(row.officer_id, row.name, row.unit, row.hours_json) for row in self._session.scalars(query)
        ]

    def last_seen(self, site_id: str) -> datetime | None:
        """Return when a camera of a site saw anything last; None where none ever did."""
        query = select(func.max(RunRow.last_at)).join(CameraRow, CameraRow.camera_id == RunRow.camera_id)
        within = by_site(self._reach, CameraRow.site_id)
        return self._session.scalar(query.where(CameraRow.site_id == site_id, *within))

    def last_seen_by_site(self, site_ids: Sequence[str]) -> dict[str, datetime]:
        """Return when a camera saw anything last, by site; sites where none ever did are left out."""
        query = (
            select(CameraRow.site_id, func.max(RunRow.last_at).label("last_at"))
            .join(RunRow, RunRow.camera_id == CameraRow.camera_id)
            .where(CameraRow.site_id.in_(site_ids), *by_site(self._reach, CameraRow.site_id))
            .group_by(CameraRow.site_id)
        )
        return {row.site_id: row.last_at for row in self._session.execute(query)}

    def roster(self, site_ids: Sequence[str]) -> list[tuple[str, OfficerRecord]]:
        """Return the officers of some sites, each with its site."""
        query = (
            select(OfficerRow.site_id, OfficerRow.officer_id, OfficerRow.name, OfficerRow.unit, OfficerRow.hours_json)
            .where(OfficerRow.site_id.in_(site_ids), *officers_within(self._reach))
            .order_by(OfficerRow.officer_id)
        )
        return [(site_id, OfficerRecord(*officer)) for site_id, *officer in self._session.execute(query)]

    def units(self, site_ids: Sequence[str]) -> list[str]:
        """Return the names of the units that officers of some sites belong to, sorted."""
        query = (
            select(OfficerRow.unit).where(OfficerRow.site_id.in_(site_ids), *officers_within(self._reach)).distinct()
        )
        return sorted(self._session.scalars(query))

    def desks_of(self, site_ids: Sequence[str]) -> list[PlaceRecord]:
        """Return the desks of some sites."""
        query = (
            select(PlaceRow.camera_id, PlaceRow.place_id, PlaceRow.name, PlaceRow.kind, PlaceRow.officers)
            .join(CameraRow, CameraRow.camera_id == PlaceRow.camera_id)
            .where(CameraRow.site_id.in_(site_ids), PlaceRow.kind == "desk")
            .where(*by_site(self._reach, CameraRow.site_id))
            .order_by(PlaceRow.camera_id, PlaceRow.place_id)
        )
        return [
            PlaceRecord(camera_id, place_id, name, kind, tuple(officers))
            for camera_id, place_id, name, kind, officers in self._session.execute(query)
        ]

    def store_run(self, run: RunRecord) -> None:
        """Store how far a run has come."""
        self._session.merge(
            RunRow(
                camera_id=run.camera_id,
                run_id=run.run_id,
                started_at=run.started_at,
                last_at=run.last_at,
                frames=run.frames,
                dropped_frames=run.dropped_frames,
                finished=run.finished,
            )
        )

    def store_gap(self, gap: Gap, place_id: str = "") -> None:
        """Store a gap of a camera, or of one desk; the same one again changes nothing."""
        self._session.merge(
            GapRow(
                camera_id=gap.camera_id,
                run_id=gap.run_id,
                place_id=place_id,
                start=gap.start,
                end=gap.end,
                reason=gap.reason,
            )
        )

    def abandon_runs(self, camera_ids: Sequence[str]) -> int:
        """End what a run left open that never finished (a crash, a power cut): events and faults, at the last evidence.

        Returns:
            The number of events ended.
        """
        dead = select(RunRow.run_id).where(RunRow.camera_id.in_(camera_ids), RunRow.finished.is_(False))
        ended = self._session.scalars(
            update(EventRow)
            .where(EventRow.camera_id.in_(camera_ids), EventRow.run_id.in_(dead), EventRow.ended_at.is_(None))
            .values(ended_at=EventRow.peak_at, end_reason=EndReason.INTERRUPTED)
            .returning(EventRow.event_id)
        ).all()
        VisitRepository(self._session).keep_ended(ended)
        # a fault cannot be told to be over by a run that is gone: it ends with the run's last frame
        last_at = (
            select(RunRow.last_at)
            .where(RunRow.camera_id == FaultRow.camera_id, RunRow.run_id == FaultRow.run_id)
            .scalar_subquery()
        )
        self._session.execute(
            update(FaultRow)
            .where(FaultRow.camera_id.in_(camera_ids), FaultRow.run_id.in_(dead), FaultRow.ended_at.is_(None))
            .values(ended_at=case((last_at > FaultRow.started_at, last_at), else_=FaultRow.started_at))
            .execution_options(synchronize_session="fetch")
        )
        self._session.execute(update(RunRow).where(RunRow.run_id.in_(dead)).values(finished=True))
        return len(ended)

    def runs(self, camera_ids: Sequence[str], since: datetime, until: datetime) -> list[RunRecord]:
        """Return the runs that overlap [since, until)."""
        query = (
            select(RunRow)
            .where(RunRow.camera_id.in_(camera_ids), RunRow.started_at < until, RunRow.last_at >= since)
            .where(*by_camera(self._reach, RunRow.camera_id))
        )
        return [
            RunRecord(
                row.camera_id, row.run_id, row.started_at, row.last_at, row.frames, row.dropped_frames, row.finished
            )
            for row in self._session.scalars(query.order_by(RunRow.started_at))
        ]

    def gaps(
        self, camera_ids: Sequence[str], since: datetime, until: datetime, *, place_id: str | None = None
    ) -> list[GapRecord]:
        """Return the gaps of cameras and of single desks that overlap [since, until).

        Args:
            place_id: Only the gaps of this desk; empty: only those of whole cameras.
        """
        query = select(GapRow).where(GapRow.camera_id.in_(camera_ids), GapRow.start < until, GapRow.end >= since)
        query = query.where(*by_camera(self._reach, GapRow.camera_id))
        if place_id is not None:
            query = query.where(GapRow.place_id == place_id)
        return [
            GapRecord(row.camera_id, row.run_id, row.place_id, row.start, row.end, row.reason)
            for row in self._session.scalars(query.order_by(GapRow.start))
        ]


def _site(row: SiteRow | Row[*tuple[Any, ...]]) -> SiteRecord:
    return SiteRecord(
        site_id=row.site_id,
        name=row.name,
        agency=row.agency,
        timezone=row.timezone,
        notice=row.notice,
        lawful_basis=row.lawful_basis,
        intervals=tuple(row.hours["intervals"]),
        days=tuple(row.hours["days"]),
        grace_minutes=int(row.hours["grace_minutes"]),
        judging=tuple(RuleTrust(rule_id, *numbers) for rule_id, numbers in row.judging.items()),
        hours_json=row.hours_json,
        retention=tuple(KeptRule(*line) for line in row.retention),
    )
