"""The larger stream of a camera: its packets are kept, for evidence and for close looks, and none is decoded."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import cast

import av
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from vision.capture.camera_clock import camera_time
from vision.capture.groups import GroupDecoder
from vision.capture.live_params import LiveParams
from vision.capture.losses import Losses, listening
from vision.capture.opening import open_stream
from vision.capture.packets import PacketRing, PacketTap
from vision.capture.recent_groups import RecentGroups
from vision.capture.stream_time import StreamTime
from vision.clock import Clock
from vision.errors import CaptureError, SourceLost, SourceRefused
from vision.types import CameraId, Pixels

NEAR = timedelta(seconds=0.5)
"""A picture of the main stream that was taken further than this from one of the sub stream shows something else."""

REFUSED_PAUSE = timedelta(minutes=5)
"""Cameras lock out whoever tries a wrong password too often, and the sub stream with them."""

ASTRAY_MOST = timedelta(seconds=15)
"""A camera whose clock puts its two streams further apart than their arrival does reports it wrongly for one."""

CLOSES_WITHIN = timedelta(seconds=1)


class MainStream:
    """Reads packets in a thread of its own, from `start` to `close`, and comes back by itself when the link is lost.

    Moments are those of the sub stream: by the camera's own clock where it reports it for both, else by arrival.

    Attributes:
        ring: The latest packets, for evidence.
    """

    def __init__(
        self,
        camera_id: CameraId,
        address: str,
        *,
        clock: Clock,
        params: LiveParams | None = None,
        ring: PacketRing | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the address, which is kept out of every message, and what is told when the stream goes or comes back."""
        self.ring = ring or PacketRing()
        self.clock_ahead: Callable[[], timedelta | None] = lambda: None
        self._camera_id = camera_id
        self._address = address
        self._clock = clock
        self._params = params or LiveParams()
        self._tell = tell
        self._recent = RecentGroups()
        self._decoder: GroupDecoder | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_here: bool | None = None

    @property
    def packets_decoded(self) -> int:
        """Packets of the present link that were decoded for somebody who asked."""
        return 0 if self._decoder is None else self._decoder.packets_decoded

    def start(self) -> None:
        """Begin to read; nothing is raised when the camera does not answer."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._read, name=f"main-{self._camera_id}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(CLOSES_WITHIN.total_seconds())
            self._thread = None

    def nearest(self, at: datetime) -> Pixels | None:
        """Return the picture that was taken nearest to a moment, within `NEAR`; it is decoded when it is looked at."""
        return self._recent.nearest(at, NEAR)

    def _read(self) -> None:
        """Run in the reader's thread."""
        with listening() as losses:
            pause, longest = self._params.back_off
            while not self._stop.is_set():
                try:
                    with closing(self._open()) as container:
                        pause = self._params.back_off[0]
                        self._take(container, losses)
                    self._note_away("the stream ended")
                except SourceRefused as error:
                    pause = max(longest, REFUSED_PAUSE)
                    self._note_away(str(error))
                except (CaptureError, av.error.FFmpegError) as error:
                    self._note_away(str(error) if isinstance(error, CaptureError) else "stream lost")
                self._recent.note_loss()
                self._stop.wait(pause.total_seconds() * random.uniform(0.8, 1.2))
                pause = min(pause * 2, longest)

    def _open(self) -> InputContainer:
        params = self._params
        return open_stream(self._camera_id, self._address, transport=params.transport, silence_max=params.silence_max)

    def _take(self, container: InputContainer, losses: Losses) -> None:
        """Keep packets until the link is lost or the reader is closed."""
        stream = container.streams.video[0]
        tap: PacketTap | None = None
        time = StreamTime(self._clock)
        for packet in container.demux(stream):
            if self._stop.is_set():
                return
            if losses.heard() or packet.is_corrupt:
                self._recent.note_loss()
            if packet.pts is None or packet.size == 0:
                continue  # the first few, until the camera's clock report has come
            if tap is None or not tap.fits(stream):
                tap = PacketTap(stream)
                self._recent.begin(self._new_decoder(stream), (tap.codec.width_px, tap.codec.height_px))
            at = self._moment(packet, time)
            if at is not None:
                self._note_here()
                self.ring.append(packet, at, tap)
                self._recent.append(packet, at)

    def _moment(self, packet: av.Packet[VideoStream], time: StreamTime) -> datetime | None:
        arrived, camera, ahead = time.of_picture(packet), camera_time(packet), self.clock_ahead()
        if arrived is None or camera is None or ahead is None:
            return arrived
        aligned = camera - ahead
        return aligned if abs(aligned - arrived) <= ASTRAY_MOST else arrived

    def _new_decoder(self, stream: VideoStream) -> GroupDecoder:
        """Make a decoder that outlives the link: who looks at a picture may do so after the camera is gone."""
        context = cast(VideoCodecContext, VideoCodecContext.create(stream.codec_context.name, "r"))
        context.extradata = stream.codec_context.extradata
        context.thread_count = 1  # several would hold pictures back
        self._decoder = GroupDecoder(context, lambda reason: SourceLost(self._camera_id, f"main stream: {reason}"))
        return self._decoder

    def _note_here(self) -> None:
        if self._is_here is not True:
            if self._is_here is False:
                self._tell("main stream back")
            self._is_here = True

    def _note_away(self, why: str) -> None:
        if self._is_here is not False and not self._stop.is_set():
            self._is_here = False
            self._tell(f"main stream away, evidence comes from the stream that is watched: {why}")
