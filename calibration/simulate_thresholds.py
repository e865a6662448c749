"""Count on simulated cameras whether thresholds, suspension and recall keep what they promise.

    python -m calibration.simulate_thresholds [--cameras 1000] [--seed 1] [--out FOLDER]

Prints the figures with 95 % intervals; with ``--out`` also draws them as one page, ``thresholds.svg``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from calibration.recall import Stratum, estimate_recall
from calibration.shares import share_high, share_low
from calibration.simulated import SimulatedCamera, any_camera, flat_camera, judged
from calibration.suspension import JudgedAt, Mode, SuspensionParams, Trust, step
from calibration.thresholds import Outcome, choose_threshold, milestone
from calibration.verdicts import JudgedScore

TARGET = 0.9
START = datetime(2026, 1, 1, tzinfo=UTC)
BANDS = ((0.5, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.0))
DRAWN = 0.05


@dataclass(frozen=True, slots=True)
class Share:
    """A counted share, told with its 95 % interval."""

    part: int
    whole: int

    def __str__(self) -> str:
        if not self.whole:
            return "none counted"
        low, high = share_low(self.part, self.whole, 0.975), share_high(self.part, self.whole, 0.975)
        return f"{self.part / self.whole:.3f} [{low:.3f}, {high:.3f}] ({self.part} of {self.whole})"

    @classmethod
    def of(cls, cases: Iterable[bool]) -> Share:
        """Count."""
        counted = list(cases)
        return cls(sum(counted), len(counted))


@dataclass(frozen=True, slots=True)
class Case:
    """One simulated camera after one choice.

    Attributes:
        precision, kept: True ones of the chosen threshold; kept is 0 where none was earned.
        oracle: Share of breaches that the oracle threshold keeps.
    """

    camera: SimulatedCamera
    verdicts: int
    is_earned: bool
    precision: float
    kept: float
    oracle: float
    auc: float

    @property
    def is_broken(self) -> bool:
        """Whether an earned threshold has less than the target."""
        return self.is_earned and self.precision < TARGET - 1e-9

    @property
    def could_break(self) -> bool:
        """Whether some threshold would have less than the target."""
        return bool((self.camera.precision() < TARGET).any())


def run_case(camera: SimulatedCamera, verdicts: int, random: np.random.Generator) -> Case:
    """Let one camera have verdicts, and choose."""
    choice = choose_threshold(judged(*camera.flags(verdicts, random)), target=TARGET)
    is_earned = choice.outcome is Outcome.EARNED and choice.threshold is not None
    threshold = choice.threshold if is_earned and choice.threshold is not None else 1.0
    return Case(
        camera=camera,
        verdicts=verdicts,
        is_earned=is_earned,
        precision=camera.precision_at(threshold),
        kept=camera.kept_at(threshold) if is_earned else 0.0,
        oracle=camera.oracle_kept(TARGET),
        auc=camera.auc(),
    )


def run_cases(cameras: int, random: np.random.Generator, *, verdicts: int | None = None) -> list[Case]:
    """Draw cameras and let each have so many verdicts; without a number 50 to 1000, evenly on a logarithmic scale."""
    cases = []
    for _ in range(cameras):
        count = verdicts or int(np.exp(random.uniform(np.log(50), np.log(1000))))
        cases.append(run_case(any_camera(random), count, random))
    return cases


@dataclass(frozen=True, slots=True)
class Life:
    """What became of one camera whose threshold was chosen anew at every milestone, and held flags back.

    Attributes:
        moments, broken: Choices that were earned, and those of them with less than the target.
    """

    moments: int
    broken: int


def live(camera: SimulatedCamera, flags: int, random: np.random.Generator) -> Life:
    """Let flags come one by one; those under the threshold in force are judged only if drawn at random."""
    scores, answers = camera.flags(flags, random)
    drawn = random.random(flags) < DRAWN
    known: list[JudgedScore] = []
    threshold, chosen_at, moments, broken = 0.0, 0, 0, 0
    for score, is_breach, is_check in zip(scores, answers, drawn, strict=True):
        if score >= threshold or is_check:
            known.append(JudgedScore(float(score), bool(is_breach), 0.0 if is_check else threshold))
        if milestone(len(known)) == chosen_at:
            continue
        chosen_at = milestone(len(known))
        choice = choose_threshold(known, target=TARGET)
        if choice.outcome is Outcome.EARNED and choice.threshold is not None:
            threshold = choice.threshold
            moments += 1
            broken += camera.precision_at(threshold) < TARGET - 1e-9
    return Life(moments, broken)


def verdicts_until_change(
    precisions: Sequence[float], random: np.random.Generator, *, mode: Mode = Mode.ACTIVE, healthy: int = 0
) -> int | None:
    """Return at which verdict after the healthy ones the mode changes; None where it never does.

    Args:
        precisions: Of each verdict.
        healthy: Verdicts at the beginning that do not count; a change in them starts the count anew.
    """
    params = SuspensionParams(target=TARGET)
    answers = random.random(len(precisions)) < np.asarray(precisions)
    trust = Trust(mode)
    for i, is_breach in enumerate(answers):
        trust, change = step(trust, JudgedAt(START + timedelta(minutes=i), bool(is_breach)), params)
        if change is None:
            continue
        if i >= healthy:
            return i - healthy + 1
        trust = Trust(mode)
    return None


def recall_covered(random: np.random.Generator) -> bool | None:
    """Tell whether the interval of recall covers what happened; None where there is no figure."""
    breaches, others = int(random.integers(20, 400)), int(random.integers(300, 3000))
    recall = random.uniform(0.3, 0.99)
    flagged = int(random.binomial(breaches, recall))
    missed = breaches - flagged
    seen, unflagged = int(random.binomial(missed, DRAWN)), int(random.binomial(others, DRAWN))
    estimate = estimate_recall(
        [
            Stratum(flagged, flagged, flagged, 1.0, is_flag=True),
            Stratum(seen, seen + unflagged, seen + unflagged, DRAWN, is_flag=False),
        ]
    )
    if estimate.interval is None:
        return None
    return bool(estimate.interval[0] <= flagged / breaches <= estimate.interval[1])


def tell_guarantee(cases: list[Case], random: np.random.Generator, cameras: int) -> list[str]:
    """Say how often an earned threshold kept its promise."""
    could = [case for case in cases if case.could_break]
    flat = [run_case(flat_camera(TARGET - 0.005), case.verdicts, random) for case in cases]
    lives = [live(any_camera(random), 800, random) for _ in range(max(5, cameras // 20))]
    moments = sum(each.moments for each in lives)
    return [
        f"guarantee, {len(cases)} cameras, 50-1000 verdicts",
        f"  earned                                {Share.of(case.is_earned for case in cases)}",
        f"  holds                                 {Share.of(not case.is_broken for case in cases)}",
        f"  holds, cameras where it could break   {Share.of(not case.is_broken for case in could)}",
        f"  holds, with a sticker                 {Share.of(not c.is_broken for c in cases if c.camera.has_sticker)}",
        f"  holds, scores that say nothing, .895  {Share.of(not case.is_broken for case in flat)}",
        f"  lived: moments at which it held       {moments - sum(e.broken for e in lives)} of {moments} earned moments",
        f"  lived: cameras at which it always held {Share.of(not each.broken for each in lives)}",
    ]


def tell_kept(cases: list[Case]) -> list[str]:
    """Say how many true flags are kept, compared with the oracle threshold."""
    told = [f"true flags kept, of those that the oracle threshold keeps, {len(cases)} cameras, 300 verdicts"]
    reachable = [case for case in cases if case.oracle > 0.02]
    for low, high in (*BANDS, (0.0, 1.0)):
        band = [case for case in reachable if low < case.auc <= high]
        if not band:
            continue
        pooled = sum(case.kept for case in band) / sum(case.oracle for case in band)
        middle = float(np.median([case.kept / case.oracle for case in band]))
        within = Share.of(case.kept >= 0.9 * case.oracle for case in band)
        told.append(f"  AUC {low:.2f}-{high:.2f}  pooled {pooled:.3f}, median {middle:.3f}, within a tenth {within}")
    return told


def tell_suspension(random: np.random.Generator, cameras: int) -> list[str]:
    """Say how soon a fall is noticed, how often it is called without one, and how soon trust is earned again."""
    falls = [verdicts_until_change([0.95] * 100 + [0.6] * 400, random, healthy=100) for _ in range(cameras)]
    middle = float(np.median([fall or np.inf for fall in falls]))
    told = [
        f"suspension, {cameras} cameras, target .9, floor .7",
        f"  .95 -> .6 noticed within 50 verdicts  {Share.of(fall is not None and fall <= 50 for fall in falls)}",
        f"  median verdicts until it is           {middle:.0f}",
    ]
    for precision in (0.95, 0.9, 0.85, 0.8, 0.75, 0.7):
        found = [verdicts_until_change([precision] * 1000, random) for _ in range(cameras)]
        for within in (200, 1000):
            share = Share.of(each is not None and each <= within for each in found)
            told.append(f"  steady {precision:.2f}: suspended within {within:4} verdicts  {share}")
    for precision in (0.95, 0.9, 0.7, 0.6):
        found = [verdicts_until_change([precision] * 200, random, mode=Mode.SUSPENDED) for _ in range(cameras)]
        half = float(np.median([each or np.inf for each in found]))
        share = Share.of(each is not None for each in found)
        told.append(f"  suspended, checks at {precision:.2f}: trusted again within 200 {share}, median {half:.0f}")
    return told


def tell_recall(random: np.random.Generator, cameras: int) -> list[str]:
    """Say how often the interval of recall covers the truth."""
    covered = [recall_covered(random) for _ in range(cameras)]
    return [
        f"recall, {cameras} cameras, one in twenty of what was not flagged is checked",
        f"  interval covers the truth             {Share.of(each for each in covered if each is not None)}",
        f"  cameras with enough checks            {Share.of(each is not None for each in covered)}",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the simulation. Returns the exit code: 1 where a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m calibration.simulate_thresholds", description=__doc__)
    parser.add_argument("--cameras", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=None, help="folder for thresholds.svg")
    wanted = parser.parse_args(arguments)
    random = np.random.default_rng(wanted.seed)
    cases = run_cases(wanted.cameras, random)
    at_300 = run_cases(wanted.cameras, random, verdicts=300)
    print("\n".join(tell_guarantee(cases, random, wanted.cameras)), flush=True)
    for told in (tell_kept(at_300), tell_suspension(random, wanted.cameras), tell_recall(random, wanted.cameras)):
        print("\n".join(told), flush=True)
    if wanted.out is not None:
        from calibration.simulation_plots import write_page

        print(write_page(cases, at_300, wanted.out))
    return int(sum(case.is_broken for case in cases) > 0.05 * len(cases))


if __name__ == "__main__":
    sys.exit(main())
