"""The only place where values become SOQL text."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from simple_salesforce.format import quote_soql_value

from remindersync.model import Value
from remindersync.salesforce.ids import record_id

# Control characters and lone surrogates travel in no URL; SOQL's own \uXXXX carries them (SOQL reference,
# quoted strings).
_UNSENDABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def text(value: Value) -> str:
    """Return a quoted string, or `null` for None."""
    if value is None:
        return "null"
    quoted: str = quote_soql_value(value)
    return _UNSENDABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def texts(values: Iterable[str]) -> str:
    """Return a parenthesised list of strings for IN, each once, in order."""
    return f"({','.join(sorted({text(value) for value in values}))})"


def reference(value: str) -> str:
    """Return a quoted record id in its long form. Raises ValueError if it is none."""
    return f"'{record_id(value)}'"


def references(values: Iterable[str]) -> str:
    """Return a parenthesised list of record ids for IN, each once, in order."""
    return f"({','.join(sorted({reference(value) for value in values}))})"


def moment(value: datetime) -> str:
    """Return a dateTime literal in UTC without a fraction: stamps have none. Raises ValueError if naive."""
    if value.tzinfo is None:
        raise ValueError("A moment without a time zone cannot be sent to Salesforce.")
    return value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def day(value: date | None) -> str:
    """Return a date literal, or `null` for None."""
    return "null" if value is None else f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
