"""A person's switch between *Sync* and *Do not sync to Salesforce tasks* (FIRST-1, FIRST-7)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from remindersync import newcomers
from remindersync.errors import UserMistake
from remindersync.model import Choice, Outcome, Place, RunKind
from remindersync.store import people, rows
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.logins import ACTIVE, acting
from remindersync.store.people import AppUser
from remindersync.store.tables import listed_tasks, run_state, runs, users
from remindersync.store.tables import salesforce_logins as logins
from remindersync.store.texts import known_id

PLAIN = Choice()
# A Task, and the local reminder it is matched with; None to import it.
Listing = tuple[str, str | None]
_TURNED_OFF = "Sync was turned off."
_TURNED_ON = "Sync was turned on."


def turn_on(
    connection: Connection, user_id: str, now: datetime | None, choice: Choice = PLAIN, listed: Sequence[Listing] = ()
) -> AppUser:
    """Switch a user's sync on and make them due; one who is on already is left alone.

    `listed` are the Tasks that a choice is about, each with the reminder to match or None to import it (FIRST-6).
    Raises `UserMistake` for a user who is deactivated or not connected, `NotFound` for one who is not there.
    """
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    if user.sync_on:
        return user
    refuse_unfit(connection, user)
    moment = now or connection.execute(select(func.clock_timestamp())).scalar_one()
    switched = update(users).where(users.c.id == user_id).values(sync_on=True, turned_on_at=moment, turned_off_at=None)
    connection.execute(switched)
    end_waiting(connection, user_id, _TURNED_ON)
    _list(connection, user_id, listed)
    for kind in _begin(connection, user_id, moment, choice, len(listed)):
        # They are taken up in this order, and two may fall into one tick of now().
        queued = {"user_id": user_id, "kind": kind, "state": "queued", "queued_at": func.clock_timestamp()}
        connection.execute(insert(runs).values(queued))
    mark_due(connection, [user_id], Lane.BULK)
    return people.by_id(connection, user_id)


def turn_off(connection: Connection, user_id: str) -> AppUser:
    """Switch a user's sync off: a run under way can write no more, records and links stay (FIRST-7).

    Raises `NotFound` for a user who is not there.
    """
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    if not user.sync_on:
        return user
    _stop(connection, user_id)
    switched = update(users).where(users.c.id == user_id).values(sync_on=False, turned_off_at=func.clock_timestamp())
    connection.execute(switched)
    return people.by_id(connection, user_id)


def refuse_unfit(connection: Connection, user: AppUser) -> None:
    """Raise `UserMistake` for somebody whose sync cannot be turned on now, saying what to do."""
    if not user.active:
        raise UserMistake(f"{user.email} is deactivated: activate them first.")
    state = connection.scalar(select(logins.c.state).join(users, acting(users)).where(users.c.id == user.id))
    if user.on_integration_login and state != ACTIVE:
        raise UserMistake(
            f"The team's integration login, which acts for {user.email}, does not work: connect it first."
        )
    if state is None:
        raise UserMistake(f"{user.email} is not connected to Salesforce: connect first, then turn sync on.")
    if state != ACTIVE:
        raise UserMistake(f"The Salesforce login of {user.email} has expired: connect again, then turn sync on.")


def end_waiting(connection: Connection, user_id: str, why: str) -> None:
    """End a user's runs that wait or go on, as failed for a reason."""
    waiting = (runs.c.user_id == user_id) & runs.c.state.in_(["queued", "running"])
    ended = {"state": "failed", "outcome": Outcome.OFF.value, "error": why, "ended_at": func.clock_timestamp()}
    connection.execute(update(runs).where(waiting).values(ended))


def _begin(connection: Connection, user_id: str, moment: datetime, choice: Choice, listed: int) -> tuple[RunKind, ...]:
    """Move the user's place to where reading begins; return what runs the switch asks for.

    Who never synced begins a first one. Who was on before goes on where their reading stood, and every linked Task is
    read again (FIRST-4).
    """
    stored = connection.execute(select(run_state.c.place).where(run_state.c.user_id == user_id)).scalar_one()
    before = rows.place(stored)
    place = newcomers.begun(before, moment, choice, listed)
    mine = update(run_state).where(run_state.c.user_id == user_id)
    connection.execute(mine.values(place=rows.place_json(place)))
    first = () if place.first is None else (RunKind.FIRST,)
    return first if before == Place() else (*first, RunKind.FULL)


def _list(connection: Connection, user_id: str, listed: Sequence[Listing]) -> None:
    connection.execute(delete(listed_tasks).where(listed_tasks.c.user_id == user_id))
    if listed:
        chosen = [
            {"user_id": user_id, "task_id": task_id, "place": place, "reminder_id": reminder_id}
            for place, (task_id, reminder_id) in enumerate(listed)
        ]
        connection.execute(insert(listed_tasks), chosen)


def halt(connection: Connection, user_id: str) -> None:
    """Let a run under way write nothing more, and none be due."""
    idle = dict.fromkeys(("next_due_at", "again_at", "claim", "claim_until", "claimed_at", "running_since"))
    # The fence is what a run under way checks before each step: raised, it may write nothing more (law 4).
    stopped = update(run_state).where(run_state.c.user_id == user_id).values(**idle, fence=run_state.c.fence + 1)
    connection.execute(stopped)


def _stop(connection: Connection, user_id: str) -> None:
    halt(connection, user_id)
    end_waiting(connection, user_id, _TURNED_OFF)
    connection.execute(delete(listed_tasks).where(listed_tasks.c.user_id == user_id))
