"""A Salesforce org in a dict: whole-second stamps, soft deletes, trimmed texts, one call a method."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from remindersync.errors import Category, Destiny, Fault, LoginLost, SalesforceRefused, SalesforceUnclear
from remindersync.memory.locks import MemoryClock
from remindersync.memory.session import MemorySession
from remindersync.memory.task import FIELDS, MemoryTask
from remindersync.model import ActsAs, SyncUser, Value, Values

_NO_LOGIN = Fault("NOT_CONNECTED", "", Category.AUTHENTICATION, "No login works.", "Connect.", Destiny.RECONNECT)
_DEFAULTS: dict[str, Value] = {"Status": "Not Started", "Priority": "Normal"}


@dataclass
class MemorySalesforce:
    """One org; `connect` gives a user's view of it.

    `before` and `after` run around every write and may raise; `refuse` names a value or a Task's id and the fault
    a write of it meets. `fits` says whether a Task fits a team's condition, `sees(user, owner)` whether a user sees
    another's Tasks by id, `sees_all` whether the integration login sees everybody's. `written` counts the records
    that logins created, updated and deleted; `removed` tells when Tasks were deleted for good. `integration` is the
    Salesforce user of the team's login, `lost` are those whose own login works no more. Calls that save more than
    `most` records together fail for each of them, as an org's automation does it. `companies` tells which company a
    person is of. `inactive` are users who are not active.
    """

    clock: MemoryClock
    key_field: str | None = "RemindersyncKey__c"
    offset_seconds: float = 0.0
    tasks: dict[str, MemoryTask] = field(default_factory=dict)
    calls: int = 0
    written: Counter[str] = field(default_factory=Counter)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    refuse: dict[Value, Fault] = field(default_factory=dict)
    fits: Callable[[MemoryTask, str], bool] = lambda task, condition: True  # noqa: ARG005 no condition is read here
    sees: Callable[[str, str], bool] = lambda user, owner: True  # noqa: ARG005 everybody sees everything
    integration: str | None = None
    lost: set[str] = field(default_factory=set)
    most: int | None = None
    shows: Callable[[MemoryTask], bool] = lambda task: True  # noqa: ARG005 all of them
    sees_all: bool = True
    removed: dict[str, datetime] = field(default_factory=dict)
    removed_of: dict[str, str] = field(default_factory=dict)
    companies: dict[Value, str] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)

    def connect(self, user: SyncUser, *, background: bool) -> "MemorySession":
        """Return the org as the login of `user` sees it. Raises `LoginLost` where that does not work."""
        del background
        own = user.acts_as is not ActsAs.INTEGRATION and user.salesforce_id not in self.lost
        acting = user.salesforce_id if own else self.integration if user.acts_as is not ActsAs.OWN else None
        if acting is None:
            raise LoginLost(_NO_LOGIN)
        return MemorySession(self, user.salesforce_id, acting)

    @property
    def writes(self) -> int:
        """How many records logins wrote."""
        return self.written.total()

    def now(self) -> datetime:
        """Return the org's time, in whole seconds."""
        return (self.clock.now() + timedelta(seconds=self.offset_seconds)).replace(microsecond=0)

    # ── What a person does in Salesforce ──

    def create(self, owner_id: str, **values: Value) -> str:
        """Create a Task as a person would; return its id."""
        return self.add(owner_id, values)

    def add(
        self, owner_id: str, values: Values, *, key: str | None = None, by: str | None = None, subtype: str = "Task"
    ) -> str:
        """Create a Task with all that a program may set; return its id."""
        task_id = f"00T{len(self.tasks) + len(self.removed):015d}"
        now = self.now()
        stored = dict.fromkeys(FIELDS) | _DEFAULTS | _stored(values)
        self.tasks[task_id] = MemoryTask(
            task_id, owner_id, stored, now, now, now, by or owner_id, subtype=subtype, key=key
        )
        self._saved(self.tasks[task_id])
        return task_id

    def edit(self, task_id: str, **values: Value) -> None:
        """Change a Task; OwnerId too."""
        task = self.tasks[task_id]
        task.owner_id = values.pop("OwnerId", None) or task.owner_id
        task.values |= _stored(values)
        self._saved(task)

    def delete(self, task_id: str) -> None:
        """Put a Task into the recycle bin; one that is there stays as it is."""
        task = self.tasks[task_id]
        if not task.is_deleted:
            task.is_deleted = True
            self._saved(task)

    def undelete(self, task_id: str) -> None:
        """Take a Task out of the recycle bin. Raises `ValueError` where another one has its key by now."""
        key = self.tasks[task_id].key
        if key is not None and any(task.key == key for task in self.live()):
            raise ValueError(f"DUPLICATE_VALUE: another Task has the key {key}.")
        self.tasks[task_id].is_deleted = False
        self._saved(self.tasks[task_id])

    def remove(self, task_id: str) -> None:
        """Delete a Task and empty the recycle bin: only the deletion log tells of it."""
        self.removed_of[task_id] = self.tasks.pop(task_id).owner_id
        self.removed[task_id] = self.now()

    def touch(self, task_id: str) -> None:
        """Move SystemModstamp alone, as internal processes do."""
        self.tasks[task_id].stamp = self.now()

    def live(self, owner_id: str | None = None) -> list[MemoryTask]:
        """Return the Tasks that are not deleted, of one owner or all."""
        return [task for task in self.tasks.values() if not task.is_deleted and owner_id in (None, task.owner_id)]

    def _saved(self, task: MemoryTask) -> None:
        task.stamp = task.modified_at = self.now()
        task.company_id = self.companies.get(task.values["WhoId"])
        if not task.is_closed:
            task.completed_at = None
        elif task.completed_at is None:
            task.completed_at = task.stamp


def _stored(values: Values) -> dict[str, Value]:
    """Return values as Salesforce keeps them: trimmed, the empty text as null."""
    return {name: (value or "").strip() or None for name, value in values.items()}


def lost_answer() -> None:
    """Stand in for a connection cut before the answer came: for `before` and `after`."""
    raise SalesforceUnclear("The connection was cut.")


def refused(fault: Fault) -> Callable[[], None]:
    """Return something for `before` that refuses a whole call."""

    def refuse() -> None:
        raise SalesforceRefused(fault)

    return refuse


__all__ = ["MemorySalesforce", "MemorySession", "MemoryTask", "lost_answer", "refused"]
