"""Pairs, made of what one transaction showed."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from remindersync.model import Intent, Link, Pair, Reminder, RunRef, SalesforceTask
from remindersync.pairing.gathered import Gathered
from remindersync.ports import Transaction


def chosen(tx: Transaction, run: RunRef, task_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return what a person chose by name to become of Tasks nobody has yet (FIRST-6).

    A reminder that has gone its own way since is matched no more: one that was pushed, binned or given away.
    """
    if run.place.first is None or not run.place.first.listed or not task_ids:
        return {}
    listed = tx.listed.of_tasks(task_ids)
    wanted = {one for one in listed.values() if one is not None}
    paired = tx.links.of_reminders(wanted)
    free = {
        one.id: one
        for one in tx.reminders.by_ids(wanted - set(paired)).values()
        if one.owner_id == run.user.id and not one.shared and one.deleted_at is None
    }
    return {
        task_id: {"chosen": True} if reminder_id is None else {"match": free.get(reminder_id)}
        for task_id, reminder_id in listed.items()
    }


class Join:
    """Builds pairs from what one transaction showed."""

    def __init__(
        self,
        tx: Transaction,
        run: RunRef,
        gathered: Gathered,
        reminders: Mapping[str, Reminder],
        links: Mapping[str, Link],
    ) -> None:
        self._tx = tx
        self._run = run
        self._gathered = gathered
        self._reminders = reminders
        self._links = links
        self._intents: dict[str, list[Intent]] = defaultdict(list)
        for intent in gathered.intents:
            self._intents[intent.reminder_id].append(intent)

    def of_task(self, task: SalesforceTask, link: Link | None, made_for: str | None) -> Pair:
        """Return the pair of a row: linked, made by a create without an answer, or new."""
        if link is None and made_for is not None:
            link = self._links.get(made_for)
        reminder_id = made_for if link is None else link.reminder_id
        reminder = self._reminders.get(reminder_id) if reminder_id is not None else None
        moved = link is not None and task.owner_id != self._run.user.salesforce_id
        return Pair(
            reminder,
            link,
            task,
            tuple(self._intents.get(reminder_id or "", ())),
            moved_to=self._tx.owner_of(task.owner_id) if moved else None,
            next_owner_salesforce_id=self._next_owner(reminder),
            owner_asleep=self._is_asleep(reminder),
        )

    def of_edit(self, reminder: Reminder) -> Pair:
        """Return the pair of a reminder edited here whose Task was not read, or that has none."""
        looked_up = self._gathered.looked_up.get(reminder.id)
        only = looked_up[0] if looked_up and len(looked_up) == 1 else None
        return Pair(
            reminder,
            self._links.get(reminder.id),
            only,
            tuple(self._intents.get(reminder.id, ())),
            next_owner_salesforce_id=self._next_owner(reminder),
            looked_up=looked_up,
        )

    def _is_asleep(self, reminder: Reminder | None) -> bool:
        if reminder is None or reminder.owner_id == self._run.user.id:
            return False
        return self._tx.asleep(reminder.owner_id)

    def _next_owner(self, reminder: Reminder | None) -> str | None:
        if reminder is None or reminder.assign_to is None:
            return None
        return self._tx.salesforce_id_of(reminder.assign_to)
