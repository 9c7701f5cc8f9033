"""What every part of a transaction in memory works with."""

from dataclasses import dataclass, field
from datetime import datetime

from remindersync.memory.state import MemoryUser, State, Undo
from remindersync.model import RunRef


@dataclass
class Scope:
    """What every part of a transaction works with. `woken` are users to be made due once it is committed."""

    state: State
    run: RunRef
    now: datetime
    undo: Undo = field(default_factory=Undo)
    woken: set[str] = field(default_factory=set)

    @property
    def user_id(self) -> str:
        return self.run.user.id

    def colleague(self, user_id: str) -> MemoryUser | None:
        """Return a user of the run's team."""
        user = self.state.users.get(user_id)
        return user if user is not None and user.user.team_id == self.run.user.team_id else None
