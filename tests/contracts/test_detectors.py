"""What every detector does. A new backend adds itself to ``BACKENDS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from models.catalog import load_catalog
from service.workers.engine_client import EngineClient
from tests.engines import running_engine
from tests.samples import sample_frame
from tests.stories import CAMERA, RUN, at
from vision.capture.pictures import BgrPixels
from vision.detection.detector import Detector
from vision.detection.openvino import OpenVinoDetector
from vision.detection.wholeframe import NetDetector
from vision.errors import BackendMissing
from vision.types import Frame


@contextmanager
def openvino() -> Iterator[Detector]:
    yield OpenVinoDetector(load_catalog()["person"], keep_classes=["person"], threads=2)


@contextmanager
def engine() -> Iterator[Detector]:
    with TemporaryDirectory() as folder, running_engine(Path(folder) / "engine"):
        client = EngineClient(Path(folder) / "engine")
        yield NetDetector(load_catalog()["person"], lambda size: client.net("person", size), keep_classes=["person"])
        client.close()


@contextmanager
def ultralytics() -> Iterator[Detector]:
    from vision.detection.ultralytics import UltralyticsDetector

    try:
        made = UltralyticsDetector(load_catalog()["person"], device="cpu", keep_classes=["person"])
    except BackendMissing as error:
        pytest.skip(f"{error}: `make test` installs it, TRAINING=0 leaves it out")
    yield made


BACKENDS: dict[str, Callable[[], AbstractContextManager[Detector]]] = {
    "openvino": openvino,
    "engine": engine,
    "ultralytics": ultralytics,
}


@pytest.fixture(scope="module", params=BACKENDS)
def detector(request: pytest.FixtureRequest) -> Iterator[Detector]:
    with BACKENDS[request.param]() as made:
        yield made


def test_persons_are_found_where_they_are(detector: Detector) -> None:
    frame, persons = sample_frame("counter", seconds=10.0)
    (found,) = detector.detect([frame])
    strong = found.xyxy_px[found.score >= 0.4]
    for truth in persons:
        assert max(iou(truth, box) for box in strong) > 0.6
    assert {detector.classes.index("person")} == set(found.class_id.tolist())


def test_one_answer_a_frame_in_order(detector: Detector) -> None:
    frames = [sample_frame("counter", seconds=t)[0] for t in (10.0, 30.0)]
    found = detector.detect(frames)
    assert [frame.captured_at for frame in frames] == [d.captured_at for d in found]
    assert [] == detector.detect([])


def test_nothing_is_found_where_nothing_is(detector: Detector) -> None:
    grey = Frame(CAMERA, RUN, 0, at(0), BgrPixels(np.full((480, 640, 3), 114, dtype=np.uint8)))
    (found,) = detector.detect([grey])
    assert 0 == int((found.score >= 0.3).sum())


@pytest.mark.parametrize("size", [(64, 48), (333, 777), (1920, 1080), (720, 1280)])
def test_boxes_stay_in_pictures_of_any_shape(detector: Detector, size: tuple[int, int]) -> None:
    import cv2

    frame, _ = sample_frame("counter", seconds=10.0)
    image = np.asarray(cv2.resize(frame.image, size), dtype=np.uint8)
    (found,) = detector.detect([Frame(CAMERA, RUN, 0, at(0), BgrPixels(image))])
    if len(found):
        assert found.xyxy_px.min() >= 0
        assert found.xyxy_px[:, [0, 2]].max() <= size[0]
        assert found.xyxy_px[:, [1, 3]].max() <= size[1]


def test_the_picture_is_left_alone(detector: Detector) -> None:
    frame, _ = sample_frame("counter", seconds=10.0)
    before = frame.image.copy()
    detector.detect([frame])
    assert np.array_equal(before, frame.image)


def iou(a: tuple[float, ...], b: np.ndarray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    inner = width * height
    return float(inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner))
