"""One run: people work, strokes fall, then it is quiet, and everything is looked at."""

import heapq
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from tests.chaos.afflictions import Afflictions
from tests.chaos.house import House
from tests.chaos.journal import Journal
from tests.chaos.people import Load
from tests.chaos.schedule import Stroke, drawn
from tests.chaos.sides import Sides, read
from tests.chaos.team import Member
from tests.fixtures.waiting import eventually

_LOOK_SECONDS = 0.2
# A write whose answer was lost counts as still landing for ten minutes (ONCE-1).
_QUIET_SECONDS = 660
_SHOWN = 20


@dataclass
class Siege:
    """What was done to a house while its people worked, and how long it took to come right."""

    house: House
    team: list[Member]
    seed: int
    seconds: float
    journal: Journal = field(default_factory=Journal)
    inflicted: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    quiet_seconds: float = 0.0
    # What still kept both sides apart when they were compared last.
    _restless: list[str] = field(default_factory=list)

    def go(self) -> Sides:
        """Work and suffer for the time given, then rest until both sides are equal; return them."""
        load = Load(self.team, self.journal, self.seed)
        load.start()
        try:
            self._suffer()
        finally:
            load.stop()
        return self._rest()

    def _suffer(self) -> None:
        afflictions = Afflictions(self.house, self.team)
        started, order = time.monotonic(), count()
        ahead: list[tuple[float, int, Stroke | None, Callable[[], object] | None]] = []
        for stroke in drawn(self.seed, self.seconds):
            heapq.heappush(ahead, (stroke.at_seconds, next(order), stroke, None))
        while ahead:
            self.house.look_after()
            at, _, stroke, undo = ahead[0]
            if at > time.monotonic() - started:
                time.sleep(_LOOK_SECONDS)
                continue
            heapq.heappop(ahead)
            if stroke is not None and not afflictions.may_begin(stroke):
                heapq.heappush(ahead, (at + 1, next(order), stroke, None))
            elif stroke is not None:
                end = afflictions.begin(stroke)
                self._note(time.monotonic() - started, stroke)
                heapq.heappush(ahead, (at + stroke.lasts_seconds, next(order), None, end))
            elif undo is not None:
                undo()

    def _note(self, at: float, stroke: Stroke) -> None:
        self.inflicted[stroke.kind] += 1
        self.story.append(f"{at:6.1f} s  {stroke.kind}, for {stroke.lasts_seconds:.1f} s")

    def _rest(self) -> Sides:
        started = time.monotonic()
        self.house.look_after()
        self.house.await_ready()
        eventually(self.house.ask_for_calls_again)
        try:
            sides = eventually(self._equal_sides, pause_seconds=1, give_up_seconds=_QUIET_SECONDS)
        except AssertionError as error:
            told = [f"CHAOS_SEED={self.seed}", *self.story, *self._restless]
            raise AssertionError("\n".join([str(error), *told])) from None
        self.quiet_seconds = time.monotonic() - started
        return sides

    def _equal_sides(self) -> Sides | None:
        self.house.look_after()
        sides = read(self.house, self.team)
        self._restless = sides.problems(self.journal.undeleted_there)[:_SHOWN]
        for status in self.house.parts.directory.status():
            if status.backlog:
                self._restless.append(f"{status.email}: {status.backlog} to send, {status.last_outcome}")
        return None if self._restless else sides
