"""What cameras said when a correction was asked for: kept as one Vietnamese line, shown in the reader's language. Pure.

The line is read strictly. Where anything in it is not as `service.api.corrections.observed_line` writes it, nothing of
it is put into other words: it is shown as it was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_NEVER = "không thấy"
_MOMENTS = re.compile(rf"đến (\d\d:\d\d|{_NEVER}), về (\d\d:\d\d|{_NEVER})")
_LENGTH = re.compile(r"(\D+) (?:(\d+) giờ)?(?:(?<=giờ) )?(?:(\d+) phút)?")
_COVERAGE = re.compile(r"độ phủ quan sát (\d{1,3}) %")
_FIGURES = {
    "có mặt": "present_s",
    "đi muộn": "late_s",
    "về sớm": "early_s",
    "rời vị trí": "left_s",
    "vắng mặt": "absent_s",
    "không có dữ liệu": "no_data_s",
}


@dataclass(frozen=True, slots=True)
class Observed:
    """The figures of such a line.

    Attributes:
        arrival, leaving: Times of day as they were written; empty: not seen.
        lengths: By figure, in the order of the line.
        percent: Camera coverage.
    """

    arrival: str
    leaving: str
    lengths: tuple[tuple[str, timedelta], ...]
    percent: int


def read_observed(line: str) -> Observed | None:
    """Read a kept line; None where it is not wholly understood."""
    first, *middle, last = line.split("; ") if "; " in line else ("", "")
    moments, coverage = _MOMENTS.fullmatch(first), _COVERAGE.fullmatch(last)
    lengths = [_length(part) for part in middle]
    if moments is None or coverage is None or None in lengths:
        return None
    arrival, leaving = ("" if said == _NEVER else said for said in moments.groups())
    return Observed(arrival, leaving, tuple(item for item in lengths if item), int(coverage[1]))


def _length(part: str) -> tuple[str, timedelta] | None:
    found = _LENGTH.fullmatch(part)
    figure = _FIGURES.get(found[1]) if found else None
    if found is None or figure is None or not (found[2] or found[3]):
        return None
    return figure, timedelta(hours=int(found[2] or 0), minutes=int(found[3] or 0))
