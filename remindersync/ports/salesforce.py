"""A Salesforce org, as one user sees it and as a whole."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from remindersync.errors import Fault
from remindersync.model import FirstSync, OrgFacts, SalesforceTask, SyncUser, Values


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


# So many records are written in one call on a condition each: a composite has 25 parts, and a deletion takes two.
CHECKED_UPDATES = 25
CHECKED_DELETES = 12


@dataclass(frozen=True, slots=True)
class TaskWrite:
    """One record of a call that writes: a create has a `key`, all others an `id`.

    With `unless_after`, a whole second, it is left alone if anybody saved it after that second.
    """

    values: Values
    id: str | None = None
    key: str | None = None
    unless_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class WriteAnswer:
    """What Salesforce said of one record: its id, or the fault; `at` is the answer's time by its Date header.

    `moved` says that somebody saved it after `unless_after`, so that nothing was done; `stamp` is the record's new
    SystemModstamp where the call showed it.
    """

    at: datetime
    id: str | None = None
    fault: Fault | None = None
    created: bool = False
    moved: bool = False
    stamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stamps:
    """SystemModstamps by Task id, as a read that began at `read_at` showed them."""

    at: Mapping[str, datetime]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Deletions:
    """What the deletion log tells of a span: when each Task was deleted, and up to when the log is sure."""

    at: Mapping[str, datetime]
    covered_until: datetime


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

    def count_open(self) -> int:
        """Count the owner's open Tasks, masters of series not among them."""

    def first(self, first: FirstSync, today: date, *, limit: int = 200) -> Page:
        """Read one page of a first sync: part 1 due today or later by date, part 2 the rest (FIRST-3)."""

    def by_ids(self, ids: Collection[str]) -> Page:
        """Read Tasks by id, deleted ones too, whoever owns them; unreadable ones are missing. 200 ids a call."""

    def by_keys(self, keys: Collection[str]) -> Page:
        """Read Tasks by their keys, deleted ones too, whoever owns them. 200 keys a call; the org has the key field."""

    def stamps(self, ids: Collection[str]) -> Stamps:
        """Read when Tasks were last changed; deleted and unreadable ones are missing. 2,000 ids a call."""

    def deleted(self, since: datetime, until: datetime) -> Deletions:
        """Read the deletion log as far as this login may see it, hard deletions too.

        The span is more than a minute, 15 days back at most.
        """

    def fitting(self, ids: Collection[str], condition: str) -> frozenset[str]:
        """Return which of these Tasks fit a team's import condition. 200 ids a call."""

    def look_up(self, since: datetime, until: datetime, subject: Values) -> Page:
        """Find Tasks this login created in a span with the Subject and due date given (ONCE-2)."""

    def create(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        """Create up to 200 Tasks, by upsert on the org's key field where it has one; an answer each, in order."""

    def update(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        """Change up to 200 Tasks, or `CHECKED_UPDATES` of them on a condition each; an answer each, in order.

        One that is alone with its condition comes back with its new stamp.
        """

    def delete(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        """Delete up to 200 Tasks, or `CHECKED_DELETES` on a condition each; one already deleted is a success."""


class Turns(Protocol):
    """Whose turn it is to write to records of the same parent: Salesforce locks it for each save (DIAG-2)."""

    def take(self, org_id: str, parents: frozenset[str], *, wait_seconds: float) -> AbstractContextManager[bool]:
        """Keep the turn of all these parents for the block; False if others had it for longer than `wait_seconds`.

        Nobody who comes later is let in before who waits for one of the same. No parents are nobody's turn: the block
        begins at once. Raises `Unsafe`.
        """


class Org(Protocol):
    """A Salesforce org as an integration login sees it: every Task, whoever owns it. One call a method.

    The methods raise what those of `SalesforceTasks` raise.
    """

    @property
    def calls(self) -> int:
        """How many calls this object has made so far."""

    def sees_all(self) -> tuple[bool, datetime]:
        """Say whether the login has *View All Data*, and when that was asked, by Salesforce's Date header."""

    def inactive(self, user_ids: Collection[str]) -> frozenset[str]:
        """Return which of these users are not active. 400 ids a call."""

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
