"""What leaves the database: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What an inspector says of a flag."""

    BREACH = "breach"
    NO_BREACH = "no_breach"
    CANNOT_TELL = "cannot_tell"


class Standing(StrEnum):
    """What the verdicts on a flag come to; see `service.review.standing`."""

    OPEN = "open"
    """Nobody has decided."""
    SECOND = "second"
    """One inspector sees a breach; another is asked without being told so."""
    DISPUTED = "disputed"
    """Two see it differently; the team leader is asked."""
    BREACH = "breach"
    """Two people see a breach, or the team leader ruled so. It is still no finding: the person is heard first."""
    NO_BREACH = "no_breach"
    CANNOT_TELL = "cannot_tell"


class WaitsFor(StrEnum):
    """Whom a flag asks as things stand."""

    LOOK = "look"
    """An inspector: for the first look or the second, and none is told which."""
    RULING = "ruling"
    """The team leader."""
    NOBODY = "nobody"


class Part(StrEnum):
    """What a verdict is."""

    LOOK = "look"
    """A look of somebody's own."""
    RULING = "ruling"
    """The team leader's, where two see it differently."""


class EvidenceKind(StrEnum):
    """What an evidence object is."""

    CLIP = "clip"
    """The whole event, with some seconds before and after."""
    CLIP_START = "clip_start"
    """The beginning of a long event."""
    CLIP_END = "clip_end"
    """The end of a long event."""
    SNAPSHOT = "snapshot"
    SNAPSHOT_ANNOTATED = "snapshot_annotated"


class Role(StrEnum):
    """What somebody may do."""

    ADMIN = "admin"
    INSPECTOR = "inspector"
    TEAM_LEADER = "team_leader"
    """Inspects, settles what two inspectors see differently, hands flags out."""
    UNIT_HEAD = "unit_head"
    """Sees the attendance and the concluded breaches of their own unit."""
    OFFICER = "officer"
    """Sees their own record."""
    CLERK = "clerk"
    """Keeps the timesheets: enters leave and cover, imports, asks for corrections and decides on others'."""
    AUDITOR = "auditor"


FLAG_RULES = ("left_post", "counter_unattended", "badge_missing", "smoking", "alcohol_seen")
"""Rules whose events are possible breaches. Presence is a visit at a desk, which is no flag."""


ASKED_FOR = frozenset({"alcohol_seen"})
"""Of these rules those that are off unless a site file switches them on."""


class Queue(StrEnum):
    """Whether an event is put before an inspector."""

    FLAG = "flag"
    HELD = "held"
    """Its score is under the threshold in force for its rule on its camera."""
    SUSPENDED = "suspended"
    """Its rule was suspended on its camera."""
    NOTED = "noted"
    """No possible breach: noted for attendance, never put before an inspector."""


class RuleMode(StrEnum):
    """Whether a rule flags on a camera."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class TraceItem:
    """One answer that an event rests on.

    Attributes:
        answer: ``yes``, ``no`` or ``unknown``; ``why`` says why unknown.
        score: 0..1.
        question: What was asked; None in events stored before it was kept: the rule's own question.
        box_px: Where in the frame; None where nowhere, and in events stored before it was kept.
    """

    at: datetime
    answer: str
    score: float
    why: str | None
    question: str | None = None
    box_px: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """One stored object."""

    event_id: str
    kind: EvidenceKind
    key: str
    sha256: str
    size_bytes: int
    media_type: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class GoneEvidence:
    """An object that is no longer there.

    Attributes:
        deleted_at, basis: When and on which basis it was deleted; None and empty where nobody deleted it.
        missing_at: When it was found to be gone or altered though nobody had deleted it.
    """

    kind: EvidenceKind
    deleted_at: datetime | None
    basis: str
    missing_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """One verdict.

    Attributes:
        spent_s: Seconds from the flag being shown to the verdict; None where that is not known.
        withdrawn_at: When its reviewer took it back; then it counts no more.
    """

    event_id: str
    reviewer_id: int
    reviewer_name: str
    verdict: Verdict
    reason: str
    note: str
    at: datetime
    part: Part = Part.LOOK
    spent_s: float | None = None
    withdrawn_at: datetime | None = None
    review_id: int = 0


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event as stored, with the names that a person reads.

    Attributes:
        place_name: Name of the desk or zone; its id where no name is known.
        officers, officer_ids: Names and ids of those assigned to the desk.
        standing: What the verdicts on it come to.
        scene_version: Number of the camera's scene that it was judged by; None where none was kept yet.
        checked_rule: Where it was drawn at random from what was not flagged: the rule that is asked about.
    """

    event_id: str
    rule_id: str
    camera_id: str
    camera_name: str
    run_id: str
    place_id: str
    place_name: str
    officers: tuple[str, ...]
    track_number: int | None
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    peak_score: float
    peak_at: datetime
    threshold: float
    model_sha256: str
    box_px: tuple[float, float, float, float] | None
    trace: tuple[TraceItem, ...]
    standing: Standing = Standing.OPEN
    scene_version: int | None = None
    queue: Queue = Queue.FLAG
    checked_rule: str | None = None
    officer_ids: tuple[str, ...] = ()

    @property
    def asked_rule(self) -> str:
        """The rule that an inspector is asked about."""
        return self.checked_rule or self.rule_id

    @property
    def duration_s(self) -> float | None:
        """Seconds from start to end; None while it goes on."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class RuleTrust:
    """How far the site trusts one rule: the keys of its site file.

    Attributes:
        precision_target, precision_floor: Shares of flags that are breaches, 0..1.
        random_checks: Share of what was not flagged that is shown to an inspector, 0..1.
    """

    rule_id: str
    precision_target: float
    precision_floor: float
    random_checks: float


@dataclass(frozen=True, slots=True)
class KeptRule:
    """How long a site keeps evidence of one rule, or of all others (``*``), and on which basis it is deleted then.

    Attributes:
        may_go_early: Whether a full disk may shorten the time.
    """

    rule_id: str
    days: int
    basis: str
    may_go_early: bool = True


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """One service centre.

    Attributes:
        intervals: Working hours of a day, ``HH:MM-HH:MM``.
        days: Working days, 0 = Monday.
        judging: How far each rule is trusted.
        hours_json: The whole [hours] table of the site file, as JSON; empty where it was stored before it was kept.
        retention: How long evidence is kept, where the site says so itself.
    """

    site_id: str
    name: str
    agency: str
    timezone: str
    notice: str
    lawful_basis: str
    intervals: tuple[str, ...]
    days: tuple[int, ...]
    grace_minutes: int
    judging: tuple[RuleTrust, ...] = ()
    hours_json: str = ""
    retention: tuple[KeptRule, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A desk, zone or counter; officers by id."""

    camera_id: str
    place_id: str
    name: str
    kind: str
    officers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfficerRecord:
    """A member of staff.

    Attributes:
        hours_json: Their own working time where it is not the site's, as JSON; else empty.
    """

    officer_id: str
    name: str
    unit: str
    hours_json: str = ""


@dataclass(frozen=True, slots=True)
class CameraRecord:
    """A camera and when it was last seen working.

    Attributes:
        last_at: Time of its latest frame; None where it never delivered any.
        gaps: How often it lost sight so far.
    """

    camera_id: str
    site_id: str
    name: str
    last_at: datetime | None
    frames: int
    gaps: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One working of one source."""

    camera_id: str
    run_id: str
    started_at: datetime
    last_at: datetime
    frames: int
    dropped_frames: int
    finished: bool


@dataclass(frozen=True, slots=True)
class GapRecord:
    """A stretch in which a camera saw nothing, or nothing could be said of one desk.

    Attributes:
        place_id: The desk; empty where the whole camera saw nothing.
    """

    camera_id: str
    run_id: str
    place_id: str
    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class UserRecord:
    """Someone who may sign in.

    Attributes:
        agency: Whose affairs they see; empty for all agencies. unit, officer_id: see `service.rights.Reach`.
        totp_secret: Of the second factor; None where none was set up. It is asked for once it ``has_totp``.
    """

    user_id: int
    login: str
    display_name: str
    role: Role
    password_hash: str | None
    failed_sign_ins: int
    locked_until: datetime | None
    agency: str = ""
    unit: str = ""
    officer_id: str | None = None
    email: str = ""
    language: str = "vi"
    disabled_at: datetime | None = None
    totp_secret: str | None = None
    totp_confirmed_at: datetime | None = None
    totp_step: int | None = None
    oidc_subject: str | None = None
    created_at: datetime | None = None

    @property
    def has_totp(self) -> bool:
        """Whether a second factor is asked for."""
        return self.totp_confirmed_at is not None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A signed-in browser, or a program with a token.

    Attributes:
        csrf_token: What changes need; empty for a token, which no foreign page can make a browser send.
        scopes: What a token may do; None for a browser: all that the role may.
        is_whole: Whether the second factor was given, where one is asked for. If not, it may do nothing else.
    """

    user: UserRecord
    csrf_token: str
    expires_at: datetime
    session_id: str = ""
    scopes: tuple[str, ...] | None = None
    is_whole: bool = True
    created_at: datetime | None = None
    seen_at: datetime | None = None
    agent: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class SceneVersion:
    """What was drawn on one camera's picture, from ``saved_at`` on.

    Attributes:
        scene: JSON of the scene's tables, as the site file has them.
        saved_by: Name of who drew it; None where it came with the site file.
    """

    camera_id: str
    number: int
    sha256: str
    scene: str
    saved_at: datetime
    saved_by: str | None
    note: str


@dataclass(frozen=True, slots=True)
class ReferenceRecord:
    """The picture that a camera's view is compared with; its bytes are in the evidence store under ``key``.

    Attributes:
        confirmed_by: Name of who said that this is the right view; None where it was taken by itself.
    """

    camera_id: str
    number: int
    key: str
    sha256: str
    taken_at: datetime
    confirmed_by: str | None


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """A stretch in which a camera's picture or clock was not to be trusted.

    Attributes:
        kind: As `vision.types.FaultKind`.
        ended_at: None while it goes on.
    """

    camera_id: str
    run_id: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RuleState:
    """How far one rule is trusted on one camera, from ``at`` on.

    Attributes:
        threshold: Flags with a lower peak score are held back; None where the site's own threshold alone counts.
        earned: Whether the threshold carries a guarantee from this camera's own verdicts.
        precision, precision_low: Share of flags that were breaches, and its lower bound; None where unknown.
        verdicts: How many flags with a verdict it rests on.
        cause: Why it changed.
        user_id: Who changed it by hand.
    """

    camera_id: str
    rule_id: str
    at: datetime
    mode: RuleMode
    threshold: float | None
    earned: bool
    precision: float | None
    precision_low: float | None
    verdicts: int
    cause: str
    user_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RandomCheck:
    """Something that was not flagged, drawn with a known probability and shown to an inspector."""

    event_id: str
    rule_id: str
    probability: float
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class JudgedFlag:
    """An event with every verdict on it.

    Attributes:
        verdicts: (reviewer id, verdict, time), oldest first; never empty.
        probability: With which it was drawn, where it was not flagged; None for flags.
    """

    event_id: str
    camera_id: str
    score: float
    at: datetime
    verdicts: tuple[tuple[int, Verdict, datetime], ...]
    queue: Queue
    probability: float | None
