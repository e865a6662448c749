"""Remember when a desk could not be judged although the camera worked: hidden, dark, covered lens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from vision.types import Answer, Observation, PlaceId, Question, Why

SHORTEST = timedelta(seconds=1)
"""Shorter spans are a flicker of the detector and not worth a row."""


@dataclass(frozen=True, slots=True)
class BlindSpan:
    """A stretch in which nothing could be said of one desk."""

    place_id: PlaceId
    start: datetime
    end: datetime
    why: Why


class BlindSpans:
    """Joins unknown answers about presence into spans. Pure: timed by the answers."""

    def __init__(self) -> None:
        self._open: dict[PlaceId, BlindSpan] = {}

    def advance(self, observations: Iterable[Observation]) -> list[BlindSpan]:
        """Take the answers of one frame; return the spans that a definite answer has ended.

        A span lasts from its first unknown answer to the next definite one.
        """
        ended = []
        for observation in observations:
            if observation.question is not Question.PRESENCE:
                continue
            place_id = observation.subject.place_id
            span = self._open.pop(place_id, None)
            if observation.answer is Answer.UNKNOWN:
                start = span.start if span else observation.at
                why = span.why if span else observation.why or Why.NOT_VISIBLE
                self._open[place_id] = BlindSpan(place_id, start, observation.at, why)
            elif span is not None and observation.at - span.start >= SHORTEST:
                ended.append(BlindSpan(place_id, span.start, observation.at, span.why))
        return ended

    def finish(self) -> list[BlindSpan]:
        """End every span at its last unknown answer: the stream is over or was interrupted."""
        ended = [span for span in self._open.values() if span.end - span.start >= SHORTEST]
        self._open.clear()
        return ended
