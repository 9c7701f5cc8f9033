"""Write to Salesforce: intents first, then one call for many records, then each record's answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from remindersync.apply import Tally
from remindersync.errors import Destiny, Fault, SalesforceRefused
from remindersync.model import ChangeTask, CreateTask, DeleteTask, Intent, Outbound, RunRef, WriteKind
from remindersync.ports import Clock, Lease, Runs, SalesforceTasks, TaskWrite, Transaction, Turns, WriteAnswer
from remindersync.send.answers import Answers, about_person, impersonal, parks, shared
from remindersync.send.batches import Batch, cut
from remindersync.send.knowing import Known
from remindersync.send.parents import Companies, newly_named, parents

# A save takes a second or two: who waited this long leaves the records to the next run.
TURN_SECONDS = 5.0


@dataclass
class Sent:
    """What became of a plan's outbound half.

    `all` says that everything was reached in time. `moved` are the Tasks that somebody saved since they were read:
    nothing was written to them. `later` says that some could not be told or had to wait: they are due again soon.
    """

    all: bool = True
    moved: set[str] = field(default_factory=set)
    later: bool = False


class _Free:
    """No turns: for a process that is alone with its orgs."""

    def take(self, org_id: str, parents: frozenset[str], *, wait_seconds: float) -> AbstractContextManager[bool]:
        del org_id, parents, wait_seconds
        return _mine()


@contextmanager
def _mine() -> Iterator[bool]:
    yield True


FREE = _Free()


@dataclass(frozen=True, slots=True)
class Sender:
    """Writes what one plan has for Salesforce. `known` tells, by reminder, what was read of its Task."""

    runs: Runs
    run: RunRef
    salesforce: SalesforceTasks
    lease: Lease
    clock: Clock
    tally: Tally
    offset_seconds: float
    known: Mapping[str, Known]
    turns: Turns = FREE
    sent: Sent = field(default_factory=Sent)

    def send(self, actions: Sequence[Outbound], *, until: Callable[[], bool] = lambda: True) -> Sent:
        """Carry out `actions` while `until()` holds; say what became of them.

        Raises what ended a call: its intents are closed if Salesforce refused it and stay open if its answer
        was lost.
        """
        for kind in (ChangeTask, CreateTask, DeleteTask):
            mine = [action for action in actions if isinstance(action, kind) and self._can_be_told(action)]
            companies = self._companies(mine)
            for batch in cut(mine, self._young(mine), companies) if mine else []:
                if not until():
                    self.sent.all = False
                    return self.sent
                self._in_turn(batch, companies)
        return self.sent

    def _can_be_told(self, action: Outbound) -> bool:
        """Say whether a save by somebody else would show; in the second of the read it might not."""
        known = self.known.get(action.reminder_id)
        tie = not isinstance(action, CreateTask) and known is not None and known.is_tie
        self.sent.later |= tie
        return not tie

    def _young(self, actions: Sequence[Outbound]) -> set[str]:
        now = self._now()
        ids = {action.reminder_id for action in actions}
        return {one for one in ids if one in self.known and self.known[one].is_young(now)}

    def _companies(self, actions: Sequence[Outbound]) -> Companies:
        """Return the companies of the persons whom these writes name, where other Tasks of the org tell them."""
        people = newly_named(actions)
        if not people:
            return {}
        with self.runs.transaction(self.run) as tx:
            return tx.links.companies(people)

    def _in_turn(self, batch: Batch, companies: Companies) -> None:
        """Send a batch while no other call of ours writes to records of the same parents (DIAG-2)."""
        wanted = parents(batch.actions, companies)
        with self.turns.take(self.run.user.org_id, wanted, wait_seconds=TURN_SECONDS) as mine:
            if mine:
                self._batch(batch)
            else:
                self.sent.later = True

    def _batch(self, batch: Batch) -> set[int]:
        """Send a batch; return how many records the calls that went through carried, 0 for one that spoils all."""
        worked: set[int] = set()
        left = self._unmoved(batch)
        while left:
            with self.runs.transaction(self.run) as tx:
                wanted = self._still_wanted(tx, left)
                most = self._most(tx, wanted)
                intents = [self._intent(action) for action in wanted[:most]]
                tx.intents.record(intents)
            if intents:
                worked |= self._announced(replace(batch, actions=tuple(wanted[:most])), intents)
            left = wanted[most:]
        return worked

    def _most(self, tx: Transaction, actions: Sequence[Outbound]) -> int:
        """Return how many records a call may carry in this org; of one alone nobody has to be asked."""
        return (tx.batches.size() if len(actions) > 1 else None) or len(actions)

    def _announced(self, batch: Batch, intents: Sequence[Intent]) -> set[int]:
        """Make one call, whose intents are recorded."""
        self.lease.check()
        try:
            answers = self._call(batch)
        except SalesforceRefused as refused:
            with self.runs.transaction(self.run) as tx:
                tx.intents.close([intent.id for intent in intents], "refused")
            if refused.fault.destiny is not Destiny.PARK:
                raise
            return self._culprit(batch, refused.fault)
        # On conditions each record is saved by itself: what they share is each one's own.
        fault = None if batch.checked else shared(batch.actions, answers)
        if fault is not None:
            with self.runs.transaction(self.run) as tx:
                tx.intents.close([intent.id for intent in intents], "refused")
            return self._all_alike(batch, fault)
        self._take_in(batch.actions, intents, answers)
        self._without_person(batch.actions, answers)
        spoilt = len(answers) == 1 and parks(answers[0])
        return {0 if spoilt else len(answers)}

    def _unmoved(self, batch: Batch) -> Sequence[Outbound]:
        """Return the actions whose Task nobody saved since, looking once more where the last look is not fresh.

        A batch on conditions is looked after by Salesforce.
        """
        now = self._now()
        stale = [
            action
            for action in _linked(batch.actions)
            if not batch.checked
            and (known := self.known.get(action.reminder_id)) is not None
            and not known.is_fresh(now)
        ]
        if not stale:
            return batch.actions
        stamps = self.salesforce.stamps([action.link.task_id for action in stale]).at
        moved = {
            action.link.task_id
            for action in stale
            if stamps.get(action.link.task_id, now) > self.known[action.reminder_id].unless_after
        }
        self.sent.moved |= moved
        gone = {action.reminder_id for action in stale if action.link.task_id in moved}
        return [action for action in batch.actions if action.reminder_id not in gone]

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

    def _take_in(self, actions: Sequence[Outbound], intents: Sequence[Intent], answers: Sequence[WriteAnswer]) -> None:
        with self.runs.transaction(self.run) as tx:
            for action, intent, answer in zip(actions, intents, answers, strict=True):
                self._answers.take(tx, action, intent, answer)
                if answer.moved and not isinstance(action, CreateTask):
                    self.sent.moved.add(action.link.task_id)

    def _without_person(self, actions: Sequence[Outbound], answers: Sequence[WriteAnswer]) -> None:
        """Repeat creates that were refused for their person alone without it; the diagnostic stays (MAP-6)."""
        again = [
            (impersonal(one), answer.fault)
            for one, answer in zip(actions, answers, strict=True)
            if isinstance(one, CreateTask) and answer.fault is not None and about_person(one, answer.fault)
        ]
        if not again:
            return
        self._batch(Batch(tuple(action for action, _ in again)))
        with self.runs.transaction(self.run) as tx:
            for action, fault in again:
                tx.journal.fault(fault, reminder_id=action.reminder_id)

    def _all_alike(self, batch: Batch, fault: Fault) -> set[int]:
        """Find out whether an error that all records of a call got is each one's own, or came of being together.

        The first and the last are sent alone. Where neither goes through, each has the error for itself; else the
        call was too large for the org's automation, or one record spoils all: the rest is halved.
        """
        first, *rest, last = batch.actions
        alone = self._batch(replace(batch, actions=(first,))) | self._batch(replace(batch, actions=(last,)))
        if alone == {0}:
            with self.runs.transaction(self.run) as tx:
                for action in rest:
                    self._answers.refused(tx, action, fault)
            return alone
        left = replace(batch, actions=tuple(rest))
        return alone | (self._culprit(left, fault) if len(rest) > 1 else self._batch(left))

    def _culprit(self, batch: Batch, fault: Fault) -> set[int]:
        """Split a call that was refused as a whole down to the record that spoils it (DIAG-2).

        Where none does, the calls were too large: the size that worked is the org's from now on.
        """
        middle = len(batch.actions) // 2
        if middle == 0:
            with self.runs.transaction(self.run) as tx:
                self._answers.refused(tx, batch.actions[0], fault)
            self._without_person(batch.actions, [WriteAnswer(self._now(), fault=fault)])
            return {0}
        halves = batch.actions[:middle], batch.actions[middle:]
        worked = {size for half in halves for size in self._batch(replace(batch, actions=half))}
        if worked and 0 not in worked:
            with self.runs.transaction(self.run) as tx:
                tx.batches.found(max(worked))
        return worked

    def _intent(self, action: Outbound) -> Intent:
        new = Intent(str(uuid4()), action.reminder_id, WriteKind.UPDATE, {}, action.version, self._now())
        match action:
            case CreateTask():
                return replace(new, kind=WriteKind.CREATE, payload=action.payload, key=action.key)
            case ChangeTask():
                return replace(new, payload=action.payload, task_id=action.link.task_id)
            case DeleteTask():
                return replace(new, kind=WriteKind.DELETE, task_id=action.link.task_id)

    def _call(self, batch: Batch) -> list[WriteAnswer]:
        writes = [self._write(action, checked=batch.checked) for action in batch.actions]
        first = batch.actions[0]
        if isinstance(first, CreateTask):
            return self.salesforce.create(writes)
        return self.salesforce.delete(writes) if isinstance(first, DeleteTask) else self.salesforce.update(writes)

    def _write(self, action: Outbound, *, checked: bool) -> TaskWrite:
        if isinstance(action, CreateTask):
            return TaskWrite(action.payload, key=action.key)
        known = self.known.get(action.reminder_id) if checked else None
        values = action.payload if isinstance(action, ChangeTask) else {}
        return TaskWrite(values, id=action.link.task_id, unless_after=known.unless_after if known else None)

    @property
    def _answers(self) -> Answers:
        return Answers(self.run, self.salesforce.login, self.tally, self.clock)

    def _now(self) -> datetime:
        """Return the time on Salesforce's clock."""
        return self.clock.now() + timedelta(seconds=self.offset_seconds)


def _linked(actions: Sequence[Outbound]) -> list[ChangeTask | DeleteTask]:
    return [action for action in actions if isinstance(action, ChangeTask | DeleteTask)]
