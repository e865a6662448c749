"""The personal page: who is let in by link and number, and what the person hands in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from service.api.auth import Work, context_of, is_same, work_in
from service.api.case_shapes import TEXT_MAX
from service.api.context import WebContext
from service.api.hearing_problems import FileUnfit
from service.api.passwords import locked_until
from service.api.problems import N_, FormExpired, Invalid, Problem
from service.api.turns import take_turn
from service.db.hearing_doors import DoorRepository, PersonSession
from service.hearing.attachments import FILE_BYTES_MAX, FILES_MAX, AttachmentUnfit, CheckedFile, check_file
from service.hearing.credentials import is_pin

ANSWER_COOKIE = "congvu_answer"
ANSWER_PATH = "/answer"
RESPONSE_PATH = "/answer/response"
RESPONSE_BYTES_MAX = FILES_MAX * FILE_BYTES_MAX + (1 << 20)
"""What one answer may weigh, with room for its words."""
SESSION_LASTS = timedelta(minutes=30)
STAY_NOTED_EVERY = timedelta(minutes=1)
"""A page asks many times a minute; that its session goes on is written so often."""
DOOR_STAYS = timedelta(days=30)
"""How long link and number still lead to a hearing that is over."""
FIELDS_MAX = 10
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
FIELD_BYTES_MAX = 200_000


class NotLetIn(Problem):
    """The person gave no link and number here, or too long ago. Pages lead them to the form instead."""

    status = 401
    title = N_("Please open your page again")
    detail = N_("Your page closes after 30 minutes without use. Open it again by the link and your number.")


@dataclass(frozen=True, slots=True)
class PersonWork:
    """The transaction of somebody who was let in.

    Attributes:
        work: It sees everything: only what belongs to ``person.case_id`` may be asked of it.
    """

    work: Work
    person: PersonSession


@dataclass(frozen=True, slots=True)
class Handed:
    """What came with a form of the personal page.

    Attributes:
        unfit: Why its files cannot be taken; none of them is kept then, but what was written is.
    """

    text: str
    request_id: str
    is_complete: bool
    files: tuple[CheckedFile, ...] = ()
    unfit: FileUnfit | None = None


def open_door(work: Work, token: str, pin: str) -> str | None:
    """Return whose hearing link and number open; None where they do not, or are paused. What fails is counted.

    An unknown link costs as much time as a wrong number, and both read the same.
    """
    at, door = work.now(), work.doors.find(token)
    fits = is_pin(pin, None if door is None else door.pin_hash)
    if door is None or (door.over_at is not None and at >= door.over_at + DOOR_STAYS):
        return None
    if door.locked_until is not None and at < door.locked_until:
        return None
    if not fits:
        until = locked_until(work.doors.note_failure(door.case_id), at)
        if until is not None:
            work.doors.lock(door.case_id, until)
        return None
    # guesses that were checked at the same time may have locked the door meanwhile
    return door.case_id if work.doors.note_success(door.case_id, at) else None


def let_in(work: Work, response: Response, case_id: str) -> None:
    """Open a session for a hearing and hand its token to the browser; it is sent to the personal pages alone."""
    token = work.doors.let_in(case_id, at=work.now(), lasts=SESSION_LASTS)
    set_cookie(response, work.context, token)


def set_cookie(response: Response, context: WebContext, token: str) -> None:
    """Hand a session's token to the browser, for as long as the session lasts from now."""
    response.set_cookie(
        ANSWER_COOKIE,
        token,
        max_age=int(SESSION_LASTS.total_seconds()),
        path=ANSWER_PATH,
        httponly=True,
        secure=context.secure_cookies,
        samesite="strict",
    )


def open_work_if_in(
    request: Request, _turn: Annotated[None, Depends(take_turn, scope="function")]
) -> Iterator[PersonWork | None]:
    """Open the transaction of whoever was let in; None where nobody was. It waits for a turn as `open_work` does."""
    with work_in(context_of(request)) as work:
        at, token = work.now(), request.cookies.get(ANSWER_COOKIE, "")
        person = work.doors.who_is_in(token, at) if token else None
        if person is not None and person.expires_at <= at + SESSION_LASTS - STAY_NOTED_EVERY:
            work.doors.stay(token, at + SESSION_LASTS)
        yield None if person is None else PersonWork(work, person)


PersonIfIn = Annotated[PersonWork | None, Depends(open_work_if_in, scope="function")]


def open_person_work(person: PersonIfIn) -> PersonWork:
    """Return the transaction of whoever was let in; raises `NotLetIn`."""
    if person is None:
        raise NotLetIn
    return person


PersonNow = Annotated[PersonWork, Depends(open_person_work, scope="function")]


async def read_handed(request: Request) -> Handed:
    """Read a form of the personal page.

    The body is not touched before it is clear who sends it: it may weigh 50 MB. Nor is a transaction open meanwhile:
    somebody with a slow line would keep the others from writing.

    Raises:
        NotLetIn: Nobody was let in.
        FormExpired: The anti-forgery token is missing or wrong.
        Invalid: The text is too long.
    """
    context = context_of(request)
    token = request.cookies.get(ANSWER_COOKIE, "")
    async with asynccontextmanager(take_turn)(request):
        person = await run_in_threadpool(_who_is_in, context, token, context.clock.now())
    async with _form(request) as form:
        if not is_same(person.csrf_token, _word(form, "csrf_token")):
            raise FormExpired
        text, request_id = _word(form, "text").replace("\r\n", "\n"), _word(form, "request_id")
        if len(text) > TEXT_MAX or not _REQUEST_ID.fullmatch(request_id):
            raise Invalid(("text", "request_id"))
        handed = Handed(text, request_id, is_complete=bool(_word(form, "is_complete")))
        try:
            return replace(handed, files=await _files(form))
        except FileUnfit as unfit:
            return replace(handed, unfit=unfit)


async def _files(form: FormData) -> tuple[CheckedFile, ...]:
    """Raises `FileUnfit`: a file is of no kind that is taken, or too large, or there are too many."""
    given = [one for one in form.getlist("files") if isinstance(one, UploadFile) and (one.filename or one.size)]
    if len(given) > FILES_MAX:
        raise FileUnfit(f"wanted at most {FILES_MAX} files, got {len(given)}")
    files = [(one.filename or "", await one.read(FILE_BYTES_MAX + 1)) for one in given]
    return await run_in_threadpool(_checked, files)


def _who_is_in(context: WebContext, token: str, at: datetime) -> PersonSession:
    with context.database.transaction() as session:
        person = DoorRepository(session).who_is_in(token, at) if token else None
    if person is None:
        raise NotLetIn
    return person


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    limits: dict[str, Any] = {"max_files": FILES_MAX + 1, "max_fields": FIELDS_MAX, "max_part_size": FIELD_BYTES_MAX}
    async with request.form(**limits) as form:
        yield form


def _checked(files: list[tuple[str, bytes]]) -> tuple[CheckedFile, ...]:
    try:
        return tuple(check_file(name, content) for name, content in files)
    except AttachmentUnfit as error:
        raise FileUnfit(str(error)) from None


def _word(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
