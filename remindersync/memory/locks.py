"""A clock that stands until moved, and locks among the threads of one process."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from remindersync.errors import Superseded


@dataclass
class MemoryClock:
    """A clock that only moves when told to."""

    at: datetime = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.at += timedelta(seconds=seconds)


@dataclass
class MemoryLocks:
    """Locks that never expire by themselves."""

    held: dict[str, "MemoryLease"] = field(default_factory=dict)

    def acquire(self, name: str, *, ttl_seconds: float | None = None, wait_seconds: float = 0) -> "MemoryLease | None":
        del ttl_seconds, wait_seconds
        if name in self.held:
            return None
        self.held[name] = MemoryLease(self, name)
        return self.held[name]


@dataclass
class MemoryLease:
    """A held lock; taking it out of `MemoryLocks.held` is losing it."""

    locks: MemoryLocks
    name: str

    def check(self) -> None:
        if self.locks.held.get(self.name) is not self:
            raise Superseded("Another run holds the lock now.")

    def release(self) -> None:
        if self.locks.held.get(self.name) is self:
            del self.locks.held[self.name]
