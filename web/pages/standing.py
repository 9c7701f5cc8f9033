"""How a person's sync stands, as their settings page shows it while it is open."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from remindersync.store.people import AppUser
from remindersync.store.status import Progress, SyncState
from web.pages import words
from worker.services import Services

_BUSY = (SyncState.FIRST_SYNC, SyncState.RUNNING)
_BUSY_SECONDS = 2
_IDLE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """What is shown of a person's sync, times in their own zone."""

    mode: str
    state: str
    progress: Progress | None
    last_run: str | None
    next_run: str | None
    backlog: int
    errors: int
    held: int
    left_out: int | None
    last_error: str | None
    least_seconds: float | None
    busy: bool

    @property
    def mark(self) -> str:
        """What changes when something of this does."""
        return sha256(repr(self).encode()).hexdigest()[:16]

    @property
    def every_seconds(self) -> int:
        """How soon an open page looks again."""
        return _BUSY_SECONDS if self.busy else _IDLE_SECONDS


def standing_of(services: Services, person: AppUser) -> Standing:
    """Return how a person's sync stands now."""
    (status,) = services.directory.status(person.id)
    least = services.pace.least(services.pace.calls_each(status.org_id)) if status.org_id else None
    return Standing(
        mode=status.mode,
        state=status.state.value,
        progress=status.progress,
        last_run=words.local_time(status.last_run_at, person.time_zone) if status.last_run_at else None,
        next_run=_next(status.next_due_at, person.time_zone) if status.mode == "on" else None,
        backlog=status.backlog,
        errors=status.errors,
        held=status.held,
        left_out=status.left_out,
        last_error=status.last_error,
        least_seconds=least,
        busy=status.state in _BUSY,
    )


def _next(at: datetime | None, time_zone: str) -> str:
    return "now" if at is None or at <= datetime.now(UTC) else words.local_time(at, time_zone)
