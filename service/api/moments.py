"""A moment in an address: written out with its zone, and within the days that may be asked for."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

from service.api.selection import FIRST_DAY, LAST_DAY


def _written_out(value: object) -> object:
    """Refuse what pydantic would take for seconds since 1970: the description promises dates and times only."""
    if isinstance(value, str) and value.strip().lstrip("+-").replace(".", "", 1).isdigit():
        raise ValueError("wanted a date and a time with its zone, such as 2026-10-20T08:00:00+07:00")
    return value


Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime.combine(FIRST_DAY, time(), UTC), le=datetime.combine(LAST_DAY, time(), UTC)),
    BeforeValidator(_written_out),
]
