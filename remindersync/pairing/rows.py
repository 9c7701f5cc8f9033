"""Which rows of a pull can be used, and which have to come again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from remindersync.model import Link, LinkState, SalesforceTask
from remindersync.pairing.gathered import Gathered
from remindersync.ports import Transaction


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows with what is known of their Tasks: `links` by Task, `own_links` by reminder of what waits here.

    Rows that cannot be used yet are `dropped`.
    """

    usable: list[SalesforceTask]
    dropped: list[SalesforceTask]
    links: Mapping[str, Link]
    own_links: Mapping[str, Link]

    @classmethod
    def of(cls, tx: Transaction, gathered: Gathered) -> Self:
        """Sort a pull's rows out."""
        links = tx.links.of_tasks([task.id for task in gathered.tasks])
        waiting = {reminder.id for reminder in gathered.edits} | {one.reminder_id for one in gathered.attempts}
        own_links = tx.links.of_reminders(waiting)
        early = _early(gathered, links, own_links)
        rows = [task for task in gathered.tasks if not _tells_nothing(task, links.get(task.id))]
        unusable = early | {task.id for task in rows if too_old(task, links.get(task.id))}
        usable = [task for task in rows if task.id not in unusable]
        return cls(usable, [task for task in rows if task.id in unusable], links, own_links)

    @property
    def present(self) -> Mapping[str, Link]:
        """Return by reminder the link it has now."""
        shown = (link for link in self.links.values() if not _is_replaced(link))
        return {**self.own_links, **{link.reminder_id: link for link in shown}}

    @property
    def unclear(self) -> set[str]:
        """Return the reminders whose row was dropped: to write them now could run over somebody's edit."""
        return {self.links[task.id].reminder_id for task in self.dropped if task.id in self.links}


def too_old(task: SalesforceTask, link: Link | None) -> bool:
    """Say whether a row was read before our last write of that record was answered."""
    return link is not None and link.own_write_at is not None and task.read_at <= link.own_write_at


def _is_replaced(link: Link | None) -> bool:
    """Say whether a Task's reminder has another one by now: nothing follows from its row any more (MERGE-3)."""
    return link is not None and link.state is LinkState.SUPERSEDED


def _tells_nothing(task: SalesforceTask, link: Link | None) -> bool:
    """Say whether nothing follows from a row any more: its reminder has another Task, or a later read was taken in.

    Rows that the org feed or another user's run left wait for a run, and each user's wait apart.
    """
    if link is None or link.seen_at is None or _is_replaced(link):
        return _is_replaced(link)
    known_by_read = link.own_write_at is None or link.seen_at > link.own_write_at
    older = task.read_at == link.seen_at and link.stamp is not None and task.stamp < link.stamp
    return known_by_read and (task.read_at < link.seen_at or older)


def _early(gathered: Gathered, links: Mapping[str, Link], own_links: Mapping[str, Link]) -> set[str]:
    """Return the Tasks that a late create by key made anew, read together with the deletion of the one before.

    That one is dealt with first: what is made then is its reminder's, and not a newcomer.
    """
    if not gathered.keyed:
        return set()
    deleted = {task.id for task in gathered.tasks if task.is_deleted}
    leaving = {
        one.reminder_id for one in own_links.values() if one.task_id in deleted and one.state is not LinkState.DELETED
    }
    keys = {one.key for one in gathered.attempts if one.key is not None and one.reminder_id in leaving}
    return {task.id for task in gathered.tasks if task.id not in links and task.key in keys}
