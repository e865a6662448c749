"""How much a rule misses on a camera, from stored verdicts on flags and on what was drawn at random."""

from __future__ import annotations

from calibration.recall import RecallEstimate, Stratum, estimate_recall
from service.db.calibration import CalibrationRepository
from service.db.records import JudgedFlag, Queue
from service.judging.verdicts import Answer, answer_flags


def recall_of(store: CalibrationRepository, camera_id: str, rule_id: str) -> RecallEstimate:
    """Estimate the recall of a rule on a camera.

    What is missed is looked for where it can be: in events that were held back or suspended, and, for rules about a
    person at a desk, in visits at which nothing was flagged. A breach away from every desk that made no event at all
    is not in the figure. What waits for a second look waits here as well: the figure is shown.
    """
    judged_flags = store.judged_flags(camera_id, rule_id, is_shown=True)
    shown = [flag for flag in judged_flags if flag.queue is Queue.FLAG]
    flags = answer_flags(shown)
    waiting = max(0, store.flag_count(camera_id, rule_id) - len(shown))
    known = list(flags.known)
    strata = [_stratum(known, len(known) + waiting, 1.0, is_flag=True)]
    shown_ids = {flag.event_id for flag in shown}
    checks = [flag for flag in store.random_checks(camera_id, rule_id, is_shown=True) if flag.event_id not in shown_ids]
    for probability, drawn in sorted(store.drawn_counts(camera_id, rule_id).items()):
        judged = [flag for flag in checks if flag.probability == probability]
        strata.append(_checked(judged, drawn, probability))
    return estimate_recall(strata)


def _checked(judged: list[JudgedFlag], drawn: int, probability: float) -> Stratum:
    answers = list(answer_flags(judged).known)
    # what nobody could tell is left out on both sides, as if it had not been drawn
    return _stratum(answers, len(answers) + drawn - len(judged), probability, is_flag=False)


def _stratum(answers: list[Answer], drawn: int, probability: float, *, is_flag: bool) -> Stratum:
    breaches = sum(answer.is_breach for answer in answers)
    return Stratum(breaches, len(answers), max(drawn, len(answers)), probability, is_flag)
