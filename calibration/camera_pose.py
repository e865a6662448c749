"""Where a camera hangs above the floor, and how large upright things appear to it.

World: x and y on the floor, z up, metres. Camera: x right, y down, z forward. Pixels are square.
Source: Hartley & Zisserman, Multiple View Geometry, 2nd ed., ch. 6 and 8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.distortion import Points, centre_px, distort_px, undistort_px
from calibration.scene import Lens, PictureShape, PointFrac

Matrix = NDArray[np.float64]

FOCAL_PRIOR, FOCAL_PRIOR_LOG_SD = 0.8, 0.4
"""Focal length in picture widths: 2.8 to 6 mm before the usual 1/2.7 inch sensor, 5.4 mm wide, is 0.5 to 1.1. Each
number is one standard deviation from .75 or so; seen from straight above, nothing else tells focal length from height.
"""

MARK_SD_PX = 1.0
"""How well a mark is taken to be placed where it is weighed against the prior."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraPose:
    """A camera with square pixels above a floor.

    Attributes:
        focal_px: Focal length at the size of ``picture``.
        rotation: (3, 3), turns directions of the world into those of the camera.
        eye_m: (3,) where the camera is; the third is its height.
        picture: Size that pixels refer to.
        lens: How the lens bends; None for a straight one with its centre in the middle.
    """

    focal_px: float
    rotation: Matrix
    eye_m: NDArray[np.float64]
    picture: PictureShape
    lens: Lens | None = None

    def __post_init__(self) -> None:
        if self.rotation.shape != (3, 3) or self.eye_m.shape != (3,):
            raise ValueError(f"CameraPose: wanted (3, 3) and (3,), got {self.rotation.shape} and {self.eye_m.shape}")
        self.rotation.setflags(write=False)
        self.eye_m.setflags(write=False)

    @classmethod
    def hung(
        cls, height_m: float, *, tilt_deg: float, focal_px: float, picture: PictureShape, lens: Lens | None = None
    ) -> CameraPose:
        """Make a camera above (0, 0) that looks along +y, ``tilt_deg`` below the horizontal."""
        rotation = tilted(np.radians(tilt_deg), 0.0)
        return cls(focal_px, rotation, np.array([0.0, 0.0, height_m]), picture, lens)

    @property
    def height_m(self) -> float:
        """Height above the floor."""
        return float(self.eye_m[2])

    @property
    def tilt_deg(self) -> float:
        """How far the camera looks down: 0 is level, 90 straight down."""
        return float(np.degrees(np.arcsin(np.clip(-self.rotation[2, 2], -1.0, 1.0))))

    @property
    def roll_deg(self) -> float:
        """How far the camera is turned about its direction of view; 0 where the horizon is level."""
        return float(np.degrees(np.arctan2(self.rotation[0, 2], -self.rotation[1, 2])))

    def project(self, points_m: Matrix) -> Points:
        """Return where (N, 3) points appear, (N, 2) pixels; NaN behind the camera."""
        seen = (np.asarray(points_m, dtype=np.float64) - self.eye_m) @ self.rotation.T
        depth = np.where(seen[:, 2:] > 1e-6, seen[:, 2:], np.nan)
        straight = seen[:, :2] / depth * self.focal_px + centre_px(self.lens, self.picture)
        return distort_px(straight, self.lens, self.picture)

    def meet(self, points_px: Points, height_m: float = 0.0) -> Points:
        """Return where the lines of sight through (N, 2) pixels reach a height, (N, 2) metres; NaN if never."""
        straight = undistort_px(points_px, self.lens, self.picture) - centre_px(self.lens, self.picture)
        rays = np.column_stack([straight / self.focal_px, np.ones(len(straight))]) @ self.rotation
        rise = height_m - self.height_m
        with np.errstate(divide="ignore", invalid="ignore"):
            along = rise / rays[:, 2]
        along = np.where((along > 0) & np.isfinite(along), along, np.nan)
        return np.asarray(self.eye_m[:2] + rays[:, :2] * along[:, None], dtype=np.float64)

    def px_per_m(self, at_frac: PointFrac, height_m: float, *, seen_at_m: float = 0.0) -> float:
        """Return pixels per metre of something level that faces the camera, ``height_m`` above the floor.

        Args:
            at_frac: Where its owner is seen, fractions.
            seen_at_m: How high the point at ``at_frac`` is above the floor: 0 for feet.

        Returns:
            NaN where that line of sight never comes down to ``seen_at_m``, or the thing is out of the camera's sight.
        """
        scale = self.scales(np.array([at_frac]) * self.sides_px, height_m, seen_at_m=seen_at_m)
        return float(scale[0])

    def scales(self, points_px: Points, height_m: float, *, seen_at_m: float = 0.0) -> NDArray[np.float64]:
        """Return `px_per_m` for (N, 2) pixels, as (N,)."""
        places = self.meet(points_px, seen_at_m)
        away = places - self.eye_m[:2]
        with np.errstate(divide="ignore", invalid="ignore"):
            across = np.column_stack([-away[:, 1], away[:, 0]]) / np.hypot(*away.T)[:, None]
        # 10 cm, so that the lens' bend over the thing itself counts as it does for a card
        ends = [
            self.project(np.column_stack([places + side * 0.05 * across, np.full(len(places), height_m)]))
            for side in (-1, 1)
        ]
        return np.asarray(np.hypot(*(ends[1] - ends[0]).T) / 0.1, dtype=np.float64)

    def distance_m(self, at_frac: PointFrac, height_m: float, *, seen_at_m: float = 0.0) -> float:
        """Return how far the camera is from what `px_per_m` speaks of."""
        place = self.meet(np.array([at_frac]) * self.sides_px, seen_at_m)[0]
        return float(np.linalg.norm(np.array([*place, height_m]) - self.eye_m))

    @property
    def sides_px(self) -> NDArray[np.float64]:
        """Width and height of the picture: fractions times this are pixels."""
        return np.array([self.picture.width_px, self.picture.height_px], dtype=np.float64)


def tilted(tilt_rad: float, roll_rad: float) -> Matrix:
    """Return the rotation of a camera that looks along +y, ``tilt_rad`` down, turned about its view by ``roll_rad``."""
    sin, cos = np.sin(tilt_rad), np.cos(tilt_rad)
    level = np.array([[1.0, 0.0, 0.0], [0.0, -sin, -cos], [0.0, cos, -sin]])
    turn = np.array(
        [[np.cos(roll_rad), -np.sin(roll_rad), 0.0], [np.sin(roll_rad), np.cos(roll_rad), 0.0], [0.0, 0.0, 1.0]]
    )
    return np.asarray(turn @ level, dtype=np.float64)


def fit_pose(
    marks_px: Points, floor_m: Points, *, start: Matrix, picture: PictureShape, lens: Lens | None = None
) -> tuple[CameraPose, NDArray[np.float64]]:
    """Find the camera that sees marks on the floor where they were marked.

    Args:
        marks_px: (N, 2) pixels, freed from distortion.
        floor_m: (N, 2) metres.
        start: (3, 3) homography from the floor to these pixels, positive in front of the camera.

    Returns:
        The camera, and how far each mark appears from where it should, (N,) pixels.
    """
    # imported late: every program of ours would carry it in memory, and few calibrate
    from scipy.optimize import least_squares
    from scipy.spatial.transform import Rotation

    centre, width = centre_px(lens, picture), float(picture.width_px)
    points = np.column_stack([floor_m, np.zeros(len(floor_m))])
    to_centre = np.array([[1.0, 0.0, -centre[0]], [0.0, 1.0, -centre[1]], [0.0, 0.0, 1.0]]) @ start

    def misses(x: NDArray[np.float64]) -> NDArray[np.float64]:
        focal = lens.focal * width if lens is not None else width * np.exp(x[6])
        seen = (points - x[3:6]) @ Rotation.from_rotvec(x[:3]).as_matrix().T
        # a mark behind the camera is as wrong as can be, but the search must be able to come back
        depth = np.where(seen[:, 2:] > 1e-3, seen[:, 2:], 1e-3)
        off = (seen[:, :2] / depth * focal + centre - marks_px).ravel() / MARK_SD_PX
        prior = 0.0 if lens is not None else (x[6] - np.log(FOCAL_PRIOR)) / FOCAL_PRIOR_LOG_SD
        return np.append(off, prior)

    focals = [lens.focal] if lens is not None else [*_focals_of(to_centre, width), 0.5, 0.8, 1.2]
    starts = [_decompose(to_centre, focal * width, focal) for focal in focals]
    first = min(starts, key=lambda x: float(np.square(misses(x)).sum()))
    best = least_squares(misses, first, method="trf", x_scale="jac", max_nfev=200).x
    focal = lens.focal * width if lens is not None else float(width * np.exp(best[6]))
    pose = CameraPose(focal, Rotation.from_rotvec(best[:3]).as_matrix(), best[3:6].copy(), picture, lens)
    off = misses(best)[:-1].reshape(-1, 2) * MARK_SD_PX
    return pose, np.hypot(off[:, 0], off[:, 1])


def _focals_of(homography: Matrix, width: float) -> list[float]:
    """Return the focal length, picture widths, that makes the plan's axes square and equally long, if there is one."""
    a, b = homography[:, 0] / [width, width, 1.0], homography[:, 1] / [width, width, 1.0]
    # with w = 1 / focal^2: a.b = 0 and a.a = b.b, each linear in w
    rows = np.array([a[0] * b[0] + a[1] * b[1], a[0] ** 2 + a[1] ** 2 - b[0] ** 2 - b[1] ** 2])
    right = -np.array([a[2] * b[2], a[2] ** 2 - b[2] ** 2])
    w = float(rows @ right / max(float(rows @ rows), 1e-30))
    return [float(w**-0.5)] if 0.04 < w < 25.0 else []


def _decompose(homography: Matrix, focal_px: float, focal: float) -> NDArray[np.float64]:
    """Return rotation vector, eye and log focal for a homography to pixels from the centre."""
    from scipy.spatial.transform import Rotation

    columns = np.diag([1 / focal_px, 1 / focal_px, 1.0]) @ homography
    columns = columns / ((np.linalg.norm(columns[:, 0]) + np.linalg.norm(columns[:, 1])) / 2)
    u, _, vt = np.linalg.svd(np.column_stack([columns[:, 0], columns[:, 1], np.cross(columns[:, 0], columns[:, 1])]))
    rotation = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    eye = -rotation.T @ columns[:, 2]
    return np.array([*Rotation.from_matrix(rotation).as_rotvec(), *eye, np.log(focal)])
