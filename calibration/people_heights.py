"""The floor by itself: from how tall upright people look at nearer and farther places.

A person of known height at a known place has one height in the picture, so that many persons fix the camera's height,
tilt and roll, and to a lesser degree its focal length. A prior holds what they leave open.
Source: the idea of N. Krahnstoever, P. Mendonça, Bayesian autocalibration for surveillance, ICCV 2005.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.camera_pose import CameraPose, tilted
from calibration.distortion import Points, centre_px, undistort_px
from calibration.errors import PeopleAtOneDistance, PeopleUncertain, TooFewPeople
from calibration.homography import FloorFit, fit_floor, floor_points_of
from calibration.people_boxes import PeopleBoxes, thinned, usable
from calibration.scene import Lens, PictureShape

Floats = NDArray[np.float64]

PEOPLE_FEWEST, BOXES_FEWEST = 3, 24
"""The mean of three people is off by 2.5 % (one standard deviation), of ten by 1.4 %."""

NEAR_TO_FAR = 1.25
"""The tallest boxes must be this many times as tall as the smallest, or nothing tells the tilt."""

UNCERTAIN_MOST = 0.3
"""A floor is refused whose places may be off by more than this share of their distance (95 % bound)."""

BOX_SD_PX, GAIT_SD_M = 3.0, 0.025
"""A detector's edges jitter by about 2 px each; a walker's head bobs, and the feet are apart, by some centimetres."""

TOE_M, TOE_SD_M, SKULL_M = 0.25, 0.06, 0.1
"""The box ends this far before the middle of the body: half a foot, .13 m, and half a step, .33 m at .41 of the height
(Perry, Gait Analysis, 1992), of which 2/pi is the mean over the cycle and 2/pi of that over all directions; and the
radius of the ball that a head is."""

WIDTH_M, WIDTH_LOG_SD = 0.48, 0.15
WIDTH_OWN_SD_M, WIDTH_SD_M = 0.07, 0.07
"""Shoulders with arms, elbow to elbow; how far the mean of a place may be off; how much a person and their way of
facing differ from it, and how much one look from another. Boxes at the picture's sides are wider because people there
lean outwards: this tells the focal length, of which the heights alone say little."""

SHOULDERS_SHARE, FEET_M, FEET_SD_M = 0.82, 0.2, 0.04
"""Height of the shoulders, share of the whole (Drillis and Contini, 1966: .818); and how far the feet reach to each
side: .14 m from the front, two shoes side by side; from the side half a foot and half a step, .13 to .3 m. It matters:
5 cm more make the focal length 6 % longer, which is why it is sought with the rest."""

LOOKS_OF_ONE = 6.0
"""As many independent looks the boxes of one person count at most: gait, hair and shadows stay with a person."""

ROLL_SD_DEG = 2.0
"""Cameras are hung level by eye."""

OUTLIERS, OUTLIER_REACH = 0.35, 20.0
"""Share of boxes that show no whole upright person, and how many standard deviations they spread over."""


@dataclass(frozen=True, slots=True)
class Priors:
    """What is believed before anybody is seen.

    Attributes:
        height_m: Mean height. Vietnamese adults of 18 and over: men 1.681, women 1.562 m at 18, General Nutrition
            Census 2019-2020 (Viện Dinh dưỡng); older people are shorter, shoes add as much. All distances are
            proportional to it: 1 cm is 0.6 %.
        height_sd_m: Spread from person to person.
        mean_sd_m: How far the mean of a place may be off the country's.
        focal, focal_log_sd: Focal length in picture widths, and the spread of its logarithm: 2.8 to 6 mm lenses.
    """

    height_m: float = 1.62
    height_sd_m: float = 0.07
    mean_sd_m: float = 0.02
    focal: float = 0.8
    focal_log_sd: float = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class PeopleFit:
    """A floor from people. Its origin is below the camera, y along the view.

    Attributes:
        floor: Nine marks that stand for it, with no error of their own.
        people: Tracks that took part.
        boxes, boxes_seen: Boxes that fit, of those looked at.
        uncertainty: 95 % bound of how far a place where people stood may be off, share of its distance.
        focal_sd: Standard deviation of the focal length, share of it; so for ``height_sd`` and the camera's height.
    """

    floor: FloorFit
    pose: CameraPose
    people: int
    boxes: int
    boxes_seen: int
    uncertainty: float
    focal_sd: float
    height_sd: float


def fit_people(
    boxes: PeopleBoxes, picture: PictureShape, *, lens: Lens | None = None, priors: Priors | None = None
) -> PeopleFit:
    """Find the floor from tracked people.

    Args:
        lens: A measured lens; its focal length is then taken as it is.

    Raises:
        TooFewPeople, PeopleAtOneDistance, PeopleUncertain: And what to do about it.
    """
    priors = priors or Priors()
    whole = thinned(usable(boxes, picture))
    _check_enough(whole, whole, np.ones(len(whole)))
    model = _Model(whole, picture, lens, priors)
    x, weight = model.solve()
    taken = weight > 0.5
    _check_enough(whole.of(taken), whole, weight)
    spread = model.spread(x, weight)
    pose = model.pose(x)
    uncertainty = _uncertainty(model, x, spread, whole.of(taken))
    if not uncertainty < UNCERTAIN_MOST:
        raise PeopleUncertain(
            f"what {len(np.unique(whole.track[taken]))} people show leaves places uncertain by {uncertainty:.0%} of "
            f"their distance, at most {UNCERTAIN_MOST:.0%} is accepted: a longer recording with people walking from "
            "the front to the back is needed, or a measured lens"
        )
    return PeopleFit(
        floor=fit_floor(floor_points_of(pose), picture, lens),
        pose=pose,
        people=len(np.unique(whole.track[taken])),
        boxes=int(taken.sum()),
        boxes_seen=len(whole),
        uncertainty=uncertainty,
        focal_sd=0.0 if lens is not None else float(np.sqrt(spread[3, 3])),
        height_sd=float(np.sqrt(spread[2, 2])),
    )


def _check_enough(taken: PeopleBoxes, seen: PeopleBoxes, weight: Floats) -> None:
    people = len(np.unique(taken.track))
    if people < PEOPLE_FEWEST or len(taken) < BOXES_FEWEST:
        raise TooFewPeople(
            f"{len(taken)} boxes of {people} upright people in full view, out of {len(seen)}: at least "
            f"{BOXES_FEWEST} of {PEOPLE_FEWEST} are needed. Take a longer recording in which people walk through"
        )
    low, high = np.percentile(taken.heights_px, [5, 95])
    if high < NEAR_TO_FAR * low:
        raise PeopleAtOneDistance(
            f"all people are about equally far away (boxes of {low:.0f} to {high:.0f} px): people at nearer and "
            "farther places are needed. Have somebody walk from the front to the back of the room"
        )


class _Model:
    """Boxes, and what a camera says of them.

    x = tilt, roll (radians), log height (m), log focal (picture widths), and of a body: log width, reach of the feet to
    the side and to the front (m). Pictures are measured in their widths, from the centre.
    """

    def __init__(self, boxes: PeopleBoxes, picture: PictureShape, lens: Lens | None, priors: Priors) -> None:
        self._picture, self._lens, self._priors = picture, lens, priors
        self._feet, self._tops, self._left, self._right = (
            (undistort_px(points, lens, picture) - centre_px(lens, picture)) / picture.width_px
            for points in (boxes.feet_px, boxes.tops_px, boxes.sides_px[0], boxes.sides_px[1])
        )
        box_sd = BOX_SD_PX / picture.width_px
        # from the boxes' own height: a scale taken from the camera sought would reward cameras that are unsure
        self._scale = (self._feet[:, 1] - self._tops[:, 1]) / priors.height_m
        self._person_sd = np.hypot(GAIT_SD_M * self._scale, box_sd)
        self._stranger_sd = np.hypot(priors.height_sd_m * self._scale, self._person_sd)
        self._width_sd = np.hypot(WIDTH_SD_M * self._scale, box_sd)
        people, self._owner = np.unique(boxes.track, return_inverse=True)
        self._people = len(people)
        self._share = np.minimum(1.0, LOOKS_OF_ONE / np.bincount(self._owner)[self._owner])

    def pose(self, x: Floats) -> CameraPose:
        """Return the camera that x stands for."""
        return CameraPose(
            self._focal(x) * self._picture.width_px,
            tilted(x[0], x[1]),
            np.array([0.0, 0.0, float(np.exp(x[2]))]),
            self._picture,
            self._lens,
        )

    def solve(self) -> tuple[Floats, Floats]:
        """Return the best x, and per box the probability (N,) that it shows a whole upright person."""
        best: tuple[float, Floats, Floats] | None = None
        for start in self._starts():
            x, weight = start, self._upright(start)
            for steps in (4, 4, 8, 25):
                x = self._refine(x, weight, steps)
                weight = self._upright(x)
            cost = self._cost(x)
            if best is None or cost < best[0]:
                best = cost, x, weight
        if best is None:
            raise TooFewPeople("no camera above a floor sees people as these boxes show them")
        return best[1], best[2]

    def spread(self, x: Floats, weight: Floats) -> Floats:
        """Return the covariance (7, 7) of x, the mean height's own doubt included."""
        step = 1e-5
        rows = [(self._misses(x + e, weight) - self._misses(x - e, weight)) / (2 * step) for e in step * np.eye(len(x))]
        slopes = np.array(rows)
        covariance = np.linalg.pinv(slopes @ slopes.T)
        covariance[2, 2] += (self._priors.mean_sd_m / self._priors.height_m) ** 2
        return np.asarray(covariance, dtype=np.float64)

    def _focal(self, x: Floats) -> float:
        return self._lens.focal if self._lens is not None else float(np.exp(x[3]))

    def _starts(self) -> list[Floats]:
        grid = [
            np.array([np.radians(tilt), 0.0, np.log(height), np.log(focal), np.log(WIDTH_M), FEET_M, TOE_M])
            for tilt in (5, 12, 20, 28, 36, 45, 55, 65)
            for height in (2.0, 2.5, 3.0, 3.6, 4.5, 5.5, 7.0)
            for focal in ((0.5, 0.7, 1.0, 1.4) if self._lens is None else (self._lens.focal,))
        ]
        grid.sort(key=self._cost)
        return grid[:2]

    def _predict(self, x: Floats) -> _Seen:
        """Return how a person of mean height would be seen in each box's place."""
        focal, height, wide = self._focal(x), float(np.exp(x[2])), float(np.exp(x[4]))
        rotation = tilted(x[0], x[1])
        mean = self._priors.height_m
        feet_x = self._feet[:, 0]
        for _ in range(2):
            standing = _standing(np.column_stack([feet_x, self._feet[:, 1]]), x[6], rotation, focal, height)
            heads, shoulders, soles = (
                _appears(standing, level - height, rotation, focal)
                for level in (mean - SKULL_M, SHOULDERS_SHARE * mean, 0.0)
            )
            # a leaning body's box goes from the outer foot to the outer shoulder or ear
            parts = ((heads, SKULL_M), (shoulders, wide / 2), (soles, x[5]))
            left = np.min([part[:, 0] - half * part[:, 2] for part, half in parts], axis=0)
            right = np.max([part[:, 0] + half * part[:, 2] for part, half in parts], axis=0)
            feet_x = feet_x + np.nan_to_num((self._left[:, 0] + self._right[:, 0] - left - right) / 2)
        taller = _appears(standing, mean + 0.05 - SKULL_M - height, rotation, focal)
        # the silhouette of a ball reaches its radius above its middle
        top = heads[:, 1] - SKULL_M * heads[:, 2]
        slope = (taller[:, 1] - SKULL_M * taller[:, 2] - top) / 0.05
        return _Seen(top, slope, right - left, np.isfinite(top + slope + right - left))

    def _upright(self, x: Floats) -> Floats:
        good, bad = self._likelihoods(x)
        return np.asarray(good / (good + bad), dtype=np.float64)

    def _likelihoods(self, x: Floats) -> tuple[Floats, float]:
        z = (self._tops[:, 1] - self._predict(x).top) / self._stranger_sd
        good = (1 - OUTLIERS) * np.exp(-0.5 * np.square(z)) / np.sqrt(2 * np.pi)
        return np.nan_to_num(good), OUTLIERS / OUTLIER_REACH

    def _cost(self, x: Floats) -> float:
        good, bad = self._likelihoods(x)
        return float(-(self._share * np.log(good + bad)).sum() + 0.5 * np.square(self._doubts(x)).sum())

    def _doubts(self, x: Floats) -> Floats:
        """Return how far x is from what cameras and people are like, standard deviations."""
        focal = (x[3] - np.log(self._priors.focal)) / self._priors.focal_log_sd
        wide = (x[4] - np.log(WIDTH_M)) / WIDTH_LOG_SD
        feet, toe = (x[5] - FEET_M) / FEET_SD_M, (x[6] - TOE_M) / TOE_SD_M
        return np.array([focal, x[1] / np.radians(ROLL_SD_DEG), (x[2] - np.log(3.2)) / 0.6, wide, feet, toe])

    def _misses(self, x: Floats, weight: Floats) -> Floats:
        """Return what is to be made small: boxes against their own person's height and width, these, and the priors."""
        seen = self._predict(x)
        weight = np.where(seen.is_seen, weight, 0.0) * self._share
        too_low = np.where(seen.is_seen, self._tops[:, 1] - seen.top, 0.0)
        slope = np.where(seen.is_seen, seen.slope, 0.0)
        too_wide = np.where(seen.is_seen, self._right[:, 0] - self._left[:, 0] - seen.width, 0.0)
        heights = self._personal(too_low, slope, weight / np.square(self._person_sd), self._priors.height_sd_m)
        widths = self._personal(too_wide, self._scale, weight / np.square(self._width_sd), WIDTH_OWN_SD_M)
        return np.concatenate([heights, widths, self._doubts(x)])

    def _personal(self, off: Floats, slope: Floats, precision: Floats, own_sd: float) -> Floats:
        """Return what is left when each person may differ from the mean, and how much each does, standard deviations.

        Each person's own measure is a mean of what their boxes say and of the prior, in closed form.
        """
        total = np.bincount(self._owner, precision * slope * slope, self._people) + own_sd**-2.0
        own = np.bincount(self._owner, precision * slope * off, self._people) / total
        return np.concatenate([np.sqrt(precision) * (off - slope * own[self._owner]), own / own_sd])

    def _refine(self, x: Floats, weight: Floats, steps: int) -> Floats:
        # imported late: every program of ours would carry it in memory, and few calibrate
        from scipy.optimize import least_squares

        low = [-0.1, -0.35, np.log(1.2), np.log(0.2), np.log(0.2), 0.08, 0.0]
        high = [1.5, 0.35, np.log(15.0), np.log(4.0), 0.0, 0.35, 0.5]
        solved = least_squares(
            lambda y: self._misses(y, weight), x, bounds=(low, high), loss="soft_l1", f_scale=2.0, max_nfev=steps
        )
        return np.asarray(solved.x, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Of a person of mean height, per box, in picture widths: upper edge, its change per metre of height, width."""

    top: Floats
    slope: Floats
    width: Floats
    is_seen: NDArray[np.bool_]


def _standing(feet: Points, toe: float, rotation: Floats, focal: float, height: float) -> Floats:
    """Return where the middle of the feet is, (N, 2) metres: a toe's length beyond the lower edge of the box."""
    rays = np.column_stack([feet / focal, np.ones(len(feet))]) @ rotation
    falls = rays[:, 2] < -1e-3
    along = np.where(falls, -height / np.where(falls, rays[:, 2], -1.0), np.nan)
    places = rays[:, :2] * along[:, None]
    far = np.hypot(places[:, 0], places[:, 1])
    return np.asarray(places * ((far + toe) / np.maximum(far, 1e-6))[:, None], dtype=np.float64)


def _appears(standing: Floats, above_eye_m: float, rotation: Floats, focal: float) -> Floats:
    """Return x, y and picture widths per metre, (N, 3), of the points above (N, 2) places; NaN behind the camera."""
    seen = np.column_stack([standing, np.full(len(standing), above_eye_m)]) @ rotation.T
    scale = focal / np.where(seen[:, 2] > 0.2, seen[:, 2], np.nan)
    return np.column_stack([seen[:, 0] * scale, seen[:, 1] * scale, scale])


def _uncertainty(model: _Model, x: Floats, spread: Floats, boxes: PeopleBoxes) -> float:
    """Return the 95 % bound of the share by which places of people may be off, over cameras as likely as the spread."""
    draws = np.random.default_rng(0).multivariate_normal(x, spread, size=100)
    feet = boxes.feet_px
    true = model.pose(x).meet(feet)
    reach = np.hypot(np.hypot(*true.T), np.exp(x[2]))
    off = [np.hypot(*(model.pose(draw).meet(feet) - true).T) / reach for draw in draws]
    return float(np.percentile([np.median(np.nan_to_num(one, nan=1.0)) for one in off], 95))
