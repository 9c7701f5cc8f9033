"""Reminders as people and programs here see and change them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, func, select

from remindersync.model import Status
from remindersync.ports import Clock
from remindersync.store import changing, history, leaving, listing, people, restoring, why
from remindersync.store.changing import Changed, Scene
from remindersync.store.database import Database
from remindersync.store.history import HistoryEntry, HistoryPage
from remindersync.store.intake import Draft
from remindersync.store.leaving import HandedOver, Left
from remindersync.store.listing import ListedReminder, Listing, ListQuery
from remindersync.store.mistakes import Conflict, NotFound
from remindersync.store.people import AppUser
from remindersync.store.retrying import in_transaction
from remindersync.store.why import Why

__all__ = [
    "AppReminders",
    "Changed",
    "Conflict",
    "Draft",
    "HistoryEntry",
    "HistoryPage",
    "ListQuery",
    "Listing",
    "NotFound",
    "Why",
]

Result = TypeVar("Result")


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
        return self._do(lambda connection, _: history.whole(connection, actor, reminder_id))

    def history_page(
        self, actor: AppUser, reminder_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> HistoryPage:
        """Return one page of what happened to a reminder, oldest first, 200 events at most."""
        return self._do(lambda connection, _: history.page(connection, actor, reminder_id, cursor, limit))

    def event(self, actor: AppUser, event_id: int | str) -> HistoryEntry:
        """Return one event of a history."""
        return self._do(lambda connection, _: history.event(connection, actor, event_id))

    def why(self, actor: AppUser, reminder_id: str, field: str) -> Why:
        """Return why a field of a reminder has its value; it may be named as in Salesforce too (MERGE-4)."""
        return self._do(lambda connection, _: why.why(connection, actor, reminder_id, field))

    def operator_of(self, reminder: str) -> tuple[AppUser, str]:
        """Return who acts for an operator on a reminder, and its id, given that or its Task's id."""
        team_id, reminder_id = self._do(lambda connection, _: history.team_of_reminder(connection, reminder))
        return people.operator(team_id), reminder_id

    def operator_of_event(self, event_id: str) -> AppUser:
        """Return who acts for an operator on the reminder of an event."""
        return people.operator(self._do(lambda connection, _: history.team_of_event(connection, event_id)))

    # ── Changing ────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, actor: AppUser, draft: Draft, *, reminder_id: str | None = None) -> Changed:
        """Add a reminder of the actor's, or of the colleague the draft names.

        One that is there already under a `reminder_id` of the caller's making stays as it is.
        """
        return self._change(actor, 0, lambda scene: changing.create(scene, draft, reminder_id=reminder_id))

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

    def restore_value(self, actor: AppUser, event_id: int | str) -> Changed:
        """Put back what an event of a history overwrote: an edit made now, which syncs like any other (MERGE-2).

        Restoring a deletion takes the reminder out of the bin, and so does a value of one that lies there.
        """
        return self._change(actor, 0, lambda scene: restoring.restore(scene, event_id))

    def left_by(self, user_id: str) -> tuple[Left, ...]:
        """Return the open reminders of a user, by due date and name: what a hand-over is about."""
        return self._do(lambda connection, _: tuple(leaving.left_by(connection, user_id)))

    def hand_over(self, actor: AppUser, from_id: str, to_email: str, *, count: int | None = None) -> HandedOver:
        """Assign every open reminder of a user to a colleague, if they are `count` (SYNC-10).

        Publish the former's job afterwards. Raises `leaving.Recounted` where they are more or fewer by now.
        """
        return self._do(
            lambda connection, now: leaving.hand_over(Scene(connection, actor, now), from_id, to_email, count)
        )

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
