"""Erases what is known of a person here; nothing is deleted in Salesforce (MERGE-4, SYNC-10)."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, case, delete, exists, func, select, union, update

from remindersync.store import people, switch
from remindersync.store.duty import lock
from remindersync.store.history import ERASED
from remindersync.store.tables import api_tokens, diagnostics, handovers, history, reminders, runs, task_changes, users
from remindersync.store.tables import salesforce_logins as logins
from remindersync.store.texts import known_id


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing a person did: the name that stands for them now, and how many rows of each kind it touched."""

    email: str
    reminders: int
    events: int


def erase(connection: Connection, user_id: str) -> Erased:
    """Erase a person. Their row stays, without a name, so that what history says of runs and rules stays true.

    Sync is turned off first, so that a run under way writes nothing more; then the reminders go, and with them their
    links. Values in history become empty, addresses become a name that says nothing. Raises `NotFound`.
    """
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    email = people.by_id(connection, user_id).email
    nobody = f"erased-{user_id}@erased.invalid"
    switch.turn_off(connection, user_id)
    logged_in = connection.scalar(select(logins.c.username).where(logins.c.user_id == user_id))
    mine = select(reminders.c.id).where(reminders.c.owner_id == user_id)
    about = history.c.reminder_id.in_(_once_theirs(connection, user_id, email, mine))
    events = connection.execute(update(history).where(about).values(_blank())).rowcount
    _rename(connection, email, logged_in, nobody)
    gone = connection.execute(delete(reminders).where(reminders.c.owner_id == user_id)).rowcount
    _forget(connection, user_id, nobody)
    return Erased(nobody, gone, events)


def _once_theirs(connection: Connection, user_id: str, email: str, mine: Select[tuple[str]]) -> Select[tuple[str]]:
    """Return the ids of a person's reminders, also of those that are gone and in which they acted."""
    team_id = connection.scalar(select(users.c.team_id).where(users.c.id == user_id))
    present = exists().where(reminders.c.id == history.c.reminder_id)
    gone = select(history.c.reminder_id).where(history.c.team_id == team_id, history.c.actor == email, ~present)
    return select(union(mine, gone).subquery().c[0])


def _blank() -> dict[str, ColumnElement[str | None]]:
    return {
        name: case((history.c[name].is_not(None), ERASED), else_=history.c[name])  # null says that there was none
        for name in ("old", "new", "meant")
    }


def _rename(connection: Connection, email: str, username: str | None, nobody: str) -> None:
    """Take a person's addresses out of other people's history."""
    for column, known in ((history.c.actor, email), (history.c.login, username)):
        connection.execute(update(history).where(column == known).values({column: nobody}))
    for column in (history.c.old, history.c.new):
        named = (history.c.field == "assignee") & (column == email)
        connection.execute(update(history).where(named).values({column: ERASED}))


def _forget(connection: Connection, user_id: str, nobody: str) -> None:
    """Remove what else is kept of a person: logins, tokens, errors, plans of runs."""
    for table in (api_tokens, logins, diagnostics):
        connection.execute(delete(table).where(table.c.user_id == user_id))
    connection.execute(delete(handovers).where(handovers.c.owner_id == user_id))
    connection.execute(delete(task_changes).where(task_changes.c.user_id == user_id))
    connection.execute(update(runs).where(runs.c.user_id == user_id).values(plan=None))
    connection.execute(update(reminders).where(reminders.c.assign_to == user_id).values(assign_to=None))
    blank = {"email": nobody, "name": "", "time_zone": "UTC", "salesforce_id": None, "salesforce_username": None}
    gone = {"active": False, "is_admin": False, "turned_off_at": func.clock_timestamp()}
    connection.execute(update(users).where(users.c.id == user_id).values(**blank, **gone))
