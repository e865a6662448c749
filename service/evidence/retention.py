"""How long evidence is kept, why it may be deleted, and what goes first when the disk fills. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.db.records import KeptRule, Queue, Verdict
from vision.rules.rulebook import PRESENCE

ANY_RULE = "*"
DISK_FULL = "disk full"


class Hold(StrEnum):
    """Why evidence is not deleted, however old it is and however full the disk."""

    LOCKED = "locked"
    APPEALED = "appealed"
    """A hearing about it runs, or an appeal."""
    CONFIRMED = "confirmed"
    """The latest verdict says breach."""
    UNDER_REVIEW = "under_review"
    """An inspector is asked about it and has not answered."""
    OPEN = "open"
    """It goes on."""


class Class(StrEnum):
    """What evidence is good for; how long it is kept by itself."""

    VISIT = "visit"
    """Somebody was at a desk: nothing that anybody is asked about."""
    NOTED = "noted"
    """How things were, for the comparison with the time clock."""
    HELD = "held"
    """A possible breach that nobody was shown: under the threshold, or of a suspended rule."""
    CHECKED = "checked"
    """Drawn at random from what was not flagged, and judged to be no breach or not to be told."""
    CLEARED = "cleared"
    """A flag judged to be no breach, or not to be told."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long, counted from the end of the event or from the verdict on it, and on which basis it is deleted then.

    Attributes:
        may_go_early: Whether a full disk may shorten the time.
    """

    days: int
    basis: str
    may_go_early: bool = True


DEFAULTS = {
    Class.VISIT: Keeping(7, "purpose ended: a visit that nobody is asked about, 7 days"),
    Class.NOTED: Keeping(45, "purpose ended: noted for the month's comparison with the time clock, 45 days"),
    Class.HELD: Keeping(30, "purpose ended: not shown to any inspector, 30 days"),
    Class.CHECKED: Keeping(30, "purpose ended: random check without a breach, 30 days after the verdict"),
    Class.CLEARED: Keeping(30, "purpose ended: judged to be no breach, 30 days after the verdict"),
}
"""Where the site file says nothing else. Law 91/2025/QH15 asks to keep personal data no longer than its purpose needs;
it names no number of days: these are choices."""


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """What is known of one event whose evidence is still there.

    Attributes:
        rule_id: Rule of the event; ``checked_rule``: rule that it was drawn at random to be asked about, if any.
        first_at: Start of its oldest object: what is oldest goes first.
        judged_at: When the latest verdict was given.
        size_bytes: Of all its objects that are not deleted.
    """

    event_id: str
    site_id: str
    rule_id: str
    first_at: datetime
    ended_at: datetime | None
    queue: Queue
    size_bytes: int
    checked_rule: str | None = None
    verdict: Verdict | None = None
    judged_at: datetime | None = None
    is_locked: bool = False
    is_appealed: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether an inspector is asked about it."""
        return self.checked_rule is not None or (self.queue is Queue.FLAG and self.rule_id != PRESENCE)


@dataclass(frozen=True, slots=True)
class Deletable:
    """Evidence of one event that may be deleted, and why."""

    event_id: str
    first_at: datetime
    size_bytes: int
    basis: str


def hold_of(facts: EvidenceFacts) -> Hold | None:
    """Return why evidence must stay; None where only its time keeps it."""
    if facts.is_locked:
        return Hold.LOCKED
    if facts.is_appealed:
        return Hold.APPEALED
    if facts.verdict is Verdict.BREACH:
        return Hold.CONFIRMED
    if facts.ended_at is None:
        return Hold.OPEN
    if facts.is_asked and facts.verdict is None:
        return Hold.UNDER_REVIEW
    return None


def class_of(facts: EvidenceFacts) -> Class:
    """Return what evidence is good for that nothing holds."""
    if facts.checked_rule is not None:
        return Class.CHECKED
    if facts.rule_id == PRESENCE:
        return Class.VISIT
    if facts.queue is Queue.NOTED:
        return Class.NOTED
    return Class.CLEARED if facts.queue is Queue.FLAG else Class.HELD


class RetentionTable:
    """What one site says of its evidence: the line of a rule, else the line for any rule, else `DEFAULTS`."""

    def __init__(self, rules: Iterable[KeptRule] = ()) -> None:
        self._rules = {rule.rule_id: Keeping(rule.days, rule.basis, rule.may_go_early) for rule in rules}

    def keeping_of(self, facts: EvidenceFacts) -> Keeping:
        """Return how long evidence is kept; what was drawn at random goes by the rule that was asked about."""
        named = self._rules.get(facts.checked_rule or facts.rule_id, self._rules.get(ANY_RULE))
        return named or DEFAULTS[class_of(facts)]

    @property
    def shortest(self) -> timedelta:
        """The least time that anything is kept: what is younger need not be looked at."""
        days = [keeping.days for keeping in (*self._rules.values(), *DEFAULTS.values())]
        return timedelta(days=min(days))


def kept_until(facts: EvidenceFacts, table: RetentionTable) -> datetime | None:
    """Return when evidence may be deleted; None where something holds it."""
    if hold_of(facts) is not None or facts.ended_at is None:
        return None
    since = facts.ended_at if facts.judged_at is None else max(facts.ended_at, facts.judged_at)
    return since + timedelta(days=table.keeping_of(facts).days)


def due(facts: Iterable[EvidenceFacts], table: RetentionTable, now: datetime) -> list[Deletable]:
    """Return what may be deleted now, the oldest first."""
    found = []
    for known in facts:
        until = kept_until(known, table)
        if until is not None and until <= now:
            found.append(_deletable(known, table.keeping_of(known).basis))
    return _oldest_first(found)


def early(facts: Iterable[EvidenceFacts], table: RetentionTable) -> list[Deletable]:
    """Return what may be deleted before its time because the disk fills, the oldest first."""
    free = [known for known in facts if hold_of(known) is None and table.keeping_of(known).may_go_early]
    return _oldest_first([_deletable(known, DISK_FULL) for known in free])


def free_up(candidates: Sequence[Deletable], wanted_bytes: int) -> list[Deletable]:
    """Return as many of the oldest as free so many bytes, and no more; all where they do not free enough."""
    chosen: list[Deletable] = []
    freed = 0
    for candidate in _oldest_first(candidates):
        if freed >= wanted_bytes:
            break
        chosen.append(candidate)
        freed += candidate.size_bytes
    return chosen


def _deletable(facts: EvidenceFacts, basis: str) -> Deletable:
    return Deletable(facts.event_id, facts.first_at, facts.size_bytes, basis)


def _oldest_first(found: Iterable[Deletable]) -> list[Deletable]:
    return sorted(found, key=lambda each: (each.first_at, each.event_id))
