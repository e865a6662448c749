"""Decode a live stream so that nothing but whole pictures comes out, at once and with little memory."""

from __future__ import annotations

import av
from av.video.stream import VideoStream

from vision.capture.losses import Losses
from vision.capture.whole import WholePictures

BROKEN_PACKETS_MAX = 50
"""So many packets in a row that cannot be decoded mean that the link must be made anew."""


class LiveDecoder:
    """Decodes the packets of one connection.

    Attributes:
        spoiled: Pictures so far that were not whole.
    """

    def __init__(self, stream: VideoStream, losses: Losses) -> None:
        """Take a stream of which nothing was decoded yet, and what is heard in the thread that decodes it."""
        self.spoiled = 0
        # frames in flight would be kept for each thread, and FFmpeg's lines would come from threads of its own
        stream.codec_context.thread_count = 1
        self._losses = losses
        self._whole = WholePictures()
        self._broken_in_a_row = 0

    def decode(self, packet: av.Packet[VideoStream]) -> list[av.VideoFrame]:
        """Return the whole pictures that a packet completes.

        Raises:
            FFmpegError: Nothing could be decoded for a long time; the link must be made anew.
        """
        self._whole.note_packet(packet.pts)
        if self._losses.heard() or packet.is_corrupt:
            self._whole.note_loss()
        try:
            pictures = packet.decode()
        except av.error.InvalidDataError:
            self._whole.note_loss()
            self._broken_in_a_row += 1
            if self._broken_in_a_row > BROKEN_PACKETS_MAX:
                raise
            return []
        self._broken_in_a_row = 0
        if self._losses.heard():
            self._whole.note_loss()
        found = [p for p in pictures if self._whole.admits(p.pts, is_key=p.key_frame, is_corrupt=p.is_corrupt)]
        self.spoiled += len(pictures) - len(found)
        return found
