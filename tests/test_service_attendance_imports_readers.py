"""The readers as pages and the command call them, and that every reason is described."""

from __future__ import annotations

from typing import get_args

from service.attendance.facts import Leave, LeaveKind
from service.attendance.imported import Importable
from service.attendance.imports.readers import fact_readers
from service.attendance.imports.reasons import FileReason, NoteReason, RowReason
from service.attendance.imports.results import ImportContext
from service.attendance.intervals import Interval
from tests.commands import ROOT
from tests.imported_files import CONTEXT, DESKS, OFFICERS, TITLES, ZONE, csv_of, local

KNOWN = ImportContext(OFFICERS, ZONE, desks=DESKS)


def test_each_reader_gives_good_rows_and_faults_in_words() -> None:
    readers = fact_readers()
    leave = readers[Importable.LEAVE](
        "a.csv", csv_of(TITLES, ("CB01", "ốm", "3/3/2026", "", "sáng"), ("X", "ốm", "3/3/2026")), CONTEXT
    )
    assert (Leave("CB01", LeaveKind.SICK, Interval(local(3, 7, 30), local(3, 11, 30)), source="a.csv"),) == leave.good
    assert [(3, "officer_id: no officer has the id 'X'; wanted one of the site file's officers")] == [
        (fault.row, fault.words) for fault in leave.faults
    ]
    cover = readers[Importable.COVER]("c.csv", csv_of(("Mã", "Quầy", "Từ ngày"), ("CB04", "q2", "3/3/2026")), CONTEXT)
    punches = readers[Importable.PUNCHES]("a.dat", b"CB01\t2026-03-03 07:25:10\t1\t0\n", CONTEXT)
    assert (1, 1) == (len(cover.good), len(punches.good))


def test_without_working_time_days_are_halved_at_noon() -> None:
    reader = fact_readers()[Importable.LEAVE]
    checked = reader("a.csv", csv_of(TITLES, ("CB01", "ốm", "3/3/2026", "", "chiều")), KNOWN)
    assert [Interval(local(3, 12), local(4))] == [fact.span for fact in checked.good if isinstance(fact, Leave)]


def test_a_file_that_is_none_is_one_fault_of_row_0() -> None:
    checked = fact_readers()[Importable.COVER]("a.xlsx", b"", KNOWN)
    assert ((), [0]) == (checked.good, [fault.row for fault in checked.faults])


def test_every_reason_is_described() -> None:
    described = (ROOT / "docs" / "imports.md").read_text(encoding="utf-8")
    reasons = [*get_args(FileReason), *get_args(RowReason), *get_args(NoteReason)]
    assert [] == [reason for reason in reasons if f"`{reason}`" not in described]
