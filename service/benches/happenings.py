"""What must happen in streams whose story is known, and how long the system took to show it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FAR_S = 3.0
"""A flag whose start lies further from the story's is another one."""


@dataclass(frozen=True, slots=True)
class Story:
    """Something that happens in each pass of a clip.

    Attributes:
        start_s: From the beginning of the clip.
        opens_after_s: How long it must last until the rule makes a flag of it.
    """

    rule: str
    place: str
    start_s: float
    opens_after_s: float


@dataclass(frozen=True, slots=True)
class Due:
    """A flag that must come. Times are seconds of one clock."""

    camera: str
    rule: str
    place: str
    starts_s: float
    opens_s: float


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag that was seen, and when for the first time."""

    camera: str
    rule: str
    place: str
    starts_s: float
    seen_s: float


def due_flags(
    camera: str, stories: Iterable[Story], plays_s: Sequence[float], *, pass_s: float, window_s: tuple[float, float]
) -> list[Due]:
    """Return what must be flagged within a window.

    Args:
        plays_s: When the stream began to be read from its beginning; each ends the one before.
        pass_s: Length of one pass of the clip.
        window_s: Flags that open in it are wanted.
    """
    due = []
    for i, play_s in enumerate(plays_s):
        until_s = plays_s[i + 1] if i + 1 < len(plays_s) else window_s[1]
        for story in stories:
            starts_s = play_s + story.start_s
            while starts_s + story.opens_after_s < min(until_s, window_s[1]):
                if starts_s + story.opens_after_s >= window_s[0]:
                    opens_s = starts_s + story.opens_after_s
                    due.append(Due(camera, story.rule, story.place, starts_s, opens_s))
                starts_s += pass_s
    return due


def delays_s(due: Iterable[Due], flags: Iterable[Flag]) -> tuple[list[float], list[Due]]:
    """Return how long each flag took from when its rule could open it to when it was seen; and what was never seen."""
    left = list(flags)
    delays, missed = [], []
    for wanted in due:
        found = [
            flag
            for flag in left
            if (flag.camera, flag.rule, flag.place) == (wanted.camera, wanted.rule, wanted.place)
            and abs(flag.starts_s - wanted.starts_s) <= FAR_S
        ]
        if not found:
            missed.append(wanted)
            continue
        left.remove(found[0])
        delays.append(found[0].seen_s - wanted.opens_s)
    return delays, missed
