"""Who may do what: the rights of each role, and whose affairs a person sees. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from service.db.records import Role


class Right(StrEnum):
    """One thing that a person may do. An API token is given some of its owner's."""

    SEE_FLAGS = "see_flags"
    """See flags and their evidence, whoever is on it."""
    JUDGE = "judge"
    """Give verdicts on flags."""
    SETTLE = "settle"
    """Settle what two inspectors see differently, and hand flags out."""
    HEAR = "hear"
    """Open a hearing about a confirmed flag, read responses, conclude."""
    SEE_CASES = "see_cases"
    """See hearings within one's own reach: the whole of an agency, a unit's concluded ones, or one's own."""
    SEE_STATISTICS = "see_statistics"
    SEE_CAMERAS = "see_cameras"
    """See pictures of cameras and how they work."""
    TEND_CAMERAS = "tend_cameras"
    """Confirm a camera's view."""
    SET_RULES = "set_rules"
    """Draw scenes; suspend rules on a camera and trust them again."""
    SEE_ATTENDANCE = "see_attendance"
    """See the attendance of all within one's own reach: of an agency, of a unit, or one's own."""
    KEEP_ATTENDANCE = "keep_attendance"
    """Enter leave and cover, import, ask for corrections, decide on others', close periods."""
    SEE_STORE = "see_store"
    """See how the evidence store is kept, and what was set aside."""
    TEND_STORE = "tend_store"
    READ_JOURNAL = "read_journal"
    MANAGE_USERS = "manage_users"
    """Make accounts, change their role and reach, lock them out."""


_SEEING = frozenset({Right.SEE_FLAGS, Right.SEE_CASES, Right.SEE_STATISTICS, Right.SEE_CAMERAS, Right.SEE_ATTENDANCE})
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right) - {Right.SETTLE, Right.HEAR},
    Role.INSPECTOR: _SEEING | {Right.JUDGE, Right.HEAR, Right.TEND_CAMERAS},
    Role.TEAM_LEADER: _SEEING | {Right.JUDGE, Right.SETTLE, Right.HEAR, Right.TEND_CAMERAS},
    Role.UNIT_HEAD: frozenset({Right.SEE_CASES, Right.SEE_ATTENDANCE}),
    Role.OFFICER: frozenset({Right.SEE_CASES, Right.SEE_ATTENDANCE}),
    Role.CLERK: frozenset({Right.SEE_ATTENDANCE, Right.KEEP_ATTENDANCE}),
    Role.AUDITOR: _SEEING | {Right.SEE_STORE, Right.READ_JOURNAL},
}
"""An administrator looks after the service and is no party to hearings."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose affairs somebody sees. It narrows every query; what lies outside does not exist for them.

    Attributes:
        agency: Only this agency; None: all.
        unit: Only this unit of it, and of hearings only what was concluded to be a breach; None: all.
        officer_id: Only this officer's own record; None: all.
        is_nobody: Nothing at all.
    """

    agency: str | None = None
    unit: str | None = None
    officer_id: str | None = None
    is_nobody: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether it is less than an agency: what concerns whole sites is none of their business."""
        return self.unit is not None or self.officer_id is not None


EVERYTHING = Reach()
"""What the service's own work sees."""
NOTHING = Reach(is_nobody=True)
"""What those see who are not signed in."""


def reach_of(role: Role, *, agency: str, unit: str, officer_id: str | None) -> Reach:
    """Return what an account sees. One that lacks what its role goes by sees nothing."""
    if role is Role.OFFICER:
        return Reach(agency or None, officer_id=officer_id) if officer_id else NOTHING
    if role is Role.UNIT_HEAD:
        return Reach(agency, unit) if agency and unit else NOTHING
    return Reach(agency or None)


OF_ALL_AGENCIES = frozenset({Right.SEE_STORE, Right.TEND_STORE, Right.READ_JOURNAL})
"""There is one evidence store and one journal for all agencies: who is limited to one of them has no part in these."""


def rights_of(role: Role, scopes: Iterable[str] | None = None, *, agency: str = "") -> frozenset[Right]:
    """Return what a role may do; with a token's scopes, only what is among them too.

    Args:
        agency: The one that the account is limited to; empty: none.
    """
    held = RIGHTS[role] - OF_ALL_AGENCIES if agency else RIGHTS[role]
    return held if scopes is None else held & {Right(scope) for scope in scopes if scope in set(Right)}
