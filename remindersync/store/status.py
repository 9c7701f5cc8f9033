"""How each user's sync stands, for the settings page, the fleet view and the command line."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from remindersync.model import Outcome
from remindersync.store import rows
from remindersync.store.logins import ACTIVE, INACTIVE, acting
from remindersync.store.tables import diagnostics, reminders, run_state, teams, users
from remindersync.store.tables import salesforce_logins as logins

_RUN_COLUMNS = (
    run_state.c.place,
    run_state.c.running_since,
    run_state.c.last_run_at,
    run_state.c.last_outcome,
    run_state.c.last_error,
    run_state.c.next_due_at,
)


class SyncState(StrEnum):
    """One word for how a user's sync stands."""

    OFF = "off"
    FIRST_SYNC = "first_sync"
    IDLE = "idle"
    RUNNING = "running"
    WAITING_ALLOWANCE = "waiting_allowance"
    RECONNECT = "reconnect"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a first sync is; the total is unknown until Salesforce was asked."""

    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class UserStatus:
    """One user's sync. `backlog` counts reminders Salesforce has yet to learn of, `errors` open diagnostics.

    `lag_seconds` is the age of the oldest change in the backlog, 0 without one; `held` counts changes from Salesforce
    that wait for approval (DIAG-6), `left_out` the open Tasks that stayed out when the first sync ended (FIRST-2).
    """

    user_id: str
    team_id: str
    email: str
    mode: str
    state: SyncState
    progress: Progress | None
    last_run_at: datetime | None
    last_outcome: str | None
    last_error: str | None
    next_due_at: datetime | None
    turned_on_at: datetime | None
    backlog: int
    errors: int
    lag_seconds: float
    held: int
    left_out: int | None
    org_id: str | None


def statuses(connection: Connection, user_id: str | None, team_id: str | None) -> list[UserStatus]:
    """Return how sync stands for one user, a team's users or all, by address."""
    found = _statement()
    if user_id is not None:
        found = found.where(users.c.id == user_id)
    if team_id is not None:
        found = found.where(users.c.team_id == team_id)
    return [_status(row) for row in connection.execute(found)]


def _statement() -> Select[Any]:
    waiting, held, wrong = _waiting(), _held(), _wrong()
    lag = func.extract("epoch", func.clock_timestamp() - waiting.c.oldest).label("lag")
    states = users.outerjoin(run_state, run_state.c.user_id == users.c.id)
    joined = (
        states.join(teams, teams.c.id == users.c.team_id)
        .outerjoin(logins, acting(users))
        .join(waiting, true())
        .join(wrong, true())
        .join(held, true())
    )
    return (
        select(
            users,
            *_RUN_COLUMNS,
            teams.c.org_id,
            logins.c.state.label("login"),
            waiting.c.backlog,
            wrong.c.errors,
            held.c.held,
            lag,
        )
        .select_from(joined)
        .order_by(users.c.email)
    )


# Each per user, by the partial indexes: counting everybody's at once would read every reminder there is.


def _waiting() -> LateralFromClause:
    counted = select(func.count().label("backlog"), func.min(reminders.c.updated_at).label("oldest"))
    return counted.where(reminders.c.owner_id == users.c.id, reminders.c.unsynced).lateral()


def _held() -> LateralFromClause:
    asked = reminders.c.held_change.is_not(None), reminders.c.approved_at.is_(None)
    return select(func.count().label("held")).where(reminders.c.owner_id == users.c.id, *asked).lateral()


def _wrong() -> LateralFromClause:
    theirs = diagnostics.c.user_id == users.c.id, diagnostics.c.state == "open"
    return select(func.count().label("errors")).where(*theirs).lateral()


def _status(row: Row[Any]) -> UserStatus:
    place = rows.place(row.place or {})
    first = place.first
    return UserStatus(
        user_id=row.id,
        team_id=row.team_id,
        email=row.email,
        mode="on" if row.sync_on else "off",
        state=state_of(row, running=row.running_since is not None, in_first_sync=first is not None),
        progress=Progress(first.done, first.total) if first and row.sync_on else None,
        last_run_at=row.last_run_at,
        last_outcome=row.last_outcome,
        last_error=row.last_error,
        next_due_at=row.next_due_at,
        turned_on_at=row.turned_on_at,
        backlog=row.backlog,
        errors=row.errors,
        lag_seconds=float(row.lag or 0),
        held=row.held,
        left_out=place.left_out,
        org_id=row.org_id,
    )


def state_of(row: Row[Any], *, running: bool, in_first_sync: bool) -> SyncState:
    """Return the state told by a row's `active`, `sync_on`, `inactive_there`, `login` and `last_outcome`."""
    # In the order of what a person has to know first.
    answers = (
        (not row.active, SyncState.DEACTIVATED),
        (not row.sync_on, SyncState.OFF),
        (row.inactive_there or row.login == INACTIVE, SyncState.DEACTIVATED),
        (row.login != ACTIVE, SyncState.RECONNECT),
        (row.last_outcome == Outcome.WAITING and not running, SyncState.WAITING_ALLOWANCE),
        (in_first_sync, SyncState.FIRST_SYNC),
        (running, SyncState.RUNNING),
    )
    return next((state for true_now, state in answers if true_now), SyncState.IDLE)
