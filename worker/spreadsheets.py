"""Tables as CSV that spreadsheets take for text: no value of somebody else's becomes a formula."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield a line of heads, then one for each row."""
    kept = StringIO(newline="")
    writer = csv.DictWriter(kept, columns)
    writer.writeheader()
    yield _taken(kept)
    for row in rows:
        writer.writerow({name: _safe(value) for name, value in row.items()})
        yield _taken(kept)


def _taken(kept: StringIO) -> str:
    line = kept.getvalue()
    kept.seek(0)
    kept.truncate()
    return line


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULA else value
