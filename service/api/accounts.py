"""Accounts, for administrators; one's own sessions and tokens, for everybody. Programs change nothing here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.api.account_changes import (
    LINK_LASTS,
    change_user,
    found_user,
    let_in,
    lock_out,
    make_user,
    note_account,
    one_time_link,
    reset_factor,
    search_of,
)
from service.api.account_shapes import (
    LinkShape,
    MadeTokenShape,
    NewToken,
    NewUser,
    SignedInShape,
    TokenShape,
    UserChange,
    UserPage,
    UserShape,
)
from service.api.auth import WorkNow, needs, require_csrf_header, require_person
from service.api.etags import IfMatch, require_match
from service.api.problems import AddressTaken, ChangedMeanwhile, LastAdmin, LoginTaken, Missing, NotOneself
from service.api.refusals import refuses
from service.api.schemas import RowId
from service.api.tokens import make_token, revoke_token
from service.db.records import Role, SessionRecord
from service.rights import Right

router = APIRouter()
users = APIRouter(prefix="/users", tags=["users"], dependencies=[Depends(needs(Right.MANAGE_USERS))])
own = APIRouter(prefix="/account", tags=["account"], dependencies=[Depends(require_person)])
Person = Annotated[SessionRecord, Depends(require_person)]
Changer = Annotated[SessionRecord, Depends(require_csrf_header)]
PERSON_ONLY = [Depends(require_person)]


@users.get("")
def list_users(
    work: WorkNow,
    *,
    q: Annotated[str, Query(max_length=100, description="Part of a login, name or e-mail address.")] = "",
    role: Role | None = None,
    is_locked_out: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> UserPage:
    """List accounts within one's own reach, by name."""
    wanted = search_of(work, text=q.strip(), role=role, is_disabled=is_locked_out)
    found = work.accounts.users(wanted, limit=limit, offset=offset)
    return UserPage(items=[UserShape.of(user) for user in found], total=work.accounts.count_users(wanted))


@users.post("", status_code=201, dependencies=PERSON_ONLY, responses=refuses(LoginTaken, AddressTaken))
def add_user(wanted: NewUser, work: WorkNow, session: Changer) -> UserShape:
    """Make an account without a password."""
    return UserShape.of(make_user(work, session, wanted.login, wanted.account))


@users.get("/{user_id}")
def read_user(user_id: RowId, work: WorkNow) -> UserShape:
    """Read one account."""
    return UserShape.of(found_user(work, user_id))


@users.patch(
    "/{user_id}",
    dependencies=PERSON_ONLY,
    responses=refuses(NotOneself, LastAdmin, AddressTaken, ChangedMeanwhile),
)
def update_user(
    user_id: RowId, wanted: UserChange, work: WorkNow, session: Changer, if_match: IfMatch = None
) -> UserShape:
    """Change role and reach, lock out or let in. One cannot demote or lock out oneself, nor the last administrator."""
    require_match(if_match, UserShape.of(found_user(work, user_id)))
    change_user(work, session, user_id, wanted.applied_to(found_user(work, user_id)))
    is_out = found_user(work, user_id).disabled_at is not None
    if wanted.is_locked_out is True and not is_out:
        lock_out(work, session, user_id)
    if wanted.is_locked_out is False and is_out:
        let_in(work, session, user_id)
    return UserShape.of(found_user(work, user_id))


@users.post("/{user_id}/link", status_code=201, dependencies=PERSON_ONLY, responses=refuses(NotOneself))
def make_link(user_id: RowId, work: WorkNow, session: Changer) -> LinkShape:
    """Make a link that signs somebody in once."""
    return LinkShape(path=one_time_link(work, session, user_id), expires_at=work.now() + LINK_LASTS)


@users.delete("/{user_id}/second-factor", status_code=204, dependencies=PERSON_ONLY, responses=refuses(NotOneself))
def delete_factor(user_id: RowId, work: WorkNow, session: Changer) -> Response:
    """Switch somebody's second factor off and end their sessions."""
    reset_factor(work, session, user_id)
    return Response(status_code=204)


@own.get("/sessions")
def list_sessions(work: WorkNow, session: Person) -> list[SignedInShape]:
    """List where one is signed in."""
    found = work.accounts.sessions_of(session.user.user_id, work.now(), idle=work.context.session_idle)
    return [SignedInShape.of(one, session.session_id) for one in found]


@own.delete("/sessions/{session_id}", status_code=204)
def end_session(session_id: str, work: WorkNow, session: Changer) -> Response:
    """End one session of one's own."""
    if not work.accounts.end_session(session.user.user_id, session_id):
        raise Missing
    note_account(work, session, session.user.user_id, "session_ended")
    return Response(status_code=204)


@own.get("/tokens")
def list_tokens(work: WorkNow, session: Person) -> list[TokenShape]:
    """List one's own tokens, the newest first."""
    return [TokenShape.of(token, work.now()) for token in work.accounts.tokens_of(session.user.user_id)]


@own.post("/tokens", status_code=201)
def add_token(wanted: NewToken, work: WorkNow, session: Changer) -> MadeTokenShape:
    """Make a token. Its secret is in this answer and nowhere else."""
    made, secret = make_token(work, session, wanted.name, scopes=wanted.scopes, days=wanted.days)
    return MadeTokenShape(**TokenShape.of(made, work.now()).model_dump(), token=secret)


@own.delete("/tokens/{token_id}", status_code=204)
def end_token(token_id: RowId, work: WorkNow, session: Changer) -> Response:
    """End a token, at once."""
    revoke_token(work, session, token_id)
    return Response(status_code=204)


router.include_router(users)
router.include_router(own)
