"""What admins asked for after a preview, as a run sees it."""

from collections.abc import Collection
from typing import Protocol

from remindersync.model import AskedItem, Decided

# The last item of a page: its reminder and its action.
AskedPlace = tuple[str, str]


class Asked(Protocol):
    """What was asked of the run's user's reminders and is not decided yet (MAP-2, SUBJ-5)."""

    def waiting(self, after: AskedPlace | None, limit: int) -> list[AskedItem]:
        """Return items that wait, by reminder and action, behind `after`."""

    def decide(self, decisions: Collection[Decided]) -> None:
        """Note what became of items."""
