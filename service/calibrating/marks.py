"""Read marks on the floor and distances between them from CSV files, as a spreadsheet writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from calibration.distances import floor_from_distances
from calibration.scene import FloorPoint, PictureShape, PointFrac, SceneInvalid
from service.errors import ServiceError

PLACE_COLUMNS = (("x", "y"), ("x_px", "y_px"))
FLOOR_COLUMNS = ("floor_x_m", "floor_y_m")
DISTANCE_COLUMNS = ("from", "to", "metres")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file, and what stands in each column."""

    line: int
    cells: dict[str, str]


def read_marks(path: Path, picture: PictureShape, distances: Path | None = None) -> tuple[FloorPoint, ...]:
    """Read marks whose places on the floor were measured, or marks and the distances between them.

    Args:
        path: Columns ``x, y`` (fractions) or ``x_px, y_px``; with places ``floor_x_m, floor_y_m``, else ``name``.
        distances: Columns ``from, to, metres``, naming marks.

    Raises:
        ServiceError: Naming file, line and column.
        FloorUnfit: The distances contradict one another, or are too few.
    """
    rows = _rows(path, [*(FLOOR_COLUMNS if distances is None else ("name",))])
    columns = next((pair for pair in PLACE_COLUMNS if all(name in rows[0].cells for name in pair)), None)
    if columns is None:
        raise ServiceError(f"{path}: wanted the columns x and y (fractions of the picture), or x_px and y_px")
    sides = (1.0, 1.0) if columns == PLACE_COLUMNS[0] else (picture.width_px, picture.height_px)
    seen: list[PointFrac] = []
    for row in rows:
        x, y = (_number(path, row, name) / side for name, side in zip(columns, sides, strict=True))
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ServiceError(
                f"{path}:{row.line}: the mark ({row.cells[columns[0]]}, {row.cells[columns[1]]}) lies outside the "
                f"picture; x and y are fractions 0 to 1, x_px and y_px pixels of "
                f"{picture.width_px} x {picture.height_px}"
            )
        seen.append((x, y))
    if distances is not None:
        return floor_from_distances(seen, _distances(distances, _numbered(path, rows)), picture)
    try:
        return tuple(
            FloorPoint(at, (_number(path, row, "floor_x_m"), _number(path, row, "floor_y_m")))
            for at, row in zip(seen, rows, strict=True)
        )
    except SceneInvalid as error:
        raise ServiceError(f"{path}: {error}") from None


def _numbered(path: Path, rows: Iterable[Row]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        name = row.cells["name"]
        if name in found:
            raise ServiceError(f"{path}:{row.line}: two marks are called {name!r}")
        found[name] = len(found)
    return found


def _distances(path: Path, marks: dict[str, int]) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = {}
    for row in _rows(path, DISTANCE_COLUMNS):
        for end in ("from", "to"):
            if row.cells[end] not in marks:
                known = ", ".join(marks)
                raise ServiceError(f"{path}:{row.line}: no mark {row.cells[end]!r}; the marks are: {known}")
        pair = (marks[row.cells["from"]], marks[row.cells["to"]])
        if pair in found:
            raise ServiceError(f"{path}:{row.line}: this distance is given twice")
        found[pair] = _number(path, row, "metres")
    return found


def _rows(path: Path, wanted: Iterable[str]) -> list[Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ServiceError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceError(f"{path}: cannot be read: {error}") from None
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    names = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ServiceError(f"{path}: wanted the columns {', '.join(missing)}; the first line has: {', '.join(names)}")
    reader.fieldnames = names
    rows = [
        Row(reader.line_num, {str(name): (cell or "").strip() for name, cell in line.items() if name is not None})
        for line in reader
    ]
    if not rows:
        raise ServiceError(f"{path}: has no line below its first")
    return rows


def _number(path: Path, row: Row, name: str) -> float:
    text = row.cells.get(name, "")
    try:
        return float(text)
    except ValueError:
        raise ServiceError(f"{path}:{row.line}: {name}: wanted a number with a point, got {text!r}") from None
