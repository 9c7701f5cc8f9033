"""A run's transaction on the store in memory: `ports.Transaction` and its parts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from remindersync.errors import Destiny, Fault, SyncError
from remindersync.guards import WHILE_OFF
from remindersync.memory.asked import MemoryAsked
from remindersync.memory.batches import MemoryBatches
from remindersync.memory.feed import MemoryFeed
from remindersync.memory.listed import MemoryListed
from remindersync.memory.reminders import MemoryReminders
from remindersync.memory.scope import Scope
from remindersync.memory.state import HandedOver
from remindersync.model import (
    GuardedChange,
    HistoryEvent,
    Intent,
    Ledger,
    Link,
    LinkState,
    Place,
    Reminder,
    SalesforceTask,
    Side,
    Status,
)


class MemoryTransaction:
    """Fulfils `ports.Transaction`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.reminders = MemoryReminders(scope)
        self.links = MemoryLinks(scope)
        self.intents = MemoryIntents(scope)
        self.journal = MemoryJournal(scope)
        self.handovers = MemoryHandOvers(scope)
        self.guards = MemoryGuards(scope)
        self.feed = MemoryFeed(scope)
        self.listed = MemoryListed(scope)
        self.asked = MemoryAsked(scope)
        self.batches = MemoryBatches(scope)

    def owner_of(self, salesforce_id: str) -> str | None:
        team = (self._scope.colleague(one) for one in self._scope.state.users)
        syncing = (one.user for one in team if one is not None and one.on and one.active)
        return next((user.id for user in syncing if user.salesforce_id == salesforce_id), None)

    def asleep(self, user_id: str) -> bool:
        colleague = self._scope.colleague(user_id)
        return colleague is not None and colleague.asleep

    def salesforce_id_of(self, user_id: str) -> str | None:
        colleague = self._scope.colleague(user_id)
        return colleague.user.salesforce_id or None if colleague else None

    def email_of(self, user_id: str) -> str | None:
        colleague = self._scope.colleague(user_id)
        return colleague.user.email if colleague else None

    def save(self, place: Place) -> None:
        users = self._scope.state.users
        self._scope.undo.put(users, self._scope.user_id, replace(users[self._scope.user_id], place=place))


@dataclass
class MemoryLinks:
    """Fulfils `ports.Links`."""

    scope: Scope

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, Link]:
        keys = [(self.scope.run.user.org_id, one) for one in task_ids]
        return {key[1]: self.scope.state.links[key] for key in keys if key in self.scope.state.links}

    def of_reminders(self, reminder_ids: Collection[str]) -> dict[str, Link]:
        present = (link for link in self._here() if link.state is not LinkState.SUPERSEDED)
        return {link.reminder_id: link for link in present if link.reminder_id in reminder_ids}

    def count_open(self) -> int:
        return sum(link.state is LinkState.ACTIVE and self._is_open(link) for link in self._here())

    def unseen(self, after: str, limit: int) -> list[Link]:
        awake = (link for link in self._here() if link.state in (LinkState.ACTIVE, LinkState.UNREACHABLE))
        rows = [link for link in awake if link.task_id > after and self._is_listed(link)]
        return sorted(rows, key=lambda link: link.task_id)[:limit]

    def companies(self, person_ids: Collection[str]) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for link in self._here():
            person_id = link.base.raw.get("WhoId")
            active = link.state is LinkState.ACTIVE
            if active and link.company_id and person_id and person_id in person_ids:
                found[person_id] = found.get(person_id, frozenset()) | {link.company_id}
        return found

    def put(self, links: Collection[Link]) -> None:
        for link in links:
            self._put(link)

    def _put(self, link: Link) -> None:
        if link.org_id != self.scope.run.user.org_id or any(self._clash(link, other) for other in self._here()):
            raise SyncError("They were not paired: one of them has another partner already.")
        self.scope.undo.put(self.scope.state.links, (link.org_id, link.task_id), link)

    def _here(self) -> Iterable[Link]:
        return [link for link in self.scope.state.links.values() if link.org_id == self.scope.run.user.org_id]

    def _is_listed(self, link: Link) -> bool:
        reminder = self.scope.state.reminders[link.reminder_id]
        mine = reminder.owner_id == self.scope.user_id
        wanted = reminder.status is Status.OPEN or self.scope.run.full
        return mine and wanted and reminder.deleted_at is None

    def _is_open(self, link: Link) -> bool:
        reminder = self.scope.state.reminders[link.reminder_id]
        mine = reminder.owner_id == self.scope.user_id
        return mine and reminder.status is Status.OPEN and reminder.deleted_at is None

    def _clash(self, one: Link, other: Link) -> bool:
        if one.task_id == other.task_id:
            return one.reminder_id != other.reminder_id
        return one.reminder_id == other.reminder_id and LinkState.SUPERSEDED not in (one.state, other.state)


@dataclass
class MemoryIntents:
    """Fulfils `ports.Intents`."""

    scope: Scope

    def open(self) -> list[Intent]:
        reminders = self.scope.state.reminders
        unanswered = (intent for _, intent, result in self.scope.state.intents.values() if result is None)
        mine = (one for one in unanswered if reminders[one.reminder_id].owner_id == self.scope.user_id)
        return sorted(mine, key=lambda one: (one.sent_at, one.id))

    def of_colleagues(self, keys: Collection[str]) -> dict[str, str]:
        reminders = self.scope.state.reminders
        unanswered = (intent for _, intent, result in self.scope.state.intents.values() if result is None)
        theirs = (one for one in unanswered if reminders[one.reminder_id].owner_id != self.scope.user_id)
        return {one.key: one.reminder_id for one in theirs if one.key is not None and one.key in keys}

    def record(self, intents: Iterable[Intent]) -> None:
        for intent in intents:
            self.scope.undo.put(self.scope.state.intents, intent.id, (self.scope.user_id, intent, None))

    def close(self, intent_ids: Collection[str], result: str) -> None:
        rows = self.scope.state.intents
        for user, intent, answer in [rows[one] for one in intent_ids if one in rows]:
            if answer is None:
                self.scope.undo.put(rows, intent.id, (user, intent, result))


@dataclass
class MemoryJournal:
    """Fulfils `ports.Journal`; a fault that is mended is forgotten."""

    scope: Scope

    def history(self, events: Iterable[HistoryEvent]) -> None:
        self.scope.undo.append(self.scope.state.history, events)

    def fault(self, fault: Fault, *, reminder_id: str | None = None, task_id: str | None = None) -> None:
        if fault.destiny is Destiny.RECONNECT and reminder_id is None and self._told_to_reconnect():
            return
        cause = (self.scope.user_id, fault.code, reminder_id, task_id)
        count = self.scope.state.faults[cause][1] + 1 if cause in self.scope.state.faults else 1
        self.scope.undo.put(self.scope.state.faults, cause, (fault, count))

    def _told_to_reconnect(self) -> bool:
        return any(
            fault.destiny is Destiny.RECONNECT
            for (user_id, _, reminder_id, _), (fault, _) in self.scope.state.faults.items()
            if user_id == self.scope.user_id and reminder_id is None
        )

    def mended(self, reminder_ids: Collection[str]) -> None:
        faults = self.scope.state.faults
        for cause in [one for one in faults if one[0] == self.scope.user_id and one[2] in reminder_ids]:
            self.scope.undo.drop(faults, cause)


@dataclass
class MemoryGuards:
    """Fulfils `ports.Guards`."""

    scope: Scope

    def ledger(self) -> Ledger:
        mine = [one for one in self.scope.state.reminders.values() if one.owner_id == self.scope.user_id]
        since = self.scope.now - timedelta(hours=24)
        counted = {one.id for one in mine if one.approved_at is None and one.updated_at > since}
        done = {
            (event.reminder_id, event.field)
            for event in self.scope.state.history
            if event.reminder_id in counted and _unasked(event)
        }
        return Ledger(
            open=sum(1 for one in mine if one.status is Status.OPEN and one.deleted_at is None),
            done=len(done),
            waiting=sum(1 for one in mine if one.held_change is not None and one.approved_at is None),
        )

    def hold(self, changes: Mapping[str, GuardedChange]) -> None:
        for reminder_id, change in changes.items():
            before = self.scope.state.reminders[reminder_id]
            if before.held_change is not change:
                self._put(replace(before, held_change=change, approved_at=None))

    def release(self, reminder_ids: Collection[str]) -> None:
        for reminder_id in reminder_ids:
            before = self.scope.state.reminders[reminder_id]
            approved_at = before.approved_at if before.held_change is not None else None
            self._put(replace(before, held_change=None, approved_at=approved_at))

    def _put(self, reminder: Reminder) -> None:
        self.scope.undo.put(self.scope.state.reminders, reminder.id, reminder)


def _unasked(event: HistoryEvent) -> bool:
    """Say whether an event is a deletion or completion that came from Salesforce; events here have no time."""
    if not (event.kept and event.side is Side.APP and event.actor == "Salesforce") or event.rule == WHILE_OFF:
        return False
    return (event.field, event.new) == ("deleted", "yes") or (
        (event.field, event.new) == ("status", "completed") and event.old is not None
    )


@dataclass
class MemoryHandOvers:
    """Fulfils `ports.HandOvers`."""

    scope: Scope

    def give(self, reminder_id: str, task: SalesforceTask) -> None:
        key = (self.scope.run.user.org_id, task.id)
        known = self.scope.state.handovers.get(key)
        owner = self.scope.state.reminders[reminder_id].owner_id
        if known is None or known.task.read_at <= task.read_at:
            self.scope.undo.put(self.scope.state.handovers, key, HandedOver(owner, task))
            self.scope.woken.add(owner)

    def waiting(self) -> list[SalesforceTask]:
        mine = {key: row for key, row in self.scope.state.handovers.items() if self._is_mine(row)}
        for key, row in mine.items():
            self.scope.undo.put(self.scope.state.handovers, key, replace(row, taken=self.scope.run.fence))
        return sorted((row.task for row in mine.values()), key=lambda task: (task.read_at, task.id))

    def _is_mine(self, row: HandedOver) -> bool:
        owner = self.scope.colleague(row.owner)
        given_here = row.task.owner_id == self.scope.run.user.salesforce_id
        return row.owner == self.scope.user_id or (given_here and owner is not None and owner.asleep)

    def done(self, task_ids: Collection[str]) -> None:
        rows = self.scope.state.handovers
        for key, row in list(rows.items()):
            shown = row.owner == self.scope.user_id and row.taken == self.scope.run.fence
            if shown and key[1] in task_ids:
                self.scope.undo.drop(rows, key)
