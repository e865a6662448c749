"""The compiled nets of one engine, each made when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable

from service.errors import EngineRefused
from vision.detection.net import Net

NETS_MOST = 32
"""Four nets, of which one comes in five shapes, and five more for parts of pictures, and all those again for cameras
that are looked at more sharply. Each takes tens of megabytes: more are a fault, not a need."""
SIDE_PX_STEP = 32
"""What each side of an input is a multiple of: the nets halve the picture five times."""
SIDE_PX_MOST = 1280

MakeNamedNet = Callable[[str, tuple[int, int]], Net]


class NetShelf:
    """Gives the net of a name for a size of input. Safe to call from several threads.

    Args:
        make: Makes a net; raises where there is none of that name.
    """

    def __init__(self, make: MakeNamedNet) -> None:
        self._make = make
        self._nets: dict[tuple[str, tuple[int, int]], Net] = {}
        self._making = threading.Lock()

    def get(self, name: str, input_px: tuple[int, int]) -> Net:
        """Return the net, made now if need be. Raises `EngineRefused`, and what making raises."""
        wanted = name, input_px
        if wanted not in self._nets:
            if any(side % SIDE_PX_STEP or not 0 < side <= SIDE_PX_MOST for side in input_px):
                raise EngineRefused(
                    f"wanted an input of at most {SIDE_PX_MOST} px in steps of {SIDE_PX_STEP}, got {input_px}"
                )
            with self._making:
                self._make_once(wanted)
        return self._nets[wanted]

    def _make_once(self, wanted: tuple[str, tuple[int, int]]) -> None:
        if wanted in self._nets:
            return  # another thread was quicker
        if len(self._nets) >= NETS_MOST:
            raise EngineRefused(f"{NETS_MOST} nets are loaded, and no more are")
        self._nets[wanted] = self._make(*wanted)
