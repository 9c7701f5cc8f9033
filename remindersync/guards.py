"""Hold back many deletions and completions that nobody here asked for, until somebody approves them (DIAG-6)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from remindersync.errors import Category, Destiny, Fault
from remindersync.model import (
    BinReminder,
    ChangeReminder,
    ChangeTask,
    GuardedChange,
    Ledger,
    MatchTask,
    Plan,
    Reminder,
    Snapshot,
    Status,
    TeamSettings,
)

WHOLE = 100
WHILE_OFF = "Deleted in Salesforce while sync was off"
HELD = Fault(
    code="GUARD",
    message="",
    category=Category.OTHER,
    meaning="More reminders than usual were deleted or completed within a day, and nobody here asked for it.",
    remedy="Look at what waits with `remindersync approve EMAIL`: approve it, or undo it in Salesforce.",
    destiny=Destiny.PARK,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A plan without what has to wait. `hold` are reminders with the change that waits for approval from now on.

    `release` are reminders whose change waited and is carried out now, or is no more, and those of which an approval
    covers nothing that is done now.
    """

    plan: Plan
    hold: Mapping[str, GuardedChange]
    release: frozenset[str] = frozenset()


def judge(plan: Plan, snapshot: Snapshot, ledger: Callable[[], Ledger]) -> Verdict:
    """Return what of a plan may be done now; `ledger` is asked only where something guarded is planned.

    Beyond both limits every guarded change of the plan waits, and with it all else that is planned for its pair, until
    somebody approves it or Salesforce shows that it is undone.
    """
    plan = _exempted(plan, snapshot)
    reminders = {pair.reminder.id: pair.reminder for pair in snapshot.pairs if pair.reminder}
    shown = {pair.reminder.id for pair in snapshot.pairs if pair.reminder and pair.task}
    guarded = _guarded(plan, snapshot)
    asked = {one: change for one, change in guarded.items() if not _approved(reminders.get(one), change)}
    # What waits already waits for its own approval, however few are left.
    hold = {one: change for one, change in asked.items() if one in reminders and reminders[one].held_change is not None}
    new = len(asked) - len(hold)
    if new and _beyond(new, ledger(), snapshot.user.settings):
        hold = asked
    waited = {one for one in shown | set(guarded) if one in reminders and reminders[one].held_change is not None}
    # A change that passes unapproved counts, though one before it was approved.
    passed = {one for one in asked if one in reminders and reminders[one].approved_at is not None}
    return Verdict(_without(plan, hold), hold, frozenset((waited | passed) - set(hold)))


def _guarded(plan: Plan, snapshot: Snapshot) -> dict[str, GuardedChange]:
    """Return the reminders that a plan deletes or completes without a person here having asked for it."""
    edited = {pair.reminder.id: pair.reminder.edited_at for pair in snapshot.pairs if pair.reminder}
    # Who is matched was seen by name before (FIRST-6).
    matched = {action.reminder_id for action in plan.inbound if isinstance(action, MatchTask)}
    found: dict[str, GuardedChange] = {}
    for action in (*plan.inbound, *plan.outbound):
        match action:
            case BinReminder() if action.reason != WHILE_OFF:
                found[action.reminder_id] = GuardedChange.DELETE
            case ChangeReminder() if action.values.get("status") == Status.COMPLETED:
                found[action.reminder_id] = GuardedChange.COMPLETE
            case ChangeTask() if _completes(action) and "status" not in edited.get(action.reminder_id, {}):
                found[action.reminder_id] = GuardedChange.COMPLETE
    return {one: change for one, change in found.items() if one not in matched}


def _completes(action: ChangeTask) -> bool:
    return "Status" in action.payload and action.link.base.agreed.get("status") == Status.COMPLETED


def _exempted(plan: Plan, snapshot: Snapshot) -> Plan:
    """Return the plan with the deletions marked that were made in Salesforce before sync was turned on (FIRST-4)."""
    switched = snapshot.user.turned_on_at + timedelta(seconds=snapshot.clock_offset_seconds)
    stamps = {pair.reminder.id: pair.task.stamp for pair in snapshot.pairs if pair.reminder and pair.task}
    before = {one for one, stamp in stamps.items() if stamp < switched}
    inbound = tuple(
        replace(action, reason=WHILE_OFF)
        if isinstance(action, BinReminder) and action.reminder_id in before
        else action
        for action in plan.inbound
    )
    return replace(plan, inbound=inbound)


def _approved(reminder: Reminder | None, change: GuardedChange) -> bool:
    """Say whether this very change was approved: who approved a completion has not approved a deletion."""
    return reminder is not None and reminder.held_change is change and reminder.approved_at is not None


def _beyond(new: int, ledger: Ledger, settings: TeamSettings) -> bool:
    """Say whether these, what waits already and what was done in the last 24 hours are more than both limits."""
    total = new + ledger.done + ledger.waiting
    open_before = ledger.open + ledger.done
    return total > settings.guard_count and total * WHOLE > settings.guard_percent * open_before


def _without(plan: Plan, hold: Mapping[str, GuardedChange]) -> Plan:
    if not hold:
        return plan
    return Plan(
        tuple(action for action in plan.inbound if action.reminder_id not in hold),
        tuple(action for action in plan.outbound if action.reminder_id not in hold),
        plan.owed - set(hold),
        plan.skipped + tuple((one, "Waits for approval: too many of its kind") for one in sorted(hold)),
    )
