"""Draw what a net is known to get wrong, for its card: people of a few lines, never photographs.

    python -m models.train.failures

Writes ``models/cards/plots/NAME-failures.svg``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from models.train.fetch import WEIGHTS_DIR, write_atomically

PLOTS = WEIGHTS_DIR.parent / "cards" / "plots"
WIDTH, HEIGHT, COLUMNS = 220, 230, 3
SKIN, SHIRT, SLEEVE, DARK, LINE = "#e3b899", "#f4f4f0", "#e4e4dc", "#3c4a5c", "#222"
Svg = str


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing.

    Attributes:
        said, true: What the net says of it, and what it is.
        things: Drawn over the person.
        shirt: Colour of the upper body.
        arm: Where the right hand is; None for arms that hang.
    """

    said: str
    true: str
    things: Sequence[Svg]
    shirt: str = SHIRT
    arm: tuple[int, int] | None = None


def box(x: float, y: float, width: float, height: float, fill: str, *, turn: float = 0.0) -> Svg:
    """A rectangle, turned about its middle."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" stroke="{LINE}" stroke-width="0.8" '
        f'transform="rotate({turn} {x + width / 2} {y + height / 2})"/>'
    )


def line(points: str, colour: str, width: float) -> Svg:
    """A line through points, as SVG writes them."""
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/>'


def arm_of(points: str) -> Svg:
    """A sleeve through shoulder, elbow and wrist."""
    return line(points, LINE, 15) + line(points, SLEEVE, 13)


def person(shirt: str, arm: tuple[int, int] | None) -> Svg:
    """Head, upper body and arms, 220 x 180."""
    x, y = arm or (62, 172)
    elbow = (40, 118) if arm else (58, 130)
    return "".join(
        [
            f'<path d="M70 180 V92 Q70 72 92 70 H128 Q150 72 150 92 V180 Z" fill="{shirt}" stroke="{LINE}"/>',
            f'<circle cx="110" cy="44" r="22" fill="{SKIN}" stroke="{LINE}"/>',
            line("100,70 110,82 120,70", LINE, 1.2),
            arm_of("148,92 160,132 156,170"),
            arm_of(f"72,92 {elbow[0]},{elbow[1]} {x},{y}"),
            f'<circle cx="156" cy="174" r="7" fill="{SKIN}" stroke="{LINE}"/>',
            f'<circle cx="{x}" cy="{y}" r="7" fill="{SKIN}" stroke="{LINE}"/>',
        ]
    )


CROP = (
    Panel("no card", "a card at the belt, without a strap", [box(124, 164, 14, 18, "#dfe8f5")]),
    Panel("no card", "a white card on a white shirt", [box(118, 100, 16, 22, "#fbfbfb")]),
    Panel("lanyard", "the strap of a bag", [line("84,74 142,176", DARK, 5), box(136, 150, 34, 30, DARK)]),
    Panel("lanyard", "an open jacket", [line("96,72 104,178", DARK, 9), line("124,72 116,178", DARK, 9)]),
    Panel("cigarette", "a pen in the hand", [line("86,62 104,58", "#4a6fae", 3)], arm=(84, 64)),
    Panel("no cigarette", "a cigarette that points at the camera", [box(86, 60, 3, 4, "#fff")], arm=(84, 64)),
)
VESSEL = (
    Panel("can", "a thermos cup", [box(66, 88, 16, 30, "#5b7f6d")], arm=(74, 104)),
    Panel("bottle", "a bottle of water: what is in it is not seen", [box(70, 78, 10, 36, "#cfe7f4")], arm=(74, 104)),
    Panel("no can", "a can behind the fingers", [box(70, 96, 8, 10, "#b33")], arm=(74, 104)),
)


def drawing(panels: Sequence[Panel]) -> Svg:
    """All panels, with what is said and what is true beneath each."""
    rows = -(-len(panels) // COLUMNS)
    width, height = COLUMNS * WIDTH, rows * HEIGHT
    drawn = []
    for i, panel in enumerate(panels):
        x, y = WIDTH * (i % COLUMNS), HEIGHT * (i // COLUMNS)
        said, true = escape(f"said: {panel.said}"), escape(panel.true)
        body = person(panel.shirt, panel.arm) + "".join(panel.things)
        drawn.append(
            f'<g transform="translate({x} {y})">{body}'
            f'<text x="110" y="200" font-weight="bold">{said}</text><text x="110" y="218">{true}</text></g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="11" text-anchor="middle">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(drawn)}</svg>\n'
    )


def main() -> None:
    """Draw for every net that has known failures."""
    for name, panels in (("crop", CROP), ("vessel", VESSEL)):
        path = PLOTS / f"{name}-failures.svg"
        write_atomically(path, drawing(panels).encode())
        print(path)


if __name__ == "__main__":
    main()
