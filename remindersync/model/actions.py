"""What a plan consists of; each action carries a reason a person can read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from remindersync.errors import Fault
from remindersync.model.records import Base, Link, Reminder, SalesforceTask, Side, Value, Values


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One value that came or went (MERGE-4). `kept` is False for a value that lost.

    `meant` is the name for which an `old` Subject stood: what stood around it is not known later (SUBJ-4).
    """

    reminder_id: str
    side: Side
    actor: str
    field: str
    old: Value
    new: Value
    rule: str
    login: str | None = None
    kept: bool = True
    meant: Value = None


@dataclass(frozen=True, slots=True)
class Loss:
    """A value that was overwritten, kept in history with the rule that decided (MERGE-2)."""

    field: str
    side: Side
    value: Value
    winner: Value
    rule: str


@dataclass(frozen=True, slots=True)
class ImportTask:
    """Make a reminder of a Task nobody here has."""

    reminder: Reminder
    link: Link
    reason: str

    @property
    def reminder_id(self) -> str:
        return self.reminder.id


@dataclass(frozen=True, slots=True)
class MatchTask:
    """Pair a local reminder with a Task that says the same; from then on both are kept in step (FIRST-6)."""

    reminder_id: str
    version: int
    name: str
    link: Link
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeReminder:
    """Write Salesforce's newer values over `before`, if the reminder still has the `version` the plan saw."""

    reminder_id: str
    version: int
    values: Values
    before: Values
    link: Link
    reason: str
    losses: tuple[Loss, ...] = ()
    person_name: str = ""


@dataclass(frozen=True, slots=True)
class BinReminder:
    """Put a reminder into the bin because its Task was deleted."""

    reminder_id: str
    version: int
    link: Link
    reason: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class UnbinReminder:
    """Take a reminder out of the bin, its Task being undeleted or edited, with Salesforce's values over `before`."""

    reminder_id: str
    version: int
    values: Values
    before: Values
    link: Link
    reason: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Rebase:
    """Remember what Salesforce shows or how the pair stands; no value of a reminder changes."""

    link: Link
    reason: str
    losses: tuple[Loss, ...] = ()

    @property
    def reminder_id(self) -> str:
        return self.link.reminder_id


@dataclass(frozen=True, slots=True)
class Settle:
    """Note that Salesforce has nothing to learn from this version of a reminder."""

    reminder_id: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class MoveReminder:
    """Give a reminder to the user who owns its Task now (SYNC-7).

    With a `from_user` the new owner's run takes it: the former owner is not active, no run of theirs comes (SYNC-10).
    `owes` says that Salesforce lacks something of it, also where nobody edited it: the new owner's run sends that.
    """

    reminder_id: str
    version: int
    to_user: str
    link: Link
    reason: str
    from_user: str | None = None
    owes: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """Tell the run of a reminder's present owner what another user's run was shown of its Task (SYNC-7)."""

    reminder_id: str
    task: SalesforceTask
    reason: str


@dataclass(frozen=True, slots=True)
class CreateTask:
    """Create a reminder's Task under `key`; `link` is how the pair stands once `task_id` is known."""

    reminder_id: str
    version: int
    key: str
    payload: Values
    base: Base
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Write only the fields that changed here over `before`; `link` is how the pair stands afterwards.

    Both use Salesforce's names. `move_to` is the user who owns the reminder once OwnerId is written (SYNC-7).
    `name_before` is the name for which the Subject stood.
    """

    reminder_id: str
    version: int
    payload: Values
    before: Values
    link: Link
    reason: str
    move_to: str | None = None
    name_before: Value = None


@dataclass(frozen=True, slots=True)
class DeleteTask:
    """Delete the Task of a reminder that was deleted here; `losses` are edits in Salesforce that go with it."""

    reminder_id: str
    version: int
    link: Link
    reason: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class AdoptTask:
    """Pair a reminder with the Task that an earlier create, whose answer was lost, turns out to have made."""

    reminder_id: str
    intent_id: str
    link: Link
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class Landed:
    """Tell what a write of ours did whose answer was lost, now that Salesforce shows it done (ONCE-1, MERGE-2).

    `written` over `before` are in Salesforce's names; `name_before` is the name for which the Subject stood.
    """

    reminder_id: str
    written: Values
    before: Values
    reason: str
    name_before: Value = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Leave a reminder alone until `until`: a write of it may still land in Salesforce (ONCE-2)."""

    reminder_id: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Park:
    """Put a reminder aside until it changes or a person retries, with the fault that explains why."""

    reminder_id: str
    version: int
    fault: Fault
    reason: str


Inbound = (
    ImportTask
    | MatchTask
    | ChangeReminder
    | BinReminder
    | UnbinReminder
    | Rebase
    | Settle
    | MoveReminder
    | HandOver
    | AdoptTask
    | Landed
    | Wait
    | Park
)
Outbound = CreateTask | ChangeTask | DeleteTask
Action = Inbound | Outbound


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, complete before anything is done: first here, then in Salesforce.

    `owed` are reminders in step for which something is to be sent all the same: until it is saved they count as unsent,
    for nothing else would bring them back. `skipped` are reminders about which nothing is done, with the reason;
    `names` are those of reminders, where a person is to read the plan by name.
    """

    inbound: tuple[Inbound, ...] = ()
    outbound: tuple[Outbound, ...] = ()
    owed: frozenset[str] = frozenset()
    skipped: tuple[tuple[str, str], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.inbound or self.outbound)
