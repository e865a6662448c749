"""A board to print for measuring a lens: ChArUco, drawn from squares of exact millimetres.

Source: OpenCV's ChArUco; each square of the chessboard can be told from the others, so that a board may be cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

MODULES_PER_SQUARE, MODULES_PER_MARKER = 8, 6
"""A marker of 4 x 4 bits has a border of one on each side; a square leaves one more."""

PAPER_MM = (297.0, 210.0)
"""A4, lying."""

RULER_MM = 100


@dataclass(frozen=True, slots=True)
class Board:
    """A chessboard with markers.

    Attributes:
        columns, rows: Squares.
        square_mm: Side of a square as printed; only ratios matter to the lens, so a printer that scales does no harm
            as long as squares stay square.
    """

    columns: int = 7
    rows: int = 5
    square_mm: float = 36.0

    def __post_init__(self) -> None:
        if not self.square_mm > 0:
            raise ValueError(f"Board: wanted squares of more than 0 mm, got {self.square_mm:g}")
        width, height = self.columns * self.square_mm, self.rows * self.square_mm
        if self.columns < 4 or self.rows < 4:
            raise ValueError(f"Board: wanted at least 4 x 4 squares, got {self.columns} x {self.rows}")
        if width > PAPER_MM[0] - 10 or height > PAPER_MM[1] - 20:
            raise ValueError(f"Board: {width:g} x {height:g} mm do not fit on A4 with a margin for the printer")
        if self.columns * self.rows // 2 > 50:
            raise ValueError(f"Board: {self.columns} x {self.rows} squares need more than the 50 markers there are")

    def detector_board(self) -> Any:
        """Return OpenCV's board, in metres."""
        square_m = self.square_mm / 1000
        marker_m = square_m * MODULES_PER_MARKER / MODULES_PER_SQUARE
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
        return cv2.aruco.CharucoBoard((self.columns, self.rows), square_m, marker_m, dictionary)

    def modules(self) -> NDArray[np.bool_]:
        """Return which modules are black: bool (rows * 8, columns * 8)."""
        size = (self.columns * MODULES_PER_SQUARE, self.rows * MODULES_PER_SQUARE)
        # drawn ten times as large and read in the middle: at one pixel a module the drawing rounds
        drawn = self.detector_board().generateImage((size[0] * 10, size[1] * 10))
        return np.asarray(drawn[5::10, 5::10] < 128)


def board_png(board: Board, *, dots_per_inch: int = 300) -> bytes:
    """Return the board on A4 as PNG, grey, with a ruler of 100 mm below."""
    scale = dots_per_inch / 25.4
    page = np.full((round(PAPER_MM[1] * scale), round(PAPER_MM[0] * scale)), 255, dtype=np.uint8)
    for x, y, width, height in _rectangles_mm(board):
        page[round(y * scale) : round((y + height) * scale), round(x * scale) : round((x + width) * scale)] = 0
    done, encoded = cv2.imencode(".png", page)
    if not done:
        raise ValueError("the board could not be written as PNG")
    return bytes(encoded)


def board_svg(board: Board) -> str:
    """Return the board on A4 as SVG, in millimetres."""
    width, height = PAPER_MM
    path = "".join(f"M{x:.3f} {y:.3f}h{w:.3f}v{h:.3f}h{-w:.3f}z" for x, y, w, h in _rectangles_mm(board))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}"><rect width="100%" height="100%" fill="#fff"/>'
        f'<path d="{path}" fill="#000" shape-rendering="crispEdges"/></svg>\n'
    )


def board_pdf(board: Board) -> bytes:
    """Return the board on A4 as PDF of one page, drawn with lines, not pixels.

    Source: ISO 32000-1, 7.5 and 8.5; a file this small needs no library.
    """
    point = 72 / 25.4
    drawn = [
        f"{x * point:.3f} {(PAPER_MM[1] - y - h) * point:.3f} {w * point:.3f} {h * point:.3f} re"
        for x, y, w, h in _rectangles_mm(board)
    ]
    content = "\n".join(["0 g", *drawn, "f", ""])
    box = f"[0 0 {PAPER_MM[0] * point:.3f} {PAPER_MM[1] * point:.3f}]"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents 4 0 R /Resources << >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}endstream",
    ]
    text, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    tail = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(text)}\n%%EOF\n"
    return (text + f"xref\n0 {size}\n0000000000 65535 f \n{table}" + tail).encode("ascii")


def _rectangles_mm(board: Board) -> list[tuple[float, float, float, float]]:
    """Return all that is black: x, y, width, height in millimetres from the paper's upper left corner."""
    module = board.square_mm / MODULES_PER_SQUARE
    left = (PAPER_MM[0] - board.columns * board.square_mm) / 2
    top = (PAPER_MM[1] - 10 - board.rows * board.square_mm) / 2
    found = []
    for row, blacks in enumerate(board.modules()):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], blacks.astype(np.int8), [0]])))
        found += [
            (left + start * module, top + row * module, (end - start) * module, module)
            for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]
    ruler_y, ruler_x = PAPER_MM[1] - 9.0, (PAPER_MM[0] - RULER_MM) / 2
    found.append((ruler_x, ruler_y, float(RULER_MM), 0.4))
    found += [(ruler_x + mm - 0.15, ruler_y - 3.0, 0.3, 3.0) for mm in range(0, RULER_MM + 1, 10)]
    return found
