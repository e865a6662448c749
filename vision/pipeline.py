"""The order of the stages, and nothing else: frame or gap in, observations and events out.

source -> Frame|Gap -> worth a look? -> is the camera fit? -> detect -> track -> place -> observe -> (look closely)
       -> rulebook -> Event             entrance: badge codes of those who cross a line
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from calibration.scene import Scene
from vision.attention import pace
from vision.attention.interest import LookPaces
from vision.attention.motion import GLANCE_PX
from vision.attention.pace import ATTENTIVE, Glance, Paces
from vision.closeup import CloseUp
from vision.detection.detector import Detector, PersonLooker
from vision.finding import Finder
from vision.health.monitor import HealthMonitor
from vision.judgement import Judgement as Judgement
from vision.observation.badge_code import reader_for
from vision.observation.company import observe_company
from vision.observation.entrance import Entrance
from vision.observation.places import Visitor, place_visitors
from vision.observation.presence import PresenceObserver
from vision.observation.waiting import WaitingObserver
from vision.rules.rulebook import Rulebook
from vision.tracking.tracker import Tracker
from vision.types import (
    BadgeRead,
    EndReason,
    Event,
    Fault,
    FaultKind,
    Frame,
    Gap,
    Image,
    Observation,
    Question,
    Why,
)

WHY_BLIND = {
    FaultKind.COVERED: Why.NO_PICTURE,
    FaultKind.DARK: Why.DARK,
    FaultKind.FROZEN: Why.FROZEN,
    FaultKind.MOVED: Why.MOVED,
    FaultKind.BLURRED: Why.BLURRED,
}
"""Why nothing can be said while a camera has a fault; of several the first counts."""


WAITED_MOST = timedelta(seconds=1)
"""Nets that were away for longer, and are back, are not to be spared for that."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often the nets are asked.

    Attributes:
        whole: About the whole picture.
        close: About one person.
        in_parts: Whether the part of a picture in which something changed may be asked about alone.
        waited: How long the latest question had to wait for the nets; with it both paces are stretched.
    """

    whole: Paces = field(default_factory=Paces)
    close: LookPaces = field(default_factory=LookPaces)
    in_parts: bool = True
    waited: Callable[[], timedelta] = timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """What one item of the stream led to.

    Attributes:
        glance: What became of a frame.
        faults: Faults of the camera that opened or ended.
        badge_reads: Badges whose crossing of an entrance line is settled.
    """

    glance: Glance = Glance.SKIP
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
        self._tracker = tracker
        self._presence = PresenceObserver(scene)
        self._waiting = WaitingObserver(scene)
        self._rulebook = rulebook
        self._judgement = judgement
        self._cadence = cadence or Cadence()
        self._finder = Finder(detector, in_parts=self._cadence.in_parts)
        self._health = health
        self._closeup = (
            CloseUp(looker, judgement, self._cadence.close) if looker is not None and judgement.looks_closely else None
        )
        self._entrance = (
            Entrance(scene.lines, reader_for(judgement.codes.known), judgement.codes)
            if judgement.codes is not None and scene.lines
            else None
        )
        # a badge's code is read in passing: nothing that moves may be looked at seldom
        whole = self._cadence.whole
        self._paces = whole if self._entrance is None else replace(whole, steady=whole.quick)
        self._attention = ATTENTIVE
        self._last_at: datetime | None = None

    def advance(self, item: Frame | Gap) -> Step:
        """Take the next item of the stream."""
        if isinstance(item, Gap):
            self._attention = ATTENTIVE
            self._finder.forget()
            self._tracker.interrupt(item)
            if self._health is not None:
                self._health.note_gap()
            return Step(events=tuple(self._rulebook.interrupt(item)))
        if not pace.is_worth_decoding(self._attention, item.captured_at, self._paces):
            return Step()
        luma = item.pixels.luma(GLANCE_PX)
        glance = self._glance(item, luma)
        if glance is Glance.SKIP:
            return Step()
        self._last_at = item.captured_at
        faults = () if self._health is None else tuple(self._health.advance(item))
        blind = self._why_blind()
        if blind is not None:
            # the lens is covered, the light is off, the desks are elsewhere: nothing can be said of anybody
            observations, reads = self._admit(item, blind), []
            self._finder.forget()
        else:
            held = self._finder.hold(item.captured_at) if glance is Glance.HOLD else None
            detections = self._finder.look(item, luma) if held is None else held
            tracks = self._tracker.update(detections)
            visitors = place_visitors(tracks, self._scene, item.size_px)
            observations = self._observe(item, visitors)
            if glance is Glance.LOOK:
                self._attention = pace.note(
                    self._attention, item.captured_at, _told(observations, visitors), is_empty=not visitors
                )
            if self._closeup is not None:
                observations += self._closeup.observe(item, tracks, visitors, luma, self._waited())
            reads = [] if self._entrance is None else self._entrance.advance(item, tracks)
        events = self._rulebook.advance(observations, item.captured_at)
        return Step(glance, tuple(observations), tuple(events), faults, tuple(reads))

    def finish(self, reason: EndReason = EndReason.RECORDING_ENDED) -> Step:
        """The stream is over, or broke off: close what is open."""
        faults = self._health.finish(self._last_at) if self._health is not None and self._last_at is not None else ()
        reads = () if self._entrance is None else tuple(self._entrance.finish())
        return Step(events=tuple(self._rulebook.finish(reason)), faults=tuple(faults), badge_reads=reads)

    @property
    def reference(self) -> Image | None:
        """The picture that the camera's view is compared with; None while there is none."""
        return None if self._health is None else self._health.reference

    def _glance(self, frame: Frame, luma: Image) -> Glance:
        """Decide whether the nets are asked about a frame."""
        self._attention, glance = pace.glance(
            self._attention,
            frame.captured_at,
            moved=self._finder.has_moved(luma),
            waited=self._waited(),
            paces=self._paces,
        )
        return glance

    def _waited(self) -> timedelta:
        return min(self._cadence.waited(), WAITED_MOST)

    def _why_blind(self) -> Why | None:
        """Say why nothing may be judged now, if so."""
        faults = frozenset() if self._health is None else self._health.blinding
        return next((why for kind, why in WHY_BLIND.items() if kind in faults), None)

    def _admit(self, frame: Frame, why: Why) -> list[Observation]:
        """Answer unknown to what is asked of the whole frame."""
        answers = self._presence.admit(frame.camera_id, frame.run_id, at=frame.captured_at, why=why)
        if self._judgement.company:
            answers += observe_company(answers, [])
        return answers + self._waiting.admit(frame.camera_id, frame.run_id, at=frame.captured_at, why=why)

    def _observe(self, frame: Frame, visitors: list[Visitor]) -> list[Observation]:
        answers = self._presence.observe(visitors, camera_id=frame.camera_id, run_id=frame.run_id, at=frame.captured_at)
        if self._judgement.company:
            answers += observe_company(answers, visitors)
        return answers + self._waiting.observe(visitors, frame)


def _told(observations: list[Observation], visitors: list[Visitor]) -> frozenset[tuple[str, ...]]:
    """Return what may not change unnoticed: who is at which desk, and who stands where only staff are."""
    desks = {(o.subject.place_id, o.answer) for o in observations if o.question is Question.PRESENCE}
    staff = {(v.desk_id or v.zone_id or "", str(v.number)) for v in visitors if v.is_staff_place}
    return frozenset(desks | staff)
