"""Which boxes of tracked people say something of the floor: whole, upright in shape, and spread over places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.scene import PictureShape

Floats = NDArray[np.float64]

EDGE_SHARE = 0.01
"""A box nearer than this to the picture's edge (share of its width) is cut off by it."""

WIDEST = 0.75
"""An upright person's box is narrower than this share of its height: arms akimbo make .6, sitting .7 to 1."""

SHORTEST_PX = 40
"""Two pixels of a detector's noise are a twentieth of this height, more than the spread of people's own heights."""

PER_TRACK = 12
"""Boxes kept of one person: further ones nearby repeat what these say."""


@dataclass(frozen=True, slots=True, eq=False)
class PeopleBoxes:
    """Boxes of tracked people, from any number of frames.

    Attributes:
        xyxy_px: (N, 4), left top right bottom, pixels.
        track: (N,), whose box it is.
    """

    xyxy_px: Floats
    track: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.xyxy_px.shape != (len(self.track), 4):
            raise ValueError(f"PeopleBoxes: wanted ({len(self.track)}, 4), got {self.xyxy_px.shape}")
        self.xyxy_px.setflags(write=False)
        self.track.setflags(write=False)

    def __len__(self) -> int:
        return len(self.track)

    def of(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> PeopleBoxes:
        """Return some of the boxes."""
        return PeopleBoxes(self.xyxy_px[keep], self.track[keep])

    @property
    def tops_px(self) -> Floats:
        """(N, 2) middle of the upper edge."""
        return np.column_stack([(self.xyxy_px[:, 0] + self.xyxy_px[:, 2]) / 2, self.xyxy_px[:, 1]])

    @property
    def feet_px(self) -> Floats:
        """(N, 2) middle of the lower edge."""
        return np.column_stack([(self.xyxy_px[:, 0] + self.xyxy_px[:, 2]) / 2, self.xyxy_px[:, 3]])

    @property
    def sides_px(self) -> tuple[Floats, Floats]:
        """(N, 2) middles of the left and of the right edge."""
        middle = (self.xyxy_px[:, 1] + self.xyxy_px[:, 3]) / 2
        return np.column_stack([self.xyxy_px[:, 0], middle]), np.column_stack([self.xyxy_px[:, 2], middle])

    @property
    def heights_px(self) -> Floats:
        """(N,) height of the boxes."""
        return self.xyxy_px[:, 3] - self.xyxy_px[:, 1]


def usable(boxes: PeopleBoxes, picture: PictureShape) -> PeopleBoxes:
    """Return the boxes that may show a whole upright person."""
    edge = EDGE_SHARE * picture.width_px
    x1, y1, x2, y2 = boxes.xyxy_px.T
    inside = (x1 > edge) & (y1 > edge) & (x2 < picture.width_px - edge) & (y2 < picture.height_px - edge)
    upright = (y2 - y1 >= SHORTEST_PX) & (x2 - x1 <= WIDEST * (y2 - y1))
    return boxes.of(inside & upright)


def thinned(boxes: PeopleBoxes) -> PeopleBoxes:
    """Return at most `PER_TRACK` boxes of each person, those farthest from one another."""
    kept: list[int] = []
    for number in np.unique(boxes.track):
        own = np.flatnonzero(boxes.track == number)
        feet = boxes.feet_px[own]
        chosen = [int(np.argmax(feet[:, 1]))]
        apart = np.hypot(*(feet - feet[chosen[0]]).T)
        while len(chosen) < min(PER_TRACK, len(own)):
            chosen.append(int(np.argmax(apart)))
            apart = np.minimum(apart, np.hypot(*(feet - feet[chosen[-1]]).T))
        kept += [int(own[i]) for i in chosen]
    return boxes.of(np.array(sorted(kept), dtype=np.int64))
