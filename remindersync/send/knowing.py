"""What is known of a Task when it is written: up to which second nobody saved it, and when that was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from remindersync.model import Pair, Snapshot

# What was changed a moment ago may be under somebody's hands: it is written on a condition.
YOUNG = timedelta(minutes=10)
# A call without conditions goes out this soon after a read of its records' stamps.
FRESH = timedelta(seconds=5)
_SECOND = timedelta(seconds=1)
# A stamp further ahead of the read than this comes of a Date header that is off: no wait would help.
_CLOCKS_DIFFER = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Known:
    """A Task was not saved after `stamp`, as a read that began at `read_at` showed: whole seconds of Salesforce's.

    Without a stamp all that is known is that nobody saved it in the second of the read or later.
    """

    stamp: datetime | None
    read_at: datetime

    @property
    def unless_after(self) -> datetime:
        """The second after which a save by anybody else must keep us from writing."""
        return self.stamp or self.read_at - _SECOND

    @property
    def is_tie(self) -> bool:
        """Whether it was saved in the very second of the read: a later save of that second would look the same."""
        return timedelta() <= self.unless_after - self.read_at <= _CLOCKS_DIFFER

    def is_young(self, now: datetime) -> bool:
        """Whether it was saved lately."""
        return now - self.unless_after < YOUNG

    def is_fresh(self, now: datetime) -> bool:
        """Whether it was read just now."""
        return now - self.read_at <= FRESH


def known_of(snapshot: Snapshot) -> Mapping[str, Known]:
    """Return, by reminder, what the snapshot's reads tell of the Tasks it has.

    A Task that is not among the rows that changed is as it was when it was last seen or written by us: whatever
    became of it that those rows cannot show (another owner, a late commit) has a later stamp.
    """
    found = {pair.reminder.id: _known(pair, snapshot) for pair in snapshot.pairs if pair.reminder is not None}
    return {reminder_id: known for reminder_id, known in found.items() if known is not None}


def _known(pair: Pair, snapshot: Snapshot) -> Known | None:
    if pair.task is not None:
        return Known(pair.task.stamp, pair.task.read_at)
    if pair.link is None:
        return None
    stamps = [at for at in (pair.link.stamp, pair.link.own_write_at) if at is not None]
    return Known(max(stamps, default=None), snapshot.now)
