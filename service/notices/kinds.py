"""What somebody may be told of, and by which right. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum

from service.rights import Right


class Kind(StrEnum):
    """What a message is about. None of them is about a person: they say that something waits to be looked at."""

    FLAGS_WAITING = "flags_waiting"
    """Flags have waited for longer than they should."""
    CAMERA_ALARM = "camera_alarm"
    DISK_ALARM = "disk_alarm"
    RULE_SUSPENDED = "rule_suspended"
    HEARING_RESPONSE = "hearing_response"
    """Somebody who is heard has answered."""
    HEARING_DUE = "hearing_due"
    """The time to answer has run out."""
    APPEAL = "appeal"
    TEST = "test"
    """Asked for by the subscriber, to see that it arrives."""


RIGHT_FOR: dict[Kind, Right] = {
    Kind.FLAGS_WAITING: Right.SEE_FLAGS,
    Kind.CAMERA_ALARM: Right.SEE_CAMERAS,
    Kind.DISK_ALARM: Right.SEE_STORE,
    Kind.RULE_SUSPENDED: Right.SEE_CAMERAS,
    Kind.HEARING_RESPONSE: Right.HEAR,
    Kind.HEARING_DUE: Right.HEAR,
    Kind.APPEAL: Right.HEAR,
}
"""What may be subscribed to, by the right that it needs."""

PATHS: dict[Kind, str] = {
    Kind.FLAGS_WAITING: "/flags",
    Kind.CAMERA_ALARM: "/wall",
    Kind.DISK_ALARM: "/quarantine",
    Kind.RULE_SUSPENDED: "/cameras",
    Kind.HEARING_RESPONSE: "/cases",
    Kind.HEARING_DUE: "/cases",
    Kind.APPEAL: "/cases",
    Kind.TEST: "/account/notifications",
}
"""The page that a message leads to; what it is about is seen there, after signing in."""


def kinds_for(rights: Iterable[Right]) -> tuple[Kind, ...]:
    """Return what somebody with these rights may be told of."""
    held = frozenset(rights)
    return tuple(kind for kind, right in RIGHT_FOR.items() if right in held)


def key_of(*parts: str) -> str:
    """Return a short key for what a message is about; the same parts give the same key."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
