"""What the org feed left for a run's user, and how the feed stands (SYNC-3)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, text

from remindersync.ports import FeedState, Staged
from remindersync.store import rows
from remindersync.store.scope import Scope

# One statement, so that rows and reading place are of one moment: the feed moves both in one transaction.
_STATE = text("""
SELECT c.since, c.front, c.swept, c.clock_offset_seconds, c.problem IS NULL AND c.trusted_until > now() AS trusted,
       w.task, w.version, w.unchanged_until
FROM org_cursors c LEFT JOIN LATERAL (
    SELECT * FROM task_changes
    WHERE org_id = c.org_id AND user_id = :user_id ORDER BY stamp, task_id COLLATE "C" LIMIT :rows
) w ON true
WHERE c.team_id = :team_id AND c.org_id = :org_id AND c.since IS NOT NULL
ORDER BY w.stamp, w.task_id COLLATE "C"
""")

_USED = text("""
DELETE FROM task_changes c
USING unnest(CAST(:task_ids AS text[]), CAST(:versions AS int[])) AS used (task_id, version)
WHERE c.org_id = :org_id AND c.user_id = :user_id AND c.task_id = used.task_id AND c.version = used.version
""")


class SqlFeed:
    """`ports.Feed`, of the run's user."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def state(self, limit: int) -> FeedState | None:
        """See `ports.Feed`."""
        asked = {**self._whose(), "team_id": self._scope.team_id, "rows": limit + 1}
        found = self._scope.connection.execute(_STATE, asked).all()
        if not found:
            return None
        waiting = [_staged(row) for row in found if row.task is not None]
        first = found[0]
        return FeedState(
            first.since,
            first.front,
            first.swept,
            bool(first.trusted),
            first.clock_offset_seconds,
            tuple(waiting[:limit]),
            more=len(waiting) > limit,
        )

    def used(self, rows: Collection[Staged]) -> None:
        """See `ports.Feed`."""
        gone = {"task_ids": [row.task.id for row in rows], "versions": [row.version for row in rows]}
        if rows:
            self._scope.connection.execute(_USED, self._whose() | gone)

    def _whose(self) -> dict[str, object]:
        return {"org_id": self._scope.org_id, "user_id": self._scope.user_id}


def _staged(row: Row[Any]) -> Staged:
    return Staged(rows.task(row.task), row.version, row.unchanged_until)
