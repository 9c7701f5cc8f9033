"""How all syncing stands, counted in three statements: users by state, who is longest overdue, what each queue has."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from remindersync.store import due, status
from remindersync.store.database import Database
from remindersync.store.due import CAN_RUN, UNSERVED, QueueBacklog
from remindersync.store.status import SyncState


@dataclass(frozen=True, slots=True)
class Overdue:
    """Somebody who is due and whom no run serves yet; `seconds` is for how long."""

    user_id: str
    email: str
    due_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How syncing stands: users by state (each state is there), who waits longest, and the work of each queue.

    `oldest` is None while nobody waits. The queues' work is everybody's, whichever team was asked about.
    """

    users: dict[SyncState, int]
    oldest: Overdue | None
    queues: tuple[QueueBacklog, ...]


_TEAM = "(CAST(:team_id AS uuid) IS NULL OR u.team_id = CAST(:team_id AS uuid))"

# By everything a person's state is told from, so that the rule itself stands in `status` only.
_USERS = text(f"""
SELECT u.active, u.sync_on, u.inactive_there, l.state AS login, s.last_outcome, s.running_since IS NOT NULL AS running,
       jsonb_exists(s.place, 'first') AS in_first_sync, count(*) AS people
FROM users u JOIN run_state s ON s.user_id = u.id
LEFT JOIN salesforce_logins l
  ON CASE WHEN u.on_integration_login THEN l.user_id IS NULL AND l.team_id = u.team_id ELSE l.user_id = u.id END
WHERE {_TEAM}
GROUP BY 1, 2, 3, 4, 5, 6, 7
""")  # noqa: S608 put together from this project's own constants

_OLDEST = text(f"""
SELECT u.id, u.email, s.next_due_at, extract(epoch FROM now() - s.next_due_at) AS seconds
FROM run_state s JOIN users u ON u.id = s.user_id
WHERE s.next_due_at <= now() AND {UNSERVED} AND {CAN_RUN} AND {_TEAM}
ORDER BY s.next_due_at, u.id
LIMIT 1
""")  # noqa: S608 as above


class SqlFleet:
    """The database's view of the fleet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, team_id: str | None = None) -> Standing:
        """Return how a team's syncing stands, without a team everybody's."""
        with self._database.begin() as connection:
            return Standing(_users(connection, team_id), _oldest(connection, team_id), tuple(due.backlog(connection)))


def _users(connection: Connection, team_id: str | None) -> dict[SyncState, int]:
    found = dict.fromkeys(SyncState, 0)
    for row in connection.execute(_USERS, {"team_id": team_id}):
        found[status.state_of(row, running=row.running, in_first_sync=row.in_first_sync)] += row.people
    return found


def _oldest(connection: Connection, team_id: str | None) -> Overdue | None:
    row = connection.execute(_OLDEST, {"team_id": team_id}).one_or_none()
    return None if row is None else Overdue(str(row.id), row.email, row.next_due_at, float(row.seconds))
