"""What an admin asks for after a preview: lines that were shown, kept as digests, and whether they still hold."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from json import dumps

from remindersync.model.records import Link, LinkState, Reminder, Values

CHANGED_SINCE = "It changed after the preview"
SOMEBODY_ELSES = "It is somebody else's now"
GONE = "It is gone"


class AskedKind(StrEnum):
    """FOLLOW: reminders take what a changed value map makes of their Tasks. RERENDER: Subjects by today's template."""

    FOLLOW = "follow_maps"
    RERENDER = "rerender_subjects"


@dataclass(frozen=True, slots=True)
class Line:
    """What asking would change of one pair: values by the names of the side they are on."""

    before: Values
    after: Values


@dataclass(frozen=True, slots=True)
class AskedItem:
    """One line that was asked for; `before` and `after` are digests, for what people wrote is kept in one place.

    `by` is the address of who asked.
    """

    action_id: str
    reminder_id: str
    kind: AskedKind
    before: str
    after: str
    by: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of an item: done, or left as it is for a reason."""

    item: AskedItem
    left: str | None = None


def digest(values: Values) -> str:
    """Return what stands for values in an item."""
    return sha256(dumps(dict(values), sort_keys=True).encode()).hexdigest()


def out_of_reach(reminder: Reminder, link: Link) -> str | None:
    """Return why nothing may be asked of a pair now, None where it may."""
    if reminder.deleted_at is not None:
        return "It is in the bin"
    if link.state is not LinkState.ACTIVE:
        return "Its Task is out of reach"
    if reminder.held_change is not None:
        return "A change from Salesforce waits for approval"
    return None


def holds(item: AskedItem, line: Line | str | None) -> str | None:
    """Return why an item is to be left, None where its line today is the one that was shown."""
    if isinstance(line, str):
        return line
    if line is None or (digest(line.before), digest(line.after)) != (item.before, item.after):
        return CHANGED_SINCE
    return None
