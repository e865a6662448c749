"""How small a printed code may be in the picture: rendered badges, filmed by a made-up camera.

``python -m service.badges.measure`` prints the tables of docs/badge-codes.md; ``--pictures FOLDER`` adds how often
something is read in photographs that hold no code.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from service.badges.codes import qr_text
from service.badges.pictures import Modules, marker_modules, qr_modules
from vision.observation.badge_code import MARKERS, OpenCvCodeReader, marker_text
from vision.types import Image

PICTURES = 100
"""For each size and light; a share of .95 is then known to within .04."""
SUPERSAMPLED = 3
RELIABLE = 0.95


@dataclass(frozen=True, slots=True)
class Light:
    """How a badge is filmed.

    Attributes:
        blur_px: Standard deviation of the lens' blur.
        smear_px: How far the badge moves sideways during one exposure.
        quality: Of the JPEG that stands for the camera's compression.
        yaw_most: Largest angle by which the badge is turned away, degrees.
    """

    name: str
    blur_px: float
    smear_px: int
    quality: int
    yaw_most: float


LIGHTS = (
    Light("sharp, frontal", 0.5, 0, 90, 10.0),
    Light("usual: soft, turned up to 35°", 0.7, 0, 60, 35.0),
    Light("walking: smeared by 3 px", 0.7, 3, 60, 35.0),
    Light("poor: soft, strongly compressed", 1.0, 0, 30, 35.0),
)
MARKER_SIDES_PX = (8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40)
QR_SIDES_PX = (32, 40, 48, 56, 64, 80, 100, 120)


def film(modules: Modules, side_px: float, light: Light, random: np.random.Generator) -> Image:
    """Return a picture of a chest of three times the code's side with the code on white card, uint8 (H, W, 3)."""
    size = max(48, round(side_px * 3)) * SUPERSAMPLED
    white = max(1, round(len(modules) / 7))
    card = np.pad(np.where(modules, 25, 225).astype(np.uint8), white, constant_values=225)
    card = np.kron(card, np.ones((8, 8), np.uint8))
    half = card.shape[0] / 2
    yaw, roll = np.deg2rad(random.uniform(-light.yaw_most, light.yaw_most)), np.deg2rad(random.uniform(-12, 12))
    turned = np.array([[np.cos(yaw), 0], [0, 1]]) * side_px * SUPERSAMPLED / (8 * len(modules))
    turned = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]]) @ turned
    middle = size / 2 + random.uniform(-SUPERSAMPLED, SUPERSAMPLED, 2)
    matrix = np.hstack([turned, (middle - turned @ (half, half))[:, None]])
    cloth = cv2.GaussianBlur(random.integers(0, 256, (size, size), np.uint8), (0, 0), 3.0)
    painted = cv2.warpAffine(card, matrix, (size, size))
    covers = cv2.warpAffine(np.full_like(card, 255), matrix, (size, size)) > 127
    fine = np.where(covers, painted, cloth // 2).astype(np.float32)
    seen = cv2.resize(fine, None, fx=1 / SUPERSAMPLED, fy=1 / SUPERSAMPLED, interpolation=cv2.INTER_AREA)
    if light.smear_px:
        seen = cv2.blur(seen, (light.smear_px, 1))
    seen = cv2.GaussianBlur(seen, (0, 0), light.blur_px) + random.normal(0, 3, seen.shape)
    grey = np.clip(seen, 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), [cv2.IMWRITE_JPEG_QUALITY, light.quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))


def read_share(
    draw: Callable[[np.random.Generator], tuple[Modules, str]], side_px: int, light: Light, reader: OpenCvCodeReader
) -> tuple[float, int]:
    """Return the share of pictures in which the code was read, and in how many another was."""
    random = np.random.default_rng(side_px)
    hits = wrong = 0
    for _ in range(PICTURES):
        modules, text = draw(random)
        texts = reader.read(film(modules, side_px, light, random))
        hits += text in texts
        wrong += any(other != text for other in texts)
    return hits / PICTURES, wrong


def draw_marker(random: np.random.Generator) -> tuple[Modules, str]:
    """Return any marker and its text."""
    number = int(random.integers(MARKERS))
    return marker_modules(number), marker_text(number)


def draw_qr(random: np.random.Generator) -> tuple[Modules, str]:
    """Return the QR code of somebody and its text."""
    text = qr_text(f"officer-{random.integers(1_000_000)}")
    return qr_modules(text), text


def print_shares(wanted: str) -> None:
    """Print the share of single pictures in which a kind of code is read, by its side in pixels."""
    kinds = (
        ("ArUco", MARKER_SIDES_PX, draw_marker, OpenCvCodeReader(with_qr=False)),
        ("QR", QR_SIDES_PX, draw_qr, OpenCvCodeReader(with_markers=False)),
    )
    for name, sides, draw, reader in kinds:
        if wanted not in ("both", name.lower()):
            continue
        print(f"\n| {name}, side in px | " + " | ".join(map(str, sides)) + " | reliable from | wrong |")
        print("|---" * (len(sides) + 3) + "|")
        for light in LIGHTS:
            found = [read_share(draw, side, light, reader) for side in sides]
            unsure = [i for i, (share, _) in enumerate(found) if share < RELIABLE]
            first = unsure[-1] + 1 if unsure else 0
            reliable = f"{sides[first]} px" if first < len(sides) else "never"
            shares = " | ".join(f"{share:.2f}".removeprefix("0") for share, _ in found)
            print(f"| {light.name} | {shares} | {reliable} | {sum(wrong for _, wrong in found)} |")


def print_costs() -> None:
    """Print the processor time that one crop of a person in patterned cloth takes, on one core."""
    cv2.setNumThreads(1)
    print("\n| crop, px | ArUco | QR | both |\n|---|---|---|---|")
    random = np.random.default_rng(0)
    readers = [OpenCvCodeReader(with_qr=q, with_markers=m) for q, m in ((False, True), (True, False), (True, True))]
    for height, width in ((120, 60), (250, 120), (500, 240), (1000, 480)):
        crop = cv2.GaussianBlur(random.integers(0, 256, (height, width, 3), np.uint8), (0, 0), 2.0)
        code = film(marker_modules(17), width / 5, LIGHTS[1], random)[: height // 2, : width - 1]
        crop[: code.shape[0], : code.shape[1]] = code
        times = []
        for reader in readers:
            taken = []
            for _ in range(30):
                start = time.process_time()
                reader.read(crop)
                taken.append(time.process_time() - start)
            times.append(f"{1000 * float(np.median(taken)):.1f} ms")
        print(f"| {width} x {height} | " + " | ".join(times) + " |")


def print_false_reads(folder: Path) -> None:
    """Print how often any code at all is read in photographs without one."""
    reader, pictures, texts = OpenCvCodeReader(), 0, 0
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png")):
        image = cv2.imread(str(path))
        if image is not None:
            pictures += 1
            texts += len(reader.read(image))
    print(f"\n{texts} codes read in {pictures} photographs without any")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--code", choices=("aruco", "qr", "both"), default="both")
    asked.add_argument("--pictures", type=Path, help="photographs that hold no code")
    told = asked.parse_args()
    print_shares(told.code)
    print_costs()
    if told.pictures is not None:
        print_false_reads(told.pictures)
