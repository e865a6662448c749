"""The sheets that a person is handed: the notice with its link, and apart from it the number that goes with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import segno
import typst

SOURCE = Path(__file__).with_name("sheet.typ")


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and what stands under it, as a list where there are several lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page in one language.

    Attributes:
        facts: (what, value).
        code: What the square code holds; empty for none.
        number: Shown large; empty for none.
    """

    language: str
    agency: str
    heading: str
    caution: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    footer: str
    code: str = ""
    number: str = ""


def set_pages(pages: Sequence[Page]) -> bytes:
    """Set pages as PDF. The same pages make the same bytes."""
    shown = [{**asdict(page), "code": _drawn(page.code)} for page in pages]
    made = typst.compile(
        SOURCE.read_bytes(),
        format="pdf",
        ignore_system_fonts=True,  # the fonts that come with typst know Vietnamese, and are the same everywhere
        sys_inputs={"pages": json.dumps(shown, ensure_ascii=False)},
        timestamp=0,
    )
    assert isinstance(made, bytes)
    return made


def _drawn(text: str) -> str:
    return segno.make(text, error="m", micro=False).svg_inline(scale=4, border=2) if text else ""
