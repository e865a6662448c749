"""The figures of a span of time: flags, how often they are right, how long people wait, what is missed. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from calibration.recall import RecallEstimate, Stratum, estimate_recall
from service.db.records import Part, Standing, Verdict
from service.statistics.agreement import Agreement, agreement_of
from service.statistics.hearings import Hearing, HearingFigures, hearing_figures
from service.statistics.lengths import Lengths, lengths_of
from service.statistics.rows import CheckCount, Counted, FlagCount, HourCount, Suspension, VerdictCount, Watched
from service.statistics.shares import Share

K = TypeVar("K", str, int, date)
WAITING = (Standing.OPEN, Standing.SECOND)
"""Shown as one: whoever is to give the second look must not learn that there was a first."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Flags that stand together.

    Attributes:
        waiting: For a look, the first or the second; disputed: for the team leader.
    """

    flags: int = 0
    breach: int = 0
    no_breach: int = 0
    cannot_tell: int = 0
    disputed: int = 0
    waiting: int = 0

    @property
    def precision(self) -> Share:
        """Breaches of the flags that were decided either way."""
        return Share(self.breach, self.breach + self.no_breach)

    @property
    def decided(self) -> int:
        """Flags that wait for nobody."""
        return self.breach + self.no_breach + self.cannot_tell


@dataclass(frozen=True, slots=True)
class VerdictFigures:
    """Verdicts on flags that wait for no look.

    Attributes:
        looks, rulings: Those that stand, by what they say.
        withdrawn: Taken back.
    """

    looks: Mapping[Verdict, int]
    rulings: Mapping[Verdict, int]
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a span.

    Attributes:
        total: Of all flags; random checks are no flags and are left out everywhere but in ``missed``.
        by_hour: By the hour of the day, 0..23; by_weekday: 0 = Monday; by_month: by its first day.
        first_verdict, decision: From the beginning of the event to the first verdict and to the decision.
        looking: How long inspectors had a flag before them until the verdict.
        missed: What each rule misses, from random checks.
    """

    total: Tally
    checks: int
    by_rule: Mapping[str, Tally]
    by_camera: Mapping[str, Tally]
    by_agency: Mapping[str, Tally]
    by_hour: Mapping[int, Tally]
    by_weekday: Mapping[int, Tally]
    by_day: Mapping[date, Tally]
    by_month: Mapping[date, Tally]
    verdicts: VerdictFigures
    first_verdict: Lengths
    decision: Lengths
    looking: Lengths
    agreement: Agreement
    hearings: HearingFigures
    missed: Mapping[str, RecallEstimate]
    suspensions: tuple[Suspension, ...]


def figures_of(counted: Counted, hearings: Sequence[Hearing], cameras: Sequence[Watched]) -> Figures:
    """Make the figures of what was counted."""
    agencies = {camera.camera_id: camera.agency for camera in cameras}
    flags, hours = counted.flags, counted.hours
    return Figures(
        total=_tallies(("", one.standing, one.count) for one in flags).get("", Tally()),
        checks=sum(one.count for one in counted.checks),
        by_rule=_tallies((one.rule, one.standing, one.count) for one in flags),
        by_camera=_tallies((one.camera_id, one.standing, one.count) for one in flags),
        by_agency=_tallies((agencies.get(one.camera_id, ""), one.standing, one.count) for one in flags),
        by_hour=_tallies((one.at.hour, one.standing, one.count) for one in hours),
        by_weekday=_tallies((one.at.weekday(), one.standing, one.count) for one in hours),
        by_day=_tallies((one.at.date(), one.standing, one.count) for one in hours),
        by_month=_tallies((_month(one), one.standing, one.count) for one in hours),
        verdicts=_verdicts(counted.verdicts),
        first_verdict=lengths_of(counted.first_verdict),
        decision=lengths_of(counted.decision),
        looking=lengths_of(counted.looking),
        agreement=agreement_of(counted.pairs),
        hearings=hearing_figures(hearings),
        missed=_missed(flags, counted.checks),
        suspensions=counted.suspensions,
    )


def _tallies(counts: Iterable[tuple[K, Standing, int]]) -> dict[K, Tally]:
    found: dict[K, Counter[Standing]] = defaultdict(Counter)
    for key, standing, count in counts:
        found[key][standing] += count
    return {key: _tally(found[key]) for key in sorted(found) if found[key].total()}


def _tally(counts: Counter[Standing]) -> Tally:
    return Tally(
        flags=counts.total(),
        breach=counts[Standing.BREACH],
        no_breach=counts[Standing.NO_BREACH],
        cannot_tell=counts[Standing.CANNOT_TELL],
        disputed=counts[Standing.DISPUTED],
        waiting=sum(counts[standing] for standing in WAITING),
    )


def _month(count: HourCount) -> date:
    return count.at.date().replace(day=1)


def _verdicts(counts: Sequence[VerdictCount]) -> VerdictFigures:
    standing = [one for one in counts if not one.is_withdrawn]
    return VerdictFigures(
        looks=_by_verdict(one for one in standing if one.part is Part.LOOK),
        rulings=_by_verdict(one for one in standing if one.part is Part.RULING),
        withdrawn=sum(one.count for one in counts if one.is_withdrawn),
    )


def _by_verdict(counts: Iterable[VerdictCount]) -> dict[Verdict, int]:
    found = dict.fromkeys(Verdict, 0)
    for one in counts:
        found[one.verdict] += one.count
    return found


def _missed(flags: Sequence[FlagCount], checks: Sequence[CheckCount]) -> dict[str, RecallEstimate]:
    """Estimate what each rule misses, as `service.judging.recall` does for one camera.

    What waits for a look, the first or the second, or is disputed waits here too; what nobody could tell is left out.
    """
    strata: dict[str, dict[tuple[float, bool], Counter[Standing]]] = defaultdict(lambda: defaultdict(Counter))
    for flag in flags:
        strata[flag.rule][1.0, True][flag.standing] += flag.count
    for check in checks:
        strata[check.rule][check.probability, False][check.standing] += check.count
    return {
        rule: estimate_recall([_stratum(tally, *key) for key, tally in sorted(found.items())])
        for rule, found in sorted(strata.items())
    }


def _stratum(tally: Counter[Standing], probability: float, is_flag: bool) -> Stratum:
    judged = tally[Standing.BREACH] + tally[Standing.NO_BREACH]
    waiting = tally[Standing.DISPUTED] + sum(tally[standing] for standing in WAITING)
    return Stratum(tally[Standing.BREACH], judged, judged + waiting, probability, is_flag)
