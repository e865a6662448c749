"""How far each rule is trusted on one camera, and what that rests on: for the camera's page and for the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from calibration.recall import RecallEstimate
from calibration.shares import share_high, share_low
from calibration.suspension import Cause
from calibration.thresholds import Outcome, choose_threshold
from service.api.auth import Work
from service.api.seen import note_rule
from service.api.selection import FLAG_RULES
from service.db.records import ASKED_FOR, JudgedFlag, Queue, RuleMode, RuleState, RuleTrust
from service.judging.recall import recall_of
from service.judging.trust import VERDICTS_AT_MOST
from service.judging.verdicts import Answer, answer_flags, as_scores, last_suspended, mode_since

WINDOW = 50
"""Verdicts over which the plotted precision is taken: within so many a fallen rule must be noticed."""
FIRST_POINT = 5
"""The plot starts here: the share of one or two verdicts says nothing."""
PLOTTED_AT_MOST = 200
TAIL = 0.975
PLOT_WIDTH, PLOT_HEIGHT = 1000, 100
BOTTOM_USUAL = 0.5
"""Share at the lower edge of the plot, unless the line goes lower."""


@dataclass(frozen=True, slots=True)
class PrecisionPlot:
    """Precision over the last verdicts, in a frame of `PLOT_WIDTH` by `PLOT_HEIGHT`, 100 % at the top.

    Attributes:
        bottom: Share at the lower edge.
        line: Share of breaches among the last `WINDOW` verdicts, as an SVG polyline.
        band: Its 95 % interval, as an SVG polygon.
        latest: The last share of the line.
        answers: (x in percent, whether it was a breach) of each verdict.
        first, last: Numbers of the first and last verdict shown.
    """

    bottom: float
    line: str
    band: str
    latest: float
    answers: tuple[tuple[float, bool], ...]
    first: int
    last: int

    def y_of(self, share: float) -> float:
        """Return how far below the upper edge a share lies."""
        return round(_y(share, self.bottom), 1)


@dataclass(frozen=True, slots=True)
class TrustCard:
    """One rule on one camera.

    Attributes:
        state: In force; None where nothing was ever set: the site's own threshold alone counts.
        trust: What the site file wants; None for a site stored before it could say so.
        breaches, answered: Of the flags with an answer; ``unclear``: nobody could tell; ``contradicted``: as many
            inspectors say the one as the other.
        precision: (share, low, high) of the flags shown, 95 %; None without an answer.
        missing: At least so many verdicts more until a threshold can be earned; None where more would not help.
        history: Every state, the latest first.
        checks: Breaches among, and number of, the flags drawn at random since it was suspended; None while in force.
        recall: How many of all breaches were flagged, from random checks.
    """

    rule_id: str
    state: RuleState | None
    trust: RuleTrust | None
    breaches: int
    answered: int
    unclear: int
    contradicted: int
    precision: tuple[float, float, float] | None
    missing: int | None
    plot: PrecisionPlot | None
    history: tuple[RuleState, ...]
    checks: tuple[int, int] | None
    recall: RecallEstimate

    @property
    def is_suspended(self) -> bool:
        """Tell whether the rule flags nothing here now."""
        return self.state is not None and self.state.mode is RuleMode.SUSPENDED

    @property
    def suspended_by(self) -> RuleState | None:
        """The state that suspended it: the first of those since it was last in force."""
        since = takewhile(lambda state: state.mode is RuleMode.SUSPENDED, self.history)
        return next(reversed(list(since)), None)

    @property
    def is_earned(self) -> bool:
        """Tell whether the threshold carries a guarantee."""
        return self.state is not None and self.state.earned


def trust_cards(work: Work, camera_id: str) -> list[TrustCard]:
    """Return the cards of all rules that flag, suspended ones first; none of one that is off and told nothing yet."""
    camera = next(camera for camera in work.sites.cameras() if camera.camera_id == camera_id)
    site = next((site for site in work.sites.sites() if site.site_id == camera.site_id), None)
    wanted = {trust.rule_id: trust for trust in (site.judging if site else ())}
    cards = [_card(work, camera_id, rule_id, wanted.get(rule_id)) for rule_id in FLAG_RULES]
    told = [card for card in cards if card.rule_id not in ASKED_FOR or card.trust or card.history or card.answered]
    return sorted(told, key=lambda card: not card.is_suspended)


def _card(work: Work, camera_id: str, rule_id: str, trust: RuleTrust | None) -> TrustCard:
    history = work.calibration.rule_history(camera_id, rule_id)
    flags = work.calibration.judged_flags(camera_id, rule_id, is_shown=True)
    shown = answer_flags([flag for flag in flags if flag.queue is Queue.FLAG])
    breaches = sum(answer.is_breach for answer in shown.known)
    return TrustCard(
        rule_id=rule_id,
        state=history[-1] if history else None,
        trust=trust,
        breaches=breaches,
        answered=len(shown.known),
        unclear=shown.unclear,
        contradicted=shown.contradicted,
        precision=_share(breaches, len(shown.known)) if shown.known else None,
        missing=None if trust is None else _missing(answer_flags(flags).known, history, trust),
        plot=precision_plot([answer.is_breach for answer in shown.known]),
        history=tuple(reversed(history)),
        checks=_checks_since(flags, history),
        recall=recall_of(work.calibration, camera_id, rule_id),
    )


def _missing(answers: Sequence[Answer], history: Sequence[RuleState], trust: RuleTrust) -> int | None:
    """Return how many verdicts are missing at least, by the same flags that the threshold is chosen from."""
    since = last_suspended(history)
    usable = [answer for answer in answers if since is None or answer.flag.at >= since][-VERDICTS_AT_MOST:]
    choice = choose_threshold(as_scores(usable, history, trust), target=trust.precision_target)
    return None if choice.outcome is Outcome.CANNOT_REACH else choice.missing


def _checks_since(flags: Sequence[JudgedFlag], history: Sequence[RuleState]) -> tuple[int, int] | None:
    mode, since = mode_since(history)
    if mode is RuleMode.ACTIVE or since is None:
        return None
    checked = answer_flags([flag for flag in flags if flag.queue is Queue.SUSPENDED]).known
    recent = [answer.is_breach for answer in checked if answer.at >= since]
    return sum(recent), len(recent)


def _share(part: int, whole: int) -> tuple[float, float, float]:
    return part / whole, share_low(part, whole, TAIL), share_high(part, whole, TAIL)


def precision_plot(answers: Sequence[bool]) -> PrecisionPlot | None:
    """Draw the precision over the verdicts given, the oldest first; None where there are too few."""
    if len(answers) < FIRST_POINT:
        return None
    first = max(FIRST_POINT, len(answers) - PLOTTED_AT_MOST + 1)
    counts = range(first, len(answers) + 1)
    steps = max(len(counts) - 1, 1)
    xs = [round(PLOT_WIDTH * (count - first) / steps, 1) for count in counts]
    recent = [answers[max(0, count - WINDOW) : count] for count in counts]
    shares = [_share(sum(few), len(few)) for few in recent]
    bottom = min(BOTTOM_USUAL, int(10 * min(share for share, _, _ in shares)) / 10)
    line = [(x, share) for x, (share, _, _) in zip(xs, shares, strict=True)]
    upper = [(x, high) for x, (_, _, high) in zip(xs, shares, strict=True)]
    lower = [(x, max(low, bottom)) for x, (_, low, _) in zip(xs, shares, strict=True)]
    return PrecisionPlot(
        bottom=bottom,
        line=_points(line, bottom),
        band=_points([*upper, *reversed(lower)], bottom),
        latest=shares[-1][0],
        answers=tuple(
            (round(100 * i / max(len(counts) - 1, 1), 2), answers[count - 1]) for i, count in enumerate(counts)
        ),
        first=first,
        last=len(answers),
    )


def _points(places: Sequence[tuple[float, float]], bottom: float) -> str:
    return " ".join(f"{x:g},{_y(share, bottom):.1f}" for x, share in places)


def _y(share: float, bottom: float) -> float:
    return PLOT_HEIGHT * (1 - share) / (1 - bottom)


def set_by_hand(work: Work, camera_id: str, rule_id: str, *, mode: RuleMode, user_id: int | None, note: str) -> None:
    """Suspend a rule or lift its suspension because somebody says so; nothing changes where it is so already.

    Args:
        user_id: Who says so; None on the command line.
    """
    history = work.calibration.rule_history(camera_id, rule_id)
    before = history[-1] if history else None
    if mode is (RuleMode.ACTIVE if before is None else before.mode):
        return
    cause = Cause.LIFTED_BY_HAND if mode is RuleMode.ACTIVE else Cause.SUSPENDED_BY_HAND
    start = before or RuleState(camera_id, rule_id, work.now(), mode, None, False, None, None, 0, cause)
    state = replace(
        start,
        at=work.now(),
        mode=mode,
        earned=False,
        precision=None,
        precision_low=None,
        verdicts=0,
        cause=cause,
        user_id=user_id,
        note=note,
    )
    work.calibration.add_rule_state(state)
    note_rule(work, state)
