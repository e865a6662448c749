"""Tell open pages what happens while it happens: server-sent events with counts, and nothing about anybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import StreamingResponse

from service.api.auth import needs, reach_of_session, rights_held
from service.api.context import WebContext
from service.api.live_room import LiveRoom, RoomFull
from service.api.notice_problems import StreamsExhausted
from service.api.problems import Forbidden
from service.db.accounts import AccountRepository
from service.db.live import LiveState, live_state
from service.db.records import SessionRecord
from service.rights import Reach, Right

router = APIRouter(tags=["live"])
Follower = Annotated[SessionRecord, Depends(needs(Right.SEE_FLAGS, Right.SEE_CAMERAS))]

BEATS_EVERY = timedelta(seconds=15)
"""A comment keeps proxies from closing a stream in which nothing happens; the session is looked at as often."""
RETRY_MS = 3000


@dataclass(frozen=True, slots=True)
class _Following:
    """Whose stream it is, and what it may tell."""

    context: WebContext
    room: LiveRoom
    session: SessionRecord
    tells_flags: bool
    tells_alarms: bool

    def is_over(self) -> bool:
        """Tell whether the session has ended, or may see something else by now; asking keeps no session awake."""
        user = self.session.user
        with self.context.database.transaction() as session:
            accounts, now = AccountRepository(session), self.context.clock.now()
            found = accounts.sessions_of(user.user_id, now, idle=self.context.session_idle)
        mine = next((each for each in found if each.session_id == self.session.session_id), None)
        return (
            mine is None
            or reach_of_session(mine) != reach_of_session(self.session)
            or rights_held(mine) != rights_held(self.session)
        )


def open_room(context: WebContext) -> LiveRoom:
    """Return the room of one application."""

    def look(reach: Reach) -> LiveState:
        with context.database.transaction() as session:
            return live_state(session, reach, context.clock.now())

    return LiveRoom(look)


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events `hello`, `flags` and `alarms`."}},
)
async def follow(
    request: Request, session: Follower, last_event_id: Annotated[str, Header(max_length=200)] = ""
) -> StreamingResponse:
    """Follow how many flags wait and how many alarms go on.

    `hello` comes first. `flags` holds `open` and `newest_at`, `alarms` holds `count`; each comes when it changes, and
    at the beginning unless `Last-Event-ID` says that it is known. A browser's session is needed; no token will do.
    """
    room = request.app.state.live
    assert isinstance(room, LiveRoom)
    if session.scopes is not None:
        raise Forbidden
    if room.is_full_for(session.user.user_id):
        raise StreamsExhausted
    rights = rights_held(session)
    following = _Following(
        request.app.state.context,
        room,
        session,
        tells_flags=Right.SEE_FLAGS in rights,
        tells_alarms=Right.SEE_CAMERAS in rights,
    )
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would hold events back
    return StreamingResponse(_events(following, last_event_id), media_type="text/event-stream", headers=headers)


async def _events(following: _Following, known: str) -> AsyncIterator[str]:
    session, room = following.session, following.room
    try:
        async with room.following(session.user.user_id, reach_of_session(session)) as channel:
            yield f"retry: {RETRY_MS}\n{_event('hello', {'beats_every_s': int(BEATS_EVERY.total_seconds())})}"
            told, beat_at = known, asyncio.get_running_loop().time()
            while not room.is_stopped:
                changed = channel.changed
                if channel.state is not None:
                    events, told = _news(following, channel.state, told)
                    if events:
                        yield events
                left_s = beat_at + BEATS_EVERY.total_seconds() - asyncio.get_running_loop().time()
                if left_s <= 0:
                    if await asyncio.to_thread(following.is_over):
                        return
                    yield ": \n\n"
                    beat_at = asyncio.get_running_loop().time()
                else:
                    await room.wait(changed, timedelta(seconds=left_s))
    except RoomFull:
        return  # another stream of theirs began at the same moment: the next try is refused in words


def _news(following: _Following, state: LiveState, told: str) -> tuple[str, str]:
    """Return the events that say what is new, and the id of what is known afterwards.

    The id holds all that was told, so that a stream that begins again, at another process too, repeats nothing.
    """
    newest = "" if state.newest_at is None else state.newest_at.isoformat()
    flags = f"{state.open}@{newest}" if following.tells_flags else ""
    alarms = str(state.alarms) if following.tells_alarms else ""
    told_flags, _, told_alarms = told.partition("|")
    named = partial(_event, event_id=f"{flags}|{alarms}")
    news = []
    if flags and flags != told_flags:
        news.append(("flags", {"open": state.open, "newest_at": newest or None}))
    if alarms and alarms != told_alarms:
        news.append(("alarms", {"count": state.alarms}))
    # the id goes with the last one: a stream that broke off between them tells both again
    lines = [_event(*each) for each in news[:-1]] + [named(*each) for each in news[-1:]]
    return "".join(lines), f"{flags}|{alarms}"


def _event(name: str, fields: dict[str, int | str | None], *, event_id: str = "") -> str:
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: {json.dumps(fields)}\n\n"
