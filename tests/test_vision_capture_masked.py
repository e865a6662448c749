"""Privacy masks: what lies behind them reaches neither frame, clip, snapshot nor export."""

from __future__ import annotations

import io
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.scene import Area
from service.db.evidence import EvidenceRepository
from service.db.records import EvidenceKind
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database
from service.evidence.cutter import grab, remux
from service.evidence.local import LocalStore
from service.stills import StillKeeper, latest_still
from service.workers.recorder import CameraSetup, Recorder
from tests.pens import pen_in
from tests.stories import CAMERA, DESK, RUN, START, at, picture, s, write_clip
from vision.capture.file import FileSource, probe
from vision.capture.masked import MaskedSource
from vision.capture.pictures import black_out, black_out_planes, to_image
from vision.types import EndReason, Event, Frame, Image, RuleId, Subject

HIDDEN = Area(((0.4, 0.25), (0.9, 0.3), (0.8, 0.8), (0.45, 0.7)))
BLACKEST = 12
"""What an encoder may leave of black, of 255: the moving square behind the mask is at 255."""


def behind(image: Image, area: Area = HIDDEN) -> Image:
    """The pixels that somebody may not see: those whose middle lies in the area."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), dtype=np.uint8)
    corners = np.round(np.asarray(area.points) * (width, height)).astype(np.int32)
    cv2.fillPoly(mask, [corners], (1,))
    return image[mask == 1]


def masked_source(clip: Path) -> MaskedSource:
    return MaskedSource(FileSource(CAMERA, probe(clip), recorded_at=START), [HIDDEN])


def test_what_lies_behind_a_mask_is_there_without_it(clip: Path) -> None:
    frames = [f for f in FileSource(CAMERA, probe(clip)).items() if isinstance(f, Frame)]
    assert max(int(behind(frame.image).max()) for frame in frames) > 200


def test_frames_are_black_behind_a_mask_and_the_same_elsewhere(clip: Path) -> None:
    seen = [f for f in masked_source(clip).items() if isinstance(f, Frame)]
    sent = [f for f in FileSource(CAMERA, probe(clip), recorded_at=START).items() if isinstance(f, Frame)]
    assert len(sent) == len(seen)
    for masked, plain in zip(seen, sent, strict=True):
        assert 0 == int(behind(masked.image).max())
        assert np.array_equal(plain.image[:50], masked.image[:50])


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=3),
    st.integers(0, 2**32 - 1),
)
def test_two_pictures_that_differ_only_behind_a_mask_become_one(corners: list[tuple[float, float]], seed: int) -> None:
    (x1, y1), (x2, y2), (x3, y3) = corners
    if abs((x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1)) < 1e-3:
        return
    area = Area(tuple(corners))
    chance = np.random.default_rng(seed)
    first = chance.integers(0, 256, (48, 64, 3), dtype=np.uint8)
    second = first.copy()
    ys, xs = np.mgrid[0:48, 0:64]
    inside = np.array([[area.contains((x + 0.5) / 64, (y + 0.5) / 48) for x in range(64)] for y in range(48)])
    assert (48, 64) == xs.shape == ys.shape
    second[inside] = chance.integers(0, 256, (int(inside.sum()), 3), dtype=np.uint8)
    assert np.array_equal(black_out(first, [area]), black_out(second, [area]))


def test_a_clip_and_a_grabbed_picture_are_black_behind_a_mask(clip: Path) -> None:
    source = masked_source(clip)
    for _ in source.items():
        pass
    packets = source.ring.cut(at(1), at(4))
    with av.open(io.BytesIO(remux(packets, [HIDDEN]))) as container:
        shown = [to_image(frame) for frame in container.decode(video=0)]
    assert len(packets) == len(shown)
    assert max(int(behind(image).max()) for image in shown) <= BLACKEST
    grabbed = grab(packets, at(2.5), [HIDDEN])
    assert grabbed is not None
    assert 0 == int(behind(grabbed).max())
    # and the rest of the picture is still evidence
    difference = np.abs(shown[15][:60].astype(int) - picture(25)[:60].astype(int)).mean()
    assert difference < 4.0


def test_nothing_that_is_stored_shows_what_lies_behind_a_mask(tmp_path: Path, clip: Path) -> None:
    source = masked_source(clip)
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    database.upgrade()
    store = LocalStore(tmp_path / "evidence")
    setup = CameraSetup(masks=(HIDDEN,), scene_version=3, stills=StillKeeper(store, CAMERA, s(2)))
    pen = pen_in(tmp_path, database)
    recorder = Recorder(database, store, source.ring, pen, camera_id=CAMERA, run_id=RUN, setup=setup)
    event = Event(
        RuleId("smoking"), Subject(CAMERA, RUN, DESK), at(1), 0.9, at(2), 0.5, "ab" * 32, (150.0, 60.0, 280.0, 190.0),
        ended_at=at(3), end_reason=EndReason.CEASED,
    )  # fmt: skip
    for item in source.items():
        assert isinstance(item, Frame)
        recorder.note_picture(item)
        recorder.note_frame(item.captured_at)
    recorder.note_events([event], at(4.9))
    recorder.finish()
    with database.transaction() as session:
        repository = EventRepository(session)
        (found,) = repository.find(EventFilter())
        evidence = {item.kind: item.key for item in EvidenceRepository(session).of(found.event_id)}
    database.close()
    assert 3 == found.scene_version
    assert {EvidenceKind.CLIP, EvidenceKind.SNAPSHOT, EvidenceKind.SNAPSHOT_ANNOTATED} == set(evidence)
    with store.open(evidence[EvidenceKind.SNAPSHOT]) as file:
        snapshot = cv2.imdecode(np.frombuffer(file.read(), dtype=np.uint8), cv2.IMREAD_COLOR)
    still = latest_still(store, CAMERA)
    assert still is not None
    for image in (snapshot, cv2.imdecode(np.frombuffer(still, dtype=np.uint8), cv2.IMREAD_COLOR)):
        assert int(behind(image).max()) <= BLACKEST
    with store.open(evidence[EvidenceKind.CLIP]) as file, av.open(io.BytesIO(file.read())) as container:
        assert max(int(behind(to_image(frame)).max()) for frame in container.decode(video=0)) <= BLACKEST


def test_a_picture_without_masks_is_not_copied() -> None:
    image = picture(1)
    assert black_out(image, []) is image


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("masked") / "clip.mp4", frames=50)


def test_planes_are_painted_where_the_picture_is() -> None:
    planes = np.full((90 * 3 // 2, 64), 200, dtype=np.uint8)  # 90 rows: a colour ends in the middle of a row
    painted = black_out_planes(planes, [HIDDEN])
    colours = painted[90:].reshape(2, 45, 32)
    assert {0} == set(behind(painted[:90]))
    assert {128} == set(behind(colours[0])) | set(behind(colours[1]))
    assert {200} == {int(painted[5, 5]), int(colours[0, 2, 2]), int(colours[1, 42, 30])}
    assert {200} == set(planes.ravel())
