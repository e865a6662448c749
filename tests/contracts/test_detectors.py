"""What every detector does. A new backend adds itself to ``BACKENDS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from vision.detection.detector import Detector, PartDetector
from vision.detection.openvino import OpenVinoDetector, OpenVinoNet
from vision.detection.wholeframe import NetDetector
from vision.errors import BackendMissing, InvalidFact
from vision.types import Box, Frame


@contextmanager
def openvino() -> Iterator[Detector]:
    yield OpenVinoDetector(load_catalog()["person"], keep_classes=["person"], threads=2)


@contextmanager
def wider() -> Iterator[Detector]:
    person = load_catalog()["person"]
    yield NetDetector(
        person,
        lambda size: OpenVinoNet(person, input_px=size, threads=2),
        keep_classes=["person"],
        long_px=960,
    )


@contextmanager
def engine() -> Iterator[Detector]:
    with TemporaryDirectory() as folder, running_engine(Path(folder) / "engine"):
        client = EngineClient(Path(folder) / "engine")
        yield NetDetector(load_catalog()["person"], lambda size: client.net("person", size), keep_classes=["person"])
        client.close()


@contextmanager
def ultralytics() -> Iterator[Detector]:
    from vision.detection.ultralytics import UltralyticsNet

    person = load_catalog()["person"]
    try:
        made = NetDetector(
            person, lambda size: UltralyticsNet(person, input_px=size, device="cpu"), keep_classes=["person"]
        )
    except BackendMissing as error:
        pytest.skip(f"{error}: `make test` installs it, TRAINING=0 leaves it out")
    yield made


BACKENDS: dict[str, Callable[[], AbstractContextManager[Detector]]] = {
    "openvino": openvino,
    "openvino, 960 px": wider,
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


@pytest.mark.parametrize("is_upright", [False, True])
def test_a_part_shows_whom_the_whole_shows_there(detector: Detector, is_upright: bool) -> None:
    if not isinstance(detector, PartDetector):
        pytest.skip("it is asked about whole pictures only")
    frame, persons = sample_frame("counter", seconds=10.0)
    image, box = np.array(frame.image), max(persons, key=lambda person: person[3] - person[1])
    if is_upright:
        image = np.ascontiguousarray(image[:, 0:405])
        frame = Frame(CAMERA, RUN, 0, at(0), BgrPixels(image))
        (whole,) = detector.detect([frame])
        box = tuple(whole.xyxy_px[whole.score.argmax()].tolist())
    height, width = image.shape[:2]
    parts = detector.parts((width, height))
    assert parts
    assert all(across * down < width * height for across, down in parts)
    (whole,) = detector.detect([frame])
    for across, down in parts:
        left = round(min(max((box[0] + box[2] - across) / 2, 0), width - across))
        top = round(min(max((box[1] + box[3] - down) / 2, 0), height - down))
        part = (left, top, left + across, top + down)
        found = detector.detect_part(frame, part)
        assert frame.captured_at == found.captured_at
        strong = [
            one for one, score in zip(whole.xyxy_px, whole.score, strict=True) if score > 0.5 and inside(one, part)
        ]
        assert strong or not inside(box, part)
        for one in strong:
            assert max(iou(tuple(one), other) for other in found.xyxy_px[found.score >= 0.4]) > 0.9
        assert all(inside(one, part) for one in found.xyxy_px)


def test_a_part_of_another_size_is_refused(detector: Detector) -> None:
    if not isinstance(detector, PartDetector):
        pytest.skip("it is asked about whole pictures only")
    frame, _ = sample_frame("counter", seconds=10.0)
    with pytest.raises(InvalidFact, match="wanted one of the sizes"):
        detector.detect_part(frame, (0, 0, 100, 100))


def inside(box: Sequence[float], part: Box) -> bool:
    return bool(box[0] >= part[0] and box[1] >= part[1] and box[2] <= part[2] and box[3] <= part[3])


def iou(a: tuple[float, ...], b: np.ndarray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    inner = width * height
    return float(inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner))
