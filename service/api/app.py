"""Put the API and the pages together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.api import (
    attendance,
    attendance_days,
    cameras,
    corrections,
    events,
    evidence,
    health,
    leave,
    periods,
    punches,
    scenes,
    sessions,
    verdicts,
)
from service.api.auth import SignedIn
from service.api.bodies import BodyLimit
from service.api.context import WebContext
from service.api.headers import StrictHeaders, harden
from service.api.problems import Failed, Invalid, MethodUnknown, Missing, Problem, problem_of
from service.api.schemas import ProblemShape
from service.errors import ServiceError
from service.web import attendance as attendance_page
from service.web import attendance_crosscheck as crosscheck_page
from service.web import attendance_day as attendance_day_page
from service.web import attendance_files as attendance_files_page
from service.web import attendance_imports as imports_page
from service.web import attendance_officer as officer_page
from service.web import camera as camera_page
from service.web import cameras as cameras_page
from service.web import corrections as corrections_page
from service.web import flag as flag_page
from service.web import flags as flags_page
from service.web import leave as leave_page
from service.web import legibility as legibility_page
from service.web import periods as periods_page
from service.web import quarantine as quarantine_page
from service.web import scene as scene_page
from service.web import sign_in as sign_in_page
from service.web.failures import show_problem

STATIC = Path(__file__).resolve().parent.parent / "web" / "static"
DESCRIPTION = (
    "Flags of possible breaches of office discipline, their evidence and the verdicts of inspectors. "
    "A flag is never a finding: a person decides."
)


def create_app(context: WebContext) -> FastAPI:
    """Make the web application."""
    app = FastAPI(
        title="Công Vụ", version="1", description=DESCRIPTION, openapi_url=None, docs_url=None, redoc_url=None
    )
    app.state.context = context
    app.include_router(_api())
    app.include_router(health.router)
    for page in (
        sign_in_page,
        flags_page,
        flag_page,
        attendance_page,
        crosscheck_page,
        attendance_day_page,
        attendance_files_page,
        imports_page,
        officer_page,
        corrections_page,
        leave_page,
        periods_page,
        cameras_page,
        camera_page,
        legibility_page,
        scene_page,
        quarantine_page,
    ):
        app.include_router(page.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_middleware(BodyLimit)
    app.add_middleware(StrictHeaders)
    _handle_errors(app)
    return app


def _api() -> APIRouter:
    api = APIRouter(
        prefix="/api/v1",
        responses={
            status: {"model": ProblemShape, "content": {"application/problem+json": {}}} for status in (401, 404, 422)
        },
    )
    for resource in (
        sessions,
        events,
        verdicts,
        evidence,
        attendance,
        attendance_days,
        periods,
        corrections,
        leave,
        punches,
        cameras,
        scenes,
    ):
        api.include_router(resource.router)

    @api.get("/openapi.json", include_in_schema=False)
    def read_openapi(request: Request, _session: SignedIn) -> dict[str, Any]:
        """Describe this API."""
        app = request.app
        assert isinstance(app, FastAPI)
        return app.openapi()

    return api


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(ServiceError)
    def on_service_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, ServiceError)
        problem = problem_of(error)
        if isinstance(problem, Failed):
            raise error
        return show_problem(request, problem)

    @app.exception_handler(RequestValidationError)
    def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return show_problem(request, Invalid(tuple(_fault(found) for found in error.errors())))

    @app.exception_handler(HTTPException)
    def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        known: dict[int, type[Problem]] = {404: Missing, 405: MethodUnknown}
        problem = known.get(error.status_code, Problem)()
        return show_problem(request, problem)

    @app.exception_handler(Exception)
    def on_failure(request: Request, error: Exception) -> Response:
        # this answer is made outside all middleware
        response = show_problem(request, Failed())
        harden(response.headers, request.url.path)
        return response


def _fault(found: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in found["loc"] if part not in ("query", "body", "path"))
    return f"{place}: {found['msg']}"
