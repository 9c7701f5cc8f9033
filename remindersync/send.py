"""Carry a plan's outbound half out in Salesforce: an intent before each write, a link with each answer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from remindersync.apply import Tally, deleted_event, lost_events
from remindersync.errors import Destiny, Fault, SalesforceRefused
from remindersync.model import (
    ChangeTask,
    CreateTask,
    DeleteTask,
    HistoryEvent,
    Intent,
    Link,
    LinkState,
    Loss,
    Outbound,
    RunRef,
    Side,
    Values,
    WriteKind,
)
from remindersync.ports import Clock, Lease, Runs, SalesforceTasks, TaskWrite, Transaction, WriteAnswer

BATCH = 200
RETRY_RECORD = timedelta(seconds=60)
GONE = "ENTITY_IS_DELETED"
# What Salesforce says of a WhoId it does not take: unknown, no access, a converted lead, of another kind.
PERSON_FAULTS = frozenset(
    {
        "INVALID_CROSS_REFERENCE_KEY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "FIELD_INTEGRITY_EXCEPTION",
        "MALFORMED_ID",
    }
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Writes to Salesforce: intents first, then one call for up to 200 records, then each record's answer."""

    runs: Runs
    run: RunRef
    salesforce: SalesforceTasks
    lease: Lease
    clock: Clock
    tally: Tally
    offset_seconds: float

    def send(self, actions: Sequence[Outbound], *, until: Callable[[], bool] = lambda: True) -> bool:
        """Carry out `actions` while `until()` holds; say whether all were.

        Raises what ended a call: its intents are closed if Salesforce refused it and stay open if its answer
        was lost.
        """
        for kind in (ChangeTask, CreateTask, DeleteTask):
            mine = [action for action in actions if isinstance(action, kind)]
            for start in range(0, len(mine), BATCH):
                if not until():
                    return False
                self._batch(mine[start : start + BATCH])
        return True

    def _batch(self, actions: Sequence[Outbound]) -> None:
        with self.runs.transaction(self.run) as tx:
            actions = self._still_wanted(tx, actions)
            intents = [self._intent(action) for action in actions]
            tx.intents.record(intents)
        if not actions:
            return
        self.lease.check()
        try:
            answers = self._call(actions)
        except SalesforceRefused as refused:
            with self.runs.transaction(self.run) as tx:
                tx.intents.close([intent.id for intent in intents], "refused")
            if refused.fault.destiny is not Destiny.PARK:
                raise
            self._culprit(actions, refused.fault)
            return
        with self.runs.transaction(self.run) as tx:
            for action, intent, answer in zip(actions, intents, answers, strict=True):
                self._answered(tx, action, intent, answer)
        self._without_person(actions, answers)

    def _still_wanted(self, tx: Transaction, actions: Sequence[Outbound]) -> list[Outbound]:
        """Return the actions whose reminder is as it was planned for.

        One that was edited or given away since is planned again, from what it is now.
        """
        now = tx.reminders.by_ids([action.reminder_id for action in actions])
        return [
            action
            for action in actions
            if (reminder := now.get(action.reminder_id)) is not None
            and reminder.version == action.version
            and reminder.owner_id == self.run.user.id
        ]

    def _without_person(self, actions: Sequence[Outbound], answers: Sequence[WriteAnswer]) -> None:
        """Repeat creates that were refused for their person alone without it; the diagnostic stays (MAP-6)."""
        again = [
            (_impersonal(one), answer.fault)
            for one, answer in zip(actions, answers, strict=True)
            if isinstance(one, CreateTask) and answer.fault is not None and _about_person(one, answer.fault)
        ]
        if not again:
            return
        self._batch([action for action, _ in again])
        with self.runs.transaction(self.run) as tx:
            for action, fault in again:
                tx.journal.fault(fault, reminder_id=action.reminder_id)

    def _culprit(self, actions: Sequence[Outbound], fault: Fault) -> None:
        """Split a call that was refused as a whole down to the record that spoils it (DIAG-2)."""
        if len(actions) > 1:
            middle = len(actions) // 2
            self._batch(actions[:middle])
            self._batch(actions[middle:])
            return
        with self.runs.transaction(self.run) as tx:
            self._refused(tx, actions[0], fault)

    def _intent(self, action: Outbound) -> Intent:
        now = self.clock.now() + timedelta(seconds=self.offset_seconds)
        new = Intent(str(uuid4()), action.reminder_id, WriteKind.UPDATE, {}, action.version, now)
        match action:
            case CreateTask():
                return replace(new, kind=WriteKind.CREATE, payload=action.payload, key=action.key)
            case ChangeTask():
                return replace(new, payload=action.payload, task_id=action.link.task_id)
            case DeleteTask():
                return replace(new, kind=WriteKind.DELETE, task_id=action.link.task_id)

    def _call(self, actions: Sequence[Outbound]) -> list[WriteAnswer]:
        first = actions[0]
        if isinstance(first, DeleteTask):
            return self.salesforce.delete([link.task_id for link in _links(actions)])
        if isinstance(first, CreateTask):
            writes = [TaskWrite(one.payload, key=one.key) for one in actions if isinstance(one, CreateTask)]
            return self.salesforce.create(writes)
        writes = [TaskWrite(one.payload, id=one.link.task_id) for one in actions if isinstance(one, ChangeTask)]
        return self.salesforce.update(writes)

    def _answered(self, tx: Transaction, action: Outbound, intent: Intent, answer: WriteAnswer) -> None:
        tx.intents.close([intent.id], "saved" if answer.fault is None else "refused")
        if answer.fault is not None:
            self._refused(tx, action, answer.fault)
            return
        match action:
            case CreateTask():
                self._created(tx, action, answer)
            case ChangeTask():
                self._changed(tx, action, answer)
            case DeleteTask():
                self._deleted(tx, action, answer)
        tx.journal.mended([action.reminder_id])

    def _created(self, tx: Transaction, action: CreateTask, answer: WriteAnswer) -> None:
        assert answer.id is not None
        tx.links.put(
            Link(
                action.reminder_id,
                self.run.user.org_id,
                answer.id,
                action.base,
                created_here=True,
                seen_at=answer.at,
                own_write_at=answer.at,
            )
        )
        # One that was given away while it was being created still has to be handed over (SYNC-7).
        if tx.reminders.by_ids([action.reminder_id])[action.reminder_id].assign_to is None:
            tx.reminders.synced({action.reminder_id: action.version})
        tx.journal.history(self._written(action.reminder_id, action.payload, {}, action.reason))
        self.tally.add("created_there")

    def _changed(self, tx: Transaction, action: ChangeTask, answer: WriteAnswer) -> None:
        tx.links.put(replace(action.link, seen_at=answer.at, own_write_at=answer.at))
        tx.reminders.synced({action.reminder_id: action.version})
        if action.move_to is not None:
            tx.reminders.move(action.reminder_id, action.version, action.move_to)
        tx.journal.history(self._written(action.reminder_id, action.payload, action.before, action.reason))
        self.tally.add("updated_there")

    def _deleted(self, tx: Transaction, action: DeleteTask, answer: WriteAnswer) -> None:
        tx.links.put(replace(action.link, state=LinkState.DELETED, stamp=answer.at, own_write_at=answer.at))
        tx.reminders.synced({action.reminder_id: action.version})
        losses = lost_events(action.reminder_id, action.losses)
        event = deleted_event(
            action.reminder_id, Side.SALESFORCE, self.run.user.email, action.reason, self.salesforce.login
        )
        tx.journal.history([event, *losses])
        self.tally.add("deleted_there")

    def _written(self, reminder_id: str, payload: Values, before: Values, reason: str) -> Iterator[HistoryEvent]:
        actor, login = self.run.user.email, self.salesforce.login
        for name, value in payload.items():
            yield HistoryEvent(reminder_id, Side.SALESFORCE, actor, name, before.get(name), value, reason, login)

    def _refused(self, tx: Transaction, action: Outbound, fault: Fault) -> None:
        """Note one record's refusal; the others go on (law 5)."""
        if fault.code == GONE and isinstance(action, ChangeTask):
            self._gone(tx, action)
            return
        if isinstance(action, CreateTask) and _about_person(action, fault):
            return
        tx.journal.fault(fault, reminder_id=action.reminder_id)
        if fault.destiny is Destiny.PARK:
            tx.reminders.park(action.reminder_id, action.version)
            self.tally.add("parked")
        else:
            tx.reminders.hold(action.reminder_id, self._later())
            self.tally.add("skipped")

    def _gone(self, tx: Transaction, action: ChangeTask) -> None:
        """Bin a reminder whose Task Salesforce says is deleted: the deletion wins (MERGE-3).

        Where that may be a late deletion of our own, the next run reads the Task and decides (ONCE-1).
        """
        if any(one.kind is WriteKind.DELETE and one.task_id == action.link.task_id for one in tx.intents.open()):
            return
        if tx.reminders.bin(action.reminder_id, action.version):
            tx.links.put(replace(action.link, state=LinkState.DELETED))
            losses = [Loss(name, Side.APP, value, None, "deletion wins") for name, value in action.payload.items()]
            event = deleted_event(action.reminder_id, Side.APP, "Salesforce", "Deleted in Salesforce")
            tx.journal.history([event, *lost_events(action.reminder_id, losses)])
            tx.reminders.synced({action.reminder_id: action.version + 1})
            self.tally.add("deleted_here")

    def _later(self) -> datetime:
        return self.clock.now() + RETRY_RECORD


def _about_person(action: CreateTask, fault: Fault) -> bool:
    return "WhoId" in action.payload and fault.code in PERSON_FAULTS


def _impersonal(action: CreateTask) -> CreateTask:
    payload = {name: value for name, value in action.payload.items() if name != "WhoId"}
    return replace(action, payload=payload, base=replace(action.base, raw={**action.base.raw, "WhoId": None}))


def _links(actions: Sequence[Outbound]) -> list[Link]:
    return [action.link for action in actions if isinstance(action, ChangeTask | DeleteTask)]
