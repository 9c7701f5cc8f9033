"""Changes that wait for approval: counted, held and let go by runs, listed and approved by people (DIAG-6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, case, func, select, text, update

from remindersync.errors import UserMistake
from remindersync.guards import HELD, WHILE_OFF
from remindersync.model import GuardedChange, Ledger, RunKind
from remindersync.store import people, requests
from remindersync.store.columns import one_of
from remindersync.store.database import Database
from remindersync.store.duty import lock
from remindersync.store.retrying import in_transaction
from remindersync.store.scope import Scope
from remindersync.store.tables import diagnostics, reminders
from remindersync.store.texts import known_id

_LEDGER = text("""
SELECT count(*) FILTER (WHERE r.status = 'open' AND r.deleted_at IS NULL) AS open,
       count(*) FILTER (WHERE r.held_change IS NOT NULL AND r.approved_at IS NULL) AS waiting,
       count(*) FILTER (WHERE r.approved_at IS NULL AND r.updated_at > :since AND EXISTS (
           SELECT FROM history h
           WHERE h.reminder_id = r.id AND h.at > :since AND h.side = 'app' AND h.actor = 'Salesforce' AND h.kept
             AND h.rule <> :while_off
             AND (h.field = 'deleted' AND h.new = 'yes'
                  OR h.field = 'status' AND h.new = 'completed' AND h.old IS NOT NULL))) AS done
FROM reminders r
WHERE r.owner_id = :owner
""")
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One change that waits: what Salesforce did to a reminder, and since when it is known."""

    reminder_id: str
    name: str
    due_date: str | None
    change: GuardedChange

    @property
    def listed(self) -> str:
        """What `Approvals.approve` takes for exactly this change, of which another may take the place."""
        return f"{self.reminder_id}:{self.change}"


class SqlGuards:
    """`ports.Guards`, of the run's user."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def ledger(self) -> Ledger:
        """See `ports.Guards`."""
        since = self._scope.now - DAY
        asked = {"owner": self._scope.user_id, "since": since, "while_off": WHILE_OFF}
        row = self._scope.connection.execute(_LEDGER, asked).one()
        return Ledger(row.open, row.done, row.waiting)

    def hold(self, changes: Mapping[str, GuardedChange]) -> None:
        """See `ports.Guards`."""
        owned = reminders.c.owner_id == self._scope.user_id
        for change in GuardedChange:
            mine = [reminder_id for reminder_id, wanted in changes.items() if wanted is change]
            new = reminders.c.held_change.is_distinct_from(change.value)
            held = update(reminders).where(one_of(reminders.c.id, mine), owned, new)
            if mine:
                self._scope.connection.execute(held.values(held_change=change.value, approved_at=None))

    def release(self, reminder_ids: Collection[str]) -> None:
        """See `ports.Guards`. Once nothing waits, the notice of it is closed."""
        still = case((reminders.c.held_change.is_not(None), reminders.c.approved_at))
        let_go = update(reminders).where(one_of(reminders.c.id, reminder_ids))
        released = let_go.values(held_change=None, approved_at=still)
        self._scope.connection.execute(released)
        _close_notice(self._scope.connection, self._scope.user_id)


class Approvals:
    """What waits for approval, and approving exactly that."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, user_id: str) -> tuple[Waiting, ...]:
        """Return a user's changes that wait and that nobody has approved, by due date."""
        with self._database.begin() as connection:
            return _waiting(connection, known_id(user_id, "user"))

    def approve(self, user_id: str, listed: Collection[str]) -> int:
        """Approve these changes, each as `Waiting.listed`, and queue a full run that carries them out; return how many.

        What came to wait since the list was read is not approved. An id alone stands for whatever change of that
        reminder waits. Raises `UserMistake` where nothing waits, and where
        the user does not sync. Publish the user's job afterwards.
        """
        return in_transaction(self._database, lambda connection: _approve(connection, user_id, listed))


def _waiting(connection: Connection, user_id: str) -> tuple[Waiting, ...]:
    found = select(reminders).where(
        reminders.c.owner_id == user_id, reminders.c.held_change.is_not(None), reminders.c.approved_at.is_(None)
    )
    ordered = connection.execute(found.order_by(reminders.c.due_date, reminders.c.id))
    return tuple(
        Waiting(row.id, row.name, row.due_date and row.due_date.isoformat(), GuardedChange(row.held_change))
        for row in ordered
    )


def _approve(connection: Connection, user_id: str, listed: Collection[str]) -> int:
    user = people.by_id(connection, user_id)
    lock(connection, [user.id])
    wanted = set(listed)
    waiting = _waiting(connection, user.id)
    chosen = [one.reminder_id for one in waiting if wanted & {one.reminder_id, one.listed}]
    if not chosen:
        raise UserMistake(f"Nothing of {user.email} waits for approval: there is nothing to do.")
    approved = update(reminders).where(one_of(reminders.c.id, chosen)).values(approved_at=func.clock_timestamp())
    connection.execute(approved)
    _close_notice(connection, user.id)
    requests.queue(connection, user.id, RunKind.FULL)
    return len(chosen)


def _close_notice(connection: Connection, user_id: str) -> None:
    if not _waiting(connection, user_id):
        notice = (
            (diagnostics.c.user_id == user_id) & (diagnostics.c.code == HELD.code) & (diagnostics.c.state == "open")
        )
        connection.execute(update(diagnostics).where(notice).values(state="resolved"))
