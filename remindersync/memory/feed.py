"""What the org feed left for a user, in memory: nothing until somebody puts it into the state."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from remindersync.memory.scope import Scope
from remindersync.ports import FeedState, Staged


@dataclass
class MemoryFeed:
    """Fulfils `ports.Feed`."""

    scope: Scope

    def state(self, limit: int) -> FeedState | None:
        found = self.scope.state.feeds.get(self.scope.run.user.org_id)
        mine = [row for key, row in self.scope.state.staged.items() if key[:2] == self._whose]
        rows = sorted(mine, key=lambda row: (row.task.stamp, row.task.id))
        return found and replace(found, rows=tuple(rows[:limit]), more=len(rows) > limit)

    def used(self, rows: Collection[Staged]) -> None:
        staged = self.scope.state.staged
        for row in rows:
            key = (*self._whose, row.task.id)
            if key in staged and staged[key].version == row.version:
                self.scope.undo.drop(staged, key)

    @property
    def _whose(self) -> tuple[str, str]:
        return self.scope.run.user.org_id, self.scope.user_id
