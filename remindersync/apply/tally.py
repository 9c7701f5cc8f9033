"""What a run has done so far, counted."""

from remindersync.model import Counts


class Tally:
    """What a run has done so far."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, name: str, times: int = 1) -> None:
        """Count so many more of a field of `Counts`."""
        self._counts[name] = self._counts.get(name, 0) + times

    @property
    def counts(self) -> Counts:
        return Counts(**self._counts)
