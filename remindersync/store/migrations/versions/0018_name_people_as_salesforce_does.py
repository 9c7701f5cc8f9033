"""Name people as Salesforce does: next to the id of who they are there, the username."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_KNOWN = """
    UPDATE users SET salesforce_username = salesforce_logins.username FROM salesforce_logins
    WHERE salesforce_logins.user_id = users.id AND salesforce_logins.salesforce_id = users.salesforce_id"""


def upgrade() -> None:
    op.add_column("users", sa.Column("salesforce_username", sa.Text(), nullable=True))
    op.execute(_KNOWN)


def downgrade() -> None:
    op.drop_column("users", "salesforce_username")
