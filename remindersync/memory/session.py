"""An org in memory through one login: fulfils `ports.SalesforceTasks`, one call a method."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from remindersync.errors import Category, Destiny, Fault
from remindersync.memory.task import MemoryTask
from remindersync.model import FirstSync, OrgFacts, Values
from remindersync.ports import (
    CHECKED_DELETES,
    CHECKED_UPDATES,
    Deletions,
    Key,
    Page,
    Stamps,
    TaskWrite,
    Window,
    WriteAnswer,
)

if TYPE_CHECKING:
    from remindersync.memory.salesforce import MemorySalesforce

_IDS = 200
_WRITES = 200
_SECOND = timedelta(microseconds=999_999)
_NOTHING_READ = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class MemorySession:
    """One user's org as a login sees it, whose own or the team's. Raises `ValueError` for what must not be asked."""

    org: "MemorySalesforce"
    user_id: str
    acting_id: str = ""
    calls: int = 0

    def __post_init__(self) -> None:
        self.acting_id = self.acting_id or self.user_id

    @property
    def login(self) -> str:
        return f"{self.acting_id}@example.com"

    def facts(self) -> OrgFacts:
        return OrgFacts(self.org.key_field)

    # ── Reading ──

    def changed(self, windows: Sequence[Window], *, after: Key | None = None, limit: int = 2000) -> Page:
        if not windows:
            raise ValueError("Changes are read in at least one window.")
        rows = [task for task in self._own() if any(_within(task.stamp, window) for window in windows)]
        if after is not None:
            rows = [task for task in rows if (task.stamp, task.id) > (after.at, after.id)]
        return self._page(sorted(rows, key=lambda task: (task.stamp, task.id)), limit)

    def count_first(self, since: datetime) -> int:
        self._call()
        return len(self._first(since))

    def count_open(self) -> int:
        self._call()
        return sum(not (task.is_closed or task.is_deleted or task.is_recurrence) for task in self._own())

    def first(self, first: FirstSync, today: date, *, limit: int = 200) -> Page:
        coming = first.part == 1
        found = self._first(first.since, every_open=first.every_open)
        rows = [task for task in found if (task.due >= today.isoformat()) == coming]
        rows.sort(key=lambda task: task.id)
        rows.sort(key=lambda task: task.due, reverse=not coming)
        if first.after is not None:
            due, seen = first.after[0] or "", first.after[1]
            rows = [task for task in rows if _behind(task, due, seen, upwards=coming)]
        return self._page(rows, limit)

    def by_ids(self, ids: Collection[str]) -> Page:
        rows = [task for task in map(self.org.tasks.get, sorted(set(ids))) if task is not None]
        pages = [self._call() for _ in range(0, len(set(ids)), _IDS)]
        read_at = min(pages, default=_NOTHING_READ)
        return Page(tuple(task.shown(read_at) for task in rows if self._sees(task)), read_at)

    def by_keys(self, keys: Collection[str]) -> Page:
        rows = [task for task in self.org.tasks.values() if task.key in keys and self._sees(task)]
        return self._page(sorted(rows, key=lambda task: task.id), None)

    def stamps(self, ids: Collection[str]) -> Stamps:
        read_at = self._call()
        rows = [self.org.tasks[one] for one in ids if one in self.org.tasks]
        shown = (task for task in rows if self._sees(task) and not task.is_deleted)
        return Stamps({task.id: task.stamp for task in shown}, read_at)

    def deleted(self, since: datetime, until: datetime) -> Deletions:
        self._call()
        binned = {task.id: (task.stamp, task.owner_id) for task in self.org.tasks.values() if task.is_deleted}
        log = binned | {one: (at, self.org.removed_of[one]) for one, at in self.org.removed.items()}
        shown = {
            one: at
            for one, (at, owner) in log.items()
            if owner == self.acting_id or self.org.sees(self.acting_id, owner)
        }
        return Deletions({one: at for one, at in shown.items() if since <= at <= until}, until)

    def fitting(self, ids: Collection[str], condition: str) -> frozenset[str]:
        for _ in range(0, len(set(ids)), _IDS):
            self._call()
        return frozenset(one for one in ids if self.org.fits(self.org.tasks[one], condition))

    def look_up(self, since: datetime, until: datetime, subject: Values) -> Page:
        wanted = _folded(subject.get("Subject")), subject.get("ActivityDate")
        rows = [
            task
            for task in self._own()
            if task.created_by == self.acting_id
            and since <= task.created_at <= until
            and (_folded(task.values["Subject"]), task.values["ActivityDate"]) == wanted
        ]
        return self._page(sorted(rows, key=lambda task: (task.created_at, task.id)), _IDS)

    # ── Writing ──

    def create(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        return self._write([partial(self._create, write) for write in writes])

    def update(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        return self._write([partial(self._update, write) for write in writes], _most(writes, CHECKED_UPDATES))

    def delete(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        return self._write([partial(self._delete, write) for write in writes], _most(writes, CHECKED_DELETES))

    def _create(self, write: TaskWrite) -> WriteAnswer:
        fault = next((self.org.refuse[value] for value in write.values.values() if value in self.org.refuse), None)
        if fault is not None:
            return WriteAnswer(self.org.now(), fault=fault)
        keyed = self.org.key_field is not None and write.key is not None
        found = [task for task in self.org.live() if keyed and task.key == write.key]
        self.org.written["updated" if found else "created"] += 1
        if found:
            self.org.edit(found[0].id, **write.values)
            return WriteAnswer(self.org.now(), id=found[0].id)
        task_id = self.org.add(self.user_id, write.values, key=write.key if keyed else None, by=self.acting_id)
        return WriteAnswer(self.org.now(), id=task_id, created=True)

    def _update(self, write: TaskWrite) -> WriteAnswer:
        task_id = write.id or ""
        fault = self.org.refuse.get(task_id) or self._missing(task_id)
        if fault is None and self.org.tasks[task_id].is_deleted:
            fault = _GONE
        if fault is None and self._moved(write):
            return WriteAnswer(self.org.now(), moved=True)
        if fault is not None:
            return WriteAnswer(self.org.now(), fault=fault)
        self.org.edit(task_id, **write.values)
        self.org.written["updated"] += 1
        return WriteAnswer(self.org.now(), id=task_id, stamp=self.org.tasks[task_id].stamp)

    def _moved(self, write: TaskWrite) -> bool:
        return write.unless_after is not None and self.org.tasks[write.id or ""].modified_at > write.unless_after

    def _delete(self, write: TaskWrite) -> WriteAnswer:
        task_id = write.id or ""
        fault = self.org.refuse.get(task_id) or self._missing(task_id)
        if fault is not None:
            return WriteAnswer(self.org.now(), fault=fault)
        if not self.org.tasks[task_id].is_deleted and self._moved(write):
            return WriteAnswer(self.org.now(), moved=True)
        self.org.written["deleted"] += not self.org.tasks[task_id].is_deleted
        self.org.delete(task_id)
        return WriteAnswer(self.org.now(), id=task_id)

    def _missing(self, task_id: str) -> Fault | None:
        task = self.org.tasks.get(task_id)
        return None if task is not None and self._sees(task) else _UNKNOWN

    def _write(self, saves: Sequence[Callable[[], WriteAnswer]], most: int = _WRITES) -> list[WriteAnswer]:
        if len(saves) > most:
            raise ValueError(f"A call carries {most} records at most.")
        if not saves:
            return []
        self._call()
        self.org.before()
        if self.org.most is not None and len(saves) > self.org.most:
            return [WriteAnswer(self.org.now(), fault=_LIMIT) for _ in saves]
        answers = [save() for save in saves]
        self.org.after()
        return answers

    def _call(self) -> datetime:
        self.calls += 1
        self.org.calls += 1
        return self.org.now()

    def _own(self) -> Iterable[MemoryTask]:
        return [task for task in self.org.tasks.values() if task.owner_id == self.user_id and self.org.shows(task)]

    def _first(self, since: datetime, *, every_open: bool = False) -> list[MemoryTask]:
        fresh = (task for task in self._own() if task.modified_at >= since or (every_open and not task.is_closed))
        return [task for task in fresh if not (task.is_deleted or task.is_recurrence)]

    def _sees(self, task: MemoryTask) -> bool:
        mine = task.owner_id == self.acting_id or self.org.sees(self.acting_id, task.owner_id)
        return mine and self.org.shows(task)

    def _page(self, rows: Sequence[MemoryTask], limit: int | None) -> Page:
        read_at = self._call()
        more = limit is not None and len(rows) >= limit
        return Page(tuple(task.shown(read_at) for task in rows[:limit]), read_at, more=more)


def _most(writes: Sequence[TaskWrite], checked: int) -> int:
    """Return how many records a call may carry: few where each has a condition."""
    return checked if any(write.unless_after is not None for write in writes) else _WRITES


def _within(stamp: datetime, window: Window) -> bool:
    # Stamps are whole seconds: one that an end cuts through belongs to the window.
    return window.start <= stamp and (window.end is None or stamp < window.end + _SECOND)


def _behind(task: MemoryTask, due: str, seen: str, *, upwards: bool) -> bool:
    if task.due == due:
        return task.id > seen
    return (task.due > due) is upwards


def _folded(text: str | None) -> str | None:
    return (text or "").strip().lower() or None


_GONE = Fault("ENTITY_IS_DELETED", "entity is deleted", Category.OTHER, "The Task is deleted.", "", Destiny.PARK)
_LIMIT = Fault("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "", Category.ACCESS, "Automation gave up.", "", Destiny.PARK)
_UNKNOWN = Fault("INVALID_CROSS_REFERENCE_KEY", "", Category.ACCESS, "Not shown to this login.", "", Destiny.PARK)
