"""What an account must have to fit its role, and who may change which. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from service.api.problems import N_
from service.db.records import Role, UserRecord

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,180}\.[A-Za-z]{2,63}")
_LOGIN = re.compile(r"[\w][\w.@+-]{1,99}")


@dataclass(frozen=True, slots=True)
class Account:
    """What an administrator says of an account.

    Attributes:
        agency: Whose affairs they see; empty for all.
        unit: What a head of unit leads.
        officer_id: Whose record an officer reads; of other roles, whose affairs they keep out of as their own.
    """

    display_name: str
    role: Role
    agency: str = ""
    unit: str = ""
    officer_id: str | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to choose from.

    Attributes:
        units: The units of each agency.
        officers: The agency of each officer.
    """

    units: Mapping[str, Collection[str]]
    officers: Mapping[str, str]


def faults_of(account: Account, known: Known) -> tuple[str, ...]:
    """Return what does not fit, a sentence each (catalogue messages); empty where all does."""
    faults = []
    if not account.display_name.strip():
        faults.append(N_("The name that is shown is missing."))
    if account.email and not _ADDRESS.fullmatch(account.email):
        faults.append(N_("The e-mail address is not one, such as ten@coquan.gov.vn."))
    if account.agency and account.agency not in known.units:
        faults.append(N_("No service centre of this agency is known here."))
    if account.unit and account.unit not in known.units.get(account.agency, ()):
        faults.append(N_("The agency has no such unit."))
    if account.role is Role.UNIT_HEAD and not (account.agency and account.unit):
        faults.append(N_("A head of unit needs an agency and a unit of it."))
    if account.role is Role.OFFICER and not account.officer_id:
        faults.append(N_("An officer's account needs the officer whose record it is."))
    if account.officer_id and account.agency not in ("", known.officers.get(account.officer_id)):
        faults.append(N_("The agency has no such officer."))
    elif account.officer_id and account.officer_id not in known.officers:
        faults.append(N_("There is no such officer."))
    return tuple(faults)


def fault_of_login(login: str) -> str | None:
    """Return what is wrong with a login (a catalogue message); None where nothing is."""
    if _LOGIN.fullmatch(login):
        return None
    return N_("A login has 2 to 100 letters, digits or . @ + - _, and begins with a letter or digit.")


def is_own_step_down(admin: UserRecord, account: Account) -> bool:
    """Tell whether an administrator would change who they are themselves: role, reach, or which officer.

    Whoever named themselves an officer would stand in that person's place; whoever ceased to be one, in nobody's way.
    """
    wanted = (account.role, account.agency, account.unit, account.officer_id)
    return wanted != (admin.role, admin.agency, admin.unit, admin.officer_id)
