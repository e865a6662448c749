"""How a lens bends straight lines, from pictures of a printed board.

Source: Z. Zhang, A flexible new technique for camera calibration, PAMI 22, 2000, as OpenCV does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.board import Board
from calibration.errors import BoardsAlike, LensErrorLarge, PicturesDiffer, TooFewBoards
from calibration.scene import Lens, PictureShape

Image = NDArray[np.uint8]

BOARDS_FEWEST, CORNERS_FEWEST = 6, 8
"""Six boards of eight corners give 96 numbers for 9 of the lens and 36 of the boards."""

COVERED_LEAST = 0.4
"""Share of the picture's width and of its height over which corners must lie: beyond them the bend is a guess."""

TURNED_LEAST_DEG = 15.0
"""The boards must differ at least this much in direction: boards all facing the camera leave the focal length open."""

FOCAL_SD_MOST = 0.05
ERROR_MOST = 0.001
"""Share of the focal length, and of the picture's width (1.3 px of 1280): a sharp, flat board gives .0002."""

Corners = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class LensFit:
    """A lens found, and how well.

    Attributes:
        error_px: Root mean square of how far corners appear from where they should.
        board_error_px: The same per picture; None where too little of the board was seen.
        focal_sd: Standard deviation of the focal length, share of it.
    """

    lens: Lens
    picture: PictureShape
    error_px: float
    board_error_px: tuple[float | None, ...]
    focal_sd: float


def fit_lens(pictures: Sequence[Image], board: Board | None = None) -> LensFit:
    """Find the lens from pictures (H, W, 3) BGR or (H, W) of one board. Pictures are numbered from 1 in what is said.

    Raises:
        TooFewBoards, BoardsAlike, LensErrorLarge, PicturesDiffer: And what to do about it.
    """
    picture = _shape_of(pictures)
    found = [_corners(image, board or Board()) for image in pictures]
    used = [(i, corners) for i, corners in enumerate(found) if corners is not None]
    if len(used) < BOARDS_FEWEST:
        missing = ", ".join(str(i + 1) for i, corners in enumerate(found) if corners is None) or "none"
        raise TooFewBoards(
            f"{len(used)} of {len(pictures)} pictures show at least {CORNERS_FEWEST} corners of the board (not: "
            f"{missing}); {BOARDS_FEWEST} are needed. Hold it flat, nearer, in good light"
        )
    _check_spread([corners for _, corners in used], picture)
    fit = _solve([corners for _, corners in used], picture)
    errors: list[float | None] = [None] * len(pictures)
    for (i, _), error in zip(used, fit.board_error_px, strict=True):
        errors[i] = error
    return LensFit(fit.lens, picture, fit.error_px, tuple(errors), fit.focal_sd)


def _shape_of(pictures: Sequence[Image]) -> PictureShape:
    if not pictures:
        raise TooFewBoards(f"no pictures: {BOARDS_FEWEST} of the board are needed")
    sizes = [(image.shape[1], image.shape[0]) for image in pictures]
    for i, size in enumerate(sizes):
        if size != sizes[0]:
            raise PicturesDiffer(
                f"picture {i + 1} is {size[0]} x {size[1]}, picture 1 is {sizes[0][0]} x {sizes[0][1]}: take all of "
                "them with one camera and one stream"
            )
    return PictureShape(*sizes[0])


def _corners(image: Image, board: Board) -> Corners | None:
    """Return the board's corners, (n, 1, 3) metres and (n, 1, 2) pixels; None where too few are seen."""
    on_board = board.detector_board()
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    corners, ids, _, _ = cv2.aruco.CharucoDetector(on_board).detectBoard(grey)
    if corners is None or ids is None or len(corners) < CORNERS_FEWEST:
        return None
    places, pixels = on_board.matchImagePoints(corners, ids)
    flat = np.asarray(places, dtype=np.float64).reshape(-1, 3)[:, :2]
    if np.linalg.matrix_rank(flat - flat[0], tol=1e-6) < 2:
        return None  # one row of corners says nothing of how the board is turned
    return np.asarray(places, dtype=np.float32), np.asarray(pixels, dtype=np.float32)


def _check_spread(used: Sequence[Corners], picture: PictureShape) -> None:
    pixels = np.concatenate([corners.reshape(-1, 2) for _, corners in used])
    across, down = np.ptp(pixels, axis=0) / [picture.width_px, picture.height_px]
    if min(across, down) < COVERED_LEAST:
        raise BoardsAlike(
            f"the board was seen over {across:.0%} of the picture's width and {down:.0%} of its height; at least "
            f"{COVERED_LEAST:.0%} are needed. Hold it into every corner, too"
        )


def _solve(used: Sequence[Corners], picture: PictureShape) -> LensFit:
    size = (picture.width_px, picture.height_px)
    # the identity says how wide pixels are for their height: as wide
    error, matrix, bend, turns, _, sd, _, per_board = cv2.calibrateCameraExtended(
        [places for places, _ in used],
        [pixels for _, pixels in used],
        size,
        np.eye(3),
        np.zeros(5),
        flags=cv2.CALIB_FIX_ASPECT_RATIO,
    )
    if not np.isfinite(error) or error > ERROR_MOST * picture.width_px:
        raise LensErrorLarge(
            f"no lens explains the pictures: corners are off by {error:.1f} px, at most "
            f"{ERROR_MOST * picture.width_px:.1f} are allowed. Is the board flat, are the pictures sharp and of one "
            "camera at one zoom?"
        )
    facing = np.array([cv2.Rodrigues(turn)[0][:, 2] for turn in turns])
    turned = float(np.degrees(np.arccos(np.clip(facing @ facing.T, -1, 1)).max()))
    focal = float((matrix[0, 0] + matrix[1, 1]) / 2)
    focal_sd = float(np.max(sd[:2])) / focal
    if turned < TURNED_LEAST_DEG or focal_sd > FOCAL_SD_MOST:
        raise BoardsAlike(
            f"the boards differ by {turned:.0f} degrees in direction, {TURNED_LEAST_DEG:.0f} are needed, and leave the "
            f"focal length uncertain by {focal_sd:.1%}. Tilt the board to all sides, up to 40 degrees"
        )
    k1, k2, p1, p2, k3 = (float(v) for v in np.asarray(bend).ravel()[:5])
    centre = (float(matrix[0, 2]) / picture.width_px, float(matrix[1, 2]) / picture.height_px)
    lens = Lens(focal / picture.width_px, centre, (k1, k2, k3), (p1, p2))
    return LensFit(lens, picture, float(error), tuple(float(e) for e in np.asarray(per_board).ravel()), focal_sd)
