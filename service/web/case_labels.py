"""The words for hearings: stages, steps, outcomes. Each is a message of the catalogues."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service.api.problems import N_
from service.hearing.stages import Outcome, Stage, StepKind, Turn
from service.web.formats import day

STAGE_WORDS = {
    Stage.RESPONDING: N_("Waiting for the person's answer"),
    Stage.CONCLUDING: N_("Waiting for a conclusion"),
    Stage.APPEALABLE: N_("Concluded; an appeal is possible"),
    Stage.APPEALED: N_("Under appeal"),
    Stage.CLOSED: N_("Closed"),
    Stage.WITHDRAWN: N_("Withdrawn"),
}

OWN_STAGE_WORDS = STAGE_WORDS | {
    Stage.RESPONDING: N_("Waiting for your answer"),
    Stage.APPEALABLE: N_("Concluded; you may appeal"),
}
"""To the person heard."""

DUE_WORDS = {
    Stage.RESPONDING: N_("answer by the end of %(day)s"),
    Stage.CONCLUDING: N_("conclude by the end of %(day)s"),
    Stage.APPEALABLE: N_("appeal by the end of %(day)s"),
    Stage.APPEALED: N_("decide by the end of %(day)s"),
}

OWN_DUE_WORDS = {
    Stage.RESPONDING: N_("You may answer until the end of %(day)s."),
    Stage.APPEALABLE: N_("You may appeal until the end of %(day)s."),
}

TURN_WORDS = {
    Turn.INSPECTION: N_("The inspection's turn"),
    Turn.PERSON: N_("The person's turn"),
    Turn.NOBODY: N_("Over"),
}

STEP_WORDS = {
    StepKind.NOTICE: N_("Notice to the person"),
    StepKind.EXTENSION: N_("More time to answer"),
    StepKind.RESPONSE: N_("The person's answer"),
    StepKind.NO_RESPONSE: N_("No answer until the deadline"),
    StepKind.RESPONSE_OVER: N_("The time to answer is over"),
    StepKind.CONCLUSION: N_("Conclusion"),
    StepKind.APPEAL: N_("The person's appeal"),
    StepKind.APPEAL_CONCLUSION: N_("Decision on the appeal"),
    StepKind.CLOSED: N_("Closed without an appeal"),
    StepKind.WITHDRAWN: N_("Hearing withdrawn"),
    StepKind.DOOR_CHANGED: N_("New link and number"),
}

STEP_HINTS = {
    StepKind.NO_RESPONSE: N_("Silence is not an admission. What is concluded rests on the evidence alone."),
    StepKind.RESPONSE_OVER: N_("What was answered is considered in the conclusion."),
    StepKind.WITHDRAWN: N_("It was opened by mistake and says nothing against anybody."),
    StepKind.DOOR_CHANGED: N_(
        "The link and number before lead nowhere any more. Whoever made new ones does not conclude. If the person did "
        "not ask for them, they should tell the team leader."
    ),
}

OUTCOME_WORDS = {
    Outcome.UPHELD: N_("The breach is upheld"),
    Outcome.NOT_UPHELD: N_("The breach is not upheld"),
    Outcome.CANNOT_ESTABLISH: N_("It cannot be established"),
}

OUTCOME_CHIPS = {Outcome.UPHELD: "breach", Outcome.NOT_UPHELD: "fine", Outcome.CANNOT_ESTABLISH: "none"}

CONCLUDED_WORDS = {
    Outcome.UPHELD: N_("Concluded after the hearing: upheld (%(day)s)."),
    Outcome.NOT_UPHELD: N_("Concluded after the hearing: not upheld (%(day)s)."),
    Outcome.CANNOT_ESTABLISH: N_("Concluded after the hearing: it cannot be established (%(day)s)."),
}

ACT_WORDS = {
    StepKind.CONCLUSION: N_("Conclude"),
    StepKind.APPEAL_CONCLUSION: N_("Decide on the appeal"),
    StepKind.EXTENSION: N_("Give more time"),
    StepKind.WITHDRAWN: N_("Withdraw a hearing opened by mistake"),
}


def last_day(due_at: datetime, zone: ZoneInfo) -> str:
    """Return the last day of a time that ends at midnight: nobody reads 00:00 of the next one as its end."""
    return day(due_at - timedelta(seconds=1), zone)
