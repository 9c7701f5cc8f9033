"""What a run tells people: history of values (MERGE-4) and diagnostics (DIAG-5)."""

from collections.abc import Collection, Iterable
from dataclasses import asdict

from sqlalchemy import exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from remindersync.errors import Destiny, Fault
from remindersync.model import HistoryEvent
from remindersync.store import rows
from remindersync.store.run_statements import INTEGRATION_LOGIN_LOST
from remindersync.store.scope import Scope
from remindersync.store.tables import diagnostics, history

_OPEN = "open"
_CAUSE = next(index for index in diagnostics.indexes if index.name == "uq_diagnostics_open")
_LATEST = ("category", "message", "meaning", "remedy", "retry", "last_seen")


class SqlJournal:
    """`ports.Journal`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def history(self, events: Iterable[HistoryEvent]) -> None:
        """See `ports.Journal`."""
        where = {"at": self._scope.now, "team_id": self._scope.team_id, "run_id": self._scope.run.id}
        appended = [asdict(event) | where for event in events]
        if appended:
            self._scope.connection.execute(insert(history), appended)

    def fault(self, fault: Fault, *, reminder_id: str | None = None, task_id: str | None = None) -> None:
        """See `ports.Journal`. Counted again, it has the latest message."""
        if fault.destiny is Destiny.RECONNECT and reminder_id is None and self._told_to_reconnect():
            return
        whose = {"team_id": self._scope.team_id, "user_id": self._scope.user_id}
        seen = {"first_seen": self._scope.now, "last_seen": self._scope.now}
        about = rows.fault_row(fault) | {"reminder_id": reminder_id, "task_id": task_id}
        new = upsert(diagnostics).values(about | whose | seen)
        again = {name: new.excluded[name] for name in _LATEST} | {"count": diagnostics.c.count + 1}
        self._scope.connection.execute(new.on_conflict_do_update(constraint=_CAUSE, set_=again))

    def mended(self, reminder_ids: Collection[str]) -> None:
        """See `ports.Journal`."""
        mine = (diagnostics.c.user_id == self._scope.user_id) & (diagnostics.c.state == _OPEN)
        resolved = update(diagnostics).where(mine, diagnostics.c.reminder_id.in_(reminder_ids)).values(state="resolved")
        if reminder_ids:
            self._scope.connection.execute(resolved)

    def _told_to_reconnect(self) -> bool:
        asking = (diagnostics.c.user_id == self._scope.user_id) & (diagnostics.c.state == _OPEN)
        of_run = diagnostics.c.reminder_id.is_(None) & (diagnostics.c.code != INTEGRATION_LOGIN_LOST)
        told = exists().where(asking, of_run, diagnostics.c.retry == Destiny.RECONNECT)
        return bool(self._scope.connection.scalar(select(told)))
