"""Requests held in flight: each waits for the admin door or for the virtual clock, and then lands."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orgsim.clock import VirtualClock
from orgsim.faults import Rule, Seen

_LOOK_AGAIN_SECONDS = 3600.0


@dataclass(slots=True)
class Held:
    """One request in flight: `due` is when the virtual clock lets it go, None for never."""

    number: int
    who: Seen
    when: str
    since: datetime
    due: datetime | None
    is_released: bool = False
    is_dropped: bool = False
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "method": self.who.method,
            "path": self.who.path,
            "kind": self.who.kind,
            "user": self.who.username,
            "when": self.when,
            "since": self.since.isoformat(),
            "due": self.due.isoformat() if self.due else None,
        }


class Holds:
    """The requests in flight. Single-threaded by design: only the event loop touches it."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._held: dict[int, Held] = {}
        self._numbers = 0

    def all(self) -> list[Held]:
        return list(self._held.values())

    async def wait(self, who: Seen, rule: Rule) -> bool:
        """Hold a request as its rule says; False when it is to be dropped, never to land."""
        self._numbers += 1
        now = self._clock.now()
        due = now + timedelta(seconds=rule.seconds) if rule.seconds else None
        one = self._held[self._numbers] = Held(self._numbers, who, rule.when, now, due)
        try:
            while not self._may_go(one):
                await self._moved(one)
        finally:
            del self._held[one.number]
        return not one.is_dropped

    def _may_go(self, one: Held) -> bool:
        return one.is_released or one.is_dropped or (one.due is not None and self._clock.now() >= one.due)

    async def _moved(self, one: Held) -> None:
        """Wait until the door moved something or, while time runs, until the request may be due."""
        one.moved.clear()
        left = _LOOK_AGAIN_SECONDS
        if one.due is not None and not self._clock.is_frozen:
            left = max(0.0, (one.due - self._clock.now()).total_seconds())
        try:
            await asyncio.wait_for(one.moved.wait(), left)
        except TimeoutError:
            return

    def wake(self) -> None:
        """Let everyone look at the clock again: it was moved."""
        for one in self._held.values():
            one.moved.set()

    def release(self, number: int | None = None) -> int:
        """Let one request go, or all; give how many."""
        found = [one for one in self._held.values() if number in (None, one.number)]
        for one in found:
            one.is_released = True
            one.moved.set()
        return len(found)

    def drop(self) -> None:
        """Give up what is in flight: its world is gone or the server stops."""
        for one in self._held.values():
            one.is_dropped = True
            one.moved.set()
