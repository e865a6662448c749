"""How often somebody may ask: token buckets, as many as there are askers, in bounded memory. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

NS = 1_000_000_000
KEYS_AT_MOST = 20_000
"""Buckets that are kept; one takes about 200 bytes. When there are more, those not used for longest are forgotten."""


@dataclass(frozen=True, slots=True)
class Policy:
    """So many at once, and as many again while the window passes, evenly.

    Attributes:
        name: What answers call it.
        quota: How many at once, at least 1.
        window_s: Seconds in which an empty bucket fills up.
    """

    name: str
    quota: int
    window_s: int = 60

    @property
    def step_ns(self) -> int:
        """Time in which one more comes in."""
        return self.window_s * NS // self.quota

    @property
    def depth_ns(self) -> int:
        """Time in which an empty bucket fills up."""
        return self.step_ns * self.quota


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one more may be served.

    Attributes:
        remaining: How many more at once after this one.
        wait_ns: Until one may be served; 0 where it may.
        full_ns: Until the whole quota is there again.
    """

    policy: Policy
    is_allowed: bool
    remaining: int
    wait_ns: int
    full_ns: int

    @property
    def headers(self) -> dict[str, str]:
        """What the asker is told. Source: draft-ietf-httpapi-ratelimit-headers-10; RFC 9110, 10.2.3."""
        name, whole_s = self.policy.name, ceil(self.full_ns / NS)
        told = {
            "RateLimit-Policy": f'"{name}";q={self.policy.quota};w={self.policy.window_s}',
            "RateLimit": f'"{name}";r={self.remaining};t={whole_s}',
        }
        return told if self.is_allowed else told | {"Retry-After": str(max(1, ceil(self.wait_ns / NS)))}


def take(policy: Policy, full_at_ns: int, now_ns: int) -> tuple[int, Answer]:
    """Take one out of a bucket; return its new state and the answer. What is refused costs nothing.

    Args:
        full_at_ns: State of the bucket: when it is full again, if nothing more is taken. One number says all, since
            a bucket fills evenly (the generic cell rate algorithm, ITU-T I.371).
        now_ns: The present moment of a clock that never goes back.
    """
    before = max(full_at_ns, now_ns)
    after = before + policy.step_ns
    short_ns = after - now_ns - policy.depth_ns
    if short_ns > 0:
        return before, Answer(policy, False, 0, short_ns, before - now_ns)
    return after, Answer(policy, True, -short_ns // policy.step_ns, 0, after - now_ns)


class Buckets:
    """The buckets of all askers under one policy. Used from one thread, the server's event loop."""

    def __init__(self, policy: Policy, keys_at_most: int = KEYS_AT_MOST) -> None:
        self.policy = policy
        self._keys_at_most = keys_at_most
        self._full_at_ns: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at_ns)

    def __contains__(self, key: str) -> bool:
        return key in self._full_at_ns

    def take(self, key: str, now_ns: int) -> Answer:
        """Take one for this asker."""
        state, answer = take(self.policy, self._full_at_ns.pop(key, now_ns), now_ns)
        self._full_at_ns[key] = state
        while len(self._full_at_ns) > self._keys_at_most:
            self._full_at_ns.popitem(last=False)
        return answer

    def give_back(self, key: str) -> None:
        """Put one back: what it was taken for turned out not to count."""
        if key in self._full_at_ns:
            self._full_at_ns[key] -= self.policy.step_ns

    def forget(self, key: str) -> None:
        """Drop this asker's bucket."""
        self._full_at_ns.pop(key, None)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How many requests a minute are served.

    Attributes:
        session: Of one session or token.
        media: Of one session or token for pieces of evidence and stills of cameras, which come many at a time.
        anonymous: Of one address, from which nobody is signed in.
        sign_in: Of one address: attempts to sign in, or to open a hearing by its PIN, that do not succeed.
        password: Of one address: passwords and PINs that are looked at, right ones too.
    """

    session: int = 600
    media: int = 6000
    anonymous: int = 300
    sign_in: int = 30
    password: int = 60


RATE_LIMITS = RateLimits()
"""What is served unless somebody sets it otherwise."""
