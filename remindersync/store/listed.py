"""The Tasks a user chose by name when they turned sync on, until they are dealt with (FIRST-6)."""

from collections.abc import Collection

from sqlalchemy import delete, select

from remindersync.store.scope import Scope
from remindersync.store.tables import listed_tasks

_mine = listed_tasks.c


class SqlListed:
    """`ports.Listed`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def next(self, limit: int) -> list[str]:
        """See `ports.Listed`."""
        found = select(_mine.task_id).where(_mine.user_id == self._scope.user_id)
        return list(self._scope.connection.scalars(found.order_by(_mine.place).limit(limit)))

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, str | None]:
        """See `ports.Listed`."""
        wanted = select(_mine.task_id, _mine.reminder_id).where(
            _mine.user_id == self._scope.user_id, _mine.task_id.in_(task_ids)
        )
        return {row.task_id: row.reminder_id for row in self._scope.connection.execute(wanted)} if task_ids else {}

    def done(self, task_ids: Collection[str]) -> None:
        """See `ports.Listed`."""
        dealt_with = delete(listed_tasks).where(_mine.user_id == self._scope.user_id, _mine.task_id.in_(task_ids))
        if task_ids:
            self._scope.connection.execute(dealt_with)
