"""`congvu calibrate thresholds|alarms|view`: what the pages of a camera say and do, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from service.api.auth import Work, work_in
from service.api.camera_states import camera_state, camera_states
from service.api.context import WebContext
from service.api.rule_trust import TrustCard, set_by_hand, trust_cards
from service.api.selection import FLAG_RULES
from service.cli_options import AsJson, DataDir, settings_of
from service.db.records import RuleMode
from service.errors import ServiceError
from service.rights import Right, rights_of
from service.stills import confirm_reference
from service.wiring import open_parts, pen_of

stderr = Console(stderr=True, soft_wrap=True)

Camera = Annotated[str, typer.Option(help="Which camera, by id.")]
Note = Annotated[str, typer.Option(help="Why; it stays in the history.")]


@dataclass(frozen=True, slots=True)
class ByHand:
    """A change of a rule asked for on the command line."""

    rule_id: str
    mode: RuleMode


def thresholds(
    camera: Camera,
    suspend: Annotated[str | None, typer.Option(help="Suspend this rule on the camera.")] = None,
    lift: Annotated[str | None, typer.Option(help="Lift the suspension of this rule.")] = None,
    note: Note = "",
    as_json: AsJson = False,
    data: DataDir = None,
) -> None:
    """Tell how far each rule is trusted on a camera; suspend a rule there, or lift its suspension."""
    changes = [ByHand(rule, mode) for rule, mode in ((suspend, RuleMode.SUSPENDED), (lift, RuleMode.ACTIVE)) if rule]
    if suspend is not None and suspend == lift:
        raise typer.BadParameter(f"{suspend!r}: give either --suspend or --lift")
    if changes and not note.strip():
        raise typer.BadParameter("a change by hand needs --note: why")
    for change in changes:
        if change.rule_id not in FLAG_RULES:
            raise typer.BadParameter(f"{change.rule_id!r} is no rule that flags; those are: {', '.join(FLAG_RULES)}")
    with _work(data) as work:
        camera_state(work, camera)
        for change in changes:
            set_by_hand(work, camera, change.rule_id, mode=change.mode, user_id=None, note=note.strip())
        cards = trust_cards(work, camera)
    if as_json:
        print(json.dumps({"camera": camera, "rules": [_json(card) for card in cards]}, ensure_ascii=False, indent=2))
        return
    table = Table("rule", "state", "threshold", "precision (95 %)", "verdicts", "recall (95 %)")
    for card in cards:
        table.add_row(card.rule_id, *_row(card))
    stderr.print(table)


def alarms(as_json: AsJson = False, data: DataDir = None) -> None:
    """Tell how each camera is. Exit code 1 where one is silent or not to be trusted, or where none is known."""
    with _work(data) as work:
        states = camera_states(work)
    told = [
        {
            "camera": state.camera.camera_id,
            "condition": str(state.condition),
            "since": None if state.since is None else state.since.isoformat(),
            "faults": [fault.kind for fault in state.faults],
        }
        for state in states
    ]
    if as_json:
        print(json.dumps({"cameras": told}, ensure_ascii=False, indent=2))
    else:
        table = Table("camera", "condition", "since", "faults")
        for line in told:
            faults = line["faults"]
            assert isinstance(faults, list)
            table.add_row(str(line["camera"]), str(line["condition"]), str(line["since"] or ""), ", ".join(faults))
        stderr.print(table)
    if not told:
        # a mistyped folder must not tell whoever watches over the cameras that all is well
        raise ServiceError(f"no camera is known in {settings_of(data).data_dir}; see --data and `congvu run`")
    if any(line["condition"] in ("silent", "untrusted") for line in told):
        raise typer.Exit(1)


def view(
    camera: Camera,
    login: Annotated[str, typer.Option(help="Who says so: an administrator, a team leader or an inspector.")],
    data: DataDir = None,
) -> None:
    """Say that a camera's view is right now: its latest picture becomes the one that it is compared with."""
    with _work(data) as work:
        camera_state(work, camera)
        user = work.accounts.find_user(login)
        if user is None or Right.TEND_CAMERAS not in rights_of(user.role):
            raise ServiceError(f"{login!r} may not tend cameras; `congvu user add` makes one")
        number = confirm_reference(work.context.store, work.calibration, camera, at=work.now(), user_id=user.user_id)
    stderr.print(f"camera {camera}: reference picture {number}, confirmed by {user.display_name}")


@contextmanager
def _work(data: Path | None) -> Iterator[Work]:
    parts = open_parts(settings_of(data))
    try:
        with work_in(WebContext(parts.database, parts.store, parts.clock, pen_of(parts))) as work:
            yield work
    finally:
        parts.database.close()


def _row(card: TrustCard) -> tuple[str, str, str, str, str]:
    state = "suspended" if card.is_suspended else "in force"
    threshold = (
        "the site's own" if card.state is None or card.state.threshold is None else f"{card.state.threshold:.2f}"
    )
    if not card.is_earned and card.missing:
        threshold += f" (at least {card.missing} more verdicts to earn one)"
    elif card.is_earned:
        threshold += " (earned)"
    precision = "not known yet" if card.precision is None else "{:.2f} ({:.2f}-{:.2f})".format(*card.precision)
    recall = "not enough random checks yet"
    if card.recall.recall is not None and card.recall.interval is not None:
        recall = "{:.2f} ({:.2f}-{:.2f})".format(card.recall.recall, *card.recall.interval)
    return state, threshold, precision, str(card.answered), recall


def _json(card: TrustCard) -> dict[str, Any]:
    return {
        "rule": card.rule_id,
        "suspended": card.is_suspended,
        "threshold": None if card.state is None else card.state.threshold,
        "earned": card.is_earned,
        "missing_verdicts": card.missing,
        "precision": card.precision,
        "breaches": card.breaches,
        "verdicts": card.answered,
        "unclear": card.unclear,
        "contradicted": card.contradicted,
        "recall": card.recall.recall,
        "recall_interval": card.recall.interval,
    }
