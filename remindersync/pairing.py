"""Join what was read on both sides into pairs."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from remindersync import newcomers
from remindersync.model import Intent, Link, LinkState, Pair, Reminder, RunRef, SalesforceTask, WriteKind
from remindersync.ports import FeedState, Transaction


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows from Salesforce with what waits here: edits, writes without an answer, and look-ups made for them.

    `tasks` have the rows that other users' runs (`handed`) and the org feed (`feed`) left here among them. `made` are,
    by reminder, the Tasks of those whose create has no answer though they have one.
    """

    tasks: Sequence[SalesforceTask]
    edits: Sequence[Reminder] = ()
    intents: Sequence[Intent] = ()
    looked_up: Mapping[str, tuple[SalesforceTask, ...]] = field(default_factory=dict)
    keyed: bool = False
    handed: tuple[str, ...] = ()
    feed: FeedState | None = None
    made: Mapping[str, str] = field(default_factory=dict)


def pairs(tx: Transaction, run: RunRef, gathered: Gathered) -> tuple[tuple[Pair, ...], list[SalesforceTask]]:
    """Return the pairs to plan for, and the rows that are too old to be used (SYNC-4)."""
    links = tx.links.of_tasks([task.id for task in gathered.tasks])
    attempts = [intent for intent in gathered.intents if intent.kind is WriteKind.CREATE]
    waiting = {reminder.id for reminder in gathered.edits} | {intent.reminder_id for intent in attempts}
    own_links = tx.links.of_reminders(waiting)
    early = _early(gathered, links, own_links, attempts)
    strange = tx.intents.of_colleagues({task.key for task in gathered.tasks if task.key and task.id not in links})
    rows = [one for one in gathered.tasks if one.key not in strange and not _is_replaced(links.get(one.id))]
    unusable = early | {task.id for task in rows if too_old(task, links.get(task.id))}
    dropped = [task for task in rows if task.id in unusable]
    usable = [task for task in rows if task.id not in unusable]
    chosen = _chosen(tx, run, [task.id for task in usable if task.id not in links])
    unpaired = [one for one in attempts if _may_be_made(own_links.get(one.reminder_id), keyed=gathered.keyed)]
    made, doubtful = _made(_shown(gathered, usable), links, unpaired, keyed=gathered.keyed)
    gathered = replace(gathered, looked_up=_left_over(gathered.looked_up, made))
    edits = {reminder.id: reminder for reminder in gathered.edits}
    wanted = {link.reminder_id for link in links.values()} | set(made.values())
    reminders = {**tx.reminders.by_ids(wanted - set(edits)), **edits}
    present = {link.reminder_id: link for link in links.values() if not _is_replaced(link)}
    join = _Join(tx, run, gathered, reminders, {**own_links, **present})
    by_task = [
        replace(join.of_task(task, links.get(task.id), made.get(task.id)), **chosen.get(task.id, {}))
        for task in usable
        if task.id not in doubtful
    ]
    joined = {pair.reminder.id for pair in by_task if pair.reminder is not None}
    # What a dropped row shows is not known yet: writing its pair now could run over somebody's edit.
    joined |= {links[task.id].reminder_id for task in dropped if task.id in links}
    rest = [join.of_edit(reminder) for reminder in gathered.edits if reminder.id not in joined]
    return (*by_task, *rest), dropped


def _chosen(tx: Transaction, run: RunRef, task_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return what a person chose by name to become of Tasks nobody has yet (FIRST-6).

    A reminder that has gone its own way since is matched no more: one that was pushed, binned or given away.
    """
    if run.place.first is None or not run.place.first.listed or not task_ids:
        return {}
    listed = tx.listed.of_tasks(task_ids)
    wanted = {one for one in listed.values() if one is not None}
    paired = tx.links.of_reminders(wanted)
    free = {
        one.id: one
        for one in tx.reminders.by_ids(wanted - set(paired)).values()
        if one.owner_id == run.user.id and not one.shared and one.deleted_at is None
    }
    return {
        task_id: {"chosen": True} if reminder_id is None else {"match": free.get(reminder_id)}
        for task_id, reminder_id in listed.items()
    }


def too_old(task: SalesforceTask, link: Link | None) -> bool:
    """Say whether a row was read before our last write of that record was answered."""
    return link is not None and link.own_write_at is not None and task.read_at <= link.own_write_at


def _is_replaced(link: Link | None) -> bool:
    """Say whether a Task's reminder has another one by now: nothing follows from its row any more (MERGE-3)."""
    return link is not None and link.state is LinkState.SUPERSEDED


def _early(
    gathered: Gathered, links: Mapping[str, Link], own_links: Mapping[str, Link], attempts: Sequence[Intent]
) -> set[str]:
    """Return the Tasks that a late create by key made anew, read together with the deletion of the one before.

    That one is dealt with first: what is made then is its reminder's, and not a newcomer.
    """
    if not gathered.keyed:
        return set()
    deleted = {task.id for task in gathered.tasks if task.is_deleted}
    leaving = {
        one.reminder_id for one in own_links.values() if one.task_id in deleted and one.state is not LinkState.DELETED
    }
    keys = {one.key for one in attempts if one.key is not None and one.reminder_id in leaving}
    return {task.id for task in gathered.tasks if task.id not in links and task.key in keys}


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


class _Join:
    """Builds pairs from what one transaction showed."""

    def __init__(
        self,
        tx: Transaction,
        run: RunRef,
        gathered: Gathered,
        reminders: Mapping[str, Reminder],
        links: Mapping[str, Link],
    ) -> None:
        self._tx = tx
        self._run = run
        self._gathered = gathered
        self._reminders = reminders
        self._links = links
        self._intents: dict[str, list[Intent]] = defaultdict(list)
        for intent in gathered.intents:
            self._intents[intent.reminder_id].append(intent)

    def of_task(self, task: SalesforceTask, link: Link | None, made_for: str | None) -> Pair:
        """Return the pair of a row: linked, made by a create without an answer, or new."""
        if link is None and made_for is not None:
            link = self._links.get(made_for)
        reminder_id = made_for if link is None else link.reminder_id
        reminder = self._reminders.get(reminder_id) if reminder_id is not None else None
        moved = link is not None and task.owner_id != self._run.user.salesforce_id
        return Pair(
            reminder,
            link,
            task,
            tuple(self._intents.get(reminder_id or "", ())),
            moved_to=self._tx.owner_of(task.owner_id) if moved else None,
            next_owner_salesforce_id=self._next_owner(reminder),
            owner_asleep=self._is_asleep(reminder),
        )

    def of_edit(self, reminder: Reminder) -> Pair:
        """Return the pair of a reminder edited here whose Task was not read, or that has none."""
        looked_up = self._gathered.looked_up.get(reminder.id)
        only = looked_up[0] if looked_up and len(looked_up) == 1 else None
        return Pair(
            reminder,
            self._links.get(reminder.id),
            only,
            tuple(self._intents.get(reminder.id, ())),
            next_owner_salesforce_id=self._next_owner(reminder),
            looked_up=looked_up,
        )

    def _is_asleep(self, reminder: Reminder | None) -> bool:
        if reminder is None or reminder.owner_id == self._run.user.id:
            return False
        return self._tx.asleep(reminder.owner_id)

    def _next_owner(self, reminder: Reminder | None) -> str | None:
        if reminder is None or reminder.assign_to is None:
            return None
        return self._tx.salesforce_id_of(reminder.assign_to)
