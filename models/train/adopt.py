"""Take a trained checkpoint over as the project's own, without the folders of the computer that trained it.

python -m models.train.adopt RUN_DIR/weights/last.pt crop
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

from models.train.fetch import WEIGHTS_DIR, write_atomically

PATHS = ("model", "data", "project", "name", "save_dir")
"""Arguments of the training that are paths; of each the last part stays."""


def adopt(checkpoint: Path, name: str, into: Path = WEIGHTS_DIR) -> Path:
    """Write ``into/NAME.pt``: the same weights and arguments, paths shortened to their last part.

    Raises:
        FileNotFoundError: There is no such checkpoint.
    """
    import torch

    # our own file, written by the training: it holds a whole model and cannot be read as bare weights
    content: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=False)
    content["train_args"] = shortened(content.get("train_args", {}))
    content["train_results"], content["git"] = None, None
    for part in ("model", "ema"):
        model: Any = content.get(part)
        if getattr(model, "args", None) is not None:
            model.args = shortened(dict(model.args))
        if getattr(model, "pt_path", None):
            model.pt_path = Path(str(model.pt_path)).name  # where the base was read from
    written = io.BytesIO()
    torch.save(content, written)
    target = into / f"{name}.pt"
    write_atomically(target, written.getvalue())
    return target


def shortened(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same arguments with of each path its last part."""
    return {key: Path(str(value)).name if key in PATHS and value else value for key, value in arguments.items()}


def main() -> None:
    """Take one over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("name", help="name of the net")
    asked = parser.parse_args()
    if not asked.checkpoint.is_file():
        parser.exit(1, f"{asked.checkpoint}: no such checkpoint; train first: python -m models.train.train\n")
    print(adopt(asked.checkpoint, asked.name))


if __name__ == "__main__":
    main()
