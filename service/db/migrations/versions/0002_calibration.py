"""scenes, reference pictures, faults of cameras, trust in rules

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "camera_faults",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "run_id", "kind", "started_at"),
    )
    with op.batch_alter_table("camera_faults", schema=None) as batch_op:
        batch_op.create_index("ix_camera_faults_camera_id_started_at", ["camera_id", "started_at"], unique=False)

    op.create_table(
        "camera_references",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["confirmed_by"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("camera_id", "number"),
    )
    op.create_table(
        "random_checks",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["events.event_id"],
        ),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "rule_states",
        sa.Column("state_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("earned", sa.Boolean(), nullable=False),
        sa.Column("precision", sa.Double(), nullable=True),
        sa.Column("precision_low", sa.Double(), nullable=True),
        sa.Column("verdicts", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("state_id"),
    )
    with op.batch_alter_table("rule_states", schema=None) as batch_op:
        batch_op.create_index("ix_rule_states_camera_id_rule_id", ["camera_id", "rule_id"], unique=False)

    op.create_table(
        "scene_versions",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scene", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["saved_by"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("camera_id", "number"),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scene_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("queue", sa.String(length=16), server_default="flag", nullable=False))

    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("judging", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_column("judging")

    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_column("queue")
        batch_op.drop_column("scene_version")

    op.drop_table("scene_versions")
    with op.batch_alter_table("rule_states", schema=None) as batch_op:
        batch_op.drop_index("ix_rule_states_camera_id_rule_id")

    op.drop_table("rule_states")
    op.drop_table("random_checks")
    op.drop_table("camera_references")
    with op.batch_alter_table("camera_faults", schema=None) as batch_op:
        batch_op.drop_index("ix_camera_faults_camera_id_started_at")

    op.drop_table("camera_faults")
