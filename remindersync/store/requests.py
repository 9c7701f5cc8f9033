"""Runs that people ask for by hand, and the book of what runs did (SYNC-8)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Join, Row, Select, func, insert, select

from remindersync.errors import UserMistake
from remindersync.model import Counts, LinkState, RunKind
from remindersync.store import people, presence, queueing
from remindersync.store.columns import one_of
from remindersync.store.database import Database
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.retrying import in_transaction
from remindersync.store.tables import links, reminders, runs, teams, users
from remindersync.store.texts import known_id

_NO_SUCH = "There is no such run: it may have been cleared away."
_MOST = 200
# How many Tasks one call reads by id.
_IDS_A_CALL = 200


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as the API tells it; `user` is an address. `plan` is what a dry run would have done.

    A `full` one reads every linked Task; one of a `reminder_id` is about that reminder alone.
    """

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
    reminder_id: str | None
    full: bool
    plan: tuple[dict[str, Any], ...] | None


class RunRequests:
    """Queues runs and tells how they went."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, user_id: str, kind: RunKind, *, full: bool = False, reminder_id: str | None = None) -> str:
        """Queue a run of a user and make them due now; return its id, which is that of an equal one still queued.

        A dry run may be `full`; it and a run of one may name the reminder they are about, which must be the user's.
        Publish the user's job afterwards. Raises `UserMistake` while their sync is off, `NotFound` for nobody.
        """
        return in_transaction(
            self._database, lambda connection: queue(connection, user_id, kind, full=full, reminder_id=reminder_id)
        )

    def queue_each(self, user_ids: Collection[str], kind: RunKind, *, full: bool = False) -> dict[str, str]:
        """Queue a run of each of these users, as `queue` does, in one transaction; return the runs' ids by user.

        Raises `UserMistake` where the sync of some is off and `NotFound` for nobody: then no run is queued.
        """
        return in_transaction(
            self._database, lambda connection: queueing.queue_each(connection, user_ids, kind, full=full)
        )

    def price(self, user_ids: Collection[str]) -> dict[str, int]:
        """Return, by org, how many calls full runs of these users take to read: an estimate from their linked Tasks.

        One call reads what changed, one each up to 200 Tasks by id. What is written comes on top, and nobody knows it.
        """
        counted = (
            select(users.c.id, teams.c.org_id, func.count(links.c.task_id).label("tasks"))
            .select_from(_linked())
            .where(one_of(users.c.id, [known_id(one, "user") for one in user_ids]), teams.c.org_id.is_not(None))
            .group_by(users.c.id, teams.c.org_id)
        )
        found: dict[str, int] = {}
        with self._database.begin() as connection:
            for row in connection.execute(counted):
                found[row.org_id] = found.get(row.org_id, 0) + 1 - (-row.tasks // _IDS_A_CALL)
        return found

    def seen_by(self, actor: AppUser, run_id: str) -> RunRecord:
        """Return a run of the actor's, or of an admin's team; others look like none (SAFE-1). Raises `NotFound`."""
        found = self.run(run_id)
        if found.user_id == actor.id or (actor.is_admin and found.team_id == actor.team_id):
            return found
        raise NotFound(_NO_SUCH)

    def run(self, run_id: str) -> RunRecord:
        """Return a run, whoever asks. Raises `NotFound`."""
        (found,) = self.these([run_id])
        return found

    def these(self, run_ids: Sequence[str]) -> list[RunRecord]:
        """Return these runs, in this order, whoever asks. Raises `NotFound` where one is not there."""
        ids = [known_id(run_id, "run") for run_id in run_ids]
        with self._database.begin() as connection:
            rows = {row.id: row for row in connection.execute(_records().where(one_of(runs.c.id, ids)))}
        if not rows.keys() >= set(ids):
            raise NotFound(_NO_SUCH)
        return [_record(rows[one]) for one in ids]

    def runs_of(self, user_id: str, limit: int = 50) -> list[RunRecord]:
        """Return a user's latest runs, newest first, 200 at most."""
        found = _records().where(runs.c.user_id == known_id(user_id, "user"))
        newest = found.order_by(runs.c.queued_at.desc(), runs.c.id.desc()).limit(max(0, min(limit, _MOST)))
        with self._database.begin() as connection:
            return [_record(row) for row in connection.execute(newest)]


def _linked() -> Join:
    """Return users with their team and, where they have any, the linked reminders a full run reads."""
    awake = links.c.state.in_([LinkState.ACTIVE.value, LinkState.UNREACHABLE.value])
    listed = reminders.join(links, (links.c.reminder_id == reminders.c.id) & awake)
    mine = (reminders.c.owner_id == users.c.id) & reminders.c.deleted_at.is_(None)
    return users.join(teams, teams.c.id == users.c.team_id).outerjoin(listed, mine)


def queue(
    connection: Connection, user_id: str, kind: RunKind, *, full: bool = False, reminder_id: str | None = None
) -> str:
    """Queue a run inside a transaction that is open already, see `RunRequests.queue`."""
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    if not user.sync_on or not user.active:
        raise UserMistake(f"{user.email} does not sync: turn sync on first.")
    if reminder_id is not None:
        reminder_id = _own_reminder(connection, user, reminder_id)
    asked = {"user_id": user_id, "kind": kind.value, "full_read": full, "reminder_id": reminder_id}
    run_id = put(connection, asked)
    if connection.scalar(select(users.c.inactive_there).where(users.c.id == user_id)):
        presence.end(connection, run_id)
    # Slices of longer work must not stand in a queue before what people wait for, however many ask for some.
    short = kind is RunKind.POLL or reminder_id is not None
    mark_due(connection, [user_id], Lane.INTERACTIVE if short else Lane.BULK)
    return run_id


def put(connection: Connection, asked: dict[str, Any]) -> str:
    """Put a request in the list unless an equal one waits there; return its id. The user's row is locked already."""
    same = [runs.c[name].is_not_distinct_from(value) for name, value in asked.items()]
    waiting = select(runs.c.id).where(runs.c.state == "queued", *same)
    queued: str | None = connection.scalar(waiting.order_by(runs.c.queued_at).limit(1))
    if queued is not None:
        return queued
    # A user's requests are taken up in this order, and two may fall into one tick of now().
    row = asked | {"state": "queued", "queued_at": func.clock_timestamp()}
    run_id: str = connection.execute(insert(runs).values(row).returning(runs.c.id)).scalar_one()
    return run_id


def _own_reminder(connection: Connection, user: people.AppUser, reminder_id: str) -> str:
    reminder_id = known_id(reminder_id, "reminder")
    mine = select(reminders.c.shared).where(reminders.c.id == reminder_id, reminders.c.owner_id == user.id)
    shared = connection.scalar(mine)
    if shared is None:
        raise NotFound(f"{user.email} has no such reminder: name one of theirs.")
    if not shared:
        raise UserMistake("This reminder is local: push it, and it is sent.")
    return reminder_id


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
        reminder_id=row.reminder_id,
        full=row.full_read or row.kind == RunKind.FULL,
        plan=None if row.plan is None else tuple(row.plan),
    )
