"""Fill a database with the events of a made-up province: as the service stores them, only many at a time."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from rich.progress import Progress
from sqlalchemy import text
from sqlalchemy.orm import Session

from service.db.accounts import AccountRepository
from service.db.records import PlaceRecord, Role, SiteRecord
from service.db.session import Database
from service.db.sites import SiteRepository
from service.rights import Reach

ENDS_AT = datetime(2026, 11, 2, tzinfo=UTC)
DAYS = 60
AGENCIES, CAMERAS_EACH, RUNS_EACH = 60, 5, 60
REMOTE_AGENCY = "Xã vùng cao"
"""An agency with one camera, of which one event in 25,000 is."""
BUSY_AGENCY = "Cơ quan 0000"
PROVINCE_READER, REMOTE_READER = "ca-tinh", "vung-cao"
OTHERS = 8
BATCH = 10_000
RULE_SHARES = {"left_post": 0.60, "counter_unattended": 0.30, "badge_missing": 0.095, "smoking": 0.00495,
               "alcohol_seen": 0.00005}  # fmt: skip
"""Of flags; the rarest is what an index finds the hardest, where a page wants the latest of it."""
STANDINGS = ("open", "second", "disputed", "breach", "no_breach", "cannot_tell")
WAITS_FOR = {"open": "look", "second": "look", "disputed": "ruling"}
VERDICTS = {
    "second": ("breach",),
    "disputed": ("breach", "no_breach"),
    "breach": ("breach", "breach"),
    "no_breach": ("no_breach",),
    "cannot_tell": ("cannot_tell",),
}
TRACE = json.dumps(
    [
        [f"2026-10-01T01:00:{n:02}+00:00", "no", 0.9123, None, "presence", [512.0, 233.5, 640.0, 502.5]]
        for n in range(12)
    ]
)
EVENT_COLUMNS = (
    "event_id", "rule_id", "camera_id", "run_id", "place_id", "track_number", "started_at", "ended_at", "end_reason",
    "peak_score", "peak_at", "threshold", "model_sha256", "trace", "queue", "asked_rule", "standing", "waits_for",
)  # fmt: skip
REVIEW_COLUMNS = ("event_id", "reviewer_id", "verdict", "reason", "note", "at", "request_id", "part", "spent_s")
EVIDENCE_COLUMNS = (
    "event_id", "kind", "key", "sha256", "size_bytes", "media_type", "started_at", "ended_at", "deleted_basis",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """What the events are.

    Attributes:
        asked: Share of which an inspector is asked; the others are visits.
        standings: Share of each of `STANDINGS` among the flags that are older than a week; newer ones are open.
    """

    asked: float
    standings: tuple[float, ...]


SHAPES = {
    "usual": Shape(0.3, (0.35, 0.10, 0.02, 0.13, 0.36, 0.04)),
    "waiting": Shape(1.0, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
}
_Row = tuple[object, ...]


def fill(database: Database, events: int, shape: Shape, *, seed: int, progress: Progress) -> None:
    """Store a province with so many events, oldest first."""
    rng = np.random.default_rng(seed)
    task = progress.add_task("filled", total=events)
    with database.transaction() as session:
        users = _add_users(session)
        cameras = _add_sites(session)
        _add_runs(session, cameras)
    for begin in range(0, events, BATCH):
        count = min(BATCH, events - begin)
        share = (begin + np.sort(rng.uniform(0, count, count))) / events
        with database.transaction() as session:
            _add_batch(session, _draw(share, shape, cameras, rng), users, rng)
        progress.update(task, advance=count)
    with database.transaction() as session:
        _hand_out(session, users)
    _settle(database)


def _add_users(session: Session) -> list[int]:
    """Return the numbers of the readers, province first, and of those who have judged."""
    accounts = AccountRepository(session)
    wanted = [(PROVINCE_READER, Reach()), (REMOTE_READER, Reach(REMOTE_AGENCY))]
    wanted += [(f"thanh-tra-{n}", Reach()) for n in range(OTHERS)]
    return [
        accounts.add_user(
            login, display_name=login, role=Role.INSPECTOR, password_hash=None, at=ENDS_AT, reach=reach
        ).user_id
        for login, reach in wanted
    ]


def _add_sites(session: Session) -> list[str]:
    """Return the cameras; the last is that of the remote agency."""
    cameras = []
    for number in range(AGENCIES):
        agency = f"Cơ quan {number:04d}" if number < AGENCIES - 1 else REMOTE_AGENCY
        own = [f"cam-{number:04d}-{n}" for n in range(CAMERAS_EACH if number < AGENCIES - 1 else 1)]
        site = SiteRecord(
            f"site-{number:04d}", f"Trung tâm {number}", agency, "Asia/Ho_Chi_Minh", "", "",
            ("07:30-11:30", "13:30-17:00"), (0, 1, 2, 3, 4), 5,
        )  # fmt: skip
        places = [PlaceRecord(camera, "ban-1", "Bàn 1", "desk", ()) for camera in own]
        SiteRepository(session).register(site, cameras=[(one, one) for one in own], officers=[], places=places)
        cameras += own
    return cameras


def _add_runs(session: Session, cameras: Sequence[str]) -> None:
    """Every camera was started anew each day."""
    first = ENDS_AT - timedelta(days=RUNS_EACH)
    columns = ("camera_id", "run_id", "started_at", "last_at", "frames", "dropped_frames", "finished")
    begins = [first + timedelta(days=n) for n in range(RUNS_EACH)]
    rows = [
        (camera, f"run-{n}", begin, begin + timedelta(hours=23), 1, 0, True)
        for camera in cameras
        for n, begin in enumerate(begins)
    ]
    _insert(session, "runs", columns, rows)
    gaps = ("camera_id", "run_id", "place_id", "started_at", "ended_at", "reason")
    lost = [(row[0], row[1], "", begin, begin + timedelta(seconds=9), "stream_lost") for row, begin in _each(rows)]
    _insert(session, "gaps", gaps, lost)


def _each(rows: Sequence[tuple[str, str, datetime, datetime, int, int, bool]]) -> Iterator[tuple[_Row, datetime]]:
    return ((row, row[2] + timedelta(hours=hour)) for row in rows for hour in (1, 7))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One event as it is drawn."""

    event_id: str
    camera_id: str
    rule_id: str
    at: datetime
    score: float
    standing: str
    is_asked: bool


def _draw(share: np.ndarray, shape: Shape, cameras: Sequence[str], rng: np.random.Generator) -> list[_Drawn]:
    """Draw a batch.

    Args:
        share: float64 (N,), when each began, 0..1 of the time.
    """
    count = len(share)
    remote = rng.random(count) < 1 / 25_000
    camera = np.where(remote, len(cameras) - 1, rng.integers(0, len(cameras) - 1, count))
    rule = rng.choice(list(RULE_SHARES), count, p=list(RULE_SHARES.values()))
    asked = rng.random(count) < shape.asked
    standing = rng.choice(len(STANDINGS), count, p=shape.standings)
    standing[(share > 1 - 7 / DAYS) | ~asked] = 0
    score = rng.beta(6, 2, count)
    ids = rng.bytes(16 * count)
    return [
        _Drawn(
            str(uuid.UUID(bytes=ids[16 * n : 16 * n + 16], version=4)),
            cameras[camera[n]],
            str(rule[n]) if asked[n] else "presence",
            ENDS_AT - timedelta(days=DAYS * (1 - float(share[n]))),
            float(score[n]),
            STANDINGS[standing[n]],
            bool(asked[n]),
        )
        for n in range(count)
    ]


def _add_batch(session: Session, drawn: Sequence[_Drawn], users: Sequence[int], rng: np.random.Generator) -> None:
    _insert(session, "events", EVENT_COLUMNS, [_event(one) for one in drawn])
    judged = [one for one in drawn if one.standing != "open"]
    first = rng.integers(0, len(users), len(judged))  # the readers are among those who judge
    reviews = [
        (one.event_id, users[(at + n) % len(users)], verdict, "unstated", "", one.at + timedelta(hours=n + 1),
         f"{one.event_id}-{n}", "look", 30.0)
        for one, at in zip(judged, first, strict=True)
        for n, verdict in enumerate(VERDICTS[one.standing])
    ]  # fmt: skip
    _insert(session, "reviews", REVIEW_COLUMNS, reviews)
    evidence = [
        (one.event_id, "snapshot_annotated", f"{one.camera_id}/{one.event_id}/snapshot.jpg", "ab" * 32, 90_000,
         "image/jpeg", one.at, one.at, "")
        for one in drawn
        if one.is_asked
    ]  # fmt: skip
    _insert(session, "evidence", EVIDENCE_COLUMNS, evidence)


def _event(one: _Drawn) -> _Row:
    return (
        one.event_id, one.rule_id, one.camera_id, "run-1", "ban-1", 7, one.at, one.at + timedelta(minutes=12), "ceased",
        one.score, one.at + timedelta(seconds=2), 0.6, "ab" * 32, TRACE, "flag", one.rule_id if one.is_asked else None,
        one.standing, WAITS_FOR.get(one.standing, "nobody"),
    )  # fmt: skip


def _hand_out(session: Session, users: Sequence[int]) -> None:
    """Others have the newest flags before them; some were given to the reader of the province."""
    query = (
        "SELECT event_id FROM events WHERE asked_rule IS NOT NULL AND waits_for = 'look' "
        "ORDER BY started_at DESC LIMIT 250"
    )
    newest = [row.event_id for row in session.execute(text(query))]
    until = ENDS_AT + timedelta(hours=12)
    claims = [(event_id, users[2 + n % OTHERS], ENDS_AT, until) for n, event_id in enumerate(newest[:50])]
    _insert(session, "claims", ("event_id", "user_id", "claimed_at", "until"), claims)
    given = [(event_id, users[0], users[2], ENDS_AT) for event_id in newest[50:]]
    _insert(session, "assignments", ("event_id", "user_id", "assigned_by", "at"), given)


def _settle(database: Database) -> None:
    """Leave PostgreSQL as its autovacuum would in time."""
    with database.transaction() as session:
        if session.get_bind().dialect.name != "postgresql":
            return
        driver = session.connection().connection.driver_connection
        driver.commit()  # type: ignore[union-attr]
        driver.autocommit = True  # type: ignore[union-attr]
        driver.execute("VACUUM ANALYZE")  # type: ignore[union-attr]
        driver.autocommit = False  # type: ignore[union-attr]


def _insert(session: Session, table: str, columns: Sequence[str], rows: Sequence[_Row]) -> None:
    """Store rows as the driver does it fastest: a million events take a minute or two."""
    if not rows:
        return
    connection = session.connection()
    driver = connection.connection.driver_connection
    assert driver is not None
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    kept = ([_as_text(value) for value in row] for row in rows)
    driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", kept)


def _as_text(value: object) -> object:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
