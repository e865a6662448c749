"""Where a person is and how they hold themselves at any moment: walks with planted feet, and beats of postures."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samples.render.bodies import Body
from samples.render.postures import STEP_BACK_TO_SIT_M, trunk, with_hands
from samples.render.skeleton import Pose, blend, turn

Array = NDArray[np.float64]
STRIDE_M = 1.10
STANCE_SHARE = 0.60
LOOK_UP_DEG = 14.0  # somebody who sits leans forward but looks ahead
Z = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Beat:
    """From ``at_s`` take up a posture within ``seconds``; ``look``: yaw (left), pitch (down) of the head, degrees."""

    at_s: float
    seconds: float
    trunk: str
    left: str = "desk"
    right: str = "desk"
    look: tuple[float, float] = (0.0, 6.0)


@dataclass(frozen=True, slots=True)
class Walk:
    """Walk along points on the floor, then stand looking along ``end_yaw_deg`` (None: as walked)."""

    start_s: float
    path_m: tuple[tuple[float, float], ...]
    end_yaw_deg: float | None = None
    speed_mps: float = 1.05

    @property
    def length_m(self) -> float:
        """Length of the path."""
        return float(np.sum(np.linalg.norm(np.diff(np.asarray(self.path_m), axis=0), axis=1)))

    @property
    def end_s(self) -> float:
        """When the walk ends."""
        return self.start_s + self.length_m / self.speed_mps


def ease(share: float) -> float:
    """Smooth step, clamped to 0..1."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


class Path:
    """A rounded polyline measured by its length."""

    def __init__(self, points_m: tuple[tuple[float, float], ...]) -> None:
        points = np.asarray(points_m, float)
        for _ in range(3):  # Chaikin's corner cutting keeps the ends
            quarter, three = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
            points = np.concatenate([points[:1], np.stack([quarter, three], axis=1).reshape(-1, 2), points[-1:]])
        self.points = points
        self.at = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        self.length_m = float(self.at[-1])

    def place(self, s_m: float) -> Array:
        """Point after ``s_m`` metres; goes straight on beyond the ends."""
        inside = float(np.clip(s_m, 0, self.length_m))
        point = np.array([np.interp(inside, self.at, self.points[:, i]) for i in (0, 1)])
        return point + (s_m - inside) * self.heading(inside)

    def heading(self, s_m: float) -> Array:
        """Unit direction, averaged over 0.3 m."""
        low, high = max(0.0, s_m - 0.15), min(self.length_m, s_m + 0.15)
        if high - low < 1e-6:
            low, high = 0.0, self.length_m
        ends = [np.array([np.interp(s, self.at, self.points[:, i]) for i in (0, 1)]) for s in (low, high)]
        step = ends[1] - ends[0]
        return step / max(float(np.linalg.norm(step)), 1e-9)

    def yaw(self, s_m: float) -> float:
        """Yaw of somebody walking here (0 faces -y)."""
        x, y = self.heading(s_m)
        return float(np.arctan2(x, -y))


class Mover:
    """Answers pose and placement of one person at a time, without memory between calls."""

    def __init__(
        self, body: Body, start: tuple[float, float, float], walks: tuple[Walk, ...], beats: tuple[Beat, ...]
    ) -> None:
        self.body, self.walks, self.beats = body, walks, beats
        self.start = (start[0], start[1], np.radians(start[2]))
        self.paths = [Path(w.path_m) for w in walks]
        self.phase = zlib.crc32(body.name.encode()) % 1000 / 100.0

    def at(self, t_s: float) -> tuple[Pose, Array]:
        """Return the posture and the (4, 4) placement of the person's frame."""
        x, y, yaw = self.start
        pose = self._beaten(t_s)
        for walk, path in zip(self.walks, self.paths, strict=True):
            if t_s < walk.start_s:
                break
            duration = path.length_m / walk.speed_mps
            elapsed = t_s - walk.start_s
            ramp = min(0.5, duration / 3)
            s = self._distance(elapsed, duration, ramp, path.length_m)
            (x, y), begin = path.place(s), yaw
            along = path.yaw(s)
            yaw = begin + _short(along - begin) * ease(elapsed / 0.5)
            end_yaw = yaw if walk.end_yaw_deg is None else np.radians(walk.end_yaw_deg)
            yaw += _short(end_yaw - yaw) * ease((elapsed - duration + 0.35) / 0.7)
            share = ease(elapsed / 0.35) * (1 - ease((elapsed - duration + 0.25) / 0.5))
            if share > 0:
                pose = blend(pose, self._gait(pose, path, s, np.array([x, y]), yaw), share)
        placement = np.eye(4)
        placement[:3, :3], placement[:2, 3] = turn(Z, yaw), (x, y)
        return self._alive(pose, t_s), placement

    @staticmethod
    def _distance(elapsed: float, duration: float, ramp: float, length: float) -> float:
        """Distance walked: constant speed with soft start and end over the same duration."""
        if elapsed >= duration:
            return length
        top = length / (duration - ramp)
        if elapsed < ramp:
            return top * elapsed**2 / (2 * ramp)
        if elapsed > duration - ramp:
            return length - top * (duration - elapsed) ** 2 / (2 * ramp)
        return top * (elapsed - ramp / 2)

    def _posture(self, beat: Beat) -> Pose:
        pose = with_hands(trunk(beat.trunk, self.body), self.body, beat.left, beat.right)
        lift = LOOK_UP_DEG if beat.trunk == "sit" else 0.0
        return pose.changed(head=np.radians([beat.look[0], beat.look[1] - lift, 0.0]))

    def _beaten(self, t_s: float) -> Pose:
        pose = self._posture(self.beats[0])
        for before, beat in zip(self.beats, self.beats[1:], strict=False):
            if t_s <= beat.at_s:
                break
            share = (t_s - beat.at_s) / beat.seconds
            to = self._posture(beat)
            if {before.trunk, beat.trunk} == {"rise", "sit"} and 0 < share < 1:
                to = self._via(pose, to, share)
                pose = to
                continue
            pose = blend(pose, to, ease(share))
        return pose

    def _via(self, start: Pose, end: Pose, share: float) -> Pose:
        """Sit down or get up by leaning forward on the way."""
        half = trunk("half", self.body)
        w = ease(share)
        straight = blend(start, end, w)
        bump = np.sin(np.pi * w)
        return straight.changed(
            pelvis_turn=straight.pelvis_turn + bump * 0.85 * np.array([0, half.pelvis_turn[1], 0]),
            spine=straight.spine + bump * np.array([0, 0.18, 0]),
            pelvis=straight.pelvis + bump * np.array([0, 0.035, 0]),
            head=straight.head - bump * np.array([0, 0.25, 0]),
        )

    def _gait(self, pose: Pose, path: Path, s: float, root: Array, yaw: float) -> Pose:
        """Legs and swinging arms of a walk; feet stay where they were planted."""
        stand = with_hands(trunk("walk", self.body), self.body, "hang", "hang")
        ankle, foot = stand.ankle.copy(), stand.foot.copy()
        back = turn(Z, -yaw)[:2, :2]
        wrist = stand.wrist.copy()
        for side in (0, 1):
            cycle = s / STRIDE_M + 0.5 * side + 0.25
            step, u = np.floor(cycle), cycle % 1.0
            w = ease((u - STANCE_SHARE) / (1 - STANCE_SHARE))
            planted = [(k - 0.5 * side - 0.25 + STANCE_SHARE / 2) * STRIDE_M for k in (step, step + 1)]
            sign = 1 if side == 0 else -1
            spots = [
                path.place(p) + sign * 0.075 * _left_of(path.heading(float(np.clip(p, 0, path.length_m))))
                for p in planted
            ]
            spot = (1 - w) * spots[0] + w * spots[1]
            local = back @ (spot - root)
            swing = np.sin(np.pi * w) if 0 < w < 1 else 0.0
            late = max(0.0, (u - 0.42) / (STANCE_SHARE - 0.42)) if u < STANCE_SHARE else max(0.0, 1 - w * 1.6)
            ankle[side] = [local[0], local[1], ankle[side, 2] + 0.065 * swing + 0.040 * min(1.0, late)]
            foot[side] = [sign * 0.1, 0.42 * min(1.0, late) - 0.25 * (w if 0 < w < 1 else 0.0) ** 2]
            forward = float(-local[1])
            wrist[1 - side] += np.array([0, -0.42 * forward, 0.10 * max(0.0, forward)])
        bob = 0.014 * np.cos(4 * np.pi * (s / STRIDE_M + 0.25 + 0.2))
        sway = np.sin(2 * np.pi * (s / STRIDE_M + 0.25))
        return stand.changed(
            pelvis=stand.pelvis + np.array([0.012 * sway, 0.0, bob - 0.024]),
            ankle=ankle,
            foot=foot,
            wrist=wrist,
            pelvis_turn=np.array([0.06 * sway, 0.03, 0.0]),
            spine=np.array([-0.12 * sway, 0.03, 0.0]),
            head=pose.head * 0.5 + np.array([0.05 * sway, 0, 0]),
        )

    def _alive(self, pose: Pose, t_s: float) -> Pose:
        """Breathing, small turns of the head and fingers that type."""
        p = t_s + self.phase
        breath = np.sin(2 * np.pi * p / 3.6)
        head = pose.head + np.array(
            [
                0.06 * np.sin(0.53 * p) + 0.05 * np.sin(1.31 * p + 1),
                0.035 * np.sin(0.77 * p + 2) + 0.02 * np.sin(1.9 * p),
                0.02 * np.sin(0.61 * p),
            ]
        )
        spine = pose.spine + np.array(
            [0.02 * np.sin(0.37 * p), 0.010 * breath + 0.012 * np.sin(0.43 * p), 0.012 * np.sin(0.29 * p)]
        )
        curl, wrist = pose.curl.copy(), pose.wrist.copy()
        for s in (0, 1):
            typing = float(
                np.exp(-np.sum((pose.wrist[s] - np.array([0.115 * (1 - 2 * s), -0.30, 0.815])) ** 2) / 0.0012)
            ) * (1 - pose.by_mouth[s])
            busy = typing * (np.sin(0.9 * p + s) > -0.3)
            curl[s, 1:] += busy * 0.16 * np.sin(p * (9.1 + np.arange(4) * 1.7) + s)
            wrist[s] += busy * 0.006 * np.array([np.sin(5.1 * p + s), np.sin(3.7 * p), 0.5 * np.sin(8.0 * p + 2 * s)])
        return pose.changed(head=head, spine=spine, curl=curl, wrist=wrist, shrug=pose.shrug + 0.008 * breath)


def chair_front(x_m: float, y_m: float, yaw_deg: float) -> tuple[float, float, float]:
    """Where somebody stands before sitting down on a chair whose hips are at ``x_m, y_m``."""
    yaw = np.radians(yaw_deg)
    return (x_m + STEP_BACK_TO_SIT_M * float(np.sin(yaw)), y_m - STEP_BACK_TO_SIT_M * float(np.cos(yaw)), yaw_deg)


def _left_of(heading: Array) -> Array:
    """Left-hand side of somebody walking along ``heading``."""
    return np.array([-heading[1], heading[0]])


def _short(angle: float) -> float:
    """The same turn the short way round."""
    return float((angle + np.pi) % (2 * np.pi) - np.pi)
