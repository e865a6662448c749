"""Clips and pictures in which people are hidden: rendered people, the project's own nets."""

from __future__ import annotations

import io
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from calibration.scene import Area, Desk, Scene
from service.errors import NotRedactable
from service.evidence.cutter import to_jpeg
from service.redaction.clip import RedactedClip, Redaction, paint_clip, plan_clip, redact_clip
from service.redaction.finding import PersonFinder, are_groups, load_finder
from service.redaction.modes import Mode, SubjectSight
from service.redaction.paint import Cover
from service.redaction.picture import redact_jpeg, redact_picture
from tests.nets import Seen, ToldDetector
from tests.samples import first_seconds, sample_frame
from tests.stories import picture, write_clip
from vision.capture.pictures import to_image
from vision.types import Box, Image

PERSON: Box = (100.0, 60.0, 180.0, 220.0)


def told(*seen: Seen) -> PersonFinder:
    return PersonFinder([ToldDetector(("person", "bottle"), seen)])


@pytest.fixture(scope="module")
def finder() -> PersonFinder:
    return load_finder(threads=2)


def decoded(content: bytes) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(content)) as container:
        return list(container.decode(video=0))


def likeness(one: Image, other: Image, box: Box) -> float:
    """Correlation of two pictures' fine structure inside a box: 1 where the same is seen."""
    x1, y1, x2, y2 = (round(v) for v in box)
    fine = [
        cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_64F)[y1:y2, x1:x2].ravel()
        for image in (one, other)
    ]
    if min(part.std() for part in fine) < 1e-6:
        return 0.0
    return float(np.corrcoef(*fine)[0, 1])


def head_of(person: Box) -> Box:
    x1, y1, x2, y2 = person
    return x1 + 0.25 * (x2 - x1), y1, x2 - 0.25 * (x2 - x1), y1 + 0.16 * (y2 - y1)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The first one and a half seconds of the rendered counter."""
    return first_seconds("counter", 1.5, tmp_path_factory.mktemp("redaction") / "counter.mp4").read_bytes()


def test_the_subject_stays_visible_and_everybody_else_is_hidden(centre: bytes, finder: PersonFinder) -> None:
    _, people = sample_frame("counter", seconds=0.5)
    subject = max(people, key=lambda box: box[3] - box[1])
    made = redact_clip(centre, Redaction(Mode.ALL_BUT_SUBJECT, subject=SubjectSight(0.5, subject)), finder)
    before, after = (to_image(decoded(content)[5]) for content in (centre, made.content))
    assert likeness(before, after, head_of(subject)) > 0.8
    assert len(people) > 1
    for other in people:
        if other != subject:
            assert likeness(before, after, head_of(other)) < 0.3, other


def test_nobody_is_visible_when_everybody_is_hidden(centre: bytes, finder: PersonFinder) -> None:
    made = redact_clip(centre, Redaction(), finder)
    for seconds in (0.0, 0.5, 1.0):
        _, people = sample_frame("counter", seconds=seconds)
        before, after = (to_image(decoded(content)[round(10 * seconds)]) for content in (centre, made.content))
        for person in people:
            assert likeness(before, after, head_of(person)) < 0.3, (seconds, person)


@pytest.mark.parametrize("cover", list(Cover))
def test_the_same_clip_gives_the_same_bytes_and_is_left_as_it_was(clip: Path, cover: Cover) -> None:
    content = clip.read_bytes()
    made = [redact_clip(content, Redaction(cover=cover), told((0, 0.9, PERSON))).content for _ in range(2)]
    assert made[0] == made[1]
    assert content == clip.read_bytes()


@pytest.mark.parametrize("options", [{}, {"bf": "2"}])
def test_every_picture_keeps_its_time(tmp_path: Path, options: dict[str, str]) -> None:
    ticks = [0, 1, 2, 4, 8, 9, 10, 15, 16, 17]
    content = write_clip(tmp_path / "c.mp4", frames=10, ticks=ticks, options=options).read_bytes()
    made = redact_clip(content, Redaction(), told((0, 0.9, PERSON)))
    assert [picture.time for picture in decoded(content)] == [picture.time for picture in decoded(made.content)]
    assert tuple(t / 10 for t in ticks) == made.plan.times_s


def test_only_moving_pictures_are_left_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "talking.mp4"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Nguyễn Văn A"
        video, sound = container.add_stream("libx264", rate=10), container.add_stream("aac", rate=8000)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        for i in range(10):
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture(i), format="bgr24")))
        container.mux(video.encode(None))
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        samples.sample_rate = 8000
        container.mux([*sound.encode(samples), *sound.encode(None)])
    made = redact_clip(path.read_bytes(), Redaction(), told((0, 0.9, PERSON)))
    with av.open(io.BytesIO(made.content)) as container:
        assert ["video"] == [stream.type for stream in container.streams]
        assert "title" not in container.metadata
        assert ["h264"] == [stream.codec_context.name for stream in container.streams.video]
    assert "Nguyễn".encode() not in made.content


def test_progress_rises_from_nothing_to_all(clip: Path) -> None:
    shares: list[float] = []
    redact_clip(clip.read_bytes(), Redaction(), told(), progress=shares.append)
    assert sorted(shares) == shares
    assert 100 == len(shares)
    assert 0.0 < shares[0] < 0.1
    assert 1.0 == pytest.approx(shares[-1])


@pytest.mark.parametrize(("odd", "even"), [((319, 239), (318, 238)), ((320, 240), (320, 240))])
def test_odd_sides_lose_a_pixel_and_no_more(tmp_path: Path, odd: tuple[int, int], even: tuple[int, int]) -> None:
    path = tmp_path / "odd.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *odd, "yuv444p"
        for i in range(5):
            image = picture(i, width_px=odd[0], height_px=odd[1])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    made = decoded(redact_clip(path.read_bytes(), Redaction(), told((0, 0.9, PERSON))).content)
    assert {even} == {(shown.width, shown.height) for shown in made}
    assert 5 == len(made)


def unreadable(kind: str, whole: bytes) -> bytes:
    return {"empty": b"", "text": b"not a clip at all" * 50, "half": whole[: len(whole) // 2], "head": whole[:60]}[kind]


@pytest.mark.parametrize("kind", ["empty", "text", "half", "head"])
def test_what_cannot_be_read_to_its_end_is_refused(tmp_path: Path, kind: str) -> None:
    whole = redact_clip(write_clip(tmp_path / "c.mp4").read_bytes(), Redaction(), told()).content
    with pytest.raises(NotRedactable, match="clip"):
        redact_clip(unreadable(kind, whole), Redaction(), told())


def test_a_plan_is_not_painted_over_another_clip(tmp_path: Path) -> None:
    plan = plan_clip(write_clip(tmp_path / "a.mp4", frames=20).read_bytes(), Redaction(), told())
    for frames in (10, 30):
        other = write_clip(tmp_path / "b.mp4", frames=frames).read_bytes()
        with pytest.raises(NotRedactable, match="another clip"):
            paint_clip(other, plan, Cover.BOX)


@pytest.mark.parametrize("mode", [Mode.STAFF_ONLY, Mode.CITIZENS_ALWAYS])
@pytest.mark.parametrize("scene", [None, Scene("camera")])
def test_modes_that_ask_where_people_are_want_a_scene(clip: Path, mode: Mode, scene: Scene | None) -> None:
    with pytest.raises(NotRedactable, match="draw"):
        redact_clip(clip.read_bytes(), Redaction(mode, scene=scene), told())
    with pytest.raises(NotRedactable, match="draw"):
        redact_picture(picture(0), Redaction(mode, scene=scene), told())


def box_values(made: RedactedClip, frame: int, box: Box) -> float:
    x1, y1, x2, y2 = (round(v) for v in box)
    grey = to_image(decoded(made.content)[frame])[y1:y2, x1:x2]
    return float(np.abs(grey.astype(int) - 93).max())


def test_a_solid_box_covers_the_head_and_leaves_the_feet(clip: Path) -> None:
    made = redact_clip(clip.read_bytes(), Redaction(cover=Cover.BOX), told((0, 0.9, PERSON)))
    assert box_values(made, 20, (100, 60, 180, 120)) < 12
    original = to_image(decoded(clip.read_bytes())[20])
    shown = to_image(decoded(made.content)[20])
    assert np.abs(shown[190:].astype(int) - original[190:].astype(int)).mean() < 4


def test_things_that_are_no_persons_are_not_covered(clip: Path) -> None:
    made = redact_clip(clip.read_bytes(), Redaction(), told((1, 0.9, PERSON)))
    assert {0} == {len(areas) for areas in made.plan.areas_px}


def test_staff_at_a_desk_stay_visible_in_a_clip(clip: Path) -> None:
    scene = Scene("camera", desks=(Desk("desk", "Desk", Area.rectangle(0.3, 0.2, 0.6, 0.9)),))
    citizen: Box = (10.0, 60.0, 60.0, 200.0)
    made = redact_clip(
        clip.read_bytes(), Redaction(Mode.STAFF_ONLY, scene=scene), told((0, 0.9, PERSON), (0, 0.9, citizen))
    )
    assert {1} == {len(areas) for areas in made.plan.areas_px}
    assert [list(PERSON)] == made.plan.shown_px[10].tolist()


def test_somebody_at_the_edge_of_a_picture_is_covered_to_the_edge() -> None:
    image = picture(3)
    for person in ((0.0, 20.0, 25.0, 120.0), (295.0, 20.0, 320.0, 120.0), (100.0, 210.0, 160.0, 240.0)):
        painted = redact_picture(image, Redaction(cover=Cover.BOX), told((0, 0.3, person)))
        x1, y1, x2, y2 = (round(v) for v in person)
        assert {96} == set(np.unique(painted[y1 : y1 + (y2 - y1) // 3, x1:x2]).tolist())
        assert np.array_equal(picture(3), image)


def test_a_jpeg_is_redacted_and_the_subject_in_it_is_not() -> None:
    frame, people = sample_frame("counter", seconds=0.5)
    subject = max(people, key=lambda box: box[3] - box[1])
    finder = told(*((0, 0.8, box) for box in people))
    asked = Redaction(Mode.ALL_BUT_SUBJECT, subject=SubjectSight(0.0, subject))
    made = redact_jpeg(to_jpeg(frame.image), asked, finder)
    shown = np.asarray(cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)
    for person in people:
        assert (likeness(frame.image, shown, head_of(person)) > 0.7) == (person == subject), person


@pytest.mark.parametrize("content", [b"", b"no picture", to_jpeg(picture(0))[:40]])
def test_a_picture_that_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(NotRedactable, match="picture"):
        redact_jpeg(content, Redaction(), told())


def test_what_any_detector_finds_is_covered_and_what_all_find_is_covered_once() -> None:
    other: Box = (200.0, 60.0, 260.0, 200.0)
    finder = PersonFinder(
        [ToldDetector(("person",), [(0, 0.9, PERSON)]), ToldDetector(("person",), [(0, 0.06, other), (0, 0.5, PERSON)])]
    )
    frame, _ = sample_frame("counter", seconds=0.5)
    assert [list(PERSON), list(other)] == finder.find(frame, 0.0).persons_px.tolist()


def test_a_row_of_people_taken_for_one_is_no_person_but_one_person_in_front_of_another_is() -> None:
    row, left, right = (0.0, 0.0, 300.0, 100.0), (10.0, 5.0, 60.0, 95.0), (200.0, 5.0, 260.0, 95.0)
    boxes = np.array([left, right, row], dtype=np.float32)
    assert [False, False, True] == are_groups(boxes, np.array([0.8, 0.7, 0.1], np.float32)).tolist()
    assert [False, False, False] == are_groups(boxes, np.array([0.8, 0.7, 0.6], np.float32)).tolist()
    assert [False, False] == are_groups(boxes[[0, 2]], np.array([0.8, 0.1], np.float32)).tolist()
