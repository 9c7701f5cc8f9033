"""How many rows an org manages in one answer: fewer after it gave up on a query, more again while it answers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol, Self, TypeVar

from remindersync.errors import SalesforceRefused

MOST_ROWS = 2000
FEWEST_ROWS = 25
_FEWER, _MORE = 4, 2

# Salesforce gave up on the query: with fewer rows the same call may go through at once.
_TOO_MUCH = frozenset({"QUERY_TIMEOUT", "OPERATION_TOO_LARGE"})
# No answer in time: the next try, later on, asks for less.
_TOO_SLOW = frozenset({"FAILED_WRITE"})


class Paged(str):
    """A SOQL statement that may be cut short: whoever reads its rows goes on behind the last one.

    `statement` is all of it but the LIMIT, `limit` the rows it asks for, None where it names no number.
    """

    __slots__ = ("limit", "statement")

    statement: str
    limit: int | None

    def __new__(cls, statement: str, limit: int | None = None) -> Self:
        made = super().__new__(cls, statement if limit is None else f"{statement} LIMIT {limit:d}")
        made.statement, made.limit = statement, limit
        return made

    def cut(self, rows: int) -> str:
        """Return the statement for so many rows."""
        return f"{self.statement} LIMIT {rows:d}"


class PageSizes:
    """What each login's queries may ask for, remembered by a process. Safe to share between threads."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def of(self, login_id: str) -> int | None:
        """Return the rows a login may ask for at once, None for as many as it likes."""
        return self._rows.get(login_id)

    def shrink(self, login_id: str, tried: int) -> bool:
        """Note that so many rows were too many; whether there is a smaller number to try."""
        fewer = tried // _FEWER
        if fewer < FEWEST_ROWS:
            return False
        self._rows[login_id] = fewer
        return True

    def grow(self, login_id: str) -> None:
        """Note that a page came: the next may be larger."""
        rows = self._rows.get(login_id)
        if rows is not None and rows * _MORE < MOST_ROWS:
            self._rows[login_id] = rows * _MORE
        else:
            self._rows.pop(login_id, None)


class Answered(Protocol):
    """The part of an answer that says whether it is complete."""

    @property
    def body(self) -> Any: ...


AnswerT = TypeVar("AnswerT", bound=Answered)


def ask(send: Callable[[str], AnswerT], text: Paged, sizes: PageSizes, login_id: str) -> AnswerT:
    """Send a statement, with fewer rows where it has to be; an answer cut short says that it is not done.

    `send` raises `SalesforceRefused`, as this does when the fewest rows are too many or the answer took too long.
    """
    while True:
        rows = sizes.of(login_id)
        cut_to = rows if rows is not None and rows < (text.limit or MOST_ROWS) else None
        try:
            answer = send(text if cut_to is None else text.cut(cut_to))
        except SalesforceRefused as refused:
            code = refused.fault.code
            smaller = code in _TOO_MUCH | _TOO_SLOW and sizes.shrink(login_id, cut_to or text.limit or MOST_ROWS)
            if not smaller or code in _TOO_SLOW:
                raise
        else:
            sizes.grow(login_id)
            return answer if cut_to is None else _marked(answer, cut_to)


def _marked(answer: AnswerT, rows: int) -> AnswerT:
    """Return a full page as Salesforce itself marks one that it cuts short."""
    body = answer.body
    full = isinstance(body, Mapping) and isinstance(body.get("records"), list) and len(body["records"]) >= rows
    return replace(answer, body={**body, "done": False}) if full else answer  # type: ignore[type-var]  # a dataclass
