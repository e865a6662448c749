"""review by two, hearings, second factors and tokens, notifications

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FLAG_RULES = ("left_post", "counter_unattended", "badge_missing", "smoking")


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("letter_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("to_address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("letter_id"),
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(
            "ix_letters_unsent",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
            sqlite_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
        )

    op.create_table(
        "oidc_attempts",
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("next_path", sa.String(length=2000), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("browser_hash"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("token_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("token_id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("assigned_by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_by"],
            ["users.user_id"],
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["events.event_id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("event_id"),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignments_user_id"), ["user_id"], unique=False)

    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=True),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("agency", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("concluded_by", sa.Integer(), nullable=True),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("pin_hash", sa.String(length=300), nullable=False),
        sa.Column("pin_failures", sa.Integer(), nullable=False),
        sa.Column("pin_locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("language", sa.String(length=8), server_default="vi", nullable=False),
        sa.ForeignKeyConstraint(
            ["concluded_by"],
            ["users.user_id"],
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["events.event_id"],
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("case_id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index("ix_cases_agency_stage", ["agency", "stage"], unique=False)
        batch_op.create_index("ix_cases_event_id", ["event_id"], unique=False)
        batch_op.create_index("ix_cases_officer_id", ["officer_id"], unique=False)
        batch_op.create_index(
            "ix_cases_once",
            ["event_id"],
            unique=True,
            postgresql_where=sa.text("stage <> 'withdrawn'"),
            sqlite_where=sa.text("stage <> 'withdrawn'"),
        )
        batch_op.create_index("ix_cases_stage_due_at", ["stage", "due_at"], unique=False)

    op.create_table(
        "claims",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["events.event_id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("event_id"),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claims_user_id"), ["user_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_codes_user_id"), ["user_id"], unique=False)

    op.create_table(
        "saved_filters",
        sa.Column("filter_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("filter_id"),
        sa.UniqueConstraint("user_id", "name"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("subscription_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("shown", sa.String(length=120), server_default="", nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), server_default="", nullable=False),
        sa.Column("quiet_to", sa.String(length=5), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("subscription_id"),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "case_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.case_id"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    with op.batch_alter_table("case_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_sessions_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_steps",
        sa.Column("step_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.case_id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
        ),
        sa.PrimaryKeyConstraint("step_id"),
        sa.UniqueConstraint("case_id", "request_id"),
    )
    with op.batch_alter_table("case_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_steps_case_id"), ["case_id"], unique=False)

    op.create_table(
        "notices",
        sa.Column("notice_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_key", sa.String(length=120), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.subscription_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notice_id"),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index("ix_notices_once", ["subscription_id", "kind", "subject_key"], unique=True)
        batch_op.create_index(
            "ix_notices_unsent",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
            sqlite_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
        )

    op.create_table(
        "case_attachments",
        sa.Column("attachment_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["case_steps.step_id"],
        ),
        sa.PrimaryKeyConstraint("attachment_id"),
    )
    with op.batch_alter_table("case_attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_attachments_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_attachments_step_id"), ["step_id"], unique=False)

    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_rule", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("standing", sa.String(length=16), server_default="open", nullable=False))
        batch_op.add_column(sa.Column("waits_for", sa.String(length=8), server_default="look", nullable=False))
        batch_op.create_index(
            "ix_events_queue",
            ["waits_for", "started_at", "event_id", "standing", "asked_rule", "camera_id", "peak_score"],
            unique=False,
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_events_queue_all",
            ["started_at", "event_id", "standing", "asked_rule", "camera_id", "peak_score"],
            unique=False,
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_events_queue_camera",
            ["camera_id", "waits_for", "started_at", "event_id", "standing", "asked_rule", "peak_score"],
            unique=False,
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_events_queue_rule",
            ["asked_rule", "waits_for", "started_at", "event_id", "standing", "camera_id"],
            unique=False,
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_events_queue_score",
            ["asked_rule", "waits_for", "peak_score", "started_at", "event_id", "standing"],
            unique=False,
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_events_queue_standing",
            ["standing", "started_at", "event_id", "asked_rule", "camera_id", "peak_score"],
            unique=False,
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )

    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.add_column(sa.Column("part", sa.String(length=16), server_default="look", nullable=False))
        batch_op.add_column(sa.Column("spent_s", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f("ix_reviews_event_id"))
        batch_op.create_index("ix_reviews_event_id", ["event_id", "reviewer_id", "withdrawn_at"], unique=False)
        batch_op.create_index("ix_reviews_at", ["at"], unique=False)

    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index("ix_runs_last_at", ["camera_id", "last_at", "finished"], unique=False)

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("session_id", sa.String(length=16), server_default="", nullable=False))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("agent", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("address", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("is_whole", sa.Boolean(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("pending_totp", sa.String(length=64), nullable=True))

    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", sa.String(length=16), server_default="sign_in", nullable=False))

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agency", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("unit", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("officer_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("email", sa.String(length=254), server_default="", nullable=False))
        batch_op.add_column(sa.Column("language", sa.String(length=8), server_default="vi", nullable=False))
        batch_op.add_column(sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("totp_secret", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("totp_step", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("factor_failures", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("oidc_subject", sa.String(length=500), nullable=True))
        batch_op.create_index(batch_op.f("ix_users_oidc_subject"), ["oidc_subject"], unique=True)
    _fill_queue()


def _fill_queue() -> None:
    """Say of what is stored which rule an inspector is asked about, and what the verdicts on it come to."""
    connection = op.get_bind()
    flagged = sa.text("UPDATE events SET asked_rule = rule_id WHERE queue = 'flag' AND rule_id IN :rules")
    connection.execute(flagged.bindparams(sa.bindparam("rules", FLAG_RULES, expanding=True)))
    connection.execute(
        sa.text(
            "UPDATE events SET asked_rule = (SELECT c.rule_id FROM random_checks c WHERE c.event_id = events.event_id) "
            "WHERE event_id IN (SELECT event_id FROM random_checks)"
        )
    )
    latest: dict[str, dict[int, str]] = {}
    found = sa.text("SELECT event_id, reviewer_id, verdict FROM reviews ORDER BY review_id")
    for event_id, reviewer_id, verdict in connection.execute(found):
        latest.setdefault(event_id, {})[reviewer_id] = verdict
    told = sa.text("UPDATE events SET standing = :standing, waits_for = :waits_for WHERE event_id = :event_id")
    for event_id, verdicts in latest.items():
        standing = _standing(set(verdicts.values()), len(verdicts))
        waits_for = {"second": "look", "disputed": "ruling"}.get(standing, "nobody")
        connection.execute(told, {"event_id": event_id, "standing": standing, "waits_for": waits_for})


def _standing(verdicts: set[str], reviewers: int) -> str:
    if verdicts == {"breach"}:
        return "breach" if reviewers > 1 else "second"
    if "breach" in verdicts:
        return "disputed"
    return "no_breach" if "no_breach" in verdicts else "cannot_tell"


def downgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_users_oidc_subject"))
        batch_op.drop_column("oidc_subject")
        batch_op.drop_column("factor_failures")
        batch_op.drop_column("totp_step")
        batch_op.drop_column("totp_confirmed_at")
        batch_op.drop_column("totp_secret")
        batch_op.drop_column("disabled_at")
        batch_op.drop_column("language")
        batch_op.drop_column("email")
        batch_op.drop_column("officer_id")
        batch_op.drop_column("unit")
        batch_op.drop_column("agency")

    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.drop_column("purpose")

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("pending_totp")
        batch_op.drop_column("is_whole")
        batch_op.drop_column("address")
        batch_op.drop_column("agent")
        batch_op.drop_column("seen_at")
        batch_op.drop_column("session_id")

    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_last_at")

    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index("ix_reviews_at")
        batch_op.drop_index("ix_reviews_event_id")
        batch_op.create_index(batch_op.f("ix_reviews_event_id"), ["event_id"], unique=False)
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("spent_s")
        batch_op.drop_column("part")

    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_events_queue_standing",
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_events_queue_score",
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_events_queue_rule",
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_events_queue_camera",
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_events_queue_all",
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_events_queue",
            postgresql_where=sa.text("asked_rule IS NOT NULL"),
            sqlite_where=sa.text("asked_rule IS NOT NULL"),
        )
        batch_op.drop_column("waits_for")
        batch_op.drop_column("standing")
        batch_op.drop_column("asked_rule")

    with op.batch_alter_table("case_attachments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_attachments_step_id"))
        batch_op.drop_index(batch_op.f("ix_case_attachments_key"))

    op.drop_table("case_attachments")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notices_unsent",
            postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
            sqlite_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
        )
        batch_op.drop_index("ix_notices_once")

    op.drop_table("notices")
    with op.batch_alter_table("case_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_steps_case_id"))

    op.drop_table("case_steps")
    with op.batch_alter_table("case_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_sessions_case_id"))

    op.drop_table("case_sessions")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscriptions_user_id"))

    op.drop_table("subscriptions")
    op.drop_table("saved_filters")
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_codes_user_id"))

    op.drop_table("recovery_codes")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claims_user_id"))

    op.drop_table("claims")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_stage_due_at")
        batch_op.drop_index(
            "ix_cases_once",
            postgresql_where=sa.text("stage <> 'withdrawn'"),
            sqlite_where=sa.text("stage <> 'withdrawn'"),
        )
        batch_op.drop_index("ix_cases_officer_id")
        batch_op.drop_index("ix_cases_event_id")
        batch_op.drop_index("ix_cases_agency_stage")

    op.drop_table("cases")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignments_user_id"))

    op.drop_table("assignments")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_tokens_user_id"))

    op.drop_table("api_tokens")
    op.drop_table("oidc_attempts")
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_letters_unsent",
            postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
            sqlite_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
        )

    op.drop_table("letters")
