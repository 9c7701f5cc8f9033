"""The one thread of a process that keeps all its leases alive."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from remindersync.errors import Unsafe

if TYPE_CHECKING:
    from remindersync.coordination.locks import RedisLease

logger = logging.getLogger(__name__)

_AFTER_FAILURE_SECONDS = 2.0
_ROUNDS_IN_A_LIFE = 3
_FOREVER = float("inf")


class Renewal:
    """Extends leases, all in one call, until they are dropped or found lost. The thread starts with the first lease."""

    def __init__(self, extend: "Callable[[Sequence[RedisLease]], list[bool]]", every_seconds: float) -> None:
        self._extend = extend
        self._every = every_seconds
        self._changed = threading.Condition()
        self._leases: set[RedisLease] = set()
        self._next_at = _FOREVER
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, lease: "RedisLease") -> None:
        """Keep `lease` alive from now on."""
        with self._changed:
            self._leases.add(lease)
            self._next_at = min(self._next_at, time.monotonic() + self._pause())
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lease-renewal", daemon=True)
                self._thread.start()
            self._changed.notify()

    def drop(self, lease: "RedisLease") -> None:
        """Let `lease` end."""
        with self._changed:
            self._leases.discard(lease)

    def close(self) -> "list[RedisLease]":
        """End the thread; return the leases it still kept."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        return list(self._leases)

    def _run(self) -> None:
        while self._wait_for_round():
            self._round()

    def _wait_for_round(self) -> bool:
        with self._changed:
            while not self._closed:
                left = self._next_at - time.monotonic()
                if left <= 0:
                    return True
                self._changed.wait(None if left == _FOREVER else left)
        return False

    def _round(self) -> None:
        with self._changed:
            leases = list(self._leases)
        done = not leases or self._renew(leases)
        with self._changed:
            pause = self._pause() if done else min(self._pause(), _AFTER_FAILURE_SECONDS)
            self._next_at = time.monotonic() + pause

    def _renew(self, leases: "list[RedisLease]") -> bool:
        try:
            held = self._extend(leases)
        except Unsafe as error:
            logger.warning("%s", error)
            return False
        for lease, is_held in zip(leases, held, strict=True):
            if not is_held:
                self._lose(lease)
        return True

    def _lose(self, lease: "RedisLease") -> None:
        with self._changed:
            if lease in self._leases:
                self._leases.discard(lease)
                lease.lost = True

    def _pause(self) -> float:
        if not self._leases:
            return _FOREVER
        return min(self._every, *(lease.ttl_seconds / _ROUNDS_IN_A_LIFE for lease in self._leases))
