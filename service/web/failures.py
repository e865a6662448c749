"""Show what is wrong: as a page to people, as problem+json to programs."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from service.api.problems import NotSignedIn, Problem, RangeUnsatisfiable
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
    return render(
        request, "error.html", getattr(request.state, "session", None), {"problem": problem}, status=problem.status
    )


def _for_programs(request: Request, problem: Problem) -> JSONResponse:
    speak = translations(language_of(request)).gettext
    shape = ProblemShape(
        title=speak(problem.title),
        status=problem.status,
        detail=speak(problem.detail),
        faults=list(getattr(problem, "faults", ())),
    )
    headers = {"Content-Language": language_of(request)}
    if isinstance(problem, RangeUnsatisfiable):
        headers["Content-Range"] = f"bytes */{problem.size_bytes}"
    return JSONResponse(
        shape.model_dump(), status_code=problem.status, media_type="application/problem+json", headers=headers
    )
