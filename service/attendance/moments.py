"""Moments of a report as its readers' clocks show them, many at once. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from service.attendance.day_table import NEVER
from service.attendance.intervals import microseconds, moment_of
from service.attendance.month import Report
from service.attendance.spans import IntArray


def local_us(report: Report, at_us: IntArray) -> IntArray:
    """Return what the wall clock of each row's site shows, as microseconds since 1970 without a zone.

    Args:
        at_us: int64 (rows,), of the report's rows; NEVER stays what it is.
    """
    of_zone: dict[str, list[int]] = {}
    for number, officer in enumerate(report.officers):
        of_zone.setdefault(officer.timezone, []).append(number)
    shown = at_us.reshape(len(report.officers), len(report.days)).copy()
    for name, officers in of_zone.items():
        shown[officers] = _shifted(report, shown[officers], ZoneInfo(name))
    return shown.ravel()


def clock_texts(local: IntArray) -> list[str]:
    """Return hh:mm of each moment of `local_us`; empty where there is none."""
    return _texts(local, "m", slice(11, 16))


def second_texts(local: IntArray) -> list[str]:
    """Return yyyy-mm-dd hh:mm:ss of each moment of `local_us`; empty where there is none."""
    return [text.replace("T", " ") for text in _texts(local, "s", slice(0, 19))]


def utc_texts(at_us: IntArray) -> list[str | None]:
    """Return ISO 8601 with milliseconds and Z of each moment; None where there is none."""
    return [f"{text}Z" if text else None for text in _texts(at_us, "ms", slice(0, 23))]


def _texts(at_us: IntArray, unit: str, part: slice) -> list[str]:
    is_known = at_us != NEVER
    moments = np.where(is_known, at_us, 0).astype("datetime64[us]").astype(f"datetime64[{unit}]")
    written = np.datetime_as_string(moments)
    return [text[part] if known else "" for text, known in zip(written.tolist(), is_known.tolist(), strict=True)]


def _shifted(report: Report, at_us: IntArray, zone: ZoneInfo) -> IntArray:
    is_known = at_us != NEVER
    offsets = {_offset_us(moment, zone) for moment in _probes(report, zone)}
    if len(offsets) == 1:
        return np.where(is_known, at_us + np.where(is_known, offsets.pop(), 0), NEVER)
    # a change to or from summer time lies in these days: moment by moment
    shifted = at_us.copy()
    shifted[is_known] = [us + _offset_us(moment_of(us), zone) for us in at_us[is_known].tolist()]
    return shifted


def _probes(report: Report, zone: ZoneInfo) -> list[datetime]:
    noons = [datetime.combine(day, time(12), zone) for day in report.days]
    return [noons[0] - timedelta(days=2), *noons, noons[-1] + timedelta(days=2)] if noons else []


def _offset_us(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None  # an aware moment has one
    return microseconds(moment_of(0) + offset)


def row_offsets_us(report: Report) -> IntArray:
    """Return int64 (rows,): what each row's site adds to UTC at noon of the day."""
    of_zone = {
        name: [_offset_us(datetime.combine(day, time(12), ZoneInfo(name)), ZoneInfo(name)) for day in report.days]
        for name in {officer.timezone for officer in report.officers}
    }
    return np.array([of_zone[officer.timezone] for officer in report.officers], np.int64).reshape(-1)
