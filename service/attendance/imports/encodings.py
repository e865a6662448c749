"""Text files as Vietnamese offices have them, made into text."""

from __future__ import annotations

import codecs
import unicodedata

from service.attendance.imports.results import ImportUnreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(content: bytes) -> str:
    """Return the text, composed (NFC): Windows-1258 writes a tone as a letter of its own.

    Raises:
        ImportUnreadable: It is empty or no text.
    """
    text = unicodedata.normalize("NFC", _decoded(content))
    if not text.strip():
        raise ImportUnreadable("empty_file", "the file is empty; wanted a row of titles and rows below it")
    if "\0" in text:
        raise ImportUnreadable("not_text", "the file is neither text nor a spreadsheet; save it as .xlsx or .csv")
    return text


def _decoded(content: bytes) -> str:
    for encoding in _candidates(content):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportUnreadable(
        "unknown_encoding", "the file is neither UTF-8, UTF-16 nor Windows-1258; save it as 'CSV UTF-8' or as .xlsx"
    )


def _candidates(content: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return (encoding,)
    # Without a mark: in UTF-16 every second byte of titles, digits and separators is zero.
    head = content[:2000]
    if head[1::2].count(0) > len(head) / 5:
        return ("utf-16-le",)
    if head[0::2].count(0) > len(head) / 5:
        return ("utf-16-be",)
    return ("utf-8", "cp1258")
