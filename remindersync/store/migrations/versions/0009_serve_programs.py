"""Serve programs: tokens of teams, answers kept for repeated requests, and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("api_tokens", "user_id", existing_type=sa.UUID(as_uuid=False), nullable=True)
    op.add_column("api_tokens", sa.Column("team_id", sa.UUID(as_uuid=False), nullable=True))
    op.create_foreign_key("fk_api_tokens_team_id", "api_tokens", "teams", ["team_id"], ["id"], ondelete="CASCADE")
    op.create_index("ix_api_tokens_team_id", "api_tokens", ["team_id"], unique=False)
    op.create_check_constraint("speaks_for_one", "api_tokens", "(user_id IS NULL) <> (team_id IS NULL)")
    op.create_table(
        "kept_answers",
        sa.Column("user_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.dialects.postgresql.JSONB(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_kept_answers_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_kept_answers"),
    )
    op.create_index("ix_kept_answers_taken_at", "kept_answers", ["taken_at"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("team_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("stopped", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_webhooks_team_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_webhooks_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_team_id", "webhooks", ["team_id"], unique=False)
    op.create_index("ix_webhooks_user_id", "webhooks", ["user_id"], unique=False)
    op.create_index("ix_reminder_changes_team", "reminder_changes", ["team_id", "xid", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_reminder_changes_team", table_name="reminder_changes")
    op.drop_table("webhooks")
    op.drop_table("kept_answers")
    op.execute("DELETE FROM api_tokens WHERE user_id IS NULL")
    op.drop_column("api_tokens", "team_id")
    op.alter_column("api_tokens", "user_id", existing_type=sa.UUID(as_uuid=False), nullable=False)
