"""Let changes that nobody here asked for wait for approval."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reminders", sa.Column("held_change", sa.Text(), nullable=True))
    op.add_column("reminders", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_reminders_guarded",
        "reminders",
        ["owner_id"],
        unique=False,
        postgresql_where=sa.text("held_change IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_reminders_guarded", table_name="reminders")
    op.drop_column("reminders", "approved_at")
    op.drop_column("reminders", "held_change")
