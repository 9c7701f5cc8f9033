"""Pauses who is not active in Salesforce any more though the team's integration login acts for them (SYNC-10)."""

from collections.abc import Collection

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from remindersync.model import Outcome
from remindersync.ports import NOT_ACTIVE_THERE
from remindersync.store import rows, switch
from remindersync.store.duty import lock
from remindersync.store.tables import diagnostics, run_state, runs, users


def acted_for(connection: Connection, team_id: str) -> frozenset[str]:
    """Return the Salesforce ids of whom to ask about: who syncs through the team's login, and who is paused."""
    mine = (users.c.team_id == team_id) & users.c.on_integration_login & users.c.salesforce_id.is_not(None)
    found = select(users.c.salesforce_id).where(mine, or_(users.c.sync_on, users.c.inactive_there))
    return frozenset(connection.scalars(found))


def note(connection: Connection, team_id: str, asked: Collection[str], inactive: Collection[str]) -> None:
    """Pause who of those asked about is found inactive, and let go on who is active again; tell each change once."""
    mine = (users.c.team_id == team_id) & users.c.on_integration_login & users.c.salesforce_id.in_(asked)
    gone = users.c.salesforce_id.in_(inactive)
    changed = select(users.c.id).where(mine, users.c.inactive_there != gone)
    user_ids = list(connection.scalars(changed))
    lock(connection, user_ids)
    # Somebody may have been put on another login before the lock.
    for row in connection.execute(select(users).where(users.c.id.in_(user_ids), mine).order_by(users.c.id)).all():
        if row.salesforce_id in inactive:
            _pause(connection, row.id, team_id)
        else:
            _let_go_on(connection, row.id, syncs=row.sync_on and row.active)


def forget(connection: Connection, user_id: str) -> None:
    """Forget that a user was found inactive, and close what told of it."""
    connection.execute(update(users).where(users.c.id == user_id).values(inactive_there=False))
    told = (diagnostics.c.user_id == user_id) & (diagnostics.c.code == NOT_ACTIVE_THERE.code)
    connection.execute(update(diagnostics).where(told, diagnostics.c.state == "open").values(state="resolved"))
    connection.execute(update(run_state).where(run_state.c.user_id == user_id).values(last_error=None))


def end(connection: Connection, run_id: str) -> None:
    """End a run that was asked for of somebody who is paused, as failed and with the reason: it would never begin."""
    why = {"state": "failed", "outcome": Outcome.OFF.value, "error": NOT_ACTIVE_THERE.meaning}
    connection.execute(update(runs).where(runs.c.id == run_id).values(**why, ended_at=func.clock_timestamp()))


def _pause(connection: Connection, user_id: str, team_id: str) -> None:
    switch.halt(connection, user_id)
    connection.execute(update(users).where(users.c.id == user_id).values(inactive_there=True))
    fault = NOT_ACTIVE_THERE
    whose = {"team_id": team_id, "user_id": user_id, "first_seen": func.now(), "last_seen": func.now()}
    connection.execute(upsert(diagnostics).values(rows.fault_row(fault) | whose).on_conflict_do_nothing())
    why = f"{fault.meaning} {fault.remedy}"
    connection.execute(update(run_state).where(run_state.c.user_id == user_id).values(last_error=why))


def _let_go_on(connection: Connection, user_id: str, *, syncs: bool) -> None:
    """Let runs come again; all that was done meanwhile is looked at (FIRST-4)."""
    forget(connection, user_id)
    if syncs:
        switch.turn_off(connection, user_id)
        switch.turn_on(connection, user_id, None)
