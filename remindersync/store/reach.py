"""Which reminders a person may see and change (SAFE-1), and the locks under which they change one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select

from remindersync.errors import SyncError, UserMistake
from remindersync.model import LinkState, Reminder
from remindersync.store import people, rows
from remindersync.store.duty import lock
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.tables import intents, links, reminders, users
from remindersync.store.texts import clean_email, known_id

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Held:
    """A reminder locked for a change, with its owner as they are now."""

    reminder: Reminder
    owner: AppUser
    hold_until: datetime | None


def reachable(actor: AppUser) -> ColumnElement[bool]:
    """Return the condition on `reminders` that is true of what a person may see: their own, or their whole team's."""
    if actor.is_admin:
        return reminders.c.team_id == actor.team_id
    return and_(reminders.c.team_id == actor.team_id, own(actor))


def own(actor: AppUser) -> ColumnElement[bool]:
    """Return the condition that is true of a person's own reminders, also of those about to become theirs."""
    return or_(reminders.c.owner_id == actor.id, reminders.c.assign_to == actor.id)


def own_parts(actor: AppUser) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return `own` in two parts, of which one at most is true: what is theirs, and what is about to become so."""
    arriving = and_(reminders.c.assign_to == actor.id, reminders.c.owner_id != actor.id)
    return reminders.c.owner_id == actor.id, arriving


def held(connection: Connection, actor: AppUser, reminder_id: str, *also: str) -> Held:
    """Lock a reminder behind its owner's row of `run_state`, and those of the users in `also`. Raises `NotFound`."""
    reminder_id = known_id(reminder_id, "reminder")
    for _ in range(_ATTEMPTS):
        owner_id = require(connection, actor, reminder_id)
        lock(connection, {owner_id, *also})
        row = _locked(connection, actor, reminder_id, owner_id)
        # A run may have given it to somebody else between the two statements.
        if row is not None:
            return Held(rows.reminder(row), people.by_id(connection, owner_id), row.hold_until)
    raise SyncError("This reminder keeps changing hands: try again in a moment.")


def require(connection: Connection, actor: AppUser, reminder_id: str) -> str:
    """Return the id of the owner of a reminder the actor may see. Raises `NotFound`."""
    found = select(reminders.c.owner_id).where(reminders.c.id == reminder_id, reachable(actor))
    owner_id: str | None = connection.scalar(found)
    if owner_id is None:
        raise NotFound("There is no such reminder.")
    return owner_id


def known(connection: Connection, actor: AppUser, reminder_id: str) -> bool:
    """Whether there is a reminder of this id in the actor's team."""
    of_team = exists().where(reminders.c.id == reminder_id, reminders.c.team_id == actor.team_id)
    return bool(connection.scalar(select(of_team)))


def colleague(connection: Connection, actor: AppUser, email: object) -> AppUser:
    """Return the active user of the actor's team with an address. Raises `UserMistake`."""
    address = clean_email("assignee", email)
    found = select(users).where(users.c.team_id == actor.team_id, users.c.email == address, users.c.active)
    row = connection.execute(found).one_or_none()
    if row is None:
        raise UserMistake(f"assignee: nobody active in your team has the address {address}: choose a colleague.")
    return people.app_user(row)


def email_of(connection: Connection, user_id: str) -> str | None:
    """Return a user's address."""
    email: str | None = connection.scalar(select(users.c.email).where(users.c.id == user_id))
    return email


def in_salesforce(connection: Connection, reminder: Reminder) -> bool:
    """Whether a Task of the reminder is there, or may yet come of a write whose answer is unknown."""
    linked = exists().where(links.c.reminder_id == reminder.id, links.c.state == LinkState.ACTIVE.value)
    sending = exists().where(intents.c.reminder_id == reminder.id, intents.c.closed_at.is_(None))
    return bool(connection.scalar(select(or_(linked, sending))))


def ever_in_salesforce(connection: Connection, reminder: Reminder) -> bool:
    """Whether the reminder has a present link, in whatever state."""
    linked = exists().where(links.c.reminder_id == reminder.id, links.c.state != LinkState.SUPERSEDED.value)
    return bool(connection.scalar(select(linked)))


def _locked(connection: Connection, actor: AppUser, reminder_id: str, owner_id: str) -> Row[Any] | None:
    still = and_(reminders.c.id == reminder_id, reminders.c.owner_id == owner_id, reachable(actor))
    return connection.execute(select(reminders).where(still).with_for_update(key_share=True)).one_or_none()
