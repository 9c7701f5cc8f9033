"""From an answer to a fault: code and text together say what went wrong and what becomes of it (DIAG-1)."""

import re
from http import HTTPStatus

from remindersync.errors import Fault
from remindersync.salesforce.answers import Problem, problems
from remindersync.salesforce.fault_table import GRANTS, SERVER_ERRORS, TABLE, UNKNOWN, Row

_SERVER_ERROR = HTTPStatus.INTERNAL_SERVER_ERROR
_KNOWN_CODES = frozenset(row.code for row in TABLE)
# Names of ours for answers that say nothing about what was done.
_PROVE_NOTHING = frozenset({"NOT_AN_ANSWER", "FAILED_WRITE"})
# A row with a text is more exact than one for the code alone.
_BY_EXACTNESS = sorted(TABLE, key=lambda row: row.text is None)


def classify(status: int, body: object) -> Fault:
    """Explain an answer that is an error; one that no row of the table knows is permanent and of category Other.

    Args:
        status: its HTTP status
        body: its parsed JSON of whatever shape (array, one record's error, OAuth object), else its text or None

    """
    return _explain(_problem(status, body), status)


def fault(code: str, message: str = "") -> Fault:
    """Return the fault of a code that this app found by itself."""
    return _explain(Problem(code, message), 0)


def is_settled(status: int, body: object) -> bool:
    """Tell whether an error answer to a write proves that nothing was saved.

    Below 500 Salesforce itself refused. From 500 on only a known error of Salesforce's own that comes before
    anything is saved is proof, and a server before Salesforce proves nothing unless it took no request.
    """
    code = _problem(status, body).code
    if code in _PROVE_NOTHING:
        return False
    return status < _SERVER_ERROR or (code in _KNOWN_CODES and _row(SERVER_ERRORS, Problem(code, "")) is None)


def _explain(problem: Problem, status: int) -> Fault:
    row = _row(SERVER_ERRORS, problem) if status >= _SERVER_ERROR else None
    row = row or _row(_BY_EXACTNESS, problem) or UNKNOWN
    return Fault(problem.code, problem.message, row.category, row.meaning, row.remedy, row.destiny)


def _row(rows: list[Row] | tuple[Row, ...], problem: Problem) -> Row | None:
    return next((row for row in rows if row.code == problem.code and _fits(row.text, problem.message)), None)


def _fits(text: str | None, message: str) -> bool:
    return text is None or re.search(text, message, re.IGNORECASE) is not None


def _problem(status: int, body: object) -> Problem:
    found = problems(body)
    if found:
        return _in_our_words(found[0])
    if status == HTTPStatus.GONE:
        return Problem("UNSUPPORTED_API_VERSION", "")
    if f"HTTP_{status}" in _KNOWN_CODES:
        return Problem(f"HTTP_{status}", "")
    return Problem("NOT_AN_ANSWER", f"HTTP status {status}")


def _in_our_words(problem: Problem) -> Problem:
    for error, text, code in GRANTS:
        if problem.code == error and _fits(text, problem.message):
            return Problem(code, problem.message)
    return problem
