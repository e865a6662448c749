"""Read what really happened in a recording: a timeline of events, or a list of visits.

Two forms, both JSON, times in seconds from the start of the recording:

    {"events": [{"rule": "smoking", "subject": "desk-1", "start_s": 17.0, "end_s": 43.8}], "rules": ["smoking"]}
    {"visits": [{"enter": 6.0, "leave": 20.2}]}

``subject`` (the place), ``end_s`` and ``rules`` (what the truth speaks of; otherwise everything, of a list of visits
presence alone) may be left out. Other keys are notes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from models.evaluate.errors import EvaluationInvalid
from models.evaluate.timelines import PRESENCE, Span

RULES = ("presence", "left_post", "counter_unattended", "smoking", "badge_missing", "alcohol_seen")


@dataclass(frozen=True, slots=True)
class TruthFile:
    """What really happened.

    Attributes:
        camera: Which camera saw it, where the file says so.
        rules: Rules that the truth speaks of: what is found of others is neither right nor wrong.
    """

    camera: str | None
    rules: tuple[str, ...]
    events: tuple[Span, ...]


def read_truth(path: Path) -> TruthFile:
    """Read a truth file. Raises `EvaluationInvalid` with every fault."""
    document = _document(path)
    has_events, has_visits = "events" in document, "visits" in document
    if has_events == has_visits:
        raise EvaluationInvalid([f"{path}: wanted either 'events' or 'visits'; see docs/evaluation.md"])
    key = "events" if has_events else "visits"
    entries = document[key]
    if not isinstance(entries, list):
        raise EvaluationInvalid([f"{path}: {key}: wanted a list"])
    read = _event if has_events else _visit
    events, faults = [], []
    for number, entry in enumerate(entries):
        try:
            events.append(read(entry))
        except ValueError as error:
            faults.append(f"{path}: {key}[{number}]: {error}")
    rules = document.get("rules", RULES if has_events else (PRESENCE,))
    faults += [f"{path}: rules: {fault}" for fault in _rule_faults(rules, events)]
    if faults:
        raise EvaluationInvalid(faults)
    camera = document.get("camera")
    return TruthFile(None if camera is None else str(camera), tuple(rules), tuple(events))


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EvaluationInvalid([f"{path}: no such truth file"]) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise EvaluationInvalid([f"{path}: is not JSON that can be read: {error}"]) from None
    if not isinstance(document, dict):
        raise EvaluationInvalid([f"{path}: wanted a JSON object; see docs/evaluation.md"])
    return document


def _rule_faults(rules: Any, events: list[Span]) -> Iterator[str]:
    if not isinstance(rules, list | tuple):
        yield f"wanted a list, got {rules!r}"
        return
    for rule in rules:
        if rule not in RULES:
            yield f"unknown rule {rule!r}; there are {', '.join(RULES)}"
    for rule in sorted({event.rule for event in events}.difference(map(str, rules))):
        yield f"there are events of {rule!r}, which is not listed"


def _event(entry: Any) -> Span:
    if not isinstance(entry, dict):
        raise ValueError(f"wanted an object, got {entry!r}")
    if entry.get("rule") not in RULES:
        raise ValueError(f"rule: got {entry.get('rule')!r}; there are {', '.join(RULES)}")
    place = entry.get("subject")
    return _span(str(entry["rule"]), None if place is None else str(place), (entry, "start_s", "end_s"))


def _visit(entry: Any) -> Span:
    if not isinstance(entry, dict):
        raise ValueError(f"wanted an object, got {entry!r}")
    return _span(PRESENCE, None, (entry, "enter", "leave"))


def _span(rule: str, place: str | None, times: tuple[dict[str, Any], str, str]) -> Span:
    entry, first, last = times
    start_s = _seconds(entry, first)
    if start_s is None:
        raise ValueError(f"{first} is missing")
    end_s = _seconds(entry, last)
    if end_s is not None and end_s < start_s:
        raise ValueError(f"{last} {end_s} is before {first} {start_s}")
    return Span(rule, place, start_s, end_s)


def _seconds(entry: dict[str, Any], key: str) -> float | None:
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise ValueError(f"{key}: wanted seconds from the start of the recording, got {value!r}")
    return float(value)
