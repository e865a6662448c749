"""Measure nets on labelled pictures, and events on a recording whose truth is known. Nothing is kept."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from models.catalog import ModelEntry, load_catalog
from models.evaluate.concepts import ClassNames, Concept, Task, net_classes, objects_net, operating_score
from models.evaluate.detect import Result, evaluate
from models.evaluate.examine import BoxExaminer, Examiner, PersonExaminer
from models.evaluate.labelled import read_set
from models.evaluate.looking import Eye, judge_of
from models.evaluate.report import number, pair
from models.evaluate.timelines import PRESENCE, Comparison, Span, compare, rate_per_hour
from models.evaluate.truth_file import TruthFile, read_truth
from service import analysis
from service.errors import SiteInvalid
from service.settings import Settings
from service.site import load_site
from service.site_tables import LOOK_PX, CameraTable, Site
from service.wiring import check_nets, load_detector, load_nets, open_parts

BOX_SCORE_MIN = 0.01
"""Average precision wants the weak boxes too; none of them counts at the operating score."""


@dataclass(frozen=True, slots=True)
class Looking:
    """How pictures are looked at.

    Attributes:
        look_px: Longer side of the input of the look at the whole picture.
        wholes: Whether a picture in which nobody is found is looked at as if it were one person.
    """

    look_px: int = LOOK_PX
    wholes: bool = True


def evaluate_pictures(
    names: ClassNames, images: Path, labels: Path, *, console: Console, how: Looking = Looking()
) -> tuple[Result, list[ModelEntry]]:
    """Measure a task; returns the result and the nets that took part.

    Args:
        how: How pictures are looked at.

    Raises:
        EvaluationInvalid: Pictures or labels are not as they must be. Nothing was measured.
    """
    pictures = read_set(images, labels, len(names.names))
    if not any(picture.is_labelled for picture in pictures):
        console.print(f"{labels}: no picture has a label file there: nothing is taken to be in any of them")
    check_nets()
    examiner, nets = build_examiner(names, how)
    return evaluate(pictures, examiner, names, console=console), nets


def build_examiner(names: ClassNames, how: Looking = Looking()) -> tuple[Examiner, list[ModelEntry]]:
    """Load the nets for a task, as the service runs them."""
    if names.task in (Task.BADGE, Task.SMOKING):
        nets = load_nets()
        eye = Eye(
            nets.detector if nets.wider is None else nets.wider(how.look_px),
            nets.looker,
            operating_score(nets.person, Concept.PERSON),
            nets.crop,
            judge_of(names.task, nets.crop),
        )
        return PersonExaminer(eye, names, wholes=how.wholes), [nets.person, nets.crop]
    wanted = [concept for concept in names.concepts if concept is not None]
    entry = load_nets().person if names.task is Task.PERSON else objects_net(list(load_catalog().values()), wanted)
    detector = load_detector(entry, list(net_classes(entry, wanted)), score_min=BOX_SCORE_MIN, look_px=how.look_px)
    return BoxExaminer(detector, entry, names), [entry]


@dataclass(frozen=True, slots=True)
class EventsAsked:
    """What is compared with what.

    Attributes:
        camera: Which camera of the site file recorded it; None where that is clear.
        tolerance_s: How far a start may lie from the truth.
        allow_jumps: Accept jumping timestamps; each becomes a gap.
    """

    video: Path
    site: Path
    truth: Path
    camera: str | None = None
    tolerance_s: float = 3.0
    allow_jumps: bool = False


def evaluate_events(asked: EventsAsked, console: Console) -> dict[str, Any]:
    """Analyse a recording into a folder that is thrown away, and compare; returns JSON values.

    Raises:
        EvaluationInvalid: The truth file is wrong.
        SiteInvalid: The site file is wrong, or it is not clear which camera is meant.
        CaptureError: The recording is missing or broken.
    """
    truth, site = read_truth(asked.truth), load_site(asked.site)
    camera = _camera_of(asked, site, truth)
    _check_places(asked, camera, truth)
    camera = camera.model_copy(update={"source": str(asked.video.resolve())})
    site = site.model_copy(update={"cameras": (camera,)})
    jobs = analysis.prepare(Path(), cameras=[camera], allow_jumps=asked.allow_jumps)
    check_nets()
    with tempfile.TemporaryDirectory(prefix="congvu-eval-") as folder:
        # everything is given, so that no variable of the environment leads into the operator's own store
        parts = open_parts(Settings(data_dir=Path(folder), database_url="", session_hours=12, secure_cookies=False))
        try:
            analysis.analyze(parts, site, jobs, console)
            found = analysis.results(parts, jobs)
        finally:
            parts.database.close()
    gaps_s = sum(gap["end_s"] - gap["start_s"] for gap in found["cameras"][camera.id]["gaps"])
    hours = (jobs[0].recording.duration.total_seconds() - gaps_s) / 3600
    told = _compared(truth, [_span(event) for event in found["events"]], tolerance_s=asked.tolerance_s, hours=hours)
    return {"schema": analysis.JSON_SCHEMA, "camera": camera.id, "tolerance_s": asked.tolerance_s, **told}


def _camera_of(asked: EventsAsked, site: Site, truth: TruthFile) -> CameraTable:
    """The camera that is named; else the one that the truth names; else the only one."""
    if asked.camera is not None:
        return site.camera(asked.camera)
    named = [camera for camera in site.cameras if camera.id == truth.camera]
    candidates = named or list(site.cameras)
    if len(candidates) > 1:
        known = ", ".join(camera.id for camera in site.cameras)
        raise SiteInvalid([f"{asked.site} has several cameras: say with --camera which recorded it: {known}"])
    return candidates[0]


def _check_places(asked: EventsAsked, camera: CameraTable, truth: TruthFile) -> None:
    known = [place.id for places in (camera.desks, camera.zones, camera.counters) for place in places]
    faults = [
        f"{asked.truth}: camera {camera.id} has no place {place!r}; it has: {', '.join(known)}"
        for place in sorted({_place(event.place) for event in truth.events if event.place is not None})
        if place not in known
    ]
    if faults:
        raise SiteInvalid(faults)


def _place(subject: str) -> str:
    """A person in a zone is named ``zone#track``; track numbers mean nothing outside one analysis."""
    return subject.partition("#")[0]


def _span(event: dict[str, Any]) -> Span:
    return Span(event["rule"], _place(event["subject"]), event["start_s"], event["end_s"])


def _compared(truth: TruthFile, events: Sequence[Span], *, tolerance_s: float, hours: float) -> dict[str, Any]:
    true = [Span(s.rule, None if s.place is None else _place(s.place), s.start_s, s.end_s) for s in truth.events]
    comparison = compare(true, [e for e in events if e.rule in truth.rules], tolerance_s=tolerance_s)
    errors_s = comparison.errors_s()
    flags = sum(span.rule != PRESENCE for span in comparison.false)
    rate, interval = rate_per_hour(len(comparison.false), hours)
    flag_rate, flag_interval = rate_per_hour(flags, hours)
    return {
        **_counts(comparison),
        "median_error_s": number(float(np.median(errors_s))) if errors_s else None,
        "p95_error_s": number(float(np.percentile(errors_s, 95))) if errors_s else None,
        "false_per_camera_hour": number(rate),
        "false_per_camera_hour_interval": pair(interval),
        "false_flags": flags,
        "false_flags_per_camera_hour": number(flag_rate),
        "false_flags_per_camera_hour_interval": pair(flag_interval),
        "camera_hours": round(hours, 6),
        "rules": {rule: _counts(comparison.of_rule(rule)) for rule in truth.rules},
        "missed_events": [_told(span) for span in comparison.missed],
        "false_events": [_told(span) for span in comparison.false],
        "not_judged": dict(Counter(e.rule for e in events if e.rule not in truth.rules)),
    }


def _counts(comparison: Comparison) -> dict[str, Any]:
    return {
        "truth": len(comparison.truth),
        "found": len(comparison.matches),
        "false": len(comparison.false),
    }


def _told(span: Span) -> dict[str, Any]:
    return {"rule": span.rule, "subject": span.place, "start_s": span.start_s, "end_s": span.end_s}
