"""Note in history the name for which an old Subject stood: what stood around it is forgotten once it is replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("history", sa.Column("meant", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("history", "meant")
