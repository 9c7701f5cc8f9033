"""The virtual clock: real time plus an offset, or frozen, so that 15 days can pass in a test's second."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any


def machine_time() -> datetime:
    return datetime.now(UTC)


class VirtualClock:
    """Salesforce's clock in this box; every stamp and the Date header come from it."""

    def __init__(self, real: Callable[[], datetime] = machine_time) -> None:
        self._real = real
        self._offset = timedelta()
        self._frozen_at: datetime | None = None

    def now(self) -> datetime:
        return self._frozen_at or self._real() + self._offset

    @property
    def is_frozen(self) -> bool:
        return self._frozen_at is not None

    def second(self) -> datetime:
        """Give now with the fraction dropped, as every stored stamp has it."""
        return self.now().replace(microsecond=0)

    def advance(self, seconds: float) -> None:
        step = timedelta(seconds=seconds)
        if self._frozen_at is None:
            self._offset += step
        else:
            self._frozen_at += step

    def set(self, moment: datetime) -> None:
        if self._frozen_at is None:
            self._offset = moment - self._real()
        else:
            self._frozen_at = moment

    def freeze(self, moment: datetime | None = None) -> None:
        self._frozen_at = moment or self.now()

    def resume(self) -> None:
        """Let time run on from where it stood."""
        if self._frozen_at is not None:
            self._offset = self._frozen_at - self._real()
            self._frozen_at = None

    def reset(self) -> None:
        self._offset, self._frozen_at = timedelta(), None

    def as_json(self) -> dict[str, Any]:
        return {
            "now": self.now().isoformat(),
            "offset_seconds": (self.now() - self._real()).total_seconds(),
            "frozen": self._frozen_at is not None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `as_json` gave: a frozen moment, or the distance from real time."""
        self._offset, self._frozen_at = timedelta(seconds=state["offset_seconds"]), None
        if state["frozen"]:
            self._frozen_at = datetime.fromisoformat(state["now"])
