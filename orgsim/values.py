"""How values travel: Python in memory, the platform's JSON spellings on the wire."""

import re
from datetime import UTC, date, datetime
from typing import Any

_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def date_time_text(moment: datetime) -> str:
    """Spell a stamp as REST answers do: `2025-01-02T03:04:05.000+0000`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def http_date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


def date_time_value(text: str) -> datetime | None:
    """Read any spelling with a zone (Z, +00:00, +0000, fractions dropped); None when it is none."""
    found = _DATE_TIME.fullmatch(text.strip())
    if found is None:
        return None
    zone = "+00:00" if found[2] in "Zz" else found[2]
    try:
        return datetime.fromisoformat(found[1] + zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def date_value(text: str) -> date | None:
    """Read `YYYY-MM-DD`; None when it is no date."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def wire(value: Any) -> Any:
    """Turn a stored value into its JSON form."""
    if isinstance(value, datetime):
        return date_time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def stored(type_name: str, value: Any) -> Any:
    """Turn a world record's JSON value into the stored one, by the field's type; ValueError when it can't."""
    if value is None or not isinstance(value, str):
        return value
    readers = {"datetime": date_time_value, "date": date_value}
    reader = readers.get(type_name.lower())
    if reader is None:
        return value
    read = reader(value)
    if read is None:
        raise ValueError(f"{value!r} is no {type_name}.")
    return read
