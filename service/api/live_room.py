"""One watcher for all open pages: it asks the database once for each reach, however many look, and tells changes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from service.db.live import LiveState
from service.rights import Reach

log = structlog.get_logger(__name__)

LOOKS_EVERY = timedelta(seconds=2)
STREAMS_PER_USER = 6
"""A browser opens no more to one server over HTTP/1.1 anyway."""


class RoomFull(Exception):
    """Somebody has as many streams open as they may. None was added."""


@dataclass
class Channel:
    """What those see who share a reach.

    Attributes:
        state: The latest; None before the first look. Whoever was slow finds this one and none of those between.
        changed: Set, and replaced, whenever ``state`` changes.
    """

    state: LiveState | None = None
    clients: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, state: LiveState) -> None:
        """Take in the latest state and wake whoever waits for a change."""
        if state != self.state:
            self.state = state
            self._wake()

    def _wake(self) -> None:
        woken, self.changed = self.changed, asyncio.Event()
        woken.set()


class LiveRoom:
    """Whoever follows what happens. It belongs to one event loop.

    Args:
        look: Asks the database how things stand within a reach; called in a thread, in a transaction of its own.
    """

    def __init__(self, look: Callable[[Reach], LiveState], every: timedelta = LOOKS_EVERY) -> None:
        self._look = look
        self._every = every
        self._channels: dict[Reach, Channel] = {}
        self._streams: Counter[int] = Counter()
        self._watcher: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def is_full_for(self, user_id: int) -> bool:
        """Tell whether somebody has as many streams open as they may."""
        return self._streams[user_id] >= STREAMS_PER_USER

    @property
    def is_stopped(self) -> bool:
        """Tell whether the server is about to end."""
        return self._stopped.is_set()

    @property
    def is_watching(self) -> bool:
        """Tell whether anybody asks the database at the moment."""
        return self._watcher is not None and not self._watcher.done()

    @asynccontextmanager
    async def following(self, user_id: int, reach: Reach) -> AsyncIterator[Channel]:
        """Take part for as long as the block runs. Raises `RoomFull`."""
        if self.is_full_for(user_id):
            raise RoomFull
        self._loop = asyncio.get_running_loop()
        channel = self._channels.setdefault(reach, Channel())
        channel.clients += 1
        self._streams[user_id] += 1
        try:
            if not self.is_watching:
                self._watcher = asyncio.create_task(self._watch())
            yield channel
        finally:
            channel.clients -= 1
            self._streams[user_id] -= 1
            self._streams += Counter()  # drops those who have none
            if not channel.clients:
                self._channels.pop(reach, None)
            if not self._channels and self._watcher is not None:
                self._watcher.cancel()
                self._watcher = None

    async def wait(self, changed: asyncio.Event, at_most: timedelta) -> None:
        """Wait for a change of a channel, the end of the server, or so long.

        Args:
            changed: As it was before the channel's state was read: what has changed since is not missed.
        """
        waits = [asyncio.create_task(each.wait()) for each in (changed, self._stopped)]
        try:
            await asyncio.wait(waits, timeout=at_most.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    def stop(self) -> None:
        """End all streams; may be called from anywhere, a signal's handler too."""
        if self._loop is None or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _watch(self) -> None:
        has_failed = False
        while True:
            for reach, channel in list(self._channels.items()):
                try:
                    channel.note(await asyncio.to_thread(self._look, reach))
                    has_failed = False
                except Exception as error:
                    # a database that is away comes back
                    if not has_failed:
                        log.warning("live state cannot be told for now", error=repr(error))
                    has_failed = True
            await asyncio.sleep(self._every.total_seconds())
