"""What people did, in the order in which each record saw it: the edits that have to be accounted for in the end."""

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True)
class Edit:
    """One accepted value of one field; `saw` is what the page showed that it was made on, in Salesforce only."""

    record: str
    field: str
    value: str
    saw: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Journal:
    """Everybody's edits on both sides, and how often they were let through, refused or left in doubt."""

    here: dict[tuple[str, str], list[Edit]] = field(default_factory=lambda: defaultdict(list))
    there: dict[tuple[str, str], list[Edit]] = field(default_factory=lambda: defaultdict(list))
    deleted_there: set[str] = field(default_factory=set)
    undeleted_there: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def accepted_here(self, record: str, name: str, value: str) -> None:
        with self._guard:
            self.here[record, name].append(Edit(record, name, value))

    def accepted_there(self, record: str, name: str, value: str, saw: str | None) -> None:
        with self._guard:
            self.there[record, name].append(Edit(record, name, value, saw))

    def count(self, what: str) -> None:
        with self._guard:
            self.counts[what] += 1

    def wonder(self, what: str) -> None:
        """Note an answer nobody should ever get."""
        with self._guard:
            self.strange.append(what)
