"""What every table is made of: one metadata, and columns of the kinds that occur in many."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    MetaData,
    Uuid,
    any_,
    literal,
    text,
)

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


def row_ids(ids: Collection[str]) -> BindParameter[Any]:
    """Return any number of ids as one parameter, so that a statement for many is the one for a few."""
    return literal(list(ids), ARRAY(row_id))


def one_of(column: Column[Any], ids: Collection[str] | Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these ids, any number of them: IN takes 65,535 at most."""
    return column == any_(literal(list(ids), ARRAY(column.type)))


def owned_by(target: str) -> ForeignKey:
    """Return a reference to a row with which this one goes."""
    return ForeignKey(target, ondelete="CASCADE")
