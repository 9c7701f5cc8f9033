"""Runs that people ask for by hand, and the book of what runs did (SYNC-8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from remindersync.errors import UserMistake
from remindersync.model import Counts, RunKind
from remindersync.store import people
from remindersync.store.database import Database
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.mistakes import NotFound
from remindersync.store.retrying import in_transaction
from remindersync.store.tables import runs, users
from remindersync.store.texts import known_id

_MOST = 200


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as the API tells it; `user` is an address. `plan` is what a dry run would have done."""

    id: str
    user_id: str
    team_id: str
    user: str
    kind: RunKind
    state: str
    outcome: str | None
    counts: Counts
    calls: int
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: str | None
    plan: tuple[dict[str, Any], ...] | None


class RunRequests:
    """Queues runs and tells how they went."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, user_id: str, kind: RunKind) -> str:
        """Queue a run of a user and make them due now; return its id, which is that of an equal one still queued.

        Publish the user's job afterwards. Raises `UserMistake` while their sync is off, `NotFound` for nobody.
        """
        return in_transaction(self._database, lambda connection: queue(connection, user_id, kind))

    def run(self, run_id: str) -> RunRecord:
        """Return a run; whether the asker may see it, its `user_id` and `team_id` tell. Raises `NotFound`."""
        found = _records().where(runs.c.id == known_id(run_id, "run"))
        with self._database.begin() as connection:
            row = connection.execute(found).one_or_none()
        if row is None:
            raise NotFound("There is no such run: it may have been cleared away.")
        return _record(row)

    def runs_of(self, user_id: str, limit: int = 50) -> list[RunRecord]:
        """Return a user's latest runs, newest first, 200 at most."""
        found = _records().where(runs.c.user_id == known_id(user_id, "user"))
        newest = found.order_by(runs.c.queued_at.desc(), runs.c.id.desc()).limit(max(0, min(limit, _MOST)))
        with self._database.begin() as connection:
            return [_record(row) for row in connection.execute(newest)]


def queue(connection: Connection, user_id: str, kind: RunKind) -> str:
    """Queue a run inside a transaction that is open already, see `RunRequests.queue`."""
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    if not user.sync_on or not user.active:
        raise UserMistake(f"{user.email} does not sync: turn sync on first.")
    mark_due(connection, [user_id], Lane.INTERACTIVE)
    same = (runs.c.user_id == user_id) & (runs.c.kind == kind.value) & (runs.c.state == "queued")
    queued: str | None = connection.scalar(select(runs.c.id).where(same).order_by(runs.c.queued_at).limit(1))
    if queued is not None:
        return queued
    # A user's requests are taken up in this order, and two may fall into one tick of now().
    asked = {"user_id": user_id, "kind": kind.value, "state": "queued", "queued_at": func.clock_timestamp()}
    run_id: str = connection.execute(insert(runs).values(asked).returning(runs.c.id)).scalar_one()
    return run_id


def _records() -> Select[Any]:
    return select(runs, users.c.email, users.c.team_id).join(users, users.c.id == runs.c.user_id)


def _record(row: Row[Any]) -> RunRecord:
    return RunRecord(
        id=row.id,
        user_id=row.user_id,
        team_id=row.team_id,
        user=row.email,
        kind=RunKind(row.kind),
        state=row.state,
        outcome=row.outcome,
        counts=Counts(**{name: row.counts.get(name, 0) for name in Counts.__dataclass_fields__}),
        calls=row.calls,
        queued_at=row.queued_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        error=row.error,
        plan=None if row.plan is None else tuple(row.plan),
    )
