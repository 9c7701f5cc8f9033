"""Keep what the org feed read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_sightings",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "task_id", name=op.f("pk_task_sightings")),
    )
    op.create_index("ix_task_sightings_read", "task_sightings", ["org_id", "read_at"], unique=False)
    op.create_table(
        "org_cursors",
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("front", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_offset_seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trusted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_org_cursors_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_org_cursors")),
        sa.UniqueConstraint("org_id", name=op.f("uq_org_cursors_org_id")),
    )
    op.create_table(
        "task_changes",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("task", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unchanged_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_task_changes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "task_id", "user_id", name=op.f("pk_task_changes")),
    )
    op.create_index(op.f("ix_task_changes_user_id"), "task_changes", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_task_changes_user_id"), table_name="task_changes")
    op.drop_table("task_changes")
    op.drop_table("org_cursors")
    op.drop_index("ix_task_sightings_read", table_name="task_sightings")
    op.drop_table("task_sightings")
