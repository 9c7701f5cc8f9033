"""Turns among the threads of one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from threading import Condition


@dataclass
class MemoryTurns:
    """Fulfils `ports.Turns`; who `waits` comes in order of arrival where they want the same."""

    held: set[tuple[str, str]] = field(default_factory=set)
    waits: list[set[tuple[str, str]]] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition)

    @contextmanager
    def take(self, org_id: str, parents: frozenset[str], *, wait_seconds: float) -> Iterator[bool]:
        wanted = {(org_id, parent) for parent in parents}
        with self._changed:
            self.waits.append(wanted)
            mine = self._changed.wait_for(lambda: self._is_next(wanted), wait_seconds)
            self.waits = [one for one in self.waits if one is not wanted]
            self.held |= wanted if mine else set()
            self._changed.notify_all()
        try:
            yield mine
        finally:
            with self._changed:
                self.held -= wanted if mine else set()
                self._changed.notify_all()

    def _is_next(self, wanted: set[tuple[str, str]]) -> bool:
        earlier = takewhile(lambda one: one is not wanted, self.waits)
        return not wanted & self.held.union(*earlier)
