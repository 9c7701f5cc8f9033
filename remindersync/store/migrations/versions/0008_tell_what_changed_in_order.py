"""Tell what changed in order: the database notes every change of a reminder, whoever made it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NOTE = """
CREATE FUNCTION note_reminder_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    happened text;
BEGIN
    happened := CASE
        WHEN TG_OP = 'INSERT' THEN 'created'
        WHEN NEW.owner_id <> OLD.owner_id THEN 'arrived'
        WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL THEN 'deleted'
        WHEN NEW.deleted_at IS NULL AND OLD.deleted_at IS NOT NULL THEN 'restored'
        WHEN NEW.version <> OLD.version THEN 'edited'
        WHEN NEW.synced_version <> OLD.synced_version
            OR NEW.parked_version IS DISTINCT FROM OLD.parked_version
            OR NEW.held_change IS DISTINCT FROM OLD.held_change THEN 'sync'
    END;
    IF happened IS NULL THEN
        RETURN NULL;
    END IF;
    IF happened = 'arrived' THEN
        INSERT INTO reminder_changes (xid, team_id, owner_id, reminder_id, version, happened)
        VALUES (pg_current_xact_id()::text::bigint, OLD.team_id, OLD.owner_id, NEW.id, NEW.version, 'left');
    END IF;
    INSERT INTO reminder_changes (xid, team_id, owner_id, reminder_id, version, happened)
    VALUES (pg_current_xact_id()::text::bigint, NEW.team_id, NEW.owner_id, NEW.id, NEW.version, happened);
    RETURN NULL;
END
$$
"""
_ON_EVERY_CHANGE = """
CREATE TRIGGER note_reminder_change AFTER INSERT OR UPDATE ON reminders
FOR EACH ROW EXECUTE FUNCTION note_reminder_change()
"""


def upgrade() -> None:
    op.create_table(
        "reminder_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("team_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("owner_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("reminder_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("happened", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reminder_changes_owner", "reminder_changes", ["owner_id", "xid", "id"], unique=False)
    op.create_index("ix_reminder_changes_order", "reminder_changes", ["xid", "id"], unique=False)
    op.execute(_NOTE)
    op.execute(_ON_EVERY_CHANGE)


def downgrade() -> None:
    op.execute("DROP TRIGGER note_reminder_change ON reminders")
    op.execute("DROP FUNCTION note_reminder_change()")
    op.drop_table("reminder_changes")
