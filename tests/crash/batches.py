"""Many trials or histories in a row: none may go wrong, and a line in the log tells how many there were."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.crash.histories import History
from tests.crash.memory_stage import MemoryStage

PARTS = 4
# So that a long batch can be spread over processes, or be picked by `-k 1of4`.
IN_PARTS = pytest.mark.parametrize("part", range(PARTS), ids=[f"{one + 1}of{PARTS}" for one in range(PARTS)])


@dataclass
class Batch:
    """Counts what was tried; `name` says what it was, `proof` takes the line that tells it."""

    name: str
    proof: Callable[[str], None]
    make: Callable = MemoryStage
    tried: int = 0
    parked: int = 0
    wrong: list[str] = field(default_factory=list)

    def trials(self, some, every, *, may_park=lambda trial: False):
        """Run some of every trial; `may_park` says of which a possible duplicate may stay parked."""
        for trial in some:
            found, doubtful = trial.run(make=self.make)
            self._count(doubtful)
            if found or (doubtful and not may_park(trial)):
                self.wrong.append(f"{trial}: {found, doubtful}")
        self._end(f"{self.tried} of {len(every)} trials")

    def histories(self, seeds):
        """Play a history for each seed."""
        for seed in seeds:
            history = History(seed, self.make)
            found, doubtful = history.play()
            self._count(doubtful)
            if found:
                self.wrong.append("\n".join([f"CRASH_SEED={seed}", *history.story, *found]))
        self._end(f"{self.tried} histories of the seeds {seeds[0]} to {seeds[-1]} in steps of {seeds.step}")

    def _count(self, doubtful):
        self.tried, self.parked = self.tried + 1, self.parked + bool(doubtful)

    def _end(self, told):
        self.proof(f"{self.name}: {told}, {len(self.wrong)} wrong, {self.parked} with a possible duplicate parked")
        assert not self.wrong, "\n".join(self.wrong)
