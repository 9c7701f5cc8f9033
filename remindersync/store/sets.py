"""Rows by the set: any number of them in one statement, with one parameter."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import FromClause, Table, bindparam, column, func, text
from sqlalchemy.dialects.postgresql import JSONB

from remindersync.store.rows import Json

_ROWS = "rows"


def given(table: Table) -> FromClause:
    """Return the rows that a statement is given, as if they stood in `table`."""
    rows = func.jsonb_populate_recordset(text(f"NULL::{table.name}"), bindparam(_ROWS, type_=JSONB))
    return rows.table_valued(*(column(one.name, one.type) for one in table.c)).alias("given")


def giving(rows: Iterable[Json]) -> Json:
    """Return the parameters for a statement on `given` rows."""
    return {_ROWS: [{name: _plain(value) for name, value in row.items()} for row in rows]}


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it, from which the column's type reads it."""
    return value.isoformat() if isinstance(value, date) else value
