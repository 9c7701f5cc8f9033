"""Join what was read on both sides into pairs."""

from dataclasses import replace

from remindersync.model import Pair, Reminder, RunRef, SalesforceTask
from remindersync.pairing.gathered import Gathered
from remindersync.pairing.joining import Join, chosen
from remindersync.pairing.origins import Origins, origins
from remindersync.pairing.rows import Rows, too_old
from remindersync.ports import Transaction

__all__ = ["Gathered", "pairs", "too_old"]


def pairs(tx: Transaction, run: RunRef, gathered: Gathered) -> tuple[tuple[Pair, ...], list[SalesforceTask]]:
    """Return the pairs to plan for, and the rows that cannot be used yet and have to come again (SYNC-4)."""
    rows = Rows.of(tx, gathered)
    origin = origins(tx, gathered, rows)
    reminders = _reminders(tx, gathered, rows, origin)
    join = Join(tx, run, replace(gathered, looked_up=origin.looked_up), reminders, rows.present)
    tasks = _to_join(rows, origin)
    asked = chosen(tx, run, [task.id for task in tasks if task.id not in rows.links])
    by_task = [
        replace(join.of_task(one, rows.links.get(one.id), origin.made.get(one.id)), **asked.get(one.id, {}))
        for one in tasks
    ]
    joined = {pair.reminder.id for pair in by_task if pair.reminder is not None} | rows.unclear
    rest = [join.of_edit(reminder) for reminder in gathered.edits if reminder.id not in joined]
    return (*by_task, *rest), rows.dropped


def _to_join(rows: Rows, origin: Origins) -> list[SalesforceTask]:
    """Return the rows without those of which nobody can tell whose they are.

    What a late create made stands for the Task before it, which was deleted: of one reminder there is one pair.
    """
    anew = set(origin.made.values())
    replaced = {task_id for task_id, link in rows.links.items() if link.reminder_id in anew}
    return [task for task in rows.usable if task.id not in origin.doubtful | replaced]


def _reminders(tx: Transaction, gathered: Gathered, rows: Rows, origin: Origins) -> dict[str, Reminder]:
    """Return the reminders of all rows and edits, by id."""
    edits = {reminder.id: reminder for reminder in gathered.edits}
    wanted = {link.reminder_id for link in rows.links.values()} | set(origin.made.values())
    return {**tx.reminders.by_ids(wanted - set(edits)), **edits}
