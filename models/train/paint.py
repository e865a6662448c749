"""Lay drawn things over a photo so that they take its light: warp, shade, shadow, blend."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.train.crops import Image

Rgba = NDArray[np.float32]
Quad = NDArray[np.float64]
Random = np.random.Generator


def empty_layer(canvas: Image) -> Rgba:
    """A transparent layer of the canvas' size: float32 (H, W, 4), BGR 0..255 and alpha 0..1."""
    return np.zeros((*canvas.shape[:2], 4), np.float32)


def lay_patch(layer: Rgba, patch: Rgba, quad_px: Quad) -> None:
    """Warp a patch into a quadrilateral of the layer, over what is there.

    Args:
        layer: (H, W, 4), changed in place.
        patch: (h, w, 4).
        quad_px: (4, 2) where the patch's left-top, right-top, right-bottom, left-bottom corners go.
    """
    height, width = patch.shape[:2]
    long_px = max(1.0, float(np.ptp(quad_px, axis=0).max()))
    shrink = min(1.0, 1.5 * long_px / max(height, width))
    if shrink < 1:
        size = (max(2, round(width * shrink)), max(2, round(height * shrink)))
        patch = np.asarray(cv2.resize(patch, size, interpolation=cv2.INTER_AREA), np.float32)
        height, width = patch.shape[:2]
    window = window_of(layer, quad_px, 2)
    under = layer[window]
    if under.size == 0:
        return
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = quad_px - np.array([window[1].start, window[0].start])
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    premultiplied = patch.copy()
    premultiplied[..., :3] *= patch[..., 3:]
    warped = cv2.warpPerspective(premultiplied, matrix, (under.shape[1], under.shape[0]), flags=cv2.INTER_LINEAR)
    alpha = warped[..., 3:]
    colour = warped[..., :3] / np.maximum(alpha, 1e-4)
    under[..., :3] = np.where(alpha > 0, colour * alpha + under[..., :3] * (1 - alpha), under[..., :3])
    under[..., 3:] = alpha + under[..., 3:] * (1 - alpha)


def lay_polygon(layer: Rgba, points_px: Quad, colour: NDArray[np.float64], alpha: float = 1.0) -> None:
    """Fill a polygon with one colour, its edge smoothed, over what is there."""
    window = window_of(layer, points_px, 2)
    mask = np.zeros(layer[window].shape[:2], np.uint8)
    if mask.size == 0:
        return
    corner = np.array([window[1].start, window[0].start])
    cv2.fillPoly(mask, [np.round((points_px - corner) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    part = mask[..., None].astype(np.float32) / 255 * alpha
    under = layer[window]
    under[..., :3] = np.where(part > 0, colour * part + under[..., :3] * (1 - part), under[..., :3])
    under[..., 3:] = part + under[..., 3:] * (1 - part)


def window_of(layer: Rgba, points_px: Quad, margin_px: int) -> tuple[slice, slice]:
    """Rows and columns of the layer around points, so that work stays small."""
    height, width = layer.shape[:2]
    low = np.floor(points_px.min(0)).astype(int) - margin_px
    high = np.ceil(points_px.max(0)).astype(int) + margin_px
    x1, y1 = max(0, low[0]), max(0, low[1])
    return slice(y1, max(y1, min(height, high[1]))), slice(x1, max(x1, min(width, high[0])))


def box_of(layer: Rgba) -> tuple[float, float, float, float] | None:
    """Tight box of what is more than half opaque, left top right bottom; None where nothing is."""
    rows, columns = np.nonzero(layer[..., 3] > 0.5)
    if rows.size == 0:
        return None
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


def blend(canvas: Image, layer: Rgba, *, random: Random, shadow_px: float) -> Image:
    """Lay a layer over a photo with the light of what is under it and a soft shadow beside it."""
    rows, columns = np.nonzero(layer[..., 3])
    if rows.size == 0:
        return canvas
    corners = np.array([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]], float)
    window = window_of(layer, corners, 2 + round(4 * shadow_px))
    alpha = layer[window][..., 3:]
    photo = canvas[window].astype(np.float32)
    small = cv2.resize(canvas, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32).mean(2)
    smooth = cv2.resize(cv2.GaussianBlur(small, (0, 0), 1.6), (canvas.shape[1], canvas.shape[0]))
    grey = smooth[window]
    under = float((grey * alpha[..., 0]).sum() / alpha.sum())
    light = np.clip(grey / max(under, 1), 0.6, 1.4)[..., None]
    # A white card in a dark room is not white: tie its level loosely to the picture's own brightness.
    level = np.clip(np.percentile(small, 90) / 225, 0.35, 1.0) * random.uniform(0.8, 1.1)
    if shadow_px > 0:
        moved = np.roll(alpha[..., 0], (round(shadow_px), round(shadow_px * random.uniform(-1, 1))), (0, 1))
        soft = cv2.GaussianBlur(moved, (0, 0), max(0.6, shadow_px))
        photo *= (1 - random.uniform(0.15, 0.5) * soft)[..., None]
    mixed = photo * (1 - alpha) + layer[window][..., :3] * light * level * alpha
    drawn = canvas.copy()
    drawn[window] = mixed.clip(0, 255).astype(np.uint8)
    return drawn


def turned(middle_px: Quad, size_px: tuple[float, float], degrees: float) -> Quad:
    """Corners of a turned rectangle, left-top first, clockwise: (4, 2)."""
    half_width, half_height = size_px[0] / 2, size_px[1] / 2
    corners = np.array(
        [
            [-half_width, -half_height],
            [half_width, -half_height],
            [half_width, half_height],
            [-half_width, half_height],
        ]
    )
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    quad: Quad = corners @ turn + middle_px
    return quad


def shaken(quad_px: Quad, part: float, random: Random) -> Quad:
    """Move every corner by up to ``part`` of the shorter side: a cheap perspective."""
    side = float(np.linalg.norm(quad_px[1] - quad_px[0])), float(np.linalg.norm(quad_px[3] - quad_px[0]))
    return quad_px + random.uniform(-part, part, (4, 2)) * min(side)
