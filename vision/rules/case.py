"""What one rule knows of one subject, and how much of it is kept for the person who reviews."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from vision.rules.gesture import Raise
from vision.rules.sequential import Balance
from vision.rules.sustained import Stretch
from vision.types import Answer, Observation

TRACE_STEP = timedelta(seconds=1)
TRACE_LIMIT = 240
PUFF_LIMIT = 40
"""Puffs kept for one event: a cigarette has about ten."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one rule knows of one subject.

    Attributes:
        trace: Answers to the rule's own question, thinned, oldest first.
        peak: The strongest answer that spoke for it.
        puffs: The puffs that lightened the balance, oldest first.
    """

    state: Stretch | Balance
    trace: tuple[Observation, ...] = ()
    peak: Observation | None = None
    puffs: tuple[Raise, ...] = ()


def remember(case: Case, observation: Observation, answer: Answer) -> Case:
    """Keep the strongest supporting look, and about one look a second."""
    peak = case.peak
    # of equally strong looks the latest: the first may show somebody still taking the badge off
    if answer is Answer.YES and (peak is None or observation.score >= peak.score):
        peak = observation
    trace = case.trace
    due = not trace or observation.at - trace[-1].at >= TRACE_STEP or observation.answer != trace[-1].answer
    if due and len(trace) < TRACE_LIMIT:
        trace = (*trace, observation)
    return replace(case, peak=peak, trace=trace)


def remember_puff(case: Case, puff: Raise) -> Case:
    """Keep a puff that came while the case was pending or open."""
    return replace(case, puffs=(*case.puffs, puff)[:PUFF_LIMIT])


def trace_of(case: Case) -> tuple[Observation, ...]:
    """List what a case rests on, oldest first: its answers, and of each puff the first look and the look after it."""
    hands = [look for puff in case.puffs for look in (puff.first, puff.after)]
    return tuple(sorted((*case.trace, *hands), key=lambda observation: observation.at))
