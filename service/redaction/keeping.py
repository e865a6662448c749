"""Make redacted copies of an event's evidence and keep them; the originals stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath

import structlog

from calibration.scene import Scene
from service.db.calibration import CalibrationRepository
from service.db.custody import CustodyRepository
from service.db.evidence import EvidenceRepository
from service.db.pen import Pen
from service.db.records import EventRecord, EvidenceRecord
from service.db.redacted import RedactedCopy, RedactedRepository
from service.db.repository import EventRepository
from service.db.session import Database
from service.errors import EvidenceChanged, NotFound
from service.evidence.journal import Fact, RowKind
from service.evidence.offline.journal_rows import sum_of
from service.evidence.store import EvidenceStore
from service.redaction.clip import Progress, Redaction, redact_clip
from service.redaction.finding import PersonFinder
from service.redaction.modes import Mode, SubjectSight
from service.redaction.picture import redact_jpeg
from service.site import scene_from
from service.site_tables import SceneTables

log = structlog.get_logger(__name__)

CLIP = "video/mp4"
MARKED = "snapshot_annotated"
"""A picture with marks drawn on it is not redacted: the same without marks is, and the box may cover a face."""


class Redactor:
    """Makes copies on which people are hidden.

    Args:
        load_finder: Loads the nets that find people; asked for once, when they are needed.
    """

    def __init__(
        self, database: Database, store: EvidenceStore, pen: Pen, load_finder: Callable[[], PersonFinder]
    ) -> None:
        self._database = database
        self._store = store
        self._pen = pen
        self._load_finder = load_finder
        self._finder: PersonFinder | None = None

    def redact(
        self,
        event_id: str,
        mode: Mode,
        *,
        user_id: int | None,
        reason: str,
        at: datetime,
        progress: Progress | None = None,
    ) -> list[RedactedCopy]:
        """Make what is missing of the copies in a mode; who asked and why goes into the journal every time.

        Returns:
            All copies of the event in this mode.

        Raises:
            NotFound: There is no such event, or it has no evidence.
            EvidenceMissing, EvidenceChanged: The original is not there, or is not what was stored.
            NotRedactable: An original cannot be read, or the mode needs a scene that was never drawn.
        """
        event, originals, scene = self._read(event_id)
        facts: dict[str, Fact] = {"user": user_id, "mode": str(mode), "reason_sha256": sum_of(reason.encode())}
        copies = []
        for number, original in enumerate(originals):
            found = self._find(original, mode)
            if found is None:
                subject = _subject_in(event, original) if mode is Mode.ALL_BUT_SUBJECT else None
                asked = Redaction(mode, subject=subject, scene=scene)
                content = self._painted(original, asked, _part(progress, number, len(originals)))
                found = self._kept(original, mode, content, user_id=user_id, reason=reason, at=at)
            with self._database.transaction() as session:
                CustodyRepository(session).claim([event_id])
                self._refuse_deleted(EvidenceRepository(session), original, found)
                told: dict[str, Fact] = {**facts, "sha256": found.sha256, "source_sha256": found.source_sha256}
                RedactedRepository(session).add(found)
                self._pen.note(session, RowKind.REDACTED, told, subject=event_id)
            copies.append(found)
            if progress is not None:
                progress(len(copies) / len(originals))
        return copies

    def _read(self, event_id: str) -> tuple[EventRecord, list[EvidenceRecord], Scene | None]:
        with self._database.transaction() as session:
            event = EventRepository(session).get(event_id)
            originals = [o for o in EvidenceRepository(session).of(event_id) if o.kind != MARKED]
            if not originals:
                raise NotFound(f"event {event_id} has no evidence of which a copy could be made")
            scene = None
            if event.scene_version is not None:
                drawn = CalibrationRepository(session).scene(event.camera_id, event.scene_version).scene
                scene = scene_from(event.camera_id, SceneTables.model_validate(json.loads(drawn)))
        return event, originals, scene

    def _refuse_deleted(self, evidence: EvidenceRepository, original: EvidenceRecord, copy: RedactedCopy) -> None:
        """The original may have had its time while the copy was being made."""
        kinds = {record.kind for record in evidence.of(original.event_id)}
        if original.kind not in kinds:
            self._store.delete(copy.key)
            raise NotFound(f"evidence {original.key} was deleted meanwhile; no copy of it is kept")

    def _find(self, original: EvidenceRecord, mode: Mode) -> RedactedCopy | None:
        with self._database.transaction() as session:
            return RedactedRepository(session).find(original.event_id, original.kind, mode)

    def _painted(self, original: EvidenceRecord, asked: Redaction, progress: Progress | None) -> bytes:
        with self._store.open(original.key) as file:
            content = file.read()
        if sum_of(content) != original.sha256:
            raise EvidenceChanged(f"evidence {original.key} is not what was stored; no copy was made of it")
        self._finder = self._finder or self._load_finder()
        if original.media_type == CLIP:
            clip = redact_clip(content, asked, self._finder, progress=progress)
            if asked.mode is Mode.ALL_BUT_SUBJECT and not clip.shows_anybody:
                log.warning("the subject could not be told from others: everybody is hidden", key=original.key)
            return clip.content
        return redact_jpeg(content, asked, self._finder)

    def _kept(
        self, original: EvidenceRecord, mode: Mode, content: bytes, *, user_id: int | None, reason: str, at: datetime
    ) -> RedactedCopy:
        path = PurePosixPath(original.key)
        ending = "mp4" if original.media_type == CLIP else "jpg"
        # the sum in the name: another version of the nets makes other bytes of the same original
        key = str(path.with_name(f"{path.stem}.{mode}.{sum_of(content)[:12]}.{ending}"))
        return RedactedCopy(
            event_id=original.event_id,
            kind=original.kind,
            mode=str(mode),
            key=key,
            sha256=self._store.put_once(key, content),
            size_bytes=len(content),
            media_type=CLIP if ending == "mp4" else "image/jpeg",
            source_sha256=original.sha256,
            asked_by=user_id,
            asked_at=at,
            reason=reason,
        )


def _subject_in(event: EventRecord, original: EvidenceRecord) -> SubjectSight | None:
    """Where the subject is seen for certain: at the event's peak, where this clip or picture shows it."""
    if event.box_px is None or not original.start <= event.peak_at <= original.end:
        return None
    return SubjectSight((event.peak_at - original.start).total_seconds(), event.box_px)


def _part(progress: Progress | None, number: int, count: int) -> Progress | None:
    if progress is None:
        return None
    return lambda share: progress((number + share) / count)
