"""Turn the hours and rules of a site file into what the rulebook works with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.site_tables import DAYS, EvidenceTable, RulesTable, Site, SmokingTable
from vision.observation.badge import BadgeParams
from vision.observation.smoking import SmokingParams
from vision.rules.gesture import GestureParams
from vision.rules.rulebook import BADGE_MISSING, COUNTER_UNATTENDED, LEFT_POST, PRESENCE, SMOKING, Rule
from vision.rules.sequential import SequentialParams
from vision.rules.sustained import SustainedParams
from vision.types import Answer, Question


def duty_of(site: Site) -> Callable[[datetime], bool]:
    """Return what tells whether a moment is working time of the site; always, where no hours are given."""
    zone = ZoneInfo(site.site.timezone)
    days = {DAYS.index(day) for day in site.hours.days}
    spans = [tuple(time.fromisoformat(part.strip()) for part in text.split("-")) for text in site.hours.intervals]

    def on_duty(moment: datetime) -> bool:
        local = moment.astimezone(zone)
        return local.weekday() in days and any(start <= local.time() < end for start, end in spans)

    return on_duty if spans else lambda _: True


def build_rules(
    tables: RulesTable, badge: BadgeParams, smoking: SmokingParams, *, person_sha256: str, crop_sha256: str
) -> list[Rule]:
    """Turn the rules of a site file into rules of the rulebook; the sums name the nets that see."""
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
    return rules


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
