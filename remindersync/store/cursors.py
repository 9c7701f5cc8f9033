"""Where a list goes on: an opaque text that names the last row shown (keyset paging)."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from remindersync.errors import UserMistake

_LARGEST = 2**63 - 1


class Order(StrEnum):
    """How a list is sorted: by due date, those without one last, or by the latest change, oldest first."""

    DUE = "due"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row shown: its due date or change time by the list's order, and its id."""

    order: Order
    at: date | datetime | None
    id: str


def written(cursor: Cursor) -> str:
    """Return a cursor as text for a web address."""
    parts = [cursor.order.value, cursor.at.isoformat() if cursor.at else None, cursor.id]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read(text: str, order: Order) -> Cursor:
    """Return the cursor that `written` made for a list of this order. Raises `UserMistake` for any other text."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        name, at, row_id = json.loads(raw)
        if Order(name) is not order:
            raise UserMistake("cursor: it belongs to a list in another order: begin without one.")
        return Cursor(order, _moment(at, order), str(UUID(row_id)))
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise UserMistake("cursor: it is none of ours: begin without one.") from None


def _moment(at: str | None, order: Order) -> date | datetime | None:
    if order is Order.DUE:
        return None if at is None else date.fromisoformat(at)
    moment = datetime.fromisoformat(str(at))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def of_number(number: int) -> str:
    """Return the place behind a row with a rising number as text for a web address."""
    return of_numbers(number)


def read_number(text: str) -> int:
    """Return the number that `of_number` was given. Raises `UserMistake` for any other text."""
    return read_numbers(text, 1)[0]


def of_numbers(*numbers: int) -> str:
    """Return a place that several rising numbers name as text for a web address."""
    return base64.urlsafe_b64encode(json.dumps(numbers).encode()).decode().rstrip("=")


def read_numbers(text: str, count: int) -> tuple[int, ...]:
    """Return the numbers that `of_numbers` was given. Raises `UserMistake` for any other text."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        numbers = json.loads(raw)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        numbers = None
    if not isinstance(numbers, list) or len(numbers) != count or not all(map(_is_number, numbers)):
        raise UserMistake("cursor: it is none of ours: begin without one.")
    return tuple(numbers)


def _is_number(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= _LARGEST
