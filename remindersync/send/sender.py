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
# Said of a call that others' turns kept from being made: nothing is known of how large it may be.
_WAITS = -1


@dataclass
class Sent:
    """What became of a plan's outbound half.

    `all` says that everything was reached in time. `moved` are the Tasks that somebody saved since they were read:
    nothing was written to them. `later` says that some could not be told or had to wait: they are due again soon.
    """

    all: bool = True
    moved: set[str] = field(default_factory=set)
    later: bool = False


@dataclass(frozen=True, slots=True)
class _Made:
    """A call that was made: what it carried under which intents, and its answer or refusal."""

    batch: Batch
    intents: Sequence[Intent]
    answer: list[WriteAnswer] | SalesforceRefused


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
                self._batch(batch)
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

    def _batch(self, batch: Batch) -> set[int]:
        """Send a batch; return how many records the calls that went through carried.

        Among them is 0 for one that spoils all, and `_WAITS` for a call that did not get its turn.
        """
        worked: set[int] = set()
        left: Sequence[Outbound] = batch.actions
        while left and _WAITS not in worked:
            made, left = self._in_turn(replace(batch, actions=tuple(left)))
            worked |= self._settled(made) if isinstance(made, _Made) else made
        return worked

    def _in_turn(self, batch: Batch) -> tuple[_Made | set[int], Sequence[Outbound]]:
        """Make one call while no other of ours writes to records of the same parents (DIAG-2).

        The turn is that call's alone: what is done about its answer may take many more, and who holds a turn must not
        ask for another. What a wait made old is looked at again, so the look is part of the turn.
        """
        wanted = parents(batch.actions, batch.companies)
        with self.turns.take(self.run.user.org_id, wanted, wait_seconds=TURN_SECONDS) as mine:
            if mine:
                return self._made(batch)
        self.sent.later = True
        return {_WAITS}, ()

    def _made(self, batch: Batch) -> tuple[_Made | set[int], Sequence[Outbound]]:
        """Make one call, with as many records as it may carry; return what came of it, and what is left."""
        left = self._unmoved(batch)
        if not left:
            return set(), ()
        with self.runs.transaction(self.run) as tx:
            wanted = self._still_wanted(tx, left)
            most = self._most(tx, wanted)
            intents = [self._intent(action) for action in wanted[:most]]
            tx.intents.record(intents)
        if not intents:
            return set(), ()
        self.lease.check()
        carried = replace(batch, actions=tuple(wanted[:most]))
        try:
            return _Made(carried, intents, self._call(carried)), wanted[most:]
        except SalesforceRefused as refused:
            return _Made(carried, intents, refused), wanted[most:]

    def _most(self, tx: Transaction, actions: Sequence[Outbound]) -> int:
        """Return how many records a call may carry in this org; of one alone nobody has to be asked."""
        return (tx.batches.size() if len(actions) > 1 else None) or len(actions)

    def _settled(self, made: _Made) -> set[int]:
        """Take the answer of a call in; return as `_batch` does."""
        batch, intents, answers = made.batch, made.intents, made.answer
        if isinstance(answers, SalesforceRefused):
            with self.runs.transaction(self.run) as tx:
                tx.intents.close([intent.id for intent in intents], "refused")
            if answers.fault.destiny is not Destiny.PARK:
                raise answers
            return self._culprit(batch, answers.fault)
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
            self._answers.take(tx, actions, intents, answers)
        for action, answer in zip(actions, answers, strict=True):
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
        alone = self._each(batch, ((first,), (last,)))
        if _WAITS in alone:
            return alone
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
        worked = self._each(batch, halves)
        if worked and worked.isdisjoint({0, _WAITS}):
            with self.runs.transaction(self.run) as tx:
                tx.batches.found(max(worked))
        return worked

    def _each(self, batch: Batch, parts: Sequence[tuple[Outbound, ...]]) -> set[int]:
        """Send parts of a batch one after the other, until one does not get its turn; return as `_batch` does."""
        worked: set[int] = set()
        for part in parts:
            if _WAITS not in worked:
                worked |= self._batch(replace(batch, actions=part))
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
