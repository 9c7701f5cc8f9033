"""The Tasks a user chose by name, in memory."""

from collections.abc import Collection
from dataclasses import dataclass

from remindersync.memory.scope import Scope


@dataclass
class MemoryListed:
    """Fulfils `ports.Listed`."""

    scope: Scope

    def next(self, limit: int) -> list[str]:
        return [task_id for user_id, task_id in self.scope.state.listed if user_id == self.scope.user_id][:limit]

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, str | None]:
        keys = [(self.scope.user_id, one) for one in task_ids]
        return {key[1]: self.scope.state.listed[key] for key in keys if key in self.scope.state.listed}

    def done(self, task_ids: Collection[str]) -> None:
        for key in [(self.scope.user_id, one) for one in task_ids]:
            if key in self.scope.state.listed:
                self.scope.undo.drop(self.scope.state.listed, key)
