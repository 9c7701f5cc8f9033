"""Let people look after programs: names of tokens, what a webhook is told of, tests, deliveries, a second secret."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_tokens", sa.Column("name", sa.Text(), server_default="", nullable=False))
    op.add_column("webhooks", sa.Column("former_secret", sa.LargeBinary(), nullable=True))
    op.add_column("webhooks", sa.Column("former_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("webhooks", sa.Column("happened", sa.dialects.postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("webhooks", sa.Column("test_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("webhook_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_webhook_attempts_webhook_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempts"),
    )
    op.create_index("ix_webhook_attempts_webhook_id_id", "webhook_attempts", ["webhook_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("webhook_attempts")
    op.drop_column("webhooks", "test_asked_at")
    op.drop_column("webhooks", "happened")
    op.drop_column("webhooks", "former_until")
    op.drop_column("webhooks", "former_secret")
    op.drop_column("api_tokens", "name")
