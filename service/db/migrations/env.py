"""Alembic's environment: runs on the connection that `service.db.session` hands over."""

from __future__ import annotations

from alembic import context

from service.db import (  # noqa: F401  (their tables belong to the same metadata)
    account_tables,
    attendance_tables,
    hearing_tables,
    journal_tables,
    notice_tables,
    review_tables,
)
from service.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
