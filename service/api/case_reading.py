"""What of a hearing its readers may know, and that they read it."""

from __future__ import annotations

from collections.abc import Sequence

from service.api.auth import Work, has_right
from service.api.hearing_parties import is_person
from service.api.hearings import settle
from service.api.problems import Missing
from service.db.records import SessionRecord
from service.evidence.journal import Fact, RowKind
from service.hearing.cases import Attachment, CaseRecord, StepRecord
from service.hearing.stages import CONCLUSIONS, Stage, StepKind
from service.rights import Right


def read_case(work: Work, session: SessionRecord, case_id: str) -> CaseRecord:
    """Return a hearing as it stands now. Raises `NotFound`. That it was read is noted in the journal."""
    work.cases.get(case_id)
    settle(work, case_id)
    case = work.cases.get(case_id)
    facts: dict[str, Fact] = {"user": session.user.user_id, "case": case_id}
    work.note(RowKind.CASE_VIEWED, facts, subject=case.event_id)
    return case


def sees_all(session: SessionRecord, case: CaseRecord) -> bool:
    """Tell whether somebody reads the whole hearing: the inspection, its auditors, and whom it is about."""
    return has_right(session, Right.SEE_FLAGS) or (is_person(session, case) and case.stage is not Stage.WITHDRAWN)


def shown_steps(work: Work, session: SessionRecord, case: CaseRecord) -> list[StepRecord]:
    """Return the steps that somebody may read; the head of a unit reads what was concluded and why, no more."""
    steps = work.cases.steps_of(case.case_id)
    if sees_all(session, case):
        return steps
    if is_person(session, case):
        return withdrawal_in(steps)
    return [step for step in steps if step.kind in CONCLUSIONS]


def withdrawal_in(steps: Sequence[StepRecord]) -> list[StepRecord]:
    """Return the step that withdrew a hearing: all that the person still reads then. It may not have been theirs."""
    return [step for step in steps if step.kind is StepKind.WITHDRAWN]


def shown_attachment(work: Work, session: SessionRecord, case: CaseRecord, attachment_id: int) -> Attachment:
    """Return a file that was handed in in this hearing. Raises `NotFound`, `Missing`."""
    if not sees_all(session, case):
        raise Missing
    file = work.cases.attachment(case.case_id, attachment_id)
    facts: dict[str, Fact] = {"user": session.user.user_id, "case": case.case_id, "sha256": file.sha256}
    work.note(RowKind.DOCUMENT_READ, facts, subject=case.event_id)
    return file


def settle_all(work: Work) -> int:
    """Store what time alone has done in all hearings; return in how many it may have done something."""
    lapsed = work.cases.lapsed(work.now())
    for case_id in lapsed:
        settle(work, case_id)
    return len(lapsed)
