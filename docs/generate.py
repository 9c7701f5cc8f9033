#!/usr/bin/env python3
"""Writes what the pages take from the code: errors.md and the field table of sync-rules.md.

`python docs/generate.py` writes; with `--check` it writes nothing, names what is out of date and ends with 1.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from remindersync import apply, guards, screening
from remindersync.errors import Category, Destiny
from remindersync.mapping import FIELDS, Field
from remindersync.model import PRIORITY_MAP, STATUS_MAP, ValueMap
from remindersync.newcomers import POSSIBLE_DUPLICATE
from remindersync.org_feed import INTEGRATION_LOGIN_LOST, NO_VIEW_ALL_DATA
from remindersync.ports import NOT_ACTIVE_THERE
from remindersync.salesforce.fault_table import SERVER_ERRORS, TABLE, UNKNOWN, Row
from remindersync.salesforce.sessions import NO_INTEGRATION_LOGIN, NO_LOGIN_LEFT

DOCS = Path(__file__).resolve().parent
FIELDS_MARK = "<!-- fields: written by docs/generate.py -->"
END_MARK = "<!-- end -->"

_HEADS = ("code", "it means", "what to do", "then")
_WHAT_HAPPENS = {
    Destiny.RETRY: "tried again",
    Destiny.ALLOWANCE: "waits for calls",
    Destiny.RECONNECT: "reconnect",
    Destiny.PARK: "parked",
}

_ERRORS_HEAD = """# Errors

Written by `python docs/generate.py` from `remindersync/salesforce/fault_table.py`. Edit the table, not this page.

What Salesforce answers is told apart by its error code and, where one code means several things, by its text.
An answer without a code is known by its HTTP status (`HTTP_401`). A code that stands in no table is *parked* as
`UNKNOWN`: what nobody knows is not repeated.

The last column says what becomes of the work (rule [DIAG-1](sync-rules.md#limits-errors-diagnostics)):

- **tried again.** One record of a call rests for 30 seconds, twice as long after each further refusal, an hour at
  most, and up to half of it more or less by chance; a locked one is tried after 2, 4 and 8 seconds first. A person's
  edit ends the rest. A whole run makes its user rest twice as long as before, between `POLL_MIN_SECONDS` and
  `POLL_MAX_SECONDS`, times a factor from 1 to 2 by chance, so that users do not come back together.
- **waits for calls.** The run ends as `waiting_allowance` and its user waits as long as the limiter says: 15 minutes
  after a refusal by Salesforce, one minute where people's edits wait.
- **reconnect.** The run ends as `reconnect` and the login is marked: no call is made with it until its user connects
  again. Everybody else goes on. It is told once, and the notice goes when they connect.
- **parked.** One record: this version of the reminder is put aside, and the next edit makes a new version. A whole run
  ends as `failed`; the next one looks an hour later, or when somebody edits here or retries.

A person reads meaning and remedy on the reminder's page, on the settings page, and as `sync.error` of the API.
Salesforce's own text is kept with the diagnostic. It may quote what people wrote, so it is never logged.
"""

_ERRORS_FOOT = """
## Found by this app itself

{own}
`UNREACHABLE`, `CROWDED_HERE`, `FAILED_WRITE`, `NOT_AN_ANSWER`, `NOT_CONNECTED`, `WRONG_ORG`, `TOKEN_BUSY`,
`INVALID_CLIENT`, `INVALID_ASSERTION`, `APP_MISCONFIGURED` and the codes that begin with `HTTP_` are this app's names
for answers that carry no code of Salesforce's. They stand in the tables above.

## No answer at all

A write whose answer was lost is no error of a record: it may have been saved. The run ends as `retry`, the write stays
open as an *intent*, and the next run finds out what became of it before it sends anything again
([ONCE-1 and ONCE-2](sync-rules.md#no-duplicates-no-echo)).
"""


def errors_page() -> str:
    """Return the whole of errors.md."""
    rows = [*TABLE, *SERVER_ERRORS]
    parts = [_ERRORS_HEAD]
    for category in Category:
        mine = sorted((row for row in rows if row.category is category), key=lambda row: (row.code, row.text or ""))
        lines = [_error(row) for row in mine] + ([_error(UNKNOWN)] if category is UNKNOWN.category else [])
        parts.append(f"\n## {category.value}\n\n" + _table(_HEADS, lines))
    return "".join(parts) + _ERRORS_FOOT.format(own=_table(_HEADS, _own()))


def _own() -> Iterator[str]:
    """Yield the errors that come from no answer of Salesforce's; the limiter makes its own when it is asked."""
    remedy = "Nothing: it goes on by itself. A larger share or a larger allowance makes it sooner."
    meaning = "The limiter let no call pass: this app's share of the day's calls is used up, the org is paused, or "
    meaning += "how much is used is being found out."
    yield _cells("`ALLOWANCE_RESERVED`", meaning, remedy, _WHAT_HAPPENS[Destiny.ALLOWANCE])
    of_runs = (POSSIBLE_DUPLICATE, screening.REFUSED, guards.HELD, apply.OUT_OF_REACH)
    for found in (
        NO_VIEW_ALL_DATA,
        INTEGRATION_LOGIN_LOST,
        NOT_ACTIVE_THERE,
        NO_INTEGRATION_LOGIN,
        NO_LOGIN_LEFT,
        *of_runs,
    ):
        yield _cells(f"`{found.code}`", found.meaning, found.remedy, _WHAT_HAPPENS[found.destiny])


def _error(row: Row) -> str:
    where = f" with `{row.text}`" if row.text else ""
    whole = " (status 500 and above)" if row in SERVER_ERRORS else ""
    return _cells(f"`{row.code}`{where}{whole}", row.meaning, row.remedy, _WHAT_HAPPENS[row.destiny])


def fields_table() -> str:
    """Return the table of mapped fields, one line for each row of the code's."""
    return _table(("reminder", "Task", "limit in Salesforce", "what goes over"), [_field(field) for field in FIELDS])


def _field(field: Field) -> str:
    limit = "–" if field.limit is None else f"{field.limit:,} UTF-16 units"
    return _cells(f"{field.label} (`{field.name}`)", f"`{field.salesforce}`", limit, _WORDS[field.name])


def _values(of: ValueMap) -> str:
    return ", ".join(f"{ours} = `{raw}`" for ours, raw in of.writes.items())


_WORDS = {
    "name": "the Subject is rendered by the subject template and read back through it (SUBJ)",
    "status": f"{_values(STATUS_MAP)}; a team may choose others (MAP-2)",
    "priority": f"{_values(PRIORITY_MAP)}; a team may choose others (MAP-2)",
    "due_date": "a calendar date without a clock or a time zone; none = empty",
    "details": "text",
    "person": "the id of a Lead or Contact; name and e-mail stay here (MAP-6)",
}


def _table(heads: Iterable[str], lines: Iterable[str]) -> str:
    heads = tuple(heads)
    return "\n".join([_cells(*heads), _cells(*("---" for _ in heads)), *lines]) + "\n"


def _cells(*values: str) -> str:
    return "| " + " | ".join(value.replace("|", r"\|") for value in values) + " |"


def _filled(page: str) -> str:
    """Return sync-rules.md with today's field table between its marks."""
    before, rest = page.split(FIELDS_MARK, 1)
    _, after = rest.split(END_MARK, 1)
    return f"{before}{FIELDS_MARK}\n{fields_table()}{END_MARK}{after}"


def pages() -> Iterator[tuple[Path, str]]:
    """Yield each page that takes something from the code, with the text it should have."""
    yield DOCS / "errors.md", errors_page()
    rules = DOCS / "sync-rules.md"
    yield rules, _filled(rules.read_text(encoding="utf-8"))


def main() -> int:
    stale = [(path, text) for path, text in pages() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        sys.stdout.writelines(f"{path.name} is out of date: run python docs/generate.py\n" for path, _ in stale)
        return 1 if stale else 0
    for path, text in stale:
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"Wrote {path.name}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
