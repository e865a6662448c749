"""What administrators do with accounts: made, changed, locked out, let in. Each step is in the journal."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from service.api.account_rules import Account, Known, fault_of_login, faults_of, is_own_step_down
from service.api.auth import Work
from service.api.problems import N_, AddressTaken, Invalid, LastAdmin, LoginTaken, Missing, NotOneself
from service.db.accounts import UserSearch
from service.db.records import Role, SessionRecord, UserRecord
from service.db.sites import SiteRepository
from service.errors import Refused
from service.evidence.journal import Fact, RowKind
from service.rights import Reach

LINK_LASTS = timedelta(hours=24)


def note_account(work: Work, session: SessionRecord | None, user_id: int, change: str, **facts: Fact) -> None:
    """Note in the journal what was changed about an account; ids and codes only."""
    by = None if session is None else session.user.user_id
    work.note(
        RowKind.ACCOUNT_CHANGED, {"by": by, "user": user_id, "change": change, **facts}, subject=f"user-{user_id}"
    )


def known_to(sites: SiteRepository) -> Known:
    """Return which agencies, units and officers there are within somebody's reach."""
    agency_of = {site.site_id: site.agency for site in sites.sites()}
    units: dict[str, set[str]] = {agency: set() for agency in agency_of.values()}
    officers: dict[str, str] = defaultdict(str)
    for site_id, officer in sites.roster(list(agency_of)):
        units[agency_of[site_id]].add(officer.unit)
        officers[officer.officer_id] = agency_of[site_id]
    return Known({agency: sorted(found - {""}) for agency, found in sorted(units.items())}, dict(officers))


def found_user(work: Work, user_id: int) -> UserRecord:
    """Return an account within the administrator's reach; raises `Missing` or `NotFound`."""
    user = work.accounts.user(user_id)
    if work.reach.is_nobody or (work.reach.agency is not None and user.agency != work.reach.agency):
        raise Missing
    return user


def search_of(work: Work, **wanted: object) -> UserSearch:
    """Return a search that stays within the administrator's reach."""
    agency = work.reach.agency if work.reach.agency is not None else wanted.pop("agency", None)
    return UserSearch(agency=agency, **wanted)  # type: ignore[arg-type]


def make_user(work: Work, session: SessionRecord, login: str, account: Account) -> UserRecord:
    """Make an account without a password. Raises `Invalid`, `LoginTaken`, `AddressTaken`."""
    fault = fault_of_login(login)
    _check(work, account, but=None, faults=() if fault is None else (fault,))
    if work.accounts.has_name(login):
        raise LoginTaken
    user = work.accounts.add_user(
        login,
        display_name=account.display_name.strip(),
        role=account.role,
        password_hash=None,
        at=work.now(),
        reach=Reach(account.agency or None, account.unit or None, account.officer_id),
        email=account.email,
    )
    note_account(work, session, user.user_id, "made", role=str(account.role), officer=account.officer_id)
    return user


def change_user(work: Work, session: SessionRecord, user_id: int, account: Account) -> UserRecord:
    """Change an account. Raises `Invalid`, `NotOneself`, `LastAdmin`, `AddressTaken`, `Missing`."""
    before = found_user(work, user_id)
    if user_id == session.user.user_id and is_own_step_down(session.user, account):
        raise NotOneself
    _check(work, account, but=user_id)
    wanted: dict[str, str | None] = {
        "display_name": account.display_name.strip(),
        "role": account.role.value,
        "agency": account.agency,
        "unit": account.unit,
        "officer_id": account.officer_id,
        "email": account.email,
    }
    changed = {name: value for name, value in wanted.items() if value != getattr(before, name)}
    if not changed:
        return before
    try:
        after = work.accounts.update_user(user_id, changed)
    except Refused:
        raise LastAdmin from None
    names: list[Fact] = [*sorted(changed)]
    note_account(work, session, user_id, "changed", columns=names, role=str(after.role), officer=after.officer_id)
    return after


def lock_out(work: Work, session: SessionRecord, user_id: int) -> None:
    """Leave somebody nothing to sign in with, at once. Raises `NotOneself`, `LastAdmin`, `Missing`."""
    found_user(work, user_id)
    if user_id == session.user.user_id:
        raise NotOneself
    try:
        work.accounts.disable(user_id, work.now())
    except Refused:
        raise LastAdmin from None
    note_account(work, session, user_id, "locked_out")


def let_in(work: Work, session: SessionRecord, user_id: int) -> None:
    """Let somebody in again; they still need a one-time link. Raises `Missing`."""
    found_user(work, user_id)
    work.accounts.enable(user_id)
    note_account(work, session, user_id, "let_in")


def reset_factor(work: Work, session: SessionRecord, user_id: int) -> None:
    """Switch somebody's second factor off; sessions and tokens of theirs end. Raises `NotOneself`, `Missing`."""
    found_user(work, user_id)
    if user_id == session.user.user_id:
        raise NotOneself  # their own is switched off with password and code
    work.accounts.reset_factor(user_id, work.now())
    note_account(work, session, user_id, "factor_reset")


def one_time_link(work: Work, session: SessionRecord, user_id: int) -> str:
    """Return the path of a link that signs somebody in once within a day. Raises `Missing`, `NotOneself`."""
    user = found_user(work, user_id)
    if user.disabled_at is not None:
        raise Missing
    if user_id == session.user.user_id:
        raise NotOneself
    token = work.accounts.make_link(user_id, at=work.now(), lasts=LINK_LASTS)
    note_account(work, session, user_id, "link")
    return f"/sign-in/once?token={token}"


def _check(work: Work, account: Account, *, but: int | None, faults: tuple[str, ...] = ()) -> None:
    found = faults + faults_of(account, known_to(work.sites))
    if work.reach.agency is not None and account.agency != work.reach.agency:
        found += (N_("You make accounts of your own agency only."),)
    is_officer = account.role is Role.OFFICER and account.officer_id is not None
    if is_officer and account.officer_id in work.accounts.officers_with_account(but=but):
        found += (N_("This officer has an account already: two people cannot answer for one."),)
    if found:
        raise Invalid(found)
    if work.accounts.has_name(account.email, but=but):
        raise AddressTaken
