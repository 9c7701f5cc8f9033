"""What the engine needs from the world, as protocols; the adapters beside it and `memory` fulfil them.

Every transaction belongs to one run and begins by locking the run's fence; a later run's start makes it raise
`Superseded`. None is ever open while Salesforce is being asked.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from remindersync.errors import Fault
from remindersync.model import (
    Counts,
    FirstSync,
    GuardedChange,
    HistoryEvent,
    Intent,
    Ledger,
    Link,
    OrgFacts,
    Outcome,
    Place,
    Plan,
    Reminder,
    RunRef,
    SalesforceTask,
    SyncUser,
    Values,
)


class Clock(Protocol):
    """The app's clock."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for measuring spans."""


# ── Locks and allowance ─────────────────────────────────────────────────────────────────────────────────────


class Lease(Protocol):
    """A lock this process holds; it is renewed until released."""

    def check(self) -> None:
        """Raise `Superseded` if the lock is ours no more, `Unsafe` if that cannot be told."""

    def release(self) -> None:
        """Give the lock back; one that expired meanwhile is no error."""


class Locks(Protocol):
    def acquire(self, name: str, *, ttl_seconds: float = 60, wait_seconds: float = 0) -> Lease | None:
        """Take the lock `name`, waiting at most `wait_seconds`; None if another holds it.

        Raises `Unsafe` when the lock service is out of reach.
        """


class Limiter(Protocol):
    """The org's API allowance, shared by all workers."""

    def admit(self, org_id: str, *, background: bool) -> None:
        """Let one call pass. Raises `AllowanceSpent` when it must wait, `Unsafe` without the service."""

    def saw(self, org_id: str, used: int, allowed: int) -> None:
        """Note the usage an answer's header reported."""

    def hold(self, org_id: str, seconds: float, *, background_only: bool = True) -> None:
        """Stop the org's calls, in every worker at once, for `seconds`."""


# ── Salesforce ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Key:
    """A place in rows ordered by a stamp or date and then by id; a null date is None."""

    at: datetime | date | None
    id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one read. `read_at` is when the read began, by Salesforce's Date header; `more` if rows are left."""

    tasks: tuple[SalesforceTask, ...]
    read_at: datetime
    more: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of SystemModstamp; no `end` means until now."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskWrite:
    """One record of a collections call: a create has a `key`, an update an `id`."""

    values: Values
    id: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class WriteAnswer:
    """What Salesforce said of one record: its id, or the fault; `at` is the answer's time by its Date header."""

    at: datetime
    id: str | None = None
    fault: Fault | None = None
    created: bool = False


class SalesforceTasks(Protocol):
    """A Salesforce org, seen and changed as one login. Every method is one call unless it says otherwise.

    All raise `SalesforceRefused` (nothing was done), `SalesforceUnclear` (a write may have been saved),
    `LoginLost`, `AllowanceSpent` or `Unsafe`.
    """

    @property
    def calls(self) -> int:
        """How many calls this object has made so far."""

    @property
    def login(self) -> str:
        """The Salesforce username that acts, for history."""

    def facts(self) -> OrgFacts:
        """Describe the org; remembered for the life of the process."""

    def changed(self, windows: Sequence[Window], *, after: Key | None = None, limit: int = 2000) -> Page:
        """Read the owner's Tasks stamped in any of `windows`, deleted and archived ones too, by stamp and id."""

    def count_first(self, since: datetime) -> int:
        """Count the owner's Tasks modified since `since`: what a first sync will look at, at most."""

    def first(self, first: FirstSync, today: date, *, limit: int = 200) -> Page:
        """Read one page of a first sync: part 1 due today or later by date, part 2 the rest (FIRST-3)."""

    def by_ids(self, ids: Collection[str]) -> Page:
        """Read Tasks by id, deleted ones too, whoever owns them; unreadable ones are missing. 200 ids a call."""

    def fitting(self, ids: Collection[str], condition: str) -> frozenset[str]:
        """Return which of these Tasks fit a team's import condition. 200 ids a call."""

    def look_up(self, since: datetime, until: datetime, subject: Values) -> Page:
        """Find Tasks this login created in a span with the Subject and due date given (ONCE-2)."""

    def create(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        """Create up to 200 Tasks, by upsert on the org's key field where it has one; an answer each, in order."""

    def update(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        """Change up to 200 Tasks; an answer each, in order."""

    def delete(self, ids: Sequence[str]) -> list[WriteAnswer]:
        """Delete up to 200 Tasks; one already deleted is a success."""


@dataclass(frozen=True, slots=True)
class Deletions:
    """What the deletion log tells of a span: when each Task was deleted, and up to when the log is sure."""

    at: Mapping[str, datetime]
    covered_until: datetime


class Org(Protocol):
    """A Salesforce org as an integration login sees it: every Task, whoever owns it. One call a method.

    The methods raise what those of `SalesforceTasks` raise.
    """

    @property
    def calls(self) -> int:
        """How many calls this object has made so far."""

    def sees_all(self) -> tuple[bool, datetime]:
        """Say whether the login has *View All Data*, and when that was asked, by Salesforce's Date header."""

    def changed(self, windows: Sequence[Window], *, after: Key | None = None, limit: int = 2000) -> Page:
        """Read everybody's Tasks stamped in any of `windows`, deleted and archived ones too, by stamp and id."""

    def deleted(self, since: datetime, until: datetime) -> Deletions:
        """Read the deletion log, hard deletions too; a span of more than a minute, 15 days back at most."""

    def by_ids(self, ids: Collection[str]) -> Page:
        """Read Tasks by id, deleted ones too; what is missing is gone for good. 200 ids a call."""


class ConnectOrg(Protocol):
    def __call__(self, team_id: str, org_id: str) -> Org:
        """Return a team's org, seen with its integration login. Raises `LoginLost` without one."""


class Connect(Protocol):
    def __call__(self, user: SyncUser, *, background: bool) -> SalesforceTasks:
        """Return the user's Salesforce, acting with their own login. Raises `LoginLost` without one."""


class Grant(StrEnum):
    """How a login gets its next access token."""

    REFRESH = "refresh"
    JWT = "jwt"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Login:
    """A way into an org as one Salesforce user; tokens are in the clear here and encrypted at rest.

    `version` rises with every stored token. Without `user_id` it is the team's integration login.
    """

    id: str
    team_id: str
    user_id: str | None
    org_id: str
    salesforce_id: str
    username: str
    instance_url: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False, default=None)
    grant: Grant = Grant.NONE
    active: bool = True
    version: int = 1


class Logins(Protocol):
    """The stored Salesforce logins."""

    def of_user(self, user_id: str) -> Login | None:
        """Return a user's own login."""

    def of_team(self, team_id: str) -> Login | None:
        """Return a team's integration login."""

    def renew(self, login: Login, *, access_token: str, instance_url: str, refresh_token: str | None) -> Login:
        """Store new tokens before anyone uses them; return what is stored.

        Where `login.version` is no longer the stored one, nothing is written and the stored one is returned.
        """

    def lose(self, login: Login, reason: str) -> None:
        """Mark the login *reconnect needed*, unless its tokens were renewed meanwhile."""


# ── The store ───────────────────────────────────────────────────────────────────────────────────────────────


class Reminders(Protocol):
    """The reminders of the run's user."""

    def unsynced(self, limit: int) -> list[Reminder]:
        """Return shared reminders whose version Salesforce lacks, oldest edit first.

        One that is held, parked, or has a change waiting for approval is not among them.
        """

    def by_ids(self, ids: Collection[str]) -> dict[str, Reminder]:
        """Return reminders by id, whoever of the team owns them."""

    def add(self, reminder: Reminder) -> None:
        """Store an imported reminder; one already there is left as it is."""

    def change(self, reminder_id: str, version: int, values: Values, person_name: str = "") -> bool:
        """Set mapped fields if the reminder still has `version`; whether it had. Raises the version by one.

        The synced version follows if the reminder was in sync. A status sets or clears the completion time.
        """

    def bin(self, reminder_id: str, version: int) -> bool:
        """Put a reminder into the bin, like `change`."""

    def unbin(self, reminder_id: str, version: int, values: Values) -> bool:
        """Take a reminder out of the bin and set `values`, like `change`."""

    def move(self, reminder_id: str, version: int, to_user: str) -> bool:
        """Give a reminder to another user of the team, mark them due, and clear a pending assignment."""

    def synced(self, versions: Mapping[str, int]) -> None:
        """Note that Salesforce has these versions of reminders."""

    def resend(self, reminder_id: str) -> None:
        """Note that Salesforce has no version of a reminder any more: it waits to be sent."""

    def park(self, reminder_id: str, version: int) -> None:
        """Leave this version of a reminder alone until it changes or a person retries."""

    def hold(self, reminder_id: str, until: datetime) -> None:
        """Leave a reminder alone until then."""


class Links(Protocol):
    def of_tasks(self, task_ids: Collection[str]) -> dict[str, Link]:
        """Return the links of these Tasks of the run's org, tombstones too, by Task id."""

    def of_reminders(self, reminder_ids: Collection[str]) -> dict[str, Link]:
        """Return the present link of each reminder that has one, by reminder id."""

    def unseen(self, after: str, limit: int) -> list[Link]:
        """Return active and unreachable links of the user's open reminders, by Task id, behind `after`.

        In a full run those of completed reminders come too (SYNC-8).
        """

    def put(self, link: Link) -> None:
        """Insert or replace a link. A second link for a reminder or a Task is refused by the database (ONCE-4)."""


class Intents(Protocol):
    def open(self) -> list[Intent]:
        """Return the intents of the user's reminders that no answer has closed, oldest first.

        They go with a reminder that is given to another user: the write may land after it moved (ONCE-1).
        """

    def record(self, intents: Iterable[Intent]) -> None:
        """Store intents before they are sent."""

    def close(self, intent_ids: Collection[str], result: str) -> None:
        """Note the answers: `saved`, `refused` or `void`."""


class Journal(Protocol):
    def history(self, events: Iterable[HistoryEvent]) -> None:
        """Append to history."""

    def fault(self, fault: Fault, *, reminder_id: str | None = None, task_id: str | None = None) -> None:
        """Open a diagnostic, or count it again if it is open."""

    def mended(self, reminder_ids: Collection[str]) -> None:
        """Resolve the open diagnostics of reminders that went through."""


class Guards(Protocol):
    """Changes of this user that wait for approval (DIAG-6)."""

    def ledger(self) -> Ledger:
        """Count what the guards go by."""

    def hold(self, changes: Mapping[str, GuardedChange]) -> None:
        """Let changes wait, by reminder id; those that wait already stay as they are."""

    def release(self, reminder_ids: Collection[str]) -> None:
        """Note that nothing of these reminders waits any more; that somebody approved it stays known."""


class HandOvers(Protocol):
    """Pairs of this user that another user's run saw move (SYNC-7)."""

    def give(self, link: Link, task: SalesforceTask) -> None:
        """Leave a row for the reminder's present owner and mark that owner due."""

    def waiting(self) -> list[SalesforceTask]:
        """Return the Tasks of this user's pairs that others saw."""

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

    def owner_of(self, salesforce_id: str) -> str | None:
        """Return the syncing app user of the team with this Salesforce user id."""

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

    def finish(self, run: RunRef, end: Finish) -> datetime:
        """End the run and release its claim in one statement; return when the user is due next.

        That is at once if someone noted *again*. Raises `Superseded`.
        """


# ── The org feed ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FeedTeam:
    """A team whose org is to be read."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class OrgReading:
    """One reading of an org that may write: where it goes on, on Salesforce's clock, and the fence it raised.

    `since` is when the feed began, None before its first reading; `check_due` says that the login's rights and
    the deletion log, read up to `deleted_until`, are to be looked at again.
    """

    team_id: str
    org_id: str
    fence: int
    since: datetime | None = None
    front: datetime | None = None
    swept: datetime | None = None
    deleted_until: datetime | None = None
    clock_offset_seconds: float = 0.0
    check_due: bool = True


class OrgBook(Protocol):
    """The book of org readings; every writing method raises `Superseded` once a later reading began."""

    def due(self) -> list[FeedTeam]:
        """Return the teams with an integration login whose org is to be read now."""

    def start(self, team_id: str) -> OrgReading | None:
        """Raise the fence and begin; None where it is not due."""

    def restart(self, reading: OrgReading, begin: OrgReading, *, full: bool) -> None:
        """Begin a feed anew at `begin`; with `full`, every syncing user's links are read again in full."""

    def stage(self, reading: OrgReading, tasks: Sequence[SalesforceTask], moved: OrgReading) -> int:
        """In one transaction: leave rows for whom they concern, mark these due, and move on to `moved`.

        A row concerns the syncing owner of the Task and the syncing owner of its reminder; rows of nobody here
        are not stored, and one that was left before exactly as it is, is not left again. Returns how many were.
        """

    def living(self, reading: OrgReading, task_ids: Collection[str]) -> list[Link]:
        """Return the links of these Tasks that are not known here as deleted, nor staged as such."""

    def checked(self, reading: OrgReading, deleted_until: datetime) -> None:
        """Note that the login's rights and the deletion log were looked at."""

    def finish(self, reading: OrgReading, wait_seconds: float, *, done: bool) -> None:
        """End a reading; the next one is due in `wait_seconds`. One that is `done` is trusted till some time after."""

    def fail(self, reading: OrgReading, wait_seconds: float, fault: Fault | None) -> None:
        """End a reading that failed. With a `fault` the feed is not used until one succeeds, and admins are told."""
