"""What is noted of each record alike, gathered and then written by the set: others wait while it is."""

from dataclasses import dataclass, field

from remindersync.model import HistoryEvent, Link
from remindersync.ports import Transaction


@dataclass(slots=True)
class Notes:
    """Links as they stand now, versions Salesforce has, reminders that went through, and history, in order."""

    links: list[Link] = field(default_factory=list)
    synced: dict[str, int] = field(default_factory=dict)
    mended: list[str] = field(default_factory=list)
    events: list[HistoryEvent] = field(default_factory=list)

    def write(self, tx: Transaction) -> None:
        """Write what was gathered, a statement a kind, and begin anew."""
        tx.links.put(self.links)
        tx.reminders.synced(self.synced)
        tx.journal.mended(self.mended)
        tx.journal.history(self.events)
        self.links, self.synced, self.mended, self.events = [], {}, [], []
