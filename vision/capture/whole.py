"""Which pictures of a stream are whole? After a loss none is, until a key frame that came later."""

from __future__ import annotations

from collections import OrderedDict

REORDERED_MAX = 64
"""So many packets may lie between a packet and its picture: H.264 and H.265 allow 16."""


class WholePictures:
    """Follows one connection, packet by packet.

    A decoder fills what it lacks with grey, green or what was there before, and goes on from that: only a key
    frame makes a good picture again. Pictures may come in another order than their packets, so a key frame counts
    only if its packet came after the loss.
    """

    def __init__(self) -> None:
        self._count = 0
        self._spoiled_to = -1
        self._is_whole = False
        self._number_of: OrderedDict[int, int] = OrderedDict()

    def note_packet(self, pts: int | None) -> None:
        """Take the next packet, in the order of decoding."""
        self._count += 1
        if pts is None:
            return
        self._number_of[pts] = self._count
        if len(self._number_of) > REORDERED_MAX:
            self._number_of.popitem(last=False)

    def note_loss(self) -> None:
        """Something was lost in the packet noted last, or in the one after it.

        A demuxer learns of the loss when it reads on, and hands out a packet when the next one has begun: what it
        lost may belong to either.
        """
        self._spoiled_to = self._count + 1
        self._is_whole = False

    def admits(self, pts: int | None, *, is_key: bool, is_corrupt: bool) -> bool:
        """Tell whether a decoded picture may be judged."""
        if is_corrupt:
            self._is_whole = False
            self._spoiled_to = max(self._spoiled_to, self._number(pts))
        elif is_key and self._number(pts) > self._spoiled_to:
            self._is_whole = True
        return self._is_whole

    def _number(self, pts: int | None) -> int:
        return self._count if pts is None else self._number_of.get(pts, self._count)
