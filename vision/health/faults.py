"""From signs to faults with a start and an end: opened by a sustained sign, ended by a sustained normal one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from vision.errors import InvalidFact
from vision.health.signs import Finding, Sign
from vision.types import CameraId, Fault, FaultKind, RunId

BLINDING = frozenset({FaultKind.COVERED, FaultKind.DARK, FaultKind.BLURRED, FaultKind.FROZEN, FaultKind.MOVED})
"""Under these nothing may be judged."""


def _each(open_s: float, frozen_s: float) -> Mapping[FaultKind, timedelta]:
    times = dict.fromkeys(sorted(BLINDING), timedelta(seconds=open_s))
    times[FaultKind.FROZEN] = timedelta(seconds=frozen_s)
    return times


@dataclass(frozen=True, slots=True)
class Durations:
    """How long a sign must last, in time that was seen.

    Attributes:
        open_after: Faulty for this long, without a picture that says otherwise, opens the fault. For ``FROZEN`` it
            comes on top of `signs.Marks.still`: together they must outlast two key frames of a slow encoder.
        close_after: Normal for this long ends it.
        step_max: Pictures further apart than this are not one stretch of time.
    """

    open_after: Mapping[FaultKind, timedelta] = field(default_factory=lambda: _each(10, 9))
    close_after: Mapping[FaultKind, timedelta] = field(default_factory=lambda: _each(6, 3))
    step_max: timedelta = timedelta(seconds=5)

    def __post_init__(self) -> None:
        for name, times in (("open_after", self.open_after), ("close_after", self.close_after)):
            missing = BLINDING - times.keys()
            if missing:
                raise InvalidFact(f"Durations.{name}: no time for {', '.join(sorted(missing))}")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pictures in a row that say the same.

    Attributes:
        began: The picture that it began with, or earlier where that picture told so.
        seen_from, seen_to: The pictures that it is made of.
        detail: What the first of them measured.
    """

    sign: Sign
    began: datetime
    seen_from: datetime
    seen_to: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of fault: what is open, and what the latest pictures say."""

    opened: Fault | None = None
    stretch: Stretch | None = None


class FaultTracker:
    """Keeps each kind of fault of one run of one camera. Reads no clock but the pictures'."""

    def __init__(self, camera_id: CameraId, run_id: RunId, durations: Durations | None = None) -> None:
        self._camera_id = camera_id
        self._run_id = run_id
        self._durations = durations or Durations()
        self._cases = dict.fromkeys(sorted(BLINDING), Case())

    @property
    def opened(self) -> tuple[Fault, ...]:
        """The faults that go on now."""
        return tuple(case.opened for case in self._cases.values() if case.opened is not None)

    @property
    def blinding(self) -> frozenset[FaultKind]:
        """Faults that go on, and those that the latest picture speaks for: under them nothing may be judged."""
        return frozenset(kind for kind, case in self._cases.items() if case.opened or _is_suspected(case))

    @property
    def is_calm(self) -> bool:
        """Whether nothing is open and nothing is suspected."""
        return not any(case.opened or _is_suspected(case) for case in self._cases.values())

    def advance(self, findings: Mapping[FaultKind, Finding], at: datetime) -> list[Fault]:
        """Take what one picture says; return the faults that it opens or ends."""
        changes = []
        for kind, finding in findings.items():
            case = replace(self._cases[kind], stretch=self._extend(self._cases[kind].stretch, finding, at))
            case, change = self._settle(kind, case)
            self._cases[kind] = case
            changes += [change] if change else []
        return changes

    def interrupt(self) -> None:
        """Nothing was seen for a while: what is open stays open, what was about to change begins anew."""
        self._cases = {kind: replace(case, stretch=None) for kind, case in self._cases.items()}

    def finish(self, at: datetime) -> list[Fault]:
        """The run is over: end what is open at its last picture."""
        ended = [replace(fault, ended_at=max(at, fault.started_at)) for fault in self.opened]
        self._cases = dict.fromkeys(self._cases, Case())
        return ended

    def _extend(self, stretch: Stretch | None, finding: Finding, at: datetime) -> Stretch:
        is_same = stretch is not None and stretch.sign is finding.sign
        if stretch is None or not is_same or at - stretch.seen_to > self._durations.step_max:
            return Stretch(finding.sign, min(finding.since, at), at, at, finding.detail)
        return replace(stretch, seen_to=at)

    def _settle(self, kind: FaultKind, case: Case) -> tuple[Case, Fault | None]:
        stretch = case.stretch
        if stretch is None or stretch.sign is Sign.UNCLEAR:
            return case, None
        seen = stretch.seen_to - stretch.seen_from
        if case.opened is None and stretch.sign is Sign.FAULTY and seen >= self._durations.open_after[kind]:
            fault = Fault(self._camera_id, self._run_id, kind, stretch.began, None, stretch.detail)
            return replace(case, opened=fault), fault
        if case.opened is not None and stretch.sign is Sign.NORMAL and seen >= self._durations.close_after[kind]:
            ended = replace(case.opened, ended_at=max(stretch.began, case.opened.started_at))
            return replace(case, opened=None), ended
        return case, None


def _is_suspected(case: Case) -> bool:
    return case.stretch is not None and case.stretch.sign is Sign.FAULTY
