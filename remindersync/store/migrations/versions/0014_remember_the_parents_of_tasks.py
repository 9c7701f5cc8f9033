"""Remember which company a Task belongs to and what it is related to."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("links", sa.Column("company_id", sa.Text(), nullable=True))
    op.add_column("links", sa.Column("related_id", sa.Text(), nullable=True))
    op.create_index(
        "ix_links_company_of_person",
        "links",
        ["org_id", sa.text("(base #>> '{raw,WhoId}')")],
        unique=False,
        postgresql_where=sa.text("company_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_links_company_of_person", table_name="links")
    op.drop_column("links", "related_id")
    op.drop_column("links", "company_id")
