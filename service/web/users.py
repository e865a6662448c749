"""The accounts: looked for, made, changed, locked out and let in. For administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from service.api.account_changes import (
    change_user,
    found_user,
    known_to,
    let_in,
    lock_out,
    make_user,
    one_time_link,
    reset_factor,
    search_of,
)
from service.api.account_rules import Account
from service.api.auth import Work, WorkNow, needs, require_csrf_field
from service.api.problems import N_, AddressTaken, Invalid, LastAdmin, LoginTaken, NotOneself, Problem
from service.api.schemas import RowId
from service.api.selection import main_zone
from service.db.records import Role, SessionRecord
from service.rights import Right
from service.web import account_labels
from service.web.pages import render

router = APIRouter(dependencies=[Depends(needs(Right.MANAGE_USERS))])
Admin = Annotated[SessionRecord, Depends(needs(Right.MANAGE_USERS))]
Changer = Annotated[SessionRecord, Depends(require_csrf_field)]
PAGE_SIZE = 50
STATES = {"": None, "in": False, "out": True}
ALL_AGENCIES = "*"
"""What the form sends for the whole province; nothing at all is no choice."""


class AccountForm(BaseModel):
    """An account as it is entered."""

    model_config = ConfigDict(str_strip_whitespace=True)

    login: str = Field(default="", max_length=100)
    display_name: str = Field(default="", max_length=200)
    role: Role | Literal[""] = ""
    agency: str = Field(default="", max_length=200)
    unit: str = Field(default="", max_length=200)
    officer_id: str = Field(default="", max_length=64)
    email: str = Field(default="", max_length=254)
    csrf_token: str = ""

    def account(self, agency_of: Mapping[str, str]) -> Account:
        """Return what is said of the account; raises `Invalid` where the role or whose affairs it sees is left open."""
        agency, faults = self.agency, list[str]()
        if self.role is Role.OFFICER and agency in ("", ALL_AGENCIES):  # it follows from the officer
            agency = agency_of.get(self.officer_id, "")
        elif not agency:
            faults.append(N_("Choose whose affairs the account sees: one agency, or all."))
        if not self.role:
            faults.insert(0, N_("Choose the role of the account."))
        if not self.role or faults:
            raise Invalid(tuple(faults))
        return Account(
            self.display_name,
            self.role,
            "" if agency == ALL_AGENCIES else agency,
            self.unit,
            self.officer_id or None,
            self.email,
        )


@router.get("/users")
def show_users(request: Request, work: WorkNow, session: Admin) -> Response:
    """Show the accounts that are looked for."""
    query = request.query_params
    role, state = query.get("role", ""), query.get("state", "")
    asked = {
        "q": query.get("q", "").strip()[:100],
        "role": role if role in set(Role) else "",
        "state": state if state in STATES else "",
    }
    wanted = search_of(
        work, text=asked["q"], role=Role(asked["role"]) if asked["role"] else None, is_disabled=STATES[asked["state"]]
    )
    total = work.accounts.count_users(wanted)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(_page_of(query), pages)
    shown = {
        "found": work.accounts.users(wanted, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE),
        "total": total,
        "page": page,
        "pages": pages,
        "asked": asked,
        "roles": list(Role),
        "words": account_labels,
        "done": query.get("done", ""),
    }
    return render(request, "users.html", session, shown)


@router.get("/users/new")
def show_new(request: Request, work: WorkNow, session: Admin) -> Response:
    """Show an empty form."""
    return _form(request, work, session, AccountForm(agency=work.reach.agency or ""))


@router.post("/users")
def add_user(request: Request, work: WorkNow, session: Changer, form: Annotated[AccountForm, Form()]) -> Response:
    """Make an account, and a link by which its owner signs in the first time."""
    try:
        user = make_user(work, session, form.login, form.account(known_to(work.sites).officers))
    except (Invalid, LoginTaken, AddressTaken) as problem:
        return _form(request, work, session, form, faults=_faults_of(problem))
    link = one_time_link(work, session, user.user_id)
    return _page(request, work, session, user.user_id, link=link, done="added")


@router.get("/users/{user_id}")
def show_user(user_id: RowId, request: Request, work: WorkNow, session: Admin) -> Response:
    """Show one account."""
    return _page(request, work, session, user_id)


@router.post("/users/{user_id}")
def update_user(
    user_id: RowId, request: Request, work: WorkNow, session: Changer, form: Annotated[AccountForm, Form()]
) -> Response:
    """Change an account."""
    try:
        change_user(work, session, user_id, form.account(known_to(work.sites).officers))
    except (Invalid, AddressTaken, NotOneself, LastAdmin) as problem:
        return _page(request, work, session, user_id, form=form, faults=_faults_of(problem))
    return _back(user_id, "changed")


@router.post("/users/{user_id}/lock-out")
def disable(user_id: RowId, work: WorkNow, session: Changer) -> Response:
    """Leave somebody nothing to sign in with, at once."""
    lock_out(work, session, user_id)
    return _back(user_id, "locked_out")


@router.post("/users/{user_id}/let-in")
def enable(user_id: RowId, work: WorkNow, session: Changer) -> Response:
    """Let somebody in again."""
    let_in(work, session, user_id)
    return _back(user_id, "let_in")


@router.post("/users/{user_id}/second-factor/reset")
def reset(user_id: RowId, work: WorkNow, session: Changer) -> Response:
    """Switch somebody's second factor off: their telephone is lost."""
    reset_factor(work, session, user_id)
    return _back(user_id, "factor_reset")


@router.post("/users/{user_id}/link")
def make_link(user_id: RowId, request: Request, work: WorkNow, session: Changer) -> Response:
    """Make a link that signs somebody in once; it is shown this once."""
    return _page(request, work, session, user_id, link=one_time_link(work, session, user_id))


def _back(user_id: int, done: str) -> Response:
    return RedirectResponse(f"/users/{user_id}?done={quote(done)}", status_code=303)


def _page(
    request: Request,
    work: Work,
    session: SessionRecord,
    user_id: int,
    *,
    form: AccountForm | None = None,
    faults: tuple[str, ...] = (),
    link: str = "",
    done: str = "",
) -> Response:
    user = found_user(work, user_id)
    stored = AccountForm(
        login=user.login,
        display_name=user.display_name,
        role=user.role,
        agency=user.agency or ALL_AGENCIES,
        unit=user.unit,
        officer_id=user.officer_id or "",
        email=user.email,
    )
    base = work.context.public_url or str(request.base_url).rstrip("/")
    return _form(
        request,
        work,
        session,
        form or stored,
        faults=faults,
        shown={
            "account": user,
            "link": base + link if link else "",
            "is_own": user_id == session.user.user_id,
            **({"done": done} if done else {}),
        },
    )


def _form(
    request: Request,
    work: Work,
    session: SessionRecord,
    form: AccountForm,
    *,
    faults: tuple[str, ...] = (),
    shown: dict[str, object] | None = None,
) -> Response:
    known = known_to(work.sites)
    names = {
        officer.officer_id: officer.name for site in work.sites.sites() for officer in work.sites.officers(site.site_id)
    }
    values: dict[str, object] = {
        "account": None,
        "link": "",
        "is_own": False,
        "done": request.query_params.get("done", ""),
        **(shown or {}),
        "form": form,
        "faults": faults,
        "roles": list(Role),
        "known": known,
        "officer_names": names,
        "own_agency": work.reach.agency,
        "zone": main_zone(work.sites.sites()),
        "words": account_labels,
        "all_agencies": ALL_AGENCIES,
    }
    return render(request, "users_account.html", session, values, status=422 if faults else 200)


def _faults_of(problem: Problem) -> tuple[str, ...]:
    return problem.faults or (problem.title, problem.detail)


def _page_of(query: QueryParams) -> int:
    text = query.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
