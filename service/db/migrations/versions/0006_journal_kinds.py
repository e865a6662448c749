"""the journal by kind of row

Revision: 0006, after 0005.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_journal_kind_seq", "journal", ["kind", "seq"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_journal_kind_seq", "journal")
