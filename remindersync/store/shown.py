"""How a reminder stands in Salesforce, in the words and the detail in which people see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, literal_column, select

from remindersync.model import LinkState, Reminder, Value
from remindersync.store import rows
from remindersync.store.logins import ACTIVE
from remindersync.store.tables import diagnostics

# Written out, for only then does the planner know a partial index by its condition.
_OPEN: ColumnElement[str] = literal_column("'open'")


class ReminderState(StrEnum):
    """One word for how a reminder stands in Salesforce."""

    LOCAL = "local"
    PENDING = "pending"
    HELD = "held"
    SYNCED = "synced"
    PARKED = "parked"
    ASLEEP = "asleep"
    UNREACHABLE = "unreachable"
    RECONNECT = "reconnect"


@dataclass(frozen=True, slots=True)
class OpenError:
    """What keeps a reminder from syncing, explained (DIAG-1)."""

    id: int
    code: str
    category: str
    message: str
    meaning: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SyncView:
    """How a reminder stands in Salesforce; `salesforce` holds the Task's raw status, priority and owner."""

    state: ReminderState
    salesforce_id: str | None = None
    url: str | None = None
    salesforce: Mapping[str, Value] | None = None
    hold_until: datetime | None = None
    error: OpenError | None = None


@dataclass(frozen=True, slots=True)
class ListedReminder:
    """A reminder as a page shows it; the assignee is whose it is or is about to be."""

    reminder: Reminder
    assignee_email: str
    sync: SyncView
    external_key: str | None = None


def listed(connection: Connection, found: Iterable[Row[Any]], now: datetime) -> Iterable[ListedReminder]:
    """Yield the rows of `listing`'s query as people see them; `now` tells which are still held back."""
    shown = list(found)
    errors = _errors(connection, shown)
    for row in shown:
        view = _view(row, errors.get(row.id), now)
        yield ListedReminder(rows.reminder(row), row.next_email or row.email, view, row.external_key)


def _errors(connection: Connection, shown: list[Row[Any]]) -> dict[str, OpenError]:
    """Return the latest open diagnostic of each reminder that has one."""
    of_them = diagnostics.c.reminder_id.in_([row.id for row in shown])
    # Their owners' first: by user is how the index of open ones begins.
    of_owners = diagnostics.c.user_id.in_({row.owner_id for row in shown})
    found = select(diagnostics).where(diagnostics.c.state == _OPEN, of_owners, of_them)
    latest = found.order_by(diagnostics.c.last_seen, diagnostics.c.id)
    return {row.reminder_id: _error(row) for row in connection.execute(latest)} if shown else {}


def _error(row: Row[Any]) -> OpenError:
    return OpenError(row.id, row.code, row.category, row.message, row.meaning, row.remedy)


def _view(row: Row[Any], error: OpenError | None, now: datetime) -> SyncView:
    waiting = row.hold_until is not None and row.hold_until > now
    return SyncView(
        state=_state(row, waiting=waiting),
        salesforce_id=row.task_id,
        url=_address(row),
        salesforce=_raw(row),
        hold_until=row.hold_until if waiting else None,
        error=error,
    )


def _state(row: Row[Any], *, waiting: bool) -> ReminderState:
    # In the order of what a person has to know first.
    answers = (
        (not row.shared, ReminderState.LOCAL),
        (row.link_state == LinkState.ASLEEP, ReminderState.ASLEEP),
        (row.link_state == LinkState.UNREACHABLE, ReminderState.UNREACHABLE),
        (row.held_change is not None and row.approved_at is None, ReminderState.HELD),
        (row.parked_version == row.version, ReminderState.PARKED),
        (not row.unsynced, ReminderState.SYNCED),
        (row.login_state != ACTIVE, ReminderState.RECONNECT),
        (waiting, ReminderState.HELD),
    )
    return next((state for true_now, state in answers if true_now), ReminderState.PENDING)


def _address(row: Row[Any]) -> str | None:
    if row.task_id is None or row.instance_url is None or row.link_state == LinkState.DELETED:
        return None
    return f"{row.instance_url.rstrip('/')}/{row.task_id}"


def _raw(row: Row[Any]) -> Mapping[str, Value] | None:
    if row.task_id is None:
        return None
    raw = row.base.get("raw", {})
    owner = row.owner_salesforce_id if row.link_state == LinkState.ACTIVE else None
    return {"status": raw.get("Status"), "priority": raw.get("Priority"), "owner": owner}
