"""Carry a plan's inbound half out here: reminders, links and history, in one transaction with the place."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from remindersync import mapping
from remindersync.apply.events import deleted_event, lost_events, moved_event, taken_in_events, written_events
from remindersync.apply.notes import Notes
from remindersync.apply.tally import Tally
from remindersync.errors import Category, Destiny, Fault
from remindersync.guards import HELD, Verdict
from remindersync.model import (
    AdoptTask,
    BinReminder,
    ChangeReminder,
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
    Wait,
)
from remindersync.ports import Change, Transaction

OUT_OF_REACH = Fault(
    code="OUT_OF_REACH",
    message="",
    category=Category.ACCESS,
    meaning="Salesforce no longer shows Tasks of some reminders to their user, nor tells that they were deleted.",
    remedy="Give back the right to see them, or delete these reminders; this closes once all Tasks can be read.",
    destiny=Destiny.PARK,
)


class Inbox:
    """Carries out the inbound actions of a plan in one transaction.

    An action whose reminder was edited since the plan was made is left undone; `stale` names those reminders.
    `email` is whose run it is, `login` the Salesforce user as whom it writes there. What there is most of goes by
    the set: edits of this user wait while a page is taken in.
    """

    def __init__(self, tx: Transaction, tally: Tally, email: str, login: str, offset_seconds: float) -> None:
        self._tx = tx
        self._email = email
        self._login = login
        self._tally = tally
        self._offset = timedelta(seconds=offset_seconds)
        self.stale: set[str] = set()
        self._told = False
        self._notes = Notes()

    def take(self, actions: Iterable[Inbound]) -> None:
        """Carry out `actions`, those of one reminder in order."""
        for each in _rounds(actions):
            self._import([one for one in each if isinstance(one, ImportTask)])
            self._change([one for one in each if isinstance(one, ChangeReminder)])
            self._bin([one for one in each if isinstance(one, BinReminder)])
            for action in each:
                if isinstance(action, HandOver) or action.reminder_id not in self.stale:
                    self._take_one(action)
            self._notes.write(self._tx)

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

    def _import(self, actions: Sequence[ImportTask]) -> None:
        self._tx.reminders.add([action.reminder for action in actions])
        for action in actions:
            self._notes.links.append(action.link)
            self._tally.add("created_here")
            self._notes.events.extend(
                HistoryEvent(action.reminder.id, Side.APP, "Salesforce", name, None, value, action.reason)
                for name, value in mapping.values(action.reminder).items()
                if value is not None
            )

    def _change(self, actions: Sequence[ChangeReminder]) -> None:
        fresh = [one for one in actions if one.reminder_id not in self.stale]
        changes = [Change(one.reminder_id, one.version, one.values, one.person_name) for one in fresh]
        changed = self._tx.reminders.change(changes)
        for action in fresh:
            if self._unless_stale(action.reminder_id, done=action.reminder_id in changed):
                self._notes.links.append(action.link)
                self._tally.add("updated_here")
                self._taken_in(action)

    def _bin(self, actions: Sequence[BinReminder]) -> None:
        fresh = [one for one in actions if one.reminder_id not in self.stale]
        binned = self._tx.reminders.bin({one.reminder_id: one.version for one in fresh})
        for action in fresh:
            if self._unless_stale(action.reminder_id, done=action.reminder_id in binned):
                self._notes.links.append(action.link)
                # Salesforce has nothing to learn from an edit that the deletion overtook.
                self._notes.synced[action.reminder_id] = action.version + 1
                self._tally.add("deleted_here")
                self._notes.events.append(deleted_event(action.reminder_id, Side.APP, "Salesforce", action.reason))
                self._lost(action.reminder_id, action.losses)

    def _take_one(self, action: Inbound) -> None:
        match action:
            case MatchTask():
                self._match(action)
            case UnbinReminder():
                self._unbin(action)
            case MoveReminder():
                self._move(action)
            case HandOver():
                self._tx.handovers.give(action.reminder_id, action.task)
            case Rebase() | Landed() | Settle() | AdoptTask() | Wait() | Park():
                self._note(action)

    def _note(self, action: Rebase | Landed | Settle | AdoptTask | Wait | Park) -> None:
        """Carry out an action that changes no value of a reminder."""
        match action:
            case Rebase():
                self._rebase(action)
            case Landed():
                self._landed(action)
            case Settle():
                self._settle(action)
            case AdoptTask():
                self._notes.links.append(action.link)
                self._tx.intents.close([action.intent_id], "saved")
                self._settle(action)
            case Wait():
                self._tx.reminders.hold(action.reminder_id, action.until - self._offset)
            case Park():
                self._tx.reminders.park(action.reminder_id, action.version)
                self._tx.journal.fault(action.fault, reminder_id=action.reminder_id)
                self._tally.add("parked")

    def _settle(self, action: Settle | AdoptTask) -> None:
        self._notes.synced[action.reminder_id] = action.version
        self._notes.mended.append(action.reminder_id)

    def _landed(self, action: Landed) -> None:
        of_ours = (action.reminder_id, Side.SALESFORCE, self._email)
        if action.deleted:
            self._notes.events.append(deleted_event(*of_ours, action.reason, self._login))
        made = HistoryEvent(*of_ours, "", None, None, action.reason, self._login)
        self._notes.events.extend(written_events(made, action.written, action.before, action.name_before))

    def _rebase(self, action: Rebase) -> None:
        self._notes.links.append(action.link)
        if action.link.state is LinkState.UNREACHABLE and not self._told:
            # One for all of them: a right that was lost may be about hundreds.
            self._tx.journal.fault(OUT_OF_REACH)
            self._told = True
        if action.link.state is LinkState.SUPERSEDED:
            self._tx.reminders.resend(action.reminder_id)
        self._lost(action.reminder_id, action.losses)

    def _taken_in(self, action: ChangeReminder | UnbinReminder) -> None:
        self._notes.events.extend(taken_in_events(action))
        self._lost(action.reminder_id, action.losses)

    def _match(self, action: MatchTask) -> None:
        done = self._tx.reminders.share(action.reminder_id, action.version)
        if self._unless_stale(action.reminder_id, done=done):
            self._notes.links.append(action.link)
            self._tally.add("updated_here")
            event = HistoryEvent(action.reminder_id, Side.APP, self._email, "shared", None, "yes", action.reason)
            self._notes.events.append(event)

    def _unbin(self, action: UnbinReminder) -> None:
        done = self._tx.reminders.unbin(action.reminder_id, action.version, action.values)
        if self._unless_stale(action.reminder_id, done=done):
            self._notes.links.append(action.link)
            self._tally.add("created_here")
            event = HistoryEvent(action.reminder_id, Side.APP, "Salesforce", "deleted", "yes", None, action.reason)
            self._notes.events.append(event)
            self._taken_in(action)

    def _take_from(self, action: MoveReminder, from_user: str) -> None:
        """Take a reminder from somebody whose runs do not come; its row comes again, and is merged as one's own."""
        if self._tx.reminders.take(action.reminder_id, action.version, from_user):
            event = moved_event(
                self._tx, action.reminder_id, Side.APP, self._tx.email_of(from_user) or "", action.to_user
            )
            self._tally.add("updated_here")
            self._notes.events.append(event)
        self.stale.add(action.reminder_id)

    def _move(self, action: MoveReminder) -> None:
        if action.from_user is not None:
            self._take_from(action, action.from_user)
            return
        if action.owes:
            self._tx.reminders.resend(action.reminder_id)
        done = self._tx.reminders.move(action.reminder_id, action.version, action.to_user)
        if self._unless_stale(action.reminder_id, done=done):
            self._notes.links.append(action.link)
            self._tally.add("updated_here")
            self._notes.events.append(moved_event(self._tx, action.reminder_id, Side.APP, self._email, action.to_user))
            # What its former owner was refused is the new one's to try.
            self._notes.mended.append(action.reminder_id)

    def _unless_stale(self, reminder_id: str, *, done: bool) -> bool:
        if not done:
            self.stale.add(reminder_id)
        return done

    def _lost(self, reminder_id: str, losses: Iterable[Loss]) -> None:
        self._notes.events.extend(lost_events(reminder_id, losses))


def _rounds(actions: Iterable[Inbound]) -> list[list[Inbound]]:
    """Split actions so that no round has two of one reminder, whose order stays: a round is written by the set."""
    rounds: list[list[Inbound]] = []
    before: dict[str, int] = defaultdict(int)
    for action in actions:
        number = before[action.reminder_id]
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(action)
        before[action.reminder_id] += 1
    return rounds


def save(tx: Transaction, place: Place, stale_stamps: Sequence[datetime]) -> Place:
    """Move the run's place on, but not past rows that an edit in between made unusable; return it."""
    if place.front is not None and stale_stamps:
        place = replace(place, front=min(place.front, *stale_stamps))
    tx.save(place)
    return place
