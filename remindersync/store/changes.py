"""What happened to reminders, for those who follow: in the order of commits, without gaps, by a cursor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, Text, cast, func, literal, select, tuple_

from remindersync.store import cursors, listing
from remindersync.store.change_tables import reminder_changes
from remindersync.store.database import Database
from remindersync.store.mistakes import Outdated
from remindersync.store.people import AppUser
from remindersync.store.shown import ListedReminder

MOST = 200


class Happened(StrEnum):
    """What may happen to a reminder, seen from one owner's list. SYNC is how it stands in Salesforce, and no more."""

    CREATED = "created"
    EDITED = "edited"
    DELETED = "deleted"
    RESTORED = "restored"
    ARRIVED = "arrived"
    LEFT = "left"
    SYNC = "sync"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the book of changes: behind the row of this transaction and number."""

    xid: int
    id: int


START = Spot(0, 0)


@dataclass(frozen=True, slots=True)
class Change:
    """One change; `version` is what came of it, `reminder` how it is now, None where it is another's or gone."""

    happened: Happened
    at: datetime
    reminder_id: str
    version: int
    reminder: ListedReminder | None


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes; `cursor` is where to go on, at once where there are `more`, else later."""

    items: tuple[Change, ...]
    cursor: str
    more: bool


class ReminderChanges:
    """The book of changes, written by the database itself with every change of a reminder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, actor: AppUser, after: str | None, *, limit: int = 50, sync: bool = False) -> Changes:
        """Return a person's changes behind a cursor, the oldest kept ones without it; with `sync` those of SYNC too.

        Raises `UserMistake` for a cursor that is none, `Outdated` for one behind which changes were cleared away.
        """
        spot = START if after is None else _read(after)
        limit = max(1, min(limit, MOST))
        wanted = [reminder_changes.c.owner_id == actor.id]
        if not sync:
            wanted.append(reminder_changes.c.happened != Happened.SYNC.value)
        with self._database.begin() as connection:
            _refuse_outdated(connection, spot)
            rows = connection.execute(_behind(spot, *wanted).limit(limit + 1)).all()
            items = tuple(_changes(connection, actor, rows[:limit]))
        last = rows[: len(items)][-1] if items else None
        return Changes(items, _written(Spot(last.xid, last.id) if last else spot), len(rows) > limit)

    def latest(self) -> Spot:
        """Return the spot behind everything that has happened so far."""
        with self._database.begin() as connection:
            return latest(connection)

    def cursor(self) -> str:
        """Return the latest spot as a cursor: what follows it is what happens from now on."""
        return _written(self.latest())

    def owners_since(self, spot: Spot, limit: int = 1000) -> tuple[frozenset[str], Spot]:
        """Return whose reminders changed behind a spot, and the spot to ask from next: for those who wait for news.

        All that changed is read, `limit` changes at a time: who asks once a second must not fall behind an import.
        """
        owners: set[str] = set()
        with self._database.begin() as connection:
            while rows := connection.execute(_behind(spot).limit(limit)).all():
                owners.update(row.owner_id for row in rows)
                spot = Spot(rows[-1].xid, rows[-1].id)
                if len(rows) < limit:
                    break
        return frozenset(owners), spot


def latest(connection: Connection) -> Spot:
    """Return the spot behind everything that has happened so far."""
    order = (reminder_changes.c.xid.desc(), reminder_changes.c.id.desc())
    newest = select(reminder_changes.c.xid, reminder_changes.c.id).where(settled()).order_by(*order).limit(1)
    row = connection.execute(newest).one_or_none()
    return Spot(row.xid, row.id) if row else START


def settled() -> ColumnElement[bool]:
    """Return the condition of rows before which no further one can appear.

    Numbers rise in the order in which transactions begin to write, not in which they commit: a row is shown once all
    that began before it have ended. One that lingers, anywhere on the server, delays news; none is ever missed.
    """
    oldest = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
    return reminder_changes.c.xid < oldest


def _behind(spot: Spot, *wanted: ColumnElement[bool]) -> Select[Any]:
    order = (reminder_changes.c.xid, reminder_changes.c.id)
    later: ColumnElement[bool] = tuple_(*order) > tuple_(literal(spot.xid, BigInteger), literal(spot.id, BigInteger))
    return select(reminder_changes).where(later, settled(), *wanted).order_by(*order)


def _changes(connection: Connection, actor: AppUser, rows: Sequence[Row[Any]]) -> Iterator[Change]:
    now = connection.execute(select(func.clock_timestamp())).scalar_one()
    shown = listing.several(connection, actor, {row.reminder_id for row in rows}, now)
    for row in rows:
        yield Change(Happened(row.happened), row.at, row.reminder_id, row.version, shown.get(row.reminder_id))


def _refuse_outdated(connection: Connection, spot: Spot) -> None:
    """Raise `Outdated` unless the row the spot stands behind is kept, and with it every later one."""
    order = (reminder_changes.c.xid, reminder_changes.c.id)
    first = connection.execute(select(*order).order_by(*order).limit(1)).one_or_none()
    if spot != START and first is not None and (first.xid, first.id) > (spot.xid, spot.id):
        raise Outdated("after: changes behind this cursor were cleared away: list all reminders, then begin anew.")


def _written(spot: Spot) -> str:
    return cursors.of_numbers(spot.xid, spot.id)


def _read(text: str) -> Spot:
    return Spot(*cursors.read_numbers(text, 2))
