"""Which files a person may hand in: told by what is in them, never by their name. Pure."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass

from service.errors import ServiceError

FILES_MAX = 5
FILE_BYTES_MAX = 10_000_000
NAME_MAX = 120
FOLDER = "hearings"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MAGIC = (
    (b"%PDF-", "pdf", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
)
_MP4_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"qt  ")
_ALIKE = {"jpg": ("jpg", "jpeg"), "mp4": ("mp4", "mov", "m4v")}


class AttachmentUnfit(ServiceError):
    """A file is too large, empty, or of a kind that is not taken. Nothing was stored."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be stored.

    Attributes:
        name: Cleaned, with the ending that goes with what is in it.
    """

    name: str
    content: bytes
    media_type: str
    sha256: str

    def key_in(self, case_id: str) -> str:
        """Return where it lies in the store; the person's own words are no part of it."""
        return f"{FOLDER}/{case_id}/{self.sha256}"


def check_file(name: str, content: bytes) -> CheckedFile:
    """Return a file with the type that its content has. Raises `AttachmentUnfit`."""
    if len(content) > FILE_BYTES_MAX:
        raise AttachmentUnfit(f"{clean_name(name)}: wanted at most {FILE_BYTES_MAX // 1_000_000} MB")
    found = _kind_of(content)
    if found is None:
        raise AttachmentUnfit(f"{clean_name(name)}: wanted a PDF, JPEG, PNG, MP4 or DOCX")
    ending, media_type = found
    return CheckedFile(_with_ending(clean_name(name), ending), content, media_type, hashlib.sha256(content).hexdigest())


def clean_name(name: str) -> str:
    """Return the last part of a path without what steers, hides or turns round text; ``file`` where nothing is left."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in last)
    plain = re.sub(r'[<>:"|?*]', "_", re.sub(r" +", " ", plain)).strip(" .")
    return plain[-NAME_MAX:] or "file"


def _with_ending(name: str, ending: str) -> str:
    stem, dot, given = name.rpartition(".")
    return name if dot and stem and given.lower() in _ALIKE.get(ending, (ending,)) else f"{name}.{ending}"


def _kind_of(content: bytes) -> tuple[str, str] | None:
    for magic, ending, media_type in _MAGIC:
        if content.startswith(magic):
            return ending, media_type
    if content[4:8] == b"ftyp" and content[8:12] in _MP4_BRANDS:
        return "mp4", "video/mp4"
    return ("docx", DOCX) if _is_document(content) else None


def _is_document(content: bytes) -> bool:
    """Tell whether this is a DOCX without macros; only its list of parts is read."""
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = {name.lower() for name in parts.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    has_macros = any(name.endswith(("vbaproject.bin", ".docm")) for name in names)
    return {"[content_types].xml", "word/document.xml"} <= names and not has_macros
