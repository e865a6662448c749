"""Cover from tables: who sits at which desk in whose place."""

from __future__ import annotations

from service.attendance.facts import Cover
from service.attendance.imports.cover import read_cover
from service.attendance.intervals import Interval
from tests.imported_files import CONTEXT, codes, csv_of, local, noted, whole_days, with_, xlsx_of

TITLES = ("Mã cán bộ", "Quầy", "Camera", "Thay cho", "Từ ngày", "Đến ngày", "Buổi", "Ghi chú")


def test_a_desk_is_named_by_id_or_name_and_by_whose_it_is() -> None:
    content = xlsx_of(
        TITLES,
        ("CB04", "q1", "cam-2", "", "03/03/2026", "04/03/2026", "", "thay ca"),
        ("CB04", "Quầy 1", "", "", "05/03/2026", "", "sáng", ""),
        ("CB04", "", "", "Trần Thị Ộng", "06/03/2026", "", "", ""),
    )
    read = read_cover(content, "truc.xlsx", CONTEXT)
    assert [] == codes(read)
    assert (
        Cover("cam-2", "q1", "CB04", whole_days(3, 4), "thay ca", "truc.xlsx"),
        Cover("cam-1", "q1", "CB04", Interval(local(5, 7, 30), local(5, 11, 30)), "", "truc.xlsx"),
        Cover("cam-1", "q2", "CB04", whole_days(6, 6), "", "truc.xlsx"),
    ) == read.accepted


def test_desks_that_cannot_be_meant_are_faults() -> None:
    content = csv_of(
        TITLES,
        ("CB04", "q1", "", "", "03/03/2026"),
        ("CB04", "q9", "", "", "03/03/2026"),
        ("CB04", "q1", "cam-9", "", "03/03/2026"),
        ("CB04", "q2", "cam-1", "CB01", "03/03/2026"),
        ("CB04", "", "", "CB04", "03/03/2026"),
        ("CB01", "", "", "0012", "03/03/2026"),
        ("CB01", "", "", "CB99", "03/03/2026"),
        ("CB01", "", "", "", "03/03/2026"),
    )
    wanted = [
        "several_desks", "unknown_desk", "unknown_camera", "desk_of_another", "covers_self", "desk_of_another",
        "unknown_officer", "missing",
    ]  # fmt: skip
    assert list(enumerate(wanted, start=2)) == codes(read_cover(content, "a.csv", CONTEXT))


def test_whose_place_it_is_tells_desks_of_one_id_apart() -> None:
    read = read_cover(csv_of(TITLES, ("CB04", "q1", "", "CB03", "03/03/2026")), "a.csv", CONTEXT)
    assert [("cam-2", "q1")] == [(cover.camera_id, cover.desk_id) for cover in read.accepted]


def test_two_at_one_desk_at_once_are_faults_of_both_rows() -> None:
    content = csv_of(
        TITLES,
        ("CB03", "q2", "", "", "03/03/2026", "05/03/2026"),
        ("CB04", "q2", "", "", "05/03/2026", "", "sáng"),
        ("CB04", "q2", "", "", "06/03/2026", ""),
        ("CB04", "q2", "", "", "06/03/2026", ""),
    )
    read = read_cover(content, "a.csv", CONTEXT)
    assert [(2, "two_at_one_desk"), (3, "two_at_one_desk")] == codes(read)
    assert [(5, "same_row")] == noted(read)
    assert [whole_days(6, 6)] == [cover.span for cover in read.accepted]


def test_one_officer_may_cover_a_desk_in_rows_that_overlap() -> None:
    content = csv_of(TITLES, ("CB03", "q2", "", "", "03/03/2026", "05/03/2026"), ("CB03", "q2", "", "", "05/03/2026"))
    read = read_cover(content, "a.csv", CONTEXT)
    assert ([], 2) == (codes(read), len(read.accepted))


def test_cover_in_force_is_held_against_the_file() -> None:
    known = Cover("cam-1", "q2", "CB03", whole_days(3, 4))
    content = csv_of(TITLES, ("CB03", "q2", "", "", "03/03/2026", "04/03/2026"), ("CB04", "q2", "", "", "04/03/2026"))
    read = read_cover(content, "a.csv", with_(covers=(known,)))
    assert ([(3, "two_at_one_desk")], [(2, "known_already")], ()) == (codes(read), noted(read), read.accepted)
