"""Reminders as people and programs here see and change them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, func, select

from remindersync.model import Side, Status
from remindersync.ports import Clock
from remindersync.store import changing, listing, reach
from remindersync.store.changing import Changed, Scene
from remindersync.store.database import Database
from remindersync.store.intake import Draft
from remindersync.store.listing import ListedReminder, Listing, ListQuery
from remindersync.store.mistakes import Conflict, NotFound
from remindersync.store.people import AppUser
from remindersync.store.retrying import in_transaction
from remindersync.store.tables import history
from remindersync.store.texts import known_id

__all__ = ["AppReminders", "Changed", "Conflict", "Draft", "HistoryEntry", "ListQuery", "Listing", "NotFound"]

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event of a reminder's history; `kept` is False for a value that lost."""

    id: int
    at: datetime
    reminder_id: str
    side: Side
    actor: str
    login: str | None
    field: str
    old: str | None
    new: str | None
    kept: bool
    rule: str
    run_id: str | None


class AppReminders:
    """What a person of the app, or a program in their name, may do with reminders, each in one transaction.

    A person reaches their own reminders and an admin the team's; every other one raises `NotFound` (SAFE-1). What
    cannot be done raises `UserMistake`. A change made against an `expected_version` that is no longer the present one
    raises `Conflict`. A change tells whose job is to be published now; one held for `hold_seconds` is due after them.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        """Without a `clock` the database's is used, which every process shares."""
        self._database = database
        self._clock = clock

    # ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, actor: AppUser, reminder_id: str) -> ListedReminder:
        """Return one reminder, also one in the bin."""
        return self._do(lambda connection, now: listing.one(connection, actor, reminder_id, now))

    def list(self, actor: AppUser, query: ListQuery = ListQuery()) -> Listing:  # noqa: B008 it is frozen
        """Return one page of reminders."""
        return self._do(lambda connection, now: listing.page(connection, actor, query, now))

    def history(self, actor: AppUser, reminder_id: str) -> tuple[HistoryEntry, ...]:
        """Return what happened to a reminder, oldest first."""
        return self._do(lambda connection, _: _history(connection, actor, reminder_id))

    # ── Changing ────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, actor: AppUser, draft: Draft) -> Changed:
        """Add a reminder of the actor's, or of the colleague the draft names."""
        return self._change(actor, 0, lambda scene: changing.create(scene, draft))

    def edit(
        self,
        actor: AppUser,
        reminder_id: str,
        changes: Mapping[str, object],
        *,
        expected_version: int | None = None,
        hold_seconds: float = 0,
    ) -> Changed:
        """Change fields, named as in `Draft`; those that have the value already count as unchanged.

        A new assignee gets a reminder at once; one whose Task is in Salesforce is handed over by its owner's run.
        """
        return self._change(
            actor, hold_seconds, lambda scene: changing.edit(scene, reminder_id, changes, expected_version)
        )

    def complete(
        self, actor: AppUser, reminder_id: str, *, expected_version: int | None = None, hold_seconds: float = 0
    ) -> Changed:
        """Mark a reminder as completed."""
        done = {"status": Status.COMPLETED}
        return self.edit(actor, reminder_id, done, expected_version=expected_version, hold_seconds=hold_seconds)

    def reopen(self, actor: AppUser, reminder_id: str, *, expected_version: int | None = None) -> Changed:
        """Mark a reminder as open again."""
        return self.edit(actor, reminder_id, {"status": Status.OPEN}, expected_version=expected_version)

    def delete(
        self, actor: AppUser, reminder_id: str, *, expected_version: int | None = None, hold_seconds: float = 0
    ) -> Changed:
        """Put a reminder into the bin."""
        return self._change(actor, hold_seconds, lambda scene: changing.delete(scene, reminder_id, expected_version))

    def restore(self, actor: AppUser, reminder_id: str, *, expected_version: int | None = None) -> Changed:
        """Take a reminder out of the bin."""
        return self._change(actor, 0, lambda scene: changing.restore(scene, reminder_id, expected_version))

    def push(self, actor: AppUser, reminder_id: str) -> Changed:
        """Let a local reminder out to Salesforce (FIRST-2); its owner's sync must be on."""
        return self._change(actor, 0, lambda scene: changing.push(scene, reminder_id))

    def by_key(self, actor: AppUser, key: str, draft: Draft, *, expected_version: int | None = None) -> Changed:
        """Create the actor's reminder under a key of the caller's own, or replace all its values."""
        return self._change(actor, 0, lambda scene: changing.by_key(scene, key, draft, expected_version))

    def _change(self, actor: AppUser, hold_seconds: float, work: Callable[[Scene], Changed]) -> Changed:
        return self._do(lambda connection, now: work(Scene(connection, actor, now, hold_seconds)))

    def _do(self, work: Callable[[Connection, datetime], Result]) -> Result:
        return in_transaction(self._database, lambda connection: work(connection, self._now(connection)))

    def _now(self, connection: Connection) -> datetime:
        if self._clock is not None:
            return self._clock.now()
        now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return now


def _history(connection: Connection, actor: AppUser, reminder_id: str) -> tuple[HistoryEntry, ...]:
    reminder_id = known_id(reminder_id, "reminder")
    reach.require(connection, actor, reminder_id)
    found = select(history).where(history.c.reminder_id == reminder_id).order_by(history.c.id)
    return tuple(
        HistoryEntry(
            **{field: getattr(row, field) for field in HistoryEntry.__dataclass_fields__} | {"side": Side(row.side)}
        )
        for row in connection.execute(found)
    )
