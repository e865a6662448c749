"""The words for codes: rules, answers, ends, verdicts. Each is a message of the catalogues."""

from __future__ import annotations

from dataclasses import dataclass

from service.api.problems import N_
from service.db.records import EvidenceKind, Role, Verdict


@dataclass(frozen=True, slots=True)
class RuleWords:
    """How a rule is explained to the person who decides.

    Attributes:
        supports: The answer of a look that speaks for the flag.
        yes, no: What each answer says was seen.
        innocent: What would make it no breach.
    """

    name: str
    summary: str
    source: str
    supports: str
    yes: str
    no: str
    innocent: tuple[str, ...]


_SOMEBODY = N_("Somebody is at the desk")
_NOBODY = N_("Nobody is at the desk")
_ON_DUTY = N_("Leave, a duty trip, a meeting or training was agreed for this time")

RULES = {
    "left_post": RuleWords(
        N_("Desk left empty"),
        N_("The desk stayed empty during working hours after somebody had worked at it."),
        N_("Directive 26/CT-TTg (2016) on discipline in state agencies; the agency's working regulations."),
        "no",
        _SOMEBODY,
        _NOBODY,
        (
            _ON_DUTY,
            N_("A colleague covers the desk, or the counter as a whole is attended"),
            N_("The absence is short and serves the work: copies, files, stamps, guiding a citizen"),
            N_("The officer is there but hidden from the camera"),
        ),
    ),
    "counter_unattended": RuleWords(
        N_("Counter unattended"),
        N_("All desks of the counter stayed empty during working hours."),
        N_("Directive 26/CT-TTg (2016) on discipline in state agencies; the regulations of the one-stop shop."),
        "no",
        N_("Somebody is at the counter"),
        N_("Nobody is at the counter"),
        (
            N_("The counter was closed with notice, or its work was taken over by another one"),
            _ON_DUTY,
            N_("Staff are there but hidden from the camera"),
        ),
    ),
    "badge_missing": RuleWords(
        N_("Badge not seen"),
        N_("In several clear looks at the chest neither a badge nor a lanyard was seen."),
        N_("Decision 129/2007/QĐ-TTg on office culture: the badge is worn on duty."),
        "no",
        N_("A badge or lanyard is seen"),
        N_("The chest is clear to see, without badge or lanyard"),
        (
            N_("The badge is hidden by a jacket, the hair, an arm or a monitor"),
            N_("The badge is worn elsewhere, at the belt or on the sleeve"),
            N_("The person is a citizen or visitor, not staff"),
        ),
    ),
    "smoking": RuleWords(
        N_("Possible smoking"),
        N_("Something like a cigarette was seen in a hand or at the mouth."),
        N_("Law on Prevention of Tobacco Harms 2012; Directive 26/CT-TTg (2016): no smoking in offices."),
        "yes",
        N_("Something like a cigarette is seen"),
        N_("Hands and mouth are clear to see, without a cigarette"),
        (
            N_("It is a pen, a phone, chalk, a straw or another thin object"),
            N_("The cigarette is not lit"),
            N_("The person is a citizen or visitor, not staff"),
        ),
    ),
    "alcohol_seen": RuleWords(
        N_("Bottle or can in hand"),
        N_("Something like a bottle or a can was seen in a hand, several times. What is in it is not seen."),
        N_("Directive 26/CT-TTg (2016): no alcohol before and during working hours, or at lunch on a working day."),
        "yes",
        N_("Something like a bottle or a can is seen in a hand or at the mouth"),
        N_("Hands are clear to see, without a bottle or a can"),
        (
            N_("It is water, tea, a soft drink or medicine"),
            N_("It is no drink: a spray, a tube, something else"),
            N_("The person is a citizen or visitor, not staff"),
        ),
    ),
}

_OTHER_RULE = RuleWords(
    N_("Another rule"), N_("This rule has no description yet."), N_("Not stated."), "yes", N_("Yes"), N_("No"), ()
)

PRESENCE = RuleWords(
    N_("Visit at a desk"),
    N_("Somebody was at the desk. This is no flag; attendance is made of it."),
    N_("None: presence is not a breach."),
    "yes",
    _SOMEBODY,
    _NOBODY,
    (),
)


NOTED = {
    "presence": PRESENCE,
    "citizens_waiting": RuleWords(
        N_("Citizens waiting"),
        N_("Somebody stood where citizens wait for the counter. This is no flag, and no picture of it is kept."),
        N_("None: to wait is not a breach."),
        "yes",
        N_("Somebody stands where citizens wait"),
        N_("Nobody stands where citizens wait"),
        (),
    ),
    "two_at_desk": RuleWords(
        N_("Two people at one desk"),
        N_("Two or more people were at one desk for a while. This is no flag and says nothing against anybody."),
        N_("None: only for comparing with the time clock."),
        "yes",
        N_("Two or more people are at the desk"),
        N_("Not more than one person is at the desk"),
        (
            N_("A colleague helps, explains something or hands over the shift"),
            N_("One of them is a citizen who came round to the desk"),
        ),
    ),
}
"""What is noted and asked of no inspector."""


def rule_words(rule_id: str) -> RuleWords:
    """Return how a rule is explained."""
    return NOTED.get(rule_id) or RULES.get(rule_id, _OTHER_RULE)


WHY_WORDS = {
    "too_far": N_("too far away"),
    "back_turned": N_("back turned"),
    "covered": N_("covered"),
    "behind_monitor": N_("seated behind a monitor or counter"),
    "out_of_picture": N_("partly outside the picture"),
    "blurred": N_("blurred"),
    "dark": N_("too dark"),
    "unsure": N_("not clear enough"),
    "not_visible": N_("not in view"),
    "no_picture": N_("no picture"),
    "frozen": N_("frozen picture"),
    "moved": N_("the camera was moved"),
}

END_WORDS = {
    "ceased": N_("What was seen stopped"),
    "interrupted": N_("The camera stopped sending; the end is the last picture that showed it"),
    "lost_sight": N_("It could no longer be seen; the end is the last picture that showed it"),
    "recording_ended": N_("The recording ended while it was still so"),
}

VERDICT_WORDS = {
    Verdict.BREACH: N_("Breach"),
    Verdict.NO_BREACH: N_("No breach"),
    Verdict.CANNOT_TELL: N_("Cannot tell"),
}

CHECK_VERDICT_WORDS = {
    Verdict.BREACH: N_("A breach is seen"),
    Verdict.NO_BREACH: N_("Nothing of the kind"),
    Verdict.CANNOT_TELL: N_("Cannot tell"),
}

CHECK_VERDICT_HINTS = {
    Verdict.BREACH: N_("The recording shows what the system missed"),
    Verdict.NO_BREACH: N_("The system was right to flag nothing"),
    Verdict.CANNOT_TELL: N_("The recording is not enough to decide"),
}

CHECK_QUESTIONS = {
    "left_post": N_("Was the desk left empty in working hours?"),
    "counter_unattended": N_("Was the whole counter left in working hours?"),
    "badge_missing": N_("Is somebody on duty without a badge?"),
    "smoking": N_("Is somebody smoking?"),
    "alcohol_seen": N_("Is somebody drinking alcohol?"),
}

VERDICT_HINTS = {
    Verdict.BREACH: N_("The recording shows it clearly"),
    Verdict.NO_BREACH: N_("There is a good reason, or the system is wrong"),
    Verdict.CANNOT_TELL: N_("The recording is not enough to decide"),
}

KIND_WORDS = {
    EvidenceKind.CLIP: N_("Clip of the whole event"),
    EvidenceKind.CLIP_START: N_("Clip of the beginning"),
    EvidenceKind.CLIP_END: N_("Clip of the end"),
    EvidenceKind.SNAPSHOT: N_("Snapshot"),
    EvidenceKind.SNAPSHOT_ANNOTATED: N_("Snapshot with drawing"),
}

ROLE_WORDS = {
    Role.ADMIN: N_("administrator"),
    Role.INSPECTOR: N_("inspector"),
    Role.TEAM_LEADER: N_("team leader"),
    Role.UNIT_HEAD: N_("head of unit"),
    Role.OFFICER: N_("officer"),
    Role.CLERK: N_("timesheet clerk"),
    Role.AUDITOR: N_("auditor (reads only)"),
}

WEEKDAYS_SHORT = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))

STATE_WORDS = {
    "open": N_("Waiting for a verdict"),
    "mine": N_("Given to me"),
    "disputed": N_("Seen differently by two"),
    "breach": N_("Confirmed by two"),
    "no_breach": N_("No breach"),
    "cannot_tell": N_("Cannot be told"),
    "reviewed": N_("Decided"),
    "all": N_("All"),
}
STANDING_WORDS = {
    "open": N_("Waiting for a verdict"),
    "second": N_("Waiting for a second look"),
    "disputed": N_("Seen differently by two"),
    "breach": N_("Confirmed by two, not yet concluded"),
    "no_breach": N_("No breach"),
    "cannot_tell": N_("Cannot be told"),
}


def strength_words(score: float) -> str:
    """Say in words how strongly the pictures speak; the number stands beside it."""
    if score >= 0.85:
        return N_("strong")
    return N_("fair") if score >= 0.6 else N_("weak")
