"""iCalendar files: whose each event is, of which kind, and when."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import icalendar
from icalendar import Calendar, Event

from service.attendance.facts import Leave, LeaveKind
from service.attendance.imports.encodings import decoded
from service.attendance.imports.overlaps import Drafted
from service.attendance.imports.people import NobodyFound, Staff
from service.attendance.imports.recurrence import WITHOUT_WINDOW, happening_of, times_of, value_of
from service.attendance.imports.results import (
    ImportContext,
    ImportUnreadable,
    RowFault,
    RowNote,
    RowRefused,
)
from service.attendance.imports.tables import check_size
from service.attendance.imports.wording import KIND_OF, kind_in, plain, tidy
from service.attendance.intervals import Interval

LONGEST_EVENT = timedelta(days=800)
_FOLD = re.compile(rb"\r?\n[ \t]")
_UID_END = re.compile(r"[-_.@:/]")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Events:
    """What a calendar holds; rows are numbers of events, from 1."""

    drafts: tuple[Drafted, ...]
    faults: tuple[RowFault, ...]
    notes: tuple[RowNote, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What every event is read with.

    Attributes:
        moved: The times of repeated events, by UID, that stand in events of their own.
    """

    context: ImportContext
    staff: Staff
    source: str
    moved: Mapping[str, Sequence[date]]


def is_calendar(content: bytes) -> bool:
    """Tell whether it is iCalendar, by how it begins."""
    head = content[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head[:15].upper() == b"BEGIN:VCALENDAR"


def read_events(content: bytes, name: str, context: ImportContext) -> Events:
    """Read every event of a calendar as leave of each officer in it.

    Raises:
        ImportUnreadable: It is no calendar, or damaged.
    """
    events = _events_of(content)
    reading = _Reading(context, Staff.of(context.officers), name, _moved(events))
    drafts: list[Drafted] = []
    faults: list[RowFault] = []
    notes: list[RowNote] = []
    for number, event in enumerate(events, start=1):
        why_not = _ignored_because(event)
        if why_not:
            notes.append(RowNote(number, "left_out", f"{_title(event)}: {why_not}"))
            continue
        try:
            drafts += [Drafted(number, leave) for leave in _leaves_of(event, number, reading, notes)]
        except RowRefused as refused:
            faults.append(_named(refused, event).at(number))
    if not events:
        faults.append(RowFault(0, "", "", "no_rows", "the calendar holds no events"))
    return Events(tuple(drafts), tuple(faults), tuple(notes))


def _events_of(content: bytes) -> list[Event]:
    check_size(content)
    # a line may be folded in the middle of a letter of several bytes
    text = decoded(content if b"\0" in content[:200] else _FOLD.sub(b"", content))
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT") if isinstance(event, Event)]
    except Exception as error:
        # icalendar meets damage with whatever its code runs into: ValueError, KeyError, IndexError ...
        raise ImportUnreadable(
            "broken_calendar", f"the calendar is damaged ({str(error)[:120]}); export it again as .ics"
        ) from error
    if not calendars:
        raise ImportUnreadable("broken_calendar", "the calendar has no end: it was cut off; export it again as .ics")
    return events


def _ignored_because(event: Event) -> str:
    if _text(event, "STATUS").upper() == "CANCELLED":
        return "it was cancelled"
    if _text(event, "TRANSP").upper() == "TRANSPARENT":
        return "it is marked as free time"
    return ""


def _leaves_of(event: Event, number: int, reading: _Reading, notes: list[RowNote]) -> Iterator[Leave]:
    kind = _kind_of(event)
    officers = _officers_of(event, number, reading, notes)
    spans = _spans_of(event, number, reading, notes)
    document, note = "", _text(event, "SUMMARY")
    for officer_id in officers:
        for span in spans:
            yield Leave(officer_id, kind, span, document, note, reading.source)


def _spans_of(event: Event, number: int, reading: _Reading, notes: list[RowNote]) -> tuple[Interval, ...]:
    first = happening_of(event, reading.context.zone)
    if first.end_wall - first.start_wall > LONGEST_EVENT:
        raise RowRefused("too_long", f"it lasts more than {LONGEST_EVENT.days} days: mistyped?", column="DTEND")
    spans, goes_on = times_of(event, first, reading.context.window)
    if goes_on:
        message = f"it is repeated without end; taken for {WITHOUT_WINDOW.days} days from its first time"
        notes.append(RowNote(number, "without_end", f"{_title(event)}: {message}"))
    if event.get("RECURRENCE-ID") is not None:
        return spans
    moved = {first.begin(moment) for moment in reading.moved.get(_text(event, "UID"), ())}
    return tuple(span for span in spans if span.start not in moved)


def _moved(events: Iterable[Event]) -> dict[str, list[date]]:
    found: dict[str, list[date]] = defaultdict(list)
    for event in events:
        moment = value_of(event.get("RECURRENCE-ID"))
        if isinstance(moment, date):
            found[_text(event, "UID")].append(moment)
    return found


def _kind_of(event: Event) -> LeaveKind:
    for category in _categories(event):
        if plain(category) in KIND_OF:
            return KIND_OF[plain(category)]
    kind = next(filter(None, (kind_in(text) for text in (*_categories(event), _text(event, "SUMMARY")))), None)
    if kind is None:
        raise RowRefused(
            "unknown_kind",
            "neither a category nor the title says of which kind it is, as họp, công tác or nghỉ phép do",
            column="CATEGORIES",
            value=", ".join(_categories(event)),
        )
    return kind


def _officers_of(event: Event, number: int, reading: _Reading, notes: list[RowNote]) -> tuple[str, ...]:
    """Return who takes part: attendees who did not decline, ids in the title's brackets, and categories.

    Where neither attendees nor the title say, the organiser, or whose id the UID begins with.
    """
    attendees = [each for each in _several(event, "ATTENDEE") if _param(each, "PARTSTAT") != "DECLINED"]
    found: dict[str, None] = {}
    strangers: list[str] = []
    for person in attendees:
        officer_id = _officer_of(person, reading)
        if officer_id is None:
            strangers.append(_param(person, "CN") or _address(person))
        else:
            found[officer_id] = None
    titled, others = _officers_in_title(event, reading)
    found.update(dict.fromkeys(titled))
    is_told = bool(titled or _several(event, "ATTENDEE"))  # the organiser may only have written it down for others
    if not is_told:
        organisers = (_officer_of(person, reading) for person in _several(event, "ORGANIZER"))
        found.update(dict.fromkeys(filter(None, organisers)))
    for text in _names_in(event, () if is_told else reading.staff.names):
        try:
            found[reading.staff.by_either(text)] = None
        except NobodyFound as error:
            if error.code != "unknown_officer":
                raise RowRefused(error.code, str(error), column="CATEGORIES", value=text) from None
    if not found:
        named = ", ".join((*strangers, *others)) or _text(event, "UID")
        raise RowRefused(
            "unknown_officer",
            "no attendee, organiser, category, [id] in the title nor the beginning of the UID is an officer",
            column="ATTENDEE" if strangers else "SUMMARY" if others else "UID",
            value=named,
        )
    if strangers or others:
        named = ", ".join((*strangers, *others))[:200]
        notes.append(RowNote(number, "strangers", f"{_title(event)}: not officers: {named}"))
    return tuple(found)


def _officers_in_title(event: Event, reading: _Reading) -> tuple[list[str], list[str]]:
    """Return the officers whose ids stand in square brackets in the title, and what else does: ``Họp [CB01, CB02]``."""
    found, others = [], []
    for part in _BRACKETS.findall(_text(event, "SUMMARY")):
        for text in filter(None, map(tidy, re.split("[,;]", part))):
            try:
                found.append(reading.staff.by_id(text))
            except NobodyFound as error:
                if error.code != "unknown_officer":
                    raise RowRefused(error.code, str(error), column="SUMMARY", value=text) from None
                others.append(text)
    return found, others


def _names_in(event: Event, officers: Collection[str]) -> Iterator[str]:
    yield from (category for category in _categories(event) if plain(category) not in KIND_OF)
    # the UID is made by programs: only an id exactly as it is written is one
    begin, *rest = _UID_END.split(_text(event, "UID"), maxsplit=1)
    if rest and begin in officers:
        yield begin


def _officer_of(person: Any, reading: _Reading) -> str | None:
    address = _address(person)
    by_address = {key.casefold(): officer_id for key, officer_id in reading.context.emails.items()}
    if address in by_address:
        return by_address[address]
    for look, text in (
        (reading.staff.by_id, address.partition("@")[0]),
        (reading.staff.by_either, _param(person, "CN")),
    ):
        try:
            if text:
                return look(text)
        except NobodyFound as error:
            if error.code != "unknown_officer":
                raise RowRefused(error.code, str(error), column="ATTENDEE", value=text) from None
    return None


def _address(person: Any) -> str:
    return re.sub(r"^mailto:", "", str(person), flags=re.IGNORECASE).strip().casefold()


def _param(person: Any, name: str) -> str:
    held = getattr(person, "params", {}).get(name, "")
    return tidy(str(held)).strip("\"'")


def _several(event: Event, name: str) -> list[Any]:
    held = event.get(name)
    return held if isinstance(held, list) else [] if held is None else [held]


def _categories(event: Event) -> list[str]:
    found: list[str] = []
    for held in _several(event, "CATEGORIES"):
        found += [tidy(str(one)) for one in _cats(held)]
    return [text for text in found if text]


def _cats(held: Any) -> Iterable[Any]:
    return held.cats if isinstance(held, icalendar.vCategory) else [held]


def _text(event: Event, name: str) -> str:
    held = event.get(name, "")
    return tidy(str(held[0] if isinstance(held, list) and held else held))


def _title(event: Event) -> str:
    return repr(_text(event, "SUMMARY")[:60]) if event.get("SUMMARY") else "an event without a title"


def _named(refused: RowRefused, event: Event) -> RowRefused:
    return RowRefused(refused.code, f"{_title(event)}: {refused.message}", column=refused.column, value=refused.value)
