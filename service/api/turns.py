"""How many requests are at work on the database at once; the others wait for their turn, holding nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request

AT_ONCE = 10
"""Fewer than there are connections: the service's own threads need some too.

A request that has a connection changes threads between the steps of its work. Without turns, 40 others could sit in
all 40 threads, each waiting for a connection, while those that had one waited for a thread: with 100 requests at once
nobody was answered, until after 30 seconds each failed. More at once would not be quicker: one process, one writer.
"""


def make_turns() -> asyncio.Semaphore:
    """Return what an application gives its turns out by, in the order of asking."""
    return asyncio.Semaphore(AT_ONCE)


async def take_turn(request: Request) -> AsyncIterator[None]:
    """Wait for a turn; it is given back when the endpoint has returned, before the answer is sent."""
    turns = request.app.state.turns
    assert isinstance(turns, asyncio.Semaphore)
    async with turns:
        yield
