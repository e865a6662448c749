"""Follow areas through a clip, so that a head that is missed in some frames is covered in them all the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from service.redaction.heads import clipped_px, head_areas_px
from vision.detection.boxes import overlaps
from vision.types import FloatArray

BRIDGED_S = 2.0
"""A person not seen for longer than this is somebody new; before, the same person is taken to have been there."""
AFFINITY_MIN = 0.15
OVERLAP_MIN = 0.3
"""Intersection over union from which doubtful boxes are of one person."""
REACH = 0.8
"""How far, in sizes of the box, two boxes of one person may lie apart where they do not overlap."""
SIZES_ALIKE = 0.4
"""Ratio of areas below which two boxes that do not overlap are two persons."""

SURE_SCORE = 0.25
"""A track that was once seen so well is taken for a person; others may be a coat on a hook."""
EXTENDED_S = 1.0
"""People do not come out of nothing: before the first sight of them and after the last they were near by."""
STILL_S = math.inf
"""Somebody who sat or stood still at that end was there all the time: heads bent under a desk are not found at all."""
STILL_SPEED = 0.25
"""Up to so many of the area's longer sides a second somebody counts as still."""
STILL_GROWS_S = 0.5
"""Their area grows no longer than this: who has not moved is still there."""
DOUBTFUL_S = 0.3
"""The same for a doubtful track, and how far its sights may lie apart for it to have been there between them."""
GROWTH_PER_S = 0.4
"""An area that is not seen but supposed grows on each side by this many of its shorter sides a second."""
SPEED_MAX = 3.0
"""No area is supposed to travel faster, in its longer sides a second: boxes flicker."""
SPEED_OVER_S = 0.5
MOMENT_S = 1e-6
"""Times in seconds are sums of fractions: what is apart by less is at one time."""


@dataclass(frozen=True, slots=True, eq=False)
class Sights:
    """The persons found in one frame.

    Attributes:
        at_s: When the frame is shown, seconds.
        persons_px: float32 (N, 4) boxes.
        score: float32 (N,).
        keypoints_px: float32 (N, 17, 3), or None where nobody looked for them.
    """

    at_s: float
    persons_px: FloatArray
    score: FloatArray
    keypoints_px: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.score)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One person's sights.

    Attributes:
        frames: Indices of the frames in which the person was seen, rising.
        indices: For each of them, which of the frame's sights it is.
        persons_px: float32 (K, 4) boxes.
        score: float32 (K,).
        areas_px: float32 (K, 4), where the head may be.
    """

    frames: tuple[int, ...]
    indices: tuple[int, ...]
    persons_px: FloatArray
    score: FloatArray
    areas_px: FloatArray

    @property
    def is_sure(self) -> bool:
        """Whether it is taken for a person, and supposed to have been near by before and after."""
        return float(self.score.max()) >= SURE_SCORE


def link(sights: Sequence[Sights], size_px: tuple[int, int]) -> list[Track]:
    """Tell which sights are of one person. Every sight belongs to exactly one track.

    Args:
        sights: Of every frame of the clip, in order of display.
        size_px: Width and height of the pictures.
    """
    open_tracks: list[list[tuple[int, int]]] = []
    closed: list[list[tuple[int, int]]] = []
    for f, now in enumerate(sights):
        lost = [t for t in open_tracks if now.at_s - sights[t[-1][0]].at_s > BRIDGED_S]
        closed += lost
        open_tracks = [t for t in open_tracks if t not in lost]
        taken = _matched(open_tracks, sights, f)
        open_tracks += [[(f, i)] for i in range(len(now)) if i not in taken]
    return [_track(members, sights, size_px) for members in sorted(closed + open_tracks)]


def _matched(open_tracks: list[list[tuple[int, int]]], sights: Sequence[Sights], f: int) -> set[int]:
    """Append this frame's sights to the tracks that they go on with; return which were taken."""
    # imported late: every program of ours would carry it in memory, and few cover heads
    from scipy.optimize import linear_sum_assignment

    now = sights[f]
    if not open_tracks or not len(now):
        return set()
    supposed = np.stack([_supposed(track, sights, now.at_s) for track in open_tracks])
    ages = np.array([now.at_s - sights[track[-1][0]].at_s for track in open_tracks])
    # only the sure go on without much overlap: a doubtful second box beside somebody must not lead to a neighbour
    sure = np.array([any(sights[g].score[i] >= SURE_SCORE for g, i in track) for track in open_tracks])
    overlap = overlaps(supposed, now.persons_px)
    affinity = np.where(overlap >= OVERLAP_MIN, overlap, 0.0)
    both_sure = sure[:, None] & (now.score >= SURE_SCORE)[None]
    affinity = np.where(both_sure, affinities(supposed, now.persons_px, ages), affinity)
    taken = set()
    for row, column in zip(*linear_sum_assignment(-affinity), strict=True):
        if affinity[row, column] >= AFFINITY_MIN:
            open_tracks[row].append((f, int(column)))
            taken.add(int(column))
    return taken


def _supposed(track: list[tuple[int, int]], sights: Sequence[Sights], at_s: float) -> FloatArray:
    """Where the person is now, going on as over the latest half second."""
    f, i = track[-1]
    last, last_s = sights[f].persons_px[i], sights[f].at_s
    for g, j in reversed(track[:-1]):
        if last_s - sights[g].at_s >= SPEED_OVER_S or g == track[0][0]:
            moved = last - sights[g].persons_px[j]
            step = (moved[:2] + moved[2:]) / 2 * (at_s - last_s) / max(last_s - sights[g].at_s, 1e-3)
            most = SPEED_MAX * float(max(last[2:] - last[:2])) * (at_s - last_s)
            return np.asarray(last + np.tile(np.clip(step, -most, most), 2), dtype=np.float32)
    return np.asarray(last, dtype=np.float32)


def affinities(before_px: FloatArray, now_px: FloatArray, ages_s: FloatArray) -> FloatArray:
    """How well (N, 4) boxes go on as (M, 4) others: overlap, or half the nearness of those about as large."""
    overlap = overlaps(before_px, now_px)
    sides = np.sqrt(np.maximum(np.prod(before_px[:, 2:] - before_px[:, :2], axis=1), 1.0))
    other = np.sqrt(np.maximum(np.prod(now_px[:, 2:] - now_px[:, :2], axis=1), 1.0))
    apart = np.linalg.norm(_middles(before_px)[:, None] - _middles(now_px)[None], axis=2)
    near = 0.5 * (1.0 - apart / (REACH * sides * (1.0 + ages_s))[:, None])
    alike = np.minimum(sides[:, None], other[None]) / np.maximum(sides[:, None], other[None])
    return np.asarray(np.maximum(overlap, np.where(alike**2 >= SIZES_ALIKE, near, 0.0)), dtype=np.float32)


def _middles(xyxy_px: FloatArray) -> FloatArray:
    return np.asarray((xyxy_px[:, :2] + xyxy_px[:, 2:]) / 2, dtype=np.float32)


def _track(members: list[tuple[int, int]], sights: Sequence[Sights], size_px: tuple[int, int]) -> Track:
    persons = np.stack([sights[f].persons_px[i] for f, i in members]).astype(np.float32)
    areas = [_area_of(sights[f], i, size_px) for f, i in members]
    return Track(
        frames=tuple(f for f, _ in members),
        indices=tuple(i for _, i in members),
        persons_px=persons,
        score=np.array([sights[f].score[i] for f, i in members], dtype=np.float32),
        areas_px=np.stack(areas),
    )


def _area_of(sights: Sights, i: int, size_px: tuple[int, int]) -> FloatArray:
    points = None if sights.keypoints_px is None else sights.keypoints_px[i : i + 1]
    area: FloatArray = head_areas_px(sights.persons_px[i : i + 1], size_px, points)[0]
    return area


def followed_px(
    frames: Sequence[int],
    boxes_px: FloatArray,
    times_s: Sequence[float],
    *,
    extended_s: float,
    bridged_s: float = BRIDGED_S,
) -> dict[int, FloatArray]:
    """Return a box for every frame from some time before the first sight to the same after the last.

    Seen frames keep their own box. Between two sights the box travels evenly, before and after it goes on as it came
    as well as staying where it was; what is supposed grows with the time to the nearest sight.

    Args:
        frames: Indices of the frames seen, rising.
        boxes_px: (K, 4), one for each.
        times_s: When each frame of the clip is shown.
        extended_s: How long before the first sight and after the last.
        bridged_s: Between two sights further apart there is a box only for `extended_s` after the one and before the
            other.
    """
    if bridged_s < BRIDGED_S:
        return _in_pieces(frames, boxes_px, times_s, extended_s=extended_s, bridged_s=bridged_s)
    found = dict(zip(frames, boxes_px, strict=True))
    for k, (a, b) in enumerate(pairwise(frames)):
        for f in range(a + 1, b):
            part = (times_s[f] - times_s[a]) / max(times_s[b] - times_s[a], 1e-6)
            between = boxes_px[k] * (1.0 - part) + boxes_px[k + 1] * part
            found[f] = _grown(between, min(times_s[f] - times_s[a], times_s[b] - times_s[f]))
    for end in (0, -1):
        speed = _speed(frames, boxes_px, times_s, end)
        is_still = extended_s >= EXTENDED_S and _is_still(speed, boxes_px[end])
        for f, away_s in _outside(frames[end], times_s, STILL_S if is_still else extended_s, before=end == 0):
            gone_on = boxes_px[end] + np.tile(speed, 2) * away_s
            low, high = np.minimum(gone_on, boxes_px[end])[:2], np.maximum(gone_on, boxes_px[end])[2:]
            found[f] = _grown(np.concatenate([low, high]), min(away_s, STILL_GROWS_S) if is_still else away_s)
    return found


def _is_still(speed: FloatArray, box_px: FloatArray) -> bool:
    return bool(np.linalg.norm(speed) <= STILL_SPEED * float(max(box_px[2:] - box_px[:2])))


def _in_pieces(
    frames: Sequence[int], boxes_px: FloatArray, times_s: Sequence[float], *, extended_s: float, bridged_s: float
) -> dict[int, FloatArray]:
    """Follow each stretch of sights alone; where two stretches meet, both boxes are covered."""
    cuts = [k for k in range(1, len(frames)) if times_s[frames[k]] - times_s[frames[k - 1]] > bridged_s]
    found: dict[int, FloatArray] = {}
    for begin, end in pairwise((0, *cuts, len(frames))):
        piece = followed_px(frames[begin:end], boxes_px[begin:end], times_s, extended_s=extended_s)
        for f, box in piece.items():
            seen = found.get(f, box)
            found[f] = np.concatenate([np.minimum(seen, box)[:2], np.maximum(seen, box)[2:]])
    return found


def _outside(end: int, times_s: Sequence[float], extended_s: float, *, before: bool) -> list[tuple[int, float]]:
    """Frames before the first sight, or after the last, that are near enough in time, and how far away they are."""
    frames = range(end) if before else range(end + 1, len(times_s))
    away = [(f, abs(times_s[f] - times_s[end])) for f in frames]
    return [(f, away_s) for f, away_s in away if away_s <= extended_s + MOMENT_S]


def _speed(frames: Sequence[int], boxes_px: FloatArray, times_s: Sequence[float], end: int) -> FloatArray:
    """Pixels a second, away from the sights, at the first (0) or the last (-1) of them."""
    at = times_s[frames[end]]
    near = [k for k, f in enumerate(frames) if abs(times_s[f] - at) <= SPEED_OVER_S]
    inner = near[-1] if end == 0 else near[0]
    passed_s = abs(times_s[frames[inner]] - at)
    if passed_s <= 0.0:
        return np.zeros(2, dtype=np.float32)
    ends, most = _middles(boxes_px[[inner, end]]), SPEED_MAX * float(max(boxes_px[end][2:] - boxes_px[end][:2]))
    return np.asarray(np.clip((ends[1] - ends[0]) / passed_s, -most, most), dtype=np.float32)


def _grown(box_px: FloatArray, unseen_s: float) -> FloatArray:
    spare = float(min(box_px[2:] - box_px[:2])) * GROWTH_PER_S * unseen_s
    return np.asarray(box_px + np.array([-spare, -spare, spare, spare]), dtype=np.float32)


def covered_px(track: Track, times_s: Sequence[float], size_px: tuple[int, int]) -> dict[int, FloatArray]:
    """Return the area to cover of one person, by frame."""
    extended_s, bridged_s = (EXTENDED_S, BRIDGED_S) if track.is_sure else (DOUBTFUL_S, DOUBTFUL_S)
    found = followed_px(track.frames, track.areas_px, times_s, extended_s=extended_s, bridged_s=bridged_s)
    return {f: clipped_px(area[None], size_px)[0] for f, area in found.items()}
