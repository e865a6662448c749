"""Show what is wrong: as a page to people, as problem+json to programs."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from service.api.problems import NotSignedIn, Problem
from service.api.schemas import ProblemShape
from service.web.pages import render
from service.web.words import language_of, translations


def show_problem(request: Request, problem: Problem) -> Response:
    """Return the answer to a request that cannot be served."""
    if request.url.path.startswith("/api/") or request.url.path == "/healthz":
        return _for_programs(request, problem)
    if isinstance(problem, NotSignedIn):
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        wanted = quote(back, safe="") if request.method == "GET" and back != "/" else ""
        return RedirectResponse("/sign-in" + (f"?next={wanted}" if wanted else ""), status_code=303)
    response = render(
        request, "error.html", getattr(request.state, "session", None), {"problem": problem}, status=problem.status
    )
    response.headers.update(problem.headers)
    return response


def _for_programs(request: Request, problem: Problem) -> JSONResponse:
    language = language_of(request)
    speak = translations(language).gettext
    shape = ProblemShape(
        type=problem.type_uri(),
        title=speak(problem.title),
        status=problem.status,
        detail=speak(problem.detail),
        instance=quote(request.scope["path"]),
        faults=list(problem.faults),
    )
    return JSONResponse(
        shape.model_dump(),
        status_code=problem.status,
        media_type="application/problem+json",
        headers={"Content-Language": language, **problem.headers},
    )
