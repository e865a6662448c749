"""Which officer a row means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from service.attendance.imports.reasons import RowReason
from service.attendance.imports.tables import Row
from service.attendance.imports.wording import plain, tidy

ID_TITLES = (
    "officer_id", "Mã", "Mã NV", "Mã nhân viên", "Mã số", "Mã cán bộ", "Mã CB", "Mã CBCCVC", "Mã công chức",
    "Mã viên chức", "Số hiệu", "id", "officer", "staff id", "employee id",
)  # fmt: skip
NAME_TITLES = (
    "Họ tên", "Họ và tên", "Tên", "Tên nhân viên", "Tên cán bộ", "Cán bộ", "Công chức", "name", "full name",
    "officer name",
)  # fmt: skip


class NobodyFound(Exception):
    """No officer, or more than one, is meant. The message says which."""

    def __init__(self, code: RowReason, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Staff:
    """The known officers, by what a file may call them.

    Attributes:
        names: Name by id.
    """

    names: Mapping[str, str]
    _ids: Mapping[str, tuple[str, ...]]
    _ids_of_name: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, names: Mapping[str, str]) -> Staff:
        """Index officers, name by id."""
        ids, named = defaultdict(list), defaultdict(list)
        for officer_id, name in names.items():
            for key in {_key(officer_id), _bare(officer_id)}:
                ids[key].append(officer_id)
            named[_key(name)].append(officer_id)
        frozen_ids = {key: tuple(found) for key, found in ids.items()}
        return cls(names, frozen_ids, {key: tuple(found) for key, found in named.items()})

    def by_id(self, text: str) -> str:
        """Return the officer of an id; case does not count, nor do leading zeros, which spreadsheets take away.

        Raises:
            NobodyFound: No officer has it, or several but for zeros.
        """
        written = tidy(text)
        if written in self.names:
            return written
        found = self._ids.get(_key(written)) or self._ids.get(_bare(written)) or ()
        return _only(found, f"no officer has the id {written[:40]!r}", f"several officers may be {written[:40]!r}")

    def by_name(self, text: str) -> str:
        """Return the officer of a name, accents counted and case not. Raises `NobodyFound`."""
        written = tidy(text)
        found = self._ids_of_name.get(_key(written), ())
        return _only(found, f"no officer is named {written[:60]!r}", f"several officers are named {written[:60]!r}")

    def by_either(self, text: str) -> str:
        """Return the officer of an id or, where there is no such id, of a name. Raises `NobodyFound`."""
        try:
            return self.by_id(text)
        except NobodyFound as error:
            if error.code != "unknown_officer":
                raise
            return self.by_name(text)

    def of_row(self, row: Row) -> str:
        """Return the officer of a row: its id, and the name where there is none.

        Raises:
            RowRefused: Nobody or several are meant, or the name beside the id is somebody else's.
        """
        officer_id, name = row.text("officer_id"), row.text("name")
        if not officer_id and not name:
            raise row.refused("officer_id", "missing", "nobody is named: wanted an officer's id or name")
        column = "officer_id" if officer_id else "name"
        try:
            found = self.by_id(officer_id) if officer_id else self.by_name(name)
        except NobodyFound as error:
            raise row.refused(column, error.code, f"{error}; wanted one of the site file's officers") from None
        if name and plain(name) != plain(self.names[found]):
            raise row.refused("name", "name_mismatch", f"{found} is {self.names[found]!r}, not {name[:60]!r}")
        return found


def _key(text: str) -> str:
    return tidy(text).casefold()


def _bare(text: str) -> str:
    return _key(text).lstrip("0") or "0"


def _only(found: tuple[str, ...], nobody: str, several: str) -> str:
    if not found:
        raise NobodyFound("unknown_officer", nobody)
    if len(found) > 1:
        raise NobodyFound("several_officers", f"{several}: {', '.join(found[:5])}; write the id")
    return found[0]
