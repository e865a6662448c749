"""Two checkpoints of one net become one, weight by weight."""

from __future__ import annotations

import pytest

from tests.tiny_set import needs_training

pytestmark = needs_training()


def test_weights_are_averaged_and_counters_are_the_seconds() -> None:
    import torch

    from models.train.average import averaged

    first = {"w": torch.tensor([0.0, 4.0]), "steps": torch.tensor(3)}
    second = {"w": torch.tensor([2.0, 0.0]), "steps": torch.tensor(9)}
    mixed = averaged(first, second, 0.25)
    assert [0.5, 3.0] == mixed["w"].tolist()
    assert 9 == mixed["steps"].item()
    assert second["w"].tolist() == averaged(first, second, 1.0)["w"].tolist()


def test_two_nets_and_parts_beyond_the_whole_are_refused() -> None:
    import torch

    from models.train.average import averaged

    weights = {"w": torch.zeros(2)}
    with pytest.raises(ValueError, match="two nets"):
        averaged(weights, {"w": torch.zeros(3)}, 0.5)
    with pytest.raises(ValueError, match=r"--part: wanted 0\.\.1, got 1\.5"):
        averaged(weights, weights, 1.5)
