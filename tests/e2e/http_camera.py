"""A camera that answers one HTTP request with pictures for ever: JPEG after JPEG, or an MPEG-TS."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction

import av
import cv2

from tests.e2e.watched_camera import CODECS, RATE_FPS, SIZE_PX, scene_picture

Send = Callable[[socket.socket, Callable[[int], bool]], None]


def send_jpegs(connection: socket.socket, wait_for_turn: Callable[[int], bool]) -> None:
    """Send pictures as webcams do: parts of one answer that replace one another."""
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n")
    i = 0
    while wait_for_turn(i):
        jpeg = cv2.imencode(".jpg", scene_picture(i))[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        connection.sendall(head.encode() + jpeg + b"\r\n")
        i += 1


class _Line:
    """What the muxer writes to."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, content: bytes) -> int:
        self._connection.sendall(content)
        return len(content)


def send_transport_stream(connection: socket.socket, wait_for_turn: Callable[[int], bool]) -> None:
    """Send H.264 in an MPEG-TS."""
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")
    name, layout, options = CODECS["h264"]
    with av.open(_Line(connection), "w", format="mpegts", buffer_size=7 * 188) as container:
        stream = container.add_stream(name, rate=RATE_FPS)
        stream.width, stream.height = SIZE_PX
        stream.pix_fmt, stream.options = layout, options
        i = 0
        while wait_for_turn(i):
            frame = av.VideoFrame.from_ndarray(scene_picture(i), format="bgr24")
            frame.pts, frame.time_base = i, Fraction(1, RATE_FPS)
            container.mux(stream.encode(frame))
            i += 1


@contextmanager
def http_camera(send: Send) -> Iterator[int]:
    """Serve at a port for as long as the block runs, to many readers."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    is_over = threading.Event()

    def answer(connection: socket.socket) -> None:
        begun = time.monotonic()
        with (
            connection,
            suppress(OSError, av.error.PyAVCallbackError, BaseExceptionGroup),
        ):  # the reader may go at any time
            connection.settimeout(10)
            connection.recv(4096)
            send(connection, lambda i: not is_over.wait(max(0.0, begun + i / RATE_FPS - time.monotonic())))

    def accept() -> None:
        while not is_over.is_set():
            with suppress(TimeoutError):
                connection, _ = server.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        is_over.set()
        thread.join(10)
        server.close()
