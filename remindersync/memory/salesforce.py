"""A Salesforce org in a dict: whole-second stamps, soft deletes, trimmed texts, one call a method."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from remindersync.errors import Category, Destiny, Fault, SalesforceRefused, SalesforceUnclear
from remindersync.memory.locks import MemoryClock
from remindersync.model import FirstSync, OrgFacts, SalesforceTask, SyncUser, Value, Values
from remindersync.ports import Key, Page, TaskWrite, Window, WriteAnswer

FIELDS = ("Subject", "Status", "Priority", "ActivityDate", "Description", "WhoId")
_DEFAULTS: dict[str, Value] = {"Status": "Not Started", "Priority": "Normal"}
_CLOSED = "Completed"


@dataclass
class MemoryTask:
    """A Task as the org holds it."""

    id: str
    owner_id: str
    values: dict[str, Value]
    created_at: datetime
    stamp: datetime
    created_by: str
    is_deleted: bool = False
    subtype: str = "Task"
    key: str | None = None
    completed_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        return self.values.get("Status") == _CLOSED


@dataclass
class MemorySalesforce:
    """One org; `connect` gives a user's view of it. `before` and `after` run around every write and may raise."""

    clock: MemoryClock
    key_field: str | None = "RemindersyncKey__c"
    offset_seconds: float = 0.0
    tasks: dict[str, MemoryTask] = field(default_factory=dict)
    calls: int = 0
    writes: int = 0
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    refuse: dict[Value, Fault] = field(default_factory=dict)

    def connect(self, user: SyncUser, *, background: bool) -> "MemorySession":
        """Return the org as `user` sees it."""
        del background
        return MemorySession(self, user.salesforce_id)

    def now(self) -> datetime:
        """Return the org's time, in whole seconds."""
        return (self.clock.now() + timedelta(seconds=self.offset_seconds)).replace(microsecond=0)

    # ── What a person does in Salesforce ──

    def create(self, owner_id: str, **values: Value) -> str:
        """Create a Task as a person would; return its id."""
        return self.add(owner_id, values)

    def add(self, owner_id: str, values: Values, key: str | None = None, subtype: str = "Task") -> str:
        """Create a Task with all that a program may set; return its id."""
        task_id = f"00T{len(self.tasks):015d}"
        now = self.now()
        stored = dict.fromkeys(FIELDS) | _DEFAULTS | _stored(values)
        self.tasks[task_id] = MemoryTask(task_id, owner_id, stored, now, now, owner_id, subtype=subtype, key=key)
        self._saved(self.tasks[task_id])
        return task_id

    def edit(self, task_id: str, **values: Value) -> None:
        """Change a Task; OwnerId too."""
        task = self.tasks[task_id]
        task.owner_id = values.pop("OwnerId", None) or task.owner_id
        task.values |= _stored(values)
        self._saved(task)

    def touch(self, task_id: str) -> None:
        """Move a Task's stamp without changing it, as a process of the platform does."""
        self.tasks[task_id].stamp = self.now()

    def delete(self, task_id: str) -> None:
        """Put a Task into the recycle bin."""
        self.tasks[task_id].is_deleted = True
        self.tasks[task_id].stamp = self.now()

    def undelete(self, task_id: str) -> None:
        """Take a Task out of the recycle bin."""
        self.tasks[task_id].is_deleted = False
        self.tasks[task_id].stamp = self.now()

    def live(self, owner_id: str | None = None) -> list[MemoryTask]:
        """Return the Tasks that are not deleted, of one owner or all."""
        return [task for task in self.tasks.values() if not task.is_deleted and owner_id in (None, task.owner_id)]

    def _saved(self, task: MemoryTask) -> None:
        task.stamp = self.now()
        if not task.is_closed:
            task.completed_at = None
        elif task.completed_at is None:
            task.completed_at = task.stamp


def _stored(values: Values) -> dict[str, Value]:
    """Return values as Salesforce keeps them: trimmed, the empty text as null."""
    return {name: (value or "").strip() or None for name, value in values.items()}


@dataclass
class MemorySession:
    """The org through one login: fulfils `ports.SalesforceTasks`."""

    org: MemorySalesforce
    user_id: str
    calls: int = 0

    @property
    def login(self) -> str:
        return f"{self.user_id}@example.com"

    def facts(self) -> OrgFacts:
        return OrgFacts(self.org.key_field)

    def changed(self, windows: Sequence[Window], *, after: Key | None = None, limit: int = 2000) -> Page:
        read_at = self._call()
        rows = sorted(
            (task for task in self._own() if any(_within(task.stamp, window) for window in windows)),
            key=lambda task: (task.stamp, task.id),
        )
        if after is not None:
            assert isinstance(after.at, datetime)
            rows = [task for task in rows if (task.stamp, task.id) > (after.at, after.id)]
        return self._page(rows[:limit], read_at, more=len(rows) > limit)

    def count_first(self, since: datetime) -> int:
        self._call()
        return sum(1 for task in self._own() if not task.is_deleted and task.stamp >= since)

    def first(self, first: FirstSync, today: date, *, limit: int = 200) -> Page:
        read_at = self._call()
        rows = [task for task in self._own() if not task.is_deleted and task.stamp >= first.since]
        coming = first.part == 1
        rows = [task for task in rows if ((task.values["ActivityDate"] or "") >= today.isoformat()) == coming]
        rows.sort(key=lambda task: task.id)
        rows.sort(key=lambda task: task.values["ActivityDate"] or "", reverse=not coming)
        if first.after is not None:
            rows = rows[[task.id for task in rows].index(first.after[1]) + 1 :]
        return self._page(rows[:limit], read_at, more=len(rows) > limit)

    def by_ids(self, ids: Collection[str]) -> Page:
        read_at = self._call()
        return self._page([self.org.tasks[one] for one in ids if one in self.org.tasks], read_at)

    def look_up(self, since: datetime, until: datetime, subject: Values) -> Page:
        read_at = self._call()
        rows = [
            task
            for task in self._own()
            if not task.is_deleted
            and since <= task.created_at <= until
            and task.values["Subject"] == subject.get("Subject")
            and task.values["ActivityDate"] == subject.get("ActivityDate")
        ]
        return self._page(rows, read_at)

    def create(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        return self._write(lambda: [self._create(write) for write in writes])

    def update(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        return self._write(lambda: [self._update(write) for write in writes])

    def delete(self, ids: Sequence[str]) -> list[WriteAnswer]:
        return self._write(lambda: [self._delete(task_id) for task_id in ids])

    def _create(self, write: TaskWrite) -> WriteAnswer:
        fault = next((self.org.refuse[value] for value in write.values.values() if value in self.org.refuse), None)
        if fault is not None:
            return WriteAnswer(self.org.now(), fault=fault)
        found = [task for task in self.org.live() if write.key and task.key == write.key]
        if self.org.key_field and found:
            self.org.edit(found[0].id, **write.values)
            return WriteAnswer(self.org.now(), id=found[0].id)
        key = write.key if self.org.key_field else None
        task_id = self.org.add(self.user_id, write.values, key)
        return WriteAnswer(self.org.now(), id=task_id, created=True)

    def _update(self, write: TaskWrite) -> WriteAnswer:
        assert write.id is not None
        fault = self.org.refuse.get(write.id)
        if self.org.tasks[write.id].is_deleted:
            fault = _GONE
        if fault is not None:
            return WriteAnswer(self.org.now(), fault=fault)
        self.org.edit(write.id, **write.values)
        return WriteAnswer(self.org.now(), id=write.id)

    def _delete(self, task_id: str) -> WriteAnswer:
        self.org.delete(task_id)
        return WriteAnswer(self.org.now(), id=task_id)

    def _write(self, save: Callable[[], list[WriteAnswer]]) -> list[WriteAnswer]:
        self._call()
        self.org.before()
        answers = save()
        self.org.writes += len(answers)
        self.org.after()
        return answers

    def _call(self) -> datetime:
        self.calls += 1
        self.org.calls += 1
        return self.org.now()

    def _own(self) -> Iterable[MemoryTask]:
        return [task for task in self.org.tasks.values() if task.owner_id == self.user_id]

    def _page(self, rows: Iterable[MemoryTask], read_at: datetime, *, more: bool = False) -> Page:
        return Page(tuple(_shown(task, read_at) for task in rows), read_at, more)


def _within(stamp: datetime, window: Window) -> bool:
    return window.start <= stamp and (window.end is None or stamp < window.end)


def _shown(task: MemoryTask, read_at: datetime) -> SalesforceTask:
    return SalesforceTask(
        id=task.id,
        owner_id=task.owner_id,
        values=dict(task.values),
        is_closed=task.is_closed,
        created_at=task.created_at,
        modified_at=task.stamp,
        stamp=task.stamp,
        read_at=read_at,
        subtype=task.subtype,
        is_deleted=task.is_deleted,
        completed_at=task.completed_at,
        created_by=task.created_by,
        key=task.key,
    )


_GONE = Fault("ENTITY_IS_DELETED", "entity is deleted", Category.OTHER, "The Task is deleted.", "", Destiny.PARK)


def lost_answer() -> None:
    """Stand in for a connection cut before the answer came: for `before` and `after`."""
    raise SalesforceUnclear("The connection was cut.")


def refused(fault: Fault) -> Callable[[], None]:
    """Return something for `before` that refuses a whole call."""

    def refuse() -> None:
        raise SalesforceRefused(fault)

    return refuse


__all__ = ["MemorySalesforce", "MemorySession", "MemoryTask", "lost_answer", "refused"]
