"""Keep what admins were shown and asked for, line by line."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEW_ID = sa.text("gen_random_uuid()")


def upgrade() -> None:
    id_ = sa.Uuid(as_uuid=False)
    op.create_table(
        "team_actions",
        sa.Column("id", id_, server_default=_NEW_ID, nullable=False),
        sa.Column("team_id", id_, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by", id_, nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_actions_team_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["users.id"], name=op.f("fk_team_actions_asked_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_actions")),
    )
    op.create_index("ix_team_actions_team", "team_actions", ["team_id", "shown_at"], unique=False)
    op.create_table(
        "team_action_items",
        sa.Column("action_id", id_, nullable=False),
        sa.Column("reminder_id", id_, nullable=False),
        sa.Column("user_id", id_, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="shown", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"],
            ["team_actions.id"],
            name=op.f("fk_team_action_items_action_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reminder_id"],
            ["reminders.id"],
            name=op.f("fk_team_action_items_reminder_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_team_action_items_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("action_id", "reminder_id", name=op.f("pk_team_action_items")),
    )
    op.create_index("ix_team_action_items_reminder_id", "team_action_items", ["reminder_id"], unique=False)
    op.create_index(
        "ix_team_action_items_waiting",
        "team_action_items",
        ["user_id", "reminder_id", "action_id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("team_action_items")
    op.drop_table("team_actions")
