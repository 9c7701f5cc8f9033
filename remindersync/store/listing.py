"""Lists of reminders, each with how it stands in Salesforce."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    literal,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)

from remindersync.errors import UserMistake
from remindersync.model import LinkState, Reminder, Status
from remindersync.store import cursors, reach
from remindersync.store.cursors import Cursor, Order
from remindersync.store.logins import acting
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.shown import ListedReminder, OpenError, ReminderState, SyncView, listed
from remindersync.store.tables import links, reminders, users
from remindersync.store.tables import salesforce_logins as logins
from remindersync.store.texts import known_id

__all__ = [
    "MOST",
    "Due",
    "ListQuery",
    "ListedReminder",
    "Listing",
    "OpenError",
    "ReminderState",
    "Shelf",
    "SyncView",
    "one",
    "page",
    "several",
]

Word = TypeVar("Word", bound=StrEnum)

MOST = 200
# How long a reminder whose Task went to somebody else is still shown under *elsewhere* (SYNC-7).
_ELSEWHERE = timedelta(days=30)


class Due(StrEnum):
    """A part of the list by due date, in the asker's time zone; what is done is not overdue."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    OVERDUE = "overdue"


class Shelf(StrEnum):
    """Which reminders a list shows: those in use, the bin, or those whose Task is somebody else's now."""

    DESK = "desk"
    BIN = "bin"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What to list: the asker's own reminders, or with `team` (admins) the whole team's.

    `include_deleted` shows what lies in the bin among the others.
    """

    due: Due | str | None = None
    status: Status | str | None = None
    updated_since: datetime | None = None
    include_deleted: bool = False
    cursor: str | None = None
    limit: int = 50
    order: Order | str = Order.DUE
    shelf: Shelf | str = Shelf.DESK
    team: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list; there are more where there is a cursor."""

    items: tuple[ListedReminder, ...]
    next_cursor: str | None = None


def page(connection: Connection, actor: AppUser, query: ListQuery, now: datetime) -> Listing:
    """Return one page. Raises `UserMistake` for a query that makes no sense."""
    order = _one_of(Order, "order", query.order)
    limit = max(1, min(query.limit, MOST))
    wanted = [*_conditions(actor, query, now)]
    if query.cursor is not None:
        wanted.append(_after(cursors.read(query.cursor, order)))
    # The first of each part, read in the order of an index: asked for at once, all of a person's would be sorted.
    parts = (
        select(reminders.c.id).where(part, *wanted).order_by(*_ORDERS[order]).limit(limit + 1).subquery()
        for part in _parts(actor, query)
    )
    firsts = union_all(*(select(part.c.id) for part in parts))
    found = _wide().where(reminders.c.id.in_(firsts)).order_by(*_ORDERS[order]).limit(limit + 1)
    fetched = connection.execute(found).all()
    items = tuple(listed(connection, fetched[:limit], now))
    return Listing(items, _next(items[-1].reminder, order) if len(fetched) > limit else None)


def one(connection: Connection, actor: AppUser, reminder_id: str, now: datetime) -> ListedReminder:
    """Return one reminder, in the bin or not. Raises `NotFound`."""
    wanted = reminders.c.id == known_id(reminder_id, "reminder")
    found = connection.execute(_wide().where(wanted, reach.reachable(actor))).all()
    if not found:
        raise NotFound("There is no such reminder.")
    return next(iter(listed(connection, found, now)))


def several(
    connection: Connection, actor: AppUser, reminder_ids: Collection[str], now: datetime
) -> dict[str, ListedReminder]:
    """Return reminders by id, in the bin or not; those the actor may not see are missing."""
    found = connection.execute(_wide().where(reminders.c.id.in_(reminder_ids), reach.reachable(actor))).all()
    return {each.reminder.id: each for each in listed(connection, found, now)}


# Written out, for only then does the planner know a partial index by its condition.
_SUPERSEDED: ColumnElement[str] = literal_column(f"'{LinkState.SUPERSEDED}'")
_ASLEEP: ColumnElement[str] = literal_column(f"'{LinkState.ASLEEP}'")
_owner, _next_owner = users.alias("owner"), users.alias("next_owner")
_link, _login = links.alias("link"), logins.alias("login")
_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    Order.DUE: (reminders.c.due_date, reminders.c.id),
    Order.UPDATED: (reminders.c.updated_at, reminders.c.id),
}


def _wide() -> Select[Any]:
    """Return the query for reminders with all that is shown of them."""
    joined = (
        reminders.join(_owner, _owner.c.id == reminders.c.owner_id)
        .outerjoin(_next_owner, _next_owner.c.id == reminders.c.assign_to)
        .outerjoin(_link, and_(_link.c.reminder_id == reminders.c.id, _link.c.state != _SUPERSEDED))
        .outerjoin(_login, acting(_owner, _login))
    )
    return select(
        reminders,
        _owner.c.email,
        _owner.c.salesforce_id.label("owner_salesforce_id"),
        _next_owner.c.email.label("next_email"),
        _link.c.state.label("link_state"),
        _link.c.task_id,
        _link.c.base,
        _login.c.instance_url,
        _login.c.state.label("login_state"),
    ).select_from(joined)


def _parts(actor: AppUser, query: ListQuery) -> tuple[ColumnElement[bool], ...]:
    """Return whose reminders are listed, as conditions of which at most one is true of each."""
    if query.team and not actor.is_admin:
        raise UserMistake("The team's list is for admins: ask for your own.")
    return (reminders.c.team_id == actor.team_id,) if query.team else reach.own_parts(actor)


def _conditions(actor: AppUser, query: ListQuery, now: datetime) -> Iterable[ColumnElement[bool]]:
    yield from _shelved(_one_of(Shelf, "shelf", query.shelf), query, now)
    if query.due is not None:
        yield _due(_one_of(Due, "due", query.due), actor, now)
    if query.status is not None:
        yield reminders.c.status == _one_of(Status, "status", query.status).value
    if query.updated_since is not None:
        if query.updated_since.tzinfo is None:
            raise UserMistake("updated_since: the time has no zone: write it like 2026-11-23T09:00:00Z.")
        yield reminders.c.updated_at >= query.updated_since


def _shelved(shelf: Shelf, query: ListQuery, now: datetime) -> Iterable[ColumnElement[bool]]:
    asleep = exists().where(links.c.reminder_id == reminders.c.id, links.c.state == _ASLEEP)
    if shelf is Shelf.BIN:
        yield reminders.c.deleted_at.is_not(None)
        return
    if not query.include_deleted:
        yield reminders.c.deleted_at.is_(None)
    yield asleep.where(links.c.updated_at > now - _ELSEWHERE) if shelf is Shelf.ELSEWHERE else not_(asleep)


def _due(due: Due, actor: AppUser, now: datetime) -> ColumnElement[bool]:
    today = now.astimezone(ZoneInfo(actor.time_zone)).date()
    if due is Due.OVERDUE:
        return and_(reminders.c.due_date < today, reminders.c.status == Status.OPEN.value)
    return reminders.c.due_date == (today if due is Due.TODAY else today + timedelta(days=1))


def _after(cursor: Cursor) -> ColumnElement[bool]:
    key, row_id = _ORDERS[cursor.order]
    if cursor.at is None:
        return and_(key.is_(None), row_id > cursor.id)
    place = tuple_(literal(cursor.at, key.type), literal(cursor.id, row_id.type))
    later: ColumnElement[bool] = tuple_(key, row_id) > place
    return or_(later, key.is_(None)) if cursor.order is Order.DUE else later


def _next(last: Reminder, order: Order) -> str:
    return cursors.written(Cursor(order, last.due_date if order is Order.DUE else last.updated_at, last.id))


def _one_of(words: type[Word], name: str, value: object) -> Word:
    try:
        return words(str(value))
    except ValueError:
        raise UserMistake(f"{name} is not one of {', '.join(words)}: choose one of these.") from None
