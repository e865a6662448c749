"""Frames of a live camera: reconnects by itself, and says how long it saw nothing."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from vision.capture.camera_clock import camera_time
from vision.capture.decoding import LiveDecoder
from vision.capture.drift import ClockFaults
from vision.capture.live_params import LiveParams as LiveParams
from vision.capture.losses import Losses, listening
from vision.capture.opening import open_stream
from vision.capture.packets import PacketRing, PacketTap
from vision.capture.pictures import DecodedPixels
from vision.capture.silence import Silence
from vision.capture.stream_time import StreamTime
from vision.capture.waiting import Waiting
from vision.clock import Clock
from vision.errors import CaptureError, SourceRefused
from vision.types import CameraId, Fault, Frame, Gap, GapReason, RunId

EARLY_PACKETS_MAX = 300
"""Packets kept while the time of the stream is not known yet."""

CLOSES_WITHIN = timedelta(seconds=1)

SPOILED_FOR = timedelta(seconds=30)
"""A link that has brought packets for so long and no whole picture is made anew: a new one begins with a key frame."""


class RtspSource:
    """Frames of one live camera, read in a thread of its own. Live never waits: a slow reader loses frames.

    The address is kept out of every message: it holds a password.

    Attributes:
        turns: Packets that came and connections that were tried: while this rises, the reader does not hang.
        clock_ahead: How far the camera's own clock is ahead of the frames' times; None where it does not report it.
    """

    def __init__(
        self,
        camera_id: CameraId,
        run_id: RunId,
        address: str,
        *,
        clock: Clock,
        params: LiveParams | None = None,
    ) -> None:
        self.camera_id = camera_id
        self.run_id = run_id
        self.ring = PacketRing()
        self.turns = 0
        self.clock_ahead: timedelta | None = None
        self._address = address
        self._clock = clock
        self._params = params or LiveParams()
        self._stop = threading.Event()
        self._waiting = Waiting(self._params.waiting_frames_max)
        self._untimely_frames = 0
        self._silence = Silence(clock, self._params.silence_max)
        self._changed = threading.Condition()
        self._failure: BaseException | None = None
        self._ended = False
        self._index = 0
        self._last: tuple[datetime, tuple[int, int]] | None = None
        self._clock_faults = ClockFaults(camera_id, run_id)
        self._faults: list[Fault] = []
        self._broken: GapReason | None = None

    def items(self) -> Iterator[Frame | Gap]:
        """Yield frames, and one `Gap` for each time the link was lost, until `close`.

        Raises:
            SourceRefused: The camera does not accept the user name or password.
            SourceLost: The camera did not answer at the very first try; ``items`` may be called again.
        """
        self._silence.note_asked()
        container = self._connect()
        self._ended, self._failure = False, None
        thread = threading.Thread(target=self._read, args=(container,), name=f"read-{self.camera_id}", daemon=True)
        thread.start()
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._ended or self._stop.is_set())
                    if self._stop.is_set() or not self._waiting:
                        break
                    item = self._waiting.take()
                yield item
            if self._failure is not None:
                raise self._failure
        finally:
            self.close()
            # one that waits for a camera which is silent ends by itself, and must not hold up a stop
            thread.join(timeout=CLOSES_WITHIN.total_seconds())

    def close(self) -> None:
        """Stop reading; `items` then ends, and what still waits is not looked at."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    @property
    def dropped_frames(self) -> int:
        """Frames so far that a slow reader lost, or whose time was not after the one before."""
        return self._waiting.dropped_frames + self._untimely_frames

    @property
    def silent_since(self) -> datetime | None:
        """When the last whole picture came, where that is too long ago; the link may well be there."""
        return self._silence.since

    def take_faults(self) -> list[Fault]:
        """Return what opened or ended with the stream's clock since this was last asked."""
        with self._changed:
            taken, self._faults = self._faults, []
        return taken

    def _read(self, container: InputContainer) -> None:
        """Run in the reader's thread; whatever ends it is handed on to `items`."""
        try:
            with listening() as losses:
                self._read_on(container, losses)
        except BaseException as error:
            self._failure = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _read_on(self, container: InputContainer, losses: Losses) -> None:
        while not self._stop.is_set():
            try:
                with closing(container):
                    self._deliver(container, losses)
            except av.error.FFmpegError:
                pass  # a lost link: the gap is told once the camera is back and its length is known
            reconnected = self._reconnect()
            if reconnected is None:
                return
            container = reconnected

    def _deliver(self, container: InputContainer, losses: Losses) -> None:
        """Decode until the link is lost, is of no use, or the source is closed."""
        stream = container.streams.video[0]
        decoder = LiveDecoder(stream, losses)
        tap: PacketTap | None = None
        time = StreamTime(self._clock)
        self.clock_ahead = None
        self._clock_faults.note_new_link()
        whole_at = self._clock.now()
        early: list[av.Packet[VideoStream]] = []
        for packet in container.demux(stream):
            self.turns += 1
            if self._stop.is_set() or self._clock.now() - whole_at > SPOILED_FOR:
                return
            if len(early) < EARLY_PACKETS_MAX:
                early.append(packet)
            for picture in decoder.decode(packet):
                whole_at = self._clock.now()
                at = time.of_picture(picture)
                self._watch_clock(time)
                if at is not None:
                    self._emit(at, picture, GapReason.TIMESTAMP_JUMP if time.is_remapped else None)
            if time.is_known:
                self._note_camera_clock(packet, time)
                # only now: some cameras tell their picture size no earlier than in the pictures
                tap = PacketTap(stream) if tap is None or not tap.fits(stream) else tap
                for kept in early:
                    if kept.pts is not None and kept.time_base is not None:
                        self.ring.append(kept, time.of_seconds(kept.pts * kept.time_base), tap)
                early.clear()

    def _note_camera_clock(self, packet: av.Packet[VideoStream], time: StreamTime) -> None:
        camera = camera_time(packet)
        if camera is not None and packet.pts is not None and packet.time_base is not None:
            self.clock_ahead = camera - time.of_seconds(packet.pts * packet.time_base)

    def _watch_clock(self, time: StreamTime) -> None:
        if time.stream_s is None:
            return
        now = self._clock.now()
        changes = [] if time.jumped_by is None else self._clock_faults.note_jump(time.jumped_by, now)
        if time.is_settled(now):
            changes += self._clock_faults.note_picture(time.stream_s, now)
        if changes:
            with self._changed:
                self._faults += changes

    def _emit(self, at: datetime, picture: av.VideoFrame, broken: GapReason | None) -> None:
        """Hand a picture on; ``broken`` says why the times before and after it do not belong together."""
        self._broken = broken or self._broken
        last_at, last_size_px = self._last or (None, None)
        if last_at is not None and at <= last_at:
            self._untimely_frames += 1  # the clock was set back: wait until it has caught up
            return
        self._silence.note_picture()
        frame = Frame(self.camera_id, self.run_id, self._index, at, DecodedPixels(picture))
        with self._changed:
            if last_at is not None:
                # whoever follows people by their pixels loses them where the picture's size changes
                is_lost = at - last_at > self._params.silence_max or frame.size_px != last_size_px
                reason = self._broken or (GapReason.STREAM_LOST if is_lost else None)
                if reason is not None:
                    self._waiting.put(Gap(self.camera_id, self.run_id, last_at, at, reason))
            self._broken = None
            self._waiting.put(frame)
            self._changed.notify_all()
        self._index += 1
        self._last = (at, frame.size_px)

    def _connect(self) -> InputContainer:
        params = self._params
        return open_stream(
            self.camera_id,
            self._address,
            transport=params.transport,
            silence_max=params.silence_max,
            input_format=params.input_format,
        )

    def _reconnect(self) -> InputContainer | None:
        """Try until the camera answers; None when closed meanwhile. Waits longer each time, with jitter."""
        pause, longest = self._params.back_off
        while not self._stop.wait(pause.total_seconds() * random.uniform(0.8, 1.2)):
            self.turns += 1
            try:
                return self._connect()
            except SourceRefused:
                raise
            except CaptureError:
                pause = min(pause * 2, longest)
        return None
