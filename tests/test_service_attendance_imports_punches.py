"""Stamps of a time clock: from its own file and from tables; and whether the clock was right."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from service.attendance.facts import Direction, Punch
from service.attendance.imports.clock_doubt import ClockDoubt, suspect_clock
from service.attendance.imports.punches import read_punches
from service.attendance.imports.results import ImportUnreadable
from tests.imported_files import CONTEXT, ZONE, codes, csv_of, local, noted, with_, xlsx_of

ATTLOG = """\
     CB01\t2026-03-03 07:25:10\t1\t0\t1\t0\r
       12\t2026-03-03 07:26:00\t1\t0\t15\t0\r
     CB01\t2026-03-03 17:01:00\t1\t1\t1\t0\r
"""


def test_an_attlog_is_read_by_its_content() -> None:
    read = read_punches(ATTLOG.encode(), "1_attlog.dat", CONTEXT)
    assert [] == codes(read)
    assert (
        Punch("CB01", local(3, 7, 25) + timedelta(seconds=10), Direction.IN, "1", "1_attlog.dat"),
        Punch("0012", local(3, 7, 26), Direction.IN, "1", "1_attlog.dat"),
        Punch("CB01", local(3, 17, 1), Direction.OUT, "1", "1_attlog.dat"),
    ) == read.accepted


def test_bad_lines_of_an_attlog_are_named() -> None:
    lines = [
        "###",
        "CB99\t2026-03-03 07:25:10\t1\t0",
        "CB01\t2026-02-30 07:25:10\t1\t0",
        "CB01\t2026-03-03 07:25:10\t1\t9",
    ]
    read = read_punches("\n".join([*lines, "", "CB02\t2026-03-03 07:25:10"]).encode(), "a.dat", CONTEXT)
    wanted = ["broken_line", "unknown_officer", "unreadable_date", "unknown_direction"]
    assert list(enumerate(wanted, start=1)) == codes(read)
    assert [("CB02", Direction.UNKNOWN)] == [(punch.officer_id, punch.direction) for punch in read.accepted]


def test_users_of_the_clock_may_be_assigned_to_officers() -> None:
    read = read_punches(b"7\t2026-03-03 07:25:10\t1\t0\n", "a.dat", with_(clock_users={"7": "CB02"}))
    assert ["CB02"] == [punch.officer_id for punch in read.accepted]


@pytest.mark.parametrize(
    ("titles", "cells"),
    [
        (("Mã chấm công", "Thời gian", "Vào/Ra", "Máy"), ("CB01", "03/03/2026 07:25", "Vào", "M1")),
        (("AC-No.", "Name", "Time", "State", "Machine"), ("CB01", "", datetime(2026, 3, 3, 7, 25), "C/In", "M1")),  # noqa: DTZ001
        (
            ("Họ tên", "Ngày", "Giờ", "Trạng thái", "Thiết bị"),
            ("Nguyễn Văn Đức", date(2026, 3, 3), time(7, 25), 0, "M1"),
        ),
        (("user_id", "date", "time", "status", "device"), ("CB01", "2026-03-03", "7h25", "0", "M1")),
    ],
)
def test_tables_of_stamps_are_read(titles: tuple[str, ...], cells: tuple[object, ...]) -> None:
    read = read_punches(xlsx_of(titles, cells), "a.xlsx", CONTEXT)
    assert ([], (Punch("CB01", local(3, 7, 25), Direction.IN, "M1", "a.xlsx"),)) == (codes(read), read.accepted)


def test_a_day_without_a_time_is_no_stamp() -> None:
    content = csv_of(("user_id", "time", "status"), ("CB01", "03/03/2026", "0"), ("CB01", "03/03/2026 07:00", "hm"))
    assert [(2, "missing_time"), (3, "unknown_direction")] == codes(read_punches(content, "a.csv", CONTEXT))


def stamps(*moments: str) -> bytes:
    return "\n".join(f"CB01\t2026-{moment}\t1\t0" for moment in moments).encode()


def test_doubled_stamps_count_once() -> None:
    read = read_punches(
        stamps("03-03 07:25:10", "03-03 07:25:40", "03-03 07:26:11", "03-03 07:27:11"), "a.dat", CONTEXT
    )
    assert [local(3, 7, 25).replace(second=10), local(3, 7, 26).replace(second=11)] == [p.at for p in read.accepted]
    assert [(2, "doubled"), (4, "doubled")] == noted(read)


def test_in_and_out_within_a_minute_are_two_stamps() -> None:
    content = b"CB01\t2026-03-03 07:25:10\t1\t1\nCB01\t2026-03-03 07:25:14\t1\t0\n"
    assert [Direction.OUT, Direction.IN] == [p.direction for p in read_punches(content, "a.dat", CONTEXT).accepted]


def test_stamps_in_the_wrong_order_are_sorted_and_noted() -> None:
    read = read_punches(stamps("03-04 07:25:10", "03-03 07:25:10", "03-05 07:25:10"), "a.dat", CONTEXT)
    assert [3, 4, 5] == [punch.at.astimezone(ZONE).day for punch in read.accepted]
    assert [(2, "disorder")] == noted(read)


def test_newest_first_is_an_order_too() -> None:
    read = read_punches(stamps("03-05 07:25:10", "03-04 07:25:10", "03-03 07:25:10"), "a.dat", CONTEXT)
    assert ([3, 4, 5], []) == ([punch.at.astimezone(ZONE).day for punch in read.accepted], noted(read))


def test_stamps_that_have_not_come_yet_are_faults() -> None:
    read = read_punches(stamps("03-03 07:25:10", "03-05 07:25:10"), "a.dat", with_(now=local(4)))
    assert [(2, "in_future")] == codes(read)


def test_a_few_stamps_of_another_year_are_faults_and_a_long_leave_is_not() -> None:
    month = [f"03-{day:02d} 07:25:10" for day in range(1, 25)]
    lost = stamps(*month) + b"\nCB01\t2062-03-03 07:25:10\t1\t0\nCB01\t2000-01-01 00:00:10\t1\t0\n"
    assert [(25, "far_from_the_rest"), (26, "far_from_the_rest")] == codes(read_punches(lost, "a.dat", CONTEXT))
    assert [] == codes(read_punches(stamps(*month, "09-10 07:25:10"), "a.dat", CONTEXT))


def test_a_file_of_other_things_says_what_is_wanted() -> None:
    with pytest.raises(ImportUnreadable, match="'user_id' or 'Họ tên', 'at' or 'day'"):
        read_punches(b"hello\n", "a.dat", CONTEXT)


DAY = date(2026, 3, 3)


def stamped(offset: timedelta, delays_min: list[int]) -> tuple[list[Punch], dict[tuple[str, date], datetime]]:
    """Officers who reach their desk so many minutes after stamping, on a clock that is off."""
    arrivals, punches = {}, []
    for number, delay in enumerate(delays_min):
        at = local(3, 7, 10) + timedelta(minutes=3 * number)
        arrivals[f"o{number}", DAY] = at + timedelta(minutes=delay)
        punches += [
            Punch(f"o{number}", at + offset, Direction.IN, "M1"),
            Punch(f"o{number}", local(3, 17) + offset, Direction.OUT, "M1"),
        ]
    return punches, arrivals


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_an_hour_wrong_is_doubted(hours: int) -> None:
    punches, arrivals = stamped(timedelta(hours=hours), [2, 3, 3, 4, 5, 2, 90])
    assert [ClockDoubt("M1", DAY, timedelta(hours=hours, minutes=-3), 6)] == suspect_clock(punches, arrivals, ZONE)


def test_a_right_clock_four_witnesses_and_mere_disorder_raise_no_doubt() -> None:
    assert [] == suspect_clock(*stamped(timedelta(), [2, 3, 3, 4, 5, 2, 90]), ZONE)
    assert [] == suspect_clock(*stamped(timedelta(hours=1), [2, 3, 3, 4]), ZONE)
    assert [] == suspect_clock(*stamped(timedelta(), [0, 40, 80, 120, 160, 200, 240]), ZONE)


def test_five_who_agree_among_more_who_do_not_raise_no_doubt() -> None:
    assert [] == suspect_clock(*stamped(timedelta(), [-60] * 5 + [-95, -130, -170, 0, 20, 60]), ZONE)


def test_going_home_says_nothing_of_the_clock() -> None:
    punches, arrivals = stamped(timedelta(), [3] * 6)
    going = [punch for punch in punches if punch.direction is Direction.OUT]
    together = {key: local(3, 7, 25) for key in arrivals}
    assert [] == suspect_clock(going, together, ZONE)


def test_a_clock_is_doubted_only_on_the_day_and_the_device() -> None:
    punches, arrivals = stamped(timedelta(hours=1), [3] * 6)
    right = [Punch(p.officer_id, p.at + timedelta(hours=23), p.direction, "M1") for p in punches]
    other = [Punch(p.officer_id, p.at - timedelta(hours=1), p.direction, "M2") for p in punches]
    arrivals |= {
        (officer_id, DAY + timedelta(days=1)): at + timedelta(days=1) for (officer_id, _), at in arrivals.items()
    }
    found = suspect_clock([*punches, *right, *other], arrivals, ZONE)
    assert [("M1", DAY)] == [(doubt.device, doubt.day) for doubt in found]
