"""What the verdicts on a flag come to. A breach needs two people who see it on their own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.db.records import Part, Standing, Verdict, WaitsFor


@dataclass(frozen=True, slots=True)
class Look:
    """One verdict of one person, as far as it counts here.

    Attributes:
        is_withdrawn: Its reviewer took it back.
    """

    reviewer_id: int
    verdict: Verdict
    part: Part
    at: datetime
    is_withdrawn: bool = False


def standing_of(looks: Sequence[Look]) -> Standing:
    """Add up verdicts, oldest first.

    A ruling decides. Else the latest verdict of each person counts: one breach waits for a second look, two are
    a breach; a breach against anything else is disputed; without any breach the flag is closed, in favour of the
    person where only some cannot tell.
    """
    counted = [look for look in looks if not look.is_withdrawn]
    rulings = [look.verdict for look in counted if look.part is Part.RULING]
    if rulings:
        return Standing(rulings[-1])
    latest = {look.reviewer_id: look.verdict for look in counted}
    verdicts = set(latest.values())
    if not verdicts:
        return Standing.OPEN
    if verdicts == {Verdict.BREACH}:
        return Standing.BREACH if len(latest) > 1 else Standing.SECOND
    if Verdict.BREACH in verdicts:
        return Standing.DISPUTED
    return Standing.NO_BREACH if Verdict.NO_BREACH in verdicts else Standing.CANNOT_TELL


def waits_for(standing: Standing) -> WaitsFor:
    """Tell whom a flag asks."""
    if standing is Standing.DISPUTED:
        return WaitsFor.RULING
    return WaitsFor.LOOK if standing in (Standing.OPEN, Standing.SECOND) else WaitsFor.NOBODY


def decided(standing: Standing) -> Verdict | None:
    """Return what a flag was decided to be; None while somebody is still asked."""
    return Verdict(standing) if waits_for(standing) is WaitsFor.NOBODY else None


def may_look(looks: Sequence[Look], reviewer_id: int) -> bool:
    """Tell whether a person may give a look of their own now.

    Once two have seen it and one saw a breach, each has been shown what the other said: nobody looks any more, and what
    was wrong is for the leader or the hearing. Who took their look back after that knows, too, and is led elsewhere.
    """
    is_settled = any(look.part is Part.RULING and not look.is_withdrawn for look in looks)
    if is_settled or standing_of(looks) in (Standing.BREACH, Standing.DISPUTED):
        return False
    return not _knows(looks, reviewer_id)


def _knows(looks: Sequence[Look], reviewer_id: int) -> bool:
    """Tell whether a person took back a look that was not the first."""
    is_later = False
    for look in looks:
        if look.reviewer_id != reviewer_id:
            is_later = True
        elif look.is_withdrawn and is_later:
            return True
    return False


def may_settle(looks: Sequence[Look], leader_id: int) -> bool:
    """Tell whether a leader may rule: on what is disputed, and not where they gave a look, even one taken back."""
    is_party = any(look.reviewer_id == leader_id and look.part is Part.LOOK for look in looks)
    return standing_of(looks) is Standing.DISPUTED and not is_party


def may_withdraw(looks: Sequence[Look], reviewer_id: int) -> bool:
    """Tell whether a person's latest verdict may still be undone: nobody else has built on it."""
    counted = [look for look in looks if not look.is_withdrawn]
    return bool(counted) and counted[-1].reviewer_id == reviewer_id
