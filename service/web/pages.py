"""Render a page in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.api.auth import context_of, may_keep, may_review, reach_of_session, rights_held
from service.api.reasons import reason_words
from service.db.records import SessionRecord
from service.web import camera_labels, case_labels, formats, labels
from service.web.words import LANGUAGES, language_of, translations

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(
    request: Request,
    template: str,
    session: SessionRecord | None,
    values: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    """Return a page. ``session`` is None where nobody is signed in."""
    language = language_of(request)
    html = (
        environment(language)
        .get_template(template)
        .render(
            {
                **(values or {}),
                "language": language,
                "languages": LANGUAGES,
                "here": _here(request),
                "path": request.url.path,
                "session": session,
                "alarms": getattr(request.state, "alarms", 0),
                "disk": context_of(request).disk.state,
                "user": None if session is None else session.user,
                "csrf_token": "" if session is None else session.csrf_token,
                "rights": frozenset() if session is None else rights_held(session),
                "sees_sites": session is not None and not reach_of_session(session).is_narrow,
                "may_review": session is not None and may_review(session),
                "may_keep": session is not None and may_keep(session),
            }
        )
    )
    return HTMLResponse(html, status_code=status)


@cache
def environment(language: str) -> Environment:
    """Return the template environment of one language; everything is escaped unless it is known to be safe."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = translations(language)
    made.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(
        labels=labels,
        camera_labels=camera_labels,
        hearing_words=case_labels,
        reason_words=reason_words,
        timedelta=timedelta,
    )
    made.filters.update(
        clock=formats.clock,
        clock_short=formats.clock_short,
        day=formats.day,
        hours=formats.hours,
        date_words=partial(formats.date_words, language=language),
        length=partial(formats.length, speak=catalogue.gettext),
        elapsed=partial(formats.elapsed, speak=catalogue.gettext),
        decimal=partial(formats.decimal, language=language),
        whole=partial(formats.whole, language=language),
        size=partial(formats.size, language=language),
        query=query_string,
    )
    return made


def query_string(values: Mapping[str, object]) -> str:
    """Return a query string with its question mark; empty values are left out."""
    given = {name: str(value) for name, value in values.items() if value not in (None, "")}
    return "?" + urlencode(given) if given else ""


def _here(request: Request) -> str:
    """Where to come back to after changing the language; never a page that cannot be asked for again."""
    if request.method != "GET":
        return "/answer" if request.url.path.startswith("/answer") else "/"  # the person has no account to go to
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
