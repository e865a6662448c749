"""Who is asking: one transaction per request, the session cookie, the anti-forgery token, roles."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Protocol

from fastapi import Depends, Form, Header, Request
from starlette.responses import Response

from service.api.context import WebContext
from service.api.problems import Forbidden, FormExpired, KeepersOnly, NotSignedIn
from service.db.accounts import AccountRepository
from service.db.attendance import AttendanceRepository
from service.db.calibration import CalibrationRepository
from service.db.corrections import CorrectionRepository
from service.db.custody import CustodyRepository
from service.db.evidence import EvidenceRepository
from service.db.records import Role, SessionRecord, UserRecord
from service.db.repository import EventRepository
from service.db.sites import SiteRepository
from service.db.visits import VisitRepository
from service.evidence.journal import Facts, RowKind
from service.evidence.offline.journal_rows import JournalRow

SESSION_COOKIE = "congvu_session"
REVIEWERS = frozenset({Role.ADMIN, Role.INSPECTOR})
KEEPERS = frozenset({Role.ADMIN, Role.CLERK})


class Note(Protocol):
    """Adds a row to the journal."""

    def __call__(self, kind: RowKind, facts: Facts, *, subject: str = "") -> JournalRow:
        """Add a row of this kind; see `service.db.pen.Pen.note`."""
        ...


class NoteChange(Protocol):
    """Notes in the journal that something was set up otherwise."""

    def __call__(self, subject: str, facts: Facts) -> JournalRow | None:
        """Add a row unless the newest about the subject says just this; see `service.db.pen.Pen.note_change`."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """One request's transaction and what it may ask. Made by `open_work`, committed when the endpoint returns.

    Attributes:
        note, note_change: Add a row to the journal in this transaction; see `service.db.pen.Pen`.
    """

    context: WebContext
    accounts: AccountRepository
    events: EventRepository
    evidence: EvidenceRepository
    custody: CustodyRepository
    sites: SiteRepository
    calibration: CalibrationRepository
    attendance: AttendanceRepository
    corrections: CorrectionRepository
    visits: VisitRepository
    note: Note
    note_change: NoteChange

    def now(self) -> datetime:
        """Return the present moment, aware UTC."""
        return self.context.clock.now()


def context_of(request: Request) -> WebContext:
    """Return what the application was made with."""
    context = request.app.state.context
    assert isinstance(context, WebContext)
    return context


@contextmanager
def work_in(context: WebContext) -> Iterator[Work]:
    """Open a transaction and put together what may be asked in it; it is committed at the end of the block."""
    with context.database.transaction() as session:
        yield Work(
            context,
            AccountRepository(session),
            EventRepository(session),
            EvidenceRepository(session),
            CustodyRepository(session),
            SiteRepository(session),
            CalibrationRepository(session),
            AttendanceRepository(session),
            CorrectionRepository(session),
            VisitRepository(session),
            partial(context.pen.note, session),
            partial(context.pen.note_change, session),
        )


def open_work(request: Request) -> Iterator[Work]:
    """Open the request's transaction; it is committed before the answer is sent, so that no answer lies."""
    with work_in(context_of(request)) as work:
        yield work


WorkNow = Annotated[Work, Depends(open_work, scope="function")]


def find_session(request: Request, work: WorkNow) -> SessionRecord | None:
    """Return the session of the request's cookie, if it is good."""
    token = request.cookies.get(SESSION_COOKIE)
    session = None if not token else work.accounts.find_session(token, work.now())
    request.state.session = session  # error pages show who is signed in
    if session is not None and not request.url.path.startswith("/api/"):
        request.state.alarms = work.calibration.alarm_count(work.now())  # every page says that a camera needs a look
    return session


def require_session(session: Annotated[SessionRecord | None, Depends(find_session)]) -> SessionRecord:
    """Refuse whoever is not signed in."""
    if session is None:
        raise NotSignedIn
    return session


SignedIn = Annotated[SessionRecord, Depends(require_session)]


def require_csrf_header(session: SignedIn, x_csrf_token: Annotated[str, Header()] = "") -> SessionRecord:
    """Refuse API calls that another site's page could have made."""
    if not is_same(session.csrf_token, x_csrf_token):
        raise FormExpired
    return session


def require_csrf_field(session: SignedIn, csrf_token: Annotated[str, Form()] = "") -> SessionRecord:
    """Refuse forms that another site's page could have sent."""
    if not is_same(session.csrf_token, csrf_token):
        raise FormExpired
    return session


def may_review(session: SessionRecord) -> bool:
    """Tell whether somebody may give verdicts; auditors only read."""
    return session.user.role in REVIEWERS


def require_reviewer(session: SessionRecord) -> None:
    """Refuse those who only read."""
    if not may_review(session):
        raise Forbidden


def may_keep(session: SessionRecord) -> bool:
    """Tell whether somebody keeps timesheets: enters leave and cover, asks for corrections, decides, closes."""
    return session.user.role in KEEPERS


def require_keeper(session: SessionRecord) -> None:
    """Refuse those who only read timesheets."""
    if not may_keep(session):
        raise KeepersOnly


def is_same(wanted: str, given: str) -> bool:
    """Compare secrets without telling by time how much of them was right."""
    return hmac.compare_digest(wanted.encode(), given.encode())


def start_session(response: Response, user: UserRecord, work: Work) -> None:
    """Open a session and hand its token to the browser."""
    token = work.accounts.open_session(user.user_id, at=work.now(), lasts=work.context.session_lasts)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(work.context.session_lasts.total_seconds()),
        httponly=True,
        secure=work.context.secure_cookies,
        samesite="lax",
    )


def end_session(request: Request, response: Response, work: Work) -> None:
    """Close the request's session, if any, and take the cookie back."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        work.accounts.close_session(token)
    response.delete_cookie(SESSION_COOKIE, httponly=True, secure=work.context.secure_cookies, samesite="lax")
