"""Train the crop net (YOLO11n from the pose checkpoint), or the frame or vessel net (YOLOv8n), on a CPU or on a GPU.

    python -m models.train.train --set DIR/crops.yaml --out RUN_DIR --epochs 12 [--start CHECKPOINT]
    python -m models.train.train --net frame --set DIR/frames.yaml --out RUN_DIR --epochs 3 --input-px 640
    python -m models.train.train --net vessel --set DIR/vessels.yaml --out RUN_DIR --epochs 20 --input-px 416

Channels-last is what makes training on a CPU possible (16 crops of 320 px on two cores: 1.3 s a step with AVX2
in float32, 0.5 s with AVX-512 BF16 and autocast). Without that instruction set bfloat16 is emulated, 13 s a step,
so autocast is used only where the CPU has it.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.train.fetch import WEIGHTS_DIR
from models.train.heads import narrowed

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("ULTRALYTICS_SAFE_LOAD", "1")
os.environ.setdefault("YOLO_OFFLINE", "true")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one training run is made of.

    Attributes:
        recipe: The data set file of ``models.train.prepare``.
        out: Folder for checkpoints and curves, outside the repository.
        start: Checkpoint to start from: the pose net, or a crop net to go on with.
        epochs: Passes over the training looks.
        input_px: Side of the square input.
        first_rate: Learning rate after the warm-up.
        last_part: Part of ``first_rate`` that the last step uses.
        net: ``crop``, ``frame`` or ``vessel``: how looks are changed before they are learned from, and which layers
            learn.
        seed: Of every random draw.
        classes: What is learned; all where empty.
    """

    recipe: Path
    out: Path
    start: Path
    epochs: int
    input_px: int
    first_rate: float
    seed: int
    last_part: float = 0.05
    net: str = "crop"
    classes: tuple[int, ...] = ()


CHANGES: dict[str, dict[str, float | int]] = {
    "vessel": {"mosaic": 0.3, "scale": 0.5, "degrees": 6, "translate": 0.1, "freeze": 0},
    "crop": {"mosaic": 0.06, "scale": 0.4, "degrees": 4, "translate": 0.08, "freeze": 0},
    # four pictures in one and shrinking make small persons; the backbone, made for COCO, is kept as it is
    "frame": {"mosaic": 0.7, "scale": 0.6, "degrees": 0, "translate": 0.1, "freeze": 10},
}

BATCH = {"crop": 16, "frame": 16, "vessel": 16}
POOR = {"crop": (0.5, 64), "frame": (0.3, 320), "vessel": (0.5, 96)}
"""Share of the looks that are made poor, and the fewest pixels that are left of their longer side."""
STARTS_FROM = {"person": 0, "bottle": 39, "can": 41, "glass": 41}
"""COCO's class that each class of the frame and the vessel net starts from: person, bottle, cup, cup."""


class Degrade:
    """Make a look as poor as a far camera's: fewer pixels, blur, noise, JPEG. Boxes stay where they are."""

    def __init__(self, share: float, least_px: int) -> None:
        self.share, self.least_px = share, least_px

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Change ``labels["img"]``, uint8 (H, W, 3), in a ``share`` of the calls."""
        if np.random.random() < self.share:
            labels["img"] = self.degraded(labels["img"])
        return labels

    def degraded(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """One poor copy of a picture, of the same size."""
        height, width = image.shape[:2]
        draw = np.random.random
        small = np.exp(np.random.uniform(np.log(self.least_px), np.log(max(height, width)))) / max(height, width)
        if draw() < 0.7:
            image = np.asarray(cv2.resize(image, None, fx=small, fy=small, interpolation=cv2.INTER_AREA), np.uint8)
        if draw() < 0.25:
            reach = int(np.random.randint(2, 5))
            line = np.zeros((reach, reach), np.float32)
            line[reach // 2] = 1 / reach
            image = np.asarray(cv2.filter2D(image, -1, line if draw() < 0.5 else line.T), np.uint8)
        if draw() < 0.5:
            noise = np.empty(image.shape, np.int16)
            cv2.randn(noise, (0, 0, 0), (float(np.random.uniform(2, 14)),) * 3)
            image = np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), np.uint8)
        if draw() < 0.6:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(np.random.randint(25, 90))]
            image = np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR), np.uint8)
        if image.shape[:2] != (height, width):
            image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
        return image


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 by itself."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def trainer_class(net: str) -> Any:
    """Ultralytics' detection trainer with bfloat16 where the CPU has it and ``Degrade`` among the transforms."""
    import torch
    import ultralytics.engine.trainer as engine
    from ultralytics.models.yolo.detect import DetectionTrainer

    def autocast(enabled: Any, device: str = "cuda") -> Any:
        if device == "cpu":
            return torch.amp.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16())
        return torch.amp.autocast(device, enabled=bool(enabled))

    engine.autocast = autocast

    class CropTrainer(DetectionTrainer):  # type: ignore[misc, unused-ignore]
        """Detection trainer for person crops."""

        def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
            dataset = super().build_dataset(img_path, mode, batch)
            if mode == "train":
                dataset.transforms.transforms.insert(-1, Degrade(*POOR[net]))
            return dataset

        def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
            if net in ("frame", "vessel") and weights is not None:
                if len(weights.names) == self.data["nc"]:
                    return weights.float()  # it was narrowed before; built anew its class branch would not fit
                names = [self.data["names"][number] for number in range(self.data["nc"])]
                return narrowed(weights.float(), names, [STARTS_FROM[name] for name in names])
            return super().get_model(cfg, weights, verbose)

        def preprocess_batch(self, batch: Any) -> Any:
            batch = super().preprocess_batch(batch)
            batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
            return batch

        def _setup_train(self) -> None:
            super()._setup_train()
            torch.set_num_threads(os.cpu_count() or 1)  # ultralytics leaves one core free, half of a machine with two
            self.model.to(memory_format=torch.channels_last)

    return CropTrainer


def train(recipe: Recipe) -> Path:
    """Run one training and return its last checkpoint (the moving average, stripped of the optimiser)."""
    from ultralytics import YOLO, settings

    settings.update({"sync": False})
    is_new = recipe.start.name == "pose.pt"
    net: Any = YOLO("yolo11n.yaml").load(str(recipe.start)) if is_new else YOLO(str(recipe.start))
    net.train(
        trainer=trainer_class(recipe.net),
        data=str(recipe.recipe),
        project=str(recipe.out.parent),
        name=recipe.out.name,
        exist_ok=True,
        epochs=recipe.epochs,
        imgsz=recipe.input_px,
        batch=BATCH[recipe.net],
        nbs=BATCH[recipe.net],
        workers=1,
        device="cpu",
        amp=False,
        optimizer="AdamW",
        lr0=recipe.first_rate,
        lrf=recipe.last_part,
        weight_decay=0.0005,
        warmup_epochs=0.5,
        seed=recipe.seed,
        classes=list(recipe.classes) or None,
        cache="ram",
        close_mosaic=0,  # closing rebuilds the transforms and would drop Degrade
        fliplr=0.5,
        hsv_h=0.02,
        hsv_s=0.5,
        hsv_v=0.4,
        erasing=0.0,
        plots=False,
        val=False,
        save_period=1,
        patience=0,
        **CHANGES[recipe.net],
    )
    return recipe.out / "weights" / "last.pt"


def main() -> None:
    """Train as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, required=True, help="crops.yaml of models.train.prepare")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--net", choices=sorted(CHANGES), default="crop")
    parser.add_argument("--start", type=Path, help="default: the pose net, for the others the stock person net")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--input-px", type=int, default=320)
    parser.add_argument("--rate", type=float, default=0.001)
    parser.add_argument("--last-part", type=float, default=0.05, help="part of the rate that is left at the end")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    start = asked.start or WEIGHTS_DIR / ("pose.pt" if asked.net == "crop" else "person.pt")
    recipe = Recipe(
        asked.set, asked.out, start, asked.epochs, asked.input_px, asked.rate, asked.seed, asked.last_part, asked.net
    )
    print(train(recipe))


if __name__ == "__main__":
    main()
