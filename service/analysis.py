"""Analyse recordings, several at a time, and say what was found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from calibration.scene import PictureShape
from service.db.evidence import EvidenceRepository
from service.db.records import EventRecord
from service.db.repository import EventFilter, EventRepository
from service.db.sites import SiteRepository
from service.errors import NotFound, SiteInvalid
from service.site import resolve_source
from service.site_tables import CameraTable, Site
from service.wiring import Parts, build_watch, file_source, load_nets, register_site
from service.workers.camera import watch
from vision.capture.file import FileSource, Recording, probe
from vision.types import Frame

JSON_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Job:
    """One recording of one camera, found to be whole."""

    camera: CameraTable
    recording: Recording
    source: FileSource


def prepare(site_path: Path, *, cameras: Sequence[CameraTable], allow_jumps: bool = False) -> list[Job]:
    """Look at every recording before anything is stored.

    Raises:
        CaptureError: One of them is missing, is no video or is broken.
        SiteInvalid: One of the cameras is live: it cannot be analysed as a recording. Or its scene was drawn on a
            picture of another shape.
    """
    jobs = []
    for camera in cameras:
        if camera.is_live:
            raise SiteInvalid([f"camera {camera.id} is live; watch it with `congvu run`, or name a recording"])
        recording = probe(Path(resolve_source(camera, site_path)))
        _check_shape(camera, recording)
        jobs.append(Job(camera, recording, file_source(camera, recording, allow_jumps=allow_jumps)))
    return jobs


def _check_shape(camera: CameraTable, recording: Recording) -> None:
    drawn, (width_px, height_px) = camera.picture, recording.size_px
    if drawn is not None and not PictureShape(drawn.width_px, drawn.height_px).fits(width_px, height_px):
        raise SiteInvalid(
            [
                f"camera {camera.id}: its scene was drawn on a picture of {drawn.width_px} x {drawn.height_px}, and "
                f"{recording.path.name} is {width_px} x {height_px}: another shape, so nothing would lie where it was "
                "drawn. Draw the scene again, or correct [cameras.picture] if the camera only changed its resolution"
            ]
        )


def analyze(parts: Parts, site: Site, jobs: Sequence[Job], console: Console) -> None:
    """Analyse recordings side by side, with a progress bar for each.

    Raises:
        CaptureError: A recording turned out to be broken; the others are stopped, what they found is kept.
    """
    register_site(parts, site)
    workers = min(len(jobs), os.cpu_count() or 1)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(workers) as pool:
        running: list[Future[None]] = []
        for job in jobs:
            bar = progress.add_task(job.camera.name, total=job.recording.frames)
            running.append(pool.submit(_analyze_one, parts, site, job, workers, progress, bar))
        wait(running, return_when=FIRST_EXCEPTION)
        for job in jobs:
            if any(future.done() and future.exception() for future in running):
                job.source.close()
        for future in running:
            future.result()


def _analyze_one(parts: Parts, site: Site, job: Job, workers: int, progress: Progress, bar: Any) -> None:
    def advance(_: Frame) -> None:
        progress.advance(bar)

    nets = load_nets(workers=workers, device=parts.settings.nets_device)
    source, pipeline, recorder = build_watch(parts, site, job.camera, job.source, nets)
    watch(source, pipeline, recorder, advance)


def results(parts: Parts, jobs: Sequence[Job]) -> dict[str, Any]:
    """Say what was found, read back from the database; seconds count from the start of each recording."""
    cameras: dict[str, Any] = {}
    events: list[dict[str, Any]] = []
    with parts.database.transaction() as session:
        sites, repository = SiteRepository(session), EventRepository(session)
        for job in jobs:
            camera_id, run_id = job.source.camera_id, job.source.run_id
            start = job.source.starts_at
            runs = [
                run for run in sites.runs([camera_id], start, start + job.recording.duration) if run.run_id == run_id
            ]
            if not runs:
                raise NotFound(f"camera {camera_id}: the analysis of {job.recording.path} was not stored")
            gaps = sites.gaps([camera_id], start, start + job.recording.duration)
            cameras[camera_id] = {
                "frames": runs[0].frames,
                "gaps": [
                    {"start_s": _seconds(gap.start, start), "end_s": _seconds(gap.end, start), "reason": gap.reason}
                    for gap in gaps
                    if gap.run_id == run_id and not gap.place_id
                ],
            }
            wanted = EventFilter(camera_id=camera_id, run_id=run_id, since=start)
            for event in repository.find(wanted, limit=1_000_000, newest_first=False):
                events.append(_event(event, start, EvidenceRepository(session)))
    return {"schema": JSON_SCHEMA, "cameras": cameras, "events": events}


def _event(event: EventRecord, start: datetime, evidence: EvidenceRepository) -> dict[str, Any]:
    who = event.place_id if event.track_number is None else f"{event.place_id}#{event.track_number}"
    return {
        "id": event.event_id,
        "rule": event.rule_id,
        "camera": event.camera_id,
        "subject": who,
        "start_s": _seconds(event.started_at, start),
        "end_s": None if event.ended_at is None else _seconds(event.ended_at, start),
        "end_reason": event.end_reason,
        "score": round(event.peak_score, 4),
        "threshold": event.threshold,
        "model_sha256": event.model_sha256,
        "scene_version": event.scene_version,
        "evidence": [
            {"key": item.key, "sha256": item.sha256, "kind": item.kind} for item in evidence.of(event.event_id)
        ],
    }


def _seconds(moment: datetime, start: datetime) -> float:
    return round((moment - start).total_seconds(), 3)
