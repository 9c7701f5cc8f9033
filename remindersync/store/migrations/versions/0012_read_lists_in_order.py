"""Read a person's lists in the order of an index, however many reminders they have."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_reminders_due", "reminders", ["owner_id", "due_date", "id"], unique=False)
    op.create_index(
        "ix_reminders_bin",
        "reminders",
        ["owner_id", "due_date", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index(
        "ix_links_asleep", "links", ["reminder_id"], unique=False, postgresql_where=sa.text("state = 'asleep'")
    )


def downgrade() -> None:
    op.drop_index("ix_links_asleep", table_name="links")
    op.drop_index("ix_reminders_bin", table_name="reminders")
    op.drop_index("ix_reminders_due", table_name="reminders")
