"""Group near-duplicates, so that no photo stands on both sides of a split: the stock photos that three badge sets
share, and ``heineken_binh``.

Two pictures belong together when their ORB features agree on one similarity: this finds cut, turned and noisy
copies, which a picture hash does not.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from models.train.fetch import write_atomically

POOLS = {
    "stock": ("badge/smartcampus_torsos", "badge/kp_stock", "badge/voltix_strap_id/images"),
    "heineken": ("alcohol/heineken_binh/images",),
}
"""Pool to its folders; written to ``labels/POOL_groups.csv``."""
LABELS_DIR = Path(__file__).resolve().parent / "labels"
LEAST_INLIERS = 14
Features = tuple[NDArray[np.float32], NDArray[np.uint8]]


def features(path: Path) -> Features | None:
    """ORB places (N, 2) and descriptors (N, 32) of a picture scaled to 360 px."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return None
    scale = 360 / max(image.shape)
    image = cv2.GaussianBlur(cv2.resize(image, None, fx=scale, fy=scale), (0, 0), 0.8)
    places, descriptors = cv2.ORB.create(350).detectAndCompute(image, None)
    if descriptors is None or len(places) < LEAST_INLIERS:
        return None
    return np.array([place.pt for place in places], np.float32), np.asarray(descriptors, np.uint8)


def is_same_photo(a: Features, b: Features) -> bool:
    """Whether one similarity carries enough features of ``a`` onto ``b``."""
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(a[1], b[1], k=2)
    good = [pair[0] for pair in matches if len(pair) == 2 and pair[0].distance < 0.75 * pair[1].distance]
    if len(good) < LEAST_INLIERS:
        return False
    ours = a[0][[match.queryIdx for match in good]]
    theirs = b[0][[match.trainIdx for match in good]]
    _, inliers = cv2.estimateAffinePartial2D(ours, theirs, ransacReprojThreshold=4)
    return inliers is not None and int(inliers.sum()) >= LEAST_INLIERS


def grouped(paths: list[Path]) -> list[int]:
    """A group number for every picture: the index of the first picture of its group."""
    parent = list(range(len(paths)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    found = [features(path) for path in track(paths, "features")]
    for i in track(range(len(paths)), "pairs"):
        for j in range(i):
            a, b = found[i], found[j]
            if a is not None and b is not None and root(i) != root(j) and is_same_photo(a, b):
                parent[max(root(i), root(j))] = min(root(i), root(j))
    return [root(index) for index in range(len(paths))]


def main() -> None:
    """Write ``labels/POOL_groups.csv``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pool", choices=sorted(POOLS))
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds badge/ and alcohol/")
    asked = parser.parse_args()
    data: Path = asked.data
    paths = sorted(path for name in POOLS[asked.pool] for path in (data / name).rglob("*") if path.is_file())
    lines = ["picture,group"]
    for path, group in zip(paths, grouped(paths), strict=True):
        lines.append(f'"{path.relative_to(data).as_posix()}",{group}')
    groups_csv = LABELS_DIR / f"{asked.pool}_groups.csv"
    write_atomically(groups_csv, ("\n".join(lines) + "\n").encode())
    with groups_csv.open() as file:
        print(len({row["group"] for row in csv.DictReader(file)}), "groups of", len(paths), "pictures")


if __name__ == "__main__":
    main()
