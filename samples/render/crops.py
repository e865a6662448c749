"""Training pictures of single people with exact boxes: ``python -m samples.render.crops --count N --out DIR --seed S``.

Same bodies as the stories, but other clothes, poses, cameras, light and backgrounds. Writes ``images/*.jpg`` and
``labels/*.txt`` in YOLO's form: 0 card, 1 lanyard, 2 cigarette.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from samples.render.badge import Badge
from samples.render.bodies import body_names
from samples.render.cameras import WIDTH_PX, Camera
from samples.render.clothes import Outfit
from samples.render.company import CARD, CIGARETTE, LANYARD, Actor
from samples.render.distractors import add_distractors
from samples.render.footage import boxes_of
from samples.render.motion import Beat
from samples.render.stage import Drawn, Light, Stage
from samples.render.story import Held, Role

CLASSES = {CARD: 0, LANYARD: 1, CIGARETTE: 2}
SIZE_PX = 640
LEAST_SHARE, LEAST_SIDE_PX = 0.25, 3.0
WOMEN = {"lan", "huong", "mai", "thu", "ngoc"}
Rng = np.random.Generator
Colour = tuple[float, float, float]


def colour(rng: Rng, low: float = 0.03, high: float = 0.95) -> Colour:
    """Any colour."""
    return tuple(float(v) for v in rng.uniform(low, high, 3))  # type: ignore[return-value]


def greyish(rng: Rng, level: float, spread: float = 0.06) -> Colour:
    """A grey with a tint."""
    return tuple(float(v) for v in np.clip(level + rng.normal(0, spread, 3), 0.02, 0.97))  # type: ignore[return-value]


def outfit(rng: Rng, body: str) -> Outfit:
    """Office clothes more often than not."""
    woman = body in WOMEN
    shirt = [greyish(rng, 0.92, 0.03), (0.68, 0.79, 0.92), greyish(rng, 0.8, 0.1), colour(rng)][
        rng.choice(4, p=[0.4, 0.2, 0.15, 0.25])
    ]
    tone = rng.uniform(0, 1)
    skin = tuple((1 - tone) * np.array([0.86, 0.68, 0.56]) + tone * np.array([0.62, 0.44, 0.32]))
    return Outfit(
        shirt=shirt,
        trousers=greyish(rng, rng.uniform(0.05, 0.4)),
        sleeve=float(rng.choice([0.6, 0.75, 1.9])),
        skirt=woman and rng.random() < 0.3,
        tucked=rng.random() < 0.6,
        placket=rng.random() < 0.7,
        pocket=rng.random() < 0.4,
        coat=greyish(rng, rng.uniform(0.06, 0.5)) if rng.random() < 0.25 else None,
        skin=skin,
        hair=greyish(rng, 0.05 if rng.random() < 0.8 else 0.25, 0.01),
        hair_style=str(rng.choice(["bun", "long", "tail"])) if woman else "short",
        receding=float(rng.uniform(0, 0.02)),
        shoes=greyish(rng, 0.08),
    )


def badge(rng: Rng) -> Badge | None:
    """None, card on a ribbon at chest or belt, or a card on a clip."""
    if rng.random() < 0.3:
        return None
    ribbon = (
        None
        if rng.random() < 0.15
        else [(0.06, 0.2, 0.66), (0.7, 0.06, 0.08), greyish(rng, 0.06, 0.02), colour(rng)][
            rng.choice(4, p=[0.35, 0.25, 0.1, 0.3])
        ]
    )
    aside = float(rng.uniform(0.05, 0.09)) * (1 if rng.random() < 0.8 else -1) if ribbon is None else 0.0
    drop = float(rng.uniform(0.10, 0.2)) if ribbon is None else float(rng.uniform(0.14, 0.36))
    return Badge(ribbon, stripe=colour(rng), landscape=bool(rng.random() < 0.5), drop_m=drop, aside_m=aside)


def role(rng: Rng) -> Role:
    """One person doing one thing."""
    sits = rng.random() < 0.5
    calm = ["desk", "type", "write", "fold", "lap"] if sits else ["hang", "belly", "hang", "belly", "text", "paper"]
    left, right, held = str(rng.choice(calm)), str(rng.choice(calm)), ()
    what = rng.choice(["nothing", "cigarette", "phone", "cup", "pen", "chin"], p=[0.22, 0.36, 0.12, 0.12, 0.12, 0.06])
    if what == "cigarette":
        right = str(rng.choice(["smoke_high", "smoke_low", right, "cup_low"], p=[0.5, 0.28, 0.12, 0.1]))
        hand = "mouth" if rng.random() < 0.2 else "R"
        held = (Held("cigarette", hand, 0, 99),)
    elif what in {"phone", "cup", "pen"}:
        right = {"phone": ["phone", "text_sit"], "cup": ["cup_low", "cup_high"], "pen": ["pen_high", "write"]}[what][
            rng.integers(2)
        ]
        held = (Held(what, "R", 0, 99),)
    elif what == "chin":
        right = "chin"
    body = str(rng.choice(body_names()))
    turn = [rng.normal(0, 20), rng.choice([-1, 1]) * rng.uniform(20, 75), 180 + rng.normal(0, 35)][
        rng.choice(3, p=[0.5, 0.36, 0.14])
    ]
    beat = Beat(0, 1, "sit" if sits else "walk", left, right, (float(rng.normal(0, 16)), float(rng.normal(4, 8))))
    return Role("somebody", body, outfit(rng, body), (0.0, 0.0, float(turn)), (beat,), badge=badge(rng), held=held)


def view(rng: Rng, target_m: NDArray[np.float64], pixels_per_m: float) -> Camera:
    """A camera that sees ``target_m`` near the middle at a given size."""
    distance, down, azimuth = (
        rng.uniform(1.4, 4.5),
        math.radians(rng.uniform(0, 38)),
        math.radians(rng.uniform(-20, 20)),
    )
    eye = target_m + distance * np.array(
        [math.sin(azimuth) * math.cos(down), -math.cos(azimuth) * math.cos(down), math.sin(down)]
    )
    off = rng.normal(0, 0.10, 2) * SIZE_PX / pixels_per_m / distance
    return Camera(
        tuple(eye),
        -math.degrees(azimuth) + math.degrees(off[0]),
        math.degrees(down + off[1]),
        pixels_per_m * distance * WIDTH_PX / SIZE_PX,
    )


def light(rng: Rng) -> Light:
    """Daylight, lamp light, dim or strong."""
    tint = np.array([1 + rng.normal(0, 0.05), 1.0, 1 + rng.normal(0, 0.07)])
    strength = rng.uniform(0.6, 1.15)
    return Light(
        tuple(0.8 * strength * tint),
        tuple(rng.uniform(0.15, 0.4) * strength * tint),
        tuple(rng.uniform(0.15, 0.6) * strength * tint),
        (float(rng.normal(0, 0.6)), float(rng.normal(-0.4, 0.4)), 0.8),
    )


def backdrop(rng: Rng) -> NDArray[np.float32]:
    """Wall, floor and things: gradients, blocks, edges and cloth-like noise."""
    size = SIZE_PX
    top, bottom = (np.array(greyish(rng, rng.uniform(0.1, 0.9), 0.08)) * 255 for _ in range(2))
    horizon = rng.uniform(0.1, 0.9)
    ramp = 1 / (1 + np.exp(-(np.linspace(0, 1, size) - horizon) * rng.choice([3, 12, 200])))
    image = np.repeat((top * (1 - ramp[:, None]) + bottom * ramp[:, None])[:, None, :], size, axis=1).astype(np.float32)
    for _ in range(rng.integers(2, 16)):
        x, y, w, h = rng.uniform(-0.2, 1, 2).tolist() + (rng.uniform(0.03, 0.6, 2) ** 1.3).tolist()
        corners = (
            np.array([[x, y], [x + w, y + rng.normal(0, 0.03)], [x + w, y + h], [x, y + h + rng.normal(0, 0.03)]])
            * size
        )
        tone = np.array(greyish(rng, rng.uniform(0.05, 0.95), 0.05) if rng.random() < 0.75 else colour(rng)) * 255
        cv2.fillPoly(image, [corners.astype(np.int32)], tone.tolist(), cv2.LINE_AA)
        if rng.random() < 0.4:
            cv2.polylines(
                image, [corners.astype(np.int32)], True, (tone * 0.6).tolist(), int(rng.integers(1, 4)), cv2.LINE_AA
            )
    for _ in range(rng.integers(0, 12)):
        a, b = (rng.uniform(0, size, 2).astype(int).tolist() for _ in range(2))
        cv2.line(
            image,
            a,
            b,
            (np.array(greyish(rng, rng.uniform(0, 1))) * 255).tolist(),
            int(rng.integers(1, 6)),
            cv2.LINE_AA,
        )
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 5))
    coarse = rng.normal(0, rng.uniform(2, 14), (size // 16, size // 16, 1)).astype(np.float32)
    return (
        image
        + cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)[..., None]
        + rng.normal(0, rng.uniform(0, 4), (size, size, 1)).astype(np.float32)
    )


def desk_edge(rng: Rng, image: NDArray[np.float32], mask: NDArray[np.uint8]) -> None:
    """Sometimes hide the lower part behind a desk, monitor or counter."""
    if rng.random() < 0.55:
        return
    tone = np.array(greyish(rng, rng.uniform(0.05, 0.9), 0.1)) * 255
    left, right = sorted(rng.uniform(-0.3, 1.3, 2)) if rng.random() < 0.4 else (-0.1, 1.1)
    high = rng.uniform(0.68, 0.95)
    corners = np.array([[left, high], [right, high + rng.normal(0, 0.04)], [right, 1.1], [left, 1.1]])
    cv2.fillPoly(image, [(corners * SIZE_PX).astype(np.int32)], tone.tolist(), cv2.LINE_AA)
    cv2.fillPoly(mask, [(corners * mask.shape[0]).astype(np.int32)], 0)


def sensor(rng: Rng, image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Softness, noise, exposure and colour of a cheap camera."""
    if rng.random() < 0.4:
        fewer = int(SIZE_PX / rng.uniform(1.2, 3.0))
        image = cv2.resize(
            cv2.resize(image, (fewer, fewer), interpolation=cv2.INTER_AREA),
            (SIZE_PX, SIZE_PX),
            interpolation=cv2.INTER_CUBIC,
        )
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.35, 1.1))
    image = (image - 128) * rng.uniform(0.8, 1.15) + 128 + rng.normal(0, 12)
    image = image * (1 + rng.normal(0, 0.03, 3)).astype(np.float32) + rng.normal(0, rng.uniform(0.5, 6), image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def labels(stage: Stage, things: list[Drawn], mask: NDArray[np.uint8]) -> list[str]:
    """YOLO lines of what shows enough."""
    lines = []
    shown = boxes_of(mask, stage.size_px)
    for thing in things:
        kind = CLASSES.get(thing.part - 1)
        if kind is None or thing.part not in shown:
            continue
        whole = boxes_of(stage.draw([thing])[2], stage.size_px).get(thing.part)
        x0, y0, x1, y1, count = shown[thing.part]
        if (
            whole is None
            or count < LEAST_SHARE * whole[4]
            or max(x1 - x0, y1 - y0) < LEAST_SIDE_PX
            or min(x1 - x0, y1 - y0) < 1.2
        ):
            continue
        numbers = np.array([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]) / SIZE_PX
        lines.append(" ".join([str(kind), *(f"{v:.6f}" for v in numbers)]))
    return lines


def picture(rng: Rng, stage: Stage) -> tuple[NDArray[np.uint8], list[str]]:
    """Draw one random person."""
    somebody = role(rng)
    actor = Actor(somebody, 0, stage)
    moment = actor.at(float(rng.uniform(0, 30)))
    chest = actor.joint(moment.drawn[0].bones, "spine01")
    pixels_per_m = math.exp(rng.uniform(math.log(230), math.log(820)))
    stage.look_through(view(rng, chest + np.array([0, 0, rng.uniform(-0.15, 0.1)]), pixels_per_m), light(rng))
    things = moment.drawn + add_distractors(rng, actor, moment.drawn[0].bones, stage)
    people, alpha, mask = stage.draw(things)
    image = backdrop(rng) * (1 - alpha[..., None].astype(np.float32) / 255) + people
    mask = mask.copy()
    desk_edge(rng, image, mask)
    return sensor(rng, image), labels(stage, things, mask)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m samples.render.crops", description=__doc__)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for folder in ("images", "labels"):
        (options.out / folder).mkdir(parents=True, exist_ok=True)
    stage = Stage((SIZE_PX, SIZE_PX), 1.25)
    for number in track(range(options.count), "crops"):
        name = f"render_{options.seed}_{number:05d}"
        rng = np.random.default_rng([options.seed, number])
        if (options.out / "labels" / f"{name}.txt").exists():
            continue
        image, lines = picture(rng, stage)
        side = int(rng.integers(480, SIZE_PX + 1))
        image = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        cv2.imwrite(
            str(options.out / "images" / f"{name}.jpg"),
            image[..., ::-1],
            [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 96))],
        )
        (options.out / "labels" / f"{name}.txt").write_text("".join(line + "\n" for line in lines))


if __name__ == "__main__":
    main()
