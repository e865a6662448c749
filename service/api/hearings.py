"""Hearings: opened about a confirmed flag, moved on step by step, each step once and by whoever may do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service.api.auth import Work, has_right
from service.api.hearing_parties import actor_of, is_among, refuse_concerned
from service.api.hearing_problems import (
    DeadlineUnfit,
    DeskConcerned,
    FileUnfit,
    HeardBefore,
    LinkUnwritable,
    NamedLikeOfficer,
    NotConfirmed,
    OutcomeMissing,
    OwnAffair,
    PersonUnknown,
    StepRefused,
    StepReused,
    WordsMissing,
)
from service.api.problems import Forbidden, Problem
from service.api.selection import FALLBACK_ZONE
from service.api.verdicts import refresh_trust
from service.attendance.hours import calendar_of_site
from service.db.records import EventRecord, SessionRecord, SiteRecord, Standing
from service.evidence.journal import Fact, RowKind
from service.evidence.offline.journal_rows import sum_of
from service.hearing.attachments import CheckedFile
from service.hearing.cases import CaseRecord, NewAttachment, NewCase, StepRecord, steps_in
from service.hearing.credentials import Credentials, hash_pin, new_credentials
from service.hearing.deadlines import end_of_day, end_of_working_day
from service.hearing.stages import (
    BY_PERSON,
    CONCLUSIONS,
    Actor,
    Outcome,
    Step,
    StepKind,
    may_change_door,
    open_steps,
    passed,
)
from service.rights import Right

LONGEST_EXTENSION = timedelta(days=90)
ANSWERS_MAX = 50
FILES_IN_ALL_MAX = 20
PERSON = Actor(None, is_subject=True, may_hear=False)
"""Whoever came by link and number."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A hearing as somebody wants it opened.

    Attributes:
        officer_id: Whom it is about; None where the site file does not name them, and ``person_name`` does.
        email: Where the link goes; empty where it is printed.
        text: What the inspection adds to what the flag says; may be empty.
    """

    event_id: str
    officer_id: str | None
    person_name: str
    email: str
    language: str
    text: str
    request_id: str


@dataclass(frozen=True, slots=True)
class WantedStep:
    """A step as somebody wants it done.

    Attributes:
        until: New deadline, of an extension only.
        is_complete: The person says that this answer is all.
    """

    kind: StepKind
    text: str
    request_id: str
    outcome: Outcome | None = None
    until: datetime | None = None
    is_complete: bool = False
    files: Sequence[CheckedFile] = ()


def open_case(work: Work, session: SessionRecord, wanted: Opening) -> tuple[CaseRecord, Credentials | None]:
    """Open a hearing; return it with the link and number, which are known nowhere else from then on.

    The same request again returns the hearing without them.

    Raises:
        Forbidden: The account may not open hearings; `DeskConcerned`: it is about whoever opens it, or their desk.
        NotFound: There is no such event.
        NotConfirmed: Two people have not seen a breach in it.
        HeardBefore: A hearing about it was opened before.
        PersonUnknown: Nobody is named, or nobody of this agency.
        NamedLikeOfficer: An officer's name is written instead of the officer chosen.
        LinkUnwritable: The link cannot be sent: nobody has said where the pages are reached.
    """
    if not has_right(session, Right.HEAR):
        raise Forbidden
    work.events.get(wanted.event_id)
    work.reviews.hold(wanted.event_id)
    event = work.events.get(wanted.event_id)
    before = work.cases.of_event(wanted.event_id)
    if before is not None:
        if work.cases.step_of(before.case_id, wanted.request_id) is None:
            raise HeardBefore
        return before, None
    if event.standing is not Standing.BREACH:
        raise NotConfirmed
    if wanted.email and not work.context.public_url:
        raise LinkUnwritable
    refuse_concerned(session, event, officer_id=wanted.officer_id, name=wanted.person_name)
    credentials = new_credentials()
    case = work.cases.open(_new_case(work, session, event, wanted, credentials))
    _note(work, case, work.cases.steps_of(case.case_id)[0], "inspection")
    return case, credentials


def _new_case(
    work: Work, session: SessionRecord, event: EventRecord, wanted: Opening, credentials: Credentials
) -> NewCase:
    site = work.sites.site_of_camera(event.camera_id)
    unit, name = "", wanted.person_name.strip()
    if wanted.officer_id is not None:
        officers = [] if site is None else work.sites.officers(site.site_id)
        officer = next((one for one in officers if one.officer_id == wanted.officer_id), None)
        if officer is None:
            raise PersonUnknown
        unit, name = officer.unit, officer.name
    elif site is not None and is_among(name, (officer.name for officer in work.sites.officers(site.site_id))):
        raise NamedLikeOfficer
    if not name:
        raise PersonUnknown
    return NewCase(
        event_id=event.event_id,
        officer_id=wanted.officer_id,
        person_name=name,
        agency="" if site is None else site.agency,
        unit=unit,
        rule_id=event.asked_rule,
        opened_by=session.user.user_id,
        opened_at=work.now(),
        due_at=_answer_until(work, site),
        text=wanted.text.strip(),
        request_id=wanted.request_id,
        token_hash=credentials.token_hash,
        pin_hash=hash_pin(credentials.pin),
        email=wanted.email,
        language=wanted.language,
    )


def _answer_until(work: Work, site: SiteRecord | None) -> datetime:
    calendar = None if site is None else calendar_of_site(site)
    return end_of_working_day(work.now(), work.context.hearing_times.respond_days, calendar, zone_of(site))


def zone_of(site: SiteRecord | None) -> ZoneInfo:
    """Return the zone that a site's days are counted in."""
    return FALLBACK_ZONE if site is None else ZoneInfo(site.timezone)


def steps_open_to(work: Work, case: CaseRecord, actor: Actor) -> frozenset[StepKind]:
    """Return the steps that somebody may do now."""
    judges = {review.reviewer_id for review in work.reviews.of(case.event_id)}
    return open_steps(steps_in(work.cases.steps_of(case.case_id)), work.now(), actor, judges=judges)


def do_step(work: Work, actor: Actor, case_id: str, wanted: WantedStep) -> tuple[StepRecord, bool]:
    """Do a step once; return it and whether it is new. Files are in the store when this returns.

    Raises:
        NotFound: There is no such hearing.
        OwnAffair, DeskConcerned: The hearing is about whoever wants to decide in it, or about their desk.
        StepRefused: It is not the time for it, or somebody else has to do it.
        WordsMissing, OutcomeMissing, DeadlineUnfit: It is not whole.
        StepReused: The request id stands for another step.
        FileUnfit: There are too many files in this hearing.
    """
    work.cases.get(case_id)
    work.cases.hold(case_id)
    settle(work, case_id)
    case = work.cases.get(case_id)
    before = work.cases.step_of(case_id, wanted.request_id)
    if before is not None:
        if (before.kind, before.text, before.outcome) != (wanted.kind, wanted.text.strip(), wanted.outcome):
            raise StepReused
        return before, False
    if wanted.kind not in steps_open_to(work, case, actor):
        raise _refusal(actor, wanted.kind)
    step = _step_of(work, case, actor, wanted)
    _refuse_too_many(work, case_id, wanted)
    files = [_store(work, case_id, file) for file in wanted.files]
    stored = work.cases.add_step(
        case_id, step, text=wanted.text.strip(), request_id=wanted.request_id, attachments=files
    )
    _note(work, case, stored, "person" if wanted.kind in BY_PERSON else "inspection")
    if wanted.kind is StepKind.WITHDRAWN:
        work.doors.end_sessions(case_id)  # it may have been the wrong person's
    if wanted.kind in CONCLUSIONS:
        refresh_trust(work, work.events.get(case.event_id))
    return stored, True


def _refusal(actor: Actor, kind: StepKind) -> Problem:
    if actor.is_concerned:
        return DeskConcerned()
    return OwnAffair() if actor.is_subject and kind not in BY_PERSON else StepRefused()


def _refuse_too_many(work: Work, case_id: str, wanted: WantedStep) -> None:
    """Nobody fills the store or the record through a personal page."""
    steps = work.cases.steps_of(case_id)
    if wanted.files and sum(len(step.attachments) for step in steps) + len(wanted.files) > FILES_IN_ALL_MAX:
        raise FileUnfit(f"wanted at most {FILES_IN_ALL_MAX} files in one hearing")
    if sum(step.kind is StepKind.RESPONSE for step in steps) >= ANSWERS_MAX and wanted.kind is StepKind.RESPONSE:
        raise StepRefused


def _step_of(work: Work, case: CaseRecord, actor: Actor, wanted: WantedStep) -> Step:
    if not wanted.text.strip():
        raise WordsMissing
    if (wanted.outcome is not None) != (wanted.kind in CONCLUSIONS):
        raise OutcomeMissing
    now, times = work.now(), work.context.hearing_times
    zone = zone_of(work.cases.site_of(case))
    step = Step(wanted.kind, now, actor.user_id, wanted.outcome)
    match wanted.kind:
        case StepKind.EXTENSION:
            return replace(step, due_at=_later(work, case, wanted.until))
        case StepKind.RESPONSE:
            due = end_of_day(now, times.decide_days, zone) if wanted.is_complete else None
            return replace(step, user_id=None, due_at=due, is_complete=wanted.is_complete)
        case StepKind.CONCLUSION if wanted.outcome is not Outcome.NOT_UPHELD:
            return replace(step, due_at=end_of_day(now, times.appeal_days, zone))
        case StepKind.APPEAL:
            return replace(step, user_id=None, due_at=end_of_day(now, times.decide_days, zone))
        case _:
            return step


def _later(work: Work, case: CaseRecord, until: datetime | None) -> datetime:
    so_far = [step.due_at for step in work.cases.steps_of(case.case_id) if step.kind in _GIVING_TIME and step.due_at]
    if until is None or not max(work.now(), *so_far) < until <= work.now() + LONGEST_EXTENSION:
        raise DeadlineUnfit
    return until


_GIVING_TIME = frozenset({StepKind.NOTICE, StepKind.EXTENSION})


def _store(work: Work, case_id: str, file: CheckedFile) -> NewAttachment:
    key = file.key_in(case_id)
    work.context.store.put_once(key, file.content)
    return NewAttachment(file.name, key, file.sha256, len(file.content), file.media_type)


def settle(work: Work, case_id: str) -> None:
    """Store what time alone has done since the last step."""
    if _passed(work, case_id) is None:
        return
    work.cases.hold(case_id)
    over = _passed(work, case_id)
    if over is not None:
        number = len(work.cases.steps_of(case_id))  # the colon keeps it apart from whatever others may send
        stored = work.cases.add_step(case_id, over, text="", request_id=f"time:{number}")
        _note(work, work.cases.get(case_id), stored, "time")


def _passed(work: Work, case_id: str) -> Step | None:
    steps = steps_in(work.cases.steps_of(case_id))
    return passed(steps, work.now(), decide_within=work.context.hearing_times.decide_within)


def change_door(work: Work, session: SessionRecord, case: CaseRecord) -> Credentials:
    """Make another link and number, where the first were lost; those lead nowhere from then on. The person reads it.

    Raises:
        Forbidden: The account is not of the inspection; `DeskConcerned`: the hearing is about its owner or their desk.
        StepRefused: The hearing is over, or whoever asks concluded in it.
    """
    actor = actor_of(work, session, case)
    if actor.is_concerned:
        raise DeskConcerned
    if not actor.may_hear:
        raise Forbidden
    work.cases.hold(case.case_id)
    settle(work, case.case_id)
    steps = steps_in(work.cases.steps_of(case.case_id))
    if not may_change_door(steps, actor):
        raise StepRefused
    made = new_credentials()
    work.doors.change(case.case_id, token_hash=made.token_hash, pin_hash=hash_pin(made.pin))
    step = Step(StepKind.DOOR_CHANGED, work.now(), actor.user_id)
    stored = work.cases.add_step(case.case_id, step, text="", request_id=f"door:{len(steps)}")
    _note(work, case, stored, "inspection")
    return made


def _note(work: Work, case: CaseRecord, step: StepRecord, by: str) -> None:
    facts: dict[str, Fact] = {
        "case": case.case_id,
        "step": str(step.kind),
        "outcome": None if step.outcome is None else str(step.outcome),
        "user": step.user_id if step.user_id is not None else by,
        "text_sha256": sum_of(step.text.encode()),
        "attachments": [file.sha256 for file in step.attachments],
        "due_at": None if step.due_at is None else step.due_at.isoformat(),
    }
    work.note(RowKind.HEARING_STEP, facts, subject=case.event_id)
