"""One short transaction for people's changes, begun anew where the database broke a deadlock."""

from collections.abc import Callable
from typing import TypeVar

from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from remindersync.errors import SyncError
from remindersync.store.database import Database

Result = TypeVar("Result")

_ATTEMPTS = 3


class _Deadlock(Exception):
    """The database chose this transaction as the one to give way; it did nothing."""


def in_transaction(database: Database, work: Callable[[Connection], Result]) -> Result:
    """Do `work` in a transaction of its own, a few times if need be; it must change nothing but the database.

    Two users' rows are locked where a reminder changes hands, and a run may hold them the other way round.
    """
    for _ in range(_ATTEMPTS):
        try:
            with database.begin() as connection:
                return _work(work, connection)
        except _Deadlock:
            continue
    raise SyncError("The database is busy with the same reminders: try again in a moment.")


def _work(work: Callable[[Connection], Result], connection: Connection) -> Result:
    try:
        return work(connection)
    except OperationalError as error:
        if isinstance(error.orig, DeadlockDetected):
            raise _Deadlock from None
        raise
