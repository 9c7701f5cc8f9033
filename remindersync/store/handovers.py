"""Pairs that another user's run saw move, left for the run of the reminder's owner (SYNC-7)."""

import json
from collections.abc import Collection

from sqlalchemy import delete, exists, text, update

from remindersync.model import SalesforceTask
from remindersync.store import rows
from remindersync.store.scope import Scope
from remindersync.store.standing import asleep
from remindersync.store.tables import handovers, users

# The later read stands; it has not been shown to the owner's run yet.
_GIVE = text("""
INSERT INTO handovers AS h (org_id, task_id, owner_id, task)
SELECT :org_id, :task_id, owner_id, CAST(:task AS jsonb) FROM reminders WHERE id = :reminder_id AND team_id = :team_id
ON CONFLICT (org_id, task_id) DO UPDATE
SET owner_id = excluded.owner_id, task = excluded.task, seen_at = now(), taken = NULL
WHERE (h.task->>'read_at')::timestamptz <= (excluded.task->>'read_at')::timestamptz
RETURNING owner_id
""")


class SqlHandOvers:
    """`ports.HandOvers`, of the run's org."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def give(self, reminder_id: str, task: SalesforceTask) -> None:
        """See `ports.HandOvers`. The owner is marked due once the transaction is committed."""
        given = {
            "org_id": self._scope.org_id,
            "task_id": task.id,
            "task": json.dumps(rows.task_json(task)),
            "reminder_id": reminder_id,
            "team_id": self._scope.team_id,
        }
        owner = self._scope.connection.execute(_GIVE, given).scalar()
        if owner is not None:
            self._scope.woken.add(str(owner))

    def waiting(self) -> list[SalesforceTask]:
        """See `ports.HandOvers`."""
        left = exists().where(users.c.id == handovers.c.owner_id, asleep())
        given_here = (handovers.c.task["owner_id"].astext == self._scope.run.user.salesforce_id) & left
        mine = (handovers.c.org_id == self._scope.org_id) & ((handovers.c.owner_id == self._scope.user_id) | given_here)
        shown = update(handovers).where(mine).values(taken=self._scope.run.fence).returning(handovers.c.task)
        tasks = [rows.task(row.task) for row in self._scope.connection.execute(shown)]
        return sorted(tasks, key=lambda task: (task.read_at, task.id))

    def done(self, task_ids: Collection[str]) -> None:
        """See `ports.HandOvers`. A row left since this run asked for those waiting stays for the next one."""
        seen = (handovers.c.owner_id == self._scope.user_id) & (handovers.c.taken == self._scope.run.fence)
        dealt_with = (handovers.c.org_id == self._scope.org_id) & handovers.c.task_id.in_(task_ids)
        if task_ids:
            self._scope.connection.execute(delete(handovers).where(dealt_with, seen))
