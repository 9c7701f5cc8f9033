"""What the processes do, counted in Redis for whoever watches: runs by outcome a minute, workers, beat's ticks.

It is no more than a view: lost with Redis, and never waited for.
"""

import time
from collections import Counter
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

from worker.addresses import KEY_PREFIX

WINDOW_MINUTES = 15
# A worker that says nothing for so long is not told of any more.
FORGOTTEN_SECONDS = 3600
_KEPT_SECONDS = 60 * (WINDOW_MINUTES + 2)
_RUNS = f"{KEY_PREFIX}tally:runs:"
_WORKERS = f"{KEY_PREFIX}tally:workers"
_TICK = f"{KEY_PREFIX}tally:tick"


@dataclass(frozen=True, slots=True)
class Tallied:
    """What was counted: runs a minute by outcome over the last 15, and seconds since each worker and beat were heard.

    `tick_seconds` is None where no tick was worked on within the last hour.
    """

    runs_a_minute: dict[str, float]
    workers: dict[str, float]
    tick_seconds: float | None


class Tally:
    """The counters. `redis` has a short time-out; writing never raises, for nothing depends on it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def ran(self, outcome: str) -> None:
        """Count a run that ended with this outcome."""
        key = _minute(time.time())
        self._write(("HINCRBY", key, outcome, 1), ("EXPIRE", key, _KEPT_SECONDS))

    def ticked(self) -> None:
        """Note that a worker took a tick of beat's."""
        self._write(("SET", _TICK, time.time(), "EX", FORGOTTEN_SECONDS))

    def lives(self, worker: str) -> None:
        """Note that a worker lives."""
        now = time.time()
        self._write(("ZADD", _WORKERS, now, worker), ("ZREMRANGEBYSCORE", _WORKERS, 0, now - FORGOTTEN_SECONDS))

    def left(self, worker: str) -> None:
        """Note that a worker has ended."""
        self._write(("ZREM", _WORKERS, worker))

    def look(self) -> Tallied:
        """Return what was counted, in one round trip. Raises redis-py's errors."""
        now = time.time()
        with self._redis.pipeline(transaction=False) as pipe:
            for ago in range(WINDOW_MINUTES):
                pipe.hgetall(_minute(now - 60 * ago))
            pipe.zrangebyscore(_WORKERS, now - FORGOTTEN_SECONDS, "+inf", withscores=True)
            pipe.get(_TICK)
            *minutes, workers, tick = pipe.execute()
        return Tallied(
            _a_minute(minutes, now),
            {str(name): max(now - seen, 0.0) for name, seen in workers},
            None if tick is None else max(now - float(tick), 0.0),
        )

    def _write(self, *commands: tuple[str | float, ...]) -> None:
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for command in commands:
                    pipe.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py has no types here
                pipe.execute()
        except RedisError:
            return


def _minute(now: float) -> str:
    return f"{_RUNS}{int(now // 60)}"


def _a_minute(minutes: list[dict[str, str]], now: float) -> dict[str, float]:
    """Return averages over the whole window, of which the present minute is not over."""
    counted: Counter[str] = Counter()
    for minute in minutes:
        counted.update({outcome: int(count) for outcome, count in minute.items()})
    span = WINDOW_MINUTES - 1 + now % 60 / 60
    return {outcome: count / span for outcome, count in sorted(counted.items())}
