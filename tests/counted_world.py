"""A database of two agencies with flags, verdicts, random checks and hearings, and the same as plain facts."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.db.accounts import AccountRepository
from service.db.calibration import CalibrationRepository
from service.db.hearings import CaseRepository
from service.db.records import (
    OfficerRecord,
    Part,
    PlaceRecord,
    Queue,
    RandomCheck,
    Role,
    RuleMode,
    RuleState,
    SiteRecord,
    Standing,
    Verdict,
)
from service.db.repository import EventRepository
from service.db.reviews import NewReview, ReviewRepository
from service.db.sites import SiteRepository
from service.db.tables import CameraRow
from service.hearing.cases import NewCase
from service.hearing.stages import Outcome, Step, StepKind
from tests.web_world import make_event
from vision.types import CameraId

FIRST = datetime(2025, 9, 30, 17, 0, tzinfo=UTC)
"""Midnight of 1 October in Việt Nam."""
AGENCIES = ("UBND huyện Đông", "UBND huyện Tây")
CAMERAS = ("cam-dong-1", "cam-dong-2", "cam-tay-1")
RULES = ("left_post", "badge_missing", "smoking")
UNITS = ("Bộ phận một cửa", "Phòng Hộ tịch")


@dataclass
class ToldReview:
    """A verdict as it was given."""

    reviewer: int
    verdict: Verdict
    at: datetime
    part: Part
    is_withdrawn: bool = False


@dataclass
class ToldEvent:
    """An event as it was made, with all that was said of it."""

    event_id: str
    rule: str
    camera: str
    place: str
    at: datetime
    is_flag: bool
    standing: Standing = Standing.OPEN
    probability: float | None = None
    reviews: list[ToldReview] = field(default_factory=list)
    steps: list[tuple[StepKind, Outcome | None]] = field(default_factory=list)
    person: str = ""


class CountedWorld:
    """Fills a database, and remembers what it was filled with."""

    def __init__(self, session: Session, seed: int = 0) -> None:
        self.session = session
        self.random = random.Random(seed)
        self.events: list[ToldEvent] = []
        self._add_sites()
        accounts = AccountRepository(session)
        self.inspectors = [
            accounts.add_user(
                f"thanhtra{n}", display_name=f"Thanh tra {n}", role=Role.INSPECTOR, password_hash=None, at=FIRST
            ).user_id
            for n in range(6)
        ]
        self.leader = accounts.add_user(
            "truongdoan", display_name="Trưởng đoàn", role=Role.TEAM_LEADER, password_hash=None, at=FIRST
        ).user_id

    def _add_sites(self) -> None:
        sites = SiteRepository(self.session)
        for number, agency in enumerate(AGENCIES):
            cameras = [camera for camera in CAMERAS if ("tay" in camera) == bool(number)]
            officers = [OfficerRecord(f"cb-{number}-{n}", f"Cán bộ {number}{n}", UNITS[n % 2]) for n in range(6)]
            sites.register(
                SiteRecord(
                    f"site-{number}", f"Trung tâm {number}", agency, "Asia/Ho_Chi_Minh", "Có biển báo", "Nội quy",
                    ("07:30-11:30", "13:30-17:00"), (0, 1, 2, 3, 4), 5,
                ),
                cameras=[(camera, f"Camera {camera}") for camera in cameras],
                officers=officers,
                places=[
                    PlaceRecord(camera, f"ban-{n}", f"Bàn {n}", "desk", (f"cb-{number}-{n}",))
                    for camera in cameras
                    for n in range(2)
                ],
            )  # fmt: skip

    def rename_camera(self, camera: str, name: str) -> None:
        """Let a camera be called otherwise."""
        self.session.execute(update(CameraRow).where(CameraRow.camera_id == camera).values(name=name))

    def fill(self, events: int, *, days: int = 60, checks: float = 0.2) -> None:
        """Add events over some days from `FIRST` on, and what people say of them."""
        for _ in range(events):
            event = self.add_event(days=days, is_flag=self.random.random() >= checks)
            if self.random.random() < 0.9:
                self.judge(event)
            if event.standing is Standing.BREACH and event.is_flag and self.random.random() < 0.6:
                self.hear(event)

    def add_event(
        self, *, days: int = 60, is_flag: bool = True, rule: str | None = None, camera: str | None = None
    ) -> ToldEvent:
        """Add a flag, or an event that was held back and drawn at random."""
        rule, camera = rule or self.random.choice(RULES), camera or self.random.choice(CAMERAS)
        at = FIRST + timedelta(seconds=self.random.randrange(days * 86_400), microseconds=self.random.randrange(999))
        place = f"ban-{self.random.randrange(2)}"
        event = make_event(rule, at, lasts=timedelta(minutes=9), place=place, score=0.8)
        event = replace(event, subject=replace(event.subject, camera_id=CameraId(camera)))
        queue = Queue.FLAG if is_flag else Queue.HELD
        EventRepository(self.session).upsert(event, queue=queue)
        told = ToldEvent(str(event.event_id), rule, camera, place, at, is_flag)
        if not is_flag:
            told.probability = self.random.choice([0.05, 0.1])
            check = RandomCheck(told.event_id, rule, told.probability, at)
            CalibrationRepository(self.session).add_random_check(check)
        self.events.append(told)
        return told

    def judge(self, event: ToldEvent, *, breach: float = 0.6) -> None:
        """Let one or two look, some change their mind or take it back, and the leader settle some disputes."""
        at = event.at
        for reviewer in self.random.sample(self.inspectors, 2):
            at += timedelta(minutes=self.random.randrange(3_000), seconds=self.random.randrange(60))
            verdict = Verdict.BREACH if self.random.random() < breach else self.random.choice(list(Verdict))
            self.say(event, reviewer, verdict, at)
            if self.random.random() < 0.1:
                event.reviews[-1].is_withdrawn = True
                _, event.standing = ReviewRepository(self.session).withdraw(event.event_id, reviewer, at)
            elif self.random.random() < 0.1:
                self.say(event, reviewer, self.random.choice(list(Verdict)), at + timedelta(minutes=1))
            if event.standing not in (Standing.OPEN, Standing.SECOND):
                break
        if event.standing is Standing.DISPUTED and self.random.random() < 0.6:
            verdict = self.random.choice(list(Verdict))
            self.say(event, self.leader, verdict, at + timedelta(hours=5), Part.RULING)

    def say(self, event: ToldEvent, reviewer: int, verdict: Verdict, at: datetime, part: Part = Part.LOOK) -> None:
        """Give one verdict."""
        wanted = NewReview(reviewer, verdict, "unstated", "", at, uuid4().hex, part)
        event.standing = ReviewRepository(self.session).add(event.event_id, wanted)
        event.reviews.append(ToldReview(reviewer, verdict, at, part))

    def hear(self, event: ToldEvent, outcome: Outcome | None = None) -> None:
        """Hear somebody about a confirmed flag, up to a random step."""
        number = int("tay" in event.camera)
        event.person = f"cb-{number}-{self.random.randrange(6)}"
        cases = CaseRepository(self.session)
        opened = cases.open(
            NewCase(
                event_id=event.event_id,
                officer_id=event.person,
                person_name=f"Họ tên {event.person}",
                agency=AGENCIES[number],
                unit=UNITS[int(event.person[-1]) % 2],
                rule_id=event.rule,
                opened_by=self.leader,
                opened_at=event.at,
                due_at=event.at + timedelta(days=5),
                text="",
                request_id=uuid4().hex,
                token_hash=uuid4().hex,
                pin_hash="",
                email="",
                language="vi",
            )
        )
        event.steps.append((StepKind.NOTICE, None))
        for kind, ended in self._story(outcome):
            step = Step(kind, event.at, self.leader if kind.endswith("conclusion") else None, outcome=ended)
            cases.add_step(opened.case_id, step, text="", request_id=uuid4().hex)
            event.steps.append((kind, ended))

    def _story(self, outcome: Outcome | None) -> list[tuple[StepKind, Outcome | None]]:
        answer = StepKind.RESPONSE if self.random.random() < 0.7 else StepKind.NO_RESPONSE
        first = outcome or self.random.choice(list(Outcome))
        story: list[tuple[StepKind, Outcome | None]] = [(answer, None), (StepKind.CONCLUSION, first)]
        if first is not Outcome.NOT_UPHELD and outcome is None and self.random.random() < 0.4:
            story += [(StepKind.APPEAL, None), (StepKind.APPEAL_CONCLUSION, self.random.choice(list(Outcome)))]
        elif first is not Outcome.NOT_UPHELD:
            story.append((StepKind.CLOSED, None))
        return story if outcome is not None else story[: self.random.randrange(1, len(story) + 1)]

    def suspend(self, camera: str, rule: str) -> None:
        """Suspend a rule on a camera."""
        state = RuleState(camera, rule, FIRST, RuleMode.SUSPENDED, 0.5, False, None, None, 0, "suspended_by_hand")
        CalibrationRepository(self.session).add_rule_state(state)
