"""Counts for the figures, made in the database: what comes out is as long as there are kinds, not events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, not_, select
from sqlalchemy.orm import Session

from service.db.calibration import CalibrationRepository
from service.db.counted_events import ASKED_RULE, IS_FLAG, Conditions, events_of, hour_of
from service.db.counted_hearings import hearings_of
from service.db.counted_verdicts import VerdictCounts
from service.db.reached import by_camera
from service.db.records import RuleMode, Standing
from service.db.tables import CameraRow, EventRow, RandomCheckRow, SiteRow
from service.hearing.stages import Outcome
from service.rights import EVERYTHING, Reach
from service.statistics.compliance import DeskCount
from service.statistics.hearings import Hearing
from service.statistics.rows import CheckCount, Counted, FlagCount, HourCount, LookCount, Scope, Suspension, Watched

STANDING_OF = {
    Outcome.UPHELD: Standing.BREACH,
    Outcome.NOT_UPHELD: Standing.NO_BREACH,
    Outcome.CANNOT_ESTABLISH: Standing.CANNOT_TELL,
}
"""What a flag is counted as once a hearing about it was concluded for good."""


@dataclass(frozen=True, slots=True)
class Counting:
    """An event that counts otherwise than among all that inspectors were asked about.

    Attributes:
        was: What its verdicts come to; standing: what it counts as, None where it is no flag.
    """

    rule: str
    camera_id: str
    at: datetime
    was: Standing
    standing: Standing | None

    @property
    def changes(self) -> list[tuple[Standing, int]]:
        """What it takes from which standing, and gives to which."""
        return [(self.was, -1)] + ([] if self.standing is None else [(self.standing, 1)])


@dataclass(frozen=True, slots=True)
class Drawn:
    """An event that was not flagged, and was drawn at random with this probability."""

    event_id: str
    counting: Counting
    probability: float


class StatisticsRepository:
    """Counts within one transaction, as far as somebody's reach goes."""

    def __init__(self, session: Session, reach: Reach = EVERYTHING) -> None:
        self._session = session
        self._reach = reach

    def cameras(self) -> list[Watched]:
        """Return the cameras within reach, by agency and name."""
        query = select(CameraRow.camera_id, CameraRow.name, SiteRow.agency, SiteRow.timezone)
        query = query.join(SiteRow, SiteRow.site_id == CameraRow.site_id)
        query = query.where(*by_camera(self._reach, CameraRow.camera_id))
        ordered = query.order_by(SiteRow.agency, CameraRow.name, CameraRow.camera_id)
        return [Watched(*row) for row in self._session.execute(ordered)]

    def count(self, scope: Scope, hearings: Sequence[Hearing]) -> Counted:
        """Count all that the figures are made from.

        Args:
            hearings: Of the same scope: flags whose hearing is concluded count as what it came to.
        """
        verdicts = VerdictCounts(self._session, events_of(scope, self._reach))
        return replace(
            self.count_flags(scope, hearings),
            verdicts=tuple(verdicts.verdicts()),
            first_verdict=tuple(verdicts.waits_for_first()),
            decision=tuple(verdicts.waits_for_decision()),
            looking=tuple(verdicts.looking()),
            pairs=tuple(verdicts.pairs()),
            suspensions=tuple(self._suspensions(scope)),
        )

    def count_flags(self, scope: Scope, hearings: Sequence[Hearing]) -> Counted:
        """Count flags and checks alone."""
        events = events_of(scope, self._reach)
        zones = {camera.camera_id: ZoneInfo(camera.timezone) for camera in self.cameras()}
        final = {one.event_id: STANDING_OF[one.final] for one in hearings if one.final is not None}
        drawn = self._drawn(events)
        otherwise = [one.counting for one in drawn]
        otherwise += self._concluded(events, final, {one.event_id for one in drawn})
        return Counted(
            flags=(*self._flags(events), *_changed_flags(otherwise)),
            hours=(*self._hours(events, zones), *_changed_hours(otherwise, zones)),
            checks=_check_counts(drawn, final),
        )

    def looks(self, scope: Scope) -> list[LookCount]:
        """Count the first looks of each inspector by rule and desk."""
        return VerdictCounts(self._session, events_of(scope, self._reach)).first_looks()

    def desk_flags(self, scope: Scope) -> list[DeskCount]:
        """Count flags by rule, desk and what their verdicts come to."""
        kinds = (ASKED_RULE, EventRow.camera_id, EventRow.place_id, EventRow.standing)
        query = select(*kinds, func.count()).where(*events_of(scope, self._reach), IS_FLAG).group_by(*kinds)
        return [
            DeskCount(rule, camera, place, Standing(standing), count)
            for rule, camera, place, standing, count in self._session.execute(query)
        ]

    def hearings(self, scope: Scope) -> list[Hearing]:
        """Return the hearings about events of a scope within reach."""
        return hearings_of(self._session, scope, self._reach)

    def _flags(self, events: Conditions) -> list[FlagCount]:
        kinds = (ASKED_RULE, EventRow.camera_id, EventRow.standing)
        query = select(*kinds, func.count()).where(*events).group_by(*kinds)
        return [
            FlagCount(rule, camera, Standing(standing), count)
            for rule, camera, standing, count in self._session.execute(query)
        ]

    def _hours(self, events: Conditions, zones: Mapping[str, ZoneInfo]) -> list[HourCount]:
        cameras: dict[str, list[str]] = defaultdict(list)
        for camera_id, zone in zones.items():
            cameras[zone.key].append(camera_id)
        if len(cameras) == 1:
            return self._hours_in(events, ZoneInfo(next(iter(cameras))))
        return [
            one
            for zone, ids in sorted(cameras.items())
            for one in self._hours_in([*events, EventRow.camera_id.in_(ids)], ZoneInfo(zone))
        ]

    def _hours_in(self, events: Conditions, zone: ZoneInfo) -> list[HourCount]:
        kinds = (ASKED_RULE, hour_of(EventRow.started_at), EventRow.standing)
        query = select(*kinds, func.count()).where(*events).group_by(*kinds)
        return [
            HourCount(rule, _local(hour, zone), Standing(standing), count)
            for rule, hour, standing, count in self._session.execute(query)
        ]

    def _drawn(self, events: Conditions) -> list[Drawn]:
        """Return what was drawn at random and has not become a flag since: some hundreds a month."""
        columns = (EventRow.event_id, ASKED_RULE, EventRow.camera_id, EventRow.started_at, EventRow.standing)
        query = select(*columns, RandomCheckRow.probability)
        query = query.join(RandomCheckRow, RandomCheckRow.event_id == EventRow.event_id)
        found = self._session.execute(query.where(*events, not_(IS_FLAG)))
        return [
            Drawn(event_id, Counting(rule, camera, at, Standing(standing), None), probability)
            for event_id, rule, camera, at, standing, probability in found
        ]

    def _suspensions(self, scope: Scope) -> list[Suspension]:
        within = {c.camera_id for c in self.cameras() if scope.agency in (None, c.agency)}
        return [
            Suspension(state.camera_id, state.rule_id, state.at)
            for state in CalibrationRepository(self._session).latest_rule_states(scope.camera_id)
            if state.mode is RuleMode.SUSPENDED and state.camera_id in within and scope.rule in (None, state.rule_id)
        ]

    def _concluded(self, events: Conditions, final: Mapping[str, Standing], checks: Container[str]) -> list[Counting]:
        """Return the flags whose hearing came to something else than the verdicts."""
        columns = (EventRow.event_id, ASKED_RULE, EventRow.camera_id, EventRow.started_at, EventRow.standing)
        query = select(*columns).where(*events, EventRow.event_id.in_(list(final)))
        return [
            Counting(rule, camera, at, Standing(was), final[event_id])
            for event_id, rule, camera, at, was in self._session.execute(query)
            if event_id not in checks and Standing(was) is not final[event_id]
        ]


def _local(hour: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(f"{hour}:00+00:00").astimezone(zone)


def _changed_flags(otherwise: Sequence[Counting]) -> list[FlagCount]:
    return [FlagCount(one.rule, one.camera_id, standing, count) for one in otherwise for standing, count in one.changes]


def _changed_hours(otherwise: Sequence[Counting], zones: Mapping[str, ZoneInfo]) -> list[HourCount]:
    return [
        HourCount(one.rule, one.at.astimezone(zones[one.camera_id]), standing, count)
        for one in otherwise
        if one.camera_id in zones
        for standing, count in one.changes
    ]


def _check_counts(drawn: Sequence[Drawn], final: Mapping[str, Standing]) -> tuple[CheckCount, ...]:
    counts = Counter((one.counting.rule, one.probability, final.get(one.event_id, one.counting.was)) for one in drawn)
    return tuple(CheckCount(*kind, count) for kind, count in sorted(counts.items()))
