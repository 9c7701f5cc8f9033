"""What the store in memory holds, and how a block of writes is taken back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from remindersync.errors import Fault
from remindersync.model import (
    ActsAs,
    AskedItem,
    Choice,
    Decided,
    HistoryEvent,
    Intent,
    Link,
    Place,
    Reminder,
    RunKind,
    SalesforceTask,
    SyncUser,
)
from remindersync.model.batches import BatchSize
from remindersync.ports import FeedState, Staged

Key = TypeVar("Key")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Asked:
    """A run somebody asked for; `running` once one has begun."""

    id: str
    kind: RunKind
    running: bool = False
    full: bool = False
    only: str | None = None
    choice: Choice = field(default_factory=Choice)

    @property
    def comes_between(self) -> bool:
        """Whether it comes between the slices of longer work."""
        return self.kind is RunKind.HAND_OVER or self.only is not None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A Task left for `owner`; `taken` is the fence of the run that was shown it."""

    owner: str
    task: SalesforceTask
    taken: int | None = None


@dataclass
class MemoryUser:
    """A user and where their runs stand. `claim` is the number that may start the next run, None without one."""

    user: SyncUser
    place: Place
    on: bool = True
    active: bool = True
    inactive_there: bool = False
    fence: int = 0
    claim: int | None = None
    due_at: datetime | None = None
    again: bool = False
    interactive: bool = False
    poll_seconds: float = 15
    asked: list[Asked] = field(default_factory=list)

    @property
    def asleep(self) -> bool:
        """Whether no run of theirs comes: deactivated, or not active in Salesforce (SYNC-10)."""
        return not self.active or self.inactive_there

    @property
    def paused(self) -> bool:
        """Whether the team's login, which acts for them, found them not active: one's own login tells by itself."""
        return self.inactive_there and self.user.acts_as is ActsAs.INTEGRATION

    @property
    def may_run(self) -> bool:
        besides = any(one.kind in (RunKind.HAND_OVER, RunKind.PREVIEW) for one in self.asked)
        return (besides or (self.on and self.active and not self.paused)) and bool(self.user.salesforce_id)

    def mark_due(self, now: datetime, *, interactive: bool = False) -> None:
        """Make the user due at once, and once more after a run that is under way."""
        if self.on and self.active and not self.paused:
            self.due_at, self.again, self.interactive = now, True, self.interactive or interactive


@dataclass
class State:
    """Every table: intents with their user and result, faults with their count, by what makes them one."""

    users: dict[str, MemoryUser] = field(default_factory=dict)
    reminders: dict[str, Reminder] = field(default_factory=dict)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    intents: dict[str, tuple[str, Intent, str | None]] = field(default_factory=dict)
    history: list[HistoryEvent] = field(default_factory=list)
    faults: dict[tuple[str, str, str | None, str | None], tuple[Fault, int]] = field(default_factory=dict)
    handovers: dict[tuple[str, str], HandedOver] = field(default_factory=dict)
    # By user and Task, in the order in which they were listed: the reminder to match, if any.
    listed: dict[tuple[str, str], str | None] = field(default_factory=dict)
    # By org, and by org, user and Task.
    feeds: dict[str, FeedState] = field(default_factory=dict)
    staged: dict[tuple[str, str, str], Staged] = field(default_factory=dict)
    # By action and reminder: whose run decides it, and what was decided.
    asked: dict[tuple[str, str], tuple[str, AskedItem, Decided | None]] = field(default_factory=dict)
    # By org.
    batches: dict[str, BatchSize] = field(default_factory=dict)


class Undo:
    """Writes that can be taken back; true once there is one."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], object]] = []

    def __bool__(self) -> bool:
        return bool(self._steps)

    def put(self, table: dict[Key, Row], key: Key, row: Row) -> None:
        """Set a row."""
        before = [table[key]] if key in table else []
        self._steps.append(lambda: table.update({key: before[0]}) if before else table.pop(key))
        table[key] = row

    def drop(self, table: dict[Key, Row], key: Key) -> None:
        """Delete a row that is there."""
        row = table.pop(key)
        self._steps.append(lambda: table.update({key: row}))

    def append(self, rows: list[Row], new: Iterable[Row]) -> None:
        """Add rows at the end."""
        start = len(rows)
        rows.extend(new)
        if len(rows) > start:
            self._steps.append(lambda: rows.__delitem__(slice(start, None)))

    def take_back(self) -> None:
        """Put everything back as it was."""
        while self._steps:
            self._steps.pop()()
