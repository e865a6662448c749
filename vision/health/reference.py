"""The reference picture of a camera, and how a later picture lies and looks against it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.health.signs import View
from vision.types import FloatArray, Image

FINE_PX = 640
"""Width at which sharpness and displacement are measured; wider pictures are scaled down to it."""

BLOCKS = (16, 9)
"""Blocks across and down: about 40 px each at 640 x 360."""

TEXTURED_LEVELS = 2.0
"""Mean coarse detail, 0..255, from which a block holds texture; noise after scaling stays below 1."""

TEXTURED_MIN = 6
"""With fewer textured blocks than this, of 144, a picture tells neither sharpness nor displacement."""

EDGE_LEVELS = 8.0
BROAD_LEVELS = 4.0
"""Strength, 0..255, from which an edge of the reference is clear, and detail is enough to hold an edge against."""

LEFT_SHARE = 0.15
"""A block keeps its texture down to this share of the reference's: light may fall to a sixth."""

AGREES = 0.5
"""Correlation of coarse detail from which a block looks the same at its place."""

FEATURES = 800
INLIERS_MIN = 20
INLIER_PX = 3.0
"""Features wanted of a picture; matches that must agree on one displacement, and to how many pixels at 640."""

SPREAD_MIN = 0.08
"""The agreeing features must lie this far apart (standard deviation, share of the width): one poster or one
monitor that was moved is not the camera."""


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """Detail by block: float32 (9, 16), levels.

    Attributes:
        edge: The strongest detail finer than about 2 px at 640 px width, without the sensor's noise.
        coarse: Mean detail between about 2 and 8 px.
        broad: The strongest detail between about 2 and 24 px, which blur leaves alone for longest.
        bands: float32 (H, W), the coarse detail itself.
    """

    edge: FloatArray
    coarse: FloatArray
    broad: FloatArray
    bands: FloatArray


def fine_luma(image: Image) -> Image:
    """Scale a (H, W, 3) BGR picture down to at most 640 px width, as (H, W) uint8 luma."""
    height, width = image.shape[:2]
    if width > FINE_PX:
        image = np.asarray(_scaled(image, (FINE_PX, round(height * FINE_PX / width))), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def texture_of(luma: Image) -> Texture:
    """Measure detail by block."""
    picture = luma.astype(np.float32)
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
    bands = soft - cv2.GaussianBlur(soft, (0, 0), 4.0)
    edge = _strongest(picture - soft)
    # the flattest blocks hold little but noise, which would pass for sharpness at night
    noise = np.quantile(edge, 0.1)
    height, width = luma.shape
    quarter = cv2.GaussianBlur(_scaled(soft, (max(1, width // 4), max(1, height // 4))), (0, 0), 3.0)
    broad = soft - cv2.resize(quarter, (width, height), interpolation=cv2.INTER_LINEAR)
    return Texture(
        edge=np.asarray(np.sqrt(np.maximum(edge**2 - noise**2, 0)), dtype=np.float32),
        coarse=_by_block(np.abs(bands)),
        broad=_strongest(broad),
        bands=bands,
    )


def layout_of(luma: Image) -> FloatArray:
    """Return the coarse layout of light, float32 (18, 32), without its mean."""
    small = _scaled(luma, (32, 18)).astype(np.float32)
    return np.asarray(small - small.mean(), dtype=np.float32)


class Reference:
    """What is kept of the reference picture.

    Attributes:
        masked: bool (36, 64), where it is exactly black: privacy masks.
    """

    def __init__(self, image: Image) -> None:
        """Measure a picture.

        Args:
            image: uint8 (H, W, 3) BGR, of any size; later pictures are scaled to its shape.
        """
        self.image = image
        luma = fine_luma(image)
        self.size_px = (luma.shape[1], luma.shape[0])
        self.texture = texture_of(luma)
        self.textured = self.texture.coarse >= TEXTURED_LEVELS
        self.layout = layout_of(luma)
        self.masked = np.asarray(_scaled(luma, (64, 36)) == 0, dtype=np.bool_)
        self._orb = cv2.ORB.create(nfeatures=FEATURES, fastThreshold=10)
        self._matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
        self._points, self._descriptors = self._features(luma)

    @property
    def is_telling(self) -> bool:
        """Whether it holds enough texture to tell sharpness and displacement by."""
        return int(self.textured.sum()) >= TEXTURED_MIN

    def fit(self, luma: Image) -> Image:
        """Scale a picture to the reference's shape; another aspect is stretched, and then does not agree."""
        if (luma.shape[1], luma.shape[0]) == self.size_px:
            return luma
        return np.asarray(_scaled(luma, self.size_px), dtype=np.uint8)

    def texture_left(self, texture: Texture) -> float:
        """Return the share of the reference's textured blocks that still hold texture."""
        left = self._held(texture) & self.textured
        return float(left.sum() / max(1, self.textured.sum()))

    def sharpness(self, texture: Texture) -> float | None:
        """Return edges against broad detail, as a ratio to the reference's; the median of its blocks with clear edges.

        The median, for people hide some blocks; a ratio, for light and contrast scale both alike; the strongest
        edges, for noise and the blocks of an encoder are fine detail too, but weak: with the mean of the fine detail
        a picture blurred by 8 px still had .7 of its sharpness after x264 at constant quality 32.
        """
        both = (self.texture.edge >= EDGE_LEVELS) & (texture.broad >= BROAD_LEVELS)
        if both.sum() < TEXTURED_MIN:
            return None
        now = texture.edge[both] / texture.broad[both]
        then = self.texture.edge[both] / self.texture.broad[both]
        return float(np.median(now / then))

    def likeness(self, luma: Image) -> float:
        """Return the correlation of the layout of light with the reference's, -1..1."""
        return _correlation(layout_of(luma), self.layout)

    def view(self, luma: Image, texture: Texture, *, in_place: float) -> View:
        """Find out where the camera looks.

        Args:
            in_place: With such a share of the blocks in place nothing has moved, and features, which cost four times
                as much as all the rest, are not sought.
        """
        agreement = self._agreement(texture)
        return View(None if agreement >= in_place else self._displacement(luma), agreement)

    def _held(self, texture: Texture) -> NDArray[np.bool_]:
        floor = np.maximum(LEFT_SHARE * self.texture.coarse, TEXTURED_LEVELS / 4)
        return np.asarray(texture.coarse >= floor, dtype=np.bool_)

    def _agreement(self, texture: Texture) -> float:
        ours, theirs = texture.bands, self.texture.bands
        scale = np.sqrt(_by_block(ours * ours) * _by_block(theirs * theirs)) + 1e-3
        agrees = (_by_block(ours * theirs) / scale >= AGREES) & self.textured
        return float(agrees.sum() / max(1, self.textured.sum()))

    def _features(self, luma: Image) -> tuple[FloatArray, Image | None]:
        keypoints, descriptors = self._orb.detectAndCompute(luma, None)
        points = np.array([k.pt for k in keypoints], dtype=np.float32).reshape(-1, 2)
        return points, descriptors

    def _displacement(self, luma: Image) -> float | None:
        """Return how far the picture's points have gone on average, as a share of its width; None where untold."""
        points, descriptors = self._features(luma)
        if descriptors is None or self._descriptors is None:
            return None
        matches = self._matcher.match(self._descriptors, descriptors)
        if len(matches) < INLIERS_MIN:
            return None
        then = self._points[[m.queryIdx for m in matches]]
        now = points[[m.trainIdx for m in matches]]
        motion, inliers = cv2.estimateAffinePartial2D(then, now, ransacReprojThreshold=INLIER_PX, maxIters=2000)
        if motion is None or inliers.sum() < INLIERS_MIN:
            return None
        width, height = self.size_px
        if then[inliers.ravel() > 0].std(axis=0).max() < SPREAD_MIN * width:
            return None
        across, down = np.meshgrid(np.linspace(0, width, 5), np.linspace(0, height, 5))
        grid = np.stack([across.ravel(), down.ravel()], axis=1)
        gone = grid @ motion[:, :2].T + motion[:, 2] - grid
        return float(np.linalg.norm(gone, axis=1).mean() / width)


def _scaled(picture: NDArray[np.generic], size_px: tuple[int, int]) -> NDArray[np.generic]:
    return np.asarray(cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA))


def _by_block(values: NDArray[np.generic]) -> FloatArray:
    return np.asarray(cv2.resize(values, BLOCKS, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _strongest(values: NDArray[np.generic]) -> FloatArray:
    """Return the largest absolute value of each block, float32 (9, 16); what is left over at the edges is cut off."""
    across, down = BLOCKS
    height, width = values.shape[0] // down, values.shape[1] // across
    cut = np.abs(values[: height * down, : width * across])
    return np.asarray(cut.reshape(down, height, across, width).max(axis=(1, 3)), dtype=np.float32)


def _correlation(a: FloatArray, b: FloatArray) -> float:
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 0.0
