"""Make the report of compliance for the authority and write it into a file, with a progress bar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from service.api.selection import main_zone
from service.api.statistics_asked import Wanted, span_of
from service.attendance.figures import Grouping, group
from service.attendance.gathering import Sources, gather
from service.attendance.people import LONGEST_REPORT, SHOWN_AT_MOST, Asked
from service.attendance.writers.forms import ReportForm
from service.db.attendance import AttendanceRepository
from service.db.corrections import CorrectionRepository
from service.db.records import SiteRecord
from service.db.sites import SiteRepository
from service.db.statistics import StatisticsRepository
from service.db.visits import VisitRepository
from service.errors import NotFound, Refused
from service.parts import Parts
from service.statistics.compliance import Compliance, DeskCount, concluded_of, lines_of
from service.statistics.inspectors import Area, area_at, areas_of
from service.web.statistics_compliance import write_compliance
from service.whole_file import writing


def report_compliance(
    parts: Parts, wanted: Wanted, out: Path, *, form: ReportForm, language: str, console: Console
) -> Compliance:
    """Write the report that is asked for; returns what was written.

    Raises:
        NotFound: There is no such agency.
        Refused: The days are in the wrong order, or too many.
        StoreUnwritable: The file cannot be written; what was there before stays.
    """
    _check_days(wanted)
    with Progress(console=console) as progress:
        deriving = progress.add_task("coverage", total=None)
        with parts.database.transaction() as session:
            sources = Sources(
                SiteRepository(session),
                VisitRepository(session),
                AttendanceRepository(session),
                CorrectionRepository(session),
            )
            found = _Gathered(sources, StatisticsRepository(session), wanted)
            report = found.report(parts, lambda officers: progress.advance(deriving, officers))
        progress.update(deriving, total=1, completed=1)
        bar = progress.add_task(f"writing {out.name}", total=1)
        with writing(out) as file:
            write_compliance(report, file, form, language=language)
        progress.advance(bar)
    return report


def _check_days(wanted: Wanted) -> None:
    if wanted.last < wanted.first:
        raise Refused(f"the last day, {wanted.last}, is before the first, {wanted.first}")
    if wanted.last - wanted.first >= LONGEST_REPORT:
        raise Refused(f"{wanted.first} to {wanted.last}: a report covers at most {LONGEST_REPORT.days} days")


class _Gathered:
    """Everything that one report needs, asked for within one transaction."""

    def __init__(self, sources: Sources, statistics: StatisticsRepository, wanted: Wanted) -> None:
        self._sources = sources
        self._statistics = statistics
        self._wanted = wanted
        self._sites = self._sites_asked()
        self._zone = main_zone(self._sites)
        site_ids = [site.site_id for site in self._sites]
        self._roster = sources.sites.roster(site_ids)
        self._desks = sources.sites.desks_of(site_ids)

    def _sites_asked(self) -> list[SiteRecord]:
        found = self._sources.sites.sites(agency=self._wanted.agency)
        if not found:
            known = sorted({site.agency for site in self._sources.sites.sites()})
            there_are = "; ".join(known[:SHOWN_AT_MOST]) or "none yet"
            raise NotFound(f"no agency {self._wanted.agency or ''}; there are: {there_are}")
        return found

    def report(self, parts: Parts, advance: Callable[[int], None]) -> Compliance:
        """Add it up."""
        scope = span_of(self._wanted, self._zone)
        hearings = self._statistics.hearings(scope)
        return Compliance(
            first=self._wanted.first,
            last=self._wanted.last,
            agency=self._wanted.agency,
            made_at=parts.clock.now(),
            lines=lines_of(
                self._placed(self._statistics.desk_flags(scope)),
                hearings,
                coverage=self._coverage(parts, advance),
                people=self._people(),
            ),
            people=concluded_of(hearings, self._zone),
        )

    def _placed(self, flags: Sequence[DeskCount]) -> list[tuple[Area, DeskCount]]:
        cameras = self._statistics.cameras()
        areas = areas_of(cameras, self._desks, [officer for _, officer in self._roster])
        agencies = {camera.camera_id: camera.agency for camera in cameras}
        return [(area_at((desk.camera_id, desk.place_id), areas, agencies), desk) for desk in flags]

    def _people(self) -> Counter[tuple[str, str]]:
        agencies = {site.site_id: site.agency for site in self._sites}
        return Counter((agencies[site_id], officer.unit) for site_id, officer in self._roster)

    def _coverage(self, parts: Parts, advance: Callable[[int], None]) -> dict[tuple[str, str], float]:
        """Return how much of the required time the cameras saw, by agency and unit; where nobody works, nothing."""
        if not self._roster:
            return {}
        asked = Asked(self._wanted.first, self._wanted.last, agency=self._wanted.agency)
        report = gather(self._sources, asked, made_at=parts.clock.now(), advance=advance)
        return {
            (one.agency, one.unit): one.figures.coverage
            for by in (Grouping.PROVINCE, Grouping.AGENCY, Grouping.UNIT)
            for one in group(report, by)
            if one.figures.required
        }
