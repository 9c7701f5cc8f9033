"""Date literals by name (`TODAY`, `LAST_N_DAYS:7`): the days they span, counted from a given today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeAlias

Span: TypeAlias = tuple[dt.date, dt.date]
"""First day and the day after the last."""

_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=7)
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12, "FISCAL_QUARTER": 3, "FISCAL_YEAR": 12}
_UNITS = ("DAY", "WEEK", *_MONTHS)


def span(name: str, count: int | None, today: dt.date) -> Span:
    """Return the days the literal `name` or `name:count` stands for.

    Raises:
        KeyError: there is no such literal, or not with (or without) a count.
        OverflowError: the span lies outside the years 1 to 9999.

    """
    if count is None:
        return _PLAIN[name.upper()](today)
    try:
        return _COUNTED[name.upper()](today, count)
    except ValueError as error:
        raise OverflowError(str(error)) from error


def is_plain(name: str) -> bool:
    return name.upper() in _PLAIN


def is_counted(name: str) -> bool:
    return name.upper() in _COUNTED


def _start(unit: str, day: dt.date) -> dt.date:
    if unit == "DAY":
        return day
    if unit == "WEEK":
        # Weeks begin on Sunday, as in the locale en_US.
        return day - dt.timedelta(days=day.isoweekday() % 7)
    months = _MONTHS[unit]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _moved(unit: str, start: dt.date, count: int) -> dt.date:
    """Return the start of the unit `count` units after the one that begins at `start`."""
    if unit in {"DAY", "WEEK"}:
        return start + count * (_DAY if unit == "DAY" else _WEEK)
    months = start.year * 12 + start.month - 1 + count * _MONTHS[unit]
    return dt.date(months // 12, months % 12 + 1, 1)


def _units(unit: str, first: int, after: int) -> Callable[[dt.date], Span]:
    """Return a function giving the units `first` up to, not including, `after`, 0 being the present one."""

    def spanned(today: dt.date) -> Span:
        start = _start(unit, today)
        return _moved(unit, start, first), _moved(unit, start, after)

    return spanned


def _last_n_days(today: dt.date, count: int) -> Span:
    return today - count * _DAY, today + _DAY


def _last(unit: str) -> Callable[[dt.date, int], Span]:
    return lambda today, count: _units(unit, -count, 0)(today)


def _next(unit: str) -> Callable[[dt.date, int], Span]:
    return lambda today, count: _units(unit, 1, count + 1)(today)


def _ago(unit: str) -> Callable[[dt.date, int], Span]:
    return lambda today, count: _units(unit, -count, 1 - count)(today)


_PLAIN: dict[str, Callable[[dt.date], Span]] = {
    "YESTERDAY": _units("DAY", -1, 0),
    "TODAY": _units("DAY", 0, 1),
    "TOMORROW": _units("DAY", 1, 2),
    "LAST_90_DAYS": lambda today: _last_n_days(today, 90),
    "NEXT_90_DAYS": lambda today: _next("DAY")(today, 90),
    **{f"LAST_{unit}": _units(unit, -1, 0) for unit in _UNITS[1:]},
    **{f"THIS_{unit}": _units(unit, 0, 1) for unit in _UNITS[1:]},
    **{f"NEXT_{unit}": _units(unit, 1, 2) for unit in _UNITS[1:]},
}
_COUNTED: dict[str, Callable[[dt.date, int], Span]] = {
    # Unlike its larger sisters this one takes in the present unit.
    "LAST_N_DAYS": _last_n_days,
    **{f"LAST_N_{unit}S": _last(unit) for unit in _UNITS[1:]},
    **{f"NEXT_N_{unit}S": _next(unit) for unit in _UNITS},
    **{f"N_{unit}S_AGO": _ago(unit) for unit in _UNITS},
}
