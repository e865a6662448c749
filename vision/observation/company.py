"""Are there two or more people at one desk? Citizens who lean over it are not counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vision.observation.places import Visitor
from vision.types import Answer, Box, Observation, Question

TWO = 2


def observe_company(presence: Sequence[Observation], visitors: Sequence[Visitor]) -> list[Observation]:
    """Answer for every desk: unknown where presence is unknown, so where the desk is covered or the camera unfit.

    Args:
        presence: The answers to the question of presence of the same frame.
        visitors: Everybody in the frame. Who has their feet in a public zone is not at the desk with the officer.
    """
    return [_answer(there, visitors) for there in presence if there.question is Question.PRESENCE]


def _answer(there: Observation, visitors: Sequence[Visitor]) -> Observation:
    asked = replace(there, question=Question.COMPANY)
    if there.answer is Answer.UNKNOWN:
        return asked
    here = [v for v in visitors if v.desk_id == there.subject.place_id and v.is_staff_place]
    if len(here) < TWO:
        return replace(asked, answer=Answer.NO, score=1.0, box_px=None)
    second = sorted(here, key=lambda v: v.score)[-TWO]
    return replace(asked, answer=Answer.YES, score=second.score, box_px=_around([v.box_px for v in here]))


def _around(boxes: Sequence[Box]) -> Box:
    """Return the smallest box that holds all of them."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
