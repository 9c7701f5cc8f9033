"""The fleet at a glance: queues, workers, runs a minute and who waits, for pages, the command line and metrics.

Cheap enough for a page that asks every few seconds: three statements and two round trips to Redis, no worker is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

from remindersync.store.due import QueueBacklog
from remindersync.store.fleet import Overdue, SqlFleet
from remindersync.store.status import SyncState
from tasks import names
from worker.addresses import KEY_PREFIX
from worker.tally import Tallied, Tally

# A worker is heard of every ten seconds (worker/bootsteps.py).
SILENT_SECONDS = 60.0
_TAKEN = f"{KEY_PREFIX}unacked"
_NOTHING = Tallied({}, {}, None)


@dataclass(frozen=True, slots=True)
class QueueNow:
    """One queue: messages in Redis (None while it is away), and what the database knows of its work.

    `due` users nobody sent yet, `unstarted` claims that no run has used, `oldest_seconds` the age of the oldest of
    these. Of *ticks* the database knows nothing, and their age says nothing: one that waits 4 s is dropped.
    """

    name: str
    waiting: int | None
    due: int
    unstarted: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class WorkerNow:
    """A worker of the last hour, and how many seconds ago it was heard of."""

    name: str
    seen_seconds: float

    @property
    def silent(self) -> bool:
        """Whether it has said nothing for a minute: it hangs, was killed, or lost Redis."""
        return self.seen_seconds > SILENT_SECONDS


@dataclass(frozen=True, slots=True)
class FleetNow:
    """How all work stands at this moment.

    `taken` counts messages that workers took and have not finished, None while Redis is away (`redis` False; then
    workers, runs and tick are unknown too). `runs_a_minute` is by outcome, over 15 minutes. `oldest` is who is longest
    overdue, None if nobody. `tick_seconds` is since a worker last took a tick of beat's: more than 30 means that beat
    or every worker of *ticks* is down or hangs, None that there was none for an hour.
    """

    redis: bool
    queues: tuple[QueueNow, ...]
    taken: int | None
    workers: tuple[WorkerNow, ...]
    runs_a_minute: dict[str, float]
    users: dict[SyncState, int]
    oldest: Overdue | None
    tick_seconds: float | None


class Fleet:
    """Looks at the fleet. Safe to share between threads."""

    def __init__(self, book: SqlFleet, redis: Redis, tally: Tally) -> None:
        """Take a client of the broker's database with a short time-out."""
        self._book = book
        self._redis = redis
        self._tally = tally

    def now(self, team_id: str | None = None) -> FleetNow:
        """Return how things stand: `users` and `oldest` of one team, without one of everybody.

        Queues, workers and runs are the installation's, and name nobody. A page of a team's admin passes the team
        (SAFE-1). Raises `ConfigurationError` without a database; never for want of Redis.
        """
        standing = self._book.standing(team_id)
        lanes = {queue.lane.value: queue for queue in standing.queues}
        waiting, taken, tallied = self._redis_knows([names.TICKS, *lanes])
        return FleetNow(
            redis=taken is not None,
            queues=tuple(_queue(name, waiting.get(name), lanes.get(name)) for name in (names.TICKS, *lanes)),
            taken=taken,
            workers=tuple(WorkerNow(name, seconds) for name, seconds in sorted(tallied.workers.items())),
            runs_a_minute=tallied.runs_a_minute,
            users=standing.users,
            oldest=standing.oldest,
            tick_seconds=tallied.tick_seconds,
        )

    def _redis_knows(self, queues: Sequence[str]) -> tuple[dict[str, int], int | None, Tallied]:
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for name in queues:
                    pipe.llen(f"{KEY_PREFIX}{name}")
                pipe.hlen(_TAKEN)
                *lengths, taken = pipe.execute()
            return dict(zip(queues, lengths, strict=True)), taken, self._tally.look()
        except RedisError:
            return {}, None, _NOTHING


def _queue(name: str, waiting: int | None, known: QueueBacklog | None) -> QueueNow:
    if known is None:
        return QueueNow(name, waiting, 0, 0, 0.0)
    return QueueNow(name, waiting, known.due, known.claimed_unstarted, known.oldest_seconds)
