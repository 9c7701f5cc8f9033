"""Open errors for the people who mend them: listed by kind or one by one, retried, ignored (DIAG-5)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, false, func, literal_column, select, update

from remindersync.errors import UserMistake
from remindersync.store.columns import one_of
from remindersync.store.cursors import of_number, read_number
from remindersync.store.database import Database
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.retrying import in_transaction
from remindersync.store.tables import diagnostics, reminders, users
from remindersync.store.texts import is_storable

Result = TypeVar("Result")

MOST = 200
STATES = ("open", "resolved", "ignored")
_LARGEST_ID = 2**63 - 1
# Python itself reads no number of more than 4,300 digits.
_MOST_DIGITS = len(str(_LARGEST_ID))
# Written out, for only then does the planner know a partial index by its condition.
_OPEN: ColumnElement[str] = literal_column("'open'")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error of one record, or of a whole run; `user` is an address, `message` Salesforce's own text.

    `retry` is what becomes of it by itself: backoff, allowance, reconnect, or parked until somebody acts.
    """

    id: int
    user_id: str
    user: str
    code: str
    category: str
    message: str
    meaning: str
    remedy: str
    retry: str
    state: str
    reminder_id: str | None
    task_id: str | None
    count: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """All open errors of one code: on how many records, of how many users, how often seen in all."""

    code: str
    category: str
    meaning: str
    remedy: str
    retry: str
    records: int
    users: int
    count: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which errors: those that fit everything given."""

    ids: Collection[int | str] | None = None
    code: str | None = None
    email: str | None = None
    team_id: str | None = None
    state: str = "open"


@dataclass(frozen=True, slots=True)
class DiagnosticPage:
    """Some errors, the oldest first; there are more where there is a cursor."""

    items: tuple[Diagnostic, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Handled:
    """What was done about: how many errors, and whose jobs are to be published now."""

    count: int
    due_user_ids: frozenset[str] = frozenset()


class Diagnostics:
    """What a person may see and do about errors, each method in a transaction of its own.

    A person reaches their own errors and an admin the team's; an operator (no actor) reaches all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def kinds(self, actor: AppUser | None, wanted: Wanted = Wanted()) -> list[Kind]:
        """Return errors by kind, those on the most records first."""
        return self._do(lambda connection: _kinds(connection, actor, wanted))

    def page(
        self,
        actor: AppUser | None,
        wanted: Wanted = Wanted(),
        *,
        cursor: str | None = None,
        limit: int = 50,
    ) -> DiagnosticPage:
        """Return one page of errors, 200 at most. Raises `UserMistake` for a state or a cursor that is none."""
        return self._do(lambda connection: _page(connection, actor, wanted, cursor, limit))

    def retry(self, actor: AppUser | None, wanted: Wanted) -> Handled:
        """Take the records of open errors up again: no longer parked or held, and their users due now.

        An error of a record stays open until its record goes through; one of a whole run is closed, for the next run
        tells whether it is so still. Publish the jobs of those due afterwards.
        """
        return self._do(lambda connection: _retry(connection, actor, wanted))

    def ignore(self, actor: AppUser | None, wanted: Wanted) -> Handled:
        """Take open errors off the list; their records stay as they are. The same error again is a new one."""
        return self._do(lambda connection: _ignore(connection, actor, wanted))

    def one(self, actor: AppUser | None, diagnostic_id: str) -> Diagnostic:
        """Return one error in whatever state. Raises `NotFound`."""
        return self._do(lambda connection: _one(connection, actor, diagnostic_id))

    def _do(self, work: Callable[[Connection], Result]) -> Result:
        return in_transaction(self._database, work)


def _kinds(connection: Connection, actor: AppUser | None, wanted: Wanted) -> list[Kind]:
    found = _found(actor, wanted).with_only_columns(
        diagnostics.c.code,
        # The table of faults may have been reworded between two of them: the latest words count.
        *(_latest(name) for name in ("category", "meaning", "remedy", "retry")),
        func.count().label("records"),
        func.count(diagnostics.c.user_id.distinct()).label("users"),
        func.sum(diagnostics.c.count).label("count"),
        func.min(diagnostics.c.first_seen).label("first_seen"),
        func.max(diagnostics.c.last_seen).label("last_seen"),
    )
    ordered = found.group_by(diagnostics.c.code).order_by(func.count().desc(), diagnostics.c.code)
    names = Kind.__dataclass_fields__
    return [Kind(**{name: row._mapping[name] for name in names}) for row in connection.execute(ordered)]  # noqa: SLF001 SQLAlchemy's public name for a row as a mapping


def _latest(name: str) -> ColumnElement[str]:
    ordered = f"array_agg(diagnostics.{name} ORDER BY diagnostics.last_seen DESC)"
    latest: ColumnElement[str] = literal_column(f"({ordered})[1]")
    return latest.label(name)


def _page(
    connection: Connection, actor: AppUser | None, wanted: Wanted, cursor: str | None, limit: int
) -> DiagnosticPage:
    limit = max(1, min(limit, MOST))
    found = _found(actor, wanted).order_by(diagnostics.c.id).limit(limit + 1)
    if cursor is not None:
        found = found.where(diagnostics.c.id > read_number(cursor))
    items = [_diagnostic(row) for row in connection.execute(found)]
    more = of_number(items[limit - 1].id) if len(items) > limit else None
    return DiagnosticPage(tuple(items[:limit]), more)


def _one(connection: Connection, actor: AppUser | None, diagnostic_id: str) -> Diagnostic:
    found = _all().where(*_reach(actor), diagnostics.c.id.in_(_ids([diagnostic_id])))
    row = connection.execute(found).one_or_none()
    if row is None:
        raise NotFound("There is no such error: it may have been cleared away.")
    return _diagnostic(row)


def _retry(connection: Connection, actor: AppUser | None, wanted: Wanted) -> Handled:
    found = connection.execute(_found(actor, wanted).order_by(diagnostics.c.id)).all()
    owners = {row.user_id for row in found}
    records = {row.reminder_id for row in found if row.reminder_id is not None}
    # The reminder may be somebody else's by now: it is their run that takes it up.
    owners |= set(connection.scalars(select(reminders.c.owner_id).where(one_of(reminders.c.id, records))))
    lock(connection, owners)
    connection.execute(update(reminders).where(one_of(reminders.c.id, records)).values(parked_version=None))
    _let_go(connection, {row.reminder_id for row in found if row.reminder_id is not None and row.retry == "backoff"})
    whole_runs = [row.id for row in found if row.reminder_id is None]
    connection.execute(update(diagnostics).where(one_of(diagnostics.c.id, whole_runs)).values(state="resolved"))
    syncing = select(users.c.id).where(one_of(users.c.id, owners), users.c.sync_on, users.c.active)
    due = frozenset(connection.scalars(syncing))
    # Nobody waits for what many are to try again before an edit.
    mark_due(connection, due, Lane.SYNC if len(due) > 1 else Lane.INTERACTIVE)
    return Handled(len(found), due)


def _let_go(connection: Connection, records: Collection[str]) -> None:
    """End the rest before another try. What is held for another reason has no error to be retried by."""
    connection.execute(update(reminders).where(one_of(reminders.c.id, records)).values(hold_until=None, refusals=0))


def _ignore(connection: Connection, actor: AppUser | None, wanted: Wanted) -> Handled:
    ids = _found(actor, wanted).with_only_columns(diagnostics.c.id)
    ignored = update(diagnostics).where(diagnostics.c.id.in_(ids), diagnostics.c.state == _OPEN)
    return Handled(connection.execute(ignored.values(state="ignored")).rowcount)


def _found(actor: AppUser | None, wanted: Wanted) -> Select[Any]:
    if wanted.state not in STATES:
        raise UserMistake(f"state is not one of {', '.join(STATES)}: choose one of these.")
    found = _all().where(*_reach(actor))
    found = found.where(diagnostics.c.state == (_OPEN if wanted.state == "open" else wanted.state))
    if wanted.ids is not None:
        found = found.where(one_of(diagnostics.c.id, _ids(wanted.ids)))
    for column, value in (
        (diagnostics.c.code, wanted.code),
        (users.c.email, wanted.email),
        (diagnostics.c.team_id, wanted.team_id),
    ):
        if value is not None:
            found = found.where(column == value if is_storable(value) else false())
    return found


def _reach(actor: AppUser | None) -> list[ColumnElement[bool]]:
    if actor is None:
        return []
    if actor.is_admin:
        return [diagnostics.c.team_id == actor.team_id]
    return [diagnostics.c.user_id == actor.id]


def _ids(texts: Collection[int | str]) -> list[int]:
    """Return the numbers among what is given; what is none names nothing."""
    digits = [one for one in map(str, texts) if one.isascii() and one.isdigit() and len(one) <= _MOST_DIGITS]
    return [int(one) for one in digits if int(one) <= _LARGEST_ID]


def _all() -> Select[Any]:
    return select(diagnostics, users.c.email).join(users, users.c.id == diagnostics.c.user_id)


def _diagnostic(row: Row[Any]) -> Diagnostic:
    stored = row._mapping  # noqa: SLF001 SQLAlchemy's public name for a row as a mapping
    values = {name: stored[name] for name in Diagnostic.__dataclass_fields__ if name != "user"}
    return Diagnostic(**values, user=row.email)
