"""Count how often a record was refused for now, and keep how many records an org's calls may carry."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reminders", sa.Column("refusals", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "org_batches",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_org_batches")),
    )


def downgrade() -> None:
    op.drop_table("org_batches")
    op.drop_column("reminders", "refusals")
