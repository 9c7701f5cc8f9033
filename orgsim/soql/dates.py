"""Date functions: `CALENDAR_YEAR(CreatedDate)`, in UTC unless the dateTime goes through `convertTimezone()`."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from orgsim.soql.catalog import Row
from orgsim.soql.columns import Column, Names
from orgsim.soql.query import Call

_DATES = frozenset({"date", "datetime"})
_SUNDAY_FIRST = 7


def is_date_function(name: str) -> bool:
    return name in FUNCTIONS


def date_column(call: Call, names: Names) -> Column:
    """Return the column of a date function's results.

    Raises:
        SoqlError: there is no such field, or the function takes none of its type.

    """
    assert call.argument is not None
    of = names.column(call.argument)
    needs_time = call.function in _TIMES_ONLY or call.is_converted
    if of.field.type not in _DATES or (needs_time and of.field.type != "datetime"):
        message = f"field {of.field.name} does not support the function {call.function}"
        raise names.malformed(call.offset, message)
    work, read, zone = FUNCTIONS[call.function], of.read, names.setting.zone

    def result(row: Row) -> Any:
        value: Any = read(row)
        if value is None:
            return None
        return work(value.astimezone(zone) if call.is_converted else value)

    kept = "date" if call.function == "DAY_ONLY" else "int"
    field = dataclasses.replace(of.field, type=kept, sortable=True, groupable=True, unique=False)
    return dataclasses.replace(of, field=field, read=result, is_computed=True)


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _quarter(value: dt.date) -> int:
    return (value.month + 2) // 3


def _day_in_year(value: dt.date) -> int:
    return value.timetuple().tm_yday


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "CALENDAR_YEAR": lambda value: value.year,
    "CALENDAR_QUARTER": _quarter,
    "CALENDAR_MONTH": lambda value: value.month,
    "FISCAL_YEAR": lambda value: value.year,
    "FISCAL_QUARTER": _quarter,
    "FISCAL_MONTH": lambda value: value.month,
    "DAY_IN_MONTH": lambda value: value.day,
    "DAY_IN_WEEK": lambda value: value.isoweekday() % _SUNDAY_FIRST + 1,
    "DAY_IN_YEAR": _day_in_year,
    "DAY_ONLY": _day,
    "HOUR_IN_DAY": lambda value: value.hour,
    # Weeks of both run from the first day on: the 1st to the 7th is week 1.
    "WEEK_IN_MONTH": lambda value: (value.day + 6) // 7,
    "WEEK_IN_YEAR": lambda value: (_day_in_year(value) + 6) // 7,
}
_TIMES_ONLY = frozenset({"DAY_ONLY", "HOUR_IN_DAY"})
