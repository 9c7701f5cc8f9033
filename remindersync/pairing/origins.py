"""Which Tasks were made by creates of ours that had no answer (ONCE-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remindersync import newcomers
from remindersync.model import Intent, Link, LinkState, SalesforceTask
from remindersync.pairing.gathered import Gathered
from remindersync.pairing.rows import Rows
from remindersync.ports import Transaction


@dataclass(frozen=True, slots=True)
class Origins:
    """`made` names by Task the reminder whose create made it; of `doubtful` ones nobody can tell.

    `looked_up` are look-ups by reminder: what its create made, or else what no other's did.
    """

    made: Mapping[str, str]
    doubtful: frozenset[str]
    looked_up: Mapping[str, tuple[SalesforceTask, ...]]


def origins(tx: Transaction, gathered: Gathered, rows: Rows) -> Origins:
    """Tell which of the rows, and of the Tasks that were looked for, creates without an answer made."""
    unpaired = [
        one for one in gathered.attempts if _may_be_made(rows.own_links.get(one.reminder_id), keyed=gathered.keyed)
    ]
    made, doubtful = _made(_shown(gathered, rows.usable), rows.links, unpaired, keyed=gathered.keyed)
    strange = [task for task in rows.usable if task.key and task.id not in rows.links and task.id not in made]
    theirs = tx.intents.of_colleagues({task.key for task in strange if task.key})
    of_theirs = {task.id: theirs[task.key] for task in strange if task.key in theirs}
    return Origins({**made, **of_theirs}, doubtful, _left_over(gathered.looked_up, made))


def _may_be_made(link: Link | None, *, keyed: bool) -> bool:
    """Say whether a create without an answer may make a Task: one by key does so again once its Task was deleted."""
    return link is None or (keyed and link.state is LinkState.DELETED)


def _made(
    tasks: Sequence[SalesforceTask], links: Mapping[str, Link], attempts: Sequence[Intent], *, keyed: bool
) -> tuple[dict[str, str], frozenset[str]]:
    """Return, by Task id, the reminder whose create without an answer made it, and the Tasks of which nobody can tell.

    Of more equal Tasks than we sent none is adopted or imported: the reminder is parked once no further one can
    land (ONCE-2).
    """
    made: dict[str, str] = {}
    doubtful: set[str] = set()
    for attempt in attempts:
        free = [task for task in tasks if task.id not in links and task.id not in made]
        equal = [task for task in free if newcomers.made_by(task, attempt, keyed=keyed)]
        if not equal or attempt.reminder_id in made.values():
            continue
        sent = {one.reminder_id for one in attempts if newcomers.made_by(equal[0], one, keyed=keyed)}
        if len(equal) > len(sent - set(made.values())):
            doubtful.update(task.id for task in equal)
        else:
            made[equal[0].id] = attempt.reminder_id
    return made, frozenset(doubtful - set(made))


def _shown(gathered: Gathered, usable: Sequence[SalesforceTask]) -> tuple[SalesforceTask, ...]:
    """Return each Task that was looked for or read, once."""
    looked_for = {task.id: task for found in gathered.looked_up.values() for task in found}
    return tuple((looked_for | {task.id: task for task in usable}).values())


def _left_over(
    looked_up: Mapping[str, tuple[SalesforceTask, ...]], made: Mapping[str, str]
) -> dict[str, tuple[SalesforceTask, ...]]:
    """Return look-ups by reminder: what its create made, or else what no other's did (ONCE-2).

    Several creates of the same values find the same Tasks, and each Task becomes one reminder's.
    """
    left: dict[str, tuple[SalesforceTask, ...]] = {}
    for reminder_id, found in looked_up.items():
        mine = tuple(task for task in found if made.get(task.id) == reminder_id)
        left[reminder_id] = mine or tuple(task for task in found if task.id not in made)
    return left
