"""What each record's answer means here: link, synced version and history, or the note of its refusal (law 5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from remindersync import mapping
from remindersync.apply import Notes, Tally, deleted_event, lost_events, written_events
from remindersync.errors import Destiny, Fault
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
    Value,
    Values,
    WriteKind,
)
from remindersync.ports import Clock, Transaction, WriteAnswer
from remindersync.send import backoff

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
class Answers:
    """Takes answers in, in a transaction that its caller opened. `login` is the Salesforce user who wrote."""

    run: RunRef
    login: str
    tally: Tally
    clock: Clock

    def take(
        self, tx: Transaction, actions: Sequence[Outbound], intents: Sequence[Intent], answers: Sequence[WriteAnswer]
    ) -> None:
        """Close writes' intents and note what they did; of one that was not done since somebody came first, nothing."""
        saved = [intent.id for intent, answer in zip(intents, answers, strict=True) if _is_saved(answer)]
        tx.intents.close(saved, "saved")
        tx.intents.close([intent.id for intent in intents if intent.id not in saved], "refused")
        notes = Notes()
        given_away = _given_away(tx, actions)
        for action, answer in zip(actions, answers, strict=True):
            if answer.fault is not None:
                self.refused(tx, action, answer.fault)
            elif _is_saved(answer):
                self._saved(notes, action, answer)
                if action.reminder_id not in given_away:
                    notes.synced[action.reminder_id] = action.version
        notes.write(tx)
        for action, answer in zip(actions, answers, strict=True):
            if isinstance(action, ChangeTask) and action.move_to is not None and _is_saved(answer):
                tx.reminders.move(action.reminder_id, action.version, action.move_to)

    def refused(self, tx: Transaction, action: Outbound, fault: Fault) -> None:
        """Note one record's refusal; the others go on."""
        if fault.code == GONE and isinstance(action, ChangeTask):
            self._gone(tx, action)
            return
        if about_person(action, fault):
            return
        tx.journal.fault(fault, reminder_id=action.reminder_id)
        if fault.destiny is Destiny.PARK:
            tx.reminders.park(action.reminder_id, action.version)
            self.tally.add("parked")
        else:
            refusals = tx.reminders.by_ids([action.reminder_id])[action.reminder_id].refusals
            until = self.clock.now() + backoff.rest(fault.code, refusals, action.reminder_id)
            tx.reminders.back_off(action.reminder_id, until)
            self.tally.add("skipped")

    def _saved(self, notes: Notes, action: Outbound, answer: WriteAnswer) -> None:
        match action:
            case CreateTask():
                link, count = self._created(action, answer), "created_there"
                events = self._written(action, {})
            case ChangeTask():
                stamp = answer.stamp or action.link.stamp
                link, count = replace(action.link, stamp=stamp, seen_at=answer.at), "updated_there"
                events = self._written(action, action.before, action.name_before)
            case DeleteTask():
                link, count = _deleted(action, answer), "deleted_there"
                events = self._told_deleted(action)
        notes.links.append(replace(link, own_write_at=answer.at))
        notes.events.extend(events)
        notes.mended.append(action.reminder_id)
        self.tally.add(count)

    def _created(self, action: CreateTask, answer: WriteAnswer) -> Link:
        assert answer.id is not None
        org_id = self.run.user.org_id
        return Link(action.reminder_id, org_id, answer.id, action.base, created_here=True, seen_at=answer.at)

    def _told_deleted(self, action: DeleteTask) -> Iterator[HistoryEvent]:
        yield deleted_event(action.reminder_id, Side.SALESFORCE, self.run.user.email, action.reason, self.login)
        yield from lost_events(action.reminder_id, action.losses)

    def _written(
        self, action: CreateTask | ChangeTask, before: Values, name_before: Value = None
    ) -> Iterator[HistoryEvent]:
        made = HistoryEvent(
            action.reminder_id, Side.SALESFORCE, self.run.user.email, "", None, None, action.reason, self.login
        )
        return written_events(made, action.payload, before, name_before)

    def _gone(self, tx: Transaction, action: ChangeTask) -> None:
        """Bin a reminder whose Task Salesforce says is deleted: the deletion wins (MERGE-3).

        Where the team lets the edit win, and where that may be a late deletion of our own (ONCE-1), the next run
        reads the Task and decides.
        """
        ours = any(one.kind is WriteKind.DELETE and one.task_id == action.link.task_id for one in tx.intents.open())
        if ours or not self.run.user.settings.deletion_wins:
            return
        if tx.reminders.bin({action.reminder_id: action.version}):
            tx.links.put([replace(action.link, state=LinkState.DELETED)])
            event = deleted_event(action.reminder_id, Side.APP, "Salesforce", "Deleted in Salesforce")
            tx.journal.history([event, *lost_events(action.reminder_id, _unsent(tx, action))])
            tx.reminders.synced({action.reminder_id: action.version + 1})
            self.tally.add("deleted_here")


def _is_saved(answer: WriteAnswer) -> bool:
    return answer.fault is None and not answer.moved


def _deleted(action: DeleteTask, answer: WriteAnswer) -> Link:
    # Of what was edited there before, all was read.
    seen_at = answer.at if action.losses else action.link.seen_at
    return replace(action.link, state=LinkState.DELETED, stamp=answer.at, seen_at=seen_at)


def _given_away(tx: Transaction, actions: Sequence[Outbound]) -> set[str]:
    """Return the reminders that were given away while they were being created: they are still to be handed over.

    That is what their version, unsent, brings about (SYNC-7).
    """
    created = tx.reminders.by_ids([action.reminder_id for action in actions if isinstance(action, CreateTask)])
    return {one.id for one in created.values() if one.assign_to is not None}


def _unsent(tx: Transaction, action: ChangeTask) -> list[Loss]:
    """Return what Salesforce never got, in the app's words."""
    ours = mapping.values(tx.reminders.by_ids([action.reminder_id])[action.reminder_id])
    names = [field.name for field in mapping.FIELDS if field.salesforce in action.payload]
    return [Loss(name, Side.APP, ours[name], None, "deletion wins") for name in names]


def about_person(action: Outbound, fault: Fault) -> bool:
    """Say whether a create was refused for the person it names (MAP-6)."""
    return isinstance(action, CreateTask) and "WhoId" in action.payload and fault.code in PERSON_FAULTS


def impersonal(action: CreateTask) -> CreateTask:
    """Return the create without its person."""
    payload = {name: value for name, value in action.payload.items() if name != "WhoId"}
    return replace(action, payload=payload, base=replace(action.base, raw={**action.base.raw, "WhoId": None}))


def parks(answer: WriteAnswer) -> bool:
    """Say whether a record was refused for good."""
    return answer.fault is not None and answer.fault.destiny is Destiny.PARK


def shared(actions: Sequence[Outbound], answers: Sequence[WriteAnswer]) -> Fault | None:
    """Return the error that every record of a call got, word by word; None where they differ, or it tells of each.

    Errors in an org's automation strike all records that are saved together (DIAG-2).
    """
    found = {(one.fault.code, one.fault.message) for one in answers if one.fault is not None and parks(one)}
    if len(answers) < 2 or len(found) != 1 or not all(parks(one) for one in answers):  # noqa: PLR2004 a company
        return None
    fault = answers[0].fault
    if fault is None or fault.code == GONE or any(about_person(one, fault) for one in actions):
        return None
    return fault
