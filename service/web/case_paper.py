"""What the sheets of a hearing and its letters say, in the person's language; the Vietnamese page comes first."""

from __future__ import annotations

from collections.abc import Callable

from service.api.auth import Work
from service.api.hearings import zone_of
from service.api.problems import N_
from service.db.records import EventRecord, Queue, SiteRecord, Verdict
from service.evidence.retention import EvidenceFacts, RetentionTable
from service.hearing.cases import CaseRecord, StepRecord
from service.hearing.credentials import Credentials
from service.hearing.sheet import Page, Part, set_pages
from service.web import labels
from service.web.case_labels import last_day
from service.web.formats import clock_short, day
from service.web.words import translations

HEARING = "hearing"
NOT_A_FINDING = N_("This is not a finding. Nothing is concluded before you have been heard or the deadline has passed.")


def notice_pdf(work: Work, case: CaseRecord, link: str) -> bytes:
    """Set the notice with the personal link."""
    return set_pages([_notice(work, case, link, language) for language in _languages(case)])


def number_pdf(case: CaseRecord, credentials: Credentials) -> bytes:
    """Set the sheet with the number alone: it is handed over apart from the link."""
    return set_pages([_number(case, credentials, language) for language in _languages(case)])


def send_notice(work: Work, case: CaseRecord, link: str) -> None:
    """Have the link sent. The letter says whom it is for and where to look, nothing of what it is about."""
    speak = translations(case.language).gettext
    lines = (
        speak("Dear %(name)s,") % {"name": case.person_name},
        speak("you are asked for your explanation in a hearing. Please read the notice and answer until %(until)s:")
        % {"until": _until(work, case, speak)},
        link,
        speak("You also need the number of eight digits that the inspector hands you separately."),
        speak(NOT_A_FINDING),
    )
    _send(work, case, speak("A hearing: your explanation is asked for"), lines)


def send_news(work: Work, case: CaseRecord, step: StepRecord) -> None:
    """Tell the person that the inspection did something; what, their own page says."""
    if not case.email or step.user_id is None:
        return
    speak = translations(case.language).gettext
    lines = (
        speak("Dear %(name)s,") % {"name": case.person_name},
        speak(
            "there is something new in the hearing that you were asked to answer in. Open your page by the link of "
            "the notice and your number to read it."
        ),
    )
    _send(work, case, speak("There is something new in your hearing"), lines)


def _send(work: Work, case: CaseRecord, subject: str, lines: tuple[str, ...]) -> None:
    work.letters.add(HEARING, to_address=case.email, subject=subject, body="\n\n".join(lines) + "\n", at=work.now())


def _languages(case: CaseRecord) -> tuple[str, ...]:
    return ("vi",) if case.language == "vi" else ("vi", case.language)


def _notice(work: Work, case: CaseRecord, link: str, language: str) -> Page:
    speak = translations(language).gettext
    event, site = work.cases.flag_of(case), work.cases.site_of(case)
    words = labels.rule_words(case.rule_id)
    notice = work.cases.steps_of(case.case_id)[0]
    facts = [
        (speak("To"), case.person_name),
        (speak("It is about"), f"{speak(words.name)}. {speak(words.summary)}"),
        (speak("When"), _span(work, case, event)),
        (speak("Where"), f"{event.place_name}, {event.camera_name}"),
        (speak("Which regulation it concerns"), speak(words.source)),
        (speak("Answer until"), _until(work, case, speak)),
    ]
    if notice.text:
        facts.append((speak("The inspection adds"), notice.text))
    parts = [
        Part(speak("Your rights"), tuple(line for line in rights_lines(work, case, site, speak))),
        Part(
            speak("How to answer"),
            (
                speak(
                    "Open this address, or scan the code, and type the number of eight digits "
                    "that you were handed separately:"
                ),
                link,
            ),
        ),
    ]
    if words.innocent:
        parts.insert(0, Part(speak("When it is not a breach"), tuple(speak(line) for line in words.innocent)))
    return Page(
        language=language,
        agency=case.agency,
        heading=speak("Notice of a hearing"),
        caution=speak(NOT_A_FINDING),
        facts=tuple(facts),
        parts=tuple(parts),
        footer=f"Công Vụ · {case.case_id}",
        code=link,
    )


def _number(case: CaseRecord, credentials: Credentials, language: str) -> Page:
    speak = translations(language).gettext
    lines = (
        speak("Type it on the page that the link of the notice leads to."),
        speak("Tell it to nobody. Who hands it to you does not need it; if it is lost, you are given another."),
    )
    return Page(
        language=language,
        agency=case.agency,
        heading=speak("Your number for the hearing"),
        caution=speak("Keep this sheet apart from the link: the two together open your page."),
        facts=((speak("To"), case.person_name),),
        parts=(Part(speak("What it is for"), lines),),
        footer=f"Công Vụ · {case.case_id}",
        number=credentials.pin_shown,
    )


def rights_lines(work: Work, case: CaseRecord, site: SiteRecord | None, speak: Callable[[str], str]) -> tuple[str, ...]:
    """Return what the person may do, who sees it, and how long it is kept."""
    days = {"days": work.context.hearing_times.appeal_days, "kept": _kept_days(work, case, site)}
    return (
        speak("You may see the recording; other people on it are made unrecognisable."),
        speak(
            "You may answer in writing and add up to five files, as often as you like until the deadline or a "
            "conclusion. You may ask the inspection for more time."
        ),
        speak("You need not answer. Silence is not an admission."),
        speak(
            "What is concluded is written down with its reason. Within %(days)s days of the conclusion you may "
            "appeal; then somebody decides who had no part in it before."
        )
        % days,
        speak(
            "Only the inspection and its auditors see this. The head of your unit learns of it only if a breach is "
            "upheld and no appeal is being decided. No colleague is told."
        ),
        speak(
            "Nothing is deleted while you are heard. If no breach is upheld, the recording is deleted %(kept)s days "
            "after the conclusion unless it is locked for another procedure."
        )
        % days,
    )


def _kept_days(work: Work, case: CaseRecord, site: SiteRecord | None) -> int:
    event = work.cases.flag_of(case)
    table = work.custody.retention_tables().get("" if site is None else site.site_id, RetentionTable())
    facts = EvidenceFacts(
        event_id=event.event_id,
        site_id="" if site is None else site.site_id,
        rule_id=event.rule_id,
        first_at=event.started_at,
        ended_at=event.ended_at,
        queue=Queue(event.queue),
        size_bytes=0,
        checked_rule=event.checked_rule,
        verdict=Verdict.NO_BREACH,
    )
    return table.keeping_of(facts).days


def _span(work: Work, case: CaseRecord, event: EventRecord) -> str:
    zone = zone_of(work.cases.site_of(case))
    end = "" if event.ended_at is None else f" – {clock_short(event.ended_at, zone)}"
    return f"{clock_short(event.started_at, zone)}{end}, {day(event.started_at, zone)}"


def _until(work: Work, case: CaseRecord, speak: Callable[[str], str]) -> str:
    zone = zone_of(work.cases.site_of(case))
    return "" if case.due_at is None else speak("the end of %(day)s") % {"day": last_day(case.due_at, zone)}
