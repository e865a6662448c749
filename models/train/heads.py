"""Give a detector fewer classes without throwing away what it knows of those that stay."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any


def narrowed(model: Any, names: Sequence[str], taken_from: Sequence[int]) -> Any:
    """A copy of a detection model whose last class layers keep only some rows.

    Building the model anew with fewer classes would also make the hidden class layers narrower, so that nothing of
    the class branch could be kept; a short fine-tuning does not win that back.

    Args:
        model: ultralytics ``DetectionModel``.
        names: Names of the new classes.
        taken_from: For each new class the old class whose weights it starts from.
    """
    import torch
    from torch import nn

    new: Any = copy.deepcopy(model)
    detect = new.model[-1]
    rows = torch.tensor(list(taken_from))
    for branch in detect.cv3:
        old = branch[-1]
        layer = nn.Conv2d(old.in_channels, len(names), 1)
        layer.weight.data, layer.bias.data = old.weight.data[rows].clone(), old.bias.data[rows].clone()
        branch[-1] = layer
    detect.nc = len(names)
    detect.no = detect.nc + 4 * detect.reg_max
    new.nc = len(names)
    new.names = dict(enumerate(names))
    new.yaml = {**new.yaml, "nc": len(names)}
    return new
