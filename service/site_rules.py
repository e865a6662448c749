"""Turn the hours and rules of a site file into what the rulebook works with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache

from service.attendance.hours import calendar_of
from service.attendance.intervals import Interval
from service.site_rule_tables import EvidenceTable, RulesTable, SmokingTable
from service.site_tables import Site
from vision.observation.alcohol import AlcoholParams
from vision.observation.badge import BadgeParams
from vision.observation.smoking import SmokingParams
from vision.rules.gesture import GestureParams
from vision.rules.rulebook import (
    ALCOHOL_SEEN,
    BADGE_MISSING,
    CITIZENS_WAITING,
    COUNTER_UNATTENDED,
    LEFT_POST,
    PRESENCE,
    SMOKING,
    TWO_AT_DESK,
    Rule,
)
from vision.rules.sequential import SequentialParams
from vision.rules.sustained import SustainedParams
from vision.types import Answer, Question


def duty_of(site: Site) -> Callable[[datetime], bool]:
    """Return what tells whether a moment is working time of the site; always, where no hours are given.

    On holidays nobody leaves their post.
    """
    if not site.hours.intervals:
        return lambda _: True
    calendar = calendar_of(site.hours, site.site.timezone)

    @lru_cache(maxsize=8)  # asked at every look
    def shifts_of(day: date) -> tuple[Interval, ...]:
        return calendar.day(day).shifts

    def on_duty(moment: datetime) -> bool:
        today = moment.astimezone(calendar.zone).date()
        nearby = (*shifts_of(today - timedelta(days=1)), *shifts_of(today))
        return any(shift.start <= moment < shift.end for shift in nearby)

    return on_duty


def build_rules(
    tables: RulesTable,
    badge: BadgeParams,
    smoking: SmokingParams,
    alcohol: AlcoholParams | None = None,
    *,
    person_sha256: str,
    crop_sha256: str,
    vessel_sha256: str = "",
) -> list[Rule]:
    """Turn the rules of a site file into rules of the rulebook; the sums name the nets that see.

    Args:
        alcohol: None where nobody looks for bottles and cans.
    """
    presence = SustainedParams(
        _s(tables.presence.open_after_s), _s(tables.presence.close_after_s), _s(tables.presence.hold_unknown_s)
    )
    left, counter = (
        SustainedParams(_s(t.after_s), _s(t.back_after_s), _s(t.hold_unknown_s))
        for t in (tables.left_post, tables.counter_unattended)
    )
    rules = [
        Rule(PRESENCE, Question.PRESENCE, Answer.YES, presence, model_sha256=person_sha256),
        Rule(LEFT_POST, Question.PRESENCE, Answer.NO, left, after_visit=True, model_sha256=person_sha256),
        Rule(COUNTER_UNATTENDED, Question.PRESENCE, Answer.NO, counter, after_visit=True, model_sha256=person_sha256),
    ]
    rules += _about_places(tables, person_sha256)
    if tables.badge_missing.enabled:
        rules.append(
            Rule(
                BADGE_MISSING,
                Question.BADGE,
                Answer.NO,
                _sequential(tables.badge_missing),
                threshold=1.0 - badge.no_below,
                model_sha256=crop_sha256,
            )
        )
    if tables.smoking.enabled:
        rules.append(
            Rule(
                SMOKING,
                Question.SMOKING,
                Answer.YES,
                _sequential(tables.smoking),
                threshold=smoking.yes_score,
                model_sha256=crop_sha256,
                gesture=_gesture(tables.smoking),
            )
        )
    if alcohol is not None:
        rules.append(
            Rule(
                ALCOHOL_SEEN,
                Question.ALCOHOL,
                Answer.YES,
                _sequential(tables.alcohol_seen),
                threshold=min(alcohol.yes_score.values()),
                model_sha256=vessel_sha256,
            )
        )
    return rules


def _about_places(tables: RulesTable, person_sha256: str) -> list[Rule]:
    """Return what is noted of places and is no flag; whether it is asked at all is the pipeline's affair."""
    waiting, company = tables.citizens_waiting, tables.two_at_desk
    return [
        Rule(
            CITIZENS_WAITING,
            Question.WAITING,
            Answer.YES,
            SustainedParams(_s(waiting.open_after_s), _s(waiting.close_after_s), _s(waiting.hold_unknown_s)),
            model_sha256=person_sha256,
        ),
        Rule(
            TWO_AT_DESK,
            Question.COMPANY,
            Answer.YES,
            SustainedParams(_s(company.after_s), _s(company.close_after_s), _s(company.hold_unknown_s)),
            model_sha256=person_sha256,
        ),
    ]


def _sequential(table: EvidenceTable) -> SequentialParams:
    return SequentialParams(
        table.hit_rate,
        table.false_rate,
        table.odds,
        _s(table.open_after_s),
        _s(table.hold_unknown_s),
        base_rate=table.base_rate,
        discount=table.discount,
    )


def _gesture(table: SmokingTable) -> GestureParams:
    return GestureParams(
        puff_least=_s(table.puff_s[0]),
        puff_most=_s(table.puff_s[1]),
        window=_s(table.puff_window_s),
        ratio=table.puff_ratio,
        counted=table.puffs_counted,
    )


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
