"""Carry a plan's inbound half out here: reminders, links and history, in one transaction with the place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from remindersync import mapping
from remindersync.errors import Category, Destiny, Fault
from remindersync.guards import HELD, Verdict
from remindersync.model import (
    AdoptTask,
    BinReminder,
    ChangeReminder,
    Counts,
    HandOver,
    HistoryEvent,
    ImportTask,
    Inbound,
    Landed,
    LinkState,
    Loss,
    MatchTask,
    MoveReminder,
    Park,
    Place,
    Rebase,
    Settle,
    Side,
    UnbinReminder,
    Value,
    Values,
    Wait,
)
from remindersync.ports import Transaction

OUT_OF_REACH = Fault(
    code="OUT_OF_REACH",
    message="",
    category=Category.ACCESS,
    meaning="Salesforce no longer shows Tasks of some reminders to their user, nor tells that they were deleted.",
    remedy="Give back the right to see them, or delete these reminders; this closes once all Tasks can be read.",
    destiny=Destiny.PARK,
)


class Tally:
    """What a run has done so far."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, name: str, times: int = 1) -> None:
        """Count so many more of a field of `Counts`."""
        self._counts[name] = self._counts.get(name, 0) + times

    @property
    def counts(self) -> Counts:
        return Counts(**self._counts)


class Inbox:
    """Carries out the inbound actions of a plan in one transaction.

    An action whose reminder was edited since the plan was made is left undone; `stale` names those reminders.
    `email` is whose run it is, `login` the Salesforce user as whom it writes there.
    """

    def __init__(self, tx: Transaction, tally: Tally, email: str, login: str, offset_seconds: float) -> None:
        self._tx = tx
        self._email = email
        self._login = login
        self._tally = tally
        self._offset = timedelta(seconds=offset_seconds)
        self.stale: set[str] = set()
        self._events: list[HistoryEvent] = []
        self._told = False

    def take(self, actions: Iterable[Inbound]) -> None:
        """Carry out `actions` in order."""
        for action in actions:
            if isinstance(action, HandOver):
                self._tx.handovers.give(action.reminder_id, action.task)
            elif isinstance(action, ImportTask):
                self._import(action)
            elif isinstance(action, Rebase):
                if action.link.reminder_id not in self.stale:
                    self._rebase(action)
            elif action.reminder_id not in self.stale:
                self._take_one(action)
        # In one statement: edits of this user wait while a page is taken in.
        self._tx.journal.history(self._events)
        self._events = []

    def owe(self, reminder_ids: Iterable[str]) -> None:
        """Note that something of reminders is to be sent though nobody edited them."""
        for reminder_id in reminder_ids:
            if reminder_id not in self.stale:
                self._tx.reminders.resend(reminder_id)

    def guard(self, verdict: Verdict) -> None:
        """Let what nobody asked for wait, and end the waiting of what was carried out or is no more (DIAG-6)."""
        if verdict.hold:
            self._tx.guards.hold(verdict.hold)
            self._tx.journal.fault(HELD)
            for _ in verdict.hold:
                self._tally.add("skipped")
        released = verdict.release - self.stale
        if released:
            self._tx.guards.release(released)

    def _take_one(
        self,
        action: MatchTask
        | ChangeReminder
        | BinReminder
        | UnbinReminder
        | Settle
        | MoveReminder
        | AdoptTask
        | Landed
        | Wait
        | Park,
    ) -> None:
        match action:
            case MatchTask():
                self._match(action)
            case ChangeReminder():
                self._change(action)
            case BinReminder():
                self._bin(action)
            case UnbinReminder():
                self._unbin(action)
            case MoveReminder():
                self._move(action)
            case Landed():
                self._landed(action)
            case _:
                self._note(action)

    def _note(self, action: Settle | AdoptTask | Wait | Park) -> None:
        reminders = self._tx.reminders
        match action:
            case Settle():
                reminders.synced({action.reminder_id: action.version})
                self._tx.journal.mended([action.reminder_id])
            case AdoptTask():
                self._tx.links.put(action.link)
                self._tx.intents.close([action.intent_id], "saved")
                reminders.synced({action.reminder_id: action.version})
                self._tx.journal.mended([action.reminder_id])
            case Wait():
                reminders.hold(action.reminder_id, action.until - self._offset)
            case Park():
                reminders.park(action.reminder_id, action.version)
                self._tx.journal.fault(action.fault, reminder_id=action.reminder_id)
                self._tally.add("parked")

    def _landed(self, action: Landed) -> None:
        of_ours = (action.reminder_id, Side.SALESFORCE, self._email)
        if action.deleted:
            self._events.append(deleted_event(*of_ours, action.reason, self._login))
        made = HistoryEvent(*of_ours, "", None, None, action.reason, self._login)
        self._events.extend(written_events(made, action.written, action.before, action.name_before))

    def _import(self, action: ImportTask) -> None:
        self._tx.reminders.add(action.reminder)
        self._tx.links.put(action.link)
        self._tally.add("created_here")
        self._events.extend(
            HistoryEvent(action.reminder.id, Side.APP, "Salesforce", name, None, value, action.reason)
            for name, value in mapping.values(action.reminder).items()
            if value is not None
        )

    def _rebase(self, action: Rebase) -> None:
        self._tx.links.put(action.link)
        if action.link.state is LinkState.UNREACHABLE and not self._told:
            # One for all of them: a right that was lost may be about hundreds.
            self._tx.journal.fault(OUT_OF_REACH)
            self._told = True
        if action.link.state is LinkState.SUPERSEDED:
            self._tx.reminders.resend(action.link.reminder_id)
        self._lost(action.link.reminder_id, action.losses)

    def _change(self, action: ChangeReminder) -> None:
        done = self._tx.reminders.change(action.reminder_id, action.version, action.values, action.person_name)
        if not self._unless_stale(action.reminder_id, done=done):
            return
        self._tx.links.put(action.link)
        self._tally.add("updated_here")
        self._taken_in(action)

    def _taken_in(self, action: ChangeReminder | UnbinReminder) -> None:
        named = action.person_name if isinstance(action, ChangeReminder) else ""
        now = {"person_name": named or None, **action.values}
        self._events.extend(
            HistoryEvent(
                action.reminder_id, Side.APP, "Salesforce", name, before, now.get(name), "changed in Salesforce"
            )
            for name, before in action.before.items()
            if name in action.values or before not in (None, now.get(name))
        )
        self._lost(action.reminder_id, action.losses)

    def _match(self, action: MatchTask) -> None:
        done = self._tx.reminders.share(action.reminder_id, action.version)
        if self._unless_stale(action.reminder_id, done=done):
            self._tx.links.put(action.link)
            self._tally.add("updated_here")
            event = HistoryEvent(action.reminder_id, Side.APP, self._email, "shared", None, "yes", action.reason)
            self._events.append(event)

    def _bin(self, action: BinReminder) -> None:
        if self._unless_stale(action.reminder_id, done=self._tx.reminders.bin(action.reminder_id, action.version)):
            self._tx.links.put(action.link)
            # Salesforce has nothing to learn from an edit that the deletion overtook.
            self._tx.reminders.synced({action.reminder_id: action.version + 1})
            self._tally.add("deleted_here")
            self._events.append(deleted_event(action.reminder_id, Side.APP, "Salesforce", action.reason))
            self._lost(action.reminder_id, action.losses)

    def _unbin(self, action: UnbinReminder) -> None:
        done = self._tx.reminders.unbin(action.reminder_id, action.version, action.values)
        if self._unless_stale(action.reminder_id, done=done):
            self._tx.links.put(action.link)
            self._tally.add("created_here")
            event = HistoryEvent(action.reminder_id, Side.APP, "Salesforce", "deleted", "yes", None, action.reason)
            self._events.append(event)
            self._taken_in(action)

    def _take_from(self, action: MoveReminder, from_user: str) -> None:
        """Take a reminder from somebody whose runs do not come; its row comes again, and is merged as one's own."""
        if self._tx.reminders.take(action.reminder_id, action.version, from_user):
            event = moved_event(
                self._tx, action.reminder_id, Side.APP, self._tx.email_of(from_user) or "", action.to_user
            )
            self._tally.add("updated_here")
            self._events.append(event)
        self.stale.add(action.reminder_id)

    def _move(self, action: MoveReminder) -> None:
        if action.from_user is not None:
            self._take_from(action, action.from_user)
            return
        if action.owes:
            self._tx.reminders.resend(action.reminder_id)
        done = self._tx.reminders.move(action.reminder_id, action.version, action.to_user)
        if self._unless_stale(action.reminder_id, done=done):
            self._tx.links.put(action.link)
            self._tally.add("updated_here")
            self._events.append(moved_event(self._tx, action.reminder_id, Side.APP, self._email, action.to_user))
            # What its former owner was refused is the new one's to try.
            self._tx.journal.mended([action.reminder_id])

    def _unless_stale(self, reminder_id: str, *, done: bool) -> bool:
        if not done:
            self.stale.add(reminder_id)
        return done

    def _lost(self, reminder_id: str, losses: Iterable[Loss]) -> None:
        self._events.extend(lost_events(reminder_id, losses))


def lost_events(reminder_id: str, losses: Iterable[Loss]) -> Iterator[HistoryEvent]:
    """Yield the history of values that lost, kept so that they can be restored (MERGE-2)."""
    for loss in losses:
        yield HistoryEvent(
            reminder_id, loss.side, "conflict", loss.field, loss.value, loss.winner, loss.rule, kept=False
        )


def written_events(made: HistoryEvent, written: Values, before: Values, name_before: Value) -> Iterator[HistoryEvent]:
    """Yield the history of a write to Salesforce, field by field; `made` says which reminder, who and why."""
    for name, value in written.items():
        meant = name_before if name == "Subject" else None
        yield replace(made, field=name, old=before.get(name), new=value, meant=meant)


def moved_event(tx: Transaction, reminder_id: str, side: Side, from_email: str, to_user: str) -> HistoryEvent:
    """Return the history of a reminder that went to another user because its Task did."""
    rule = "Its Task was given to them in Salesforce" if side is Side.APP else "Assigned here"
    return HistoryEvent(reminder_id, side, "Salesforce", "assignee", from_email, tx.email_of(to_user), rule)


def deleted_event(reminder_id: str, side: Side, actor: str, rule: str, login: str | None = None) -> HistoryEvent:
    """Return the history of a deletion on one side."""
    return HistoryEvent(reminder_id, side, actor, "deleted", None, "yes", rule, login)


def save(tx: Transaction, place: Place, stale_stamps: Sequence[datetime]) -> Place:
    """Move the run's place on, but not past rows that an edit in between made unusable; return it."""
    if place.front is not None and stale_stamps:
        place = replace(place, front=min(place.front, *stale_stamps))
    tx.save(place)
    return place
