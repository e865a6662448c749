"""Hours in a site file: what they say, what contradicts, and what the database keeps of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from service.attendance.hours import calendar_of, calendar_of_site, own_hours_of_json
from service.db.records import OfficerRecord, SiteRecord
from service.errors import SiteInvalid
from service.registering import register
from service.site import load_site, site_warnings
from service.site_hours import (
    HolidaysTable,
    HoursTable,
    NursingTable,
    OwnHoursTable,
    PatternTable,
    SeasonTable,
    Table,
)
from service.site_rules import duty_of
from service.site_tables import Site
from tests.commands import ROOT, congvu

SITE = """\
schema = 1

[site]
id = "centre"
name = "Trung tâm"
agency = "Sở Nội vụ"

[hours]
intervals = ["07:30-11:30", "13:30-17:00"]
# HOURS
[[officers]]
id = "an"
name = "Nguyễn Thị An"
# AN
[[officers]]
id = "binh"
name = "Trần Văn Bình"
# BINH
[[cameras]]
id = "counter"
name = "Quầy"
source = "clips/counter.mp4"

[[cameras.desks]]
id = "quay-1"
name = "Quầy 1"
officers = ["an"]
area = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.8], [0.1, 0.8]]
"""
NIGHT = '[[hours.patterns]]\nid = "dem"\nintervals = ["22:00-06:00"]\n'


def site_file(folder: Path, *, hours: str = "", an: str = "", binh: str = "", shared: bool = False) -> Path:
    """Write a site file; ``hours`` begins on line 10."""
    text = SITE.replace("# HOURS", hours).replace("# AN", an).replace("# BINH", binh)
    if shared:
        text = text.replace('officers = ["an"]', 'officers = ["an", "binh"]')
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(path: Path) -> str:
    with pytest.raises(SiteInvalid) as caught:
        load_site(path)
    return "\n".join(caught.value.faults)


def season(name: str, since: str, until: str, intervals: str, rest: str = "") -> str:
    return f'[[hours.seasons]]\nname = "{name}"\nfrom = "{since}"\nto = "{until}"\nintervals = ["{intervals}"]\n{rest}'


SUMMER = season("Hè", "04-16", "10-15", "07:00-11:00")
HOLIDAYS = "[hours.holidays]\n"
FAULTS = {
    "two shifts overlap": ('[[hours.patterns]]\nid = "a"\nintervals = ["07:30-11:30", "11:00-12:00"]', 12, "overlap"),
    "a night runs into the morning": (
        '[[hours.patterns]]\nid = "a"\nintervals = ["06:00-08:00", "22:00-07:00"]',
        12,
        "hours.patterns.0.intervals: 22:00-07:00 runs into the next day's 06:00-08:00",
    ),
    "a season's shifts overlap": (
        season("Hè", "04-16", "10-15", '07:00-11:00", "10:00-12:00'),
        14,
        "hours.seasons.0.intervals: 07:00-11:00 and 10:00-12:00 overlap",
    ),
    "a season is empty of days": (SUMMER + "days = []", 15, "wanted at least 1, got 0"),
    "seasons overlap": (SUMMER + season("Thu", "10-15", "12-31", "08:00-12:00"), 15, "Hè and Thu both cover 10-15"),
    "a season over New Year overlaps": (
        season("Đông", "11-01", "02-15", "08:00-12:00") + season("Tết", "01-20", "02-20", "08:00-11:00"),
        15,
        "Đông and Tết both cover 01-20",
    ),
    "a season's last night runs into another morning": (
        season("Đêm", "04-16", "10-15", "22:00-08:00"),
        10,
        "hours.seasons.0: a night runs into the first shift of 10-16",
    ),
    "a day of no year": (season("Hè", "02-30", "10-15", "07:00-11:00"), 12, "'02-30' is no day of the year"),
    "an unknown weekday": ('days = ["mon", "thứ ba"]', 10, "hours.days.1: 'thứ ba' is no day; wanted one of mon, tue"),
    "an empty shift": ('[[hours.patterns]]\nid = "a"\nintervals = ["07:00-07:00"]', 12, "is empty"),
    "a shift written the wrong way round": (
        '[[hours.patterns]]\nid = "a"\nintervals = ["11:30-07:30"]',
        12,
        "ends before it starts; as a night it would last 20 hours",
    ),
    "two patterns of one name": (NIGHT + NIGHT, 14, "two are called 'dem'"),
    "an unknown key": ("grace = 5", 10, "hours.grace: unknown key"),
    "an unknown country": (HOLIDAYS + 'country = "XX"', 11, "the holidays of 'XX' are not known"),
    "a swap of a day with itself": (
        HOLIDAYS + "swaps = [{off = 2026-11-28, work = 2026-11-28}]",
        11,
        "2026-11-28 is swapped with itself",
    ),
    "a day in two swaps": (
        HOLIDAYS + "swaps = [{off = 2026-11-27, work = 2026-11-28}, {off = 2026-11-30, work = 2026-11-28}]",
        11,
        "2026-11-28 is in two swaps",
    ),
    "a swap onto a working day": (
        HOLIDAYS + "swaps = [{off = 2026-11-27, work = 2026-11-26}]",
        11,
        "hours.holidays.swaps: 2026-11-26 is a working day already",
    ),
    "a swap of a Sunday": (
        HOLIDAYS + "swaps = [{off = 2026-11-29, work = 2026-11-28}]",
        11,
        "hours.holidays.swaps: 2026-11-29 is no working day",
    ),
    "a holiday named twice": (
        HOLIDAYS + 'extra = [{day = 2026-11-27, name = "a"}, {day = 2026-11-27, name = "b"}]',
        11,
        "2026-11-27 is named twice",
    ),
    "a holiday that is worked": (
        HOLIDAYS + 'extra = [{day = 2026-11-27, name = "a"}]\nworking = [2026-11-27]',
        12,
        "2026-11-27 is a day off under extra",
    ),
    "a swapped day that is worked": (
        HOLIDAYS + "swaps = [{off = 2026-11-27, work = 2026-11-28}]\nworking = [2026-11-27]",
        12,
        "2026-11-27 is a day off under swaps",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_hours_that_cannot_be_are_named_with_file_line_and_key(fault: str, tmp_path: Path) -> None:
    hours, line, message = FAULTS[fault]
    told = faults_of(site_file(tmp_path, hours=hours))
    assert message in told
    assert f"site.toml:{line}: hours." in told


OWN_FAULTS = {
    "an unknown pattern": (
        'pattern = "toi"',
        "officers.0.hours.pattern: no pattern 'toi' in [[hours.patterns]]; there are: dem",
    ),
    "a pattern and intervals": (
        'pattern = "dem"\nintervals = ["07:30-11:30"]',
        "give a pattern, or intervals and days",
    ),
    "the wrong order of days": (
        'pattern = "dem"\nfrom = 2026-05-02\nto = 2026-05-01',
        "officers.0.hours.to: they end on 2026-05-01",
    ),
    "days of nothing": ("from = 2026-05-02", "from and to say when"),
    "no days at all": ("days = []", "wanted at least 1, got 0"),
    "nursing as long as the day": (
        'intervals = ["07:30-11:30"]\nnursing = [{from = 2026-01-01, to = 2026-05-01, minutes = 240}]',
        "officers.0.hours.nursing.0.minutes: 240 minutes are the whole day of 240 minutes (officer an)",
    ),
    "nursing as long as the season's day": (
        "nursing = [{from = 2026-01-01, to = 2026-05-01, minutes = 300}]",
        "300 minutes are the whole day of 240 minutes",
    ),
    "nursing that ends before it starts": (
        "nursing = [{from = 2026-05-01, to = 2026-01-01}]",
        "officers.0.hours.nursing.0.to: ends on 2026-01-01",
    ),
    "two nursings at once": (
        "nursing = [{from = 2026-01-01, to = 2026-05-01}, {from = 2026-05-01, to = 2026-06-01}]",
        "two overlap from 2026-05-01 on",
    ),
    "own days that make the nights meet": (
        'intervals = ["05:00-09:00", "22:00-06:00"]\ndays = ["mon", "tue"]',
        "22:00-06:00 runs into the next day's 05:00-09:00",
    ),
    "a last night into the site's morning": (
        'intervals = ["22:00-08:00"]\nto = 2026-05-01',
        "officers.0.hours.to: their night of 2026-05-01 runs into the site's first shift",
    ),
}


@pytest.mark.parametrize("fault", OWN_FAULTS)
def test_an_officers_hours_that_cannot_be_are_named(fault: str, tmp_path: Path) -> None:
    written, message = OWN_FAULTS[fault]
    told = faults_of(site_file(tmp_path, hours=NIGHT + SUMMER, an=f"[officers.hours]\n{written}\n"))
    assert message in told
    assert "site.toml:" in told


def test_the_first_night_of_the_site_before_own_hours_must_not_run_into_them(tmp_path: Path) -> None:
    hours = season("Đêm", "01-01", "12-31", "22:00-06:00")
    path = site_file(tmp_path, hours=hours, an='[officers.hours]\nintervals = ["05:00-09:00"]\nfrom = 2026-05-01\n')
    assert "officers.0.hours.from: the site's night before 2026-05-01 runs into their first shift" in faults_of(path)


def test_a_swap_by_decree_may_be_written_down_too(tmp_path: Path) -> None:
    path = site_file(tmp_path, hours=HOLIDAYS + "swaps = [{off = 2026-08-31, work = 2026-08-22}]")
    assert 1 == len(load_site(path).hours.holidays.swaps)


def test_hours_written_before_seasons_are_as_they_were(tmp_path: Path) -> None:
    path = site_file(tmp_path, hours='days = ["mon", "sat"]\ngrace_minutes = 7\n')
    site = load_site(path)
    calendar = calendar_of(site.hours, site.site.timezone)
    assert [2, 0, 2] == [len(calendar.day(date(2026, 11, day)).shifts) for day in (23, 27, 28)]
    assert (7, 7) == (calendar.grace_in.total_seconds() / 60, calendar.grace_out.total_seconds() / 60)


ROWS = {
    "no day": (
        "holidays-2026.csv",
        "day,name\n2026-04-10,Lễ\n31/02/2026,Hội\n",
        "holidays-2026.csv:3: day: '31/02/2026' is no day",
    ),
    "a day as it is spoken": ("lich.csv", "day,name\nmùng ba,Lễ\n", "lich.csv:2: day: 'mùng ba' is no day"),
    "no name": ("lich.csv", "day,name\n2026-04-10,\n", "lich.csv:2: name: is empty"),
    "a row cut short": ("lich.csv", "day,name\n2026-04-10\n", "lich.csv:2: name: is empty"),
    "a long name": ("lich.csv", f"day,name\n2026-04-10,{'a' * 201}\n", "lich.csv:2: name: has 201 characters"),
    "a day twice": (
        "lich.csv",
        "day,name\n2026-04-10,Lễ\n10/04/2026,Hội\n",
        "lich.csv:3: day: 2026-04-10 is named above",
    ),
    "a day of the site file": (
        "lich.csv",
        "day,name\n2026-04-08,Lễ\n",
        "lich.csv:2: day: 2026-04-08 is named under extra",
    ),
    "a day that is worked": ("lich.csv", "day,name\n2026-04-09,Lễ\n", "lich.csv:2: day: 2026-04-09 is worked"),
    "another year's list": (
        "holidays-2026.csv",
        "day,name\n2025-04-10,Lễ\n",
        "2025-04-10 is not in 2026, the year of the file's name",
    ),
    "other columns": (
        "lich.csv",
        "ngày;tên\n2026-04-10;Lễ\n",
        "lich.csv:1: wanted the columns day and name, got ngày, tên",
    ),
    "nothing": ("lich.csv", "", "lich.csv:1: wanted the columns day and name"),
    "no rows": ("lich.csv", "day,name\n", "names no day"),
}


@pytest.mark.parametrize("fault", ROWS)
def test_each_bad_row_of_a_holiday_file_is_named(fault: str, tmp_path: Path) -> None:
    name, rows, message = ROWS[fault]
    (tmp_path / name).write_text(rows, encoding="utf-8")
    hours = f'{HOLIDAYS}file = "{name}"\nworking = [2026-04-09]\nextra = [{{day = 2026-04-08, name = "Lễ"}}]'
    assert message in faults_of(site_file(tmp_path, hours=hours))


def test_all_bad_rows_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "lich.csv").write_text("day,name\nx,Lễ\n2026-04-10,Lễ\ny,Lễ\n", encoding="utf-8")
    told = faults_of(site_file(tmp_path, hours=HOLIDAYS + 'file = "lich.csv"'))
    assert ["lich.csv:2:", "lich.csv:4:"] == [
        where for where in ("lich.csv:2:", "lich.csv:3:", "lich.csv:4:") if where in told
    ]


def test_a_holiday_file_that_is_not_there_or_not_utf8_is_named(tmp_path: Path) -> None:
    path = site_file(tmp_path, hours=HOLIDAYS + 'file = "lich.csv"')
    assert "lich.csv: cannot be read" in faults_of(path)
    (tmp_path / "lich.csv").write_bytes("day,name\n2026-04-10,Lễ\n".encode("utf-16"))
    assert "is not UTF-8" in faults_of(path)


def as_stored(site: Site) -> tuple[SiteRecord, str]:
    """Return what the database is given of a site, and of the hours of its first officer."""
    kept: list[tuple[SiteRecord, str]] = []

    class Sites:
        def register(self, record: SiteRecord, *, officers: list[OfficerRecord], **rest: object) -> None:
            kept.append((record, officers[0].hours_json))

    register(Sites(), site)  # type: ignore[arg-type]
    return kept[0]


def test_the_database_keeps_the_whole_calendar(tmp_path: Path) -> None:
    (tmp_path / "le-2026.csv").write_text("\ufeffday;name\n10/04/2026;Ngày truyền thống\n", encoding="utf-8")
    hours = (
        "grace_out_minutes = 0\n" + NIGHT + SUMMER + HOLIDAYS + 'file = "le-2026.csv"\nworking = [2026-09-01]\n'
        "swaps = [{off = 2026-11-27, work = 2026-11-28}]\n"
    )
    own = (
        '[officers.hours]\npattern = "dem"\nfrom = 2026-05-01\n'
        'nursing = [{from = 2026-01-01, to = 2026-12-31, at = "start"}]\n'
    )
    site = load_site(site_file(tmp_path, hours=hours, an=own))
    (tmp_path / "le-2026.csv").unlink()
    record, own_json = as_stored(site)
    stored, officer = calendar_of_site(record), own_hours_of_json(record, own_json)
    fresh = calendar_of(site.hours, site.site.timezone)
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert fresh.days(*year) == stored.days(*year)
    assert "Ngày truyền thống" == stored.day(date(2026, 4, 10)).holiday
    assert [0, 1, 0, 1] == [
        len(stored.day(day).shifts[:1])
        for day in (date(2026, 4, 10), date(2026, 9, 1), date(2026, 11, 27), date(2026, 11, 28))
    ]
    (night,) = stored.day(date(2026, 6, 1), officer).shifts
    assert (datetime(2026, 6, 1, 16, tzinfo=UTC), datetime(2026, 6, 1, 23, tzinfo=UTC)) == (night.start, night.end)
    assert 0 == stored.grace_out.total_seconds()


def test_a_site_stored_before_calendars_has_its_old_hours() -> None:
    record = SiteRecord("c", "c", "c", "Asia/Ho_Chi_Minh", "", "", ("07:30-11:30",), (0, 5), 7)
    calendar = calendar_of_site(record)
    assert [1, 0, 1] == [len(calendar.day(date(2026, 11, day)).shifts) for day in (23, 27, 28)]
    assert 420 == calendar.grace_in.total_seconds()
    assert own_hours_of_json(replace(record, hours_json=""), "") is None


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 at the site."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{hour:02}:{minute:02}:00+07:00")


def test_duty_follows_the_calendar(tmp_path: Path) -> None:
    hours = (
        season("Đông", "11-26", "12-31", "08:00-12:00") + HOLIDAYS + "swaps = [{off = 2026-11-27, work = 2026-11-28}]"
    )
    on_duty = duty_of(load_site(site_file(tmp_path, hours=hours)))
    asked = {
        "an ordinary morning": (at(23, 7, 30), True),
        "lunch": (at(23, 11, 30), False),
        "a public holiday": (at(24, 9), False),
        "before the winter hours": (at(26, 7, 30), False),
        "winter hours": (at(26, 11, 59), True),
        "a day off for another": (at(27, 9), False),
        "a Saturday worked for it": (at(28, 9), True),
        "a Sunday": (at(29, 9), False),
    }
    assert {told: wanted for told, (_, wanted) in asked.items()} == {
        told: on_duty(moment) for told, (moment, _) in asked.items()
    }


def test_a_night_on_duty_ends_on_the_next_day(tmp_path: Path) -> None:
    path = site_file(tmp_path)
    path.write_text(SITE.replace('"07:30-11:30", "13:30-17:00"', '"22:00-06:00"'), encoding="utf-8")
    on_duty = duty_of(load_site(path))
    moments = [at(27, 21, 59), at(27, 22), at(28, 5, 59), at(28, 6), at(28, 22)]
    assert [False, True, True, False, False] == [on_duty(moment) for moment in moments]


def test_no_hours_mean_always(tmp_path: Path) -> None:
    path = site_file(tmp_path)
    path.write_text(SITE.replace('"07:30-11:30", "13:30-17:00"', ""), encoding="utf-8")
    assert duty_of(load_site(path))(at(24, 3))


def test_an_officer_without_a_desk_is_a_warning(tmp_path: Path) -> None:
    (warning,) = site_warnings(load_site(site_file(tmp_path)))
    assert warning.startswith("officer binh has no desk")


SHARED = {
    "the same hours": ("", "", ["mon, tue, wed, thu, fri"]),
    "a morning within a day": ('intervals = ["07:30-11:30"]\ndays = ["tue", "sat"]', "", ["tue"]),
    "mornings and afternoons": ('intervals = ["07:30-11:30"]', 'intervals = ["13:30-17:00"]', []),
    "other days": ('days = ["mon"]', 'days = ["tue"]', []),
    "a night and a morning": ('intervals = ["22:00-06:00"]', 'intervals = ["05:00-09:00"]', ["tue, wed, thu, fri"]),
    "one after the other": (
        'intervals = ["07:30-11:30"]\nto = 2026-05-31',
        'intervals = ["13:30-17:00"]\nfrom = 2026-06-01',
        ["mon, tue, wed, thu, fri"],  # before and after they have the site's hours
    ),
    "in summer only": ('intervals = ["10:30-11:30"]', 'intervals = ["07:30-10:30"]\nto = 9999-12-31', []),
}


@pytest.mark.parametrize("told", SHARED)
def test_a_desk_of_two_officers_at_once_is_a_warning(told: str, tmp_path: Path) -> None:
    an, binh, wanted = SHARED[told]
    written = {who: f"[officers.hours]\n{hours}\n" if hours else "" for who, hours in (("an", an), ("binh", binh))}
    warnings = site_warnings(load_site(site_file(tmp_path, **written, shared=True)))
    assert [f"desk quay-1: the hours of an, binh overlap ({days})" for days in wanted] == [
        warning.partition(":")[0] + ":" + warning.partition(":")[2].partition(":")[0] for warning in warnings
    ]
    assert all("no data of each" in warning for warning in warnings)


@pytest.mark.parametrize("table", [HoursTable, SeasonTable, PatternTable, HolidaysTable, OwnHoursTable, NursingTable])
def test_every_key_of_the_hours_is_described(table: type[Table]) -> None:
    described = (ROOT / "docs" / "site-file.md").read_text(encoding="utf-8")
    for name, field in table.model_fields.items():
        key = field.alias or name
        assert f"`{key}`" in described or f"hours.{key}" in described or f"{key} = " in described, key


def test_the_command_prints_warnings_and_is_content(tmp_path: Path) -> None:
    done = congvu("site", "check", site_file(tmp_path, shared=True))
    assert 0 == done.returncode
    assert "warning: desk quay-1" in done.stderr
