"""A run's reminders on the store in memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from remindersync import mapping
from remindersync.memory.scope import Scope
from remindersync.model import LinkState, Person, Reminder, RunKind, Status, Values
from remindersync.ports import Change


@dataclass
class MemoryReminders:
    """Fulfils `ports.Reminders`; it changes no reminder that the run's user does not own (SYNC-7)."""

    scope: Scope

    def unsynced(self, limit: int) -> list[Reminder]:
        waiting = [
            one
            for one in self.scope.state.reminders.values()
            if one.owner_id == self.scope.user_id
            and one.shared
            and one.version not in (one.synced_version, one.parked_version)
            and (one.held_change is None or one.approved_at is not None)
            and (one.hold_until is None or one.hold_until <= self.scope.now)
            and self._is_about(one)
        ]
        return sorted(waiting, key=lambda one: (one.updated_at, one.id))[:limit]

    def by_ids(self, ids: Collection[str]) -> dict[str, Reminder]:
        found = (self.scope.state.reminders.get(one) for one in ids)
        team = self.scope.run.user.team_id
        return {one.id: one for one in found if one is not None and one.team_id == team}

    def add(self, reminders: Collection[Reminder]) -> None:
        for reminder in reminders:
            if reminder.id not in self.scope.state.reminders:
                self._put(reminder)

    def change(self, changes: Collection[Change]) -> set[str]:
        found = {one.reminder_id: (one, self._at(one.reminder_id, one.version)) for one in changes}
        for one, before in found.values():
            if before is not None:
                self._write(before, self._applied(before, one.values, one.person_name))
        return {reminder_id for reminder_id, (_, before) in found.items() if before is not None}

    def bin(self, versions: Mapping[str, int]) -> set[str]:
        found = [before for one in versions if (before := self._at(one, versions[one])) is not None]
        for before in found:
            self._write(before, replace(before, deleted_at=self.scope.now))
        return {before.id for before in found}

    def unbin(self, reminder_id: str, version: int, values: Values) -> bool:
        before = self._at(reminder_id, version)
        return before is not None and self._write(before, replace(self._applied(before, values, ""), deleted_at=None))

    def share(self, reminder_id: str, version: int) -> bool:
        before = self._at(reminder_id, version)
        if before is None or before.shared:
            return False
        self._put(replace(before, shared=True))
        return True

    def local(self) -> list[Reminder]:
        here = self.scope.run.user.org_id
        paired = {
            link.reminder_id
            for link in self.scope.state.links.values()
            if link.org_id == here and link.state is not LinkState.SUPERSEDED
        }
        found = [
            one
            for one in self.scope.state.reminders.values()
            if one.owner_id == self.scope.user_id and not one.shared and one.deleted_at is None and one.id not in paired
        ]
        return sorted(found, key=lambda one: one.id)

    def move(self, reminder_id: str, version: int, to_user: str) -> bool:
        before = self._at(reminder_id, version)
        if before is None or self.scope.colleague(to_user) is None:
            return False
        self.scope.woken.add(to_user)
        return self._write(before, replace(before, owner_id=to_user, assign_to=None))

    def take(self, reminder_id: str, version: int, from_user: str) -> bool:
        former = self.scope.colleague(from_user)
        before = self.scope.state.reminders.get(reminder_id)
        if former is None or not former.asleep or before is None:
            return False
        if (before.owner_id, before.version) != (from_user, version):
            return False
        stopped = replace(former, fence=former.fence + 1)
        self.scope.undo.put(self.scope.state.users, from_user, stopped)
        self.scope.woken.add(self.scope.user_id)
        for key, row in list(self.scope.state.handovers.items()):
            if self.scope.state.links[key].reminder_id == reminder_id:
                mine = replace(row, owner=self.scope.user_id, taken=None)
                self.scope.undo.put(self.scope.state.handovers, key, mine)
        return self._write(before, replace(before, owner_id=self.scope.user_id, assign_to=None))

    def synced(self, versions: Mapping[str, int]) -> None:
        for reminder in self.by_ids(versions).values():
            if reminder.synced_version < versions[reminder.id]:
                self._put(replace(reminder, synced_version=versions[reminder.id], refusals=0))

    def resend(self, reminder_id: str) -> None:
        reminder = self.scope.state.reminders[reminder_id]
        if reminder.owner_id == self.scope.user_id:
            self._put(replace(reminder, synced_version=0))

    def park(self, reminder_id: str, version: int) -> None:
        reminder = self.scope.state.reminders[reminder_id]
        if reminder.owner_id == self.scope.user_id:
            self._put(replace(reminder, parked_version=version))

    def hold(self, reminder_id: str, until: datetime) -> None:
        reminder = self.scope.state.reminders[reminder_id]
        if reminder.owner_id == self.scope.user_id:
            self._put(replace(reminder, hold_until=until))

    def _is_about(self, reminder: Reminder) -> bool:
        """Say whether the run is about this reminder, among others or alone."""
        if self.scope.run.only is not None:
            return reminder.id == self.scope.run.only
        return self.scope.run.kind is not RunKind.HAND_OVER or reminder.assign_to is not None

    def back_off(self, reminder_id: str, until: datetime) -> None:
        reminder = self.scope.state.reminders[reminder_id]
        if reminder.owner_id == self.scope.user_id:
            self._put(replace(reminder, hold_until=until, refusals=reminder.refusals + 1))

    def _at(self, reminder_id: str, version: int) -> Reminder | None:
        reminder = self.scope.state.reminders.get(reminder_id)
        mine = reminder is not None and reminder.owner_id == self.scope.user_id and reminder.version == version
        return reminder if mine else None

    def _applied(self, before: Reminder, values: Values, person_name: str) -> Reminder:
        after = mapping.apply(before, values)
        if after.person != before.person:
            after = replace(after, person=_known(before.person, after.person, person_name))
        if after.status is not before.status:
            after = replace(after, completed_at=self.scope.now if after.status is Status.COMPLETED else None)
        return after

    def _write(self, before: Reminder, after: Reminder) -> bool:
        followed = before.synced_version + (before.synced_version == before.version)
        self._put(replace(after, version=before.version + 1, synced_version=followed, updated_at=self.scope.now))
        return True

    def _put(self, reminder: Reminder) -> None:
        self.scope.undo.put(self.scope.state.reminders, reminder.id, reminder)


def _known(before: Person | None, after: Person | None, name: str) -> Person | None:
    """Return what is known of a person of whom Salesforce gave an id, or took it away."""
    if after is not None:
        return replace(after, name=name)
    if before is None or not (before.name or before.email):
        return None
    return replace(before, salesforce_id=None)
