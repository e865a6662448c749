"""Run a command: what it logs, and how its errors end."""

from __future__ import annotations

import logging
import sys

import structlog
import typer

from service.errors import ServiceError, SiteInvalid
from vision.errors import BackendMissing, VisionError


def log_to_stderr(level: int) -> None:
    """Log our own state changes from this level on, what libraries say from WARNING on."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def run_app(app: typer.Typer, *known: type[Exception]) -> None:
    """Run a command; turn known errors into a message and an exit code."""
    log_to_stderr(logging.WARNING)  # more would tear the progress bars
    expected: tuple[type[Exception], ...] = (ServiceError, VisionError, *known)
    try:
        app()
    except BackendMissing as error:
        _fail(str(error), 3)
    except SiteInvalid as error:
        _fail("\n".join(error.faults), 1)
    except expected as error:
        _fail(str(error), 1)


def _fail(message: str, code: int) -> None:
    print(f"congvu: {message}", file=sys.stderr)
    sys.exit(code)
