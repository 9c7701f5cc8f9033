"""What every table is made of: one metadata, and columns of the kinds that occur in many."""

from sqlalchemy import DateTime, ForeignKey, MetaData, Uuid, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NOW = text("now()")
row_id = Uuid(as_uuid=False)
moment = DateTime(timezone=True)
new_id = text("gen_random_uuid()")


def owned_by(target: str) -> ForeignKey:
    """Return a reference to a row with which this one goes."""
    return ForeignKey(target, ondelete="CASCADE")
