"""A working day in small: two sessions of a minute with a minute's break, two cameras, three officers.

Seconds count from 07:29:50. The sessions are 10 to 70 s and 130 to 190 s. STORY.md tells it in words.
"""

from __future__ import annotations

from samples.render.badge import Badge
from samples.render.clothes import Outfit
from samples.render.motion import Beat
from samples.render.stories import BLUE_RIBBON, FAIR, NAVY, PALE_BLUE, RED_RIBBON, WARM, WHITE
from samples.render.story import Area, Role, Story, box, from_seat, seat_start, to_seat

LENGTH_S = 200.0
OUTAGE_S = {"entrance": (150.0, 172.0)}
"""What each camera did not send. The receptionist leaves her desk and is back within it: nobody can know."""

TO_QUAY_1 = ((-1.6, 2.9), (-0.75, 1.9), (-0.45, 1.3))
FROM_QUAY_1 = ((-0.45, 1.3), (-0.75, 1.9), (-1.6, 2.9))
TO_DESK = ((-2.9, 3.25), (-1.5, 3.35), (-1.05, 3.1))
FROM_DESK = ((-1.05, 3.1), (-1.5, 3.35), (-3.1, 3.25))
FROM_QUAY_2 = ((1.05, 1.75), (0.2, 2.2), (-0.75, 2.3), (-1.6, 2.9))


def _sitting_down(at_s: float) -> tuple[Beat, ...]:
    return (
        Beat(at_s, 0.5, "rise", "hang", "hang", (0, 10)),
        Beat(at_s + 0.6, 1.6, "sit", "type", "type", (0, 6)),
    )


def _getting_up(at_s: float) -> tuple[Beat, ...]:
    return (Beat(at_s, 1.5, "rise", "desk", "desk", (0, 6)), Beat(at_s + 1.5, 0.5, "walk", "hang", "hang", (0, 4)))


def _at_work(start_s: float, end_s: float) -> tuple[Beat, ...]:
    """Type, write, look up: a change every eight seconds."""
    beats, at_s, turn = [], start_s, 0
    while at_s < end_s:
        left, right = (("write", "desk"), ("type", "type"), ("desk", "write"), ("type", "type"))[turn % 4]
        beats.append(Beat(at_s, 1.0, "sit", left, right, ((-8, 6), (0, 12), (6, 8), (0, 5))[turn % 4]))
        at_s, turn = at_s + 8.0, turn + 1
    return tuple(beats)


_COUNTER = Story(
    "counter",
    LENGTH_S,
    (
        Role(
            "late-and-away",
            "huong",
            Outfit(shirt=WHITE, trousers=NAVY, hair_style="bun", skin=FAIR, tucked=False, pocket=False),
            (-1.2, 2.6, -150),
            (
                Beat(0, 1, "walk", "hang", "hang", (0, 4)),
                *_sitting_down(27.6),
                *_at_work(34.0, 70.0),
                *_getting_up(71.0),
                *_sitting_down(123.6),
                *_at_work(130.0, 142.0),
                *_getting_up(143.0),
                *_sitting_down(170.6),
                *_at_work(177.0, 192.0),
                *_getting_up(193.0),
            ),
            walks=(
                to_seat("counter", "quay-1", 25.2, TO_QUAY_1),
                from_seat("counter", "quay-1", 72.6, FROM_QUAY_1),
                to_seat("counter", "quay-1", 121.2, TO_QUAY_1),
                from_seat("counter", "quay-1", 144.6, FROM_QUAY_1),
                to_seat("counter", "quay-1", 168.2, TO_QUAY_1),
                from_seat("counter", "quay-1", 194.6, FROM_QUAY_1),
            ),
            desk="quay-1",
            badge=Badge(RED_RIBBON, stripe=(0.10, 0.25, 0.65)),
        ),
        Role(
            "early",
            "minh",
            Outfit(shirt=PALE_BLUE, trousers=(0.07, 0.07, 0.08), skin=WARM, pocket=False),
            seat_start("counter", "quay-2"),
            (Beat(0, 1, "sit", "type", "type", (0, 6)), *_at_work(6.0, 166.0), *_getting_up(168.0)),
            walks=(from_seat("counter", "quay-2", 169.6, FROM_QUAY_2),),
            desk="quay-2",
            badge=Badge(BLUE_RIBBON, landscape=True, stripe=(0.75, 0.1, 0.1)),
        ),
    ),
    {
        "quay-1": Area("desk", box(0.0, 0.30, 0.33, 0.99)),
        "quay-2": Area("desk", box(0.35, 0.15, 0.53, 0.80)),
    },
)

_ENTRANCE = Story(
    "entrance",
    LENGTH_S,
    (
        Role(
            "in-time",
            "lan",
            Outfit(
                shirt=(0.90, 0.68, 0.76),
                trousers=WHITE,
                sleeve=1.85,
                dress=True,
                tucked=False,
                hair_style="bun",
                skin=FAIR,
                placket=False,
                pocket=False,
            ),
            (-2.9, 3.25, 90),
            (
                Beat(0, 1, "walk", "hang", "hang", (0, 4)),
                *_sitting_down(4.4),
                *_at_work(12.0, 71.0),
                *_getting_up(73.0),
                *_sitting_down(124.4),
                *_at_work(132.0, 149.0),
                *_getting_up(151.0),
                *_sitting_down(164.4),
                *_at_work(168.0, 191.0),
                *_getting_up(192.5),
            ),
            walks=(
                to_seat("entrance", "le-tan", 1.6, TO_DESK),
                from_seat("entrance", "le-tan", 74.6, FROM_DESK),
                to_seat("entrance", "le-tan", 121.6, TO_DESK),
                from_seat("entrance", "le-tan", 152.6, FROM_DESK),
                to_seat("entrance", "le-tan", 161.6, TO_DESK),
                from_seat("entrance", "le-tan", 194.2, FROM_DESK),
            ),
            desk="le-tan",
            badge=Badge(BLUE_RIBBON, landscape=True),
        ),
    ),
    {"le-tan": Area("desk", box(0.10, 0.30, 0.43, 0.99))},
)

DAY_STORIES: dict[str, Story] = {story.camera: story for story in (_COUNTER, _ENTRANCE)}
