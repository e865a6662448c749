"""An evaluation as JSON. What is undefined is null."""

from __future__ import annotations

import math
from typing import Any

from models.catalog import ModelEntry
from models.evaluate.concepts import Concept
from models.evaluate.detect import ClassResult, Result
from models.evaluate.intervals import Interval, clopper_pearson
from models.evaluate.persons import SHARES, PersonFigures

SCHEMA = 1


def detect_report(result: Result, nets: list[ModelEntry]) -> dict[str, Any]:
    """Return the result of `congvu eval detect` as JSON values; docs/evaluation.md describes the keys."""
    names = result.names
    return {
        "schema": SCHEMA,
        "task": str(names.task),
        "images": len(result.pictures),
        "unlabelled": sum(not picture.is_labelled for picture in result.pictures),
        "empty_boxes": sum(picture.empty_boxes for picture in result.pictures),
        "classes": {each.name: _class(each) for each in result.classes},
        "ignored_classes": names.ignored,
        "ignore_regions": [names.names[class_id] for class_id in names.ids_of(Concept.DOUBTFUL)],
        "persons": _persons(result),
        "false_alarms_per_image": number(result.false_alarms_per_image),
        "false_alarms_per_image_interval": pair(result.false_alarms_interval),
        "nets": {entry.name: entry.weights_sha256 for entry in nets},
    }


def _class(each: ClassResult) -> dict[str, Any]:
    figures = each.figures
    told: dict[str, Any] = {"n": each.count, "concept": str(each.concept)}
    if figures is None:
        return told | {"p": None, "r": None, "ap50": None, "ap50_95": None, "score": None, "intervals": {}}
    values = {name: number(getattr(figures, name)) for name in ("p", "r", "ap50", "ap50_95")}
    intervals = {name: pair(interval) for name, interval in figures.intervals.items()}
    return told | values | {"score": number(figures.score), "intervals": intervals}


def _persons(result: Result) -> dict[str, Any]:
    figures = result.persons or _nobody_asked()
    found, true = result.persons_found, result.true_persons
    alarms, looks = figures.false_alarms, figures.accusable
    return {
        "looks": figures.looks,
        **{name: number(figures.shares[name]) for name in SHARES},
        "intervals": {name: pair(figures.intervals[name]) for name in SHARES},
        "left_out": figures.left_out,
        "answers": figures.answers,
        "unknown_reasons": figures.unknown_reasons,
        "false_alarms": alarms,
        "accusable": looks,
        "false_alarms_per_look": number(alarms / looks) if looks else None,
        "false_alarms_per_look_interval": pair(clopper_pearson(alarms, looks)) if looks else None,
        "labelled": true if result.persons else None,
        "persons_found": found if result.persons and true else None,
        "persons_found_share": number(found / true) if result.persons and true else None,
    }


def _nobody_asked() -> PersonFigures:
    nothing: dict[str, None] = dict.fromkeys(SHARES)
    return PersonFigures(
        looks=0,
        left_out=0,
        shares=dict(nothing),
        intervals=dict(nothing),
        unknown_reasons={},
        answers={},
        false_alarms=0,
        accusable=0,
        alarms_per_picture=0.0,
        alarms_per_picture_interval=None,
    )


def number(value: float | None) -> float | None:
    """Return a figure to four digits; null where it is undefined, for JSON knows no NaN."""
    return None if value is None or not math.isfinite(value) else round(value, 4)


def pair(interval: Interval | None) -> list[float | None] | None:
    """Return an interval as a list of low and high."""
    return None if interval is None else [number(interval[0]), number(interval[1])]
