"""Evidence bytes, whole or in part, so that a browser can seek in a clip."""

from __future__ import annotations

import re
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse

from service.api.auth import Work, WorkNow, needs, require_csrf_header
from service.api.opened import OpenedFile
from service.api.problems import EvidenceAltered, EvidenceGone, Missing, RangeUnsatisfiable
from service.api.refusals import refuses
from service.api.schemas import StepsRequest
from service.api.seen import note_evidence_seen, note_steps
from service.db.records import EvidenceRecord, SessionRecord
from service.evidence.sums import sum_of_file
from service.rights import Right

router = APIRouter(tags=["evidence"])
_RANGE = re.compile(r"^bytes=(\d{0,15})-(\d{0,15})$")
_ENDINGS = {"video/mp4": "mp4", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
BYTES: dict[str, dict[str, object]] = {media_type: {} for media_type in _ENDINGS}


@router.get(
    "/evidence/{event_id}/{kind}",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The whole of it.", "content": BYTES},
        206: {"description": "The asked part.", "content": BYTES},
        **refuses(EvidenceGone, EvidenceAltered, RangeUnsatisfiable),
    },
)
def read_evidence(
    event_id: str,
    kind: str,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(needs(Right.SEE_FLAGS))],
    *,
    verify: Annotated[bool, Query(description="Check the bytes against their sum first; refuse if they differ.")] = (
        False
    ),
    range_header: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header(alias="If-Range")] = None,
) -> StreamingResponse:
    """Read one stored object. Its ETag is its sha256. That it was read is noted in the journal."""
    record = _find(work, event_id, kind)
    file = work.context.store.open(record.key)
    try:
        if verify:
            _check_sum(file, record.sha256)
        size = file.seek(0, 2)
        asked = range_header if if_range in (None, _etag(record)) else None
        part = parse_range(asked, size)
    except BaseException:
        file.close()
        raise
    first, last = part or (0, size - 1)
    note_evidence_seen(work, session, record, part="whole" if part is None else f"{first}-{last}")
    headers = _headers(record, last - first + 1)
    if part is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return OpenedFile(
        file,
        first,
        last,
        status_code=200 if part is None else 206,
        headers=headers,
        media_type=record.media_type,
    )


@router.post("/evidence/{event_id}/{kind}/steps", status_code=204, dependencies=[Depends(needs(Right.SEE_FLAGS))])
def note_stepping(
    event_id: str,
    kind: str,
    steps: StepsRequest,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_header)],
) -> None:
    """Note in the journal that somebody went through a clip picture by picture; the page tells so by itself."""
    record = _find(work, event_id, kind)
    note_steps(work, session, record, steps)


def _find(work: Work, event_id: str, kind: str) -> EvidenceRecord:
    """Return one object of an event within the reader's reach. Raises `NotFound`, `Missing`."""
    event = work.events.get(event_id)
    record = next((e for e in work.evidence.of(event.event_id) if e.kind == kind), None)
    if record is None:
        raise Missing
    return record


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return first and last byte of a single range; None where the whole is to be sent.

    Several ranges, other units and nonsense are answered with the whole, as RFC 9110 (14.2) allows.

    Raises:
        RangeUnsatisfiable: The range lies beyond the end.
    """
    found = _RANGE.match(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    start, end = found.groups()
    if not start:
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
        if end and int(end) < int(start):
            return None
    if first > last:
        raise RangeUnsatisfiable(size)
    return first, last


def _headers(record: EvidenceRecord, length_bytes: int) -> dict[str, str]:
    ending = _ENDINGS.get(record.media_type, "bin")
    name = re.sub(r"[^A-Za-z0-9_-]", "_", f"{record.event_id}-{record.kind}")
    return {
        "Accept-Ranges": "bytes",
        "Content-Length": str(length_bytes),
        "Content-Disposition": f'inline; filename="{name}.{ending}"',
        "ETag": _etag(record),
    }


def _etag(record: EvidenceRecord) -> str:
    return f'"{record.sha256}"'


def _check_sum(file: BinaryIO, sha256: str) -> None:
    if sum_of_file(file) != sha256:
        raise EvidenceAltered
