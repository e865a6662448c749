"""Frames of a live camera: reconnects by itself, and says how long it saw nothing."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from vision.capture.drift import ClockFaults
from vision.capture.packets import PacketRing, PacketTap, to_image
from vision.clock import Clock
from vision.errors import CaptureError, SourceLost, SourceRefused
from vision.types import CameraId, Fault, Frame, Gap, GapReason, RunId

BACK_OFF_FIRST = timedelta(milliseconds=500)
BACK_OFF_MOST = timedelta(seconds=10)

EARLY_PACKETS_MAX = 300
"""Packets kept while the time of the stream is not known yet."""

DRIFT_MAX = timedelta(seconds=2)
"""A stream whose times go further than this from the clock has drifted or jumped, and is timed anew."""

SETTLES_FOR = timedelta(seconds=5)
UNSETTLED_MAX = timedelta(seconds=10)
"""A new link begins with pictures that had waited (2 s of them from GStreamer's server) and come in a burst. Where the
times stand after that is what drift is measured from; until then only times this far off are taken for a jump."""

LATE_FOR = timedelta(seconds=5)
"""Late times may be a slow network's, which catches up: they are believed only when it has not, after this long."""

JUMP_MIN = timedelta(seconds=1)
"""A clock that goes so far off from one picture to the next has jumped; one that drifts takes many pictures."""

BROKEN_PACKETS_MAX = 50
"""So many packets in a row that cannot be decoded mean that the link must be made anew."""

TIMELESS_FRAMES_MAX = 10
"""A stream's first pictures come without timestamps until the camera's clock report (RTCP) has arrived."""


@dataclass(frozen=True, slots=True)
class LiveParams:
    """How to reach a camera.

    Attributes:
        transport: ``tcp`` or ``udp``.
        silence_max: Without a packet for this long the link counts as lost.
        waiting_frames_max: Frames kept for a slow reader; the oldest are dropped beyond that, and counted.
        input_format: FFmpeg's input format where the address does not tell it (``v4l2`` for a USB camera).
    """

    transport: str = "tcp"
    silence_max: timedelta = timedelta(seconds=5)
    waiting_frames_max: int = 20
    input_format: str | None = None


class StreamTime:
    """Maps the timestamps of one connection to UTC: the first picture that has one was captured just now.

    Attributes:
        jumped_by: How far the stream's clock went off from one picture to the latest, where that is why it was
            timed anew with the latest picture.
        is_remapped: Whether the latest picture was timed anew.
        stream_s: The latest picture's own time, seconds; None where it has none.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor: tuple[datetime, Fraction] | None = None
        self._without = 0
        self._linked_at: datetime | None = None
        self._base = timedelta()
        self._late_since: datetime | None = None
        self._ahead = timedelta()
        self._before_late = timedelta()
        self.jumped_by: timedelta | None = None
        self.is_remapped = False
        self.stream_s: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether a picture with a timestamp has come."""
        return self._anchor is not None

    def is_settled(self, now: datetime) -> bool:
        """Whether the burst that a new link begins with is over."""
        return self._linked_at is not None and now - self._linked_at >= SETTLES_FOR

    def of_picture(self, picture: av.VideoFrame) -> datetime | None:
        """Return when a picture was captured; None for the few that a camera sends before its clock is known."""
        self.jumped_by, self.is_remapped, self.stream_s = None, False, None
        if picture.pts is None or picture.time_base is None:
            self._without += 1
            # a camera that never sends timestamps is timed by arrival
            return self._clock.now() if self._without > TIMELESS_FRAMES_MAX else None
        seconds = picture.pts * picture.time_base
        self.stream_s = float(seconds)
        now = self._clock.now()
        if self._anchor is None:
            self._anchor, self._linked_at = (now, seconds), now
        elif self._is_off(self.of_seconds(seconds) - now, now):
            self._anchor = (now, seconds)
            self._late_since, self._ahead, self._base, self.is_remapped = None, timedelta(), timedelta(), True
        return self.of_seconds(seconds)

    def _is_off(self, ahead: timedelta, now: datetime) -> bool:
        """Tell whether the times are to be mapped anew: ahead at once, for no network hurries; late when it lasts."""
        before, self._ahead = self._ahead, ahead
        if not self.is_settled(now):
            self._base = max(self._base, ahead)
            is_off = abs(ahead) > UNSETTLED_MAX
            self.jumped_by = ahead - before if is_off else None
            return is_off
        ahead -= self._base
        before -= self._base
        if ahead > DRIFT_MAX:
            self.jumped_by = ahead - before if ahead - before > JUMP_MIN else None
            return True
        if ahead >= -DRIFT_MAX:
            self._late_since = None
            return False
        if self._late_since is None:
            self._late_since, self._before_late = now, before
        if now - self._late_since < LATE_FOR:
            return False
        gone = ahead - self._before_late
        self.jumped_by = gone if -gone > JUMP_MIN else None
        return True

    def of_seconds(self, seconds: Fraction) -> datetime:
        """Return the moment of a timestamp; only once `is_known`."""
        if self._anchor is None:
            raise LookupError("no picture with a timestamp has come yet")
        moment, zero = self._anchor
        return moment + timedelta(seconds=float(seconds - zero))


class RtspSource:
    """Frames of one live camera, read in a thread of its own. Live never waits: a slow reader loses frames.

    The address is kept out of every message: it holds a password.
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
        self.dropped_frames = 0
        self._address = address
        self._clock = clock
        self._params = params or LiveParams()
        self._stop = threading.Event()
        self._waiting: deque[Frame | Gap] = deque()
        self._changed = threading.Condition()
        self._failure: BaseException | None = None
        self._ended = False
        self._index = 0
        self._last: datetime | None = None
        self._clock_faults = ClockFaults(camera_id, run_id)
        self._faults: list[Fault] = []
        self._broken: GapReason | None = None

    def items(self) -> Iterator[Frame | Gap]:
        """Yield frames, and one `Gap` for each time the link was lost, until `close`.

        Raises:
            SourceRefused: The camera does not accept the user name or password.
            SourceLost: The camera did not answer at the very first try; ``items`` may be called again.
        """
        container = self._connect()
        self._ended, self._failure = False, None
        thread = threading.Thread(target=self._read, args=(container,), name=f"read-{self.camera_id}", daemon=True)
        thread.start()
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._ended)
                    if not self._waiting:
                        break
                    item = self._waiting.popleft()
                yield item
            if self._failure is not None:
                raise self._failure
        finally:
            self.close()
            thread.join(timeout=self._params.silence_max.total_seconds() + 2)

    def close(self) -> None:
        """Stop reading; `items` then ends."""
        self._stop.set()

    def take_faults(self) -> list[Fault]:
        """Return what opened or ended with the stream's clock since this was last asked."""
        with self._changed:
            taken, self._faults = self._faults, []
        return taken

    def _read(self, container: InputContainer) -> None:
        """Run in the reader's thread; whatever ends it is handed on to `items`."""
        try:
            while not self._stop.is_set():
                try:
                    with closing(container):
                        self._deliver(container)
                except av.error.FFmpegError:
                    pass  # a lost link: the gap is told once the camera is back and its length is known
                reconnected = self._reconnect()
                if reconnected is None:
                    return
                container = reconnected
        except BaseException as error:
            self._failure = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _deliver(self, container: InputContainer) -> None:
        """Decode until the link is lost or the source is closed."""
        stream = container.streams.video[0]
        tap: PacketTap | None = None
        time = StreamTime(self._clock)
        self._clock_faults.note_new_link()
        broken_in_a_row = 0
        early: list[av.Packet[VideoStream]] = []
        for packet in container.demux(stream):
            if self._stop.is_set():
                return
            if len(early) < EARLY_PACKETS_MAX:
                early.append(packet)
            try:
                pictures = packet.decode()
            except av.error.InvalidDataError:
                broken_in_a_row += 1
                if broken_in_a_row > BROKEN_PACKETS_MAX:
                    raise
                continue
            broken_in_a_row = 0
            for picture in pictures:
                at = time.of_picture(picture)
                self._watch_clock(time)
                if at is not None:
                    self._emit(at, picture, GapReason.TIMESTAMP_JUMP if time.is_remapped else None)
            if time.is_known:
                # only now: some cameras tell their picture size no earlier than in the pictures
                tap = tap or PacketTap(stream)
                for kept in early:
                    if kept.pts is not None and kept.time_base is not None:
                        self.ring.append(kept, time.of_seconds(kept.pts * kept.time_base), tap)
                early.clear()

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
        if self._last is not None and at <= self._last:
            self.dropped_frames += 1  # the clock was set back: wait until it has caught up
            return
        frame = Frame(self.camera_id, self.run_id, self._index, at, to_image(picture))
        with self._changed:
            if self._last is not None:
                is_lost = at - self._last > self._params.silence_max
                reason = self._broken or (GapReason.STREAM_LOST if is_lost else None)
                if reason is not None:
                    self._waiting.append(Gap(self.camera_id, self.run_id, self._last, at, reason))
            self._broken = None
            self._waiting.append(frame)
            if len(self._waiting) > self._params.waiting_frames_max:
                oldest = next(item for item in self._waiting if isinstance(item, Frame))
                self._waiting.remove(oldest)
                self.dropped_frames += 1
            self._changed.notify_all()
        self._index += 1
        self._last = at

    def _connect(self) -> InputContainer:
        options = {}
        if self._address.startswith("rtsp"):
            options = {"rtsp_transport": self._params.transport}
        try:
            container = av.open(
                self._address,
                format=self._params.input_format,
                options=options,
                timeout=self._params.silence_max.total_seconds(),
            )
        except (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError):
            raise SourceRefused(self.camera_id) from None
        except av.error.FFmpegError as error:
            raise SourceLost(self.camera_id, error.strerror or type(error).__name__) from None
        if not container.streams.video:
            container.close()
            raise SourceLost(self.camera_id, "the stream holds no video")
        return container

    def _reconnect(self) -> InputContainer | None:
        """Try until the camera answers; None when closed meanwhile. Waits longer each time, with jitter."""
        pause = BACK_OFF_FIRST
        while not self._stop.wait(pause.total_seconds() * random.uniform(0.8, 1.2)):
            try:
                return self._connect()
            except SourceRefused:
                raise
            except CaptureError:
                pause = min(pause * 2, BACK_OFF_MOST)
        return None
