"""Pictures that are asked about at the same time go through the net together, each to whom it belongs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from models.catalog import load_catalog
from tests.tiny_set import needs_training
from vision.detection.ultralytics import UltralyticsNet
from vision.errors import BackendMissing, WeightsInvalid
from vision.types import FloatArray, Image

CROP = load_catalog()["crop"]


class Gate(UltralyticsNet):
    """A net whose first batch waits until it is let through; what it is asked is remembered."""

    def __init__(self, **chosen: int) -> None:
        super().__init__(CROP, device="cpu", **chosen)
        self.batches: list[list[int]] = []
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()
        self.fails_at = -1

    def _forward(self, images: Image) -> FloatArray:
        self.batches.append([int(image[0, 0, 0]) for image in images])
        self.has_begun.set()
        assert self.may_go_on.wait(60)
        if self.fails_at in self.batches[-1]:
            raise RuntimeError("out of memory")
        return np.stack([np.full((7, 2), image[0, 0, 0], np.float32) for image in images])


def numbered(number: int) -> Image:
    return np.full((320, 320, 3), number, np.uint8)


def ask(net: Gate, count: int) -> list[FloatArray | BaseException]:
    """Ask about so many pictures at once, while the very first is being looked at."""
    with ThreadPoolExecutor(count) as pool:
        first = pool.submit(net.infer, numbered(0))
        assert net.has_begun.wait(60)
        others = [pool.submit(net.infer, numbered(i)) for i in range(1, count)]
        while len(net._waiting) < count - 1:
            threading.Event().wait(0.01)
        net.may_go_on.set()
        return [each.exception() or each.result() for each in (first, *others)]


@needs_training()
def test_who_asks_while_the_device_works_is_the_next_batch() -> None:
    net = Gate()
    told = ask(net, 6)
    assert [[0], [1, 2, 3, 4, 5]] == [sorted(batch) for batch in net.batches]
    assert [0, 1, 2, 3, 4, 5] == [int(np.asarray(raw)[0, 0]) for raw in told]


@needs_training()
def test_no_batch_is_larger_than_allowed() -> None:
    net = Gate(batch_most=2)
    told = ask(net, 6)
    assert [1, 2, 2, 1] == [len(batch) for batch in net.batches]
    assert [0, 1, 2, 3, 4, 5] == [int(np.asarray(raw)[0, 0]) for raw in told]


@needs_training()
def test_a_batch_that_fails_is_told_to_each_of_it_and_the_next_goes_on() -> None:
    net = Gate(batch_most=3)
    net.fails_at = net_second = 1
    told = ask(net, 6)
    failed = next(batch for batch in net.batches if net_second in batch)
    for number, outcome in enumerate(told):
        assert (number in failed) == isinstance(outcome, RuntimeError)


@needs_training()
def test_a_batch_sees_what_one_after_the_other_sees() -> None:
    net = UltralyticsNet(CROP, device="cpu")
    random = np.random.default_rng(1)
    images = random.integers(0, 255, (3, 320, 320, 3), dtype=np.uint8)
    together = net._forward(images)
    for image, raw in zip(images, together, strict=True):
        assert np.allclose(net.infer(image), raw, rtol=1e-4, atol=1e-3)


@needs_training()
@pytest.mark.parametrize("device", ["cuda:99", "toaster"])
def test_a_device_that_is_not_there_is_named(device: str) -> None:
    with pytest.raises(BackendMissing, match=f"device '{device}': "):
        UltralyticsNet(CROP, device=device)


def test_a_changed_checkpoint_is_refused() -> None:
    with pytest.raises(WeightsInvalid, match=r"crop\.pt is not the file"):
        UltralyticsNet(replace(CROP, checkpoint_sha256="0" * 64), device="cpu")
