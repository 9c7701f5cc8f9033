"""Calls in flight: too many that run long at once, and further ones are refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from orgsim.clock import VirtualClock
from orgsim.errors import Refusal
from orgsim.faults import Seen
from orgsim.org import Org

_WORDS = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """One call being worked on, since when on the virtual clock."""

    who: Seen
    since: datetime


class InFlightCalls:
    """The calls in flight. Single-threaded by design: only the event loop touches it."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._running: set[Running] = set()

    @contextmanager
    def entered(self, who: Seen) -> Iterator[None]:
        """Count a call as in flight until the block ends."""
        one = Running(who, self._clock.now())
        self._running.add(one)
        try:
            yield
        finally:
            self._running.discard(one)

    def long_running(self, org: Org) -> int:
        """Give how many calls of an org's users have run for long."""
        now, users = self._clock.now(), org.table("User").rows
        seconds = org.settings.long_call_seconds
        long = (one for one in self._running if (now - one.since).total_seconds() >= seconds)
        return sum(one.who.user_id in users for one in long)

    def refusal(self, org: Org) -> Refusal | None:
        """Give what a further call is answered while too many run long."""
        if (
            len(self._running) <= org.settings.concurrent_limit
            or self.long_running(org) < org.settings.concurrent_limit
        ):
            return None
        return Refusal("REQUEST_LIMIT_EXCEEDED", _WORDS, status=403)
