"""Lay out what no net has learned from, as sets for ``congvu eval detect``; labels are the makers' own.

    python -m models.train.unseen --data DIR --out DIR

``site``: the phone photos of real sites, without those whose labels were exchanged. ``quiet``: held-back pictures of
sets in which nobody smokes, their labels empty. ``clips``: a frame of every second of the clips, in which nobody
smokes either. The pictures are links to the originals where they are not cut from a clip.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
from rich.progress import track

from models.train import sources
from models.train.validation import SMOKELESS

SITE = Path("smoking") / "site_photos_test"
EXCHANGED = ("smoke_b000649", "smoke_b001289", "smoke_b002234")
"""Pictures of ``site_photos_test`` that carry each other's labels."""
CLIPS = Path("video")


def site(data: Path) -> Iterator[tuple[str, Path, Path]]:
    """Name, picture and label file of each phone photo."""
    for path in sorted((data / SITE / "images").glob("*/*.*")):
        if not path.name.startswith(EXCHANGED):
            yield f"{path.parent.name}_{path.stem}", path, sources.label_of(path)


def quiet(data: Path) -> Iterator[tuple[str, Path]]:
    """Name and path of each held-back picture of people who do not smoke."""
    sets = (sources.badges, sources.bare_chests, sources.drinkers)
    for picture in itertools.chain.from_iterable(of(data) for of in sets):
        if picture.split == "val" and picture.source in SMOKELESS:
            yield f"{picture.source}_{picture.path.parent.name}_{picture.path.stem}", picture.path


def link(out: Path, name: str, picture: Path, labels: str) -> None:
    """Put a picture and its labels into a set."""
    image, label = out / "images" / f"{name}{picture.suffix}", out / "labels" / f"{name}.txt"
    for path in (image, label):
        path.parent.mkdir(parents=True, exist_ok=True)
    image.unlink(missing_ok=True)
    image.symlink_to(picture.resolve())
    label.write_text(labels)


def seconds_of(clip: Path, out: Path) -> int:
    """Write the first frame of every second of a clip, with empty labels; returns how many."""
    for kind in ("images", "labels"):
        (out / kind).mkdir(parents=True, exist_ok=True)
    count = 0
    with av.open(clip) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= count:
                name = f"{clip.stem}_{count:04d}"
                cv2.imwrite(str(out / "images" / f"{name}.png"), frame.to_ndarray(format="bgr24"))
                (out / "labels" / f"{name}.txt").write_text("")
                count += 1
    return count


def main() -> None:
    """Write all sets and say how many pictures each has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds smoking/, badge/ and video/")
    parser.add_argument("--out", type=Path, required=True, help="outside the repository: it holds pictures of people")
    asked = parser.parse_args()
    tally = Counter[str]()
    for name, path, labels in site(asked.data):
        link(asked.out / "site", name, path, labels.read_text())
        tally["site"] += 1
    for name, path in quiet(asked.data):
        link(asked.out / "quiet", name, path, "")
        tally["quiet"] += 1
    for clip in track(sorted((asked.data / CLIPS).glob("*.mp4")), "clips"):
        tally["clips"] += seconds_of(clip, asked.out / "clips")
    for name, count in tally.items():
        print(f"{count:6d} {name}")


if __name__ == "__main__":
    main()
