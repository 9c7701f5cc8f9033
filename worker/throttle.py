"""How many requests a minute the HTTP API takes from one user, counted in Redis for all web processes."""

import time

from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from worker.addresses import KEY_PREFIX


class Throttle:
    """Counts requests in a sliding window. Where Redis cannot be reached, every request passes (SAFE-6)."""

    def __init__(self, redis_url: str, per_minute: int, *, timeout_seconds: float = 1) -> None:
        storage = RedisStorage(
            redis_url,
            key_prefix=f"{KEY_PREFIX}requests",
            wrap_exceptions=True,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
        )
        self._window = SlidingWindowCounterRateLimiter(storage)
        self._most = RateLimitItemPerMinute(per_minute)

    def wait_seconds(self, user_id: str) -> float:
        """Count a request; return 0 if it may pass, else after how many seconds the next one may."""
        try:
            if self._window.hit(self._most, user_id):
                return 0.0
            stats = self._window.get_window_stats(self._most, user_id)
        except StorageError:
            return 0.0
        return max(1.0, stats.reset_time - time.time())
