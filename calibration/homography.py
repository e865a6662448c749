"""Where on the floor somebody stands: from the picture to metres and back.

The floor's plan is seen from above, x to the right of y as on any map; z is up.
Source: Hartley & Zisserman, Multiple View Geometry, 2nd ed., ch. 2 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.camera_pose import CameraPose, fit_pose
from calibration.distortion import Points, as_points, centre_px, distort_px, undistort_px
from calibration.errors import (
    AspectDiffers,
    FloorMirrored,
    PointsBeyondHorizon,
    PointsCollinear,
    PointsContradict,
    PointsDuplicate,
    TooFewPoints,
)
from calibration.scene import FloorPoint, Lens, PictureShape

Matrix = NDArray[np.float64]

POINTS_FEWEST = 4

WORST_SHARE = 0.01
"""How far a mark may appear from where it was marked, in picture widths: 13 px of 1280. A hand marks a cross on the
floor to about 3 px; a distance misread by a tenth moves a mark by 20 to 60 px."""

FREE_FEWEST = 6
"""Marks from which a floor is accepted that no camera with square pixels sees: twelve numbers for eight unknowns."""

DUPLICATE_FRAC, DUPLICATE_M = 0.004, 0.02
"""Marks nearer to one another than this are one mark: 5 px of 1280, two centimetres."""

COLLINEAR_SHARE = 0.02
"""A triangle is flat whose height is less than this share of its longest side. Of floors from four marks with 1 px of
noise, one in ten was off by more than 20 % below .01, 4 % below .02, 1.4 % below .03 and 0.6 % below .2."""


@dataclass(frozen=True, slots=True, eq=False)
class Homography:
    """From the picture to the floor.

    Attributes:
        matrix: (3, 3), from pixels without distortion to metres; the third coordinate is positive below the horizon.
        picture: Size that pixels refer to.
        lens: How the lens bends; None for a straight one.
    """

    matrix: Matrix
    picture: PictureShape
    lens: Lens | None = None

    def __post_init__(self) -> None:
        if self.matrix.shape != (3, 3) or not np.isfinite(self.matrix).all():
            raise ValueError(f"Homography.matrix: wanted (3, 3) finite numbers, got {self.matrix!r}")
        self.matrix.setflags(write=False)

    def to_floor(self, points_px: Points) -> Points:
        """Carry (N, 2) pixels to (N, 2) metres; NaN at and beyond the horizon."""
        straight = undistort_px(as_points(points_px), self.lens, self.picture)
        return _carry(self.matrix, straight)

    def to_picture(self, floor_m: Points) -> Points:
        """Carry (N, 2) metres to (N, 2) pixels; NaN for what lies behind the camera."""
        inverse = _inverse(self.matrix)
        return distort_px(_carry(inverse, as_points(floor_m)), self.lens, self.picture)

    def to_floor_frac(self, points_frac: Points) -> Points:
        """Carry (N, 2) fractions of the picture to (N, 2) metres; NaN at and beyond the horizon."""
        return self.to_floor(as_points(points_frac) * [self.picture.width_px, self.picture.height_px])

    def for_picture(self, width_px: int, height_px: int) -> Homography:
        """Return the same floor for a stream of another size. Raises `AspectDiffers` where its sides do not fit."""
        check_aspect(self.picture, width_px, height_px)
        scale = np.diag([self.picture.width_px / width_px, self.picture.height_px / height_px, 1.0])
        return Homography(self.matrix @ scale, PictureShape(width_px, height_px), self.lens)


@dataclass(frozen=True, slots=True, eq=False)
class FloorFit:
    """A floor found, and how well.

    Attributes:
        pose: The camera above it; None where no camera with square pixels sees the marks so: then nothing is known of
            the size of things above the floor.
        error_px: Per mark, from where it was marked to where it should appear, pixels.
        error_m: The same on the floor, metres.
        worst: Index of the mark with the largest error in the picture.
    """

    homography: Homography
    pose: CameraPose | None
    points: tuple[FloorPoint, ...]
    error_px: tuple[float, ...]
    error_m: tuple[float, ...]

    @property
    def worst(self) -> int:
        """Index of the mark that fits worst."""
        return int(np.argmax(self.error_px))


def foot_point_m(xyxy_px: NDArray[np.float32], floor: Homography) -> NDArray[np.float64]:
    """Project where people stand onto the floor plan.

    Uses the middle of the lower edge: the only box point that lies on the ground plane.

    Args:
        xyxy_px: (N, 4) boxes in pixels of the calibrated resolution.
        floor: Image-to-floor homography of this camera.

    Returns:
        (N, 2) metres in the site's floor frame; NaN beyond the horizon.

    Source: Hartley & Zisserman, Multiple View Geometry, 2nd ed., ch. 2.
    """
    boxes = np.asarray(xyxy_px, dtype=np.float64).reshape(-1, 4)
    return floor.to_floor(np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]]))


def check_aspect(picture: PictureShape, width_px: int, height_px: int) -> None:
    """Raise `AspectDiffers` where fractions of ``picture`` would mean other places."""
    if not picture.fits(width_px, height_px):
        raise AspectDiffers(
            f"calibrated on a picture of {picture.width_px} x {picture.height_px}, but this one is "
            f"{width_px} x {height_px}: its sides have another ratio. Use a stream of that shape, or calibrate again"
        )


def homography_of(pose: CameraPose) -> Homography:
    """Return the floor that a camera sees."""
    offset = -pose.rotation @ pose.eye_m
    centre = centre_px(pose.lens, pose.picture)
    camera = np.array([[pose.focal_px, 0.0, centre[0]], [0.0, pose.focal_px, centre[1]], [0.0, 0.0, 1.0]])
    to_picture = camera @ np.column_stack([pose.rotation[:, 0], pose.rotation[:, 1], offset])
    # the inverse is positive below the horizon as the depth is positive in front of the camera
    return Homography(_inverse(to_picture), pose.picture, pose.lens)


def floor_points_of(pose: CameraPose) -> tuple[FloorPoint, ...]:
    """Return nine marks that say all that the pose says of the floor, for a site file: three by three down the picture.

    Raises:
        PointsBeyondHorizon: Less than a fifth of the picture shows floor.
    """
    rows = np.linspace(0.0, 1.0, 41)
    lines = [np.array([[x, y] for x in (0.1, 0.5, 0.9)]) for y in rows]
    seen = [line for line in lines if np.isfinite(pose.meet(line * pose.sides_px)).all()]
    # just below the horizon a pixel is many metres
    if len(seen) < 12:
        raise PointsBeyondHorizon("less than a fifth of the picture shows floor: turn the camera down")
    chosen = [seen[int(i)] for i in (0.25 * (len(seen) - 1), 0.6 * (len(seen) - 1), len(seen) - 1)]
    return tuple(
        FloorPoint((float(x), float(y)), (float(place[0]), float(place[1])))
        for line in chosen
        for (x, y), place in zip(line, pose.meet(line * pose.sides_px), strict=True)
    )


def fit_floor(points: Sequence[FloorPoint], picture: PictureShape, lens: Lens | None = None) -> FloorFit:
    """Find the floor from marks whose places were measured. Marks are numbered from 1 in what is said of them.

    Raises:
        TooFewPoints, PointsDuplicate, PointsCollinear: The marks cannot fix a floor.
        PointsContradict, PointsBeyondHorizon, FloorMirrored: No camera sees these places so.
    """
    marks_px = np.array([p.at for p in points], dtype=np.float64).reshape(-1, 2) * [picture.width_px, picture.height_px]
    floor_m = np.array([p.floor_m for p in points], dtype=np.float64).reshape(-1, 2)
    check_marks(marks_px, floor_m, picture)
    straight = undistort_px(marks_px, lens, picture)
    if not np.isfinite(straight).all():
        lost = [i + 1 for i in range(len(points)) if not np.isfinite(straight[i]).all()]
        raise PointsContradict(f"marks {_names(lost)}: this lens shows nothing there. Measure the lens again", lost)
    if len(points) > POINTS_FEWEST:
        _check_outlier(straight, floor_m, picture, lens)
    to_picture = _direct(floor_m, straight)
    _check_order(to_picture, floor_m)
    pose, off_px = fit_pose(straight, floor_m, start=to_picture, picture=picture, lens=lens)
    limit = WORST_SHARE * picture.width_px
    if off_px.max() <= limit and pose.height_m > 0:
        return _told(points, homography_of(pose), pose)
    free = Homography(_inverse(to_picture), picture, lens)
    told = _told(points, free, None)
    if len(points) < FREE_FEWEST or max(told.error_px) > limit:
        worst = int(np.argmax(off_px))
        raise PointsContradict(_contradiction(worst, float(off_px[worst]), limit), [worst + 1])
    return told


def check_marks(marks_px: Points, floor_m: Points, picture: PictureShape) -> None:
    """Raise where marks, (N, 2) pixels and (N, 2) metres, cannot fix a floor, whatever the camera.

    Raises:
        TooFewPoints, PointsDuplicate, PointsCollinear: Naming the marks, numbered from 1.
    """
    n = len(marks_px)
    if n < POINTS_FEWEST:
        raise TooFewPoints(
            f"{n} marks: a floor needs at least {POINTS_FEWEST}, spread over the picture", range(1, n + 1)
        )
    for i, j in combinations(range(n), 2):
        apart_m, apart_px = np.hypot(*(floor_m[i] - floor_m[j])), np.hypot(*(marks_px[i] - marks_px[j]))
        if apart_m < DUPLICATE_M or apart_px < DUPLICATE_FRAC * picture.width_px:
            raise PointsDuplicate(
                f"marks {i + 1} and {j + 1} lie on one spot ({apart_px:.1f} px and {apart_m:.2f} m apart): "
                "remove one, or correct it",
                [i + 1, j + 1],
            )
    for kind, places in (("in the picture", marks_px), ("on the floor", floor_m)):
        line = _too_straight(places)
        if line:
            raise PointsCollinear(
                f"marks {_names(line)} lie {kind} on one line, or nearly: of four marks no three may. "
                "Choose the corners of a large rectangle",
                line,
            )


def _too_straight(places: Points) -> list[int]:
    """Return the marks (from 1) on one line if no four of them have all four triangles open, else nothing."""
    n = len(places)
    flat = {three for three in combinations(range(n), 3) if _flatness(places[list(three)]) < COLLINEAR_SHARE}
    if not flat or any(not flat.intersection(combinations(four, 3)) for four in combinations(range(n), 4)):
        return []
    return sorted({i + 1 for three in flat for i in three}) if n > POINTS_FEWEST else [i + 1 for i in min(flat)]


def _flatness(three: Points) -> float:
    """Return the height of a triangle over its longest side."""
    sides = [float(np.hypot(*(three[i] - three[i - 1]))) for i in range(3)]
    a, b = three[1] - three[0], three[2] - three[0]
    return float(abs(a[0] * b[1] - a[1] * b[0]) / max(sides) ** 2)


def _check_outlier(straight: Points, floor_m: Points, picture: PictureShape, lens: Lens | None) -> None:
    """Raise `PointsContradict` naming the mark without which the others agree, and how far off it is."""
    limit = WORST_SHARE * picture.width_px
    if _misses(straight, floor_m, straight, floor_m).max() <= limit:
        return
    best: tuple[float, int, float, float] | None = None
    for i in range(len(straight)):
        rest = [j for j in range(len(straight)) if j != i]
        if _too_straight(straight[rest]) or _too_straight(floor_m[rest]):
            continue
        to_picture = _direct(floor_m[rest], straight[rest])
        if np.linalg.det(to_picture) >= 0:
            continue  # without this mark the floor would be seen from below: it is not the wrong one
        others = fit_pose(straight[rest], floor_m[rest], start=to_picture, picture=picture, lens=lens)[1]
        off_px = float(_misses(straight[rest], floor_m[rest], straight, floor_m)[i])
        place = _carry(_inverse(to_picture), straight[i : i + 1])[0]
        off_m = float(np.hypot(*(place - floor_m[i])))
        if best is None or float(others.max()) < best[0]:
            best = float(others.max()), i, off_px, off_m
    if best is None or best[0] > limit:
        misses = _misses(straight, floor_m, straight, floor_m)
        worst = int(np.argmax(misses))
        raise PointsContradict(_contradiction(worst, float(misses[worst]), limit), [worst + 1])
    _, worst, off_px, off_m = best
    raise PointsContradict(_contradiction(worst, off_px, limit, off_m), [worst + 1])


def _contradiction(worst: int, off_px: float, limit: float, off_m: float | None = None) -> str:
    on_floor = "" if off_m is None or not np.isfinite(off_m) else f" ({off_m:.2f} m on the floor)"
    far = f"{off_px:.0f} px{on_floor}" if np.isfinite(off_px) else "beyond the horizon"
    return (
        f"the measured places contradict one another: mark {worst + 1} fits worst, {far} from where the others say; "
        f"at most {limit:.0f} px are allowed. Measure it again, or see whether two marks are swapped"
    )


def _misses(from_px: Points, from_m: Points, marks_px: Points, floor_m: Points) -> NDArray[np.float64]:
    """Return how far marks appear, pixels, from where a floor fitted to some of them shows them; inf if nowhere."""
    off = np.hypot(*(_carry(_direct(from_m, from_px), floor_m) - marks_px).T)
    return np.asarray(np.where(np.isfinite(off), off, np.inf), dtype=np.float64)


def _direct(floor_m: Points, straight_px: Points) -> Matrix:
    """Return the homography from floor to pixels with least errors in the picture, positive at most of the marks."""
    matrix, _ = cv2.findHomography(floor_m, straight_px, 0)
    if matrix is None or not np.isfinite(matrix).all():
        raise PointsCollinear("the marks do not fix a floor: choose the corners of a large rectangle")
    third = np.column_stack([floor_m, np.ones(len(floor_m))]) @ matrix[2]
    return np.asarray(-matrix if (third > 0).sum() * 2 < len(third) else matrix, dtype=np.float64)


def _check_order(to_picture: Matrix, floor_m: Points) -> None:
    """Raise where the horizon runs between the marks, or where the floor is seen from below."""
    third = np.column_stack([floor_m, np.ones(len(floor_m))]) @ to_picture[2]
    beyond = [i + 1 for i in range(len(third)) if third[i] <= 1e-9 * np.abs(third).max()]
    if beyond:
        raise PointsBeyondHorizon(
            f"no camera sees marks {_names(beyond)} together with the others: the horizon would run between them. "
            "See whether marks are in the wrong order, or lie on a wall",
            beyond,
        )
    # from above, the order of three marks turns the other way in a picture whose y goes down
    if np.linalg.det(to_picture) > 0:
        raise FloorMirrored(
            "the floor is mirrored: its marks run the other way round than in the picture. x must grow to the right "
            "of somebody who looks along y; see whether x and y are swapped, or one of them has the wrong sign",
            range(1, len(floor_m) + 1),
        )


def _told(points: Sequence[FloorPoint], floor: Homography, pose: CameraPose | None) -> FloorFit:
    sides = [floor.picture.width_px, floor.picture.height_px]
    marks_px, floor_m = np.array([p.at for p in points]) * sides, np.array([p.floor_m for p in points])
    error_px = np.hypot(*(floor.to_picture(floor_m) - marks_px).T)
    error_m = np.hypot(*(floor.to_floor(marks_px) - floor_m).T)
    return FloorFit(floor, pose, tuple(points), tuple(map(float, error_px)), tuple(map(float, error_m)))


def _carry(matrix: Matrix, points: Points) -> Points:
    """Apply a homography to (N, 2) points; NaN where the third coordinate is not positive."""
    carried = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    third = np.where(carried[:, 2:] > 0, carried[:, 2:], np.nan)
    return np.asarray(carried[:, :2] / third, dtype=np.float64)


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _names(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
