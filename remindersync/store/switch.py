"""A person's switch between *Sync* and *Do not sync to Salesforce tasks* (FIRST-1, FIRST-7)."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from remindersync.errors import UserMistake
from remindersync.model import FirstSync, Outcome, Place, RunKind
from remindersync.store import people, rows
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.logins import ACTIVE
from remindersync.store.people import AppUser
from remindersync.store.tables import run_state, runs, users
from remindersync.store.tables import salesforce_logins as logins
from remindersync.store.texts import known_id

# FIRST-2 (seed): Tasks created or updated in the 24 hours before the switch are imported.
FIRST_SYNC_SPAN = timedelta(hours=24)
_TURNED_OFF = "Sync was turned off."


def turn_on(connection: Connection, user_id: str, now: datetime | None) -> AppUser:
    """Switch a user's sync on and make them due; one who is on already is left alone.

    Raises `UserMistake` for a user who is deactivated or not connected, `NotFound` for one who is not there.
    """
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    if user.sync_on:
        return user
    _refuse_unfit(connection, user)
    moment = now or connection.execute(select(func.clock_timestamp())).scalar_one()
    switched = update(users).where(users.c.id == user_id).values(sync_on=True, turned_on_at=moment, turned_off_at=None)
    connection.execute(switched)
    connection.execute(insert(runs).values(user_id=user_id, kind=_begin(connection, user_id, moment), state="queued"))
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


def _go_on(connection: Connection, user_id: str, place: Place, moment: datetime) -> None:
    """Let what changed while sync was off come in, or in the last 24 hours if that is more (FIRST-4)."""
    begun = place.first.since if place.first else moment
    since = min(place.front or moment, begun, moment - FIRST_SYNC_SPAN)
    again = rows.place_json(replace(place, since=since))
    connection.execute(update(run_state).where(run_state.c.user_id == user_id).values(place=again))


def _refuse_unfit(connection: Connection, user: AppUser) -> None:
    if not user.active:
        raise UserMistake(f"{user.email} is deactivated: activate them first.")
    state = connection.scalar(select(logins.c.state).where(logins.c.user_id == user.id))
    if state is None:
        raise UserMistake(f"{user.email} is not connected to Salesforce: connect first, then turn sync on.")
    if state != ACTIVE:
        raise UserMistake(f"The Salesforce login of {user.email} has expired: connect again, then turn sync on.")


def _begin(connection: Connection, user_id: str, moment: datetime) -> RunKind:
    """Return what kind of run the switch asks for; who never synced begins a first one.

    Who was on before goes on where their reading stood, and every linked Task is read again.
    """
    stored = connection.execute(select(run_state.c.place).where(run_state.c.user_id == user_id)).scalar_one()
    place = rows.place(stored)
    if place != Place():
        _go_on(connection, user_id, place, moment)
        return RunKind.FULL if place.first is None else RunKind.FIRST
    first = rows.place_json(Place(first=FirstSync(since=moment - FIRST_SYNC_SPAN)))
    connection.execute(update(run_state).where(run_state.c.user_id == user_id).values(place=first))
    return RunKind.FIRST


def _stop(connection: Connection, user_id: str) -> None:
    idle = dict.fromkeys(("next_due_at", "again_at", "claim", "claim_until", "claimed_at", "running_since"))
    # The fence is what a run under way checks before each step: raised, it may write nothing more (law 4).
    stopped = update(run_state).where(run_state.c.user_id == user_id).values(**idle, fence=run_state.c.fence + 1)
    connection.execute(stopped)
    waiting = (runs.c.user_id == user_id) & runs.c.state.in_(["queued", "running"])
    ended = {"state": "failed", "outcome": Outcome.OFF.value, "error": _TURNED_OFF, "ended_at": func.clock_timestamp()}
    connection.execute(update(runs).where(waiting).values(ended))
