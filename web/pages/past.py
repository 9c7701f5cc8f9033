"""A reminder's history as its page shows it: what happened together, and what of it can be put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from remindersync.model import Side
from remindersync.store.app_reminders import HistoryEntry
from remindersync.store.history import ERASED

# What is put back by other buttons, or not at all.
_NEVER = frozenset({"shared", "deleted"})
_MAY_BE_EMPTY = frozenset({"due_date", "details", "person", "person_name", "person_email"})


@dataclass(frozen=True, slots=True)
class Line:
    """One event; `restorable` where its old value can be put back by a click (MERGE-2)."""

    event: HistoryEntry
    restorable: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """What one person or run did at once."""

    lines: tuple[Line, ...]

    @property
    def first(self) -> HistoryEntry:
        return self.lines[0].event


def moments(events: Sequence[HistoryEntry]) -> list[Moment]:
    """Return what happened, the latest first; `events` are all there are, oldest first."""
    made_at = events[0].at if events else None
    grouped = groupby(events, key=lambda event: (event.at, event.actor, event.side))
    return [
        Moment(tuple(Line(event, _is_restorable(event) and at != made_at) for event in group))
        for (at, *_), group in grouped
    ][::-1]


def _is_restorable(event: HistoryEntry) -> bool:
    if event.field in _NEVER or event.old == ERASED or (event.old is None and event.field not in _MAY_BE_EMPTY):
        return False
    # What was written to Salesforce came from here: another line says it. What lost there did not.
    return event.side is Side.APP or not event.kept
