"""Know who acts with the team's login, who goes on once active again, and what a run by hand is about."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("on_integration_login", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("users", sa.Column("sync_when_active", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("runs", sa.Column("reminder_id", sa.Uuid(as_uuid=False), nullable=True))
    op.add_column("runs", sa.Column("full_read", sa.Boolean(), nullable=False, server_default="false"))


def downgrade() -> None:
    for table, column in (
        ("runs", "full_read"),
        ("runs", "reminder_id"),
        ("users", "sync_when_active"),
        ("users", "on_integration_login"),
    ):
        op.drop_column(table, column)
