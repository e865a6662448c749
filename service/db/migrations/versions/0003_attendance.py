"""leave, cover, punches, badge reads, corrections, closed periods; visits in a lean form

Revision: 0003, after 0002.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_delivered_at_next_at", ["delivered_at", "next_at"], unique=False)

    op.create_table(
        "desks",
        sa.Column("desk_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("desk_id"),
        sa.UniqueConstraint("camera_id", "place_id"),
    )
    op.create_table(
        "visits",
        sa.Column("desk_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("desk_id", "started_us"),
    )
    op.create_table(
        "attendance_periods",
        sa.Column("period_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["users.user_id"],
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["sites.site_id"],
        ),
        sa.PrimaryKeyConstraint("period_id"),
    )
    with op.batch_alter_table("attendance_periods", schema=None) as batch_op:
        batch_op.create_index("ix_attendance_periods_site_id_first_day", ["site_id", "first_day"], unique=False)

    op.create_table(
        "badge_reads",
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officers.officer_id"],
        ),
        sa.PrimaryKeyConstraint("officer_id", "camera_id", "at"),
    )
    op.create_table(
        "corrections",
        sa.Column("correction_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leave_kind", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("document_key", sa.String(length=300), nullable=False),
        sa.Column("observed", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_for", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("adjusts_period", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["adjusts_period"],
            ["attendance_periods.period_id"],
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["users.user_id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officers.officer_id"],
        ),
        sa.PrimaryKeyConstraint("correction_id"),
        sa.UniqueConstraint("asked_by", "request_id"),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index("ix_corrections_officer_id_day", ["officer_id", "day"], unique=False)

    op.create_table(
        "covers",
        sa.Column("cover_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entered_by"],
            ["users.user_id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officers.officer_id"],
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("cover_id"),
    )
    with op.batch_alter_table("covers", schema=None) as batch_op:
        batch_op.create_index("ix_covers_started_at", ["started_at"], unique=False)

    op.create_table(
        "leaves",
        sa.Column("leave_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entered_by"],
            ["users.user_id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officers.officer_id"],
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("leave_id"),
    )
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.create_index("ix_leaves_officer_id_started_at", ["officer_id", "started_at"], unique=False)

    op.create_table(
        "punches",
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officers.officer_id"],
        ),
        sa.PrimaryKeyConstraint("officer_id", "at", "device"),
    )
    op.create_table(
        "correction_decisions",
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["corrections.correction_id"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("correction_id"),
    )
    with op.batch_alter_table("officers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hours_json", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hours_json", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_events_open",
        "events",
        ["rule_id", "started_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    _fill_visits()


def _fill_visits() -> None:
    """Give every desk its number, and keep the visits that have ended."""
    connection = op.get_bind()
    places = sa.table("places", sa.column("camera_id"), sa.column("place_id"), sa.column("kind"))
    desks = sa.table("desks", sa.column("desk_id"), sa.column("camera_id"), sa.column("place_id"))
    events = sa.table(
        "events",
        sa.column("camera_id"),
        sa.column("place_id"),
        sa.column("rule_id"),
        sa.column("started_at", sa.DateTime(timezone=True)),
        sa.column("ended_at", sa.DateTime(timezone=True)),
    )
    visits = sa.table("visits", sa.column("desk_id"), sa.column("started_us"), sa.column("ended_us"))
    ended = sa.and_(events.c.rule_id == "presence", events.c.ended_at > events.c.started_at)
    known = sa.union(
        sa.select(places.c.camera_id, places.c.place_id).where(places.c.kind == "desk"),
        sa.select(events.c.camera_id, events.c.place_id).where(ended),
    )
    connection.execute(sa.insert(desks).from_select(["camera_id", "place_id"], known))
    numbered = {(row.camera_id, row.place_id): row.desk_id for row in connection.execute(sa.select(desks))}
    kept: dict[tuple[int, int], int] = {}
    for row in connection.execute(sa.select(events).where(ended)):
        key = (numbered[row.camera_id, row.place_id], _microseconds(row.started_at))
        kept[key] = max(kept.get(key, 0), _microseconds(row.ended_at))
    if kept:
        rows = [{"desk_id": desk, "started_us": start, "ended_us": end} for (desk, start), end in kept.items()]
        connection.execute(sa.insert(visits), rows)


def _microseconds(moment: datetime) -> int:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def downgrade() -> None:
    op.drop_index("ix_events_open", "events")
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_column("hours_json")

    with op.batch_alter_table("officers", schema=None) as batch_op:
        batch_op.drop_column("hours_json")

    op.drop_table("correction_decisions")
    op.drop_table("punches")
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.drop_index("ix_leaves_officer_id_started_at")

    op.drop_table("leaves")
    with op.batch_alter_table("covers", schema=None) as batch_op:
        batch_op.drop_index("ix_covers_started_at")

    op.drop_table("covers")
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.drop_index("ix_corrections_officer_id_day")

    op.drop_table("corrections")
    op.drop_table("badge_reads")
    with op.batch_alter_table("attendance_periods", schema=None) as batch_op:
        batch_op.drop_index("ix_attendance_periods_site_id_first_day")

    op.drop_table("attendance_periods")
    op.drop_table("visits")
    op.drop_table("desks")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_delivered_at_next_at")

    op.drop_table("deliveries")
