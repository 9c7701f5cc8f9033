"""What a preview has read, put together into one view from which a single plan is made (FIRST-6)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from remindersync.model import Pair, Reminder, SalesforceTask, Snapshot
from remindersync.newcomers.importing import eligible
from remindersync.newcomers.matching import Matches, matches


class Look:
    """Collects the pairs of every step of a preview; what was seen again later counts as it was then."""

    def __init__(self) -> None:
        self._pairs: dict[str, Pair] = {}
        self._steps: list[Snapshot] = []

    def see(self, snapshot: Snapshot) -> None:
        """Take in what one step read."""
        self._steps.append(replace(snapshot, pairs=()))
        for pair in snapshot.pairs:
            key = _key(pair)
            known = self._pairs.get(key)
            if known is None or known.task is None or pair.task is not None:
                self._pairs[key] = pair

    def names(self) -> Mapping[str, str]:
        """Return the names of the reminders that were seen, by id."""
        return {pair.reminder.id: pair.reminder.name for pair in self._pairs.values() if pair.reminder is not None}

    def whole(self, local: Iterable[Reminder]) -> tuple[Snapshot | None, Matches]:
        """Return all that was read as one snapshot, with `local` reminders matched to Tasks nobody has.

        None where nothing was read.
        """
        if not self._steps:
            return None, Matches()
        last = self._steps[-1]
        kept_out = frozenset().union(*(step.kept_out for step in self._steps))
        ours = {one.id: one for one in local}
        free = [task for task in self._tasks(last) if task.id not in kept_out]
        found = matches(ours.values(), free, last.user.settings)
        pairs = (_matched(pair, found, ours) for pair in self._pairs.values())
        unreadable = {link.task_id: link for step in self._steps for link in step.unreadable}
        return replace(last, pairs=tuple(pairs), kept_out=kept_out, unreadable=tuple(unreadable.values())), found

    def _tasks(self, last: Snapshot) -> Iterable[SalesforceTask]:
        for pair in self._pairs.values():
            if pair.reminder is None and pair.task is not None and eligible(pair.task, last.user):
                yield pair.task


def _key(pair: Pair) -> str:
    if pair.reminder is not None:
        return pair.reminder.id
    return pair.task.id if pair.task is not None else ""


def _matched(pair: Pair, found: Matches, ours: Mapping[str, Reminder]) -> Pair:
    reminder_id = found.pairs.get(pair.task.id) if pair.reminder is None and pair.task is not None else None
    return pair if reminder_id is None else replace(pair, match=ours[reminder_id])
