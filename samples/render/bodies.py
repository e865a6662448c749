"""Load the baked bodies: one shared topology, one rest shape per person."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ASSETS = Path(__file__).parent / "assets"
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """What all bodies share.

    Attributes:
        bone_names: Parents stand before their children.
        bone_parents: (B,), -1 for the root.
        bone_index: (V, 4) bones that move a vertex.
        bone_weight: (V, 4), rows sum to 1.
        triangles: (M, 3) per part of the mesh: body, tights, skirt, hair, eye_l, eye_r.
    """

    bone_names: list[str]
    bone_parents: Ints
    bone_index: Ints
    bone_weight: Floats
    landmark_names: list[str]
    triangles: dict[str, Ints]

    def bone(self, name: str) -> int:
        """Row of a bone."""
        return self.bone_names.index(name)


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One person at rest: metres, z up, soles at 0, facing -y, left hand at +x."""

    name: str
    topology: Topology
    vertices_m: Floats
    heads_m: Floats
    tails_m: Floats
    landmarks_m: dict[str, Floats]

    def head(self, bone: str) -> Floats:
        """Where a bone begins."""
        return self.heads_m[self.topology.bone(bone)]


@cache
def load_topology() -> Topology:
    """Read the shared topology once."""
    with np.load(ASSETS / "bodies" / "topology.npz") as baked:
        weight = baked["bone_weight"].astype(np.float32)
        return Topology(
            bone_names=[str(n) for n in baked["bone_names"]],
            bone_parents=baked["bone_parents"].astype(np.int64),
            bone_index=baked["bone_index"].astype(np.int64),
            bone_weight=weight / weight.sum(1, keepdims=True),
            landmark_names=[str(n) for n in baked["landmark_names"]],
            triangles={k[4:]: baked[k].astype(np.int64) for k in baked.files if k.startswith("tri_")},
        )


@cache
def load_body(name: str) -> Body:
    """Read one person."""
    topology = load_topology()
    with np.load(ASSETS / "bodies" / f"{name}.npz") as baked:
        low, high = baked["low_m"], baked["high_m"]
        return Body(
            name=name,
            topology=topology,
            vertices_m=(low + baked["vertices"].astype(np.float32) / 65535 * (high - low)).astype(np.float32),
            heads_m=baked["bone_heads_m"],
            tails_m=baked["bone_tails_m"],
            landmarks_m=dict(zip(topology.landmark_names, baked["landmarks_m"], strict=True)),
        )


def body_names() -> list[str]:
    """Names of all baked people."""
    return sorted(p.stem for p in (ASSETS / "bodies").glob("*.npz") if p.stem != "topology")
