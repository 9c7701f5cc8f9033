"""Turns among the threads of one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition


@dataclass
class MemoryTurns:
    """Fulfils `ports.Turns`."""

    held: set[tuple[str, str]] = field(default_factory=set)
    _changed: Condition = field(default_factory=Condition)

    @contextmanager
    def take(self, org_id: str, parents: frozenset[str], *, wait_seconds: float) -> Iterator[bool]:
        wanted = {(org_id, parent) for parent in parents}
        with self._changed:
            mine = self._changed.wait_for(lambda: not wanted & self.held, wait_seconds)
            self.held |= wanted if mine else set()
        try:
            yield mine
        finally:
            with self._changed:
                self.held -= wanted if mine else set()
                self._changed.notify_all()
