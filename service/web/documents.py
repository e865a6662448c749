"""Copies of documents that support a correction: which are taken, and where they are kept."""

from __future__ import annotations

import hashlib

from service.api.problems import N_, Problem

DOCUMENT_BYTES = 1_000_000
_KINDS = (
    (b"%PDF-", "pdf", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
)


class DocumentUnfit(Problem):
    """The file is no PDF, PNG or JPEG, or too large."""

    status = 422
    title = N_("This file cannot be kept")
    detail = N_("Wanted a PDF, PNG or JPEG of at most 1 MB. Nothing was stored; go back and choose another file.")


def key_of_document(content: bytes) -> str:
    """Return where a copy is kept: under its sha256. What a file is, its first bytes say, not its name.

    Raises:
        DocumentUnfit: It is of another kind, or too large.
    """
    ending = next((ending for magic, ending, _ in _KINDS if content.startswith(magic)), None)
    if ending is None or len(content) > DOCUMENT_BYTES:
        raise DocumentUnfit
    return f"documents/{hashlib.sha256(content).hexdigest()}.{ending}"


def media_type_of(ending: str) -> str:
    """Return the media type of a kept document."""
    return next((media_type for _, known, media_type in _KINDS if known == ending), "application/octet-stream")
