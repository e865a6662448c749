"""The report for the authority: sums that add up, small units that hide nobody's name, people only once concluded."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db.records import Standing
from service.db.session import Database
from service.hearing.stages import Outcome, StepKind
from service.statistics.compliance import (
    SMALL_UNITS,
    UNKNOWN_UNIT,
    DeskCount,
    Level,
    concluded_of,
    lines_of,
    shown_units,
)
from service.statistics.hearings import Hearing
from service.statistics.inspectors import Area
from service.statistics.shares import PEOPLE_AT_LEAST
from tests.commands import congvu
from tests.counted_world import AGENCIES, CountedWorld, ToldEvent

NOON = datetime(2025, 10, 20, 5, tzinfo=UTC)
OCTOBER = ("--from", "2025-10-01", "--to", "2025-10-31")


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("AB"), st.sampled_from("uvwxyz")), st.integers(1, 12), min_size=1, max_size=12
    )
)
def test_no_shown_unit_is_smaller_than_five_unless_the_agency_is(people: dict[tuple[str, str], int]) -> None:
    shown = shown_units(people)
    assert set(people) == set(shown)
    sizes = Counter[tuple[str, str]]()
    for (agency, unit), count in people.items():
        sizes[agency, shown[agency, unit]] += count
    whole = Counter[str]()
    for (agency, _), count in people.items():
        whole[agency] += count
    assert all(size >= PEOPLE_AT_LEAST or size == whole[agency] for (agency, _), size in sizes.items())
    # a unit that is large enough stands alone unless a small one needs company
    for (agency, unit), name in shown.items():
        together = [count for (a, u), count in people.items() if a == agency and shown[a, u] == SMALL_UNITS]
        assert name == unit or min(together) < PEOPLE_AT_LEAST


def hearing(*steps: tuple[StepKind, Outcome | None], unit: str = "lớn") -> Hearing:
    return Hearing("c", "e", "p", "Nguyễn Thị Hạnh", "A", unit, "smoking", NOON, ((StepKind.NOTICE, None), *steps))


UPHELD = ((StepKind.CONCLUSION, Outcome.UPHELD), (StepKind.CLOSED, None))


def test_units_add_up_to_agencies_and_those_to_the_province() -> None:
    flags = [
        (Area("A", "lớn"), DeskCount("smoking", "c", "1", Standing.BREACH, 4)),
        (Area("A", "nhỏ"), DeskCount("smoking", "c", "2", Standing.BREACH, 2)),
        (Area("A", ""), DeskCount("smoking", "c", "3", Standing.SECOND, 3)),
        (Area("B", "lớn"), DeskCount("smoking", "d", "1", Standing.NO_BREACH, 5)),
    ]
    people = {("A", "lớn"): 9, ("A", "nhỏ"): 6, ("B", "lớn"): 7}
    lines = lines_of(flags, [hearing(*UPHELD), hearing(unit="nhỏ")], coverage={("A", "lớn"): 0.5}, people=people)
    found = {(line.level, line.agency, line.unit): line for line in lines}
    wanted = {
        (Level.PROVINCE, "", ""): (14, 6, 2, 1),
        (Level.AGENCY, "A", ""): (9, 6, 2, 1),
        (Level.AGENCY, "B", ""): (5, 0, 0, 0),
        (Level.UNIT, "A", "lớn"): (4, 4, 1, 1),
        (Level.UNIT, "A", "nhỏ"): (2, 2, 1, 0),
        (Level.UNIT, "A", UNKNOWN_UNIT): (3, 0, 0, 0),
        (Level.UNIT, "B", "lớn"): (5, 0, 0, 0),
    }
    assert wanted == {key: (one.flags, one.confirmed, one.heard, one.concluded) for key, one in found.items()}
    assert (0.5, None) == (found[Level.UNIT, "A", "lớn"].coverage, found[Level.AGENCY, "A", ""].coverage)


@pytest.mark.parametrize(
    "steps",
    [
        (),
        ((StepKind.CONCLUSION, Outcome.UPHELD),),
        ((StepKind.CONCLUSION, Outcome.NOT_UPHELD),),
        (*UPHELD[:1], (StepKind.APPEAL, None)),
        (*UPHELD[:1], (StepKind.APPEAL, None), (StepKind.APPEAL_CONCLUSION, Outcome.CANNOT_ESTABLISH)),
        ((StepKind.WITHDRAWN, None),),
    ],
)
def test_nobody_is_named_before_the_last_word(steps: tuple[tuple[StepKind, Outcome | None], ...]) -> None:
    assert () == concluded_of([hearing(*steps)], UTC)
    assert ["Nguyễn Thị Hạnh"] == [one.name for one in concluded_of([hearing(*UPHELD)], UTC)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("compliance")
    database = Database(f"sqlite:///{folder / 'congvu.db'}")
    database.upgrade()
    with database.transaction() as session:
        world = CountedWorld(session, seed=4)
        world.fill(80, days=31, checks=0)
        world.hear(heard_about(world), Outcome.UPHELD)
    database.close()
    return folder


def heard_about(world: CountedWorld) -> ToldEvent:
    return next(e for e in world.events if e.standing is Standing.BREACH and not e.steps)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json", "pdf"])
def test_the_command_writes_every_format(data: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"bao-cao.{ending}"
    done = congvu("report", "compliance", *OCTOBER, "--out", out, "--data", data)
    assert 0 == done.returncode, done.stderr
    assert "concluded breaches" in done.stderr and "" == done.stdout
    starts = {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "json": b"{", "pdf": b"%PDF"}
    assert out.read_bytes().startswith(starts[ending])


def test_the_formats_say_the_same(data: Path, tmp_path: Path) -> None:
    for ending in ("json", "csv", "xlsx"):
        assert (
            0 == congvu("report", "compliance", *OCTOBER, "--out", tmp_path / f"r.{ending}", "--data", data).returncode
        )
    found = json.loads((tmp_path / "r.json").read_text())
    province = [line for line in found["lines"] if line["level"] == "province"]
    assert 80 == sum(line["flags"] for line in province)
    assert sum(line["concluded"] for line in province) == len(found["concluded"]) > 0
    rows = list(csv.reader(io.StringIO((tmp_path / "r.csv").read_bytes().decode("utf-8-sig"))))
    start = rows.index(["Toàn tỉnh"]) + 2
    assert sorted(line["flags"] for line in province) == sorted(
        int(row[1]) for row in rows[start : start + len(province)]
    )
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    people = [[cell.value for cell in row] for row in list(book[book.sheetnames[-1]])[4:]]
    names = {one["name"] for one in found["concluded"]}
    assert names == {row[2] for row in people if row[2]}


def test_one_agency_is_reported_without_the_others(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    done = congvu("report", "compliance", *OCTOBER, "--agency", AGENCIES[0], "--out", out, "--data", data)
    assert 0 == done.returncode, done.stderr
    found = json.loads(out.read_text())
    assert {"", AGENCIES[0]} == {line["agency"] for line in found["lines"]}
    assert {AGENCIES[0]} >= {one["agency"] for one in found["concluded"]}


def test_what_cannot_be_reported_is_said(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    unknown = congvu("report", "compliance", *OCTOBER, "--agency", "Sở Nào", "--out", out, "--data", data)
    assert (1, True) == (unknown.returncode, AGENCIES[0] in " ".join(unknown.stderr.split()))
    back = congvu("report", "compliance", "--from", "2025-10-02", "--to", "2025-10-01", "--out", out, "--data", data)
    assert 1 == back.returncode and "before the first" in " ".join(back.stderr.split())
    assert 2 == congvu("report", "compliance", *OCTOBER, "--out", tmp_path / "r.doc", "--data", data).returncode
    assert not out.exists()


def test_days_begin_at_midnight_of_the_site(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    congvu("report", "compliance", "--from", "2025-09-01", "--to", "2025-09-30", "--out", out, "--data", data)
    assert [] == json.loads(out.read_text())["lines"]
