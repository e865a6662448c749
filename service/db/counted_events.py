"""Which events are counted for the figures, and by which hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, String, and_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from service.db.reached import by_camera, cameras_of
from service.db.records import Queue
from service.db.tables import EventRow
from service.rights import Reach
from service.statistics.rows import Scope

Conditions = Sequence[ColumnElement[bool]]
ASKED_RULE = cast("ColumnElement[str]", EventRow.asked_rule)
IS_FLAG = and_(EventRow.queue == Queue.FLAG, EventRow.rule_id == EventRow.asked_rule)


def events_of(scope: Scope, reach: Reach) -> Conditions:
    """Return what narrows a query to what inspectors were asked about, of a scope within reach."""
    wanted: list[ColumnElement[bool]] = [
        EventRow.asked_rule.is_not(None),
        EventRow.started_at >= scope.since,
        EventRow.started_at < scope.until,
        *by_camera(reach, EventRow.camera_id),
    ]
    if scope.rule is not None:
        wanted.append(EventRow.asked_rule == scope.rule)
    if scope.camera_id is not None:
        wanted.append(EventRow.camera_id == scope.camera_id)
    if scope.agency is not None:
        wanted.append(EventRow.camera_id.in_(cameras_of(scope.agency)))
    return wanted


class hour_of(FunctionElement[str]):
    """The UTC hour in which a stored time lies, as text: ``2025-10-20 01``."""

    type = String()
    inherit_cache = True


@compiles(hour_of)
def _in_postgresql(element: hour_of, compiler: SQLCompiler, **words: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **words)} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"


@compiles(hour_of, "sqlite")
def _in_sqlite(element: hour_of, compiler: SQLCompiler, **words: Any) -> str:
    return f"substr({compiler.process(element.clauses, **words)}, 1, 13)"  # stored as text in UTC
