"""Average the weights of two checkpoints of one net, of which the second was trained on from the first.

    python -m models.train.average FIRST.pt SECOND.pt --into OUT.pt [--part 0.5]

What further training gained is mostly kept and what it lost mostly regained, at the cost of one net.

Source: M. Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("YOLO_OFFLINE", "true")


def averaged(first: dict[str, Any], second: dict[str, Any], part: float) -> dict[str, Any]:
    """Weights by name: those of the second times ``part``, and of the first for the rest.

    Raises:
        ValueError: The two are not of one net, or the part is not within 0..1.
    """
    if not 0.0 <= part <= 1.0:
        raise ValueError(f"--part: wanted 0..1, got {part:g}")
    if {name: value.shape for name, value in first.items()} != {name: value.shape for name, value in second.items()}:
        raise ValueError("the checkpoints are of two nets: names or shapes of their weights differ")
    return {
        name: (1 - part) * first[name] + part * value if value.dtype.is_floating_point else value
        for name, value in second.items()
    }


def main() -> None:
    """Read both, average, write."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--part", type=float, default=0.5, help="of the second")
    asked = parser.parse_args()
    try:
        # whole modules, as ultralytics stores them: only for checkpoints that were trained here
        first, second = (
            torch.load(path, map_location="cpu", weights_only=False) for path in (asked.first, asked.second)
        )
        weights = averaged(first["model"].float().state_dict(), second["model"].float().state_dict(), asked.part)
    except (OSError, ValueError) as error:
        parser.exit(1, f"{error}\n")
    second["model"].load_state_dict(weights)
    second["model"].half()
    torch.save(second, asked.into)


if __name__ == "__main__":
    main()
