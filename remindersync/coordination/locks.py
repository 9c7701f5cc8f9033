"""Locks on Redis: one holder at a time, kept alive by one thread of the process while they are held (ONCE-1).

A lock tells most of the time who may work; the fence in the database is what makes a stale holder harmless.
"""

import logging
import os
import secrets
import time
import weakref
from collections.abc import Sequence

from redis import Redis
from redis.exceptions import RedisError

from remindersync.coordination.renewal import Renewal
from remindersync.errors import Superseded, Unsafe

logger = logging.getLogger(__name__)

_ASK_AGAIN_SECONDS = 0.1

# Also true for a lock the same token holds already: the client may send a call a second time.
_ACQUIRE = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return 0
"""

_EXTEND = """
local held = {}
for i, key in ipairs(KEYS) do
  held[i] = 0
  if redis.call('GET', key) == ARGV[2 * i - 1] then held[i] = redis.call('PEXPIRE', key, ARGV[2 * i]) end
end
return held
"""

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisLease:
    """A lock this process holds. `check` also gives it its full time again: one round trip does both."""

    def __init__(self, locks: "RedisLocks", key: str, ttl_seconds: float) -> None:
        self.key = key
        self.token = secrets.token_hex(16)
        self.ttl_seconds = ttl_seconds
        self.lost = False
        self._locks = locks

    def check(self) -> None:
        """Raise `Superseded` if the lock is ours no more, `Unsafe` if that cannot be told."""
        if self.lost or not self._locks.extend([self])[0]:
            self.lost = True
            raise Superseded("This run's lock is gone: a later run may have begun.")

    def release(self) -> None:
        """Give the lock back; one that expired meanwhile is no error."""
        self._locks.release(self)


class RedisLocks:
    """`ports.Locks` on one Redis server.

    Keys begin with `prefix`. A lock lives `ttl_seconds` unless it asks for another life. Leases are renewed every
    `renew_every_seconds`, or three times in a shorter life.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        prefix: str = "remindersync:lock:",
        ttl_seconds: float = 60.0,
        renew_every_seconds: float = 20.0,
    ) -> None:
        self._prefix = prefix
        self._ttl_seconds = ttl_seconds
        self._every = renew_every_seconds
        self._acquire = redis.register_script(_ACQUIRE)
        self._extend = redis.register_script(_EXTEND)
        self._release = redis.register_script(_RELEASE)
        self._renewal = Renewal(self.extend, renew_every_seconds)
        _start_afresh_after_fork(self)

    def acquire(self, name: str, *, ttl_seconds: float | None = None, wait_seconds: float = 0) -> RedisLease | None:
        """Take the lock `name`, waiting at most `wait_seconds`; None if another holds it.

        Raises `Unsafe` when Redis is out of reach.
        """
        lease = RedisLease(self, self._prefix + name, ttl_seconds or self._ttl_seconds)
        deadline = time.monotonic() + wait_seconds
        while not self._take(lease):
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(left, _ASK_AGAIN_SECONDS))
        self._renewal.add(lease)
        return lease

    def extend(self, leases: Sequence[RedisLease]) -> list[bool]:
        """Give leases their full time again, in one call; say of each whether it is still ours. Raises `Unsafe`."""
        arguments = [part for lease in leases for part in (lease.token, _milliseconds(lease.ttl_seconds))]
        try:
            return [bool(held) for held in self._extend(keys=[lease.key for lease in leases], args=arguments)]
        except RedisError as error:
            raise _unsafe(error) from error

    def release(self, lease: RedisLease) -> None:
        """Give a lease back. Out of reach, its time runs out by itself."""
        self._renewal.drop(lease)
        try:
            self._release(keys=[lease.key], args=[lease.token])
        except RedisError as error:
            logger.warning("A lock could not be given back (%s): it ends by itself.", type(error).__name__)

    def close(self) -> None:
        """Give every lease back and end the renewal."""
        for lease in self._renewal.close():
            self.release(lease)

    def forget(self) -> None:
        """Leave the leases to the process that took them: this one is its fork."""
        self._renewal = Renewal(self.extend, self._every)

    def _take(self, lease: RedisLease) -> bool:
        try:
            return bool(self._acquire(keys=[lease.key], args=[lease.token, _milliseconds(lease.ttl_seconds)]))
        except RedisError as error:
            raise _unsafe(error) from error


def _start_afresh_after_fork(locks: RedisLocks) -> None:
    reference = weakref.ref(locks)

    def forget() -> None:
        present = reference()
        if present is not None:
            present.forget()

    os.register_at_fork(after_in_child=forget)


def _milliseconds(seconds: float) -> int:
    return max(int(seconds * 1000), 1)


def _unsafe(error: RedisError) -> Unsafe:
    return Unsafe(f"The lock service (Redis) is out of reach ({type(error).__name__}): nothing is written meanwhile.")
