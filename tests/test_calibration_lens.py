"""The lens from a printed board: found from drawn pictures of a known one, refused where they do not tell."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from calibration.board import PAPER_MM, Board, board_pdf, board_png, board_svg
from calibration.distortion import centre_px, distort_px, undistort_px
from calibration.errors import BoardsAlike, LensErrorLarge, PicturesDiffer, TooFewBoards
from calibration.lens import fit_lens
from calibration.scene import Lens, PictureShape

SHAPE = PictureShape(640, 360)
TRUE = Lens(0.62, (0.51, 0.49), (-0.28, 0.08, 0.0), (0.0005, -0.0008))
BOARD = Board()
Image = NDArray[np.uint8]


@cache
def rays() -> NDArray[np.float64]:
    """Directions (H * W, 3) that the pixels of the true lens look into."""
    ys, xs = np.mgrid[0 : SHAPE.height_px, 0 : SHAPE.width_px]
    pixels = np.column_stack([xs.ravel(), ys.ravel()]).astype(np.float64)
    straight = (undistort_px(pixels, TRUE, SHAPE) - centre_px(TRUE, SHAPE)) / (TRUE.focal * SHAPE.width_px)
    return np.column_stack([straight, np.ones(len(straight))])


def shot(turn: NDArray[np.float64], place_m: tuple[float, float, float]) -> Image:
    """A picture of the board, turned by a rotation vector, its upper left corner at a place before the camera."""
    page = np.kron(np.where(BOARD.modules(), 0, 255).astype(np.uint8), np.ones((12, 12), np.uint8))
    rotation, place = cv2.Rodrigues(turn)[0], np.array(place_m)
    along = (rotation[:, 2] @ place) / (rays() @ rotation[:, 2])
    on_board = (rays() * along[:, None] - place) @ rotation
    dots = (on_board[:, :2] * page.shape[1] / (BOARD.columns * BOARD.square_mm / 1000) - 0.5).astype(np.float32)
    dots[~np.isfinite(dots).all(axis=1)] = -1e4
    x, y = (dots[:, i].reshape(SHAPE.height_px, SHAPE.width_px) for i in (0, 1))
    drawn = cv2.remap(page, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=200)
    return np.asarray(cv2.GaussianBlur(drawn, (3, 3), 0.7), dtype=np.uint8)


@cache
def shots() -> tuple[Image, ...]:
    rng = np.random.default_rng(0)
    made = []
    for _ in range(10):
        z = float(rng.uniform(0.3, 0.5))
        x, y = float(rng.uniform(-0.55, 0.3)) * z - 0.1, float(rng.uniform(-0.35, 0.1)) * z - 0.05
        made.append(shot(rng.uniform(-0.5, 0.5, 3), (x, y, z)))
    return tuple(made)


def test_a_known_lens_is_found_again() -> None:
    fit = fit_lens(shots())
    assert pytest.approx(TRUE.focal, rel=0.01) == fit.lens.focal
    assert pytest.approx(TRUE.centre, abs=0.01) == fit.lens.centre
    corners = np.array([[20.0, 20.0], [620.0, 340.0], [320.0, 20.0], [30.0, 180.0]])
    shown = distort_px(undistort_px(corners, fit.lens, SHAPE), TRUE, SHAPE)
    assert np.abs(shown - corners).max() < 6.0  # the whole bend is 60 px there
    assert fit.error_px < 0.5 and fit.focal_sd < 0.02


def test_too_few_boards_are_refused_and_the_pictures_without_one_are_named() -> None:
    empty = np.full((SHAPE.height_px, SHAPE.width_px), 128, dtype=np.uint8)
    with pytest.raises(TooFewBoards, match=r"4 of 6 pictures show.*\(not: 2, 4\)"):
        fit_lens([shots()[0], empty, shots()[1], empty, *shots()[2:4]])


def test_no_pictures_are_refused() -> None:
    with pytest.raises(TooFewBoards, match="no pictures"):
        fit_lens([])


def test_boards_all_at_one_place_are_refused() -> None:
    rng = np.random.default_rng(1)
    one_place = [shot(rng.uniform(-0.4, 0.4, 3), (-0.12, -0.09, 0.75)) for _ in range(7)]
    with pytest.raises(BoardsAlike, match="Hold it into every corner"):
        fit_lens(one_place)


def test_boards_all_facing_the_camera_are_refused() -> None:
    places = [(x, y, 0.42) for x in (-0.25, -0.12, 0.0) for y in (-0.14, -0.04)]
    with pytest.raises(BoardsAlike, match="Tilt the board to all sides"):
        fit_lens([shot(np.array([0.01, 0.01, 0.0]), place) for place in places])


def test_a_stream_that_squeezes_its_picture_is_refused() -> None:
    squeezed = [cv2.warpAffine(image, np.array([[0.6, 0, 128], [0, 1.0, 0]]), (640, 360)) for image in shots()]
    with pytest.raises(LensErrorLarge, match="no lens explains the pictures"):
        fit_lens(squeezed)


def test_pictures_of_two_cameras_are_refused() -> None:
    """Half of them squeezed to another shape: no one lens explains both."""
    other = [cv2.warpAffine(image, np.array([[0.6, 0, 128], [0, 1.0, 0]]), (640, 360)) for image in shots()[5:]]
    with pytest.raises(LensErrorLarge, match="no lens explains the pictures"):
        fit_lens([*shots()[:5], *other])


def test_pictures_of_two_sizes_are_refused() -> None:
    with pytest.raises(PicturesDiffer, match="picture 3 is 320 x 180, picture 1 is 640 x 360"):
        fit_lens([*shots()[:2], cv2.resize(shots()[2], (320, 180))])


@given(
    k1=st.floats(-0.15, 0.1),
    p1=st.floats(-0.002, 0.002),
    at=st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98)),
)
@settings(max_examples=80, deadline=None)
def test_unbending_and_bending_again_is_the_same_place(k1: float, p1: float, at: tuple[float, float]) -> None:
    lens = Lens(0.7, (0.5, 0.5), (k1, 0.02, 0.0), (p1, -p1))
    pixel = np.array([at]) * [SHAPE.width_px, SHAPE.height_px]
    back = distort_px(undistort_px(pixel, lens, SHAPE), lens, SHAPE)
    assert pytest.approx(pixel[0].tolist(), abs=0.11) == back[0].tolist()


def test_beyond_what_a_lens_shows_there_is_no_place() -> None:
    strong = Lens(0.5, (0.5, 0.5), (-0.5, 0.0, 0.0))
    assert np.isnan(undistort_px(np.array([[0.0, 0.0]]), strong, SHAPE)).all()


def test_the_printed_board_is_found_in_its_own_picture() -> None:
    page = cv2.imdecode(np.frombuffer(board_png(BOARD, dots_per_inch=100), np.uint8), cv2.IMREAD_GRAYSCALE)
    corners, _, _, _ = cv2.aruco.CharucoDetector(BOARD.detector_board()).detectBoard(page)
    assert (BOARD.columns - 1) * (BOARD.rows - 1) == len(corners)
    apart_mm = float(np.hypot(*(corners.reshape(-1, 2)[1] - corners.reshape(-1, 2)[0]))) / 100 * 25.4
    assert pytest.approx(BOARD.square_mm, abs=0.2) == apart_mm


def test_svg_and_pdf_are_of_a4_and_hold_the_same_squares() -> None:
    svg = ElementTree.fromstring(board_svg(BOARD))  # our own text
    assert (f"{PAPER_MM[0]:g}mm", f"{PAPER_MM[1]:g}mm") == (svg.get("width"), svg.get("height"))
    squares = board_svg(BOARD).count("z")
    pdf = board_pdf(BOARD)
    assert squares == pdf.count(b" re\n")
    assert b"/MediaBox [0 0 841.890 595.276]" in pdf
    table_at = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    assert pdf[table_at:].startswith(b"xref")


def test_a_board_larger_than_the_paper_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit on A4"):
        Board(square_mm=45)
