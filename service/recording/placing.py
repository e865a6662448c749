"""Which segment does a packet belong to? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vision.capture.packets import StoredPacket

LASTS = timedelta(minutes=5)
"""A segment ends with the group of pictures in which it becomes so long."""

PAUSE_MOST = timedelta(seconds=5)
"""What comes after a longer outage begins a segment of its own: a player would show one long picture."""


class Place(StrEnum):
    """Where a packet goes."""

    NOWHERE = "nowhere"
    """It cannot be decoded: no key frame has come."""
    SAME = "same"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Written:
    """What the segment that is being written holds.

    Attributes:
        started_at: When its first picture was captured.
        last: The packet that was written last.
    """

    started_at: datetime
    last: StoredPacket


def place(written: Written | None, packet: StoredPacket) -> Place:
    """Say where a packet goes; where it goes nowhere, the segment before it is over."""
    begins = Place.NEW if packet.is_keyframe else Place.NOWHERE
    if written is None or not _continues(written.last, packet):
        return begins
    if packet.is_keyframe and packet.at - written.started_at >= LASTS:
        return Place.NEW
    return Place.SAME


def _continues(last: StoredPacket, packet: StoredPacket) -> bool:
    is_same_stream = (packet.codec, packet.time_base) == (last.codec, last.time_base)
    return is_same_stream and packet.dts > last.dts and abs(packet.at - last.at) <= PAUSE_MOST
