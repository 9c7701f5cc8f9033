"""Deactivates users and activates them again, and hands over what somebody leaves (SYNC-10)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Update, func, select, update

from remindersync.errors import UserMistake
from remindersync.model import RunKind, Status
from remindersync.store import changing, people, requests, switch
from remindersync.store.changing import Scene
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.logins import ACTIVE, acting
from remindersync.store.people import AppUser
from remindersync.store.tables import reminders, users
from remindersync.store.tables import salesforce_logins as logins
from remindersync.store.texts import known_id

_ERASED = "@erased.invalid"


@dataclass(frozen=True, slots=True)
class Left:
    """An open reminder of somebody who leaves."""

    reminder_id: str
    name: str
    due_date: date | None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was handed over: how many reminders, and the run that gives their Tasks away, None where there is none."""

    count: int
    run_id: str | None


class Recounted(UserMistake):
    """There are more or fewer reminders than were shown."""


def deactivate(connection: Connection, user_id: str) -> AppUser:
    """Deactivate a user: a run under way may write nothing more, and no other comes. Nothing is deleted or moved.

    The database ends their sessions with it.
    """
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    if user.active:
        switch.turn_off(connection, user_id)
        connection.execute(_row(user_id).values(active=False, sync_when_active=user.sync_on))
    return people.by_id(connection, user_id)


def activate(connection: Connection, user_id: str, now: datetime | None) -> AppUser:
    """Activate a user. Sync that was on goes on as after the switch (FIRST-4), or stays off where their login is lost.

    Raises `UserMistake` for somebody who was erased.
    """
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    if user.email.endswith(_ERASED):
        raise UserMistake(f"{user.email} was erased: add them anew.")
    if user.active:
        return user
    connection.execute(_row(user_id).values(active=True, sync_when_active=False))
    if user.sync_when_active and _acts(connection, user):
        return switch.turn_on(connection, user_id, now)
    return people.by_id(connection, user_id)


def left_by(connection: Connection, user_id: str) -> list[Left]:
    """Return the open reminders of a user, by due date and name."""
    columns = (reminders.c.id, reminders.c.name, reminders.c.due_date)
    found = select(*columns).where(*_open(known_id(user_id, "user")))
    ordered = found.order_by(reminders.c.due_date.nulls_last(), reminders.c.name, reminders.c.id)
    return [Left(row.id, row.name, row.due_date) for row in connection.execute(ordered)]


def refuse_same(user: AppUser, to: AppUser) -> None:
    """Raise `UserMistake` where a user is to get what they have."""
    if to.id == user.id:
        raise UserMistake(f"{user.email} has these reminders already: name somebody else.")


def hand_over(scene: Scene, from_id: str, to_email: str, count: int | None = None) -> HandedOver:
    """Assign every open reminder of a user to a colleague, and ask for the run that gives their Tasks away.

    The run acts with the login of who leaves while that works, else with the team's. Raises `Recounted` where they are
    not the `count` that was shown, `UserMistake` where no login works and there are Tasks to give away.
    """
    from_id = known_id(from_id, "user")
    user = people.by_id(scene.connection, from_id)
    to = people.by_email(scene.connection, to_email)
    refuse_same(user, to)
    lock(scene.connection, {user.id, to.id})
    given = left_by(scene.connection, from_id)
    if count not in {None, len(given)}:
        raise Recounted(f"{user.email} has {len(given)} open reminders now: look again, and hand over what you see.")
    for one in given:
        changing.edit(scene, one.reminder_id, {"assignee": to.email}, None)
    if not _pending(scene.connection, from_id):
        return HandedOver(len(given), None)
    if not (_acts(scene.connection, user) or _has_integration_login(scene.connection, user)):
        raise UserMistake(
            f"The Salesforce login of {user.email} works no more, and the team has no integration login: "
            "connect one, then hand over."
        )
    asked = {"user_id": from_id, "kind": RunKind.HAND_OVER.value, "full_read": False, "reminder_id": None}
    run_id = requests.put(scene.connection, asked)
    mark_due(scene.connection, [from_id], Lane.INTERACTIVE)
    return HandedOver(len(given), run_id)


def _row(user_id: str) -> Update:
    return update(users).where(users.c.id == user_id)


def _open(user_id: str) -> tuple[ColumnElement[bool], ...]:
    wanted = reminders.c.status == Status.OPEN.value
    return reminders.c.owner_id == user_id, reminders.c.deleted_at.is_(None), wanted


def _pending(connection: Connection, user_id: str) -> bool:
    """Whether a Task has yet to be given away."""
    waiting = select(func.count()).where(reminders.c.owner_id == user_id, reminders.c.assign_to.is_not(None))
    return bool(connection.scalar(waiting))


def _acts(connection: Connection, user: AppUser) -> bool:
    """Whether the login that acts for a user works."""
    state = select(logins.c.state).join(users, acting(users)).where(users.c.id == user.id)
    return connection.scalar(state) == ACTIVE


def _has_integration_login(connection: Connection, user: AppUser) -> bool:
    team = select(logins.c.state).where(logins.c.team_id == user.team_id, logins.c.user_id.is_(None))
    return connection.scalar(team) == ACTIVE
