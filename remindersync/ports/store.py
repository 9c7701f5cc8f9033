"""What a run reads and writes here, a transaction at a time."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from remindersync.errors import Fault
from remindersync.model import (
    Counts,
    GuardedChange,
    HistoryEvent,
    Intent,
    Ledger,
    Link,
    Outcome,
    Place,
    Plan,
    Reminder,
    RunRef,
    SalesforceTask,
    Values,
)
from remindersync.ports.asked import Asked


@dataclass(frozen=True, slots=True)
class Change:
    """Mapped values for a reminder that still has `version`; another person is named `person_name`."""

    reminder_id: str
    version: int
    values: Values
    person_name: str = ""


class Reminders(Protocol):
    """The reminders of the run's user."""

    def unsynced(self, limit: int) -> list[Reminder]:
        """Return shared reminders whose version Salesforce lacks, oldest edit first.

        One that is held, parked, or has a change waiting for approval is not among them. A run of one reminder
        sees no other, a hand-over only those that were assigned to somebody else (SYNC-8, SYNC-10).
        """

    def by_ids(self, ids: Collection[str]) -> dict[str, Reminder]:
        """Return reminders by id, whoever of the team owns them."""

    def add(self, reminders: Collection[Reminder]) -> None:
        """Store imported reminders; one already there is left as it is."""

    def change(self, changes: Collection[Change]) -> set[str]:
        """Set mapped fields of reminders, each once at most; return those that still had their version, by id.

        Their versions rise by one, and the synced version follows if a reminder was in sync. A status sets or clears
        the completion time.
        """

    def bin(self, versions: Mapping[str, int]) -> set[str]:
        """Put those of these reminders into the bin that still have the version, like `change`; return them by id."""

    def unbin(self, reminder_id: str, version: int, values: Values) -> bool:
        """Take a reminder out of the bin if it still has `version`, and set `values`, like `change`; whether it had."""

    def share(self, reminder_id: str, version: int) -> bool:
        """Let a local reminder of the user's go out if it still has `version`, which stays; whether it was one."""

    def local(self) -> list[Reminder]:
        """Return the user's local reminders outside the bin that have no Task, by id."""

    def move(self, reminder_id: str, version: int, to_user: str) -> bool:
        """Give a reminder to another user of the team, mark them due, and clear a pending assignment."""

    def take(self, reminder_id: str, version: int, from_user: str) -> bool:
        """Take a reminder from a user of the team who is asleep, like `unbin`, and make the run's user due again.

        A hand-over of its Task becomes the run's user's. False too where the other's row is in use or they are awake.
        """

    def synced(self, versions: Mapping[str, int]) -> None:
        """Note that Salesforce has these versions of reminders."""

    def resend(self, reminder_id: str) -> None:
        """Note that Salesforce has no version of a reminder any more: it waits to be sent."""

    def park(self, reminder_id: str, version: int) -> None:
        """Leave this version of a reminder alone until it changes or a person retries."""

    def hold(self, reminder_id: str, until: datetime) -> None:
        """Leave a reminder alone until then."""

    def back_off(self, reminder_id: str, until: datetime) -> None:
        """Leave a reminder that Salesforce refused for now alone until then, and count one more refusal (DIAG-1).

        The count begins anew once a version of it is `synced`, or a person edits it.
        """


class Links(Protocol):
    def of_tasks(self, task_ids: Collection[str]) -> dict[str, Link]:
        """Return the links of these Tasks of the run's org, tombstones too, by Task id."""

    def of_reminders(self, reminder_ids: Collection[str]) -> dict[str, Link]:
        """Return the present link of each reminder that has one, by reminder id."""

    def count_open(self) -> int:
        """Count the active links of the user's open reminders outside the bin."""

    def unseen(self, after: str, limit: int) -> list[Link]:
        """Return active and unreachable links of the user's open reminders, by Task id, behind `after`.

        In a full run those of completed reminders come too (SYNC-8).
        """

    def companies(self, person_ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Return, by person, the companies that active Tasks of the org about them were read with (DIAG-2)."""

    def put(self, links: Collection[Link]) -> None:
        """Insert or replace links, one of a reminder at most.

        A second link for a reminder or a Task is refused by the database (ONCE-4): `SyncError`, and what stands here
        of the others is to be rolled back.
        """


class Intents(Protocol):
    def open(self) -> list[Intent]:
        """Return the intents of the user's reminders that no answer has closed, oldest first.

        They go with a reminder that is given to another user: the write may land after it moved (ONCE-1).
        """

    def of_colleagues(self, keys: Collection[str]) -> dict[str, str]:
        """Return, by key, the reminders of other users of the team a create of which has no answer yet."""

    def record(self, intents: Iterable[Intent]) -> None:
        """Store intents before they are sent."""

    def close(self, intent_ids: Collection[str], result: str) -> None:
        """Note the answers: `saved`, `refused` or `void`."""


class Journal(Protocol):
    def history(self, events: Iterable[HistoryEvent]) -> None:
        """Append to history."""

    def fault(self, fault: Fault, *, reminder_id: str | None = None, task_id: str | None = None) -> None:
        """Open a diagnostic, or count it again if it is open.

        A user who has been told to reconnect is not told again: a lost login is one notice (DIAG-4).
        """

    def mended(self, reminder_ids: Collection[str]) -> None:
        """Resolve the open diagnostics of reminders that went through."""


class Guards(Protocol):
    """Changes of this user that wait for approval (DIAG-6)."""

    def ledger(self) -> Ledger:
        """Count what the guards go by."""

    def hold(self, changes: Mapping[str, GuardedChange]) -> None:
        """Let changes wait, by reminder id; one that waits already stays as it is unless it is another change now."""

    def release(self, reminder_ids: Collection[str]) -> None:
        """Note that nothing of these reminders waits any more.

        That somebody approved it stays known; of one of which nothing waited, that is forgotten.
        """


class HandOvers(Protocol):
    """Pairs of this user that another user's run saw move (SYNC-7)."""

    def give(self, reminder_id: str, task: SalesforceTask) -> None:
        """Leave a row for the reminder's present owner and mark that owner due."""

    def waiting(self) -> list[SalesforceTask]:
        """Return the Tasks of this user's pairs that others saw, and own ones whose reminder's owner is asleep."""

    def done(self, task_ids: Collection[str]) -> None:
        """Drop rows that were dealt with."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A row the org feed left for a user; `version` rises when a newer read replaces it.

    `unchanged_until` is the feed's front before the read that first showed the change.
    """

    task: SalesforceTask
    version: int
    unchanged_until: datetime


@dataclass(frozen=True, slots=True)
class FeedState:
    """How the org feed stands for a run: since when it has no gap, where its reading is, and what waits here.

    It may be taken for all that changed only while `trusted`: lately read, with a login that sees everything.
    `clock_offset_seconds` is Salesforce's clock minus the app's; `more` says that further rows wait.
    """

    since: datetime
    front: datetime
    swept: datetime
    trusted: bool
    clock_offset_seconds: float = 0.0
    rows: tuple[Staged, ...] = ()
    more: bool = False


class Feed(Protocol):
    """What the org feed left for the run's user (SYNC-3)."""

    def state(self, limit: int) -> FeedState | None:
        """Return how the feed stands, with at most `limit` rows in order of stamp and id; None without a feed."""

    def used(self, rows: Collection[Staged]) -> None:
        """Drop rows that were dealt with; one that was replaced since it was shown stays."""


class Batches(Protocol):
    """How many records one call may carry in the run's org (DIAG-2)."""

    def size(self) -> int | None:
        """Return how many, None where no limit is known. What was found out doubles with every hour."""

    def found(self, size: int) -> None:
        """Note that so many went through where more were refused as a whole."""


class Listed(Protocol):
    """The Tasks that the user chose by name when they turned sync on, and that are not dealt with yet (FIRST-6)."""

    def next(self, limit: int) -> list[str]:
        """Return Task ids in the order in which they were listed."""

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, str | None]:
        """Return those of these Tasks that were chosen, with the local reminder to match, None to import."""

    def done(self, task_ids: Collection[str]) -> None:
        """Forget Tasks that were dealt with."""


class Transaction(Protocol):
    """One short database transaction of a run."""

    @property
    def reminders(self) -> Reminders: ...
    @property
    def links(self) -> Links: ...
    @property
    def intents(self) -> Intents: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def handovers(self) -> HandOvers: ...
    @property
    def guards(self) -> Guards: ...
    @property
    def feed(self) -> Feed: ...
    @property
    def asked(self) -> Asked: ...
    @property
    def listed(self) -> Listed: ...
    @property
    def batches(self) -> Batches: ...

    def owner_of(self, salesforce_id: str) -> str | None:
        """Return the syncing app user of the team with this Salesforce user id."""

    def asleep(self, user_id: str) -> bool:
        """Say whether no run of an app user comes: they are deactivated, or not active in Salesforce (SYNC-10)."""

    def salesforce_id_of(self, user_id: str) -> str | None:
        """Return the Salesforce user id of an app user of the team."""

    def email_of(self, user_id: str) -> str | None:
        """Return the e-mail address of an app user of the team: how history names people."""

    def save(self, place: Place) -> None:
        """Move the run's place on: the last statement of a step."""


@dataclass(frozen=True, slots=True)
class Finish:
    """How a run ends. `wait_seconds` until the next one counts from now, on the database's clock."""

    outcome: Outcome
    place: Place
    counts: Counts
    calls: int
    wait_seconds: float
    poll_seconds: float
    error: str | None = None
    plan: Plan | None = None


class Runs(Protocol):
    """The book of runs: the only way to a transaction."""

    def start(self, user_id: str, claim: int | None) -> RunRef | Outcome:
        """Raise the fence and begin, or say why not: STALE_CLAIM (not the row's claim) or OFF.

        A queued run of the user (first, full, dry) is taken up; else it is a poll or an edit.
        """

    def again(self, user_id: str, claim: int | None) -> None:
        """Note that the user is due once more: this claim's job found the lock taken."""

    def transaction(self, run: RunRef) -> AbstractContextManager[Transaction]:
        """Open a transaction that holds the run's fence. Commits at the end of the block, rolls back on an error.

        Raises `Superseded` if a later run raised the fence or sync was turned off.
        """

    def finish(self, run: RunRef, end: Finish) -> datetime | None:
        """End the run and release its claim in one statement; return when the user is due next, None if not at all.

        That is at once if someone noted *again*. Raises `Superseded`.
        """
