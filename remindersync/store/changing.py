"""A person's changes to reminders, each with its history and its owner's due mark in one transaction (SYNC-2)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, case, exists, insert, null, select, update

from remindersync.errors import UserMistake
from remindersync.model import HistoryEvent, Reminder, Side, Status
from remindersync.store import edits, people, reach, rows
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.intake import Draft, clean
from remindersync.store.mistakes import Conflict
from remindersync.store.people import AppUser
from remindersync.store.reach import Held
from remindersync.store.tables import history, reminders
from remindersync.store.texts import clean_line

_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Changed:
    """A reminder as it is after a change; `due_user_id` is whose job is to be published now, if anybody's.

    Nobody's where nothing changed, where nothing has to leave the app, and where the change is held back for a while.
    """

    reminder: Reminder
    due_user_id: str | None = None
    created: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One change: its transaction, who makes it, when, and how long it is held back (FACE-1).

    A `rule` is what history says of it, without one the kind of change.
    """

    connection: Connection
    actor: AppUser
    now: datetime
    hold_seconds: float = 0.0
    rule: str | None = None


def create(scene: Scene, draft: Draft, key: str | None = None, reminder_id: str | None = None) -> Changed:
    """Add a reminder; it is shared if its owner synced before now (FIRST-2, FIRST-5)."""
    values = clean(draft.as_changes())
    email = values.pop("assignee", scene.actor.email)
    owner = reach.colleague(scene.connection, scene.actor, email)
    lock(scene.connection, [owner.id])
    if reminder_id is not None and reach.known(scene.connection, scene.actor, reminder_id):
        return Changed(reach.held(scene.connection, scene.actor, reminder_id).reminder, created=True)
    owner = people.by_id(scene.connection, owner.id)
    reminder = Reminder(
        id=reminder_id or str(uuid4()),
        team_id=owner.team_id,
        owner_id=owner.id,
        created_at=scene.now,
        updated_at=scene.now,
        shared=_counts_as_new(owner, scene.now),
        completed_at=scene.now if values["status"] is Status.COMPLETED else None,
        **values,
    )
    scene.connection.execute(insert(reminders).values(rows.reminder_row(reminder) | {"external_key": key}))
    _record(scene, edits.differences(None, reminder, scene.actor.email, "create"))
    return replace(_made_due(scene, reminder, owner, None), created=True)


def edit(scene: Scene, reminder_id: str, changes: Mapping[str, object], expected_version: int | None) -> Changed:
    """Change the fields that differ, the assignee among them."""
    values = clean(changes)
    email = values.pop("assignee", None)
    target = None if email is None else reach.colleague(scene.connection, scene.actor, email)
    held = reach.held(scene.connection, scene.actor, reminder_id, *([] if target is None else [target.id]))
    _refuse_stale(held.reminder, expected_version)
    if held.reminder.deleted_at is not None:
        raise UserMistake("This reminder is in the bin: restore it before you change it.")
    return _edited(scene, held, values, target)


def delete(scene: Scene, reminder_id: str, expected_version: int | None) -> Changed:
    """Put a reminder into the bin; one that is there stays as it is."""
    held = reach.held(scene.connection, scene.actor, reminder_id)
    _refuse_stale(held.reminder, expected_version)
    if held.reminder.deleted_at is not None:
        return Changed(held.reminder)
    after = replace(edits.touched(held.reminder, scene.now), deleted_at=scene.now, held_change=None)
    return _saved(scene, held, after, [_event(scene, after, "deleted", None, "yes", "delete")])


def restore(scene: Scene, reminder_id: str, expected_version: int | None) -> Changed:
    """Take a reminder out of the bin; one that is not there stays as it is."""
    held = reach.held(scene.connection, scene.actor, reminder_id)
    _refuse_stale(held.reminder, expected_version)
    if held.reminder.deleted_at is None:
        return Changed(held.reminder)
    return _restored(scene, held)


def push(scene: Scene, reminder_id: str) -> Changed:
    """Share a local reminder (FIRST-2); one that is shared stays as it is."""
    held = reach.held(scene.connection, scene.actor, reminder_id)
    if held.reminder.shared:
        return Changed(held.reminder)
    if held.reminder.deleted_at is not None:
        raise UserMistake("This reminder is in the bin: restore it before you push it.")
    if not held.owner.sync_on:
        raise UserMistake(f"{held.owner.email} does not sync: turn sync on before you push reminders.")
    after = replace(edits.touched(held.reminder, scene.now), shared=True)
    return _saved(scene, held, after, [_event(scene, after, "shared", None, "yes", "push")])


def by_key(scene: Scene, key: str, draft: Draft, expected_version: int | None) -> Changed:
    """Create the actor's reminder with a key of the caller's own, or replace every value of it, out of the bin too."""
    key = clean_line("The key", key, least=1, most=_LONGEST_KEY)
    if draft.assignee is not None and draft.assignee.strip().lower() != scene.actor.email:
        raise UserMistake("assignee: a key is its owner's, so write as the assignee, or assign with an edit.")
    lock(scene.connection, [scene.actor.id])
    mine = select(reminders.c.id).where(reminders.c.owner_id == scene.actor.id, reminders.c.external_key == key)
    reminder_id: str | None = scene.connection.scalar(mine)
    if reminder_id is None:
        return create(scene, draft, key)
    held = reach.held(scene.connection, scene.actor, reminder_id)
    _refuse_stale(held.reminder, expected_version)
    return _edited_out_of_bin(scene, held, clean(replace(draft, assignee=None).as_changes()), None)


def put_back(scene: Scene, reminder_id: str, values: Mapping[str, Any], email: str | None) -> Changed:
    """Give a reminder former values, as it held them, and its former assignee; out of the bin too (MERGE-2)."""
    target = None if email is None else reach.colleague(scene.connection, scene.actor, email)
    held = reach.held(scene.connection, scene.actor, reminder_id, *([] if target is None else [target.id]))
    return _edited_out_of_bin(scene, held, values, target)


def _edited_out_of_bin(scene: Scene, held: Held, values: Mapping[str, Any], target: AppUser | None) -> Changed:
    if held.reminder.deleted_at is None:
        return _edited(scene, held, values, target)
    back = _restored(scene, held)
    changed = _edited(scene, replace(held, reminder=back.reminder), values, target)
    return replace(changed, due_user_id=changed.due_user_id or back.due_user_id)


def _edited(scene: Scene, held: Held, values: Mapping[str, Any], target: AppUser | None) -> Changed:
    before = held.reminder
    after = edits.edited(before, values, scene.now)
    events = list(edits.differences(before, after, scene.actor.email, scene.rule or "edit"))
    if target is not None and target.id != (before.assign_to or before.owner_id):
        after = after if after is not before else edits.touched(before, scene.now)
        events.append(_assignment(scene, held, target))
        return _assigned(scene, held, after, target, events)
    return Changed(before) if after is before else _saved(scene, held, after, events)


def _restored(scene: Scene, held: Held) -> Changed:
    after = replace(edits.touched(held.reminder, scene.now), deleted_at=None)
    return _saved(scene, held, after, [_event(scene, after, "deleted", "yes", None, "restore")])


def _assignment(scene: Scene, held: Held, target: AppUser) -> HistoryEvent:
    present = held.owner
    if held.reminder.assign_to is not None:
        present = people.by_id(scene.connection, held.reminder.assign_to)
    return _event(scene, held.reminder, "assignee", present.email, target.email, "assign")


def _assigned(scene: Scene, held: Held, after: Reminder, target: AppUser, events: list[HistoryEvent]) -> Changed:
    """Give a reminder away: at once, or by its owner's run where that has a Task to hand over (SYNC-7)."""
    if target.id == held.owner.id:
        return _saved(scene, held, replace(after, assign_to=None), events)
    if reach.in_salesforce(scene.connection, after):
        if target.salesforce_id is None:
            raise UserMistake(
                f"assignee: {target.email} has not connected to Salesforce, so the Task cannot be theirs yet."
            )
        return _saved(scene, held, replace(after, assign_to=target.id), events)
    target = people.by_id(scene.connection, target.id)
    shared = after.shared
    if not reach.ever_in_salesforce(scene.connection, after):
        shared = target.sync_on and (after.shared or _counts_as_new(target, after.created_at))
    moved = replace(after, owner_id=target.id, assign_to=None, shared=shared)
    return _saved(scene, replace(held, owner=target), moved, events)


def _counts_as_new(owner: AppUser, created_at: datetime) -> bool:
    """Whether a reminder made then came after its owner's switch, so that it goes out by itself."""
    return owner.sync_on and owner.turned_on_at is not None and owner.turned_on_at <= created_at


def _refuse_stale(reminder: Reminder, expected_version: int | None) -> None:
    if expected_version is not None and expected_version != reminder.version:
        raise Conflict(reminder)


def _saved(scene: Scene, held: Held, after: Reminder, events: Iterable[HistoryEvent]) -> Changed:
    """Write a locked reminder, its history and its owner's due mark."""
    # Salesforce refused another version for now: this one is tried at once. What kept a deletion back is over too.
    restored = held.reminder.deleted_at is not None and after.deleted_at is None
    until = None if held.reminder.refusals or restored else held.hold_until
    if scene.hold_seconds > 0:
        until = max(filter(None, [until, scene.now + timedelta(seconds=scene.hold_seconds)]))
    columns = rows.reminder_row(after) | {"hold_until": until, "refusals": 0}
    if after.owner_id != held.reminder.owner_id:
        columns["external_key"] = _free_key(after.owner_id)
    scene.connection.execute(update(reminders).where(reminders.c.id == after.id).values(columns))
    _record(scene, events)
    return _made_due(scene, after, held.owner, until)


def _free_key(owner_id: str) -> Any:
    """Return the caller's own key, or null where the new owner uses it already."""
    other = reminders.alias()
    taken = exists().where(other.c.owner_id == owner_id, other.c.external_key == reminders.c.external_key)
    return case((taken, null()), else_=reminders.c.external_key)


def _made_due(scene: Scene, after: Reminder, owner: AppUser, until: datetime | None) -> Changed:
    if not (after.shared and owner.sync_on and owner.active):
        return Changed(after)
    waits = until is not None and until > scene.now
    mark_due(scene.connection, [owner.id], Lane.INTERACTIVE, until if waits else None)
    return Changed(after, None if waits else owner.id)


def _event(scene: Scene, reminder: Reminder, field: str, old: str | None, new: str | None, rule: str) -> HistoryEvent:
    return HistoryEvent(reminder.id, Side.APP, scene.actor.email, field, old, new, scene.rule or rule)


def _record(scene: Scene, events: Iterable[HistoryEvent]) -> None:
    where = {"at": scene.now, "team_id": scene.actor.team_id}
    found = [asdict(event) | where for event in events]
    if found:
        scene.connection.execute(insert(history), found)
