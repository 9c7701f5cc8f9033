"""How many records a call may carry, in memory."""

from dataclasses import dataclass

from remindersync.memory.scope import Scope
from remindersync.model.batches import BatchSize


@dataclass
class MemoryBatches:
    """Fulfils `ports.Batches`."""

    scope: Scope

    def size(self) -> int | None:
        known = self.scope.state.batches.get(self.scope.run.user.org_id)
        return None if known is None else known.at(self.scope.now)

    def found(self, size: int) -> None:
        org_id = self.scope.run.user.org_id
        self.scope.undo.put(self.scope.state.batches, org_id, BatchSize(size, self.scope.now))
