"""Turns on Redis: two calls that write to records of the same parent never run at once in an org (DIAG-2).

Salesforce locks the person and the company of a Task while it saves it, waits ten seconds for a lock and then refuses
(UNABLE_TO_LOCK_ROW). All parents of a call are taken in one step, so that no two calls wait for each other. Who waits
has a number and holds a place at each parent: nobody who came later takes it meanwhile, else a call with many parents
would wait for a moment at which all are free, which may never come.
"""

import logging
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from remindersync.errors import Unsafe

logger = logging.getLogger(__name__)

_ASK_AGAIN_SECONDS = 0.05
# Longer than one look at stamps and one write may take (each 5 s to connect, 30 s of silence): the turn of a process
# that died ends by itself.
_TURN_SECONDS = 90.0

# A place that is not asked for again this long is nobody's: its process died.
_PLACE_SECONDS = 1.0

# KEYS are the parents and then, as many, the places at them, each with the number of who holds it. A turn is taken too
# where the same token has it already: the client may send a call a second time.
_TAKE = """
local token, turn, place, number, count = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), #KEYS / 2
local mine = true
for i = 1, count do
  local holder, first = redis.call('GET', KEYS[i]), tonumber(redis.call('GET', KEYS[i + count]))
  if holder and holder ~= token or first and not (number and number <= first) then mine = false end
end
for i = 1, count do
  local first = tonumber(redis.call('GET', KEYS[i + count]))
  if mine then
    redis.call('SET', KEYS[i], token, 'PX', turn)
    if first == number then redis.call('DEL', KEYS[i + count]) end
  elseif number and (not first or number <= first) then
    redis.call('SET', KEYS[i + count], number, 'PX', place)
  end
end
return mine and 1 or 0
"""

_GIVE_BACK = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 1
"""


class RedisTurns:
    """`ports.Turns` on one Redis server. Keys begin with `prefix`."""

    def __init__(self, redis: Redis, *, prefix: str = "remindersync:turn:") -> None:
        self._redis = redis
        self._prefix = prefix
        self._take = redis.register_script(_TAKE)
        self._give_back = redis.register_script(_GIVE_BACK)

    @contextmanager
    def take(self, org_id: str, parents: frozenset[str], *, wait_seconds: float) -> Iterator[bool]:
        """See `ports.Turns`."""
        keys = [f"{self._prefix}{org_id}:{parent}" for parent in sorted(parents)]
        token = secrets.token_hex(16)
        mine = not keys or self._wait(keys, token, wait_seconds)
        try:
            yield mine
        finally:
            if mine and keys:
                self._end(keys, token)

    def _wait(self, keys: list[str], token: str, wait_seconds: float) -> bool:
        deadline = time.monotonic() + wait_seconds
        places = [f"{key}:next" for key in keys]
        mine, number = self._taken(keys, places, token), ""
        while not mine and time.monotonic() < deadline:
            number = number or str(self._asked(lambda: self._redis.incr(f"{self._prefix}number")))
            mine = self._taken(keys, places, token, number)
            if not mine:
                # At moments of one's own, else those who wait together ask together.
                time.sleep(_ASK_AGAIN_SECONDS * (0.5 + random.random()))  # noqa: S311 no secret
        if number and not mine:
            self._end(places, number)
        return mine

    def _taken(self, keys: list[str], places: list[str], token: str, number: str = "") -> bool:
        told: list[str | int] = [token, int(_TURN_SECONDS * 1000), int(_PLACE_SECONDS * 1000), number]
        return bool(self._asked(lambda: self._take(keys=[*keys, *places], args=told)))

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except RedisError as error:
            raise Unsafe(
                f"The lock service (Redis) is out of reach ({type(error).__name__}): nothing is written meanwhile."
            ) from error

    def _end(self, keys: list[str], token: str) -> None:
        try:
            self._give_back(keys=keys, args=[token])
        except RedisError as error:
            logger.warning("A turn could not be given back (%s): it ends by itself.", type(error).__name__)
