"""Put the API and the pages together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from service.api import (
    accounts,
    attendance,
    attendance_days,
    cameras,
    cases,
    claims,
    corrections,
    events,
    evidence,
    filters,
    health,
    journal,
    leave,
    live,
    periods,
    punches,
    queue,
    scenes,
    sessions,
    statistics,
    subscriptions,
    verdicts,
    wall,
)
from service.api.auth import SignedIn
from service.api.bodies import BodyLimit
from service.api.context import WebContext
from service.api.describing import describe
from service.api.etags import EntityTags
from service.api.headers import StrictHeaders, harden
from service.api.problems import Failed, Invalid, MethodUnknown, Missing, Problem, Unreadable, problem_of
from service.api.throttle import Throttle
from service.api.turns import make_turns
from service.api.wall_room import WallRoom
from service.errors import ServiceError
from service.web import account as account_page
from service.web import account_factor as account_factor_page
from service.web import account_tokens as account_tokens_page
from service.web import answer as answer_page
from service.web import attendance as attendance_page
from service.web import attendance_crosscheck as crosscheck_page
from service.web import attendance_day as attendance_day_page
from service.web import attendance_files as attendance_files_page
from service.web import attendance_imports as imports_page
from service.web import attendance_officer as officer_page
from service.web import camera as camera_page
from service.web import cameras as cameras_page
from service.web import case as case_page
from service.web import cases as cases_page
from service.web import corrections as corrections_page
from service.web import flag as flag_page
from service.web import flags as flags_page
from service.web import journal as journal_page
from service.web import leave as leave_page
from service.web import legibility as legibility_page
from service.web import notifications as notifications_page
from service.web import periods as periods_page
from service.web import quarantine as quarantine_page
from service.web import queue as queue_page
from service.web import scene as scene_page
from service.web import sign_in as sign_in_page
from service.web import sign_in_code as sign_in_code_page
from service.web import sign_in_oidc as sign_in_oidc_page
from service.web import sign_in_reset as sign_in_reset_page
from service.web import statistics as statistics_page
from service.web import users as users_page
from service.web import wall as wall_page
from service.web.failures import show_problem

STATIC = Path(__file__).resolve().parent.parent / "web" / "static"


class Application(FastAPI):
    """The web application, which describes its API itself."""

    def openapi(self) -> dict[str, Any]:
        """Describe the API; put together once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(api_routes())
        return self.openapi_schema


def create_app(context: WebContext) -> FastAPI:
    """Make the web application."""
    app = Application(title="Công Vụ", version="1", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.context = context
    app.state.turns = make_turns()
    app.state.live, app.state.wall = live.open_room(context), WallRoom()
    app.include_router(_api())
    app.include_router(health.router, generate_unique_id_function=_operation_id)
    for page in (
        sign_in_page,
        sign_in_code_page,
        sign_in_reset_page,
        sign_in_oidc_page,
        account_page,
        account_factor_page,
        account_tokens_page,
        users_page,
        flags_page,
        flag_page,
        queue_page,
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
        journal_page,
        statistics_page,
        cases_page,
        case_page,
        answer_page,
        wall_page,
        notifications_page,
    ):
        app.include_router(page.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_middleware(EntityTags)
    app.add_middleware(BodyLimit)
    if context.rate_limits is not None:
        app.add_middleware(Throttle, limits=context.rate_limits)
    app.add_middleware(StrictHeaders)
    _handle_errors(app)
    return app


def api_routes() -> list[BaseRoute]:
    """Return the routes that programs use."""
    routes = APIRouter()
    routes.include_router(_api())
    routes.include_router(health.router, generate_unique_id_function=_operation_id)
    return routes.routes


def _operation_id(route: APIRoute) -> str:
    """Operations are named as the functions that serve them: a name does not change with an address."""
    return route.name


def _api() -> APIRouter:
    api = APIRouter(prefix="/api/v1", generate_unique_id_function=_operation_id)
    for resource in (
        sessions,
        accounts,
        events,
        verdicts,
        queue,
        claims,
        cases,
        filters,
        evidence,
        attendance,
        attendance_days,
        periods,
        corrections,
        leave,
        punches,
        cameras,
        scenes,
        live,
        subscriptions,
        wall,
        statistics,
        journal,
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
        known: dict[int, type[Problem]] = {400: Unreadable, 404: Missing, 405: MethodUnknown}
        problem = known.get(error.status_code, Problem)()
        problem.headers = error.headers or {}  # 405 says which methods there are
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
