"""Why an inspector decides so: codes that are stored, words that are shown, and where each one fits."""

from __future__ import annotations

from dataclasses import dataclass

from service.api.problems import N_, ReasonUnfit
from service.db.records import EventRecord, Verdict

UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        rules: The rules it makes sense for; empty for all.
        of_flags, of_checks: Whether it makes sense where something was flagged, and where something that was not
            flagged is looked at all the same.
    """

    code: str
    words: str
    verdict: Verdict
    rules: tuple[str, ...] = ()
    of_flags: bool = True
    of_checks: bool = True


POST_RULES = ("left_post", "counter_unattended")

REASONS = (
    Reason("seen_clearly", N_("Clearly seen in the recording"), Verdict.BREACH),
    Reason("checked_with_agency", N_("Checked with the agency: no leave, no duty elsewhere"), Verdict.BREACH),
    Reason("on_leave_or_duty", N_("On leave, on a duty trip or in a meeting"), Verdict.NO_BREACH, POST_RULES),
    Reason("colleague_covers", N_("A colleague is covering the post"), Verdict.NO_BREACH, POST_RULES),
    Reason("work_elsewhere", N_("Away for the work itself: copies, files, stamps"), Verdict.NO_BREACH, POST_RULES),
    Reason(
        "badge_is_worn",
        N_("The badge is worn; the system did not see it"),
        Verdict.NO_BREACH,
        ("badge_missing",),
        of_checks=False,
    ),
    Reason("badge_is_seen", N_("The badge is worn"), Verdict.NO_BREACH, ("badge_missing",), of_flags=False),
    Reason("nothing_seen", N_("Nothing of the kind is to be seen"), Verdict.NO_BREACH, of_flags=False),
    Reason("not_tobacco", N_("Not tobacco: a pen, a phone or something else"), Verdict.NO_BREACH, ("smoking",)),
    Reason("not_alcohol", N_("Not alcohol: water, tea, a soft drink"), Verdict.NO_BREACH, ("alcohol_seen",)),
    Reason("not_staff", N_("A citizen or visitor, not staff"), Verdict.NO_BREACH),
    Reason("system_mistake", N_("The system mistook what it saw"), Verdict.NO_BREACH, of_checks=False),
    Reason("picture_unclear", N_("The picture is not clear enough"), Verdict.CANNOT_TELL),
    Reason("view_blocked", N_("The view is blocked"), Verdict.CANNOT_TELL),
    Reason("recording_too_short", N_("The recording does not show enough"), Verdict.CANNOT_TELL),
)
NO_REASON_WORDS = N_("No reason given")
OTHER_REASON_WORDS = N_("Another reason (see note)")
OTHER = "other"


def reasons_for(event: EventRecord, verdict: Verdict) -> tuple[Reason, ...]:
    """Return the reasons that fit what is asked of an event, most usual first."""
    is_check = event.checked_rule is not None
    return tuple(
        reason
        for reason in REASONS
        if reason.verdict is verdict
        and (not reason.rules or event.asked_rule in reason.rules)
        and (reason.of_checks if is_check else reason.of_flags)
    )


def check_reason(code: str, *, event: EventRecord, verdict: Verdict) -> None:
    """Refuse a reason that does not go with the verdict; raises `ReasonUnfit`."""
    if code not in (UNSTATED, OTHER) and code not in {reason.code for reason in reasons_for(event, verdict)}:
        raise ReasonUnfit


def reason_words(code: str) -> str:
    """Return the message for a stored code; an unknown code stands for itself."""
    known = {reason.code: reason.words for reason in REASONS} | {UNSTATED: NO_REASON_WORDS, OTHER: OTHER_REASON_WORDS}
    return known.get(code, code)
