"""Why an inspector decides so: codes that are stored, words that are shown, and where each one fits."""

from __future__ import annotations

from dataclasses import dataclass

from service.api.problems import N_, ReasonUnfit
from service.db.records import Verdict

UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        rules: The rules it makes sense for; empty for all.
    """

    code: str
    words: str
    verdict: Verdict
    rules: tuple[str, ...] = ()


POST_RULES = ("left_post", "counter_unattended")

REASONS = (
    Reason("seen_clearly", N_("Clearly seen in the recording"), Verdict.BREACH),
    Reason("checked_with_agency", N_("Checked with the agency: no leave, no duty elsewhere"), Verdict.BREACH),
    Reason("on_leave_or_duty", N_("On leave, on a duty trip or in a meeting"), Verdict.NO_BREACH, POST_RULES),
    Reason("colleague_covers", N_("A colleague is covering the post"), Verdict.NO_BREACH, POST_RULES),
    Reason("work_elsewhere", N_("Away for the work itself: copies, files, stamps"), Verdict.NO_BREACH, POST_RULES),
    Reason("badge_is_worn", N_("The badge is worn; the system did not see it"), Verdict.NO_BREACH, ("badge_missing",)),
    Reason("not_tobacco", N_("Not tobacco: a pen, a phone or something else"), Verdict.NO_BREACH, ("smoking",)),
    Reason("not_staff", N_("A citizen or visitor, not staff"), Verdict.NO_BREACH),
    Reason("system_mistake", N_("The system mistook what it saw"), Verdict.NO_BREACH),
    Reason("picture_unclear", N_("The picture is not clear enough"), Verdict.CANNOT_TELL),
    Reason("view_blocked", N_("The view is blocked"), Verdict.CANNOT_TELL),
    Reason("recording_too_short", N_("The recording does not show enough"), Verdict.CANNOT_TELL),
)
NO_REASON_WORDS = N_("No reason given")
OTHER_REASON_WORDS = N_("Another reason (see note)")
OTHER = "other"


def reasons_for(rule_id: str, verdict: Verdict) -> tuple[Reason, ...]:
    """Return the reasons that fit, most usual first."""
    return tuple(r for r in REASONS if r.verdict is verdict and (not r.rules or rule_id in r.rules))


def check_reason(code: str, *, rule_id: str, verdict: Verdict) -> None:
    """Refuse a reason that does not go with the verdict; raises `ReasonUnfit`."""
    if code not in (UNSTATED, OTHER) and code not in {reason.code for reason in reasons_for(rule_id, verdict)}:
        raise ReasonUnfit


def reason_words(code: str) -> str:
    """Return the message for a stored code; an unknown code stands for itself."""
    known = {reason.code: reason.words for reason in REASONS} | {UNSTATED: NO_REASON_WORDS, OTHER: OTHER_REASON_WORDS}
    return known.get(code, code)
