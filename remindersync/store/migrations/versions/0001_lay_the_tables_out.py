"""Lay the tables out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("claims")))
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=True),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
        sa.UniqueConstraint("org_id", name=op.f("uq_teams_org_id")),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("reminder_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("kept", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_history_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index("ix_history_reminder", "history", ["reminder_id", "id"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("is_admin", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("salesforce_id", sa.Text(), nullable=True),
        sa.Column("sync_on", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("turned_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("turned_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_users_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("team_id", "salesforce_id", name=op.f("uq_users_team_id_salesforce_id")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_tokens_digest")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "diagnostics",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("reminder_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("retry", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_diagnostics_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_diagnostics_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnostics")),
    )
    op.create_index(
        "uq_diagnostics_open",
        "diagnostics",
        [
            "user_id",
            "code",
            sa.literal_column("coalesce(reminder_id::text, '')"),
            sa.literal_column("coalesce(task_id, '')"),
        ],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "handovers",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_handovers_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "task_id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_owner_id"), "handovers", ["owner_id"], unique=False)
    op.create_table(
        "reminders",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("owner_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("assign_to", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("external_key", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), server_default="custom", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("priority", sa.Text(), server_default="normal", nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("details", sa.Text(), server_default="", nullable=False),
        sa.Column("person", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("campaign_name", sa.Text(), server_default="", nullable=False),
        sa.Column("campaign_day", sa.Integer(), nullable=True),
        sa.Column("campaign_step", sa.Integer(), nullable=True),
        sa.Column("call_outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("call_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("shared", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("origin", sa.Text(), server_default="app", nullable=False),
        sa.Column("synced_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked_version", sa.Integer(), nullable=True),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "unsynced",
            sa.Boolean(),
            sa.Computed(
                "shared AND version <> synced_version AND version IS DISTINCT FROM parked_version", persisted=True
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["assign_to"], ["users.id"], name=op.f("fk_reminders_assign_to"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_reminders_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_reminders_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("owner_id", "external_key", name=op.f("uq_reminders_owner_id_external_key")),
    )
    op.create_index(
        "ix_reminders_assign_to",
        "reminders",
        ["assign_to"],
        unique=False,
        postgresql_where=sa.text("assign_to IS NOT NULL"),
    )
    op.create_index("ix_reminders_list", "reminders", ["owner_id", "status", "due_date", "id"], unique=False)
    op.create_index(
        "ix_reminders_unsynced",
        "reminders",
        ["owner_id", "updated_at"],
        unique=False,
        postgresql_where=sa.text("unsynced"),
    )
    op.create_table(
        "run_state",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lane", sa.Text(), server_default="sync", nullable=False),
        sa.Column("claim", sa.BigInteger(), nullable=True),
        sa.Column("claim_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("poll_seconds", sa.Integer(), server_default="15", nullable=False),
        sa.Column("place", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("last_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_outcome", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_run_state_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_run_state")),
    )
    op.create_index(
        "ix_run_state_due",
        "run_state",
        ["next_due_at"],
        unique=False,
        postgresql_where=sa.text("next_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_run_state_unstarted",
        "run_state",
        ["lane", "claimed_at"],
        unique=False,
        postgresql_where=sa.text("claim IS NOT NULL AND running_since IS NULL"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("plan", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_runs_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_user", "runs", ["user_id", "queued_at"], unique=False)
    op.create_index(
        "ix_runs_waiting",
        "runs",
        ["user_id", "queued_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "salesforce_logins",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("salesforce_id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("instance_url", sa.Text(), nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("grant", sa.Text(), server_default="none", nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_salesforce_logins_team_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_salesforce_logins_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_salesforce_logins")),
        sa.UniqueConstraint("user_id", name=op.f("uq_salesforce_logins_user_id")),
    )
    op.create_index(op.f("ix_salesforce_logins_team_id"), "salesforce_logins", ["team_id"], unique=False)
    op.create_index(
        "uq_salesforce_logins_integration",
        "salesforce_logins",
        ["team_id"],
        unique=True,
        postgresql_where=sa.text("user_id IS NULL"),
    )
    op.create_table(
        "intents",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("reminder_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminders.id"], name=op.f("fk_intents_reminder_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_intents_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intents")),
    )
    op.create_index(
        "ix_intents_open",
        "intents",
        ["user_id", "sent_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_intents_reminder", "intents", ["reminder_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("reminder_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("created_here", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("base", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("own_write_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminders.id"], name=op.f("fk_links_reminder_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("org_id", "task_id", name=op.f("pk_links")),
    )
    op.create_index("ix_links_all_of_reminder", "links", ["reminder_id"], unique=False)
    op.create_index("ix_links_seen", "links", ["seen_at"], unique=False, postgresql_where=sa.text("state = 'active'"))
    op.create_index(
        "uq_links_reminder", "links", ["reminder_id"], unique=True, postgresql_where=sa.text("state <> 'superseded'")
    )


def downgrade() -> None:
    op.drop_index("uq_links_reminder", table_name="links", postgresql_where=sa.text("state <> 'superseded'"))
    op.drop_index("ix_links_seen", table_name="links", postgresql_where=sa.text("state = 'active'"))
    op.drop_index("ix_links_all_of_reminder", table_name="links")
    op.drop_table("links")
    op.drop_index("ix_intents_reminder", table_name="intents")
    op.drop_index("ix_intents_open", table_name="intents", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_table("intents")
    op.drop_index(
        "uq_salesforce_logins_integration", table_name="salesforce_logins", postgresql_where=sa.text("user_id IS NULL")
    )
    op.drop_index(op.f("ix_salesforce_logins_team_id"), table_name="salesforce_logins")
    op.drop_table("salesforce_logins")
    op.drop_index("ix_runs_waiting", table_name="runs", postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.drop_index("ix_runs_user", table_name="runs")
    op.drop_table("runs")
    op.drop_index(
        "ix_run_state_unstarted",
        table_name="run_state",
        postgresql_where=sa.text("claim IS NOT NULL AND running_since IS NULL"),
    )
    op.drop_index("ix_run_state_due", table_name="run_state", postgresql_where=sa.text("next_due_at IS NOT NULL"))
    op.drop_table("run_state")
    op.drop_index("ix_reminders_unsynced", table_name="reminders", postgresql_where=sa.text("unsynced"))
    op.drop_index("ix_reminders_list", table_name="reminders")
    op.drop_index("ix_reminders_assign_to", table_name="reminders", postgresql_where=sa.text("assign_to IS NOT NULL"))
    op.drop_table("reminders")
    op.drop_index(op.f("ix_handovers_owner_id"), table_name="handovers")
    op.drop_table("handovers")
    op.drop_index("uq_diagnostics_open", table_name="diagnostics", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("diagnostics")
    op.drop_index(op.f("ix_api_tokens_user_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_table("users")
    op.drop_index("ix_history_reminder", table_name="history")
    op.drop_table("history")
    op.drop_table("teams")
    op.execute(sa.schema.DropSequence(sa.Sequence("claims")))
