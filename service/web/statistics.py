"""Figures in the browser: how often flags are right, how long people wait, whether like is judged alike."""

from __future__ import annotations

import io
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from service.api.auth import Work, WorkNow
from service.api.problems import N_, Missing
from service.api.seen import note_download
from service.api.selection import FIRST_DAY, FLAG_RULES, LAST_DAY, main_zone
from service.api.statistics_asked import (
    Reader,
    Wanted,
    fairness_in,
    flags_of,
    may_compare,
    statistics_of,
)
from service.attendance.plot_look import Scheme
from service.attendance.words import Words
from service.attendance.writers.forms import words_in
from service.db.records import SessionRecord
from service.statistics.inspectors import Fairness
from service.statistics.rows import Watched
from service.web.pages import render
from service.web.statistics_files import write_csv, write_xlsx
from service.web.statistics_funnel import funnel_svg
from service.web.statistics_inspectors import READING, inspectors_table, own_table, units_table
from service.web.statistics_period import Period, read_filters, read_period
from service.web.statistics_plots import Look, Width, cameras_svg, days_svg, hours_svg, rules_svg
from service.web.statistics_tables import OF_DECIDED, Table, tables_of
from service.web.statistics_values import right_columns, shown
from service.web.words import language_of

router = APIRouter()
SVG = "image/svg+xml"


def read_look(scheme: Annotated[Scheme, Query()] = Scheme.LIGHT, width: Annotated[Width, Query()] = Width.WIDE) -> Look:
    """Read how a drawing is wanted."""
    return Look(scheme, width)


LookAsked = Annotated[Look, Depends(read_look)]


class Plot(StrEnum):
    """What can be drawn."""

    DAYS = "days"
    HOURS = "hours"
    RULES = "rules"
    CAMERAS = "cameras"


class FileForm(StrEnum):
    """What the tables can be written as."""

    XLSX = "xlsx"
    CSV = "csv"


_MEDIA = {
    FileForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileForm.CSV: "text/csv; charset=utf-8",
}


@router.get("/statistics")
def show_statistics(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show the figures of a month, a quarter or some days."""
    period, wanted, cameras = _asked(request, work)
    found, words = statistics_of(work, wanted), words_in(language_of(request))
    tables = {table.key: table for table in tables_of(found, words)}
    values = {"tables": tables, "figures": found.figures, "is_empty": not found.figures.total.flags}
    return render(request, "statistics.html", session, {**_choices(period, wanted, cameras, words), **values})


@router.get("/statistics/inspectors")
def show_inspectors(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show inspectors side by side to those who lead them; to an inspector only their own line."""
    period, wanted, cameras = _asked(request, work)
    fairness, words = fairness_in(work, wanted), words_in(language_of(request))
    values = {
        "tables": _compared(work, session, fairness, words),
        "may_compare": may_compare(session),
        "may_draw": may_compare(session) or fairness.may_show_rest,
        "is_told": {"inspectors": fairness.inspectors.is_told, "units": fairness.units.is_told},
        "reading": words.speak(READING),
    }
    return render(
        request, "statistics_inspectors.html", session, {**_choices(period, wanted, cameras, words), **values}
    )


@router.get("/statistics/plots/{plot}.svg")
def draw(plot: Plot, request: Request, work: WorkNow, _session: Reader, *, look: LookAsked) -> Response:
    """Draw flags by day or hour, or how often they are right."""
    _, wanted, cameras = _asked(request, work)
    figures, words = flags_of(work, wanted).figures, words_in(language_of(request))
    match plot:
        case Plot.DAYS:
            drawn = days_svg(figures, words, look, days=(wanted.first, wanted.last))
        case Plot.HOURS:
            drawn = hours_svg(figures, words, look)
        case Plot.RULES:
            drawn = rules_svg(figures, words, look)
        case Plot.CAMERAS:
            drawn = cameras_svg(figures, {c.camera_id: c.name for c in cameras}, words, look)
    return Response(drawn, media_type=SVG)


@router.get("/statistics/inspectors/{group}.svg")
def draw_funnel(group: str, request: Request, work: WorkNow, session: Reader, *, look: LookAsked) -> Response:
    """Draw inspectors or units in a funnel; an inspector finds only themselves named. Of too few looks nothing."""
    fairness, words = fairness_in(work, _asked(request, work)[1]), words_in(language_of(request))
    is_asked = {"units": may_compare(session), "inspectors": may_compare(session) or fairness.may_show_rest}
    comparison = {"units": fairness.units, "inspectors": fairness.inspectors}.get(group)
    if comparison is None or not is_asked[group] or not comparison.is_told:
        raise Missing
    if group == "units":
        labels = {key: area.label for key, area in fairness.areas.items()}
        title = words.speak(N_("Units: seen as a breach at first looks"))
    else:
        labels = _names(work) if may_compare(session) else {str(session.user.user_id): words.speak(N_("You"))}
        title = words.speak(N_("Inspectors: seen as a breach at first looks"))
    return Response(funnel_svg(comparison, labels, words, look, title=title), media_type=SVG)


@router.get("/statistics/report.{form}")
def save_statistics(form: FileForm, request: Request, work: WorkNow, session: Reader) -> Response:
    """Write what the page shows as a file."""
    _, wanted, cameras = _asked(request, work)
    words, out = words_in(language_of(request)), io.BytesIO()
    tables, title = tables_of(statistics_of(work, wanted), words), _title(wanted, cameras, words)
    if form is FileForm.CSV:
        write_csv(title, tables, out)
    else:
        write_xlsx(title, tables, out, made_at=work.now())
    note_download(work, session, str(form), {"report": "statistics", **dict(request.query_params)})
    name = f"thong-ke-{wanted.first.isoformat()}-{wanted.last.isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(out.getvalue(), media_type=_MEDIA[form], headers=headers)


def _asked(request: Request, work: Work) -> tuple[Period, Wanted, list[Watched]]:
    cameras = work.statistics.cameras()
    today = work.now().astimezone(main_zone(work.sites.sites())).date()
    period = read_period(request.query_params, today)
    return period, read_filters(request.query_params, period, cameras), cameras


def _choices(period: Period, wanted: Wanted, cameras: list[Watched], words: Words) -> dict[str, object]:
    """Return what every page of figures has: its filters, and how values are written."""
    whom = {"agency": wanted.agency or "", "camera": wanted.camera or "", "rule": wanted.rule or ""}
    return {
        "period": period,
        "wanted": wanted,
        "whom": whom,
        "asked": {**whom, **period.query},
        "cameras": [camera for camera in cameras if wanted.agency in (None, camera.agency)],
        "agencies": list(dict.fromkeys(camera.agency for camera in cameras)),
        "rules": FLAG_RULES,
        "bounds": (FIRST_DAY, LAST_DAY),
        "shown": lambda value: shown(value, words),
        "right_columns": right_columns,
        "of_decided": words.speak(OF_DECIDED),
    }


def _title(wanted: Wanted, cameras: list[Watched], words: Words) -> str:
    named = next((camera.name for camera in cameras if camera.camera_id == wanted.camera), None)
    whom = [text for text in (wanted.agency, named, wanted.rule) if text]
    days = f"{wanted.first:%d/%m/%Y} – {wanted.last:%d/%m/%Y}"
    return " · ".join([words.speak(N_("Statistics")), *whom, days])


def _names(work: Work) -> dict[str, str]:
    return {str(user_id): name for user_id, name in work.accounts.names().items()}


def _compared(work: Work, session: SessionRecord, fairness: Fairness, words: Words) -> list[Table]:
    if may_compare(session):
        return [inspectors_table(fairness, _names(work), words), units_table(fairness, words)]
    own = fairness.own(session.user.user_id)
    return [] if own is None else [own_table(own, fairness, words)]
