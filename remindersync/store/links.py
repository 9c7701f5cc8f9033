"""The pairs of a run's org: read by Task or by reminder, each side in one present pair at most (ONCE-4)."""

from collections import defaultdict
from collections.abc import Collection
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert

from remindersync.errors import SyncError
from remindersync.model import Link, LinkState, Status
from remindersync.store import rows, sets
from remindersync.store.scope import Scope
from remindersync.store.tables import links, reminders

_REPLACED = (
    "state",
    "created_here",
    "base",
    "stamp",
    "seen_at",
    "own_write_at",
    "company_id",
    "related_id",
    "updated_at",
)

_COMPANIES = text("""
SELECT DISTINCT base #>> '{raw,WhoId}', company_id FROM links
WHERE org_id = :org_id AND base #>> '{raw,WhoId}' = ANY(:person_ids) AND company_id IS NOT NULL AND state = 'active'
""")

# So many are named where links are refused: enough to look at.
_NAMED = 3


def _putting() -> ReturningInsert[Any]:
    """Build the statement that puts given links: those whose reminder has no other Task, in the org of the run."""
    given, other = sets.given(links), links.alias()
    paired = exists().where(
        other.c.reminder_id == given.c.reminder_id,
        other.c.state != LinkState.SUPERSEDED,
        (other.c.org_id != given.c.org_id) | (other.c.task_id != given.c.task_id),
    )
    free = (given.c.state == LinkState.SUPERSEDED) | ~paired
    new = insert(links).from_select(
        links.c.keys(), select(*given.c).where(free, given.c.org_id == bindparam("of_run", type_=Text))
    )
    changed = {name: new.excluded[name] for name in _REPLACED}
    same = links.c.reminder_id == new.excluded.reminder_id
    put = new.on_conflict_do_update(index_elements=["org_id", "task_id"], set_=changed, where=same)
    return put.returning(links.c.task_id)


_PUT = _putting()


class SqlLinks:
    """`ports.Links`, of the run's org only (SAFE-5)."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, Link]:
        """See `ports.Links`."""
        known = self._here(links.c.task_id.in_(task_ids))
        return {link.task_id: link for link in self._read(known)} if task_ids else {}

    def of_reminders(self, reminder_ids: Collection[str]) -> dict[str, Link]:
        """See `ports.Links`."""
        present = self._here(links.c.reminder_id.in_(reminder_ids), links.c.state != LinkState.SUPERSEDED)
        return {link.reminder_id: link for link in self._read(present)} if reminder_ids else {}

    def count_open(self) -> int:
        """See `ports.Links`."""
        mine = [reminders.c.owner_id == self._scope.user_id, reminders.c.deleted_at.is_(None)]
        awake = [links.c.org_id == self._scope.org_id, links.c.state == LinkState.ACTIVE]
        found = links.join(reminders, reminders.c.id == links.c.reminder_id)
        counted = select(func.count()).select_from(found).where(*mine, *awake, reminders.c.status == Status.OPEN)
        return self._scope.connection.scalar(counted) or 0

    def unseen(self, after: str, limit: int) -> list[Link]:
        """See `ports.Links`."""
        # By code point, as ids are compared everywhere else; a database's own order may fold case.
        task_id = links.c.task_id.collate("C")
        awake = links.c.state.in_([LinkState.ACTIVE, LinkState.UNREACHABLE])
        listed = [reminders.c.owner_id == self._scope.user_id, reminders.c.deleted_at.is_(None)]
        if not self._scope.run.full:
            listed.append(reminders.c.status == Status.OPEN)
        found = self._here(awake, task_id > after, *listed).join(reminders, reminders.c.id == links.c.reminder_id)
        return self._read(found.order_by(task_id).limit(limit))

    def companies(self, person_ids: Collection[str]) -> dict[str, frozenset[str]]:
        """See `ports.Links`."""
        found: dict[str, set[str]] = defaultdict(set)
        if person_ids:
            asked = {"org_id": self._scope.org_id, "person_ids": sorted(person_ids)}
            for person_id, company_id in self._scope.connection.execute(_COMPANIES, asked):
                found[person_id].add(company_id)
        return {person_id: frozenset(companies) for person_id, companies in found.items()}

    def put(self, new: Collection[Link]) -> None:
        """See `ports.Links`."""
        if not new:
            return
        known = {"updated_at": self._scope.now}
        given = sets.giving(rows.link_row(link) | known for link in new) | {"of_run": self._scope.org_id}
        try:
            written = set(self._scope.connection.scalars(_PUT, given))
        except IntegrityError:
            raise _refused(new) from None
        refused = [link for link in new if link.task_id not in written]
        if refused:
            raise _refused(refused)

    def _here(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(links).where(links.c.org_id == self._scope.org_id, *conditions)

    def _read(self, wanted: Select[Any]) -> list[Link]:
        return [rows.link(row) for row in self._scope.connection.execute(wanted)]


def _refused(refused: Collection[Link]) -> SyncError:
    named = ", ".join(f"{link.reminder_id} and Task {link.task_id}" for link in islice(refused, _NAMED))
    return SyncError(f"Reminder {named} were not paired: one of them has another partner already.")
