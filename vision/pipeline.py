"""The order of the stages, and nothing else: frame or gap in, observations and events out.

source -> Frame|Gap -> is the camera fit? -> detect -> track -> place -> observe -> (look closely) -> rulebook -> Event
                                                         |-> entrance: badge codes of those who cross a line
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import compress

from calibration.scene import Scene
from vision.detection.detector import Detector, PersonLooker
from vision.health.monitor import HealthMonitor
from vision.observation.badge import BadgeParams, observe_badge
from vision.observation.badge_code import reader_for
from vision.observation.company import observe_company
from vision.observation.entrance import Entrance, EntranceParams
from vision.observation.gesture import HandParams, observe_hand
from vision.observation.places import Visitor, place_visitors
from vision.observation.presence import PresenceObserver
from vision.observation.reach import Reach
from vision.observation.smoking import SmokingParams, observe_smoking
from vision.observation.waiting import WaitingObserver
from vision.rules.rulebook import Rulebook
from vision.tracking.tracker import Tracker
from vision.types import (
    Answer,
    BadgeRead,
    Box,
    EndReason,
    Event,
    Fault,
    FaultKind,
    Frame,
    Gap,
    Image,
    Look,
    Observation,
    Question,
    Subject,
    Tracks,
    Why,
)

FORGET_AFTER = timedelta(minutes=1)
"""When somebody was last looked at is forgotten after this long."""

WHY_BLIND = {
    FaultKind.COVERED: Why.NO_PICTURE,
    FaultKind.DARK: Why.DARK,
    FaultKind.FROZEN: Why.FROZEN,
    FaultKind.MOVED: Why.MOVED,
    FaultKind.BLURRED: Why.BLURRED,
}
"""Why nothing can be said while a camera has a fault; of several the first counts."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often the nets are asked.

    Attributes:
        detect_every: Time between two whole-frame looks.
        look_every: Time between two close looks at one person.
    """

    detect_every: timedelta = timedelta(milliseconds=200)
    look_every: timedelta = timedelta(milliseconds=400)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is asked; a question that is None is not. Badge, smoking and hand are judged on close looks.

    Attributes:
        hand: Asked where smoking is, as a second cue.
        reach: Where it can be read; None where the floor is not known: then everybody is looked at.
        company: Whether it is asked if two people are at one desk; the whole frame answers that.
        codes: Which badge codes are read, where the scene has an entrance line.
    """

    badge: BadgeParams | None = None
    smoking: SmokingParams | None = None
    hand: HandParams | None = field(default_factory=HandParams)
    reach: Reach | None = None
    company: bool = False
    codes: EntranceParams | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one item of the stream led to.

    Attributes:
        looked: Whether the frame was its camera's turn to be looked at.
        faults: Faults of the camera that opened or ended.
        badge_reads: Badges whose crossing of an entrance line is settled.
    """

    looked: bool = False
    observations: tuple[Observation, ...] = ()
    events: tuple[Event, ...] = ()
    faults: tuple[Fault, ...] = ()
    badge_reads: tuple[BadgeRead, ...] = ()


class Pipeline:
    """The stages of one run of one camera."""

    def __init__(
        self,
        scene: Scene,
        *,
        detector: Detector,
        tracker: Tracker,
        looker: PersonLooker | None,
        rulebook: Rulebook,
        judgement: Judgement,
        cadence: Cadence | None = None,
        health: HealthMonitor | None = None,
    ) -> None:
        """Put the stages together.

        Args:
            health: Without one every picture is taken for a good one.
        """
        self._scene = scene
        self._detector = detector
        self._person_class = detector.classes.index("person")
        self._tracker = tracker
        self._looker = looker
        self._presence = PresenceObserver(scene)
        self._waiting = WaitingObserver(scene)
        self._rulebook = rulebook
        self._judgement = judgement
        self._cadence = cadence or Cadence()
        self._health = health
        self._entrance = (
            Entrance(scene.lines, reader_for(judgement.codes.known), judgement.codes)
            if judgement.codes is not None and scene.lines
            else None
        )
        self._last_at: datetime | None = None
        self._next_detect: datetime | None = None
        self._next_look: dict[Subject, datetime] = {}

    def advance(self, item: Frame | Gap) -> Step:
        """Take the next item of the stream."""
        if isinstance(item, Gap):
            self._tracker.interrupt(item)
            if self._health is not None:
                self._health.note_gap()
            return Step(events=tuple(self._rulebook.interrupt(item)))
        if self._next_detect is not None and item.captured_at < self._next_detect:
            return Step()
        # a tenth of the interval forgives timestamps that were rounded
        self._next_detect = item.captured_at + self._cadence.detect_every * 0.9
        self._last_at = item.captured_at
        faults = () if self._health is None else tuple(self._health.advance(item))
        blind = self._why_blind()
        if blind is not None:
            # the lens is covered, the light is off, the desks are elsewhere: nothing can be said of anybody
            observations, reads = self._admit(item, blind), []
        else:
            tracks = self._track(item)
            observations = self._observe(item, tracks)
            reads = [] if self._entrance is None else self._entrance.advance(item, tracks)
        events = self._rulebook.advance(observations, item.captured_at)
        return Step(True, tuple(observations), tuple(events), faults, tuple(reads))

    def finish(self, reason: EndReason = EndReason.RECORDING_ENDED) -> Step:
        """The stream is over, or broke off: close what is open."""
        faults = self._health.finish(self._last_at) if self._health is not None and self._last_at is not None else ()
        reads = () if self._entrance is None else tuple(self._entrance.finish())
        return Step(events=tuple(self._rulebook.finish(reason)), faults=tuple(faults), badge_reads=reads)

    @property
    def reference(self) -> Image | None:
        """The picture that the camera's view is compared with; None while there is none."""
        return None if self._health is None else self._health.reference

    def _why_blind(self) -> Why | None:
        """Say why nothing may be judged now, if so."""
        faults = frozenset() if self._health is None else self._health.blinding
        return next((why for kind, why in WHY_BLIND.items() if kind in faults), None)

    def _track(self, frame: Frame) -> Tracks:
        detections = self._detector.detect([frame])[0].of_class(self._person_class)
        return self._tracker.update(detections)

    def _admit(self, frame: Frame, why: Why) -> list[Observation]:
        """Answer unknown to what is asked of the whole frame."""
        answers = self._presence.admit(frame.camera_id, frame.run_id, at=frame.captured_at, why=why)
        if self._judgement.company:
            answers += observe_company(answers, [])
        return answers + self._waiting.admit(frame.camera_id, frame.run_id, at=frame.captured_at, why=why)

    def _observe(self, frame: Frame, tracks: Tracks) -> list[Observation]:
        visitors = place_visitors(tracks, self._scene, frame.size_px)
        answers = self._presence.observe(visitors, camera_id=frame.camera_id, run_id=frame.run_id, at=frame.captured_at)
        if self._judgement.company:
            answers += observe_company(answers, visitors)
        answers += self._waiting.observe(visitors, frame)
        if self._looker is None or (self._judgement.badge is None and self._judgement.smoking is None):
            return answers
        due = self._due(visitors, tracks, frame.captured_at)
        due, far = self._part_by_reach(due, visitors, frame.size_px)
        answers += [
            Observation(subject, frame.captured_at, question, Answer.UNKNOWN, 0.0, visitors[i].box_px, Why.TOO_FAR)
            for i, subject in far
            for question in self._questions_about(visitors[i])
        ]
        persons = [(tracks.key(i), visitors[i].box_px) for i, _ in due]
        looks = self._looker.look(frame, persons)
        for (i, subject), look in zip(due, looks, strict=True):
            if visitors[i].desk_id is not None:
                answers += self._judge_badge(look, subject, _in_front(visitors, i))
            answers += self._judge_smoking(look, subject)
        return answers

    def _due(self, visitors: list[Visitor], tracks: Tracks, at: datetime) -> list[tuple[int, Subject]]:
        """Choose whom to look at: established tracks at staff places, alone at their desk, not too often."""
        at_desk = Counter(visitor.desk_id for visitor in visitors)
        self._next_look = {subject: due for subject, due in self._next_look.items() if at - due < FORGET_AFTER}
        due = []
        for i, visitor in enumerate(visitors):
            if visitor.number < 0 or not visitor.is_staff_place:
                continue
            if visitor.desk_id is not None and at_desk[visitor.desk_id] > 1:
                continue  # of two at one desk nobody knows who its officer is
            subject = visitor.subject(tracks)
            if at >= self._next_look.get(subject, at):
                self._next_look[subject] = at + self._cadence.look_every * 0.9
                due.append((i, subject))
        return due

    def _part_by_reach(
        self, due: list[tuple[int, Subject]], visitors: list[Visitor], size_px: tuple[int, int]
    ) -> tuple[list[tuple[int, Subject]], list[tuple[int, Subject]]]:
        """Part those to look at from those who are where this camera's pixels cannot answer what is asked."""
        reach = self._judgement.reach
        if reach is None:
            return due, []
        is_far = [reach.is_too_far(visitors[i], self._questions_about(visitors[i]), size_px) for i, _ in due]
        return list(compress(due, [not far for far in is_far])), list(compress(due, is_far))

    def _questions_about(self, visitor: Visitor) -> list[Question]:
        asked = [Question.BADGE] if self._judgement.badge is not None and visitor.desk_id is not None else []
        return asked + ([Question.SMOKING] if self._judgement.smoking is not None else [])

    def _judge_badge(self, look: Look, subject: Subject, in_front: list[Box]) -> list[Observation]:
        """Only at a desk is a person known to be staff on duty; elsewhere no badge is asked for."""
        if self._judgement.badge is None:
            return []
        return [observe_badge(look, subject, self._judgement.badge, in_front=in_front)]

    def _judge_smoking(self, look: Look, subject: Subject) -> list[Observation]:
        if self._judgement.smoking is None:
            return []
        answers = [observe_smoking(look, subject, self._judgement.smoking)]
        if self._judgement.hand is not None:
            answers.append(observe_hand(look, subject, self._judgement.hand))
        return answers


def _in_front(visitors: list[Visitor], i: int) -> list[Box]:
    """Return the boxes of those nearer to the camera than the i-th: their lower edge is lower."""
    return [v.box_px for j, v in enumerate(visitors) if j != i and v.box_px[3] > visitors[i].box_px[3]]
