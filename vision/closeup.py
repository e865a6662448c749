"""Look closely at those who are due: whom, how often, and what the looks say of badge, cigarette, hand and bottle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vision.attention import interest
from vision.attention.interest import UNKNOWN_PERSON, Interest, LookPaces
from vision.attention.motion import MotionMarks, differs_in
from vision.detection.detector import PersonLooker
from vision.judgement import Judgement
from vision.observation import body
from vision.observation.alcohol import observe_alcohol, vessels_px
from vision.observation.badge import observe_badge
from vision.observation.gesture import observe_hand
from vision.observation.places import Visitor
from vision.observation.smoking import cigarettes_px, observe_smoking
from vision.types import Answer, Box, Frame, Image, Look, Observation, Question, Subject, TrackKey, Tracks, Why

FORGET_AFTER = timedelta(minutes=1)
"""When somebody was last looked at is forgotten after this long."""

BEYOND_BOX = 0.25
"""How far beyond somebody's box, in its widths, they may hold something: boxes end at the sleeve at times. Whoever is
looked at without need changes no answer."""

ACCUSING = frozenset({(Question.BADGE, Answer.NO), (Question.SMOKING, Answer.YES), (Question.ALCOHOL, Answer.YES)})
"""Answers that are worth more looks: they must be confirmed, or be seen to be wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What is kept of one person: the pace of looks at them, and the small picture of the latest."""

    interest: Interest
    luma: Image


class CloseUp:
    """Keeps the pace of close looks at everybody in one run of one camera."""

    def __init__(self, looker: PersonLooker, asked: Judgement, paces: LookPaces) -> None:
        self._looker = looker
        self._asked = asked
        self._paces = paces
        self._seen: dict[Subject, _Seen] = {}

    def observe(
        self, frame: Frame, tracks: Tracks, visitors: Sequence[Visitor], luma: Image, waited: timedelta
    ) -> list[Observation]:
        """Look at those who are due, and say what is seen.

        Args:
            visitors: Everybody in the frame, in the order of ``tracks``.
            luma: The frame's small picture, for telling who moved.
            waited: How long the latest look had to wait for the nets.
        """
        due, far = self._due(frame, tracks, visitors, luma, waited)
        answers = [
            self._too_far(frame, visitors[i], subject, q) for i, subject in far for q in self._about(visitors[i])
        ]
        who = [i for i, _ in due]
        looks = self._look(frame, tracks, visitors, who)
        everybody = [*looks, *self._look(frame, tracks, visitors, self._beside(visitors, who, looks))]
        for (i, subject), look in zip(due, looks, strict=True):
            said = self._judge(look, subject, visitors, i, everybody)
            answers += said
            self._note(subject, frame.captured_at, said, luma)
        return answers

    def _look(self, frame: Frame, tracks: Tracks, visitors: Sequence[Visitor], which: Sequence[int]) -> list[Look]:
        # those beside somebody may not be followed yet, and have no number of their own
        asked = [(TrackKey(frame.camera_id, tracks.run_id, visitors[i].number), visitors[i].box_px) for i in which]
        return self._looker.look(frame, asked)

    def _beside(self, visitors: Sequence[Visitor], who: Sequence[int], looks: Sequence[Look]) -> list[int]:
        """Tell who else, citizens too, may hold what somebody is about to be accused of. Nothing is said of them."""
        places = [body.centre(box) for look in looks for box in self._accusing(look)]
        return [
            i
            for i, visitor in enumerate(visitors)
            if i not in who and any(_is_near(visitor.box_px, place) for place in places)
        ]

    def _accusing(self, look: Look) -> list[Box]:
        """Return the cigarettes and bottles that a look by itself would accuse somebody of."""
        smoking, alcohol = self._asked.smoking, self._asked.alcohol
        cigarettes = [] if smoking is None else cigarettes_px(look, smoking)
        return cigarettes if alcohol is None else cigarettes + vessels_px(look, alcohol)

    def _due(
        self, frame: Frame, tracks: Tracks, visitors: Sequence[Visitor], luma: Image, waited: timedelta
    ) -> tuple[list[tuple[int, Subject]], list[tuple[int, Subject]]]:
        """Choose whom to look at, and who is due but too far for this camera's pixels.

        Established tracks at staff places, alone at their desk, and not too often.
        """
        at = frame.captured_at
        self._seen = {who: seen for who, seen in self._seen.items() if _is_recent(seen, at)}
        at_desk = Counter(visitor.desk_id for visitor in visitors)
        due: list[tuple[int, Subject]] = []
        far: list[tuple[int, Subject]] = []
        for i, visitor in enumerate(visitors):
            if visitor.number < 0 or not visitor.is_staff_place:
                continue
            if visitor.desk_id is not None and at_desk[visitor.desk_id] > 1:
                continue  # of two at one desk nobody knows who its officer is
            subject = visitor.subject(tracks)
            if not self._is_due(subject, visitor, frame, luma, waited):
                continue
            reach = self._asked.reach
            if reach is not None and reach.is_too_far(
                visitor, self._about(visitor), frame.size_px, sharper=_sharper(frame)
            ):
                self._note(subject, at, [], luma)
                far.append((i, subject))
            else:
                due.append((i, subject))
        return due, far

    def _is_due(self, subject: Subject, visitor: Visitor, frame: Frame, luma: Image, waited: timedelta) -> bool:
        seen = self._seen.get(subject)
        if seen is None:
            return True
        moved = differs_in(visitor.box_px, frame.size_px, luma, seen.luma, MotionMarks())
        return interest.is_due(seen.interest, frame.captured_at, moved=moved, waited=waited, paces=self._paces)

    def _note(self, subject: Subject, at: datetime, said: Sequence[Observation], luma: Image) -> None:
        before = self._seen.get(subject)
        state = UNKNOWN_PERSON if before is None else before.interest
        answers: dict[Hashable, Hashable] = {o.question: o.answer for o in said if o.answer is not Answer.UNKNOWN}
        accuses = not ACCUSING.isdisjoint(answers.items())
        self._seen[subject] = _Seen(interest.note(state, at, answers, accuses=accuses), luma)

    def _about(self, visitor: Visitor) -> list[Question]:
        """Say what is asked of somebody: only at a desk is a person known to be staff on duty, who wears a badge."""
        asked = {
            Question.BADGE: self._asked.badge is not None and visitor.desk_id is not None,
            Question.SMOKING: self._asked.smoking is not None,
            Question.ALCOHOL: self._asked.alcohol is not None,
        }
        return [question for question, is_asked in asked.items() if is_asked]

    @staticmethod
    def _too_far(frame: Frame, visitor: Visitor, subject: Subject, question: Question) -> Observation:
        return Observation(subject, frame.captured_at, question, Answer.UNKNOWN, 0.0, visitor.box_px, Why.TOO_FAR)

    def _judge(
        self, look: Look, subject: Subject, visitors: Sequence[Visitor], i: int, everybody: Sequence[Look]
    ) -> list[Observation]:
        asked, answers = self._asked, []
        if asked.badge is not None and visitors[i].desk_id is not None:
            answers.append(observe_badge(look, subject, asked.badge, in_front=_in_front(visitors, i)))
        if asked.smoking is not None:
            answers.append(observe_smoking(look, subject, asked.smoking, everybody=everybody))
            if asked.hand is not None:
                answers.append(observe_hand(look, subject, asked.hand))
        if asked.alcohol is not None:
            answers.append(observe_alcohol(look, subject, asked.alcohol, everybody=everybody))
        return answers


def _is_recent(seen: _Seen, at: datetime) -> bool:
    return seen.interest.looked_at is not None and at - seen.interest.looked_at < FORGET_AFTER


def _is_near(box: Box, place: tuple[float, float]) -> bool:
    """Tell whether a place lies in somebody's box or where a hand may reach out of it."""
    reach = BEYOND_BOX * (box[2] - box[0])
    return body.inside((box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach), *place)


def _sharper(frame: Frame) -> float:
    return 1.0 if frame.detail is None else frame.detail.size_px[0] / frame.size_px[0]


def _in_front(visitors: Sequence[Visitor], i: int) -> list[Box]:
    """Return the boxes of those nearer to the camera than the i-th: their lower edge is lower."""
    return [v.box_px for j, v in enumerate(visitors) if j != i and v.box_px[3] > visitors[i].box_px[3]]
