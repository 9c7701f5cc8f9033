"""The writes a run announced before it sent them (ONCE-1)."""

from collections.abc import Collection, Iterable

from sqlalchemy import insert, select, update

from remindersync.model import Intent
from remindersync.store import rows
from remindersync.store.scope import Scope
from remindersync.store.tables import intents, reminders


class SqlIntents:
    """`ports.Intents`: the open ones are those of the user's reminders, whichever run of whom recorded them."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def open(self) -> list[Intent]:
        """See `ports.Intents`."""
        theirs = intents.join(reminders, reminders.c.id == intents.c.reminder_id)
        mine = select(intents).select_from(theirs).where(reminders.c.owner_id == self._scope.user_id)
        ordered = mine.where(intents.c.closed_at.is_(None)).order_by(intents.c.sent_at, intents.c.id)
        return [rows.intent(row) for row in self._scope.connection.execute(ordered)]

    def of_colleagues(self, keys: Collection[str]) -> dict[str, str]:
        """See `ports.Intents`."""
        if not keys:
            return {}
        known = select(intents.c.key, intents.c.reminder_id).join(reminders, reminders.c.id == intents.c.reminder_id)
        unanswered = known.where(intents.c.closed_at.is_(None), intents.c.key.in_(keys))
        theirs = (reminders.c.owner_id != self._scope.user_id) & (reminders.c.team_id == self._scope.team_id)
        return {row.key: row.reminder_id for row in self._scope.connection.execute(unanswered.where(theirs))}

    def record(self, new: Iterable[Intent]) -> None:
        """See `ports.Intents`."""
        run = self._scope.run
        whose = {"user_id": run.user.id, "run_id": run.id, "fence": run.fence}
        recorded = [rows.intent_row(intent) | whose for intent in new]
        if recorded:
            self._scope.connection.execute(insert(intents), recorded)

    def close(self, intent_ids: Collection[str], result: str) -> None:
        """See `ports.Intents`. The first answer stands."""
        closed = update(intents).where(intents.c.id.in_(intent_ids), intents.c.closed_at.is_(None))
        if intent_ids:
            self._scope.connection.execute(closed.values(closed_at=self._scope.now, result=result))
