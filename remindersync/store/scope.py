"""What the parts of a run's transaction share."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from remindersync.model import RunRef


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to write, for which run, and what time it is.

    `woken` are other users whom the transaction makes due; they are marked once it is committed.
    """

    connection: Connection
    run: RunRef
    now: datetime
    woken: set[str] = field(default_factory=set)

    @property
    def user_id(self) -> str:
        return self.run.user.id

    @property
    def team_id(self) -> str:
        return self.run.user.team_id

    @property
    def org_id(self) -> str:
        return self.run.user.org_id
