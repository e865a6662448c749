"""the journal, its heads, locks on evidence, redacted copies, tombstones of deleted evidence

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EVIDENCE_INDEXES = (
    ("ix_evidence_kept", ["started_at", "event_id", "kind"], "deleted_at IS NULL"),
    ("ix_evidence_unerased", ["event_id", "kind"], "deleted_at IS NOT NULL AND erased_at IS NULL"),
    ("ix_evidence_missing", ["event_id", "kind"], "missing_at IS NOT NULL"),
)


def upgrade() -> None:
    waiting = sa.text("rule_id = 'citizens_waiting'")
    op.create_index(
        "ix_events_waiting",
        "events",
        ["camera_id", "place_id", "started_at"],
        unique=False,
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("subject_prev", sa.BigInteger(), nullable=True),
        sa.Column("prev", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("body_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("nodes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(
        "ix_journal_subject_seq",
        "journal",
        ["subject", "seq"],
        unique=False,
        postgresql_where=sa.text("subject <> ''"),
        sqlite_where=sa.text("subject <> ''"),
    )
    head = op.create_table(
        "journal_head",
        sa.Column("head_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("head_id"),
    )
    op.bulk_insert(head, [{"head_id": 1, "size": 0, "leaf": b"\0" * 32, "key_id": b"", "peaks": b""}])
    op.create_table(
        "journal_published",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "evidence_locks",
        sa.Column("lock_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Integer(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.event_id"]),
        sa.ForeignKeyConstraint(["placed_by"], ["users.user_id"]),
        sa.ForeignKeyConstraint(["released_by"], ["users.user_id"]),
        sa.PrimaryKeyConstraint("lock_id"),
    )
    op.create_index("ix_evidence_locks_event_id", "evidence_locks", ["event_id"], unique=False)
    op.create_table(
        "redacted_copies",
        sa.Column("copy_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["users.user_id"]),
        sa.ForeignKeyConstraint(["event_id"], ["events.event_id"]),
        sa.PrimaryKeyConstraint("copy_id"),
        sa.UniqueConstraint("event_id", "kind", "mode"),
    )
    op.create_index("ix_redacted_copies_key", "redacted_copies", ["key"], unique=False)
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retention", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("deleted_basis", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("missing_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_evidence_key", ["key"], unique=False)
    for name, columns, condition in EVIDENCE_INDEXES:
        where = sa.text(condition)
        op.create_index(name, "evidence", columns, unique=False, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_index("ix_events_waiting", "events")
    for name, _, _ in EVIDENCE_INDEXES:
        op.drop_index(name, "evidence")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_key")
        batch_op.drop_column("missing_at")
        batch_op.drop_column("erased_at")
        batch_op.drop_column("deleted_basis")
        batch_op.drop_column("deleted_at")
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_column("retention")

    op.drop_index("ix_redacted_copies_key", "redacted_copies")
    op.drop_table("redacted_copies")
    op.drop_index("ix_evidence_locks_event_id", "evidence_locks")
    op.drop_table("evidence_locks")
    op.drop_table("journal_published")
    op.drop_table("journal_head")
    op.drop_index("ix_journal_subject_seq", "journal")
    op.drop_table("journal")
