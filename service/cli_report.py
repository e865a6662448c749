"""The commands `congvu report ...`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from service.attendance.people import Asked
from service.attendance.writers.forms import ReportForm
from service.cli_options import DataDir, settings_of
from service.cli_running import run_app
from service.parts import open_parts
from service.reporting import write_attendance
from service.web.words import DEFAULT_LANGUAGE

report_app = typer.Typer(help="Reports.", no_args_is_help=True)
stderr = Console(stderr=True)


class Language(StrEnum):
    """In which words."""

    VI = "vi"
    EN = "en"


@report_app.command("attendance")
def report_attendance(
    first: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    site: Annotated[str | None, typer.Option(help="Only this site, by id.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only this agency, by name.")] = None,
    unit: Annotated[str | None, typer.Option(help="Only this unit, by name.")] = None,
    form: Annotated[ReportForm | None, typer.Option("--format", help="Default: as the file's name ends.")] = None,
    language: Annotated[Language, typer.Option()] = Language(DEFAULT_LANGUAGE),
    data: DataDir = None,
) -> None:
    """Write the timesheet and every officer's days: who was at the post when, and what no camera could see."""
    chosen = form or _format_of(out)
    asked = Asked(_day(first, "--from"), _day(last, "--to"), site_id=site, agency=agency, unit=unit)
    report = write_attendance(open_parts(settings_of(data)), asked, out, form=chosen, language=language, console=stderr)
    stderr.print(f"{out}: {len(report.officers)} officers, {len(report.days)} days")


@report_app.command("compliance")
def report_of_compliance(
    first: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    agency: Annotated[str | None, typer.Option(help="Only this agency, by name.")] = None,
    form: Annotated[ReportForm | None, typer.Option("--format", help="Default: as the file's name ends.")] = None,
    language: Annotated[Language, typer.Option()] = Language(DEFAULT_LANGUAGE),
    data: DataDir = None,
) -> None:
    """Write flags, confirmations, conclusions and appeals by rule and unit, with the coverage beside them."""
    # the API's words take half a second to load, and the timesheet does not need them
    from service.api.statistics_asked import Wanted
    from service.compliance import report_compliance

    chosen = form or _format_of(out)
    wanted = Wanted(_day(first, "--from"), _day(last, "--to"), agency=agency)
    parts = open_parts(settings_of(data))
    report = report_compliance(parts, wanted, out, form=chosen, language=language, console=stderr)
    stderr.print(f"{out}: {len(report.lines)} lines, {len(report.people)} concluded breaches")


def _format_of(out: Path) -> ReportForm:
    try:
        return ReportForm(out.suffix.lower().removeprefix("."))
    except ValueError:
        known = ", ".join(ReportForm)
        raise typer.BadParameter(
            f"{out}: its name says no format; end it with one of {known}, or give --format"
        ) from None


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: wanted a day as YYYY-MM-DD, got {text!r}") from None


def main() -> None:
    """Run `congvu report ...` alone: nets and pages, which take seconds to load, are not needed."""
    app = typer.Typer(name="congvu", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    app.add_typer(report_app, name="report")
    run_app(app)
