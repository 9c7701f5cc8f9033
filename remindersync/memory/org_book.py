"""The book of org readings in memory: what the org feed leaves stands in the store, where runs look for it (SYNC-3)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from remindersync.errors import Fault, Superseded
from remindersync.memory.state import MemoryUser
from remindersync.memory.store import MemoryStore
from remindersync.model import ActsAs, Link, LinkState, RunKind, SalesforceTask
from remindersync.ports import NOT_ACTIVE_THERE, FeedState, FeedTeam, OrgReading, Staged

_GONE = (LinkState.DELETED, LinkState.SUPERSEDED)
# As in the database's book.
_CHECK_EVERY = timedelta(minutes=10)


@dataclass
class MemoryOrgBook:
    """Fulfils `ports.OrgBook`. A feed is trusted from its first whole reading until one fails for good.

    `readings` holds each team's last one, `seen` each Task as it was last left.
    """

    store: MemoryStore
    readings: dict[str, OrgReading] = field(default_factory=dict)
    seen: dict[tuple[str, str], SalesforceTask] = field(default_factory=dict)
    checked_at: dict[str, datetime] = field(default_factory=dict)

    def connect(self, team_id: str, org_id: str) -> None:
        """Give a team an integration login."""
        self.readings[team_id] = OrgReading(team_id, org_id, fence=0)

    def due(self) -> list[FeedTeam]:
        return [FeedTeam(team_id, team_id) for team_id in self.readings]

    def start(self, team_id: str) -> OrgReading | None:
        before = self.readings.get(team_id)
        if before is None:
            return None
        checked_at, now = self.checked_at.get(team_id), self.store.clock.now()
        check_due = checked_at is None or now - checked_at >= _CHECK_EVERY
        self.readings[team_id] = replace(before, fence=before.fence + 1, check_due=check_due)
        return self.readings[team_id]

    def restart(self, reading: OrgReading, begin: OrgReading, *, full: bool) -> None:
        self._hold(reading)
        for user in self._syncing(reading.team_id) if full else ():
            self.store.ask(user.user.id, RunKind.FULL)
            user.mark_due(self.store.clock.now())
        self._move(begin)

    def stage(self, reading: OrgReading, tasks: Sequence[SalesforceTask], moved: OrgReading) -> int:
        self._hold(reading)
        assert reading.front is not None
        left = 0
        for task in tasks:
            concerned = self._concerned(reading, task)
            if concerned and self._is_new(reading.org_id, task):
                left += len(concerned)
                for user in concerned:
                    self._leave(reading.org_id, user, task, reading.front)
        self._move(moved)
        return left

    def living(self, reading: OrgReading, task_ids: Collection[str]) -> list[Link]:
        staged = self.store.state.staged.values()
        gone = {row.task.id for row in staged if row.task.is_deleted}
        found = (self.store.state.links.get((reading.org_id, one)) for one in task_ids if one not in gone)
        return [link for link in found if link is not None and link.state not in _GONE]

    def acted_for(self, reading: OrgReading) -> frozenset[str]:
        mine = (one for one in self._team(reading.team_id) if one.on or one.inactive_there)
        return frozenset(one.user.salesforce_id for one in mine if one.user.acts_as is ActsAs.INTEGRATION)

    def found_inactive(self, reading: OrgReading, asked: Collection[str], inactive: Collection[str]) -> None:
        self._hold(reading)
        for user in list(self._team(reading.team_id)):
            gone = user.user.salesforce_id in inactive
            if user.user.salesforce_id in asked and user.inactive_there != gone:
                (self._pause if gone else self._let_go_on)(user)

    def _pause(self, user: MemoryUser) -> None:
        user.inactive_there, user.due_at, user.claim, user.fence = True, None, None, user.fence + 1
        self.store.state.faults[(user.user.id, NOT_ACTIVE_THERE.code, None, None)] = (NOT_ACTIVE_THERE, 1)

    def _let_go_on(self, user: MemoryUser) -> None:
        user.inactive_there = False
        self.store.state.faults.pop((user.user.id, NOT_ACTIVE_THERE.code, None, None), None)
        if _syncs(user):
            self.store.turn_off(user.user.id)
            self.store.turn_on(user.user.id)

    def checked(self, reading: OrgReading, deleted_until: datetime) -> None:
        self._hold(reading)
        self.checked_at[reading.team_id] = self.store.clock.now()
        self.readings[reading.team_id] = replace(self.readings[reading.team_id], deleted_until=deleted_until)

    def finish(self, reading: OrgReading, wait_seconds: float, *, done: bool) -> None:
        del wait_seconds
        self._hold(reading)
        feeds, off = self.store.state.feeds, {one.user.id for one in self._team(reading.team_id) if not _syncs(one)}
        for user_id in off:
            user = self.store.state.users[user_id]
            user.place = replace(user.place, feed=None)
        for key in [key for key in self.store.state.staged if key[1] in off]:
            del self.store.state.staged[key]
        if done and reading.org_id in feeds:
            feeds[reading.org_id] = replace(feeds[reading.org_id], trusted=True)

    def fail(self, reading: OrgReading, wait_seconds: float, fault: Fault | None) -> None:
        del wait_seconds
        self._hold(reading)
        self.checked_at.pop(reading.team_id, None)
        feeds = self.store.state.feeds
        if fault is not None and reading.org_id in feeds:
            feeds[reading.org_id] = replace(feeds[reading.org_id], trusted=False)

    def _hold(self, reading: OrgReading) -> None:
        if self.readings[reading.team_id].fence != reading.fence:
            raise Superseded("This reading of the org may write nothing more: a later one began.")

    def _move(self, to: OrgReading) -> None:
        self.readings[to.team_id] = to
        if to.since is None or to.front is None or to.swept is None:
            return
        known = self.store.state.feeds.get(to.org_id)
        trusted = known is not None and known.trusted and known.since == to.since
        feed = FeedState(to.since, to.front, to.swept, trusted, to.clock_offset_seconds)
        self.store.state.feeds[to.org_id] = feed

    def _team(self, team_id: str) -> Iterator[MemoryUser]:
        return (one for one in self.store.state.users.values() if one.user.team_id == team_id)

    def _syncing(self, team_id: str) -> list[MemoryUser]:
        return [one for one in self._team(team_id) if _syncs(one)]

    def _concerned(self, reading: OrgReading, task: SalesforceTask) -> list[MemoryUser]:
        """Return the syncing owner of a Task and of its reminder, and for whom an earlier row of it waits still."""
        link = self.store.state.links.get((reading.org_id, task.id))
        known = link is not None and link.state is not LinkState.SUPERSEDED
        owner = self.store.state.reminders[link.reminder_id].owner_id if link and known else None
        syncing = self._syncing(reading.team_id)
        waiting = {user_id for org_id, user_id, task_id in self.store.state.staged if task_id == task.id}
        return [
            one
            for one in syncing
            if one.user.salesforce_id == task.owner_id or one.user.id == owner or one.user.id in waiting
        ]

    def _is_new(self, org_id: str, task: SalesforceTask) -> bool:
        before = self.seen.get((org_id, task.id))
        self.seen[org_id, task.id] = task
        return before is None or replace(before, read_at=task.read_at) != task

    def _leave(self, org_id: str, user: MemoryUser, task: SalesforceTask, unchanged_until: datetime) -> None:
        key = (org_id, user.user.id, task.id)
        before = self.store.state.staged.get(key)
        if before is None:
            self.store.state.staged[key] = Staged(task, 1, unchanged_until)
        elif before.task.read_at <= task.read_at:
            self.store.state.staged[key] = Staged(task, before.version + 1, before.unchanged_until)
        user.mark_due(self.store.clock.now())


def _syncs(user: MemoryUser) -> bool:
    return user.on and user.active
