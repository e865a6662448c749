"""Catalogues: read once, straight from the .po files."""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import Request

from service.api.auth import SESSION_COOKIE

LOCALE = Path(__file__).resolve().parent / "locale"
LANGUAGES = ("vi", "en")
DEFAULT_LANGUAGE = "vi"
LANGUAGE_COOKIE = "congvu_language"


@cache
def translations(language: str) -> gettext.GNUTranslations:
    """Return the catalogue of a language."""
    with (LOCALE / language / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def language_of(request: Request) -> str:
    """Return the language that the reader chose, else Vietnamese; for programs, the first they accept that we have."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    # a browser that is signed in shows problems of the API within pages, and these are in Vietnamese then
    is_program = request.url.path.startswith("/api/") and SESSION_COOKIE not in request.cookies
    return _accepted(request.headers.get("accept-language", "")) if is_program else DEFAULT_LANGUAGE


def _accepted(header: str) -> str:
    """Return the language that suits best by ``Accept-Language`` (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for part in header.split(","):
        language, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((float(quality or 1), language.split("-")[0].lower()))
        except ValueError:
            continue
    known = [language for quality, language in sorted(wanted, key=lambda pair: -pair[0]) if quality > 0]
    return next((language for language in known if language in LANGUAGES), DEFAULT_LANGUAGE)
