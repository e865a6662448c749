"""Sum the attendance of a month by officer: ``python month_report.py YYYY-MM [--unit UNIT]``, as CSV."""

from __future__ import annotations

import argparse
import calendar
import csv
import os
import sys
from itertools import groupby

from client import Client


def main() -> None:
    """Print a line for each officer; days that no camera could see are counted, never taken for absence."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("month")
    asked.add_argument("--unit")
    wanted = asked.parse_args()
    year, month = (int(part) for part in wanted.month.split("-"))
    first, last = f"{wanted.month}-01", f"{wanted.month}-{calendar.monthrange(year, month)[1]}"
    out = csv.writer(sys.stdout)
    out.writerow(["officer_id", "officer", "unit", "worked_h", "late_min", "late_days", "untold_days"])
    with Client(os.environ["CONGVU_URL"], os.environ["CONGVU_TOKEN"]) as client:
        found = client.officer_days(first, last, unit=wanted.unit)
        for officer_id, group in groupby(found, key=lambda day: day.officer_id):
            days = list(group)
            out.writerow(
                [
                    officer_id,
                    days[0].officer_name,
                    days[0].unit,
                    f"{sum(day.worked_s for day in days) / 3600:.2f}",
                    round(sum(day.late_s for day in days) / 60),
                    sum(day.is_late is True for day in days),
                    sum(day.is_late is None for day in days),
                ]
            )


if __name__ == "__main__":
    main()
