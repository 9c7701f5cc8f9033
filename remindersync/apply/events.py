"""The history of what a run did: what was taken in, written, moved, deleted, and what lost (MERGE-2, MERGE-4)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from remindersync.model import ChangeReminder, HistoryEvent, Loss, Side, UnbinReminder, Value, Values
from remindersync.ports import Transaction


def taken_in_events(action: ChangeReminder | UnbinReminder) -> Iterator[HistoryEvent]:
    """Yield the history of Salesforce's values that were written over a reminder's."""
    named = action.person_name if isinstance(action, ChangeReminder) else ""
    now = {"person_name": named or None, **action.values}
    for name, before in action.before.items():
        if name in action.values or before not in (None, now.get(name)):
            rule = "changed in Salesforce"
            yield HistoryEvent(action.reminder_id, Side.APP, "Salesforce", name, before, now.get(name), rule)


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
