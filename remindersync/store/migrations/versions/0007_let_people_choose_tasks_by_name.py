"""Keep what a person chose for turning sync on, and the Tasks they chose by name until they are dealt with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("choice", JSONB(none_as_null=True), nullable=True))
    op.create_table(
        "listed_tasks",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reminder_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_listed_tasks_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminders.id"], name=op.f("fk_listed_tasks_reminder_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "task_id", name=op.f("pk_listed_tasks")),
        sa.UniqueConstraint("reminder_id", name=op.f("uq_listed_tasks_reminder_id")),
    )


def downgrade() -> None:
    op.drop_table("listed_tasks")
    op.drop_column("runs", "choice")
