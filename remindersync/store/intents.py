"""The writes a run announced before it sent them (ONCE-1)."""

from collections.abc import Collection, Iterable

from sqlalchemy import insert, select, update

from remindersync.model import Intent
from remindersync.store import rows
from remindersync.store.scope import Scope
from remindersync.store.tables import intents


class SqlIntents:
    """`ports.Intents`: the open ones are the user's, whichever run recorded them."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def open(self) -> list[Intent]:
        """See `ports.Intents`."""
        mine = select(intents).where(intents.c.user_id == self._scope.user_id, intents.c.closed_at.is_(None))
        ordered = mine.order_by(intents.c.sent_at, intents.c.id)
        return [rows.intent(row) for row in self._scope.connection.execute(ordered)]

    def record(self, new: Iterable[Intent]) -> None:
        """See `ports.Intents`."""
        run = self._scope.run
        whose = {"user_id": run.user.id, "run_id": run.id, "fence": run.fence}
        recorded = [rows.intent_row(intent) | whose for intent in new]
        if recorded:
            self._scope.connection.execute(insert(intents), recorded)

    def close(self, intent_ids: Collection[str], result: str) -> None:
        """See `ports.Intents`. The first answer stands."""
        still_open = (intents.c.user_id == self._scope.user_id) & intents.c.closed_at.is_(None)
        closed = update(intents).where(intents.c.id.in_(intent_ids), still_open)
        if intent_ids:
            self._scope.connection.execute(closed.values(closed_at=self._scope.now, result=result))
