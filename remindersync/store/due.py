"""Who is due, and the claims under which they are sent to a queue; all times are the database's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, text

from remindersync.store.database import Database


class Lane(StrEnum):
    """The queue a user's next run goes through, most urgent first."""

    INTERACTIVE = "interactive"
    BULK = "bulk"
    SYNC = "sync"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to start one run of a user: `claim` is the number its message carries."""

    user_id: str
    email: str
    claim: int
    lane: Lane


@dataclass(frozen=True, slots=True)
class QueueBacklog:
    """One queue's work: users due and not claimed, claims no run has started, and the age of the oldest of these."""

    lane: Lane
    due: int
    claimed_unstarted: int
    oldest_seconds: float


# Who left has one thing more to do: to give away what an admin assigned to others (SYNC-10). And who does not sync yet
# may look at what turning on would do (FIRST-6).
SYNCS = """(u.sync_on AND u.active AND NOT u.inactive_there OR EXISTS (
    SELECT FROM runs h
    WHERE h.user_id = u.id AND h.kind IN ('hand_over', 'preview') AND h.state IN ('queued', 'running')))"""
CAN_RUN = f"{SYNCS} AND u.salesforce_id IS NOT NULL"
# A queue this long is filled up at every tick: enough for a thousand runs a second.
MOST_WAITING = 5000
_UNSTARTED = "s.claim IS NOT NULL AND s.running_since IS NULL"
UNSERVED = "(s.running_since IS NULL OR s.claim_until <= now())"
_FREE = "(s.claim_until IS NULL OR s.claim_until <= now())"

# A message waits in its queue about as long as the oldest one there has. Its claim therefore lives that much longer
# than the lease asked for, so a long queue is not filled with second copies of what it holds already; and while no
# worker takes anything, each new copy comes later than the one before.
_LANES = ", ".join(f"('{lane}')" for lane in Lane)
_AGES = f"""
ages AS MATERIALIZED (
    SELECT q.lane, (
        SELECT now() - s.claimed_at
        FROM run_state s JOIN users u ON u.id = s.user_id
        WHERE s.lane = q.lane AND {_UNSTARTED} AND {CAN_RUN}
        ORDER BY s.claimed_at LIMIT 1) AS oldest
    FROM (VALUES {_LANES}) q (lane)
)"""  # noqa: S608 put together from this module's own constants
_UNTIL = """now() + make_interval(secs => :lease_seconds)
        + coalesce((SELECT oldest FROM ages WHERE ages.lane = s.lane), interval '0')"""

# Who finds the queue full stays due, in order: a message that waits longer than its claim lives is sent once more, and
# with 100,000 users due at once workers would take nothing but messages of outlived claims.
_ROOM = f"""
room AS MATERIALIZED (
    SELECT ages.lane, least(:limit, :most - (
        SELECT count(*) FROM run_state s
        WHERE s.lane = ages.lane AND {_UNSTARTED} AND s.claim_until > now())) AS left
    FROM ages
)"""  # noqa: S608 as above
_CLAIM = text(f"""
WITH {_AGES}, {_ROOM}, picked AS MATERIALIZED (
    SELECT next.user_id
    FROM room CROSS JOIN LATERAL (
        SELECT s.user_id
        FROM run_state s JOIN users u ON u.id = s.user_id
        WHERE s.lane = room.lane AND s.next_due_at <= now() AND {_FREE} AND {CAN_RUN}
        ORDER BY s.next_due_at, s.user_id
        LIMIT greatest(room.left, 0)
        FOR NO KEY UPDATE OF s SKIP LOCKED
    ) next
)
UPDATE run_state s
SET claim = nextval('claims'), claimed_at = now(), claim_until = {_UNTIL}, running_since = NULL
FROM users u
WHERE u.id = s.user_id AND s.user_id = ANY(ARRAY(SELECT user_id FROM picked))
RETURNING s.user_id, u.email, s.claim, s.lane, s.next_due_at
""")  # noqa: S608 put together from this module's own constants

_CLAIM_USER = text(f"""
WITH {_AGES}, picked AS MATERIALIZED (
    SELECT s.user_id, u.email, s.running_since IS NOT NULL AND NOT {_FREE} AS runs
    FROM run_state s JOIN users u ON u.id = s.user_id
    WHERE s.user_id = :user_id AND {CAN_RUN}
    FOR NO KEY UPDATE OF s
)
UPDATE run_state s
SET next_due_at = least(s.next_due_at, now()),
    again_at = CASE WHEN runs THEN least(s.again_at, now()) ELSE s.again_at END,
    claim = CASE WHEN runs THEN s.claim ELSE nextval('claims') END,
    claimed_at = CASE WHEN runs THEN s.claimed_at ELSE now() END,
    claim_until = CASE WHEN runs THEN s.claim_until ELSE {_UNTIL} END,
    running_since = CASE WHEN runs THEN s.running_since END
FROM picked
WHERE s.user_id = picked.user_id
RETURNING s.user_id, picked.email, s.claim, s.lane, picked.runs
""")  # noqa: S608 put together from this module's own constants

_MARK = text(f"""
WITH marked AS MATERIALIZED (
    SELECT s.user_id
    FROM run_state s JOIN users u ON u.id = s.user_id
    WHERE s.user_id = ANY(CAST(:user_ids AS uuid[])) AND {SYNCS}
    ORDER BY s.user_id
    FOR NO KEY UPDATE OF s
)
UPDATE run_state s
SET next_due_at = least(s.next_due_at, coalesce(CAST(:at AS timestamptz), now())),
    again_at = least(s.again_at, coalesce(CAST(:at AS timestamptz), now())),
    lane = CASE WHEN 'interactive' IN (s.lane, :lane) THEN 'interactive'
                WHEN 'bulk' IN (s.lane, :lane) THEN 'bulk' ELSE 'sync' END
FROM marked
WHERE s.user_id = marked.user_id
""")  # noqa: S608 put together from this module's own constants

_GIVE_BACK = text("""
WITH given AS MATERIALIZED (
    SELECT s.user_id
    FROM run_state s
    JOIN unnest(CAST(:user_ids AS uuid[]), CAST(:claims AS bigint[])) AS back(user_id, claim)
      ON back.user_id = s.user_id AND back.claim = s.claim
    ORDER BY s.user_id
    FOR NO KEY UPDATE OF s
)
UPDATE run_state s
SET claim = NULL, claimed_at = NULL, claim_until = NULL
FROM given
WHERE s.user_id = given.user_id
""")

_SYNCING = text("""
SELECT count(*) FROM users u JOIN teams t ON t.id = u.team_id
WHERE t.org_id = :org_id AND u.sync_on AND u.active AND u.salesforce_id IS NOT NULL
""")

_BACKLOG = text(f"""
SELECT s.lane,
       count(*) FILTER (WHERE s.next_due_at <= now() AND {_FREE}) AS due,
       count(*) FILTER (WHERE {_UNSTARTED}) AS unstarted,
       extract(epoch FROM max(now() - s.claimed_at) FILTER (WHERE {_UNSTARTED})) AS oldest
FROM run_state s JOIN users u ON u.id = s.user_id
WHERE {CAN_RUN} AND (s.next_due_at <= now() OR {_UNSTARTED})
GROUP BY s.lane
""")  # noqa: S608 put together from this module's own constants


def mark_due(connection: Connection, user_ids: Collection[str], lane: Lane, at: datetime | None = None) -> None:
    """Make users due at a time (without one: now) inside a transaction that is open already, see `SqlDue.mark`."""
    connection.execute(_MARK, {"user_ids": list(user_ids), "lane": lane, "at": at})


def backlog(connection: Connection) -> list[QueueBacklog]:
    """Return the work of every queue, also of empty ones."""
    found = {row.lane: row for row in connection.execute(_BACKLOG)}
    return [
        QueueBacklog(lane, row.due, row.unstarted, float(row.oldest or 0)) if row else QueueBacklog(lane, 0, 0, 0.0)
        for lane, row in ((lane, found.get(lane)) for lane in Lane)
    ]


class SqlDue:
    """The dispatcher's view of `run_state`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, limit: int, lease_seconds: float) -> list[Claim]:
        """Claim up to `limit` users of each queue who are due and not claimed; each goes to one caller only.

        The longest due come first, and a queue of which `MOST_WAITING` claims have started no run yet gets no more.
        A claim that starts no run within its lease is given out again under a new number. The lease is
        `lease_seconds` and what the oldest unstarted claim of the same queue has waited so far.
        """
        with self._database.begin() as connection:
            asked = {"limit": limit, "most": MOST_WAITING, "lease_seconds": lease_seconds}
            rows = connection.execute(_CLAIM, asked).all()
        return [_claim(row) for row in sorted(rows, key=lambda row: (row.next_due_at, row.user_id))]

    def claim_user(self, user_id: str, lease_seconds: float) -> Claim | None:
        """Claim one user now, in place of a claim no run has started yet.

        None while a run of theirs is under way, which then runs *again*, and while their sync is off.
        """
        with self._database.begin() as connection:
            found = {"user_id": user_id, "lease_seconds": lease_seconds}
            row = connection.execute(_CLAIM_USER, found).one_or_none()
        return None if row is None or row.runs else _claim(row)

    def give_back(self, claims: Sequence[Claim]) -> None:
        """End claims whose messages could not be sent, so that their users need not wait for the leases to end.

        One that started a run meanwhile is used up already; a message that did get out with one does nothing.
        """
        numbers = {"user_ids": [one.user_id for one in claims], "claims": [one.claim for one in claims]}
        with self._database.begin() as connection:
            connection.execute(_GIVE_BACK, numbers)

    def mark(self, user_ids: Collection[str], *, lane: Lane, at: datetime | None = None) -> None:
        """Make users whose sync is on due at a time (without one: now), or earlier if they are due earlier.

        A run that is under way looks again when it ends. The more urgent queue wins: interactive, bulk, sync.
        """
        with self._database.begin() as connection:
            mark_due(connection, user_ids, lane, at)

    def syncing(self, org_id: str) -> int:
        """Return how many users of an org sync."""
        with self._database.begin() as connection:
            return int(connection.execute(_SYNCING, {"org_id": org_id}).scalar_one())

    def backlog(self) -> list[QueueBacklog]:
        """Return the work of every queue, also of empty ones."""
        with self._database.begin() as connection:
            return backlog(connection)


def _claim(row: Row[Any]) -> Claim:
    return Claim(str(row.user_id), row.email, row.claim, Lane(row.lane))
