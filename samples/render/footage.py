"""From a story to frames: the still of the room, shadows, people, smoke, sensor noise, and exact boxes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.render.bodies import ASSETS
from samples.render.cameras import CAMERAS, HEIGHT_PX, WIDTH_PX
from samples.render.company import PARTS_PER_PERSON, Actor
from samples.render.stage import Light, Stage, project
from samples.render.story import Story

Image = NDArray[np.uint8]
RATE_FPS = 10
OUTLINE_EVERY = 5  # frames; what a person would cover unhidden changes slowly
NOISE_LEVELS = 1.2
LIGHTS = {
    "entrance": Light(),
    "counter": Light(key_from=(-0.3, -0.4, 0.86)),
    "office": Light(
        sky=(0.74, 0.73, 0.70), ground=(0.24, 0.22, 0.20), key=(0.34, 0.33, 0.31), key_from=(0.1, -0.5, 0.86)
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One frame: the picture (RGB) and where everything is.

    Attributes:
        boxes: Part number -> (x0, y0, x1, y1, count) in pixels of the picture.
        share: Name of a person -> how much of what lies in the picture is not hidden, 0..1.
    """

    image: Image
    boxes: dict[int, tuple[float, float, float, float, int]]
    share: dict[str, float]


def boxes_of(mask: Image, size_px: tuple[int, int]) -> dict[int, tuple[float, float, float, float, int]]:
    """Exact boxes of every part number in an identity mask, scaled to the picture; count in its pixels."""
    scale = mask.shape[1] / size_px[0]
    found = {}
    for part in np.unique(mask):
        if part == 0:
            continue
        hit = mask == part
        rows, columns = np.flatnonzero(hit.any(axis=1)), np.flatnonzero(hit.any(axis=0))
        found[int(part)] = (
            float(columns[0] / scale),
            float(rows[0] / scale),
            float((columns[-1] + 1) / scale),
            float((rows[-1] + 1) / scale),
            round(np.count_nonzero(hit) / scale**2),
        )
    return found


class Footage:
    """Draws one story frame by frame."""

    def __init__(self, story: Story, scale: float = 1.5) -> None:
        self.story = story
        self.size_px = (WIDTH_PX, HEIGHT_PX)
        still = cv2.imread(str(next((ASSETS / "rooms").glob(f"{story.camera}.[jp]*g"))), cv2.IMREAD_COLOR)
        if still is None or still.shape[:2] != (HEIGHT_PX, WIDTH_PX):
            raise ValueError(f"room still of {story.camera}: want {WIDTH_PX}x{HEIGHT_PX}")
        self.still = cv2.cvtColor(still, cv2.COLOR_BGR2RGB).astype(np.float32)
        self.stage = Stage(self.size_px, scale)
        self.stage.look_through(CAMERAS[story.camera], LIGHTS[story.camera])
        with np.load(ASSETS / "rooms" / f"{story.camera}.npz") as room:
            self.stage.furnish(room["vertices_m"], room["triangles"])
        self.whole_px: dict[str, int] = {}
        self.actors = [Actor(role, i, self.stage) for i, role in enumerate(story.roles)]
        if len(self.actors) * PARTS_PER_PERSON > 254:
            raise ValueError(f"{story.camera}: more people than identity numbers")

    def shoot(self, frame: int) -> Shot:
        """Draw frame number ``frame``."""
        t_s = frame / RATE_FPS
        moments = [actor.at(t_s) for actor in self.actors]
        drawn = [thing for moment in moments for thing in moment.drawn]
        people, alpha, mask = self.stage.draw(drawn)
        shade = self.stage.shade(np.concatenate([m.spheres for m in moments]))
        image = self.still * shade[..., None] * (1 - alpha[..., None].astype(np.float32) / 255) + people
        for moment in moments:
            if moment.ember_m is not None:
                self._smoke(image, moment.ember_m, t_s)
        boxes = boxes_of(mask, self.size_px)
        share = {}
        for actor, moment in zip(self.actors, moments, strict=True):
            if actor.first in boxes:
                if frame % OUTLINE_EVERY == 0 or actor.role.name not in self.whole_px:
                    self.whole_px[actor.role.name] = max(1, self.stage.outline_px(moment.drawn[0]))
                share[actor.role.name] = min(1.0, boxes[actor.first][4] / self.whole_px[actor.role.name])
        return Shot(self._sensor(image, frame), boxes, share)

    def _smoke(self, image: NDArray[np.float32], ember_m: NDArray[np.float64], t_s: float) -> None:
        """A faint wisp that rises and widens."""
        rise = np.linspace(0.01, 0.42, 22)
        drift = (
            0.05 * rise[:, None] * np.stack([np.sin(9 * rise - 2.2 * t_s), np.cos(7 * rise - 1.7 * t_s)], axis=1) * 4
        )
        points = ember_m + np.concatenate([drift, rise[:, None]], axis=1)
        layer = np.zeros(image.shape[:2], np.float32)
        for (x, y), height in zip(project(self.stage.matrix, points, self.size_px), rise, strict=True):
            cv2.circle(
                layer,
                (int(x * 8), int(y * 8)),
                int(8 * (2.0 + 26 * height)),
                float(0.34 * (1 - height / 0.45) ** 1.3),
                -1,
                cv2.LINE_AA,
                3,
            )
        layer = cv2.GaussianBlur(layer, (0, 0), 3.2)[..., None]
        image += layer * (np.array([222, 224, 228], np.float32) - image)

    def _sensor(self, image: NDArray[np.float32], frame: int) -> Image:
        """Slight lens softness and noise of the sensor."""
        rng = np.random.default_rng(frame)
        soft = cv2.GaussianBlur(image, (0, 0), 0.55)
        noise = cv2.resize(
            rng.normal(0, NOISE_LEVELS * 1.5, (HEIGHT_PX // 2, WIDTH_PX // 2)).astype(np.float32),
            self.size_px,
            interpolation=cv2.INTER_LINEAR,
        )
        return np.clip(soft + noise[..., None] + 0.5, 0, 255).astype(np.uint8)
