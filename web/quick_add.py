"""Reads a reminder out of one line, such as "Call Ada tomorrow !high @bob".

A leading Call, E-mail or InMail is the type and stays in the name; `!high`, `!normal`, `@colleague` and a date in words
are taken out of it. What stands in "quotation marks" is never read.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_TYPES = {"call": "call", "phone": "call", "email": "email", "e-mail": "email", "mail": "email", "inmail": "inmail"}
_SHORTEST = 3
# From 2096 to 2104.
_LONGEST_WITHOUT_LEAP_DAY = 8

_WEEKDAY = (
    r"(?P<weekday>mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
_MONTH = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)}|sept)\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"
_AMOUNT = rf"(?P<amount>\d{{1,3}}|{'|'.join(_NUMBERS)})"


@dataclass(frozen=True, slots=True)
class Understood:
    """What a line says; `assignee` is an address, None where nobody is named; `unknown` are names nobody has."""

    name: str
    type: str = "custom"
    priority: str = "normal"
    due_date: date | None = None
    assignee: str | None = None
    unknown: tuple[str, ...] = ()


def parse(line: str, today: date, colleagues: Mapping[str, str]) -> Understood:
    """Return what a line says on a day; `colleagues` are whom it may name, by address, each with their name."""
    line = " ".join(line.split())
    rest, priority = _priority(line)
    rest, assignee, unknown = _assignee(rest, colleagues)
    rest, due_date = _due_date(rest, today)
    name = " ".join(rest.split())
    first = re.match(r"[\w-]+", name)
    kind = _TYPES.get(first[0].lower(), "custom") if first else "custom"
    return Understood(name, kind, priority, due_date, assignee, unknown)


def _priority(line: str) -> tuple[str, str]:
    found = list(_free(line, re.compile(r"(?<!\S)!(high|normal)(?!\S)", re.IGNORECASE)))
    if not found:
        return line, "normal"
    return _without(line, *found), found[-1][1].lower()


def _assignee(line: str, colleagues: Mapping[str, str]) -> tuple[str, str | None, tuple[str, ...]]:
    """Take the colleague out who is named by one name alone; a name of nobody, or of several, stays."""
    taken, email, unknown = [], None, []
    called = {address: _calls(address, name) for address, name in colleagues.items()}
    for mark in _free(line, re.compile(r"(?<!\S)@([\w.+-]+(?:@[\w.-]+)?)(?!\S)")):
        meant = [address for address, calls in called.items() if mark[1].lower() in calls]
        if len(meant) == 1:
            email = meant[0]
            taken.append(mark)
        else:
            unknown.append(mark[0])
    return _without(line, *taken), email, tuple(unknown)


def _calls(address: str, name: str) -> set[str]:
    """Return what somebody may be called: by their address, its first part, or any part of their name."""
    words = [word for word in name.lower().split() if word.isalnum()]
    return {address.lower(), address.lower().partition("@")[0], *words, "".join(words), ".".join(words)}


def _due_date(line: str, today: date) -> tuple[str, date | None]:
    """Take the date out: the one the line ends with, else the first."""
    found = sorted(_dates(line, today), key=lambda each: (each[0].start(), -each[0].end()))
    if not found:
        return line, None
    mark, due_date = next((each for each in found if each[0].end() == len(line.rstrip())), found[0])
    return _without(line, mark), due_date


def _dates(line: str, today: date) -> Iterator[tuple[re.Match[str], date]]:
    for pattern, read in _READERS:
        for mark in _free(line, pattern):
            # The thirty-first of a short month is no date, nor is what lies behind the calendar's end.
            with suppress(ValueError, OverflowError):
                yield mark, read(mark, today)


def _free(line: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield what stands outside of quotation marks."""
    quotes = [quote.span() for quote in re.finditer(r'"[^"]*"|“[^”]*”', line)]
    for mark in pattern.finditer(line):
        if not any(start < mark.start() and mark.end() <= end for start, end in quotes):
            yield mark


def _without(line: str, *marks: re.Match[str]) -> str:
    for mark in reversed(marks):
        line = f"{line[: mark.start()]} {line[mark.end() :]}".strip()
    return " ".join(line.split())


# ── Dates in words ──────────────────────────────────────────────────────────────────────────────────────────


def _weekday(mark: re.Match[str], today: date) -> date:
    """Return the next such day, never today; with "next" the one of next week."""
    number = next(place for place, name in enumerate(_WEEKDAYS) if name.startswith(mark["weekday"][:_SHORTEST].lower()))
    if mark["next"]:
        return _next_monday(today) + timedelta(days=number)
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def _next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


def _ahead(mark: re.Match[str], today: date) -> date:
    amount = _NUMBERS.get(mark["amount"].lower()) or int(mark["amount"])
    if mark["unit"].lower() == "month":
        return _months_on(today, amount)
    return today + timedelta(days=amount * (7 if mark["unit"].lower() == "week" else 1))


def _months_on(today: date, amount: int) -> date:
    """Return the same day some months on, or the last one of a shorter month."""
    month = today.year * 12 + today.month - 1 + amount
    first, following = (date(number // 12, number % 12 + 1, 1) for number in (month, month + 1))
    return first + timedelta(days=min(today.day, (following - first).days) - 1)


def _in_calendar(mark: re.Match[str], today: date) -> date:
    """Return a day of a month; without a year the next one that comes."""
    month = next(place for place, name in enumerate(_MONTHS, 1) if name[:3] == mark["month"][:3].lower())
    day = int(mark["day"])
    if mark["year"]:
        return date(int(mark["year"]), month, day)
    for year in range(today.year, today.year + _LONGEST_WITHOUT_LEAP_DAY + 1):
        with suppress(ValueError):
            if date(year, month, day) >= today:
                return date(year, month, day)
    raise ValueError(mark[0])


def _reader(
    pattern: str, read: Callable[[re.Match[str], date], date]
) -> tuple[re.Pattern[str], Callable[[re.Match[str], date], date]]:
    return re.compile(rf"(?<![\w@.-])(?:(?:due|on|by)\s+){{0,2}}{pattern}(?![\w'’-])", re.IGNORECASE), read


_READERS = (
    _reader(r"(?:today|tonight)", lambda _, today: today),
    _reader(r"tomorrow", lambda _, today: today + timedelta(days=1)),
    _reader(r"(?:the\s+)?day\s+after\s+tomorrow", lambda _, today: today + timedelta(days=2)),
    _reader(r"next\s+week", lambda _, today: _next_monday(today)),
    _reader(r"next\s+month", lambda _, today: _months_on(today.replace(day=1), 1)),
    _reader(rf"(?P<next>next\s+)?{_WEEKDAY}", _weekday),
    _reader(rf"in\s+{_AMOUNT}\s+(?P<unit>day|week|month)s?", _ahead),
    _reader(rf"{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}", _in_calendar),
    _reader(rf"{_MONTH}\s+{_DAY}{_YEAR}", _in_calendar),
    _reader(r"(?P<iso>\d{4}-\d{2}-\d{2})", lambda mark, _: date.fromisoformat(mark["iso"])),
)
