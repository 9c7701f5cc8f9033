"""Number each person's sessions, so that all of them end at one moment, whatever the clocks of web processes say."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# In the database, so that it holds for whoever changes the row, also by hand.
_END = """
CREATE FUNCTION end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.session_number := OLD.session_number + 1;
    RETURN NEW;
END
$$
"""
_ON_WHO_IT_IS = """
CREATE TRIGGER end_sessions BEFORE UPDATE ON users
FOR EACH ROW WHEN (
    NEW.email <> OLD.email
    OR NEW.salesforce_id IS DISTINCT FROM OLD.salesforce_id
    OR OLD.active AND NOT NEW.active
) EXECUTE FUNCTION end_sessions()
"""


def upgrade() -> None:
    op.add_column("users", sa.Column("session_number", sa.Integer(), server_default="1", nullable=False))
    op.drop_column("users", "sessions_from")
    op.execute(_END)
    op.execute(_ON_WHO_IT_IS)


def downgrade() -> None:
    op.execute("DROP TRIGGER end_sessions ON users")
    op.execute("DROP FUNCTION end_sessions()")
    op.add_column("users", sa.Column("sessions_from", sa.DateTime(timezone=True), nullable=True))
    op.drop_column("users", "session_number")
