"""What every net does, wherever it runs. A new one adds itself to ``PLACES``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import openvino as ov
import pytest

from models.catalog import load_catalog
from service.workers.engine_client import EngineClient
from tests.engines import running_engine
from tests.samples import sample_frame
from vision.detection import boxes
from vision.detection.net import Net
from vision.detection.openvino import OpenVinoNet, Precision
from vision.detection.ultralytics import UltralyticsNet
from vision.errors import BackendMissing, InvalidFact
from vision.types import FloatArray, Image

MakeNamed = Callable[[str], Net]
CATALOG = load_catalog()


@contextmanager
def in_this_process() -> Iterator[MakeNamed]:
    yield lambda name: OpenVinoNet(CATALOG[name], threads=2, streams=2)


@contextmanager
def in_the_engine() -> Iterator[MakeNamed]:
    with TemporaryDirectory() as folder, running_engine(Path(folder) / "engine"):
        client = EngineClient(Path(folder) / "engine")
        yield client.net
        client.close()


@contextmanager
def with_ultralytics() -> Iterator[MakeNamed]:
    def make(name: str) -> Net:
        try:
            return UltralyticsNet(CATALOG[name], device="cpu")
        except BackendMissing as error:
            pytest.skip(f"{error}: `make test` installs it, TRAINING=0 leaves it out")

    yield make


PLACES: dict[str, Callable[[], AbstractContextManager[MakeNamed]]] = {
    "in_this_process": in_this_process,
    "in_the_engine": in_the_engine,
    "with_ultralytics": with_ultralytics,
}


@pytest.fixture(scope="module", params=PLACES)
def make(request: pytest.FixtureRequest) -> Iterator[MakeNamed]:
    with PLACES[request.param]() as made:
        yield made


def picture_for(net: str, seconds: float = 10.0, camera: str = "counter") -> Image:
    """A sample picture, as the net is shown it: the whole for the net for persons, else one person."""
    frame, persons = sample_frame(camera, seconds=seconds)
    height_px, width_px = CATALOG[net].input_px
    if net == "person":
        return boxes.letterbox(frame.image, height_px, width_px)[0]
    square = boxes.whole_body(persons[0]) if net == "pose" else boxes.upper_body(persons[0])
    return boxes.crop_square(frame.image, square, width_px)[0]


SAMPLES = [("counter", 10.0), ("counter", 40.0), ("office", 12.0), ("entrance", 12.0)]


@cache
def plain_net(graph: Path, input_px: tuple[int, int], precision: Precision) -> Callable[[Image], FloatArray]:
    """The same net as it stands in the file, on floats that numpy makes."""
    core = ov.Core()
    model = core.read_model(str(graph))
    model.reshape([1, 3, *input_px])
    compiled = core.compile_model(model, "CPU", {"PERFORMANCE_HINT": "LATENCY", "EXECUTION_MODE_HINT": str(precision)})
    return lambda image: np.array(compiled([boxes.to_blob(image)])[0][0], dtype=np.float32)


def apart(name: str, plain: FloatArray, raw: FloatArray) -> tuple[FloatArray, FloatArray]:
    """By how much scores (classes, N) differ, and the boxes (4, M) of what is likely, in pixels of the input."""
    scores = slice(4, 4 + len(CATALOG[name].classes))
    likely = plain[scores].max(axis=0) >= 0.25
    return np.abs(plain[scores] - raw[scores]), np.abs(plain[:4, likely] - raw[:4, likely])


@pytest.mark.parametrize("name", ["person", "pose", "crop"])
def test_a_picture_of_bytes_gives_what_floats_give(name: str) -> None:
    net = OpenVinoNet(CATALOG[name], threads=2, precision=Precision.EXACT)
    plain = plain_net(net.entry.graph, net.input_px, Precision.EXACT)
    things = 0
    for camera, seconds in SAMPLES:
        image = picture_for(name, seconds, camera)
        score, box_px = apart(name, plain(image), net.infer(image))
        assert score.max() <= 0.001
        assert box_px.max(initial=0.0) <= 0.01
        things += box_px.shape[1]
    assert things > 0


@pytest.mark.parametrize("name", ["person", "pose", "crop"])
def test_a_fast_net_is_no_farther_from_the_exact_one_than_floats_made_it(make: MakeNamed, name: str) -> None:
    """With bf16 single boxes differ by pixels either way, so what is compared is the mean over what is likely.

    Each is compared with its own graph: how far INT8 is from floats is a matter of `test_models_here`.
    """
    net = make(name)
    exactly, quickly = (plain_net(net.entry.graph, net.input_px, p) for p in (Precision.EXACT, Precision.FASTEST))
    fast: list[FloatArray] = []
    former: list[FloatArray] = []
    for camera, seconds in SAMPLES:
        image = picture_for(name, seconds, camera)
        exact = exactly(image)
        fast.append(apart(name, exact, net.infer(image))[1].ravel())
        former.append(apart(name, exact, quickly(image))[1].ravel())
    assert np.concatenate(fast).mean() <= 1.25 * np.concatenate(former).mean() + 0.05
    assert np.concatenate(fast).mean() <= 0.5


def test_an_output_stays_as_it_is_when_the_net_goes_on(make: MakeNamed) -> None:
    net = make("crop")
    first = net.infer(picture_for("crop"))
    kept = first.copy()
    second = net.infer(np.zeros((320, 320, 3), np.uint8))
    assert np.array_equal(kept, first)
    assert not np.array_equal(first, second)
    first[:] = 0  # it belongs to the caller


def test_a_picture_is_left_alone_and_may_be_read_only(make: MakeNamed) -> None:
    image = picture_for("pose").copy()
    before = image.copy()
    image.setflags(write=False)
    make("pose").infer(image)
    assert np.array_equal(before, image)


def test_a_picture_that_is_no_block_of_memory_is_the_same_picture(make: MakeNamed) -> None:
    net, image = make("pose"), picture_for("pose")
    wide = np.repeat(image, 2, axis=1)
    assert np.array_equal(net.infer(image), net.infer(wide[:, ::2]))


@pytest.mark.parametrize("shape", [(640, 384, 3), (384, 640), (384, 640, 4), (0, 0, 3)])
def test_a_picture_of_another_shape_is_refused(make: MakeNamed, shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidFact, match=r"wanted a picture \(384, 640, 3\) uint8"):
        make("person").infer(np.zeros(shape, np.uint8))


def test_floats_are_refused(make: MakeNamed) -> None:
    with pytest.raises(InvalidFact, match="float32"):
        make("pose").infer(np.zeros((256, 256, 3), np.float32))  # type: ignore[arg-type]


@pytest.mark.timeout(300)
def test_several_threads_get_what_one_gets(make: MakeNamed) -> None:
    net = make("crop")
    images = [picture_for("crop", seconds) for seconds in (10.0, 20.0, 30.0, 40.0)]
    alone = [net.infer(image) for image in images]
    same: list[bool] = []

    def look(which: int) -> None:
        # pictures that share a batch are summed up in another order
        same.extend(np.allclose(alone[which], net.infer(images[which]), rtol=1e-4, atol=1e-3) for _ in range(8))

    threads = [threading.Thread(target=look, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [True] * 32 == same


def test_a_net_says_which_it_is(make: MakeNamed) -> None:
    net = make("crop")
    assert CATALOG["crop"] == net.entry
    assert (320, 320) == net.input_px
