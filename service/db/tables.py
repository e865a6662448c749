"""The tables. Rows become dataclasses in the repositories and never leave this package."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, String, Text, TypeDecorator, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

KEPT = text("deleted_at IS NULL")
UNERASED = text("deleted_at IS NOT NULL AND erased_at IS NULL")
MISSING = text("missing_at IS NOT NULL")
ASKED = text("asked_rule IS NOT NULL")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python; SQLite keeps no zone, so the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; store UTC."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"wanted an aware time, got {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of all tables."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


class SiteRow(Base):
    """One service centre, as its site file described it last."""

    __tablename__ = "sites"
    site_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    agency: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64))
    notice: Mapped[str] = mapped_column(Text)
    lawful_basis: Mapped[str] = mapped_column(Text)
    hours: Mapped[dict[str, Any]]
    judging: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    hours_json: Mapped[str] = mapped_column(Text, server_default="")
    retention: Mapped[list[Any]] = mapped_column(server_default="[]")


class CameraRow(Base):
    """One camera of a site."""

    __tablename__ = "cameras"
    camera_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.site_id"))
    name: Mapped[str] = mapped_column(String(200))


class OfficerRow(Base):
    """A member of staff, as the site file names them."""

    __tablename__ = "officers"
    officer_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.site_id"))
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(200))
    hours_json: Mapped[str] = mapped_column(Text, server_default="")


class PlaceRow(Base):
    """A desk, zone or counter on a camera's picture."""

    __tablename__ = "places"
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.camera_id"), primary_key=True)
    place_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(32))
    officers: Mapped[list[Any]]


class RunRow(Base):
    """One working of one source: when it could see."""

    __tablename__ = "runs"
    camera_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    frames: Mapped[int]
    dropped_frames: Mapped[int] = mapped_column(default=0)
    finished: Mapped[bool] = mapped_column(default=False)
    # every page asks whether a camera that is watched has fallen silent
    __table_args__ = (Index("ix_runs_last_at", "camera_id", "last_at", "finished"),)


class GapRow(Base):
    """A stretch of a run in which the camera saw nothing, or nothing could be said of one desk (``place_id``)."""

    __tablename__ = "gaps"
    camera_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    place_id: Mapped[str] = mapped_column(String(64), primary_key=True, default="")
    start: Mapped[datetime] = mapped_column("started_at", primary_key=True)
    end: Mapped[datetime] = mapped_column("ended_at")
    reason: Mapped[str] = mapped_column(String(32))


_BY_TIME = ("started_at", "event_id")


def _queue_index(name: str, *columns: str) -> Index:
    return Index(name, *columns, postgresql_where=ASKED, sqlite_where=ASKED)


class EventRow(Base):
    """A possible breach or a visit.

    Attributes:
        asked_rule: The rule that an inspector is asked about; None where nobody is asked.
        standing: What the verdicts on it come to; see `service.review.standing`.
        waits_for: Whom that asks: see `service.db.records.WaitsFor`.
    """

    __tablename__ = "events"
    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(64))
    camera_id: Mapped[str] = mapped_column(String(64))
    run_id: Mapped[str] = mapped_column(String(64))
    place_id: Mapped[str] = mapped_column(String(64))
    track_number: Mapped[int | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(32))
    peak_score: Mapped[float]
    peak_at: Mapped[datetime]
    threshold: Mapped[float]
    model_sha256: Mapped[str] = mapped_column(String(64))
    box_px: Mapped[list[Any] | None] = mapped_column(JSON)
    trace: Mapped[list[Any]]
    scene_version: Mapped[int | None]
    queue: Mapped[str] = mapped_column(String(16), server_default="flag")
    asked_rule: Mapped[str | None] = mapped_column(String(64))
    standing: Mapped[str] = mapped_column(String(16), server_default="open")
    waits_for: Mapped[str] = mapped_column(String(8), server_default="look")
    __table_args__ = (
        # The queue, newest first, by what its readers ask for. Behind what they are sorted by, each holds all that
        # its pages are filtered and counted by, so that no other row is read than those that are shown.
        _queue_index("ix_events_queue", "waits_for", *_BY_TIME, "standing", "asked_rule", "camera_id", "peak_score"),
        _queue_index("ix_events_queue_all", *_BY_TIME, "standing", "asked_rule", "camera_id", "peak_score"),
        _queue_index("ix_events_queue_standing", "standing", *_BY_TIME, "asked_rule", "camera_id", "peak_score"),
        _queue_index("ix_events_queue_rule", "asked_rule", "waits_for", *_BY_TIME, "standing", "camera_id"),
        _queue_index("ix_events_queue_score", "asked_rule", "waits_for", "peak_score", *_BY_TIME, "standing"),
        _queue_index(
            "ix_events_queue_camera", "camera_id", "waits_for", *_BY_TIME, "standing", "asked_rule", "peak_score"
        ),
        Index("ix_events_started_at", "started_at"),
        Index("ix_events_rule_id_started_at", "rule_id", "started_at"),
        Index("ix_events_camera_id_started_at", "camera_id", "started_at"),
        # attendance asks whether citizens waited, and nothing else of this rule
        Index(
            "ix_events_waiting",
            "camera_id",
            "place_id",
            "started_at",
            postgresql_where=text("rule_id = 'citizens_waiting'"),
            sqlite_where=text("rule_id = 'citizens_waiting'"),
        ),
        # few are open at a time: attendance looks for them among millions that have ended
        Index(
            "ix_events_open",
            "rule_id",
            "started_at",
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )


class EvidenceRow(Base):
    """One stored object of an event. The bytes are in the evidence store until they are lawfully deleted.

    Attributes:
        deleted_at: When it was decided to delete it; the row stays. The bytes are removed after that.
        erased_at: When the bytes were removed; None, with ``deleted_at``, where that is still to be done.
        missing_at: When the object was found to be gone, or to be other bytes, though nobody had deleted it.
    """

    __tablename__ = "evidence"
    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(64))
    start: Mapped[datetime] = mapped_column("started_at")
    end: Mapped[datetime] = mapped_column("ended_at")
    deleted_at: Mapped[datetime | None]
    deleted_basis: Mapped[str] = mapped_column(String(200), server_default="")
    erased_at: Mapped[datetime | None]
    missing_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_evidence_key", "key"),
        # what may still be deleted, oldest first, among millions of rows whose bytes are gone
        Index("ix_evidence_kept", "started_at", "event_id", "kind", postgresql_where=KEPT, sqlite_where=KEPT),
        Index("ix_evidence_unerased", "event_id", "kind", postgresql_where=UNERASED, sqlite_where=UNERASED),
        Index("ix_evidence_missing", "event_id", "kind", postgresql_where=MISSING, sqlite_where=MISSING),
    )


class ReviewRow(Base):
    """A verdict. Rows are only ever added; of one reviewer the latest that was not withdrawn counts.

    Attributes:
        part: Whether it is a look of its own (``look``) or settles what two see differently (``ruling``).
        spent_s: Seconds from the flag being shown to the verdict; None where that is not known.
        withdrawn_at: When the reviewer took it back.
    """

    __tablename__ = "reviews"
    review_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    request_id: Mapped[str] = mapped_column(String(64))
    part: Mapped[str] = mapped_column(String(16), server_default="look")
    spent_s: Mapped[float | None]
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("reviewer_id", "request_id"),
        Index("ix_reviews_at", "at"),
        Index("ix_reviews_event_id", "event_id", "reviewer_id", "withdrawn_at"),
    )


class SceneVersionRow(Base):
    """What was drawn on one camera's picture. Rows are only ever added; the highest number is in force."""

    __tablename__ = "scene_versions"
    camera_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    scene: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    note: Mapped[str] = mapped_column(Text)


class ReferenceRow(Base):
    """The picture that a camera's view is compared with. Rows are only ever added; the highest number is in force."""

    __tablename__ = "camera_references"
    camera_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))


class FaultRow(Base):
    """A stretch in which a camera's picture or clock was not to be trusted."""

    __tablename__ = "camera_faults"
    camera_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime | None]
    detail: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("ix_camera_faults_camera_id_started_at", "camera_id", "started_at"),)


class RuleStateRow(Base):
    """How far one rule is trusted on one camera. Rows are only ever added; the latest counts."""

    __tablename__ = "rule_states"
    state_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    camera_id: Mapped[str] = mapped_column(String(64))
    rule_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    mode: Mapped[str] = mapped_column(String(16))
    threshold: Mapped[float | None]
    earned: Mapped[bool]
    precision: Mapped[float | None]
    precision_low: Mapped[float | None]
    verdicts: Mapped[int]
    cause: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.user_id"))
    note: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("ix_rule_states_camera_id_rule_id", "camera_id", "rule_id"),)


class RandomCheckRow(Base):
    """Something that was not flagged, drawn at random and shown to an inspector all the same."""

    __tablename__ = "random_checks"
    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"), primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(64))
    probability: Mapped[float]
    drawn_at: Mapped[datetime]
