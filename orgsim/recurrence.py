"""The days of a recurring series: from the fields that hold its pattern to dates."""

import calendar
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

# What the platform's pages allow; the API's own bounds are believed to be the same.
MOST = {
    "RecursDaily": 100,
    "RecursEveryWeekday": 100,
    "RecursWeekly": 53,
    "RecursMonthly": 60,
    "RecursMonthlyNth": 60,
    "RecursYearly": 10,
    "RecursYearlyNth": 10,
}
_PLACES = {"First": 0, "Second": 1, "Third": 2, "Fourth": 3, "Last": -1}
_WEEKDAYS, _EVERY_DAY = 62, 127
_MONTHS = 12


def days(pattern: Mapping[str, Any]) -> Iterator[date]:
    """Give the days of a pattern of Task fields, in order; none where it is incomplete."""
    start, end = pattern.get("RecurrenceStartDateOnly"), pattern.get("RecurrenceEndDateOnly")
    step = _STEPS.get(str(pattern.get("RecurrenceType")))
    if start is None or end is None or step is None:
        return
    for day in step(pattern, start, max(1, int(pattern.get("RecurrenceInterval") or 1)), end):
        if day > end:
            return
        if day >= start:
            yield day


def _daily(_pattern: Mapping[str, Any], start: date, interval: int, end: date) -> Iterator[date]:
    for number in range(0, (end - start).days + 1, interval):
        yield start + timedelta(days=number)


def _every_weekday(pattern: Mapping[str, Any], start: date, _interval: int, end: date) -> Iterator[date]:
    return (day for day in _daily(pattern, start, 1, end) if _in_mask(day, _WEEKDAYS))


def _weekly(pattern: Mapping[str, Any], start: date, interval: int, end: date) -> Iterator[date]:
    mask = int(pattern.get("RecurrenceDayOfWeekMask") or _bit(start))
    # Weeks begin on Sunday.
    first = start - timedelta(days=start.isoweekday() % 7)
    for day in _daily(pattern, start, 1, end):
        if (day - first).days // 7 % interval == 0 and _in_mask(day, mask):
            yield day


def _bit(day: date) -> int:
    return int(1 << day.isoweekday() % 7)


def _in_mask(day: date, mask: int) -> bool:
    return bool(mask & _bit(day))


def _months(start: date, interval: int, end: date) -> Iterator[tuple[int, int]]:
    for number in range(0, (end.year - start.year) * _MONTHS + end.month - start.month + 1, interval):
        years, month = divmod(start.month - 1 + number, _MONTHS)
        yield start.year + years, month + 1


def _monthly(pattern: Mapping[str, Any], start: date, interval: int, end: date) -> Iterator[date]:
    wanted = int(pattern.get("RecurrenceDayOfMonth") or start.day)
    for year, month in _months(start, interval, end):
        yield date(year, month, min(wanted, calendar.monthrange(year, month)[1]))


def _monthly_nth(pattern: Mapping[str, Any], start: date, interval: int, end: date) -> Iterator[date]:
    for year, month in _months(start, interval, end):
        yield _nth(pattern, year, month)


def _nth(pattern: Mapping[str, Any], year: int, month: int) -> date:
    mask = int(pattern.get("RecurrenceDayOfWeekMask") or _EVERY_DAY)
    all_days = (date(year, month, number + 1) for number in range(calendar.monthrange(year, month)[1]))
    fitting = [day for day in all_days if _in_mask(day, mask)]
    return fitting[_PLACES.get(str(pattern.get("RecurrenceInstance")), 0)]


def _yearly(pattern: Mapping[str, Any], start: date, interval: int, end: date) -> Iterator[date]:
    wanted = int(pattern.get("RecurrenceDayOfMonth") or start.day)
    month = _month_of(pattern, start)
    for year in range(start.year, end.year + 1, interval):
        yield date(year, month, min(wanted, calendar.monthrange(year, month)[1]))


def _yearly_nth(pattern: Mapping[str, Any], start: date, interval: int, end: date) -> Iterator[date]:
    for year in range(start.year, end.year + 1, interval):
        yield _nth(pattern, year, _month_of(pattern, start))


def _month_of(pattern: Mapping[str, Any], start: date) -> int:
    name = pattern.get("RecurrenceMonthOfYear")
    return list(calendar.month_name).index(name) if name in list(calendar.month_name)[1:] else start.month


_STEPS = {
    "RecursDaily": _daily,
    "RecursEveryWeekday": _every_weekday,
    "RecursWeekly": _weekly,
    "RecursMonthly": _monthly,
    "RecursMonthlyNth": _monthly_nth,
    "RecursYearly": _yearly,
    "RecursYearlyNth": _yearly_nth,
}
