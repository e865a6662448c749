"""Who is asking: one transaction per request, the session cookie, the anti-forgery token, roles."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Protocol

from fastapi import Depends, Form, Header, Request
from starlette.responses import Response

from service.api.context import WebContext
from service.api.problems import (
    AdminOnly,
    Forbidden,
    FormExpired,
    KeepersOnly,
    NotSignedIn,
    OfAllAgencies,
    Problem,
)
from service.api.turns import take_turn
from service.db.accounts import AccountRepository
from service.db.attendance import AttendanceRepository
from service.db.calibration import CalibrationRepository
from service.db.corrections import CorrectionRepository
from service.db.custody import CustodyRepository
from service.db.evidence import EvidenceRepository
from service.db.hearing_doors import DoorRepository
from service.db.hearings import CaseRepository
from service.db.journal_pages import JournalReader
from service.db.letters import LetterRepository
from service.db.notices import NoticeRepository
from service.db.records import SessionRecord, UserRecord
from service.db.redacted import RedactedRepository
from service.db.repository import EventRepository
from service.db.reviews import ReviewRepository
from service.db.sites import SiteRepository
from service.db.statistics import StatisticsRepository
from service.db.visits import VisitRepository
from service.evidence.journal import Facts, RowKind
from service.evidence.offline.journal_rows import JournalRow
from service.rights import EVERYTHING, NOTHING, OF_ALL_AGENCIES, RIGHTS, Reach, Right, reach_of, rights_of

_REFUSALS: dict[Right, type[Problem]] = {
    Right.KEEP_ATTENDANCE: KeepersOnly,
    Right.SET_RULES: AdminOnly,
    Right.TEND_STORE: AdminOnly,
}
SESSION_COOKIE = "congvu_session"
TOKEN_PREFIX = "Bearer "
HALF_LASTS = timedelta(minutes=10)
"""Time to give the second factor, or to set it up, after the password."""


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
        reach: Whose affairs the asker sees. Events and sites are narrowed by it; what lies outside is not found.
        session: Who asks; None where nobody is signed in.
        looks: What `note_look` will add.
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
    reviews: ReviewRepository
    letters: LetterRepository
    notices: NoticeRepository
    cases: CaseRepository
    redacted: RedactedRepository
    doors: DoorRepository
    statistics: StatisticsRepository
    journal: JournalReader
    note: Note
    note_change: NoteChange
    reach: Reach
    session: SessionRecord | None
    looks: list[Callable[[], object]] = field(default_factory=list)

    def note_look(self, kind: RowKind, facts: Facts, *, subject: str = "") -> None:
        """Add a row at the end of the transaction: whoever writes the journal keeps all others from it until then."""
        self.looks.append(partial(self.note, kind, facts, subject=subject))

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
    """Open a transaction for the service's own work, which sees everything; it is committed at the end."""
    with context.database.transaction() as session:
        work = _work(context, session, EVERYTHING, None)
        yield work
        for note in work.looks:
            note()


def _work(context: WebContext, session: Any, reach: Reach, asker: SessionRecord | None) -> Work:
    return Work(
        context,
        AccountRepository(session),
        EventRepository(session, reach),
        EvidenceRepository(session),
        CustodyRepository(session),
        SiteRepository(session, reach),
        CalibrationRepository(session, reach),
        AttendanceRepository(session, reach),
        CorrectionRepository(session, reach),
        VisitRepository(session),
        ReviewRepository(session),
        LetterRepository(session),
        NoticeRepository(session),
        CaseRepository(session, reach),
        RedactedRepository(session),
        DoorRepository(session),
        StatisticsRepository(session, reach),
        JournalReader(session),
        partial(context.pen.note, session),
        partial(context.pen.note_change, session),
        reach,
        asker,
    )


def open_work(request: Request, _turn: Annotated[None, Depends(take_turn, scope="function")]) -> Iterator[Work]:
    """Open the request's transaction; it is committed before the answer is sent, so that no answer lies.

    Who asks is found out first, so that nothing outside their reach can be read.
    """
    context = context_of(request)
    with context.database.transaction() as session:
        asker = _asker(request, AccountRepository(session))
        reach = NOTHING if asker is None or not asker.is_whole else reach_of_session(asker)
        work = _work(context, session, reach, asker)
        yield work
        for note in work.looks:
            note()


def _asker(request: Request, accounts: AccountRepository) -> SessionRecord | None:
    """Return who asks: the program whose token the header holds, else the browser of the session's cookie."""
    context = context_of(request)
    at, program = context.clock.now(), program_token(request)
    if program is not None:
        found = accounts.find_token(program, at) if program else None
    else:
        token = request.cookies.get(SESSION_COOKIE)
        found = None if not token else accounts.find_session(token, at, idle=context.session_idle)
    if found is not None and lacks_factor(context, found.user):
        return replace(found, is_whole=False)
    return found


def program_token(request: Request) -> str | None:
    """Return a program's token, which stands in the session's place; empty on pages, which are for people; or None."""
    given = request.headers.get("authorization", "")
    if not given.startswith(TOKEN_PREFIX):
        return None
    return given.removeprefix(TOKEN_PREFIX).strip() if request.url.path.startswith("/api/") else ""


def lacks_factor(context: WebContext, user: UserRecord) -> bool:
    """Tell whether somebody has to set up a second factor before anything else."""
    return user.role in context.totp_roles and not user.has_totp


WorkNow = Annotated[Work, Depends(open_work, scope="function")]


def find_session(request: Request, work: WorkNow) -> SessionRecord | None:
    """Return the session of the request, if it is good and whole."""
    session = work.session if work.session is not None and work.session.is_whole else None
    request.state.session = session  # error pages show who is signed in
    is_page = not request.url.path.startswith("/api/")
    if session is not None and is_page and has_right(session, Right.SEE_CAMERAS):
        request.state.alarms = work.calibration.alarm_count(work.now())  # every page says that a camera needs a look
    return session


def require_session(session: Annotated[SessionRecord | None, Depends(find_session)]) -> SessionRecord:
    """Refuse whoever is not signed in."""
    if session is None:
        raise NotSignedIn
    return session


SignedIn = Annotated[SessionRecord, Depends(require_session)]


def reach_of_session(session: SessionRecord) -> Reach:
    """Return whose affairs somebody sees."""
    user = session.user
    return reach_of(user.role, agency=user.agency, unit=user.unit, officer_id=user.officer_id)


def has_right(session: SessionRecord, right: Right) -> bool:
    """Tell whether somebody may do a thing."""
    return right in rights_held(session)


def rights_held(session: SessionRecord) -> frozenset[Right]:
    """Return all that somebody may do."""
    return rights_of(session.user.role, session.scopes, agency=session.user.agency)


def needs(*rights: Right) -> Callable[[SessionRecord], SessionRecord]:
    """Return the dependency that refuses whoever has none of these rights; every route but the open ones has one."""

    def require_right(session: SignedIn) -> SessionRecord:
        if not any(has_right(session, right) for right in rights):
            raise _refusal(session, rights[0])
        return session

    require_right.__dict__["rights"] = rights
    return require_right


def require_person(session: SignedIn) -> SessionRecord:
    """Refuse programs: accounts, sessions and tokens are their people's own affair. Everybody signed in has one."""
    if session.scopes is not None:
        raise Forbidden
    return session


require_person.__dict__["rights"] = tuple(Right)


def _refusal(session: SessionRecord, right: Right) -> Problem:
    """Say whom to turn to."""
    if right in RIGHTS[session.user.role] and right in OF_ALL_AGENCIES and session.user.agency:
        return OfAllAgencies()
    return _REFUSALS.get(right, Forbidden)()


def require_csrf_header(session: SignedIn, x_csrf_token: Annotated[str, Header()] = "") -> SessionRecord:
    """Refuse API calls that another site's page could have made; a program with a token is no browser."""
    if session.scopes is not None:
        return session
    if not is_same(session.csrf_token, x_csrf_token):
        raise FormExpired
    return session


def require_csrf_field(session: SignedIn, csrf_token: Annotated[str, Form()] = "") -> SessionRecord:
    """Refuse forms that another site's page could have sent, and programs: forms are for people."""
    if session.scopes is not None or not is_same(session.csrf_token, csrf_token):
        raise FormExpired
    return session


def may_review(session: SessionRecord) -> bool:
    """Tell whether somebody may give verdicts; auditors only read."""
    return has_right(session, Right.JUDGE)


def may_keep(session: SessionRecord) -> bool:
    """Tell whether somebody keeps timesheets: enters leave and cover, asks for corrections, decides, closes."""
    return has_right(session, Right.KEEP_ATTENDANCE)


def require_keeper(session: SessionRecord) -> None:
    """Refuse those who only read timesheets."""
    if not may_keep(session):
        raise KeepersOnly


def is_same(wanted: str, given: str) -> bool:
    """Compare secrets without telling by time how much of them was right."""
    return hmac.compare_digest(wanted.encode(), given.encode())


def start_session(
    request: Request, response: Response, user: UserRecord, work: Work, *, is_whole: bool = True
) -> SessionRecord:
    """Open a session with a token that nobody knows yet and hand it to the browser.

    One that is not whole lasts for a few minutes: it is good for giving the second factor and nothing else.
    """
    lasts = work.context.session_lasts if is_whole else HALF_LASTS
    token = work.accounts.open_session(
        user.user_id,
        at=work.now(),
        lasts=lasts,
        is_whole=is_whole,
        agent=request.headers.get("user-agent", ""),
        address="" if request.client is None else request.client.host,
    )
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        secure=work.context.secure_cookies,
        samesite="lax",
    )
    session = work.accounts.find_session(token, work.now())
    assert session is not None
    return session


def end_session(request: Request, response: Response, work: Work) -> None:
    """Close the request's session, if any, and take the cookie back."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        work.accounts.close_session(token)
    response.delete_cookie(SESSION_COOKIE, httponly=True, secure=work.context.secure_cookies, samesite="lax")
