"""The figures as tables: the same under every drawing, in the files and beside each other on the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from calibration.recall import RecallEstimate
from service.api.problems import N_
from service.api.statistics_asked import Statistics
from service.attendance.words import Words
from service.db.records import Verdict
from service.hearing.stages import Outcome
from service.statistics.figures import Tally
from service.statistics.lengths import Lengths
from service.statistics.shares import PEOPLE_AT_LEAST, Share
from service.web.labels import rule_words

Value = str | int | float | Share | timedelta | None
OF_DECIDED = N_("of those seen as a breach or as no breach")
COUNTED_AS = N_(
    "The share is of those seen as a breach or as no breach. Where a hearing was concluded, a flag counts as what the "
    "hearing came to."
)
SEEN_AS = {
    Verdict.BREACH: N_("Seen as a breach"),
    Verdict.NO_BREACH: N_("Seen as no breach"),
    Verdict.CANNOT_TELL: N_("Cannot tell"),
}
"""A verdict says what was seen; whether it was a breach a hearing concludes."""
SMALL = N_("Of fewer than 10 only the counts are told: a percentage of so few says nothing.")
WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip
OUTCOME_WORDS = {
    Outcome.UPHELD: N_("Concluded to be a breach"),
    Outcome.NOT_UPHELD: N_("Concluded to be no breach"),
    Outcome.CANNOT_ESTABLISH: N_("Cannot be established"),
}


class Told(str):
    """A figure already in words: it stands where numbers stand."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table, in the reader's words.

    Attributes:
        key: Names it in addresses and tests.
        columns: Headings; the first one is of the rows' names.
        note: How it is to be read; empty where that is plain.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = field(default="")


def tables_of(found: Statistics, words: Words) -> list[Table]:
    """Return all tables of some figures."""
    return [*flag_tables(found, words), *work_tables(found, words)]


def flag_tables(found: Statistics, words: Words) -> list[Table]:
    """Return what flags came to, by everything that is told apart."""
    speak, figures = words.speak, found.figures
    cameras = {camera.camera_id: camera.name for camera in found.cameras}
    days = {f"{words.weekday(day)} {day:%d/%m/%Y}": tally for day, tally in figures.by_day.items()}
    parts: list[tuple[str, str, str, Mapping[str, Tally]]] = [
        ("total", N_("All flags"), N_("Flags"), {speak(N_("Total")): figures.total}),
        ("rule", N_("By rule"), N_("Rule"), {speak(rule_words(r).name): t for r, t in figures.by_rule.items()}),
        (
            "agency",
            N_("By agency"),
            N_("Agency"),
            {a or speak(N_("not known")): t for a, t in figures.by_agency.items()},
        ),
        ("camera", N_("By camera"), N_("Camera"), _named(cameras, figures.by_camera)),
        ("hour", N_("By hour of the day"), N_("Hour"), {hour_words(h): t for h, t in figures.by_hour.items()}),
        ("weekday", N_("By weekday"), N_("Weekday"), {speak(WEEKDAYS[d]): t for d, t in figures.by_weekday.items()}),
        ("month", N_("By month"), N_("Month"), {f"{m:%m/%Y}": t for m, t in figures.by_month.items()}),
        ("day", N_("By day"), N_("Day"), days),
    ]
    return [_tallies(key, title, first, rows, words) for key, title, first, rows in parts]


def _named(cameras: Mapping[str, str], tallies: Mapping[str, Tally]) -> dict[str, Tally]:
    names = [cameras.get(camera, camera) for camera in tallies]
    # two agencies may each have a "camera 1"
    return {
        (name if names.count(name) == 1 else f"{name} ({camera})"): tally
        for name, (camera, tally) in zip(names, tallies.items(), strict=True)
    }


def hour_words(hour: int) -> str:
    """Return an hour of the day as people read it."""
    return f"{hour:02d}–{hour + 1:02d}"


def _tallies(key: str, title: str, first: str, rows: Mapping[str, Tally], words: Words) -> Table:
    speak = words.speak
    headings = (
        first,
        N_("Flags"),
        *SEEN_AS.values(),
        N_("With the team leader"),
        N_("Waiting for a verdict"),
        N_("Share seen as a breach"),
    )
    is_some_small = any(0 < tally.precision.whole and tally.precision.is_small for tally in rows.values())
    return Table(
        key,
        speak(title),
        tuple(speak(heading) for heading in headings),
        tuple(
            (name, t.flags, t.breach, t.no_breach, t.cannot_tell, t.disputed, t.waiting, t.precision)
            for name, t in rows.items()
        ),
        " ".join(speak(note) for note in (COUNTED_AS, *((SMALL,) if is_some_small else ()))),
    )


def work_tables(found: Statistics, words: Words) -> list[Table]:
    """Return how the work goes: times, verdicts, agreement, hearings, misses, suspended rules."""
    return [
        _times(found, words),
        _verdicts(found, words),
        _agreement(found, words),
        _hearings(found, words),
        _missed(found, words),
        _suspended(found, words),
    ]


def _times(found: Statistics, words: Words) -> Table:
    speak, figures = words.speak, found.figures
    rows: list[tuple[str, Lengths]] = [
        (N_("From the event to the first verdict"), figures.first_verdict),
        (N_("From the event to the decision"), figures.decision),
        (N_("Looking at a flag until the verdict"), figures.looking),
    ]
    return Table(
        "times",
        speak(N_("How long it takes")),
        (speak(N_("Measure")), speak(N_("Counted")), speak(N_("Half within")), speak(N_("Nine tenths within"))),
        tuple((speak(name), held.count, _length(held.median_s), _length(held.ninth_s)) for name, held in rows),
        speak(N_("Flags that still wait are not in it: where many wait, it takes longer than this says.")),
    )


def _length(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _verdicts(found: Statistics, words: Words) -> Table:
    speak, verdicts = words.speak, found.figures.verdicts
    return Table(
        "verdicts",
        speak(N_("Verdicts")),
        (speak(N_("Verdict")), speak(N_("Looks of inspectors")), speak(N_("Rulings of the team leader"))),
        (
            *((speak(SEEN_AS[v]), verdicts.looks[v], verdicts.rulings[v]) for v in Verdict),
            (speak(N_("Taken back")), verdicts.withdrawn, None),
        ),
        speak(N_("Verdicts on flags that wait for a look are not counted yet, so that the second look stays blind.")),
    )


def _agreement(found: Statistics, words: Words) -> Table:
    speak, held = words.speak, found.figures.agreement
    kappa: Value = None
    if held.kappa is not None:
        numbers = [words.number(value, 2) for value in (held.kappa.value, held.kappa.low, held.kappa.high)]
        named = dict(zip(("value", "low", "high"), numbers, strict=True))
        kappa = Told(speak(N_("%(value)s (95 %% interval %(low)s to %(high)s)")) % named)
    return Table(
        "agreement",
        speak(N_("Two inspectors on the same flag")),
        (speak(N_("Measure")), speak(N_("Figure"))),
        (
            (speak(N_("The second saw a breach too, where the first saw one")), held.confirmed),
            (speak(N_("Both said the same")), held.same),
            (speak(N_("Seen differently, for the team leader")), held.disputed),
            (speak(N_("Agreement beyond chance (Cohen's kappa)")), kappa),
        ),
        speak(
            N_(
                "A second look is asked for where the first saw a breach. Kappa can be told only where enough flags "
                "were looked at twice though the first saw none."
            )
        ),
    )


def _hearings(found: Statistics, words: Words) -> Table:
    speak, held = words.speak, found.figures.hearings
    title, columns = speak(N_("Hearings")), (speak(N_("Measure")), speak(N_("Count")))
    opened: tuple[Value, ...] = (speak(N_("Opened")), held.opened)
    if 0 < held.people < PEOPLE_AT_LEAST:
        note = N_("They are about fewer than 5 people: more is not told, so that nobody can be singled out.")
        return Table("hearings", title, columns, (opened,), speak(note))
    rows: list[tuple[str, Value]] = [
        (N_("Different people"), held.people),
        (N_("Answered in time"), held.answered),
        (N_("No answer in time (silence is no admission)"), held.silent),
        *((OUTCOME_WORDS[outcome], count) for outcome, count in held.concluded.items()),
        (N_("Still running"), held.running),
        (N_("Appeals"), held.appeals),
        (N_("Appeals decided"), held.appeals_decided),
        (N_("Of them with another conclusion"), Share(held.changed, held.appeals_decided)),
        (N_("Opened by mistake"), held.withdrawn),
    ]
    return Table("hearings", title, columns, (opened, *((speak(name), value) for name, value in rows)))


def _missed(found: Statistics, words: Words) -> Table:
    speak = words.speak
    return Table(
        "missed",
        speak(N_("What the system misses, by random checks")),
        (
            speak(N_("Rule")),
            speak(N_("Checks with an answer")),
            speak(N_("Flagged, estimated")),
            speak(N_("Missed, estimated")),
        ),
        tuple(
            (speak(rule_words(rule).name), one.checks, Told(recall_words(one, words)), _missed_count(one))
            for rule, one in found.figures.missed.items()
        ),
        speak(
            N_(
                "Of all that would be seen as a breach, estimated from what was drawn at random among all that was not "
                "flagged. A breach away from every desk that made no event at all is not in it."
            )
        ),
    )


def recall_words(estimate: RecallEstimate, words: Words) -> str:
    """Say how much of what happened was flagged, or that it cannot be told yet."""
    if estimate.recall is None or estimate.interval is None:
        if estimate.missing:
            return words.speak(N_("not enough checks yet: %(count)s more")) % {"count": words.number(estimate.missing)}
        return words.speak(N_("no breach seen yet"))
    low, high = (words.share(bound) for bound in estimate.interval)
    return f"{words.share(estimate.recall)} ({low} – {high})"


def _missed_count(estimate: RecallEstimate) -> float | None:
    return None if estimate.missed is None or estimate.recall is None else round(estimate.missed, 1)


def _suspended(found: Statistics, words: Words) -> Table:
    speak = words.speak
    names = {camera.camera_id: camera.name for camera in found.cameras}
    return Table(
        "suspended",
        speak(N_("Rules that are suspended now")),
        (speak(N_("Camera")), speak(N_("Rule")), speak(N_("Since"))),
        tuple(
            (names.get(one.camera_id, one.camera_id), speak(rule_words(one.rule).name), f"{one.since:%d/%m/%Y}")
            for one in found.figures.suspensions
        ),
    )
