"""Make the copies that a person who is heard sees, one after the other, while the service goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

import structlog

from service.errors import ServiceError
from service.redaction.modes import Mode

log = structlog.get_logger(__name__)
MODE = Mode.ALL_BUT_SUBJECT
REASON = "hearing"


class CopyState(StrEnum):
    """How far a copy has come."""

    MAKING = "making"
    FAILED = "failed"


class CopyMaker:
    """One worker: the nets that find people take all the cores there are.

    What was asked for is forgotten when the service stops; whoever opens the page asks again.

    Args:
        make: Makes what is missing of an event's copies for a user, or says why not by a `ServiceError`.
    """

    def __init__(self, make: Callable[[str, int | None], object]) -> None:
        self._make = make
        self._worker = ThreadPoolExecutor(1, "copies")
        self._states: dict[str, CopyState] = {}
        self._guard = threading.Lock()

    def ask(self, event_id: str, *, user_id: int | None) -> CopyState:
        """Have the copies of an event made, unless they are being made, or could not be; return how far that is."""
        with self._guard:
            known = self._states.get(event_id)
            if known is None:
                known = self._states[event_id] = CopyState.MAKING
                self._worker.submit(self._run, event_id, user_id)
            return known

    def close(self) -> None:
        """Finish what is being made and take no more."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _run(self, event_id: str, user_id: int | None) -> None:
        try:
            self._make(event_id, user_id)
        except ServiceError as error:
            log.warning("no copy for the hearing", event_id=event_id, error=str(error))
            self._end(event_id, CopyState.FAILED)
        except Exception:
            log.exception("making a copy for the hearing failed", event_id=event_id)
            self._end(event_id, CopyState.FAILED)
        else:
            self._end(event_id, None)

    def _end(self, event_id: str, state: CopyState | None) -> None:
        with self._guard:
            if state is None:
                self._states.pop(event_id, None)
            else:
                self._states[event_id] = state
