"""How long a site keeps the evidence of each rule: the table [[retention]] of its site file."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from service.evidence.plan import UNPICTURED
from service.evidence.retention import ANY_RULE
from service.site_hours import Table
from vision.rules.rulebook import (
    ALCOHOL_SEEN,
    BADGE_MISSING,
    COUNTER_UNATTENDED,
    LEFT_POST,
    PRESENCE,
    SMOKING,
    TWO_AT_DESK,
)

PICTURED = (PRESENCE, LEFT_POST, COUNTER_UNATTENDED, BADGE_MISSING, SMOKING, ALCOHOL_SEEN, TWO_AT_DESK)
"""Rules whose events have evidence."""
LONGEST_DAYS = 36_500


def _rule(name: str) -> str:
    if name in UNPICTURED:
        raise ValueError(f"{name!r} has no evidence: of citizens who wait nothing is pictured")
    if name != ANY_RULE and name not in PICTURED:
        raise ValueError(f"{name!r} is no rule; wanted one of {', '.join(PICTURED)}, or {ANY_RULE} for all the others")
    return name


class RetentionTable(Table):
    """How long evidence of one rule is kept that nothing else keeps.

    Attributes:
        rule: The rule, or ``*`` for all that have no line of their own.
        keep_days: Counted from the end of the event, or from the verdict on it.
        basis: On which basis it is deleted then: stands on every tombstone and in the journal.
        early: Whether a full disk may shorten the time.
    """

    rule: Annotated[str, AfterValidator(_rule)]
    keep_days: int = Field(ge=1, le=LONGEST_DAYS)
    basis: str = Field(min_length=1, max_length=200)
    early: bool = True


def doubles(lines: tuple[RetentionTable, ...]) -> list[tuple[int, str]]:
    """Return the lines whose rule has a line before: number from 0, and the rule."""
    rules = [line.rule for line in lines]
    return [(i, rule) for i, rule in enumerate(rules) if rule in rules[:i]]
