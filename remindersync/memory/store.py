"""The store in dicts: transactions work on a copy that replaces the whole when the block ends well."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from remindersync import mapping
from remindersync.errors import Fault, Superseded, SyncError
from remindersync.memory.locks import MemoryClock
from remindersync.model import (
    HistoryEvent,
    Intent,
    Link,
    LinkState,
    Outcome,
    Place,
    Reminder,
    RunKind,
    RunRef,
    SalesforceTask,
    Status,
    SyncUser,
    Values,
)
from remindersync.ports import Finish


@dataclass
class MemoryUser:
    """A syncing user and where their runs stand."""

    user: SyncUser
    place: Place
    on: bool = True
    fence: int = 0
    due_at: datetime | None = None
    again: bool = False
    poll_seconds: float = 15
    queued: list[RunKind] = field(default_factory=list)


@dataclass
class _State:
    users: dict[str, MemoryUser] = field(default_factory=dict)
    reminders: dict[str, Reminder] = field(default_factory=dict)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    intents: dict[str, tuple[str, Intent, str | None]] = field(default_factory=dict)
    history: list[HistoryEvent] = field(default_factory=list)
    faults: list[tuple[str | None, Fault]] = field(default_factory=list)
    handovers: dict[tuple[str, str], SalesforceTask] = field(default_factory=dict)
    held: dict[str, datetime] = field(default_factory=dict)


@dataclass
class MemoryStore:
    """Fulfils `ports.Runs`; `state` is what a test looks at, `commits` counts what changed it."""

    clock: MemoryClock
    state: _State = field(default_factory=_State)
    commits: int = 0

    def add_user(self, user: SyncUser, place: Place) -> MemoryUser:
        """Add a user whose sync is on."""
        self.state.users[user.id] = MemoryUser(user, place, due_at=self.clock.now())
        return self.state.users[user.id]

    def edit(self, reminder_id: str, **changes: object) -> Reminder:
        """Change a reminder as a person in the app would: version, edit times and due mark follow."""
        before = self.state.reminders[reminder_id]
        now = self.clock.now()
        times = {**before.edited_at, **dict.fromkeys(changes, now)}
        after = replace(before, **changes, version=before.version + 1, edited_at=times, updated_at=now)  # type: ignore[arg-type]  # field names of Reminder
        if after.status is not before.status:
            after = replace(after, completed_at=now if after.status is Status.COMPLETED else None)
        self.state.reminders[reminder_id] = after
        owner = self.state.users[after.owner_id]
        owner.due_at, owner.again = now, True
        return after

    def start(self, user_id: str, claim: int | None) -> RunRef | Outcome:
        del claim
        user = self.state.users.get(user_id)
        if user is None or not user.on:
            return Outcome.OFF
        user.fence += 1
        user.again = False
        kind = user.queued[0] if user.queued else RunKind.FIRST if user.place.first else RunKind.POLL
        return RunRef(str(uuid4()), user.user, user.fence, kind, user.place, self.clock.now(), user.poll_seconds)

    def again(self, user_id: str, claim: int | None) -> None:
        del claim
        user = self.state.users[user_id]
        user.again, user.due_at = True, self.clock.now()

    @contextmanager
    def transaction(self, run: RunRef) -> Iterator["MemoryTransaction"]:
        user = self.state.users[run.user.id]
        if user.fence != run.fence or not user.on:
            raise Superseded("A later run took over.")
        copy = deepcopy(self.state)
        tx = MemoryTransaction(copy, run, self.clock)
        yield tx
        if tx.wrote:
            self.commits += 1
            self.state = copy

    def finish(self, run: RunRef, end: Finish) -> datetime:
        user = self.state.users[run.user.id]
        if user.fence != run.fence:
            raise Superseded("A later run took over.")
        if end.plan is None:
            user.place = end.place
        user.poll_seconds = end.poll_seconds
        if end.outcome is not Outcome.MORE:
            user.queued = user.queued[1:]
        wait = 0 if user.again or user.queued else end.wait_seconds
        user.due_at = self.clock.now() + timedelta(seconds=wait)
        return user.due_at


class MemoryTransaction:
    """Fulfils `ports.Transaction` and all its parts at once."""

    def __init__(self, state: _State, run: RunRef, clock: MemoryClock) -> None:
        self._state = state
        self._run = run
        self._clock = clock
        self.wrote = False
        self.reminders = _Reminders(self, state, run, clock)
        self.links = _Links(self, state, run)
        self.intents = _Intents(self, state, run)
        self.journal = _Journal(self, state)
        self.handovers = _HandOvers(self, state, run, clock)

    def owner_of(self, salesforce_id: str) -> str | None:
        users = self._state.users.values()
        return next((one.user.id for one in users if one.user.salesforce_id == salesforce_id and one.on), None)

    def salesforce_id_of(self, user_id: str) -> str | None:
        user = self._state.users.get(user_id)
        return user.user.salesforce_id if user else None

    def email_of(self, user_id: str) -> str | None:
        user = self._state.users.get(user_id)
        return user.user.email if user else None

    def save(self, place: Place) -> None:
        self.wrote = True
        self._state.users[self._run.user.id].place = place


@dataclass
class _Reminders:
    tx: MemoryTransaction
    state: _State
    run: RunRef
    clock: MemoryClock

    def unsynced(self, limit: int) -> list[Reminder]:
        now = self.clock.now()
        waiting = [
            one
            for one in self.state.reminders.values()
            if one.owner_id == self.run.user.id
            and one.shared
            and one.version not in (one.synced_version, one.parked_version)
            and self.state.held.get(one.id, now) <= now
        ]
        return sorted(waiting, key=lambda one: (one.updated_at, one.id))[:limit]

    def by_ids(self, ids: Collection[str]) -> dict[str, Reminder]:
        return {one: self.state.reminders[one] for one in ids if one in self.state.reminders}

    def add(self, reminder: Reminder) -> None:
        self.tx.wrote = True
        self.state.reminders.setdefault(reminder.id, reminder)

    def change(self, reminder_id: str, version: int, values: Values, person_name: str = "") -> bool:
        del person_name
        return self._write(reminder_id, version, values)

    def bin(self, reminder_id: str, version: int) -> bool:
        return self._write(reminder_id, version, {}, deleted_at=self.clock.now())

    def unbin(self, reminder_id: str, version: int, values: Values) -> bool:
        return self._write(reminder_id, version, values, deleted_at=None)

    def move(self, reminder_id: str, version: int, to_user: str) -> bool:
        done = self._write(reminder_id, version, {}, owner_id=to_user, assign_to=None)
        self.state.users[to_user].due_at = self.clock.now()
        return done

    def _write(self, reminder_id: str, version: int, values: Values, **more: object) -> bool:
        before = self.state.reminders[reminder_id]
        if before.version != version:
            return False
        self.tx.wrote = True
        after = replace(mapping.apply(before, values), version=version + 1, updated_at=self.clock.now(), **more)  # type: ignore[arg-type]  # field names of Reminder
        if before.synced_version == before.version:
            after = replace(after, synced_version=after.version)
        if after.status is not before.status:
            done = after.status is Status.COMPLETED
            after = replace(after, completed_at=self.clock.now() if done else None)
        self.state.reminders[reminder_id] = after
        return True

    def synced(self, versions: Mapping[str, int]) -> None:
        self.tx.wrote = True
        for reminder_id, version in versions.items():
            reminder = self.state.reminders[reminder_id]
            self.state.reminders[reminder_id] = replace(reminder, synced_version=max(version, reminder.synced_version))

    def park(self, reminder_id: str, version: int) -> None:
        self.tx.wrote = True
        self.state.reminders[reminder_id] = replace(self.state.reminders[reminder_id], parked_version=version)

    def hold(self, reminder_id: str, until: datetime) -> None:
        self.tx.wrote = True
        self.state.held[reminder_id] = until


@dataclass
class _Links:
    tx: MemoryTransaction
    state: _State
    run: RunRef

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, Link]:
        org = self.run.user.org_id
        return {one: self.state.links[org, one] for one in task_ids if (org, one) in self.state.links}

    def of_reminders(self, reminder_ids: Collection[str]) -> dict[str, Link]:
        return {
            link.reminder_id: link
            for link in self.state.links.values()
            if link.reminder_id in reminder_ids and link.state is not LinkState.SUPERSEDED
        }

    def unseen(self, after: str, limit: int) -> list[Link]:
        rows = [
            link
            for link in self.state.links.values()
            if link.state in (LinkState.ACTIVE, LinkState.UNREACHABLE) and link.task_id > after and self._open(link)
        ]
        return sorted(rows, key=lambda link: link.task_id)[:limit]

    def _open(self, link: Link) -> bool:
        reminder = self.state.reminders[link.reminder_id]
        return reminder.owner_id == self.run.user.id and reminder.status is Status.OPEN and not reminder.deleted_at

    def put(self, link: Link) -> None:
        self.tx.wrote = True
        for key, other in self.state.links.items():
            same_pair = key == (link.org_id, link.task_id)
            if same_pair and other.reminder_id != link.reminder_id:
                raise SyncError("A Task can have one reminder only.")
            present = LinkState.SUPERSEDED not in (other.state, link.state)
            if not same_pair and present and other.reminder_id == link.reminder_id:
                raise SyncError("A reminder can have one Task only.")
        self.state.links[link.org_id, link.task_id] = link


@dataclass
class _Intents:
    tx: MemoryTransaction
    state: _State
    run: RunRef

    def open(self) -> list[Intent]:
        mine = [one for user, one, result in self.state.intents.values() if user == self.run.user.id and result is None]
        return sorted(mine, key=lambda one: one.sent_at)

    def record(self, intents: Iterable[Intent]) -> None:
        self.tx.wrote = True
        for intent in intents:
            self.state.intents[intent.id] = (self.run.user.id, intent, None)

    def close(self, intent_ids: Collection[str], result: str) -> None:
        for intent_id in intent_ids:
            self.tx.wrote = True
            user, intent, _ = self.state.intents[intent_id]
            self.state.intents[intent_id] = (user, intent, result)


@dataclass
class _Journal:
    tx: MemoryTransaction
    state: _State

    def history(self, events: Iterable[HistoryEvent]) -> None:
        new = list(events)
        self.tx.wrote = self.tx.wrote or bool(new)
        self.state.history.extend(new)

    def fault(self, fault: Fault, *, reminder_id: str | None = None, task_id: str | None = None) -> None:
        del task_id
        self.tx.wrote = True
        self.state.faults.append((reminder_id, fault))

    def mended(self, reminder_ids: Collection[str]) -> None:
        self.state.faults = [one for one in self.state.faults if one[0] not in reminder_ids]


@dataclass
class _HandOvers:
    tx: MemoryTransaction
    state: _State
    run: RunRef
    clock: MemoryClock

    def give(self, link: Link, task: SalesforceTask) -> None:
        self.tx.wrote = True
        owner = self.state.reminders[link.reminder_id].owner_id
        self.state.handovers[owner, task.id] = task
        self.state.users[owner].due_at = self.clock.now()

    def waiting(self) -> list[SalesforceTask]:
        return [task for (owner, _), task in self.state.handovers.items() if owner == self.run.user.id]

    def done(self, task_ids: Collection[str]) -> None:
        self.tx.wrote = True
        for task_id in task_ids:
            self.state.handovers.pop((self.run.user.id, task_id), None)
