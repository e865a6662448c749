"""The three stories of the sample centre as data; STORY.md tells them in words."""

from __future__ import annotations

from samples.render.badge import Badge
from samples.render.clothes import Outfit
from samples.render.motion import Beat, Walk
from samples.render.story import Area, Held, Role, Story, box, from_seat, seat_start, to_seat

BLUE_RIBBON, RED_RIBBON = (0.06, 0.20, 0.66), (0.72, 0.06, 0.08)
PALE_BLUE, WHITE, CREAM = (0.70, 0.80, 0.92), (0.93, 0.94, 0.95), (0.93, 0.90, 0.82)
NAVY, BLACK, GREY = (0.09, 0.11, 0.20), (0.07, 0.07, 0.08), (0.25, 0.26, 0.28)
FAIR, TAN, WARM = (0.84, 0.66, 0.54), (0.72, 0.53, 0.40), (0.79, 0.59, 0.46)

_ENTRANCE = Story(
    "entrance",
    66.0,
    (
        Role(
            "reception",
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
                Beat(7.0, 0.6, "rise", "hang", "hang", (0, 12)),
                Beat(7.6, 1.7, "sit", "type", "type", (0, 6)),
                Beat(13.0, 1.2, "sit", "desk", "cup_low", (6, 10)),
                Beat(14.4, 1.2, "sit", "desk", "cup_high", (0, -4)),
                Beat(18.2, 1.2, "sit", "desk", "cup_low", (0, 8)),
                Beat(19.8, 1.0, "sit", "type", "type", (-14, 8)),
                Beat(26.5, 1.0, "sit", "desk", "desk", (20, 0)),
                Beat(31.0, 1.0, "sit", "desk", "handover", (0, 10)),
                Beat(32.2, 1.2, "sit", "desk", "phone", (4, 0)),
                Beat(38.0, 1.2, "sit", "write", "phone", (8, 10)),
                Beat(44.0, 1.2, "sit", "desk", "handover", (0, 8)),
                Beat(45.4, 1.0, "sit", "type", "type", (0, 7)),
                Beat(52.6, 1.6, "rise", "desk", "desk", (0, 6)),
                Beat(54.2, 0.6, "walk", "hang", "hang", (0, 4)),
            ),
            walks=(
                to_seat("entrance", "le-tan", 4.2, ((-2.9, 3.25), (-1.5, 3.35), (-1.05, 3.1))),
                from_seat("entrance", "le-tan", 54.4, ((-1.05, 3.1), (-1.5, 3.35), (-3.1, 3.25))),
            ),
            desk="le-tan",
            badge=Badge(BLUE_RIBBON, landscape=True),
            held=(
                Held("cup", "R", 13.9, 19.2, rests_m=(-0.50, 2.22, 0.74)),
                Held("phone", "R", 31.8, 44.9, rests_m=(-0.70, 2.30, 0.745)),
            ),
        ),
        Role(
            "visitor-1",
            "hung",
            Outfit(shirt=(0.35, 0.42, 0.36), trousers=GREY, skin=TAN, pocket=False, tucked=False, placket=False),
            (3.4, 8.5, 90),
            (
                Beat(0, 1, "walk", "hang", "hang", (0, 4)),
                Beat(9.0, 1.0, "walk", "belly", "belly", (-10, 2)),
                Beat(20.0, 1.5, "walk", "text", "text", (0, 22)),
                Beat(33.0, 1.5, "walk", "belly", "belly", (15, 2)),
                Beat(44.0, 1.0, "walk", "hang", "hang", (0, 4)),
            ),
            walks=(
                Walk(1.0, ((3.4, 8.5), (1.0, 8.3), (0.9, 7.2), (1.2, 5.2), (1.75, 4.0)), -40),
                Walk(45.0, ((1.75, 4.0), (1.2, 5.2), (0.9, 7.2), (1.0, 8.3), (3.4, 8.5))),
            ),
            held=(Held("phone", "R", 20.6, 34.0),),
        ),
        Role(
            "visitor-2",
            "thu",
            Outfit(
                shirt=(0.62, 0.22, 0.26),
                trousers=BLACK,
                hair_style="long",
                skin=WARM,
                tucked=False,
                pocket=False,
                placket=False,
            ),
            (3.4, 8.6, 90),
            (
                Beat(0, 1, "walk", "hang", "hang", (0, 4)),
                Beat(24.5, 1.0, "walk", "hang", "belly", (-20, 4)),
                Beat(40.5, 0.8, "walk", "hang", "hang", (0, 4)),
            ),
            walks=(
                Walk(15.0, ((3.4, 8.6), (0.8, 8.4), (0.8, 7.2), (0.9, 5.0), (0.75, 3.6)), -35),
                Walk(41.0, ((0.75, 3.6), (1.6, 3.0), (3.6, 2.6))),
            ),
        ),
        Role(
            "visitor-3",
            "tuan",
            Outfit(
                shirt=(0.16, 0.22, 0.36),
                trousers=(0.20, 0.19, 0.17),
                skin=WARM,
                pocket=False,
                placket=False,
                tucked=False,
            ),
            (3.4, 8.4, 90),
            (Beat(0, 1, "walk", "hang", "hang", (8, 4)),),
            walks=(Walk(50.0, ((3.4, 8.4), (1.2, 8.3), (1.1, 7.2), (1.9, 5.0), (3.9, 3.6))),),
        ),
    ),
    {
        "le-tan": Area("desk", box(0.10, 0.30, 0.43, 0.99)),
        "public": Area("public_zone", box(0.45, 0.0, 1.0, 1.0)),
    },
)

_COUNTER = Story(
    "counter",
    66.0,
    (
        Role(
            "officer-a",
            "huong",
            Outfit(shirt=WHITE, trousers=NAVY, hair_style="bun", skin=FAIR, tucked=False, pocket=False),
            (-1.2, 2.6, -150),
            (
                Beat(0, 1, "walk", "hang", "hang", (0, 4)),
                Beat(3.6, 0.5, "rise", "hang", "hang", (0, 10)),
                Beat(4.2, 1.6, "sit", "type", "type", (0, 6)),
                Beat(12.0, 1.0, "sit", "write", "desk", (0, 12)),
                Beat(16.5, 1.0, "sit", "type", "type", (-8, 6)),
                Beat(20.2, 1.5, "rise", "desk", "desk", (0, 6)),
                Beat(21.7, 0.5, "walk", "hang", "hang", (0, 4)),
                Beat(43.6, 0.5, "rise", "hang", "hang", (0, 10)),
                Beat(44.2, 1.6, "sit", "type", "type", (0, 6)),
                Beat(52.0, 1.0, "sit", "desk", "write", (0, 12)),
                Beat(58.0, 1.0, "sit", "type", "type", (0, 6)),
            ),
            walks=(
                to_seat("counter", "quay-1", 1.2, ((-1.6, 2.9), (-0.75, 1.9), (-0.45, 1.3))),
                from_seat("counter", "quay-1", 21.8, ((-0.45, 1.3), (-0.75, 1.9), (-1.6, 2.9))),
                to_seat("counter", "quay-1", 41.2, ((-1.6, 2.9), (-0.75, 1.9), (-0.45, 1.3))),
            ),
            desk="quay-1",
            badge=Badge(RED_RIBBON, stripe=(0.10, 0.25, 0.65)),
        ),
        Role(
            "officer-b",
            "minh",
            Outfit(shirt=PALE_BLUE, trousers=BLACK, skin=WARM, pocket=False),
            seat_start("counter", "quay-2"),
            (
                Beat(0, 1, "sit", "type", "type", (0, 6)),
                Beat(9.0, 1.0, "sit", "desk", "desk", (8, 0)),
                Beat(16.0, 0.9, "sit", "desk", "handover", (8, 6)),
                Beat(18.5, 1.0, "sit", "type", "type", (0, 8)),
                Beat(25.0, 1.0, "sit", "desk", "write", (0, 12)),
                Beat(32.2, 1.0, "sit", "collar", "collar", (0, 8)),
                Beat(33.6, 0.8, "sit", "above_head", "above_head", (0, 16)),
                Beat(34.6, 0.9, "sit", "before_face", "before_face", (0, 8)),
                Beat(35.8, 1.1, "sit", "drawer", "drawer", (0, 18)),
                Beat(38.2, 1.0, "sit", "type", "type", (0, 6)),
                Beat(47.0, 1.0, "sit", "fold", "fold", (8, 0)),
                Beat(55.0, 1.0, "sit", "type", "type", (0, 6)),
            ),
            desk="quay-2",
            badge=Badge(BLUE_RIBBON, landscape=True, stripe=(0.75, 0.1, 0.1)),
            badge_off_s=33.9,
        ),
        Role(
            "visitor-4",
            "dung",
            Outfit(shirt=(0.45, 0.36, 0.26), trousers=GREY, skin=TAN, pocket=False, tucked=False, placket=False),
            (1.9, -2.6, 0),
            (
                Beat(0, 1, "walk", "hang", "hang", (0, 6)),
                Beat(11.5, 1.0, "walk", "hang", "belly", (0, 10)),
                Beat(16.0, 0.9, "walk", "hang", "paper", (0, 18)),
                Beat(19.0, 1.0, "walk", "belly", "belly", (5, 10)),
                Beat(50.0, 0.8, "walk", "hang", "hang", (0, 6)),
            ),
            walks=(
                Walk(7.5, ((1.9, -2.6), (1.3, -1.2), (0.75, -0.2), (0.62, 0.02)), 140),
                Walk(50.8, ((0.62, 0.02), (1.2, -0.9), (1.9, -2.8))),
            ),
        ),
        Role(
            "visitor-5",
            "ngoc",
            Outfit(
                shirt=(0.30, 0.50, 0.48),
                trousers=BLACK,
                hair_style="long",
                skin=FAIR,
                tucked=False,
                pocket=False,
                placket=False,
            ),
            (3.58, -0.88, 180),
            (
                Beat(0, 1, "sit", "lap", "lap", (0, 10)),
                Beat(14.0, 1.0, "sit", "text_sit", "text_sit", (0, 22)),
                Beat(40.0, 1.0, "sit", "lap", "lap", (20, 4)),
            ),
            held=(Held("phone", "R", 14.6, 40.4),),
        ),
    ),
    {
        "quay-1": Area("desk", box(0.0, 0.30, 0.33, 0.99)),
        "quay-2": Area("desk", box(0.35, 0.15, 0.53, 0.80)),
        "public": Area("public_zone", box(0.56, 0.0, 1.0, 1.0)),
    },
)

_OFFICE = Story(
    "office",
    66.0,
    (
        Role(
            "officer-c",
            "hung",
            Outfit(shirt=WHITE, trousers=BLACK, coat=(0.10, 0.11, 0.14), skin=TAN, receding=0.008),
            seat_start("office", "ban-1"),
            (
                Beat(0, 1, "sit", "type", "type", (-6, 6)),
                Beat(14.0, 1.0, "sit", "desk", "drawer", (-10, 20)),
                Beat(16.6, 1.2, "sit", "light_up", "smoke_high", (4, 4)),
                Beat(21.0, 1.0, "sit", "desk", "smoke_low", (4, 4)),
                Beat(25.0, 0.9, "sit", "desk", "smoke_high", (4, 2)),
                Beat(28.4, 1.0, "sit", "desk", "smoke_low", (0, 0)),
                Beat(32.0, 0.9, "sit", "desk", "smoke_high", (4, 2)),
                Beat(35.4, 1.0, "sit", "desk", "smoke_low", (4, 6)),
                Beat(38.2, 0.9, "sit", "desk", "smoke_high", (4, 2)),
                Beat(41.6, 1.0, "sit", "desk", "smoke_low", (4, 8)),
                Beat(43.2, 0.9, "sit", "desk", "drawer", (-10, 20)),
                Beat(45.6, 1.0, "sit", "type", "type", (-6, 6)),
            ),
            desk="ban-1",
            badge=Badge(BLUE_RIBBON, landscape=True),
            held=(Held("cigarette", "R", 15.6, 44.2, lit_s=19.0),),
        ),
        Role(
            "officer-d",
            "tuan",
            Outfit(shirt=WHITE, trousers=NAVY, skin=WARM, pocket=False),
            seat_start("office", "ban-2"),
            (
                Beat(0, 1, "sit", "desk", "write", (0, 10)),
                Beat(7.0, 1.0, "sit", "desk", "pen_high", (4, 2)),
                Beat(13.0, 1.0, "sit", "type", "write", (0, 10)),
                Beat(22.0, 1.0, "sit", "desk", "pen_high", (-6, 2)),
                Beat(29.0, 1.0, "sit", "desk", "write", (0, 10)),
                Beat(40.0, 1.0, "sit", "chin", "write", (6, 6)),
                Beat(47.0, 1.0, "sit", "desk", "pen_high", (4, 2)),
                Beat(54.0, 1.0, "sit", "desk", "write", (0, 10)),
            ),
            desk="ban-2",
            held=(Held("pen", "R", 0.0, 99.0),),
        ),
        Role(
            "officer-e",
            "mai",
            Outfit(shirt=PALE_BLUE, trousers=BLACK, hair_style="bun", skin=FAIR, tucked=False, pocket=False),
            seat_start("office", "ban-3", turned_deg=14),
            (
                Beat(0, 1, "sit", "wide", "wide", (0, -8)),
                Beat(20.0, 1.0, "sit", "desk", "wide", (0, -4)),
                Beat(36.0, 1.0, "sit", "wide", "wide", (0, -8)),
                Beat(52.0, 1.0, "sit", "wide", "wide", (0, -4)),
            ),
            desk="ban-3",
            turned_away=True,
        ),
        Role(
            "officer-f",
            "son",
            Outfit(shirt=PALE_BLUE, trousers=GREY, skin=WARM, hair=(0.20, 0.19, 0.18), receding=0.014, pocket=False),
            (4.2, 6.6, 90),
            (
                Beat(0, 1, "walk", "hang", "hang", (0, 4)),
                Beat(12.2, 0.5, "rise", "hang", "hang", (0, 10)),
                Beat(12.8, 1.7, "sit", "type", "type", (0, 6)),
                Beat(19.0, 1.0, "sit", "desk", "cup_low", (0, 10)),
                Beat(20.4, 1.2, "sit", "desk", "cup_high", (0, -4)),
                Beat(24.5, 1.2, "sit", "desk", "cup_low", (0, 8)),
                Beat(26.2, 1.0, "sit", "type", "type", (0, 6)),
                Beat(46.0, 1.0, "sit", "desk", "cup_low", (0, 10)),
                Beat(47.4, 1.2, "sit", "desk", "cup_high", (0, -4)),
                Beat(51.0, 1.2, "sit", "desk", "cup_low", (0, 8)),
                Beat(52.6, 1.0, "sit", "type", "type", (0, 6)),
            ),
            walks=(
                to_seat(
                    "office", "ban-4", 6.6, ((4.2, 6.6), (2.3, 6.4), (2.2, 5.4), (1.8, 4.6), (1.05, 4.1), (0.85, 3.75))
                ),
            ),
            desk="ban-4",
            badge=Badge(RED_RIBBON, landscape=True, stripe=(0.10, 0.25, 0.65)),
            held=(
                Held("cup", "R", 19.8, 25.5, rests_m=(0.30, 3.12, 0.74)),
                Held("cup", "R", 46.8, 52.0, rests_m=(0.30, 3.12, 0.74)),
            ),
        ),
    ),
    {
        "ban-1": Area("desk", box(0.0, 0.45, 0.40, 0.99)),
        "ban-2": Area("desk", box(0.68, 0.32, 1.0, 0.99)),
        "ban-3": Area("desk", box(0.0, 0.05, 0.32, 0.43)),
        "ban-4": Area("desk", box(0.45, 0.05, 0.66, 0.60)),
        "room": Area("no_smoking_room", box(0.0, 0.0, 1.0, 1.0)),
    },
)

STORIES: dict[str, Story] = {story.camera: story for story in (_ENTRANCE, _COUNTER, _OFFICE)}
