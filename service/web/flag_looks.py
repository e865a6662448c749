"""What the system saw, as the page draws it over the clip. Pure."""

from __future__ import annotations

import json

from service.db.records import EventRecord

LOOKS_MAX = 2000


def drawn_looks(event: EventRecord, supports: str) -> str:
    """Return the looks that have a place in the picture, as JSON; empty where there are none.

    Each is [milliseconds since 1970, question, kind, left, top, right, bottom]: ``for`` where it speaks for the
    flag, ``against``, or ``unknown``; the edges in pixels of the recording.

    Args:
        supports: The answer that speaks for the flag.
    """
    looks = [
        [
            round(item.at.timestamp() * 1000),
            item.question or "",
            "unknown" if item.answer == "unknown" else "for" if item.answer == supports else "against",
            *(round(edge) for edge in item.box_px),
        ]
        for item in event.trace[:LOOKS_MAX]
        if item.box_px is not None
    ]
    return json.dumps(looks, separators=(",", ":")) if looks else ""
