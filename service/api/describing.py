"""Describe the API (OpenAPI 3.1): what FastAPI knows of the routes, with rights, problems and examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from service.api.auth import SESSION_COOKIE, require_csrf_header, require_session
from service.api.etags import PREFIX
from service.api.examples import example_of
from service.api.problems import (
    Failed,
    Forbidden,
    FormExpired,
    Invalid,
    JournalClosed,
    Missing,
    NotSignedIn,
    Problem,
    StoreAway,
    TooLarge,
    TooMany,
    Unreadable,
)
from service.api.refusals import PROBLEMS_KEY, known_problems
from service.api.schemas import ProblemShape
from service.rights import Right
from service.web.words import DEFAULT_LANGUAGE, translations

Described = dict[str, Any]

DESCRIPTION = """\
Flags of possible breaches of office discipline, their evidence, the verdicts of inspectors and what follows from them.
A flag is never a finding: a person decides.

Times are RFC 3339 in UTC, lengths whole seconds. Whatever is read carries an `ETag`: send it as `If-None-Match`, and
what has not changed answers 304. Errors are problem+json (RFC 9457); tell them apart by `type`, which stays the same.
`docs/api.md` says more, with a client in Python."""
TAGS = {
    "session": "Who asks, and what they may do.",
    "events": "Flags and visits, and the verdicts on them.",
    "queue": "What waits for whom: claims, kept filters, several verdicts at once.",
    "journal": "What happened to evidence and who looked at it, row by row, each with its proof.",
    "evidence": "Clips and stills, byte by byte as they were stored.",
    "attendance": "Attendance by day and month, leave, cover, stamps, corrections and closed periods.",
    "cameras": "How cameras are, and how far each rule is trusted on them.",
    "scenes": "What is drawn on a camera's picture: desks, zones, masks.",
    "live": "What happens while it happens, for pages that stay open.",
    "notifications": "Where somebody is told that something waits.",
    "hearings": "Hearing the person before anything is concluded: steps, deadlines, answers, appeals.",
    "statistics": "Figures over flags, verdicts and hearings, with what is not known beside them.",
    "account": "One's own sessions and tokens.",
    "users": "Accounts, for administrators.",
    "health": "Whether the service answers. Open to monitors.",
}
"""Chapters of the description, in this order."""
JSON, PROBLEM_JSON = "application/json", "application/problem+json"
SESSION, CSRF, TOKEN = "session", "csrf", "token"
CSRF_HEADER = "X-CSRF-Token"
_HEADERS: Described = {
    "ETag": "Stands for exactly these bytes.",
    "Retry-After": "Seconds until one more request is served.",
    "RateLimit": "How many more requests are served at once, and in how many seconds the whole quota is there again.",
    "RateLimit-Policy": "How many requests are served in how many seconds.",
}


def describe(routes: Sequence[BaseRoute]) -> Described:
    """Return the description of these routes."""
    found = get_openapi(
        title="Công Vụ",
        version="1",
        description=DESCRIPTION,
        routes=routes,
        servers=[{"url": "/", "description": "The service itself."}],
        license_info={"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        contact={"name": "Công Vụ contributors"},
    )
    shapes = found["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        shapes.pop(unused, None)
    shapes["ProblemShape"] = ProblemShape.model_json_schema()
    shapes["ProblemShape"]["properties"]["type"]["enum"] = list(known_problems())
    found["components"] |= {"securitySchemes": _security_schemes(), "headers": _headers()}
    for route in iter_route_contexts(routes):
        if not getattr(route, "include_in_schema", False):
            continue
        for method in sorted(route.methods or ()):
            _complete(found["paths"][route.path_format][method.lower()], route, shapes)
    used = {tag for path in found["paths"].values() for operation in path.values() for tag in operation["tags"]}
    found["tags"] = [{"name": name, "description": text} for name, text in TAGS.items() if name in used]
    return found


def _complete(operation: Described, route: RouteContext, shapes: Described) -> None:
    """Add to one operation what FastAPI does not know of it."""
    calls, path = set(_calls(route.dependant)), route.path_format or ""
    operation["summary"] = operation["description"].partition(". ")[0].split("\n")[0].removesuffix(".")
    # whoever is signed in has one of all rights there are
    groups = {frozenset(call.rights) for call in calls if hasattr(call, "rights")} - {frozenset(Right)}
    rights = sorted(tuple(sorted(str(right) for right in group)) for group in groups)
    if require_session in calls:
        _secure(operation, rights, is_csrf=require_csrf_header in calls)
    # the token against forgery is described as a means of security
    parameters = [part for part in operation.pop("parameters", ()) if part["name"] != CSRF_HEADER.lower()]
    if parameters:
        operation["parameters"] = parameters
    for parameter in parameters:
        if parameter["in"] == "path" or parameter.get("required"):
            parameter["example"] = example_of(parameter["schema"], shapes, name=parameter["name"])
    is_tagged = "GET" in (route.methods or ()) and path.startswith(PREFIX)
    if is_tagged and JSON in operation["responses"]["200"].get("content", {}):
        operation["responses"]["200"]["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
        operation["responses"].setdefault("304", {"description": "What `If-None-Match` names has not changed."})
    _exemplify(operation, shapes)
    _refuse(operation, path, calls)


def _secure(operation: Described, rights: Sequence[tuple[str, ...]], *, is_csrf: bool) -> None:
    """Say who may do it: whoever has one right of each group."""
    browser: Described = {SESSION: [], CSRF: []} if is_csrf else {SESSION: []}
    operation["security"] = [browser, *({TOKEN: sorted(scopes)} for scopes in product(*rights))]
    operation["x-rights"] = [list(group) for group in rights]
    if rights:
        asked = ", and ".join(" or ".join(f"`{name}`" for name in group) for group in rights)
        operation["description"] += f"\n\nNeeds the right {asked}."


def _exemplify(operation: Described, shapes: Described) -> None:
    bodies = [operation["requestBody"]["content"]] if "requestBody" in operation else []
    answers = [answer.get("content", {}) for status, answer in operation["responses"].items() if status < "300"]
    for content in (*bodies, *answers):
        for media_type, media in content.items():
            if media_type == JSON and media.get("schema"):
                media["example"] = example_of(media["schema"], shapes)


def _refuse(operation: Described, path: str, calls: set[Any]) -> None:
    """Describe every problem that the operation may answer with, each with an example."""
    common: list[type[Problem]] = [TooMany, Failed, StoreAway, JournalClosed]
    if require_session in calls:
        common += [NotSignedIn, Forbidden]
    if require_csrf_header in calls:
        common.append(FormExpired)
    if "{" in path:
        common.append(Missing)
    if "requestBody" in operation:
        common += [TooLarge, Unreadable]
    if "requestBody" in operation or operation.get("parameters"):
        common.append(Invalid)
    by_type, answers = known_problems(), operation["responses"]
    named = [uri for answer in answers.values() for uri in answer.pop(PROBLEMS_KEY, ())]
    answers.pop("422", None)  # FastAPI's own kind of body, which is never sent
    wanted = {problem.type_uri(): problem for problem in (*common, *(by_type[uri] for uri in named))}
    for problem in sorted(wanted.values(), key=lambda problem: (problem.status, problem.type_uri())):
        _add_problem(answers, problem, path)
    operation["responses"] = dict(sorted(answers.items()))


def _add_problem(answers: Described, problem: type[Problem], path: str) -> None:
    answer = answers.setdefault(str(problem.status), {})
    media = answer.setdefault("content", {}).setdefault(
        PROBLEM_JSON, {"schema": {"$ref": "#/components/schemas/ProblemShape"}, "examples": {}}
    )
    slug = problem.type_uri().rpartition("/")[2]
    media["examples"][slug] = {"summary": problem.title, "value": problem_example(problem, path)}
    answer["description"] = ". ".join(example["summary"] for example in media["examples"].values()) + "."
    if problem is TooMany:
        answer["headers"] = {
            name: {"$ref": f"#/components/headers/{name}"} for name in ("Retry-After", "RateLimit", "RateLimit-Policy")
        }


def problem_example(problem: type[Problem], path: str) -> Described:
    """Return what a problem looks like to a reader of Vietnamese."""
    speak = translations(DEFAULT_LANGUAGE).gettext
    shape = ProblemShape(
        type=problem.type_uri(),
        title=speak(problem.title),
        status=problem.status,
        detail=speak(problem.detail),
        instance=path,
        faults=["limit: Input should be less than or equal to 500"] if problem is Invalid else [],
    )
    return shape.model_dump()


def _calls(dependant: Dependant) -> Iterator[Any]:
    """Yield everything that has to let a request through before the route itself is reached."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


def _security_schemes() -> Described:
    scopes = ", ".join(f"`{right}`" for right in sorted(Right))
    return {
        SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": SESSION_COOKIE,
            "description": "Given at sign-in. Calls that change something want the header `X-CSRF-Token` beside it.",
        },
        CSRF: {
            "type": "apiKey",
            "in": "header",
            "name": CSRF_HEADER,
            "description": "`csrf_token` of `GET /api/v1/session`. Not wanted from programs with a token.",
        },
        TOKEN: {
            "type": "http",
            "scheme": "bearer",
            "description": f"A token that somebody made for a program. It may do what both they and its scopes may. "
            f"Scopes are rights: {scopes}.",
        },
    }


def _headers() -> Described:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()}
