"""A made-up province in a real database: officers, cameras, a month of visits; and how long its report takes.

    python -m samples.province --database postgresql+psycopg://... --officers 2100 10000 --plot cost.svg
    python -m samples.province --database postgresql+psycopg://... --officers 10000 --kept --times 0 --pages 40

Each size is made in an empty database of its own, in the server that ``--database`` names, and stays there.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import altair as alt
import numpy as np
import vl_convert
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import create_engine, make_url, text

from samples.province_page import page_cost
from service.attendance.gathering import gather
from service.attendance.people import Asked
from service.attendance.writers.forms import ReportForm, write_report
from service.db.records import OfficerRecord, PlaceRecord, SiteRecord
from service.db.session import Database
from service.db.sites import SiteRepository
from service.reporting import open_sources

MONTH = date(2026, 10, 1), date(2026, 10, 31)
MADE_AT = datetime(2026, 11, 2, tzinfo=UTC)
AGENCY_SIZE, CAMERA_DESKS = 35, 5
VISITS_A_DAY = 23
BLIND_A_MONTH = 50
HOUR_US = 3_600_000_000
ROW = np.dtype(
    [("fields", ">i2"), ("l0", ">i4"), ("desk", ">i4"), ("l1", ">i4"), ("start", ">i8"), ("l2", ">i4"), ("end", ">i8")]
)
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one report took."""

    officers: int
    visits: int
    seconds: float
    peak_mb: float


def working_days() -> list[date]:
    """Return the working days of the month."""
    first, last = MONTH
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if day.weekday() < 5]


def visits_of(desks: NDArray[np.int64], rng: np.random.Generator) -> tuple[NDArray[np.int64], ...]:
    """Make a month of visits: a morning and an afternoon, each cut by walks of one to eight minutes.

    Returns:
        desk, start and end, (N,) each, microseconds since 1970 UTC.
    """
    starts, ends, of = [], [], []
    for day in working_days():
        midnight_us = (datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=7)).timestamp() * 1e6
        for begin_h, length_h, count in ((7.45, 4.05, 12), (13.45, 3.55, VISITS_A_DAY - 12)):
            share = rng.dirichlet(np.full(count, 4.0), len(desks)) * length_h * HOUR_US
            begin = np.cumsum(share, axis=1) - share + midnight_us + begin_h * HOUR_US
            begin += rng.normal(0, 240e6, (len(desks), 1))  # some come early, some late
            away = rng.uniform(60e6, 480e6, share.shape)
            starts.append(begin.ravel())
            ends.append((begin + np.maximum(share - away, 20e6)).ravel())
            of.append(np.repeat(desks, count))
    return np.concatenate(of), np.concatenate(starts).astype(np.int64), np.concatenate(ends).astype(np.int64)


def fill(database: Database, officers: int, seed: int) -> int:
    """Store a province; returns the number of visits."""
    rng = np.random.default_rng(seed)
    desk_ids = []
    with database.transaction() as session:
        for site, cameras, staff, places in _sites(officers):
            SiteRepository(session).register(site, cameras=cameras, officers=staff, places=places)
        found = session.execute(text("SELECT desk_id, camera_id FROM desks ORDER BY desk_id")).all()
        desk_ids = [row.desk_id for row in found]
        _fill_runs(session.connection().connection.driver_connection, sorted({row.camera_id for row in found}), rng)
        count = 0
        driver = session.connection().connection.driver_connection
        assert driver is not None
        for chunk in np.array_split(np.array(desk_ids, np.int64), max(1, officers // 1000)):
            desk, start, end = visits_of(chunk, rng)
            count += len(desk)
            _copy(driver, desk, start, end)
    with database.transaction() as session:
        # the events that these visits come from are there as well, as they would be
        session.execute(
            text(
                "INSERT INTO events (event_id, rule_id, camera_id, run_id, place_id, started_at, ended_at, end_reason,"
                " peak_score, peak_at, threshold, model_sha256, trace, queue) SELECT md5(v.desk_id || '-' ||"
                " v.started_us), 'presence', d.camera_id, 'run', d.place_id, to_timestamp(v.started_us / 1e6),"
                " to_timestamp(v.ended_us / 1e6), 'ceased', 0.8, to_timestamp(v.started_us / 1e6), 0.5, '', '[]',"
                " 'flag' FROM visits v JOIN desks d ON d.desk_id = v.desk_id"
            )
        )
    with database.transaction() as session:
        session.execute(text("ANALYZE"))
    return count


def _sites(officers: int) -> Iterator[tuple[SiteRecord, list[tuple[str, str]], list[OfficerRecord], list[PlaceRecord]]]:
    for number, begin in enumerate(range(0, officers, AGENCY_SIZE)):
        staff = range(begin, min(begin + AGENCY_SIZE, officers))
        site = SiteRecord(
            f"site-{number:04d}", f"Trung tâm {number}", f"Cơ quan {number:04d}", "Asia/Ho_Chi_Minh", "", "",
            ("07:30-11:30", "13:30-17:00"), (0, 1, 2, 3, 4), 5,
        )  # fmt: skip
        camera_of = {n: f"cam-{n // CAMERA_DESKS:05d}" for n in staff}
        yield (
            site,
            [(camera, camera) for camera in sorted(set(camera_of.values()))],
            [OfficerRecord(f"nv-{n:05d}", f"Cán bộ {n:05d}", f"Phòng {n % 4}") for n in staff],
            [PlaceRecord(camera_of[n], f"desk-{n:05d}", f"Bàn {n}", "desk", (f"nv-{n:05d}",)) for n in staff],
        )


def _fill_runs(driver: object, cameras: list[str], rng: np.random.Generator) -> None:
    """Every camera runs all month, is restarted each week, loses its stream now and then, and misses single desks."""
    first = datetime(MONTH[0].year, MONTH[0].month, MONTH[0].day, tzinfo=UTC) - timedelta(hours=8)
    with driver.cursor() as cursor:  # type: ignore[attr-defined]
        with cursor.copy("COPY runs (camera_id, run_id, started_at, last_at, frames, dropped_frames, finished)"
                         " FROM STDIN") as copy:  # fmt: skip
            for camera in cameras:
                for week in range(5):
                    begin = first + timedelta(days=7 * week)
                    copy.write_row((camera, f"run-{week}", begin, begin + timedelta(days=7, seconds=-20), 1, 0, True))
        with cursor.copy("COPY gaps (camera_id, run_id, place_id, started_at, ended_at, reason) FROM STDIN") as copy:
            for camera in cameras:
                for number in range(BLIND_A_MONTH * CAMERA_DESKS // 5):
                    begin = first + timedelta(seconds=float(rng.uniform(0, 31 * 86_400)), microseconds=number)
                    end = begin + timedelta(seconds=float(rng.uniform(5, 120)))
                    copy.write_row((camera, "run", "", begin, end, "stream_lost"))
        cursor.execute(
            "INSERT INTO gaps (camera_id, run_id, place_id, started_at, ended_at, reason) "
            "SELECT d.camera_id, 'run', d.place_id, g.started_at + interval '1 hour', g.ended_at + interval '1 hour',"
            " 'not_judged' FROM gaps g JOIN desks d ON d.camera_id = g.camera_id"
        )


def _copy(driver: object, desk: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> None:
    rows = np.zeros(len(desk), ROW)
    rows["fields"], rows["l0"], rows["l1"], rows["l2"] = 3, 4, 8, 8
    rows["desk"], rows["start"], rows["end"] = desk, start, end
    with (
        driver.cursor() as cursor,
        cursor.copy(  # type: ignore[attr-defined]
            "COPY visits (desk_id, started_us, ended_us) FROM STDIN (FORMAT BINARY)"
        ) as copy,
    ):
        copy.write(COPY_HEADER)
        copy.write(rows.tobytes())
        copy.write(COPY_TRAILER)


def report_cost(url: str, officers: int, visits: int, out: Path) -> Cost:
    """Make the month's report in a process of its own, from the database to the file; loading Python is not counted."""
    command = [sys.executable, "-m", "samples.province", "--report", str(out), "--database", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, peak_mb = json.loads(done.stdout)
    return Cost(officers, visits, seconds, peak_mb)


def make_report(url: str, out: Path) -> None:
    """Print the seconds that one report takes, and the memory of the process at its largest, MB."""
    begin = time.perf_counter()
    with open_sources(Database(url)) as sources, out.open("wb") as file:
        report = gather(sources, Asked(*MONTH), made_at=MADE_AT)
        write_report(report, file, ReportForm(out.suffix[1:]))
    seconds = time.perf_counter() - begin
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def plot(costs: list[Cost], path: Path) -> None:
    """Draw seconds over officers, with the straight line that fits them best."""
    rows = [{"officers": cost.officers, "seconds": round(cost.seconds, 2)} for cost in costs]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("officers:Q", title="officers, each with 31 days and 506 visits"),
        y=alt.Y("seconds:Q", title="whole report, seconds"),
    )
    line = base.transform_regression("officers", "seconds").mark_line(strokeDash=[4, 4], color="#888")
    chart = (line + base.mark_point(filled=True, size=70)).properties(width=420, height=260)
    path.write_text(vl_convert.vegalite_to_svg(chart.to_json()), encoding="utf-8")


def main() -> None:
    """Make provinces of several sizes, report on each and ask for its pages; exit code 1 where pages take too long."""
    asked = _read_arguments()
    if asked.report is not None:
        make_report(asked.database, asked.report)
        return
    costs, is_too_slow = [], False
    with tempfile.TemporaryDirectory() as folder, Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("provinces", total=len(asked.officers) * (asked.times + 1 + bool(asked.pages)))
        for officers in asked.officers:
            name = f"congvu_province_{officers}"
            url = _address(asked.database, name) if asked.kept else make_database(asked.database, name)
            visits = _visits_of(url, officers, asked)
            progress.advance(bar)
            taken = []
            for _ in range(asked.times):
                taken.append(report_cost(url, officers, visits, Path(folder) / f"report.{asked.format}"))
                progress.advance(bar)
            if taken:
                costs.append(sorted(taken, key=lambda cost: cost.seconds)[len(taken) // 2])
                print(json.dumps(asdict(costs[-1])), flush=True)
            if asked.pages:
                is_too_slow |= _measure_pages(url, officers, asked.pages)
                progress.advance(bar)
    if asked.plot is not None:
        plot(costs, asked.plot)
    sys.exit(1 if is_too_slow else 0)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True, help="a PostgreSQL server; databases are made in it")
    parser.add_argument("--officers", type=int, nargs="+", default=[1000, 2100, 5000, 10_000])
    parser.add_argument("--kept", action="store_true", help="measure the provinces that are there, make none")
    parser.add_argument("--times", type=int, default=3, help="how often each report is made; the median counts")
    parser.add_argument("--format", choices=("csv", "json", "xlsx", "pdf"), default="csv")
    parser.add_argument(
        "--pages", type=int, default=0, help="ask for the pages of so many agencies; fails where they are slow"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="SVG to write")
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _visits_of(url: str, officers: int, asked: argparse.Namespace) -> int:
    """Return how many visits a province has; fill it, unless it is there."""
    database = Database(url)
    try:
        database.upgrade()
        if not asked.kept:
            return fill(database, officers, asked.seed)
        with database.transaction() as session:
            return session.scalar(text("SELECT count(*) FROM visits")) or 0
    finally:
        database.close()


def _measure_pages(url: str, officers: int, pages: int) -> bool:
    """Print what pages of agencies take; tells whether that is too long."""
    database = Database(url)
    cost = page_cost(database, f"{MONTH[0]:%Y-%m}", officers=officers, pages=pages, at=MADE_AT)
    database.close()
    print(json.dumps(asdict(cost)), flush=True)
    return cost.is_too_slow


def make_database(server: str, name: str) -> str:
    """Make an empty database anew; returns its address."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return _address(server, name)


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


if __name__ == "__main__":
    main()
