"""Sums over officers and days, by officer, unit, agency and province."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from service.attendance.facts import LeaveKind
from service.attendance.figures import Figures, Grouping, figures_of, group, members
from service.attendance.hours_seen import hour_shares
from service.attendance.month import Report
from tests.attendance_reports import AFTERNOON, MORNING, OFF, Told, Who, report_of

MINUTE = timedelta(minutes=1)


def three_officers() -> Report:
    leave = Told("", leave=[(LeaveKind.ANNUAL, "00:00-23:59")])
    return report_of(
        [
            Who("An", [Told("07:50-11:30 13:30-17:00"), Told(MORNING), OFF], unit="Một cửa", desks="Quầy 1"),
            Who("Bình", [Told("07:30-09:00 10:00-11:30 13:30-16:30"), leave, OFF], unit="Một cửa", desks="Quầy 2"),
            Who(
                "Chi",
                [Told(MORNING, MORNING), Told("", seen=""), Told("08:00-09:00", shifts="")],
                unit="Văn phòng",
                desks="Quầy 3",
            ),
        ]
    )


def test_lengths_and_counts_add_up() -> None:
    figures = group(three_officers(), Grouping.PROVINCE)[0].figures
    assert (1, 20 * MINUTE) == (figures.late_count, figures.late)
    assert (1, 30 * MINUTE) == (figures.early_count, figures.early)
    assert (1, 60 * MINUTE) == (figures.left_count, figures.left)
    assert 210 * MINUTE == figures.absent
    assert (0, 1, 5) == (figures.absent_days, figures.unknown_days, figures.required_days)
    assert 5 * 450 * MINUTE == figures.required
    assert {LeaveKind.ANNUAL: 450 * MINUTE} == dict(figures.leave)
    assert 60 * MINUTE == figures.outside


def test_coverage_is_the_share_of_required_time_that_was_seen() -> None:
    figures = [g.figures for g in group(three_officers(), Grouping.OFFICER)]
    assert [1.0, 1.0, 1 - (210 + 450) / 900] == [f.coverage for f in figures]


def test_nothing_required_is_wholly_covered() -> None:
    assert 1.0 == group(report_of([Who("An", [OFF])]), Grouping.OFFICER)[0].figures.coverage


def test_groups_stand_in_the_order_of_the_report() -> None:
    report = three_officers()
    assert [("Một cửa", range(2)), ("Văn phòng", range(2, 3))] == [
        (g.label, g.officers) for g in group(report, Grouping.UNIT)
    ]
    assert [range(3)] == [g.officers for g in group(report, Grouping.AGENCY)]
    assert ["An", "Bình", "Chi"] == [g.label for g in group(report, Grouping.OFFICER)]


def test_units_of_one_name_in_two_agencies_stay_apart() -> None:
    report = report_of([Who("An", [OFF], unit="Văn thư", agency="A"), Who("Bình", [OFF], unit="Văn thư", agency="B")])
    assert [("A", "Văn thư"), ("B", "Văn thư")] == [(g.agency, g.unit) for g in group(report, Grouping.UNIT)]


def test_the_parts_of_a_group_add_up_to_it() -> None:
    report = three_officers()
    for by in (Grouping.OFFICER, Grouping.UNIT, Grouping.AGENCY):
        parts = [g.figures for g in group(report, by)]
        whole = group(report, Grouping.PROVINCE)[0].figures
        for name in set(Figures.__dataclass_fields__) - {"leave"}:
            total = sum((getattr(p, name) for p in parts[1:]), getattr(parts[0], name))
            assert getattr(whole, name) == total, (by, name)


def test_some_days_only_are_summed() -> None:
    assert 0 == group(three_officers(), Grouping.PROVINCE, days=slice(1, 3))[0].figures.late_count


def test_any_rows_can_be_summed() -> None:
    report = three_officers()
    rows = np.array([report.row(0, 0), report.row(1, 1)])
    figures = figures_of(report.table, rows)
    assert (1, 450 * MINUTE, 450 * MINUTE) == (figures.late_count, figures.required, figures.leave[LeaveKind.ANNUAL])


def test_a_report_of_nobody_has_no_groups() -> None:
    assert [[], [], [], []] == [members((), by) for by in Grouping]


def test_hours_say_what_was_attended_of_what_was_seen() -> None:
    shares = hour_shares(three_officers())
    assert (7, 16) == (shares.hours[0], shares.hours[-1])
    assert ("Quầy 1", "Quầy 2", "Quầy 3") == shares.labels
    nine = shares.hours.index(9)
    assert [1.0, 0.0] == shares.share[:2, nine].tolist()
    assert 1.0 == shares.share[2, nine] and 0.5 == shares.coverage[2, nine]


def test_an_hour_that_nobody_saw_has_no_share() -> None:
    shares = hour_shares(report_of([Who("An", [Told(AFTERNOON, AFTERNOON)])]))
    eight, twelve, fourteen = (shares.hours.index(hour) for hour in (8, 12, 14))
    assert np.isnan(shares.share[0, eight]) and 0.0 == shares.coverage[0, eight]
    assert np.isnan(shares.coverage[0, twelve])
    assert 1.0 == shares.share[0, fourteen]


def test_hours_can_be_of_units() -> None:
    assert ("Một cửa", "Văn phòng") == hour_shares(three_officers(), Grouping.UNIT).labels
