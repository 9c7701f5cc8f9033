"""An org in memory through its integration login: fulfils `ports.Org`, one call a method."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from remindersync.memory.session import MemorySession
from remindersync.memory.task import MemoryTask
from remindersync.ports import Deletions, Key, Page, Window

if TYPE_CHECKING:
    from remindersync.memory.salesforce import MemorySalesforce


@dataclass
class MemoryOrg:
    """The org as a login sees it that has *View All Data*, where `MemorySalesforce.sees_all` says so."""

    org: "MemorySalesforce"

    def __post_init__(self) -> None:
        self._everybody = _Everybody(self.org, "")

    @property
    def calls(self) -> int:
        return self._everybody.calls

    def sees_all(self) -> tuple[bool, datetime]:
        return self.org.sees_all, self._everybody.call()

    def inactive(self, user_ids: Collection[str]) -> frozenset[str]:
        self._everybody.call()
        return frozenset(user_ids) & self.org.inactive

    def changed(self, windows: Sequence[Window], *, after: Key | None = None, limit: int = 2000) -> Page:
        return self._everybody.changed(windows, after=after, limit=limit)

    def deleted(self, since: datetime, until: datetime) -> Deletions:
        self._everybody.call()
        binned = {task.id: task.stamp for task in self.org.tasks.values() if task.is_deleted}
        log = {**binned, **self.org.removed}
        return Deletions({one: at for one, at in log.items() if since <= at <= until}, until)

    def by_ids(self, ids: Collection[str]) -> Page:
        return self._everybody.by_ids(ids)


class _Everybody(MemorySession):
    """A session that owns and sees every Task that is shown."""

    def call(self) -> datetime:
        return self._call()

    def _own(self) -> Iterable[MemoryTask]:
        return [task for task in self.org.tasks.values() if self.org.shows(task)]

    def _sees(self, task: MemoryTask) -> bool:
        return self.org.shows(task)
