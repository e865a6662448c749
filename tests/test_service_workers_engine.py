"""The engine as a process, and cameras that ask it: what is lost when one of them dies, and what is not."""

from __future__ import annotations

import os
import random
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from models.here import load_catalog_here
from service.errors import EngineAway, EngineRefused, ServiceError
from service.workers.engine import EngineServer
from service.workers.engine_client import EngineClient
from service.workers.engine_wire import ROOM_BYTES, Ask, Kind, Told, make_room, picture_in
from tests.engines import ROOT, held_by, running_engine, start_engine, wait_until_there
from tests.nets import entry
from tests.samples import sample_frame
from tests.stories import CAMERA, RUN
from vision.detection.closelook import OpenVinoLooker
from vision.detection.openvino import OpenVinoDetector, OpenVinoNet
from vision.detection.wholeframe import NetDetector
from vision.types import FloatArray, Image, TrackKey

pytestmark = pytest.mark.timeout(300)

CATALOG = load_catalog_here()
GREY = np.full((256, 256, 3), 114, np.uint8)
LOOK_AT_GREY = Ask(Kind.INFER, "pose", (256, 256))


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Path, int]]:
    """An engine for all tests that leave it alive: its address and its process."""
    with TemporaryDirectory() as folder, running_engine(Path(folder) / "engine") as process:
        yield Path(folder) / "engine", process.pid


@contextmanager
def asking(address: Path, patience: timedelta = timedelta(seconds=60)) -> Iterator[EngineClient]:
    client = EngineClient(address, patience=patience)
    yield client
    client.close()


def until(fits: Callable[[], bool]) -> bool:
    """Whether it fits in the end, on a computer as busy as may be."""
    deadline = time.monotonic() + 60
    while not fits():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def held_with_one_client(engine: int) -> tuple[int, int]:
    """What an engine holds with one camera, once it has noticed that those of earlier tests are gone."""
    assert until(lambda: held_by(engine)[1] == 1)
    return held_by(engine)


def test_persons_and_looks_are_those_of_nets_in_this_process(running: tuple[Path, int]) -> None:
    frame, persons = sample_frame("counter", seconds=10.0)
    keys = [(TrackKey(CAMERA, RUN, i), box) for i, box in enumerate(persons)]
    here = OpenVinoDetector(CATALOG["person"], keep_classes=["person"], threads=2)
    looker = OpenVinoLooker(OpenVinoNet(CATALOG["pose"], threads=2), OpenVinoNet(CATALOG["crop"], threads=2))
    with asking(running[0]) as client:
        there = NetDetector(CATALOG["person"], lambda size: client.net("person", size), keep_classes=["person"])
        (mine,), (theirs,) = here.detect([frame]), there.detect([frame])
        assert np.array_equal(mine.xyxy_px, theirs.xyxy_px)
        assert np.array_equal(mine.score, theirs.score)
        looks = OpenVinoLooker(client.net("pose"), client.net("crop")).look(frame, keys)
    for one, other in zip(looker.look(frame, keys), looks, strict=True):
        assert np.array_equal(one.keypoints_px, other.keypoints_px)
        assert np.array_equal(one.items.score, other.items.score)


def test_the_engine_counts_what_it_did(running: tuple[Path, int]) -> None:
    with asking(running[0]) as client:
        before = client.stats()
        for _ in range(3):
            client.net("pose").infer(GREY)
        after = client.stats()
    assert before.requests + 3 == after.requests
    assert after.busy > before.busy
    assert timedelta() <= client.waited <= after.waited - before.waited


def test_what_cannot_be_done_is_said_and_the_connection_goes_on(running: tuple[Path, int]) -> None:
    with asking(running[0]) as client:
        with pytest.raises(EngineRefused, match=r"in steps of 32, got \(100, 100\)"):
            client.infer("pose", np.zeros((100, 100, 3), np.uint8))
        with pytest.raises(EngineRefused, match="there is no net 'ear'; there are: person, pose, crop"):
            client.infer("ear", GREY)
        with pytest.raises(EngineRefused, match="there is no net 'ear'"):
            client.net("ear")
        assert (56, 1344) == client.net("pose").infer(GREY).shape


def test_two_cameras_ask_at_once(running: tuple[Path, int]) -> None:
    looked: list[int] = []

    def look() -> None:
        with asking(running[0]) as client:
            looked.extend(len(client.net("pose").infer(GREY)) for _ in range(20))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [56] * 40 == looked


_CAMERA = """
import sys
import numpy as np
from pathlib import Path
from service.workers.engine_client import EngineClient
net = EngineClient(Path(sys.argv[1])).net("person")
picture = np.zeros((384, 640, 3), np.uint8)
while True:
    net.infer(picture)
    print("looked", flush=True)
"""


def test_a_camera_killed_in_the_middle_harms_nobody(running: tuple[Path, int]) -> None:
    address, engine = running
    chance = random.Random(3)
    with asking(address) as client:
        net = client.net("pose")
        net.infer(GREY)
        before = held_with_one_client(engine)
        for _ in range(3):
            camera = subprocess.Popen([sys.executable, "-c", _CAMERA, str(address)], cwd=ROOT, stdout=subprocess.PIPE)
            assert camera.stdout is not None
            with camera.stdout:
                assert b"looked\n" == camera.stdout.readline()
                time.sleep(chance.uniform(0, 0.2))
                camera.kill()
                camera.wait()
            assert 56 == len(net.infer(GREY))
        assert until(lambda: before == held_by(engine))


def test_fifty_connections_leave_nothing_behind(running: tuple[Path, int]) -> None:
    address, engine = running
    with asking(address) as client:
        client.net("pose").infer(GREY)
        before = held_with_one_client(engine)
        for _ in range(50):
            with asking(address) as other:
                other.net("pose").infer(GREY)
        assert until(lambda: before == held_by(engine))
        mine = len(os.listdir("/proc/self/fd"))
        for _ in range(50):
            with asking(address) as other:
                other.stats()
        assert mine == len(os.listdir("/proc/self/fd"))


def greet(address: Path) -> tuple[socket.socket, Image]:
    """A connection as a camera has it, and the picture's place in its memory."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.settimeout(60)
    link.connect(str(address))
    descriptor, room = make_room()
    socket.send_fds(link, [Ask(Kind.HELLO).pack()], [descriptor])
    os.close(descriptor)
    assert Told() == Told.unpack(link.recv(4096))
    return link, picture_in(room, (256, 256))


def nothing_at_all(link: socket.socket) -> None:
    link.send(b"\0")


def some_bytes(link: socket.socket) -> None:
    link.send(random.Random(5).randbytes(100))


def too_much(link: socket.socket) -> None:
    link.send(bytes(50_000))


def a_question_before_the_greeting(link: socket.socket) -> None:
    link.send(LOOK_AT_GREY.pack())


def a_greeting_without_memory(link: socket.socket) -> None:
    link.send(Ask(Kind.HELLO).pack())


def a_file_in_place_of_memory(link: socket.socket) -> None:
    with Path(__file__).open("rb") as file:
        socket.send_fds(link, [Ask(Kind.HELLO).pack()], [file.fileno()])


def memory_that_can_be_cut_short(link: socket.socket) -> None:
    descriptor = os.memfd_create("loose")
    os.ftruncate(descriptor, ROOM_BYTES)
    socket.send_fds(link, [Ask(Kind.HELLO).pack()], [descriptor])
    os.close(descriptor)


def more_descriptors_than_asked_for(link: socket.socket) -> None:
    descriptor, _ = make_room()
    socket.send_fds(link, [Ask(Kind.HELLO).pack()], [descriptor] * 20)
    os.close(descriptor)


def a_second_greeting(link: socket.socket) -> None:
    for _ in range(2):
        descriptor, _ = make_room()
        socket.send_fds(link, [Ask(Kind.HELLO).pack()], [descriptor])
        os.close(descriptor)
    link.recv(4096)


def a_picture_larger_than_the_memory(link: socket.socket) -> None:
    descriptor, _ = make_room()
    socket.send_fds(link, [Ask(Kind.HELLO).pack()], [descriptor])
    os.close(descriptor)
    link.recv(4096)
    link.send(Ask(Kind.INFER, "pose", (60_000, 60_000)).pack())


@pytest.mark.parametrize(
    "say",
    [
        nothing_at_all,
        some_bytes,
        too_much,
        a_question_before_the_greeting,
        a_greeting_without_memory,
        a_file_in_place_of_memory,
        memory_that_can_be_cut_short,
        more_descriptors_than_asked_for,
        a_second_greeting,
        a_picture_larger_than_the_memory,
    ],
)
def test_who_makes_no_sense_is_dropped_alone(running: tuple[Path, int], say: Callable[[socket.socket], None]) -> None:
    address, engine = running
    with asking(address) as client:
        client.net("pose").infer(GREY)
        before = held_with_one_client(engine)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.settimeout(60)
            link.connect(str(address))
            say(link)
            assert is_hung_up(link)
        assert (56, 1344) == client.net("pose").infer(GREY).shape
        assert until(lambda: before == held_by(engine))


def is_hung_up(link: socket.socket) -> bool:
    try:
        return b"" == link.recv(4096)
    except ConnectionError:
        return True


def test_who_does_not_read_the_answers_is_dropped(running: tuple[Path, int]) -> None:
    link, _ = greet(running[0])
    with link, asking(running[0]) as client:
        with pytest.raises(ConnectionError):
            ask_without_end(link)
        assert 56 == len(client.net("pose").infer(GREY))


def ask_without_end(link: socket.socket) -> None:
    for _ in range(100_000):
        link.send(Ask(Kind.STATS).pack())


@pytest.mark.parametrize("in_the_middle", [False, True])
def test_a_killed_engine_is_found_again(tmp_path: Path, in_the_middle: bool) -> None:
    address = tmp_path / "engine"
    later: list[subprocess.Popen[bytes]] = []
    with asking(address, timedelta(seconds=120)) as client, running_engine(address) as engine:
        first = client.net("pose").infer(GREY)

        def replace_engine() -> None:
            engine.kill()
            engine.wait()
            later.append(start_engine(address))

        engine.send_signal(signal.SIGSTOP if in_the_middle else signal.SIGKILL)
        replacing = threading.Timer(1.0, replace_engine)
        replacing.start()
        try:
            assert np.array_equal(first, client.net("pose").infer(GREY))
            assert client.waited >= timedelta(seconds=0.9)
            assert 1 == client.stats().requests
        finally:
            replacing.join()
            later[0].terminate()
            assert 0 == later[0].wait(60)


def test_an_engine_that_is_away_is_said_to_be_so(tmp_path: Path) -> None:
    with asking(tmp_path / "engine", timedelta(seconds=0.5)) as client:
        start = time.monotonic()
        with pytest.raises(EngineAway, match="No such file"):
            client.net("pose").infer(GREY)
        assert 0.1 <= time.monotonic() - start < 30


def test_an_engine_that_hangs_is_said_to_be_away(tmp_path: Path) -> None:
    with running_engine(tmp_path / "engine") as engine, asking(tmp_path / "engine", timedelta(seconds=2)) as client:
        wait_for_first(client)
        engine.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(EngineAway, match="timed out"):
                client.net("pose").infer(GREY)
        finally:
            engine.send_signal(signal.SIGCONT)
        # the answer that came too late is not taken for this one's
        assert (7, 2100) == until_answered(lambda: client.net("crop").infer(np.zeros((320, 320, 3), np.uint8))).shape


def wait_for_first(client: EngineClient) -> None:
    """A net is compiled when it is first asked for, which may take longer than this client's patience."""
    until_answered(lambda: client.net("pose").infer(GREY))


def until_answered(ask: Callable[[], FloatArray]) -> FloatArray:
    deadline = time.monotonic() + 120
    while True:
        try:
            return ask()
        except EngineAway:
            if time.monotonic() > deadline:
                raise


def test_closing_ends_the_waiting(tmp_path: Path) -> None:
    client = EngineClient(tmp_path / "engine", patience=timedelta(seconds=250))
    failed: list[str] = []

    def look() -> None:
        try:
            client.net("pose").infer(GREY)
        except EngineAway as error:
            failed.append(str(error))

    thread = threading.Thread(target=look)
    thread.start()
    time.sleep(0.3)
    client.close()
    thread.join(60)
    assert not thread.is_alive()
    assert 1 == len(failed)
    with pytest.raises(EngineAway):
        client.stats()


def test_the_engine_ends_on_sigterm_and_not_on_sigint(tmp_path: Path) -> None:
    address = tmp_path / "private" / "engine"
    with running_engine(address) as engine, asking(address) as client:
        assert 0o600 == stat.S_IMODE(address.stat().st_mode)
        assert 0o700 == stat.S_IMODE(address.parent.stat().st_mode)
        engine.send_signal(signal.SIGINT)
        assert 56 == len(client.net("pose").infer(GREY))
        engine.send_signal(signal.SIGTERM)
        assert 0 == engine.wait(60)
        assert not address.exists()


def test_an_address_may_be_longer_than_the_kernel_takes(tmp_path: Path) -> None:
    address = tmp_path / ("long" * 40) / "engine"
    with running_engine(address), asking(address) as client:
        assert 0 == client.stats().requests


class Waits:
    """A net that looks at a picture only when it is let; it remembers the first byte of each."""

    def __init__(self) -> None:
        self.entry = entry("pose", ("person",))
        self.input_px = (256, 256)
        self.looked_at: list[int] = []
        self.has_begun = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)

    def infer(self, image: Image) -> FloatArray:
        self.looked_at.append(int(image[0, 0, 0]))
        self.has_begun.release()
        assert self.may_go_on.acquire(timeout=120)
        return np.zeros((5, 1), np.float32)


@contextmanager
def served(net: Waits, address: Path, streams: int) -> Iterator[EngineServer]:
    server = EngineServer(lambda name, input_px: net, streams=streams)
    thread = threading.Thread(target=server.serve, args=(address,))
    thread.start()
    try:
        wait_until_there(address)
        yield server
    finally:
        server.stop()
        thread.join(120)
        assert not thread.is_alive()


def test_cameras_are_served_in_the_order_in_which_they_ask(tmp_path: Path) -> None:
    net = Waits()
    with served(net, tmp_path / "engine", streams=1):
        cameras = [greet(tmp_path / "engine") for _ in range(4)]
        for number, (_, picture) in enumerate(cameras):
            picture[0, 0, 0] = number
        cameras[0][0].send(LOOK_AT_GREY.pack())
        assert net.has_begun.acquire(timeout=120)
        for which in (2, 1, 3):
            cameras[which][0].send(LOOK_AT_GREY.pack())
        net.may_go_on.release()
        assert (5, 1) == Told.unpack(cameras[0][0].recv(4096)).shape
        cameras[0][0].send(LOOK_AT_GREY.pack())  # asks again at once, and comes last
        for _ in range(4):
            net.may_go_on.release()
        for link, _ in cameras:
            assert (5, 1) == Told.unpack(link.recv(4096)).shape
            link.close()
    assert [0, 2, 1, 3, 0] == net.looked_at


def test_two_streams_look_at_two_pictures_at_once_and_finish_before_they_stop(tmp_path: Path) -> None:
    net = Waits()
    with served(net, tmp_path / "engine", streams=2) as server:
        cameras = [greet(tmp_path / "engine") for _ in range(2)]
        for link, _ in cameras:
            link.send(LOOK_AT_GREY.pack())
        for _ in cameras:
            assert net.has_begun.acquire(timeout=120)
        server.stop()
        net.may_go_on.release(2)
        for link, _ in cameras:
            assert (5, 1) == Told.unpack(link.recv(4096)).shape
            assert b"" == link.recv(4096)
            link.close()


class Breaks(Waits):
    """A net that does not work."""

    def infer(self, image: Image) -> FloatArray:
        raise RuntimeError("no memory for this")


@pytest.mark.expects_errors
def test_a_net_that_fails_is_told_to_who_asked(tmp_path: Path) -> None:
    with served(Breaks(), tmp_path / "engine", streams=1), asking(tmp_path / "engine") as client:
        for _ in range(2):
            with pytest.raises(EngineRefused, match=r"the net failed: .*no memory for this"):
                client.infer("pose", GREY)
        assert 0 == client.stats().requests


def test_one_address_has_one_engine(running: tuple[Path, int]) -> None:
    with pytest.raises(ServiceError, match="another program serves here"):
        EngineServer(lambda name, input_px: Waits(), streams=1).serve(running[0])


def test_a_file_at_the_address_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "engine").write_text("mine")
    with pytest.raises(ServiceError, match="is there already, and is no socket"):
        EngineServer(lambda name, input_px: Waits(), streams=1).serve(tmp_path / "engine")
    assert "mine" == (tmp_path / "engine").read_text()


def test_asking_does_not_load_openvino() -> None:
    """Cameras are processes: each would pay for it in memory."""
    program = (
        "import sys, service.workers.engine_client, vision.detection.closelook, vision.detection.openvino;"
        "print([name for name in sys.modules if name.split('.')[0] == 'openvino'])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()
