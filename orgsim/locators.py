"""Query locators: the rest of an answer, kept for the session that asked."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orgsim.errors import Refusal
from orgsim.ids import numbered_id

_LIFETIME = timedelta(days=2)
_KEPT = 50


@dataclass(frozen=True, slots=True)
class Cursor:
    """The whole answer of one query, bound to the token that asked."""

    token: str
    opened_at: datetime
    total_size: int
    records: Sequence[dict[str, Any]]
    page_size: int
    catalog: object = None


class Locators:
    """Open cursors; the oldest fall away, for memory's sake."""

    def __init__(self) -> None:
        self._cursors: OrderedDict[str, Cursor] = OrderedDict()
        self._numbers = 0

    def open(self, cursor: Cursor) -> str:
        self._numbers += 1
        locator = numbered_id("01g", self._numbers)
        self._cursors[locator] = cursor
        while len(self._cursors) > _KEPT:
            self._cursors.popitem(last=False)
        return locator

    def resume(self, text: str, token: str, now: datetime, status: int) -> tuple[str, Cursor, int]:
        """Give the locator, its cursor and the offset of `01g…-2000`; raises Refusal for a dead or foreign one."""
        locator, _, offset = text.rpartition("-")
        cursor = self._cursors.get(locator)
        alive = cursor is not None and cursor.token == token and now - cursor.opened_at < _LIFETIME
        if cursor is None or not alive or not offset.isdigit():
            raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator", status=status)
        return locator, cursor, int(offset)
