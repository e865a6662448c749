"""What is read out of a file of leave, cover or stamps: good rows, and what is wrong with the others. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from service.attendance.facts import Cover, Leave, Punch
from service.attendance.imports.results import ImportContext

Fact = Leave | Cover | Punch


class Importable(StrEnum):
    """What may be imported."""

    LEAVE = "leave"
    COVER = "cover"
    PUNCHES = "punches"


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row of a file.

    Attributes:
        row: As people count it in the file, from 1; 0: the file as a whole.
        words: What was wrong and what was wanted.
    """

    row: int
    words: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A file after every row was looked at."""

    good: tuple[Fact, ...]
    faults: tuple[RowFault, ...]


class FactReader(Protocol):
    """Reads the files of one kind of fact."""

    def __call__(self, file_name: str, content: bytes, context: ImportContext) -> Checked:
        """Read a whole file. It never raises for what is in the file: a file that is none is one fault of row 0."""
        ...
