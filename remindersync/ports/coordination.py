"""Time, locks and the org's API allowance."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The app's clock."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for measuring spans."""


class Lease(Protocol):
    """A lock this process holds; it is renewed until released."""

    def check(self) -> None:
        """Raise `Superseded` if the lock is ours no more, `Unsafe` if that cannot be told."""

    def release(self) -> None:
        """Give the lock back; one that expired meanwhile is no error."""


class Locks(Protocol):
    def acquire(self, name: str, *, ttl_seconds: float | None = None, wait_seconds: float = 0) -> Lease | None:
        """Take the lock `name`, waiting at most `wait_seconds`; None if another holds it.

        It outlives a process that stands still by `ttl_seconds`, without them by the service's own time. Raises
        `Unsafe` when the lock service is out of reach.
        """


class Limiter(Protocol):
    """The org's API allowance, shared by all workers."""

    def admit(self, org_id: str, *, background: bool) -> bool:
        """Let one call pass; whether nobody knows how much is left, and this call has to find out first (DIAG-3).

        Raises `AllowanceSpent` when it must wait, `Unsafe` without the service.
        """

    def saw(self, org_id: str, used: int, allowed: int) -> None:
        """Note the usage an answer's header reported."""

    def hold(self, org_id: str, seconds: float, *, background_only: bool = True) -> None:
        """Stop the org's calls, in every worker at once, for `seconds`."""

    def calls_left(self, org_id: str) -> float | None:
        """Return how many of an org's calls background work may still make of its day; None if unknown.

        Raises `Unsafe` without the service.
        """
