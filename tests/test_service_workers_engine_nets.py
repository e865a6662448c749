"""The shelf of an engine: each net is made once, and not any number of them."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from service.errors import EngineRefused
from service.workers.engine_nets import NETS_MOST, NetShelf
from tests.nets import entry
from vision.detection.net import Net
from vision.types import FloatArray, Image


class Blind:
    """A net that sees nothing."""

    def __init__(self, name: str, input_px: tuple[int, int]) -> None:
        self.entry = entry(name, ("person",))
        self.input_px = input_px

    def infer(self, image: Image) -> FloatArray:
        return np.zeros((5, 1), np.float32)


def test_a_net_is_made_once_for_all_who_ask_at_once() -> None:
    made: list[Net] = []
    first_may_end = threading.Event()

    def make(name: str, input_px: tuple[int, int]) -> Net:
        assert first_may_end.wait(60)
        made.append(Blind(name, input_px))
        return made[-1]

    shelf, got = NetShelf(make), list[Net]()
    threads = [threading.Thread(target=lambda: got.append(shelf.get("crop", (320, 320)))) for _ in range(5)]
    for thread in threads:
        thread.start()
    first_may_end.set()
    for thread in threads:
        thread.join(60)
    assert 1 == len(made)
    assert [made[0]] * 5 == got


def test_no_more_nets_are_made_than_fit() -> None:
    shelf = NetShelf(Blind)
    sizes = [(32 * i, 32) for i in range(1, NETS_MOST + 2)]
    for size in sizes[:-1]:
        assert size == shelf.get("crop", size).input_px
    with pytest.raises(EngineRefused, match=f"{NETS_MOST} nets are loaded, and no more are"):
        shelf.get("crop", sizes[-1])
    assert sizes[0] == shelf.get("crop", sizes[0]).input_px


@pytest.mark.parametrize("input_px", [(0, 32), (33, 32), (32, 1312), (65_504, 65_504)])
def test_no_net_has_an_input_of_such_a_size(input_px: tuple[int, int]) -> None:
    with pytest.raises(EngineRefused, match="in steps of 32"):
        NetShelf(Blind).get("crop", input_px)


def test_what_could_not_be_made_is_tried_again() -> None:
    faults = [EngineRefused("not yet")]

    def make(name: str, input_px: tuple[int, int]) -> Net:
        if faults:
            raise faults.pop()
        return Blind(name, input_px)

    shelf = NetShelf(make)
    with pytest.raises(EngineRefused, match="not yet"):
        shelf.get("crop", (320, 320))
    assert (320, 320) == shelf.get("crop", (320, 320)).input_px
