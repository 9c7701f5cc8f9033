"""Turns on Redis: two calls that write to records of the same parent never run at once in an org (DIAG-2).

Salesforce locks the person and the company of a Task while it saves it, waits ten seconds for a lock and then refuses
(UNABLE_TO_LOCK_ROW). All parents of a call are taken in one step, so that no two calls wait for each other.
"""

import logging
import random
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError

from remindersync.errors import Unsafe

logger = logging.getLogger(__name__)

_ASK_AGAIN_SECONDS = 0.05
# Longer than a call may take (5 s to connect, 30 s of silence): the turn of a process that died ends by itself.
_TURN_SECONDS = 60.0

# Also true where the same token has them already: the client may send a call a second time.
_TAKE = """
for _, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if holder and holder ~= ARGV[1] then return 0 end
end
for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
return 1
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
        while not self._taken(keys, token):
            if time.monotonic() >= deadline:
                return False
            # At moments of one's own, else those who wait together ask together.
            time.sleep(_ASK_AGAIN_SECONDS * (0.5 + random.random()))  # noqa: S311 no secret
        return True

    def _taken(self, keys: list[str], token: str) -> bool:
        try:
            return bool(self._take(keys=keys, args=[token, int(_TURN_SECONDS * 1000)]))
        except RedisError as error:
            raise Unsafe(
                f"The lock service (Redis) is out of reach ({type(error).__name__}): nothing is written meanwhile."
            ) from error

    def _end(self, keys: list[str], token: str) -> None:
        try:
            self._give_back(keys=keys, args=[token])
        except RedisError as error:
            logger.warning("A turn could not be given back (%s): it ends by itself.", type(error).__name__)
